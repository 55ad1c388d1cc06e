// The timer is right if it agrees with another clock. No test here says how fast the machine is.
#include "measure/timer.hpp"

#include <gtest/gtest.h>

#include <chrono>

using namespace steady::measure;

// One interval inside and one around: the machine may stop the process between any two readings, and the test
// holds.
TEST(measure_timer, agrees_with_the_steady_clock) {
  using clock = std::chrono::steady_clock;
  const auto outer_begin = clock::now();
  const std::uint64_t begin = timer::start();
  const auto inner_begin = clock::now();
  while (clock::now() - inner_begin < std::chrono::milliseconds{50}) {
  }
  const std::uint64_t end = timer::stop();
  const std::chrono::duration<double, std::nano> outer = clock::now() - outer_begin;
  EXPECT_GE(timer::nanoseconds(end - begin), 50e6 * 0.999);
  EXPECT_LE(timer::nanoseconds(end - begin), outer.count() * 1.001);
}

TEST(measure_timer, never_runs_backwards) {
  std::uint64_t last = timer::start();
  for (int i = 0; i < 100'000; ++i) {
    const std::uint64_t now = i % 2 == 0 ? timer::stop() : timer::start();
    ASSERT_GE(now, last);
    last = now;
  }
}

TEST(measure_timer, declares_a_cost_of_its_own) {
  EXPECT_GT(timer::own_cost_nanoseconds(), 0);
  EXPECT_EQ(timer::own_cost_nanoseconds(), timer::own_cost_nanoseconds());
}
