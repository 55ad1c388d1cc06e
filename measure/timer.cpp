// Calibration of the timer: the parts that run once a process.
#include "measure/timer.hpp"

#include <algorithm>
#include <vector>

namespace steady::measure {
namespace {

using reference_clock = std::chrono::steady_clock;

struct clock_reading {
  reference_clock::time_point reference;
  std::uint64_t ticks;
};

// Both clocks at one instant, as nearly as can be had: the ticks are read between two readings of the
// reference, and of many such triples the narrowest counts. Taken once, a triple that another process
// interrupts for 5 ms would put the whole calibration wrong by a quarter, and every figure of the process
// with it.
clock_reading read_both_clocks() {
  clock_reading best{};
  auto narrowest = reference_clock::duration::max();
  for (int attempt = 0; attempt < 64; ++attempt) {
    const auto before = reference_clock::now();
    const std::uint64_t ticks = timer::start();
    const auto after = reference_clock::now();
    if (after - before >= narrowest) continue;
    narrowest = after - before;
    best = {before + narrowest / 2, ticks};
  }
  return best;
}

double calibrate() {
  const clock_reading begin = read_both_clocks();
  // Over 20 ms a gap of some 50 ns between the clocks is an error below 1e-5.
  while (reference_clock::now() - begin.reference < std::chrono::milliseconds{20}) {
  }
  const clock_reading end = read_both_clocks();
  const std::chrono::duration<double, std::nano> elapsed = end.reference - begin.reference;
  return elapsed.count() / static_cast<double>(end.ticks - begin.ticks);
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
