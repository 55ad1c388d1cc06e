// From raw times to cells.
//
// All peers are timed in turn, round after round, so that the machine's slow minutes fall on all of them; a
// pair is two peers' times of one round. A cell is the median of the pairs' ratios, and the first peer is
// called slower only if the lower quartile of the ratios is above 1 too.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "measure/latency.hpp"

namespace steady::grid {

struct ratio {
  double lower_quartile = 0, median = 0, upper_quartile = 0;
};

// Nearest rank: a value that was measured.
[[nodiscard]] inline double quantile(std::vector<double> values, double fraction) {
  std::sort(values.begin(), values.end());
  return values[measure::nearest_rank(fraction, values.size())];
}

[[nodiscard]] inline double median(const std::vector<double>& values) { return quantile(values, 0.5); }

[[nodiscard]] inline ratio paired_ratio(const std::vector<double>& first, const std::vector<double>& other) {
  std::vector<double> ratios;
  for (std::size_t round = 0; round < first.size(); ++round) ratios.push_back(first[round] / other[round]);
  return {quantile(ratios, 0.25), quantile(ratios, 0.5), quantile(ratios, 0.75)};
}

// The peer with the least median time, the first peer not counted, nor one that took no part; 0 if there is no other.
[[nodiscard]] inline std::size_t best_other(const std::vector<std::vector<double>>& times) {
  std::size_t best = 0;
  for (std::size_t peer = 1; peer < times.size(); ++peer) {
    if (times[peer].empty()) continue;
    if (best == 0 || median(times[peer]) < median(times[best])) best = peer;
  }
  return best;
}

}  // namespace steady::grid
