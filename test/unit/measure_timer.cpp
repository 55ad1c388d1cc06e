// The timer is right if it agrees with another clock. No test here says how fast the machine is.
#include "measure/timer.hpp"

#include <gtest/gtest.h>

#include <chrono>

using namespace steady::measure;

TEST(measure_timer, agrees_with_the_steady_clock) {
  using clock = std::chrono::steady_clock;
  const auto reference_begin = clock::now();
  const std::uint64_t begin = timer::start();
  while (clock::now() - reference_begin < std::chrono::milliseconds{50}) {
  }
  const std::uint64_t end = timer::stop();
  const std::chrono::duration<double, std::nano> reference = clock::now() - reference_begin;
  // The clocks are read at slightly different instants, between which the machine may do something else; hence no
  // upper bound tighter than the reference itself.
  EXPECT_LE(timer::nanoseconds(end - begin), reference.count() * 1.01);
  EXPECT_GE(timer::nanoseconds(end - begin), 50e6 * 0.99);
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
