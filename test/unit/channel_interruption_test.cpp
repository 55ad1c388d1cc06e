// Statement 37 of docs/channels-design.md, on threads: a deadline or a stop request that comes first leaves no trace, one that
// comes second changes nothing; no value is lost and none is doubled.
#include <gtest/gtest.h>

#include <steady/chan.hpp>

#include <atomic>
#include <chrono>
#include <optional>
#include <thread>
#include <vector>

#include "../support/blocked.hpp"
#include "../support/scale.hpp"

namespace steady_test {
namespace {

using namespace std::chrono_literals;
using steady::chan;
using steady::channel_status;

TEST(Channel37DeadlineTest, APastDeadlineStillTries) {
  const chan<int> c{1};
  const auto past = std::chrono::steady_clock::now() - 1h;
  EXPECT_TRUE(c.send_until(1, past));
  EXPECT_FALSE(c.send_until(2, past));
  EXPECT_EQ(*c.recv_until(past), 1);
  EXPECT_EQ(c.recv_until(past).status(), channel_status::timed_out);
  EXPECT_FALSE(c.send(std::nothrow, 1).closed());
  EXPECT_EQ(c.send_for(std::nothrow, 2, -1h).status(), channel_status::timed_out);
  EXPECT_EQ(*c.recv_for(std::chrono::hours::max()), 1);
  EXPECT_EQ(c.recv_until(std::chrono::system_clock::now() - 1h).status(), channel_status::timed_out);
}

TEST(Channel37DeadlineTest, LeavesTheQueueEmptyAndTheValueInPlace) {
  const chan<std::vector<int>> c;
  std::vector<int> value{1, 2, 3};
  EXPECT_FALSE(c.send_for(std::move(value), 1ms));
  EXPECT_EQ(value.size(), 3u);  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(c.recv_for(1ms).status(), channel_status::timed_out);
  const auto seen = c.inspect();
  EXPECT_TRUE(seen.recvq.empty() && seen.sendq.empty());
}

TEST(Channel37DeadlineTest, AnEndlessPatienceIsServed) {
  const chan<int> c;
  thread_group threads;
  threads.start([=] { EXPECT_EQ(*c.recv_for(std::chrono::hours::max()), 5); });
  wait_until_blocked(c, 1, 0);
  c.send(5);
}

// Both sides with deadlines around the time the other arrives: what was reported sent is exactly what was received.
TEST(Channel37DeadlineTest, RacingDeadlinesAgree) {
  for (const std::size_t capacity : {0u, 1u}) {
    const chan<int> c{capacity};
    const int tries = static_cast<int>(scaled(30'000, 300));
    std::atomic<long> sent{0};
    std::atomic<long> received{0};
    {
      thread_group threads;
      for (int n = 0; n < 2; ++n) {
        threads.start([&] {
          for (int value = 1; value <= tries; ++value)
            if (c.send_for(value, std::chrono::microseconds(value % 50))) sent += value;
        });
        threads.start([&] {
          for (int turn = 0; turn < tries; ++turn)
            if (const auto value = c.recv_for(std::chrono::microseconds(turn % 70))) received += *value;
        });
      }
    }
    while (const auto rest = c.try_recv()) received += *rest;
    EXPECT_EQ(sent, received);
    EXPECT_TRUE(c.inspect().recvq.empty() && c.inspect().sendq.empty());
  }
}

// Between the claim and the wake-up: the value has changed hands, so a deadline or a stop request that comes now must wait for
// the wake-up and report success.
TEST(Channel37DeadlineTest, ADeadlineAfterTheClaimChangesNothing) {
  namespace channel = steady::detail::channel;
  for (int round = 0; round < 10; ++round) {
    channel::operation waiting;
    channel::waiter by;
    by.completed = true;
    ASSERT_TRUE(waiting.claim(&by));
    std::thread owner([&] {
      EXPECT_EQ(channel::wait_as_thread(waiting, {channel::clock::now() - 1h}), &by);
      EXPECT_EQ(channel::outcome_of(waiting.winner), channel::outcome::completed);
    });
    std::this_thread::sleep_for(1ms);  // for a wrong one to return too early
    waiting.wake();
    owner.join();
  }
}

#if defined(__cpp_lib_jthread)

TEST(Channel37StopTest, ARequestAfterTheClaimChangesNothing) {
  namespace channel = steady::detail::channel;
  channel::operation waiting;
  channel::waiter by;
  ASSERT_TRUE(waiting.claim(&by));
  std::stop_source source;
  const std::stop_token token = source.get_token();
  source.request_stop();
  std::thread owner([&] { EXPECT_EQ(channel::wait_as_thread(waiting, {channel::never, &token}), &by); });
  std::this_thread::sleep_for(1ms);
  waiting.wake();
  owner.join();
}

TEST(Channel37StopTest, ARequestWakesTheOneWhoWaits) {
  const chan<int> c;
  const chan<int> nil{nullptr};
  std::stop_source source;
  thread_group threads;
  threads.start([&] { EXPECT_EQ(c.recv(source.get_token()).status(), channel_status::stopped); });
  threads.start([&] { EXPECT_EQ(nil.recv(source.get_token()).status(), channel_status::stopped); });
  threads.start([&] { EXPECT_FALSE(nil.send(1, source.get_token())); });
  wait_until_blocked(c, 1, 0);
  source.request_stop();
  threads.join();
  EXPECT_TRUE(c.inspect().recvq.empty());

  std::stop_source again;
  threads.start(
      [&] { EXPECT_EQ(c.send(std::nothrow, 8, again.get_token()).status(), channel_status::stopped); });
  wait_until_blocked(c, 0, 1);
  again.request_stop();
  threads.join();
  EXPECT_EQ(c.try_recv().status(), channel_status::would_block);
}

TEST(Channel37StopTest, ARequestMadeBeforeWinsAndTheValueStays) {
  const chan<int> c{2};
  c.send(1);
  std::stop_source source;
  EXPECT_TRUE(c.send(2, source.get_token()));
  source.request_stop();
  EXPECT_EQ(c.recv(source.get_token()).status(), channel_status::stopped);
  EXPECT_EQ(c.size(), 2u);
}

TEST(Channel37StopTest, RacingRequestsLoseAndDoubleNothing) {
  const int rounds = static_cast<int>(scaled(50'000, 300));
  const chan<int> c;
  long sent = 0;
  std::atomic<long> received{0};
  thread_group threads;
  const chan<std::stop_source> sources;
  threads.start([&] {
    for (const std::stop_source& source : sources)
      if (const auto value = c.recv(source.get_token())) received += *value;
  });
  for (int value = 1; value <= rounds; ++value) {
    std::stop_source source;
    sources.send(source);
    std::thread stopper([source]() mutable { source.request_stop(); });
    if (c.send(value, source.get_token())) sent += value;
    stopper.join();
  }
  sources.close();
  threads.join();
  EXPECT_EQ(sent, received);
}

#endif

}  // namespace
}  // namespace steady_test
