// Statements 1 to 18 of docs/channels-design.md: creation, send, receive and close, on threads. Where a test needs
// somebody to be blocked it looks into the channel until somebody is.
#include <gtest/gtest.h>

#include <steady/chan.hpp>

#include <atomic>
#include <chrono>
#include <limits>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "../support/blocked.hpp"
#include "../support/scale.hpp"

namespace steady_test {
namespace {

using namespace std::chrono_literals;
using steady::chan;
using steady::channel_status;
using steady::closed_channel;

struct nothing {};

TEST(Channel01CreationTest, CapacityIsExactAndTheBufferEmpty) {
  EXPECT_EQ(chan<int>().capacity(), 0u);
  EXPECT_EQ(chan<int>{0}.capacity(), 0u);
  EXPECT_TRUE(chan<int>{0});
  for (const std::size_t capacity : {1u, 2u, 3u, 7u, 100u}) {
    const chan<int> c{capacity};
    EXPECT_EQ(c.capacity(), capacity);
    EXPECT_EQ(c.size(), 0u);
    for (std::size_t n = 0; n < capacity; ++n) EXPECT_TRUE(c.try_send(1));
    EXPECT_FALSE(c.try_send(1));
    EXPECT_EQ(c.size(), capacity);
  }
}

TEST(Channel01CreationTest, ImpossibleCapacityThrows) {
  EXPECT_THROW(chan<int>{std::numeric_limits<std::size_t>::max()}, std::length_error);
  EXPECT_THROW(chan<int>{std::numeric_limits<std::size_t>::max() / 4}, std::length_error);
  EXPECT_THROW(chan<char>{std::numeric_limits<std::size_t>::max()}, std::length_error);
}

TEST(Channel02SizeTest, CountsTheBufferAndNeverWaiters) {
  const chan<int> c{2};
  c.send(1);
  c.send(2);
  thread_group threads;
  threads.start([=] { c.send(3); });
  wait_until_blocked(c, 0, 1);
  EXPECT_EQ(c.size(), 2u);
  EXPECT_EQ(c.recv(), 1);
  EXPECT_EQ(c.size(), 2u);  // the blocked sender's value has moved in
  c.close();
  EXPECT_EQ(c.size(), 2u);
  EXPECT_EQ(c.recv(), 2);
  EXPECT_EQ(c.size(), 1u);
  EXPECT_EQ(c.recv(), 3);
  EXPECT_EQ(c.size(), 0u);

  const chan<int> nil{nullptr};
  EXPECT_EQ(nil.size(), 0u);
  EXPECT_EQ(nil.capacity(), 0u);
  EXPECT_FALSE(nil);
}

TEST(Channel03EmptyElementTest, AnyCapacity) {
  for (const std::size_t capacity : {0u, 1u, 5u}) {
    const chan<nothing> c{capacity};
    thread_group threads;
    threads.start([=] {
      for (int n = 0; n < 10; ++n) c.send({});
      c.close();
    });
    int received = 0;
    while (c.recv()) ++received;
    EXPECT_EQ(received, 10);
  }
}

template <class Channel>
concept can_send = requires(const Channel& c) { c.send(1); };
template <class Channel>
concept can_receive = requires(const Channel& c) { c.recv(); };
template <class Channel>
concept can_close = requires(const Channel& c) { c.close(); };

TEST(Channel04DirectionTest, ViewsAreMadeFromChannelsAndNeverBack) {
  using steady::receiver;
  using steady::sender;
  static_assert(std::is_convertible_v<chan<int>, sender<int>> &&
                std::is_convertible_v<chan<int>, receiver<int>>);
  static_assert(!std::is_convertible_v<sender<int>, chan<int>> &&
                !std::is_convertible_v<receiver<int>, chan<int>>);
  static_assert(!std::is_constructible_v<chan<int>, sender<int>> &&
                !std::is_constructible_v<chan<int>, receiver<int>>);
  static_assert(!std::is_constructible_v<sender<int>, receiver<int>> &&
                !std::is_constructible_v<receiver<int>, sender<int>>);
  static_assert(!std::is_convertible_v<chan<int>, sender<long>>);
  static_assert(can_send<chan<int>> && can_receive<chan<int>> && can_close<chan<int>>);
  static_assert(can_send<sender<int>> && !can_receive<sender<int>> && can_close<sender<int>>);
  static_assert(!can_send<receiver<int>> && can_receive<receiver<int>> && !can_close<receiver<int>>);

  const chan<int> both{1};
  const sender<int> in = both;
  const receiver<int> out = both;
  in.send(7);
  EXPECT_EQ(out.size(), 1u);
  EXPECT_EQ(out.recv(), 7);
  in.close();
  EXPECT_TRUE(out.is_closed());
  EXPECT_EQ(sender<int>(both), in);
  EXPECT_FALSE(sender<int>{});
  EXPECT_FALSE(receiver<int>{nullptr});
}

TEST(Channel05NilTest, SendAndReceiveWaitUntilInterrupted) {
  const chan<int> nil{nullptr};
  EXPECT_FALSE(nil.try_send(1));
  EXPECT_EQ(nil.try_recv().status(), channel_status::would_block);
  EXPECT_FALSE(nil.send_for(1, 1ms));
  EXPECT_EQ(nil.recv_for(1ms).status(), channel_status::timed_out);
}

TEST(Channel05NilTest, MovedFromIsNil) {
  chan<int> c{1};
  const chan<int> taken = std::move(c);
  EXPECT_FALSE(c);  // NOLINT(bugprone-use-after-move)
  EXPECT_TRUE(taken);
  c = taken;
  EXPECT_EQ(c, taken);
  c = nullptr;
  EXPECT_FALSE(c);
}

TEST(Channel06RendezvousTest, UnbufferedSendEndsOnlyWhenTheValueIsTaken) {
  const chan<int> c;
  std::atomic<bool> returned{false};
  thread_group threads;
  threads.start([&] {
    c.send(5);
    returned = true;
  });
  wait_until_blocked(c, 0, 1);
  EXPECT_FALSE(returned);
  EXPECT_EQ(c.size(), 0u);
  EXPECT_EQ(c.recv(), 5);
  threads.join();
  EXPECT_TRUE(returned);
}

TEST(Channel06RendezvousTest, UnbufferedTrySendNeedsAWaitingReceiver) {
  const chan<int> c;
  EXPECT_FALSE(c.try_send(1));
  EXPECT_EQ(c.try_recv().status(), channel_status::would_block);
  thread_group threads;
  std::atomic<int> got{0};
  threads.start([&] { got = *c.recv(); });
  wait_until_blocked(c, 1, 0);
  EXPECT_TRUE(c.try_send(9));
  threads.join();
  EXPECT_EQ(got, 9);
}

TEST(Channel07BlockingTest, SendBlocksIffFullAndReceiveIffEmpty) {
  const chan<int> c{1};
  EXPECT_EQ(c.try_recv().status(), channel_status::would_block);
  EXPECT_TRUE(c.try_send(1));
  EXPECT_FALSE(c.try_send(2));
  EXPECT_FALSE(c.send_for(2, 1ms));
  thread_group threads;
  threads.start([=] { c.send(3); });
  wait_until_blocked(c, 0, 1);
  EXPECT_EQ(c.recv(), 1);
  EXPECT_EQ(c.recv(), 3);
  threads.start([=] { EXPECT_EQ(c.recv(), 4); });
  wait_until_blocked(c, 1, 0);
  c.send(4);
}

TEST(Channel08OrderTest, ValuesArriveInOrder) {
  for (const std::size_t capacity : {0u, 1u, 3u, 100u}) {
    const chan<int> c{capacity};
    thread_group threads;
    threads.start([=] {
      for (int n = 0; n < 1000; ++n) c.send(n);
      c.close();
    });
    int expected = 0;
    for (const int value : c) ASSERT_EQ(value, expected++);
    EXPECT_EQ(expected, 1000);
  }
}

// Go's TestChan: four senders and four receivers, each value exactly as often as it was sent.
TEST(Channel08OrderTest, ManySendersAndReceiversAgreeOnTheMultiset) {
  constexpr int senders = 4;
  const int each = static_cast<int>(scaled(10'000, 200));
  for (const std::size_t capacity : {0u, 1u, 64u}) {
    const chan<int> c{capacity};
    std::vector<std::atomic<int>> seen(static_cast<std::size_t>(each));
    {
      thread_group receivers;
      for (int n = 0; n < 4; ++n)
        receivers.start([&] {
          for (const int value : c) ++seen[static_cast<std::size_t>(value)];
        });
      thread_group threads;
      for (int n = 0; n < senders; ++n)
        threads.start([&] {
          for (int value = 0; value < each; ++value) c.send(value);
        });
      threads.join();
      c.close();
    }
    for (const auto& count : seen) ASSERT_EQ(count, senders);
  }
}

TEST(Channel09DirectCompletionTest, BlockedReceiversAreServedInOrderOfArrival) {
  for (const std::size_t capacity : {0u, 2u}) {
    const chan<int> c{capacity};
    constexpr std::size_t receivers = 8;
    std::vector<int> got(receivers, -1);
    thread_group threads;
    for (std::size_t n = 0; n < receivers; ++n) {
      threads.start([&, n] { got[n] = *c.recv(); });
      wait_until_blocked(c, n + 1, 0);
    }
    for (int value = 0; value < static_cast<int>(receivers); ++value) EXPECT_TRUE(c.try_send(value));
    threads.join();
    for (std::size_t n = 0; n < receivers; ++n) EXPECT_EQ(got[n], static_cast<int>(n));
  }
}

TEST(Channel09DirectCompletionTest, BlockedSendersDeliverInOrderOfArrival) {
  for (const std::size_t capacity : {0u, 1u, 3u}) {
    const chan<int> c{capacity};
    int next = 0;
    while (c.try_send(next)) ++next;
    thread_group threads;
    for (std::size_t n = 0; n < 8; ++n) {
      threads.start([=] { c.send(next + static_cast<int>(n)); });
      wait_until_blocked(c, 0, n + 1);
    }
    for (int expected = 0; expected < next + 8; ++expected) EXPECT_EQ(*c.try_recv(), expected);
  }
}

// No barging: what a receive makes room for belongs to the sender that waits, at the moment of that receive.
TEST(Channel09DirectCompletionTest, ALateComerCannotOvertake) {
  const chan<int> c{1};
  c.send(0);
  thread_group threads;
  threads.start([=] { c.send(1); });
  wait_until_blocked(c, 0, 1);
  EXPECT_EQ(c.recv(), 0);
  EXPECT_FALSE(c.try_send(2));  // the place went to the blocked sender already
  EXPECT_EQ(c.inspect().buffer, std::vector<int>{1});
  EXPECT_EQ(c.recv(), 1);

  const chan<int> u;
  std::atomic<int> got{0};
  threads.start([&] { got = *u.recv(); });
  wait_until_blocked(u, 1, 0);
  EXPECT_TRUE(u.try_send(7));
  EXPECT_EQ(u.try_recv().status(), channel_status::would_block);  // the blocked receiver has it already
  threads.join();
  EXPECT_EQ(got, 7);
}

TEST(Channel10InvariantTest, TheQueuesAndTheBufferExcludeEachOther) {
  const chan<int> c{2};
  const auto check = [&] {
    const auto seen = c.inspect();
    EXPECT_TRUE(seen.recvq.empty() || seen.sendq.empty());
    EXPECT_TRUE(seen.qcount == 0 || seen.recvq.empty());
    EXPECT_TRUE(seen.qcount == seen.dataqsiz || seen.sendq.empty());
    EXPECT_EQ((seen.recvx + seen.qcount) % seen.dataqsiz, seen.sendx);
  };
  thread_group threads;
  for (std::size_t round = 0; round < 3; ++round) {
    for (std::size_t n = 0; n < 3; ++n) {
      threads.start([=] { (void)c.recv(); });
      wait_until_blocked(c, n + 1, 0);
      check();
    }
    for (int n = 0; n < 5; ++n) {
      c.send(n);
      check();
    }
    for (std::size_t n = 0; n < 2; ++n) {
      threads.start([=] { c.send(9); });
      wait_until_blocked(c, 0, n + 1);
      check();
    }
    for (int n = 0; n < 4; ++n) {
      (void)c.recv();
      check();
    }
  }
}

TEST(Channel11ClosedReceiveTest, DrainsInOrderAndThenReportsForEver) {
  const chan<int> c{3};
  c.send(1);
  c.send(2);
  c.close();
  EXPECT_EQ(c.recv(), 1);
  EXPECT_EQ(*c.try_recv(), 2);
  for (int n = 0; n < 3; ++n) {
    EXPECT_EQ(c.recv(), std::nullopt);
    EXPECT_EQ(c.try_recv().status(), channel_status::closed);
    EXPECT_TRUE(c.recv_for(1h).closed());
    EXPECT_TRUE(c.recv_until(std::chrono::system_clock::now() + 1h).closed());
  }
}

TEST(Channel12ClosedSendTest, Throws) {
  const chan<int> c{3};
  c.close();
  EXPECT_THROW(c.send(1), closed_channel);
  EXPECT_THROW(c.try_send(1), closed_channel);
  EXPECT_THROW(c.send_for(1, 1h), closed_channel);
  EXPECT_THROW(c.send_until(1, std::chrono::steady_clock::now()), closed_channel);
  try {
    c.send(1);
  } catch (const closed_channel& error) {
    EXPECT_STREQ(error.what(), "send on closed channel");
  }
  EXPECT_EQ(c.size(), 0u);
}

TEST(Channel13CloseTest, OfClosedOrNilThrows) {
  const chan<int> c;
  c.close();
  EXPECT_THROW(c.close(), closed_channel);
  EXPECT_THROW(chan<int>{nullptr}.close(), closed_channel);
  EXPECT_TRUE(c.is_closed());
  EXPECT_FALSE(chan<int>{nullptr}.is_closed());
}

TEST(Channel14CloseTest, WakesAllBlockedReceivers) {
  const chan<int> c{1};
  std::atomic<int> told{0};
  thread_group threads;
  for (std::size_t n = 0; n < 5; ++n) {
    threads.start([&] { told += c.recv() == std::nullopt ? 1 : 0; });
    wait_until_blocked(c, n + 1, 0);
  }
  c.close();
  threads.join();
  EXPECT_EQ(told, 5);
}

TEST(Channel15CloseTest, WakesAllBlockedSendersWhoseValuesAreNotDelivered) {
  const chan<std::string> c{1};
  c.send("buffered");
  std::atomic<int> thrown{0};
  std::atomic<int> given_back{0};
  thread_group threads;
  for (std::size_t n = 0; n < 3; ++n) {
    threads.start([&] {
      std::string mine = "a value long enough to live on the heap";
      try {
        c.send(std::move(mine));
      } catch (const closed_channel&) {
        ++thrown;
        given_back +=
            mine == "a value long enough to live on the heap" ? 1 : 0;  // NOLINT(bugprone-use-after-move)
      }
    });
    wait_until_blocked(c, 0, n + 1);
  }
  threads.start([&] {
    auto result = c.send(std::nothrow, "back to me");
    thrown += result.closed() ? 1 : 0;
    given_back += std::move(result).value() == "back to me" ? 1 : 0;
  });
  wait_until_blocked(c, 0, 4);
  c.close();
  threads.join();
  EXPECT_EQ(thrown, 4);
  EXPECT_EQ(given_back, 4);
  EXPECT_EQ(c.recv(), "buffered");
  EXPECT_EQ(c.recv(), std::nullopt);
}

// Go's TestNonblockRecvRace: close comes before or after the attempt, but a closed channel is never "would block"
// to somebody who knows that it is closed.
TEST(Channel16CloseRaceTest, AReceiveAfterCloseIsNeverNotReady) {
  const int rounds = static_cast<int>(scaled(20'000, 200));
  for (int n = 0; n < rounds; ++n) {
    const chan<int> c{1};
    c.send(1);
    std::atomic<bool> closed{false};
    std::thread closer([&] {
      c.close();
      closed = true;
    });
    EXPECT_TRUE(c.try_recv().has_value());
    const bool knew = closed;
    const channel_status status = c.try_recv().status();
    EXPECT_TRUE(status == channel_status::closed || (!knew && status == channel_status::would_block));
    closer.join();
    EXPECT_EQ(c.try_recv().status(), channel_status::closed);
  }
}

TEST(Channel17RangeTest, EndsAfterTheDrain) {
  const chan<int> c{10};
  for (int n = 0; n < 10; ++n) c.send(n);
  c.close();
  int sum = 0;
  for (const int value : c) sum += value;
  EXPECT_EQ(sum, 45);
  for (const int value : c) FAIL() << value;
  static_assert(std::input_iterator<decltype(c.begin())>);
}

TEST(Channel17RangeTest, MultipleConsumersEndOnClose) {
  const chan<int> work{2};
  const chan<int> results{2};
  const int count = static_cast<int>(scaled(20'000, 500));
  thread_group consumers;
  for (int n = 0; n < 23; ++n)
    consumers.start([=] {
      for (const int value : work) results.send(value % 3 == 0 ? value : -value);
    });
  long expected = 0;
  for (int value = 0; value < count; ++value) expected += value % 3 == 0 ? value : -value;
  long sum = 0;
  thread_group collector;
  collector.start([&] {
    for (const int value : results) sum += value;
  });
  for (int value = 0; value < count; ++value) work.send(value);
  work.close();
  consumers.join();
  results.close();
  collector.join();
  EXPECT_EQ(sum, expected);
}

TEST(Channel18DiscardTest, ADiscardedReceiveConsumes) {
  const chan<int> c{2};
  c.send(1);
  c.send(2);
  c.recv();
  (void)c.try_recv();
  EXPECT_EQ(c.size(), 0u);
}

}  // namespace
}  // namespace steady_test
