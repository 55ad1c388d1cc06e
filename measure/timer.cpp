// Calibration of the timer: the parts that run once a process.
#include "measure/timer.hpp"

#include <algorithm>
#include <vector>

namespace steady::measure {
namespace {

using reference_clock = std::chrono::steady_clock;

struct instant {
  reference_clock::time_point reference;
  std::uint64_t ticks;
};

// The two clocks cannot be read at one instant, and the machine may stop the process between them. Of many tries the
// one with the narrowest gap is taken, and its middle.
instant both_clocks() {
  constexpr int tries = 100;
  instant best{};
  auto narrowest = reference_clock::duration::max();
  for (int i = 0; i < tries; ++i) {
    const auto before = reference_clock::now();
    const std::uint64_t ticks = timer::start();
    const auto gap = reference_clock::now() - before;
    if (gap >= narrowest) continue;
    narrowest = gap;
    best = {before + gap / 2, ticks};
  }
  return best;
}

double calibrate() {
  const instant begin = both_clocks();
  const auto deadline = begin.reference + std::chrono::milliseconds{20};
  while (reference_clock::now() < deadline) {
  }
  const instant end = both_clocks();
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
