// The defects that the survey found in other libraries (field-channels 1.2 and 1.4), each as a program that passes here. Those of
// Asio's channels are in channel_asio_test.cpp; the one of a receiver stranded by a select (raven#403) is statement 29.
#include <gtest/gtest.h>

#include <steady/run_loop.hpp>
#include <steady/select.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <optional>
#include <thread>
#include <vector>

#include "../support/blocked.hpp"
#include "../support/scale.hpp"

namespace steady_test {
namespace {

using namespace std::chrono_literals;
using steady::chan;
using steady::recv;
using steady::select;
using steady::send;

// msd::channel and cpp-csp#2: one condition variable for both roles and notify_one; hangs after one message.
TEST(ChannelKnownDefectsTest, FourProducersAndFourConsumersOnCapacityOne) {
  const chan<int> c{1};
  const int each = static_cast<int>(scaled(50'000, 500));
  std::atomic<long> received{0};
  thread_group consumers;
  for (int n = 0; n < 4; ++n)
    consumers.start([&] {
      for (const int value : c) received += value;
    });
  {
    thread_group producers;
    for (int n = 0; n < 4; ++n)
      producers.start([&] {
        for (int value = 0; value < each; ++value) c.send(1);
      });
  }
  c.close();
  consumers.join();
  EXPECT_EQ(received, 4L * each);
}

// copper: a select over an open and a closed channel waits to its timeout, so close(quit) tells nobody.
TEST(ChannelKnownDefectsTest, ClosingQuitEndsEverySelect) {
  const chan<int> work;
  const chan<int> quit;
  std::atomic<int> ended{0};
  thread_group threads;
  for (std::size_t n = 0; n < 5; ++n) {
    threads.start([&] {
      while (select(recv(work), recv(quit)) == 0) {
      }
      ++ended;
    });
    wait_until_blocked(quit, n + 1, 0);
  }
  work.send(1);
  quit.close();
  threads.join();
  EXPECT_EQ(ended, 5);
  EXPECT_EQ(select(recv(work), recv(quit), steady::after(1h)), 1u);
}

// copper's locks in order of arguments: two selects over the same channels the other way round.
TEST(ChannelKnownDefectsTest, OppositeOrdersOfCasesDoNotDeadlock) {
  const chan<int> a{1};
  const chan<int> b{1};
  const int rounds = static_cast<int>(scaled(200'000, 2000));
  thread_group threads;
  for (int t = 0; t < 2; ++t) {
    threads.start([&] {
      for (int n = 0; n < rounds; ++n) select(send(a, 1), send(b, 1), recv(a), recv(b));
    });
    threads.start([&] {
      for (int n = 0; n < rounds; ++n) select(recv(b), recv(a), send(b, 1), send(a, 1));
    });
  }
}

// Photon: select over closed channels spins for ever; a failed try_send deletes the value.
TEST(ChannelKnownDefectsTest, AllChannelsClosedIsReady) {
  const chan<int> a;
  const chan<int> b;
  a.close();
  b.close();
  EXPECT_LT(select(recv(a), recv(b)), 2u);
}

// goless#43, llgo#1818: selects with both sides on unbuffered channels, facing each other.
TEST(ChannelKnownDefectsTest, MixedSelectsFacingEachOtherMeet) {
  const chan<int> a;
  const chan<int> b;
  const int rounds = static_cast<int>(scaled(50'000, 500));
  std::atomic<long> meetings{0};
  thread_group threads;
  for (const bool first : {true, false})
    threads.start([&, first] {
      for (int n = 0; n < rounds; ++n)
        select(recv(first ? a : b, [&](std::optional<int>) { ++meetings; }), send(first ? b : a, 1));
    });
  threads.join();
  EXPECT_EQ(meetings, rounds);
}

// llgo#1691: a select is woken by a sender that comes later, and finds one that was there before.
TEST(ChannelKnownDefectsTest, ASelectMeetsABlockedSenderAndALaterOne) {
  const chan<int> a;
  const chan<int> b;
  thread_group threads;
  threads.start([=] { a.send(1); });
  wait_until_blocked(a, 0, 1);
  EXPECT_EQ(select(recv(b), recv(a)), 1u);
  threads.start([=] { b.send(1); });
  EXPECT_EQ(select(recv(a), recv(b)), 1u);
}

// llgo#2003: what one rendezvous left behind satisfies a later one.
TEST(ChannelKnownDefectsTest, ALostRaceLeavesNoFlagBehind) {
  const chan<int> a;
  for (int n = 0; n < 100; ++n) {
    EXPECT_EQ(select(send(a, 1), steady::after(1us)), 1u);
    EXPECT_EQ(a.try_recv().status(), steady::channel_status::would_block);
    EXPECT_EQ(select(recv(a), steady::after(1us)), 1u);
    EXPECT_FALSE(a.try_send(1));
  }
}

// tylertreat/chan#24: an unbuffered value read twice.
TEST(ChannelKnownDefectsTest, AnUnbufferedValueIsReadOnce) {
  const chan<int> c;
  const int count = static_cast<int>(scaled(50'000, 500));
  std::vector<std::atomic<int>> seen(static_cast<std::size_t>(count));
  thread_group readers;
  for (int n = 0; n < 3; ++n)
    readers.start([&] {
      for (const int value : c) ++seen[static_cast<std::size_t>(value)];
    });
  for (int n = 0; n < count; ++n) c.send(n);
  c.close();
  readers.join();
  for (const auto& times : seen) ASSERT_EQ(times, 1);
}

// tinygo#5513: a waiter that is woken before the locks are released runs against them. It takes the same locks at once here.
TEST(ChannelKnownDefectsTest, TheWokenUseTheSameChannelsAtOnce) {
  const chan<int> a;
  const chan<int> b;
  const int rounds = static_cast<int>(scaled(50'000, 500));
  std::atomic<int> passed{0};
  thread_group threads;
  for (int t = 0; t < 2; ++t)
    threads.start([&, t] {
      for (int n = 0; n < rounds; ++n) {
        t == 0 ? select(send(a, n), send(b, n)) : select(recv(b), recv(a));
        ++passed;
        EXPECT_FALSE(a.is_closed() || b.is_closed());
      }
    });
  threads.join();
  EXPECT_EQ(passed, 2 * rounds);
}

// libcoro and cppcoro#55: resumed inside the sender's call, a long chain of hand-overs is a deep stack. Here it is a loop.
TEST(ChannelKnownDefectsTest, AMillionHandOversNeedNoStack) {
  steady::run_loop loop;
  const chan<int> there;
  const chan<int> back;
  const int rounds = static_cast<int>(scaled(1'000'000, 20'000));
  loop.spawn([](chan<int> in, chan<int> out) -> steady::task {
    while (const auto value = co_await in.async_recv()) co_await out.async_send(*value);
  }(there, back));
  int last = -1;
  loop.spawn([](chan<int> out, chan<int> in, int count, int& seen) -> steady::task {
    for (int n = 0; n < count; ++n) {
      co_await out.async_send(n);
      seen = *co_await in.async_recv();
    }
    out.close();
  }(there, back, rounds, last));
  loop.run();
  EXPECT_EQ(last, rounds - 1);
}

// fiber#329: a capacity of n holds n, whatever n is. (asiochan's and cobalt's neighbour, libcoro: at least one.)
TEST(ChannelKnownDefectsTest, ThreeMeansThree) {
  const chan<int> c{3};
  for (int n = 0; n < 3; ++n) EXPECT_TRUE(c.try_send(n));
  EXPECT_FALSE(c.try_send(3));
}

}  // namespace
}  // namespace steady_test
