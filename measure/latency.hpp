// Latencies of many operations: exact percentiles, and the op-by-op minimum over identical runs.
//
// What the machine does once (an interrupt, another process) is not the map's doing: it hits different
// operations in different runs. What the map does (growing at the millionth insert) hits the same operation
// in every run. So the minimum of operation i over R identical runs keeps the second and drops the first. The
// raw runs are reported beside it, because a reader must be able to see how much was dropped.
//
// Ten million operations times five maps is why a sample is one float (nanoseconds; 24 bits of mantissa are
// finer than the clock) and why a run is folded into the minimum at once, not kept.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <vector>

namespace steady::measure {

class fastest_samples {
 public:
  explicit fastest_samples(std::size_t operations)
      : fastest_(operations, std::numeric_limits<float>::infinity()) {}

  // One run's latencies, in the order of the operations.
  void merge(std::span<const float> run) {
    const std::size_t count = std::min(run.size(), fastest_.size());
    for (std::size_t i = 0; i < count; ++i) fastest_[i] = std::min(fastest_[i], run[i]);
  }

  [[nodiscard]] std::span<const float> values() const noexcept { return fastest_; }

 private:
  std::vector<float> fastest_;
};

struct latency_percentiles {
  std::size_t count = 0;
  double p50 = 0;
  double p99 = 0;
  double p999 = 0;
  double p9999 = 0;
  double max = 0;
};

// Nearest rank: the smallest sample such that at least the fraction is not above it. With fewer than 10,000
// samples p99.99 therefore is the maximum, which is the truth about so few.
inline std::size_t nearest_rank(double fraction, std::size_t count) {
  const double rank = std::ceil(fraction * static_cast<double>(count) - 1e-9);
  return static_cast<std::size_t>(std::clamp(rank, 1.0, static_cast<double>(count))) - 1;
}

// Values at rising fractions, exactly; reorders the samples. Selection, not sorting: each one works on what
// the last left above it.
inline std::vector<double> exact_quantiles(std::span<float> samples,
                                           std::span<const double> rising_fractions) {
  std::vector<double> values;
  values.reserve(rising_fractions.size());
  std::size_t settled = 0;
  for (const double fraction : rising_fractions) {
    if (samples.empty()) {
      values.push_back(0);
      continue;
    }
    const std::size_t rank = nearest_rank(fraction, samples.size());
    if (rank >= settled) {
      std::nth_element(samples.begin() + static_cast<std::ptrdiff_t>(settled),
                       samples.begin() + static_cast<std::ptrdiff_t>(rank), samples.end());
      settled = rank + 1;
    }
    values.push_back(static_cast<double>(samples[rank]));
  }
  return values;
}

inline latency_percentiles exact_percentiles(std::span<float> samples) {
  constexpr double fractions[] = {0.5, 0.99, 0.999, 0.9999, 1.0};
  const std::vector<double> values = exact_quantiles(samples, fractions);
  return {samples.size(), values[0], values[1], values[2], values[3], values[4]};
}

}  // namespace steady::measure
