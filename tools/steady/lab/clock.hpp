// Time, for figures and plots. Where a verdict rests on it, it takes medians of interleaved runs and a wide margin.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <vector>

namespace steady::lab {

template <class Work>
[[nodiscard]] double nanoseconds_of(Work&& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - begin).count();
}

[[nodiscard]] inline double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

// The value below which this part of all lies.
[[nodiscard]] inline double quantile(std::vector<double> values, double part) {
  const auto at =
      std::min(values.size() - 1, static_cast<std::size_t>(part * static_cast<double>(values.size())));
  const auto place = values.begin() + static_cast<std::ptrdiff_t>(at);
  std::ranges::nth_element(values, place);
  return *place;
}

// Each gives the nanoseconds of one run of its own; they take turns, so that what the machine does meanwhile meets all.
template <class... Runs>
[[nodiscard]] std::array<double, sizeof...(Runs)> interleaved_medians(std::size_t rounds, Runs&&... runs) {
  std::array<std::vector<double>, sizeof...(Runs)> taken;
  for (std::size_t round = 0; round < rounds; ++round) {
    std::size_t at = 0;
    (taken[at++].push_back(runs()), ...);
  }
  std::array<double, sizeof...(Runs)> medians{};
  for (std::size_t at = 0; at < sizeof...(Runs); ++at) medians[at] = median(std::move(taken[at]));
  return medians;
}

// Keeps a result from being optimised away.
inline void keep(const auto& value) { asm volatile("" : : "r,m"(value) : "memory"); }

}  // namespace steady::lab
