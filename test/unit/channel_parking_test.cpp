// Parking (line 5 of the issue): both implementations keep one contract, the lock excludes, nobody spins where it cannot help,
// and nobody is woken who did not park.
#include <gtest/gtest.h>

#include <steady/chan.hpp>
#include <steady/channel/lock.hpp>
#include <steady/channel/parking.hpp>
#include <steady/waiters.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>

#if defined(__linux__)
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>
#endif

#include "../support/blocked.hpp"
#include "../support/scale.hpp"

namespace steady_test {
namespace {

using namespace std::chrono_literals;
namespace channel = steady::detail::channel;

// First, because a process knows the processors of all threads that have waited in it.
#if defined(__linux__)
// In a process of its own that may use one processor: spinning is refused without a look. With a second thread that may use
// all, it is not.
TEST(ChannelSpinTest, NotWithOneAllowedProcessor) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    cpu_set_t one;
    CPU_ZERO(&one);
    cpu_set_t allowed;
    ::sched_getaffinity(0, sizeof allowed, &allowed);
    int first = 0;
    while (!CPU_ISSET(first, &allowed)) ++first;
    CPU_SET(first, &one);
    ::sched_setaffinity(0, sizeof one, &one);
    const channel::wait_word word{0};
    const unsigned budget = channel::spin_budget;
    const bool spun = channel::spin_while(word, 0) || channel::spin_budget != budget;
    const bool one_found = channel::allowed_processors() == 1 && !spun;
    unsigned together = 0;
    std::thread free([&] {
      ::sched_setaffinity(0, sizeof allowed, &allowed);
      together = channel::allowed_processors();
    });
    free.join();
    ::_exit(one_found && together == static_cast<unsigned>(CPU_COUNT(&allowed)) ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}
#endif

template <class Parking>
class ChannelParkingTest : public testing::Test {};

#if defined(__linux__)
using implementations = testing::Types<channel::futex_parking, channel::table_parking>;
#else
using implementations = testing::Types<channel::table_parking>;
#endif
TYPED_TEST_SUITE(ChannelParkingTest, implementations);

TYPED_TEST(ChannelParkingTest, ReturnsAtOnceIfTheWordHasChanged) {
  channel::wait_word word{1};
  TypeParam::wait(word, 0, channel::never);
  TypeParam::wait(word, 0, channel::clock::now() + 1h);
}

TYPED_TEST(ChannelParkingTest, ReturnsAtTheDeadline) {
  channel::wait_word word{0};
  const auto begin = channel::clock::now();
  while (channel::clock::now() < begin + 3ms) TypeParam::wait(word, 0, begin + 3ms);
  TypeParam::wait(word, 0, begin);
  TypeParam::wait(word, 0, channel::clock::time_point::min());
}

// A turn passes between two threads, each parked until it is its turn: a lost wake-up would end this.
TYPED_TEST(ChannelParkingTest, LosesNoWakeUp) {
  channel::wait_word turn{0};
  const std::uint32_t rounds = static_cast<std::uint32_t>(scaled(20'000, 500));
  const auto play = [&](std::uint32_t mine) {
    for (std::uint32_t n = mine; n < rounds; n += 2) {
      for (std::uint32_t seen = turn.load(); seen != n; seen = turn.load())
        TypeParam::wait(turn, seen, channel::never);
      turn.store(n + 1);
      TypeParam::wake(&turn);
    }
  };
  std::thread other([&] { play(1); });
  play(0);
  other.join();
}

// The address of a word that is no more.
TYPED_TEST(ChannelParkingTest, WakingAnAddressReadsNothing) {
  const channel::wait_word* volatile gone = nullptr;  // or the compiler would see through it, and warn
  {
    const channel::wait_word word{0};
    gone = &word;
  }
  TypeParam::wake(gone);
}

TEST(ChannelLockTest, Excludes) {
  channel::lock lock;
  long counter = 0;
  const int rounds = static_cast<int>(scaled(200'000, 2000));
  {
    thread_group threads;
    for (int t = 0; t < 4; ++t)
      threads.start([&] {
        for (int n = 0; n < rounds; ++n) {
          const channel::lock_guard guard(lock);
          ++counter;
        }
      });
  }
  EXPECT_EQ(counter, 4L * rounds);
}

// In a thread of its own, because what did not pay is remembered.
TEST(ChannelYieldTest, IsGivenUpWhenItDoesNotPayAndTriedAgainNowAndThen) {
  std::thread([] {
    const channel::wait_word changed{1};
    EXPECT_TRUE(channel::yield_while(changed, 0));
    channel::yield_failures = 0;
    const channel::wait_word word{0};
    constexpr unsigned limit = channel::yield_limits::failures;
    constexpr unsigned between = channel::yield_limits::waits_between_probes;
    for (unsigned n = 1; n <= limit; ++n) {
      EXPECT_FALSE(channel::yield_while(word, 0));
      EXPECT_EQ(channel::yield_failures, n);
    }
    for (unsigned n = 1; n < between; ++n) EXPECT_FALSE(channel::yield_while(word, 0));
    EXPECT_EQ(channel::yield_failures, limit) << "no offer was made";
    EXPECT_FALSE(channel::yield_while(changed, 1));
    EXPECT_EQ(channel::yield_failures, limit + 1) << "one was";
  }).join();
}

TEST(ChannelSpinTest, AsManyAsThereAreProcessorsAndNoMore) {
  const channel::wait_word word{0};
  const unsigned processors = channel::allowed_processors();
  channel::known_threads.fetch_add(
      processors);  // and this one: more than there are processors, so that they are counted
  channel::spinning_threads.fetch_add(processors);
  const unsigned budget = channel::spin_budget;
  EXPECT_FALSE(channel::spin_while(word, 0));
  EXPECT_EQ(channel::spin_budget, budget);
  channel::spinning_threads.fetch_sub(processors);
  EXPECT_EQ(channel::spinning_threads, 0u);
  channel::known_threads.fetch_sub(processors);
}

TEST(ChannelSpinTest, ThreadsThatHaveComeToWaitAreKnownWhileTheyLive) {
  (void)channel::allowed_processors();
  const unsigned before = channel::known_threads;
  unsigned meanwhile = 0;
  std::thread([&] {
    (void)channel::allowed_processors();
    (void)channel::allowed_processors();
    meanwhile = channel::known_threads;
  }).join();
  EXPECT_EQ(meanwhile, before + 1);
  EXPECT_EQ(channel::known_threads, before);
}

TEST(ChannelSpinTest, TheBudgetFollowsSuccessAndHopelessSpinsAreShort) {
  if (channel::allowed_processors() == 1) GTEST_SKIP() << "nobody spins here";
  const channel::wait_word word{0};
  channel::spin_budget = channel::spin_limits::most;
  channel::spin_failures = 0;
  EXPECT_FALSE(channel::spin_while(word, 0));
  EXPECT_EQ(channel::spin_budget, channel::spin_limits::most / 8 * 7);
  for (int n = 0; n < 60; ++n) EXPECT_FALSE(channel::spin_while(word, 0));
  EXPECT_LE(channel::spin_budget, 2 * channel::spin_limits::least);
  EXPECT_TRUE(channel::spin_while(word, 1));
  EXPECT_EQ(channel::spin_budget, +channel::spin_limits::most);
  EXPECT_EQ(channel::spin_failures, 0u);
}

TEST(ChannelSpinTest, OnlyWhoSleepsIsWoken) {
  channel::operation waiting;
  int woken = 0;
  static int* count;
  count = &woken;
  waiting.resume = [](channel::operation&) noexcept { ++*count; };
  waiting.wake();
  EXPECT_EQ(woken, 0);
  EXPECT_FALSE(waiting.fall_asleep());
  channel::operation asleep;
  asleep.resume = waiting.resume;
  EXPECT_TRUE(asleep.fall_asleep());
  asleep.wake();
  EXPECT_EQ(woken, 1);
}

}  // namespace
}  // namespace steady_test
