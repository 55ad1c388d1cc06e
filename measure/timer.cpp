// Calibration of the timer: the parts that run once a process.
#include "measure/timer.hpp"

#include <algorithm>
#include <vector>

namespace steady::measure {
namespace {

using reference_clock = std::chrono::steady_clock;

double calibrate() {
  // The two clocks cannot be read at one instant; over 20 ms the gap of some 50 ns is an error below 1e-5.
  const auto reference_begin = reference_clock::now();
  const std::uint64_t begin = timer::start();
  const auto deadline = reference_begin + std::chrono::milliseconds{20};
  auto reference_end = reference_begin;
  std::uint64_t end = begin;
  while (reference_end < deadline) {
    end = timer::stop();
    reference_end = reference_clock::now();
  }
  const std::chrono::duration<double, std::nano> elapsed = reference_end - reference_begin;
  return elapsed.count() / static_cast<double>(end - begin);
}

double measure_own_cost() {
  std::vector<std::uint64_t> empty(10'001);
  for (std::uint64_t& interval : empty) {
    const std::uint64_t begin = timer::start();
    interval = timer::stop() - begin;
  }
  const auto middle = empty.begin() + static_cast<std::ptrdiff_t>(empty.size() / 2);
  std::nth_element(empty.begin(), middle, empty.end());
  return timer::nanoseconds(*middle);
}

}  // namespace

double timer::nanoseconds_per_tick() {
  static const double value = calibrate();
  return value;
}

double timer::own_cost_nanoseconds() {
  static const double value = measure_own_cost();
  return value;
}

}  // namespace steady::measure
