// Statements 9, 26 and 36 to 39 of docs/channels-design.md for coroutines: the same queues as threads, resumption on the
// owner's scheduler after every lock is released, cancellation and destruction that lose and double nothing.
#include <gtest/gtest.h>

#include <steady/run_loop.hpp>
#include <steady/select.hpp>
#include <steady/selector.hpp>
#include <steady/waiters.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <memory_resource>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "../support/blocked.hpp"
#include "../support/owned_coroutine.hpp"
#include "../support/random.hpp"
#include "../support/scale.hpp"

namespace steady_test {
namespace {

using namespace std::chrono_literals;
using steady::after;
using steady::async_select;
using steady::chan;
using steady::channel_status;
using steady::recv;
using steady::run_loop;
using steady::send;
using steady::task;

task produce(chan<int> to, int count) {
  for (int n = 0; n < count; ++n) co_await to.async_send(n);
  to.close();
}
task collect(chan<int> from, std::vector<int>& all) {
  while (const auto value = co_await from.async_recv()) all.push_back(*value);
}

TEST(ChannelCoroutineTest, ValuesArriveInOrder) {
  for (const std::size_t capacity : {0u, 1u, 7u}) {
    run_loop loop;
    std::vector<int> all;
    const chan<int> c{capacity};
    loop.spawn(produce(c, 100));
    loop.spawn(collect(c, all));
    loop.run();
    ASSERT_EQ(all.size(), 100u);
    for (int n = 0; n < 100; ++n) EXPECT_EQ(all[static_cast<std::size_t>(n)], n);
  }
}

task everything(chan<std::unique_ptr<int>> c, int& passed) {
  co_await c.async_send(std::make_unique<int>(1));
  passed += **co_await c.async_recv();
  c.close();
  passed += (co_await c.async_recv()).has_value() ? 0 : 1;
  auto mine = std::make_unique<int>(5);
  bool thrown = false;
  try {
    co_await c.async_send(std::move(mine));
  } catch (const steady::closed_channel&) {
    thrown = true;
  }
  passed += thrown && mine != nullptr ? 1 : 0;  // NOLINT(bugprone-use-after-move)
  auto result = co_await c.async_send(std::nothrow, std::move(mine));
  passed += result.closed() && *result.value() == 5 ? 1 : 0;
}

TEST(ChannelCoroutineTest, ClosedChannelsAreReportedAsToThreads) {
  run_loop loop;
  int passed = 0;
  loop.spawn(everything(chan<std::unique_ptr<int>>{1}, passed));
  loop.run();
  EXPECT_EQ(passed, 4);
}

task with_deadlines(chan<std::unique_ptr<int>> c, int& passed) {
  const auto timed_out = co_await c.async_recv_for(1ms);
  passed += timed_out.status() == steady::channel_status::timed_out ? 1 : 0;
  auto mine = std::make_unique<int>(5);
  passed += co_await c.async_send_until(std::move(mine), std::chrono::steady_clock::now()) ? 1 : 0;
  auto second = std::make_unique<int>(6);
  passed += co_await c.async_send_for(std::move(second), 1ms) ? 0 : 1;
  passed += second != nullptr && *second == 6 ? 1 : 0;  // NOLINT(bugprone-use-after-move)
  // A deadline that has passed still lets the operation try.
  auto received = co_await c.async_recv_for(-1h);
  passed += received && **received == 5 ? 1 : 0;
  passed += (co_await c.async_recv_until(std::chrono::system_clock::now() + 1ms)).has_value() ? 0 : 1;
  c.close();
  passed += (co_await c.async_recv_for(1h)).closed() ? 1 : 0;
}

TEST(ChannelCoroutineTest, DeadlinesAsThreadsHaveThem) {
  run_loop loop;
  int passed = 0;
  const chan<std::unique_ptr<int>> c{1};
  loop.spawn(with_deadlines(c, passed));
  loop.run();
  EXPECT_EQ(passed, 7);
  EXPECT_TRUE(c.inspect().recvq.empty());
}

TEST(ChannelCoroutineTest, AValueThatComesBeforeTheDeadlineIsTheCoroutines) {
  run_loop loop;
  const chan<int> c;
  int got = 0;
  loop.spawn(
      [](chan<int> from, int& into) -> task { into = (co_await from.async_recv_for(1h)).value(); }(c, got));
  loop.spawn([](chan<int> from) -> task { (void)co_await from.async_recv_for(1h); }(c));
  loop.run_ready();
  EXPECT_EQ(c.inspect().recvq.size(), 2u);
  EXPECT_TRUE(c.try_send(7));
  loop.run_ready();
  EXPECT_EQ(got, 7);
  // The other one is destroyed while it waits, and leaves queue and timer.
}

// A type whose move may throw travels in a box, and comes back out of it.
struct may_throw {
  explicit may_throw(int value) : number(value) {}
  may_throw(const may_throw&) = default;
  may_throw(may_throw&& other) noexcept(false) : number(other.number) {}
  may_throw& operator=(const may_throw&) = default;
  int number;
};

TEST(ChannelCoroutineTest, ABoxedValueThatIsNotSentComesBack) {
  run_loop loop;
  int back = 0;
  const chan<may_throw> c{1};
  loop.spawn([](chan<may_throw> to, int& number) -> task {
    const auto sent = co_await to.async_send(std::nothrow, may_throw(1));
    to.close();
    auto late = co_await to.async_send(std::nothrow, may_throw(2));
    number = sent && late.closed() ? late.value().number : 0;
  }(c, back));
  loop.run();
  EXPECT_EQ(back, 2);
  EXPECT_EQ(c.recv()->number, 1);
}

TEST(ChannelCoroutineTest, WhatATaskThrowsComesOutOfRun) {
  run_loop loop;
  const chan<int> c;
  c.close();
  loop.spawn([](chan<int> closed) -> task { co_await closed.async_send(1); }(c));
  EXPECT_THROW(loop.run(), steady::closed_channel);
}

// 39: threads and coroutines stand in one queue, in order of arrival, in either role.
TEST(Channel39MixedTest, ReceiversOfBothKindsAreServedInOrderOfArrival) {
  const chan<int> c;
  std::array<std::atomic<int>, 6> got{};
  thread_group threads;
  run_loop loop;
  for (std::size_t n = 0; n < got.size(); ++n) {
    if (n % 2 == 0) {
      threads.start([&, n] { got[n] = *c.recv(); });
    } else {
      loop.spawn([](chan<int> from, std::atomic<int>& into) -> task {
        into = *co_await from.async_recv();
      }(c, got[n]));
      loop.run_ready();
    }
    wait_until_blocked(c, n + 1, 0);
  }
  for (int value = 1; value <= 6; ++value) EXPECT_TRUE(c.try_send(value));
  loop.run();
  threads.join();
  for (std::size_t n = 0; n < got.size(); ++n) EXPECT_EQ(got[n], static_cast<int>(n) + 1);
}

TEST(Channel39MixedTest, SendersOfBothKindsDeliverInOrderOfArrival) {
  for (const std::size_t capacity : {0u, 2u}) {
    const chan<int> c{capacity};
    for (std::size_t n = 0; n < capacity; ++n) c.send(-1);
    thread_group threads;
    run_loop loop;
    for (std::size_t n = 0; n < 6; ++n) {
      const int value = static_cast<int>(n);
      if (n % 2 == 0) {
        threads.start([=] { c.send(value); });
      } else {
        loop.spawn([](chan<int> to, int mine) -> task { co_await to.async_send(mine); }(c, value));
        loop.run_ready();
      }
      wait_until_blocked(c, 0, n + 1);
    }
    for (std::size_t n = 0; n < capacity; ++n) EXPECT_EQ(*c.try_recv(), -1);
    for (int value = 0; value < 6; ++value) EXPECT_EQ(*c.try_recv(), value);
    loop.run();
  }
}

TEST(Channel39MixedTest, ThreadsFeedCoroutinesAndBack) {
  const int count = static_cast<int>(scaled(100'000, 1000));
  for (const std::size_t capacity : {0u, 4u}) {
    const chan<int> in{capacity};
    const chan<int> out{capacity};
    thread_group threads;
    threads.start([=] {
      for (int n = 0; n < count; ++n) in.send(n);
      in.close();
    });
    long sum = 0;
    threads.start([&] {
      for (const int value : out) sum += value;
    });
    run_loop loop;
    std::size_t workers = 3;
    for (int n = 0; n < 3; ++n)
      loop.spawn([](chan<int> from, chan<int> to, std::size_t& left) -> task {
        while (const auto value = co_await from.async_recv()) co_await to.async_send(2 * *value);
        if (--left == 0) to.close();
      }(in, out, workers));
    loop.run();
    threads.join();
    EXPECT_EQ(sum, static_cast<long>(count) * (count - 1));
  }
}

// Two loops in two threads, selects on both sides.
TEST(Channel39MixedTest, TwoLoopsMeet) {
  const int count = static_cast<int>(scaled(50'000, 500));
  const chan<int> a;
  const chan<int> b;
  std::atomic<long> sum{0};
  const auto side = [&](bool first) {
    run_loop loop;
    loop.spawn([](chan<int> out, chan<int> in, int rounds, std::atomic<long>& total) -> task {
      for (int n = 0; n < rounds; ++n) {
        auto result = co_await async_select(send(out, 1), recv(in));
        if (result.index() == 1) total += *result.get<1>();
      }
    }(first ? a : b, first ? b : a, count, sum));
    loop.run();
  };
  thread_group threads;
  threads.start([&] { side(true); });
  threads.start([&] { side(false); });
  threads.join();
  EXPECT_EQ(sum, count);  // each of the 2 x count selects was one half of a meeting
}

task selecting(chan<int> a, chan<std::string> b, std::string& log) {
  for (;;) {
    auto result = co_await async_select(recv(a), recv(b), after(1h));
    if (result.index() == 0) {
      if (!result.get<0>()) co_return;
      log += std::to_string(*result.get<0>());
    } else {
      log += *result.get<1>();
    }
  }
}

TEST(ChannelAsyncSelectTest, GivesTheValueOfTheCaseThatHappened) {
  run_loop loop;
  std::string log;
  const chan<int> a;
  const chan<std::string> b;
  loop.spawn(selecting(a, b, log));
  loop.spawn([](chan<int> to, chan<std::string> text) -> task {
    co_await to.async_send(1);
    co_await text.async_send("two");
    co_await to.async_send(3);
    to.close();
  }(a, b));
  loop.run();
  EXPECT_EQ(log, "1two3");
}

TEST(ChannelAsyncSelectTest, DefaultDeadlineTickAndHandlers) {
  run_loop loop;
  std::string log;
  loop.spawn([](std::string& text) -> task {
    const chan<int> nil{nullptr};
    const chan<int> c{1};
    text += std::to_string((co_await async_select(recv(c), steady::otherwise([&] { text += "d"; }))).index());
    text += std::to_string((co_await async_select(recv(nil), after(1ms))).index());
    auto ticks = steady::tick(1ms);
    std::chrono::steady_clock::time_point last{};
    for (int n = 0; n < 3; ++n)
      co_await async_select(recv(nil), recv(ticks, [&](std::chrono::steady_clock::time_point instant) {
                              text +=
                                  instant > last && std::chrono::steady_clock::now() >= instant ? "t" : "?";
                              last = instant;
                            }));
    auto mine = std::make_unique<int>(1);
    const chan<std::unique_ptr<int>> out;
    text += std::to_string((co_await async_select(send(out, std::move(mine)), after(1ms))).index());
    text += mine != nullptr ? "kept" : "lost";  // NOLINT(bugprone-use-after-move)
  }(log));
  loop.run();
  EXPECT_EQ(log, "d11ttt1kept");
}

// A tick belongs to who gets it: one that comes when a channel has won, and the coroutine has not run yet, waits for the next select.
TEST(ChannelAsyncSelectTest, ATickThatComesTooLateIsNotLost) {
  run_loop loop;
  steady::ticker ticks = steady::tick(500ms);
  const auto first = std::chrono::steady_clock::now() + 500ms;  // or a little earlier
  const chan<int> c;
  std::string log;
  loop.spawn([](chan<int> from, steady::ticker& each, std::string& text) -> task {
    const auto won = co_await async_select(recv(from), recv(each));
    text += std::to_string(won.index());
    const auto then = co_await async_select(recv(each), steady::otherwise());
    text += std::to_string(then.index());
  }(c, ticks, log));
  loop.run_ready();
  ASSERT_TRUE(c.try_send(1));
  std::this_thread::sleep_until(first + 100ms);
  loop.run_ready();
  EXPECT_EQ(log, "00");
}

// 26: "itself" is the operation, not the thread: two coroutines of one thread do meet.
TEST(Channel26SelfTest, CoroutinesOfOneThreadMeetAndNoneMeetsItself) {
  run_loop loop;
  const chan<int> c;
  int meetings = 0;
  for (int p = 0; p < 2; ++p)
    loop.spawn([](chan<int> both, int me, int& met) -> task {
      for (int n = 0; n < 100; ++n)
        co_await async_select(send(both, me),
                              recv(both, [&](std::optional<int> from) { met += *from != me ? 1 : 100000; }));
    }(c, p, meetings));
  loop.run();
  EXPECT_EQ(meetings, 100);
}

// A scheduler of the test's own: what is scheduled is only noted, and resumed by hand.
struct noting_scheduler {
  std::deque<steady::resumption*> noted;
  const chan<int>* must_be_unlocked = nullptr;

  steady::scheduler as_scheduler() {
    return {this, [](void* context, steady::resumption& ready) noexcept {
              auto& self = *static_cast<noting_scheduler*>(context);
              // 38: whoever schedules holds no lock, or this would wait for ever.
              if (self.must_be_unlocked != nullptr) (void)self.must_be_unlocked->size();
              self.noted.push_back(&ready);
            }};
  }
};

struct own_type {
  struct promise_type {
    noting_scheduler* where;
    promise_type(noting_scheduler& scheduler, const chan<int>&, int&) : where(&scheduler) {}
    own_type get_return_object() noexcept { return {}; }
    static std::suspend_never initial_suspend() noexcept { return {}; }
    static std::suspend_never final_suspend() noexcept { return {}; }
    static void return_void() noexcept {}
    static void unhandled_exception() noexcept { std::terminate(); }
  };
};

}  // namespace
}  // namespace steady_test

template <>
struct steady::scheduler_of<steady_test::own_type::promise_type> {
  static steady::scheduler get(steady_test::own_type::promise_type& promise) {
    return promise.where->as_scheduler();
  }
};

namespace steady_test {
namespace {

own_type receive_twice(noting_scheduler&, const chan<int>& from, int& sum) {
  sum += *co_await from.async_recv();
  sum += *co_await from.async_recv();
}

TEST(Channel38ResumptionTest, AnyCoroutineTypeResumesOnItsOwnSchedulerAndNeverInline) {
  noting_scheduler scheduler;
  const chan<int> c;
  scheduler.must_be_unlocked = &c;
  int sum = 0;
  receive_twice(scheduler, c, sum);
  wait_until_blocked(c, 1, 0);
  EXPECT_TRUE(c.try_send(3));
  EXPECT_EQ(sum, 0);
  ASSERT_EQ(scheduler.noted.size(), 1u);
  std::exchange(scheduler.noted, {}).front()->resume();
  EXPECT_EQ(sum, 3);
  EXPECT_EQ(steady::select(send(c, 4), steady::otherwise()), 0u);
  EXPECT_EQ(sum, 3);
  ASSERT_EQ(scheduler.noted.size(), 1u);
  scheduler.noted.front()->resume();
  EXPECT_EQ(sum, 7);
}

TEST(Channel38ResumptionTest, WithoutASchedulerItIsAnErrorOfTheCoroutine) {
  bool told = false;
  const auto waiting = [](bool& thrown) -> owned_coroutine {
    const chan<int> c;
    try {
      (void)co_await c.async_recv();
    } catch (const std::logic_error&) {
      thrown = true;
    }
  }(told);
  EXPECT_TRUE(told);
  EXPECT_TRUE(waiting.done());
}

owned_coroutine receive_into(chan<int> from, std::optional<int>& into) { into = co_await from.async_recv(); }
owned_coroutine send_of(chan<int> to, int value, bool& sent) {
  co_await to.async_send(value);
  sent = true;
}

// Runs something where the thread's scheduler is this loop's.
template <class Function>
void inside(run_loop& loop, Function function) {
  loop.spawn([](Function& body) -> task {
    body();
    co_return;
  }(function));
  loop.run_ready();
}

TEST(Channel37DestructionTest, AWaitingCoroutineLeavesItsChannel) {
  run_loop loop;
  inside(loop, [] {
    const chan<int> c;
    std::optional<int> got;
    bool sent = false;
    {
      const owned_coroutine receiver = receive_into(c, got);
      EXPECT_EQ(c.inspect().recvq.size(), 1u);
    }
    EXPECT_EQ(c.inspect().recvq.size(), 0u);
    EXPECT_FALSE(c.try_send(1));
    {
      const owned_coroutine sender = send_of(c, 1, sent);
      EXPECT_EQ(c.inspect().sendq.size(), 1u);
    }
    EXPECT_EQ(c.try_recv().status(), channel_status::would_block);
    EXPECT_FALSE(sent);
    {
      const chan<int> d;
      const owned_coroutine selecting = [](chan<int> x, chan<int> y) -> owned_coroutine {
        (void)co_await async_select(recv(x), recv(y), send(x, 1), after(1h));
      }(c, d);
      EXPECT_EQ(c.inspect().recvq.size() + c.inspect().sendq.size() + d.inspect().recvq.size(), 3u);
    }
    EXPECT_TRUE(c.inspect().recvq.empty() && c.inspect().sendq.empty());
  });
}

// The resumption is with the loop already; it is withdrawn, and its neighbours still run.
TEST(Channel37DestructionTest, BetweenCompletionAndResumption) {
  run_loop loop;
  std::array<std::optional<int>, 3> got;
  std::array<owned_coroutine, 3> receivers;
  inside(loop, [&] {
    const chan<int> c;
    for (std::size_t n = 0; n < 3; ++n) receivers[n] = receive_into(c, got[n]);
    for (int n = 0; n < 3; ++n) EXPECT_TRUE(c.try_send(n));
    receivers[1] = {};
  });
  loop.run_ready();
  EXPECT_EQ(got[0], 0);
  EXPECT_EQ(got[1], std::nullopt);
  EXPECT_EQ(got[2], 2);
}

TEST(Channel37DestructionTest, ALoopThatGoesTakesItsTasksAlong) {
  const chan<int> c;
  const chan<int> d;
  {
    run_loop loop;
    for (int n = 0; n < 3; ++n) {
      loop.spawn([](chan<int> from) -> task { (void)co_await from.async_recv(); }(c));
      loop.spawn(
          [](chan<int> x, chan<int> y) -> task { (void)co_await async_select(recv(x), send(y, 1)); }(c, d));
    }
    loop.run_ready();
    EXPECT_EQ(c.inspect().recvq.size(), 6u);
    EXPECT_TRUE(c.try_send(1));
    loop.spawn([](chan<int> from) -> task { (void)co_await from.async_recv(); }(c));  // never started
  }
  EXPECT_TRUE(c.inspect().recvq.empty() && d.inspect().sendq.empty());
}

struct counting_memory final : std::pmr::memory_resource {
  int blocks = 0;

 private:
  void* do_allocate(std::size_t bytes, std::size_t alignment) override {
    ++blocks;
    return std::pmr::new_delete_resource()->allocate(bytes, alignment);
  }
  void do_deallocate(void* block, std::size_t bytes, std::size_t alignment) override {
    --blocks;
    std::pmr::new_delete_resource()->deallocate(block, bytes, alignment);
  }
  [[nodiscard]] bool do_is_equal(const memory_resource& other) const noexcept override {
    return this == &other;
  }
};
// Through a handle that is not the coroutine's own.
owned_coroutine receive_through(chan<int>& lent, std::optional<int>& got) {
  got = co_await lent.async_recv();
}

TEST(Channel41LifetimeTest, AnOrphanGoesWithTheLastOfItsCoroutines) {
  counting_memory memory;
  run_loop loop;
  inside(loop, [&] {
    std::optional<int> got;
    auto lent = std::make_unique<chan<int>>(0, &memory);
    owned_coroutine first = receive_through(*lent, got);
    owned_coroutine second = receive_through(*lent, got);
    lent.reset();
    EXPECT_EQ(memory.blocks, 1);
    first = {};
    EXPECT_EQ(memory.blocks, 1);
    second = {};
    EXPECT_EQ(memory.blocks, 0);
  });
}

TEST(Channel41LifetimeTest, WhoHasBeenServedDoesNotNeedTheChannel) {
  counting_memory memory;
  run_loop loop;
  std::optional<int> got;
  owned_coroutine receiver;
  owned_coroutine withdrawn;
  inside(loop, [&] {
    auto lent = std::make_unique<chan<int>>(0, &memory);
    receiver = receive_through(*lent, got);
    withdrawn = receive_through(*lent, got);
    EXPECT_TRUE(lent->try_send(1));
    EXPECT_TRUE(lent->try_send(2));
    lent.reset();
    EXPECT_EQ(memory.blocks, 0);
    withdrawn = {};
  });
  loop.run_ready();
  EXPECT_EQ(got, 1);
}

// Whether the thread that completes the wait and drops the last handle comes first, or the destruction, or both at once.
TEST(Channel41LifetimeTest, ADestroyedCoroutineAndTheLastHandleMeet) {
  run_loop loop;
  inside(loop, [] {
    std::atomic<chan<int>*> handed{nullptr};
    std::atomic<bool> over{false};
    thread_group threads;
    threads.start([&] {
      for (;;) {
        const bool last = over;
        if (const std::unique_ptr<chan<int>> mine{handed.exchange(nullptr)}) {
          (void)mine->try_send(1);
        } else if (last) {
          return;
        } else {
          std::this_thread::yield();
        }
      }
    });
    random_source random(4712);
    std::optional<int> got;
    for (long n = static_cast<long>(scaled(200'000, 5000)); n > 0; --n) {
      auto lent = std::make_unique<chan<int>>();
      owned_coroutine receiver = receive_through(*lent, got);
      handed = lent.release();
      for (std::size_t looks = random.below(100); looks > 0 && handed != nullptr; --looks) {
      }
      receiver = {};
      while (handed != nullptr) std::this_thread::yield();
    }
    over = true;
    EXPECT_EQ(got, std::nullopt);
  });
}

// Threads send while coroutines that wait are destroyed: a value is received, or dies with a coroutine it was handed to
// (counted by its destructor), or was not sent. None twice, none missing.
struct tracked {
  std::atomic<long>* destroyed = nullptr;
  explicit tracked(std::atomic<long>& count) noexcept : destroyed(&count) {}
  tracked(tracked&& other) noexcept : destroyed(std::exchange(other.destroyed, nullptr)) {}
  tracked& operator=(tracked&&) = delete;
  ~tracked() {
    if (destroyed != nullptr) ++*destroyed;
  }
};

owned_coroutine receive_tracked(chan<tracked> from, long& received) {
  while (auto value = co_await from.async_recv()) {
    value->destroyed = nullptr;
    ++received;
  }
}

owned_coroutine receive_tracked_by_select(chan<tracked> from, chan<tracked> never, long& received) {
  for (;;) {
    auto result = co_await async_select(recv(never), recv(from), recv(from));
    std::optional<tracked>& value = result.index() == 1 ? result.get<1>() : result.get<2>();
    if (!value) co_return;
    value->destroyed = nullptr;
    ++received;
  }
}

TEST(Channel37DestructionTest, StressAgainstThreadsThatSend) {
  for (const std::size_t capacity : {0u, 2u}) {
    std::atomic<long> died{0};
    long received = 0;
    const long count = static_cast<long>(scaled(200'000, 6000));
    {
      const chan<tracked> c{capacity};
      thread_group threads;
      std::atomic<int> sending{2};
      for (int t = 0; t < 2; ++t)
        threads.start([&] {
          for (long n = 0; n < count; ++n) c.send(tracked(died));
          if (--sending == 0) c.close();
        });
      run_loop loop;
      loop.spawn([](chan<tracked> from, long& sum) -> task {
        random_source random(4711);
        std::array<owned_coroutine, 4> receivers;
        const chan<int> never;
        const chan<tracked> nothing;
        while (!from.is_closed()) {
          receivers[random.below(4)] =
              random.one_in(2) ? receive_tracked(from, sum) : receive_tracked_by_select(from, nothing, sum);
          if (random.one_in(3)) receivers[random.below(4)] = {};
          (void)co_await async_select(recv(never), after(random.one_in(2) ? 0us : 1us));
        }
        for (auto& each : receivers) each = {};
        while (auto value = co_await from.async_recv()) {
          value->destroyed = nullptr;
          ++sum;
        }
      }(c, received));
      loop.run();
      threads.join();
    }
    EXPECT_EQ(received + died, 2 * count);
  }
}

#if defined(__cpp_lib_jthread)
TEST(Channel37StopTest, RacingRequestsAndCoroutinesLoseAndDoubleNothing) {
  const chan<int> c;
  const int rounds = static_cast<int>(scaled(50'000, 500));
  std::atomic<long> sent{0};
  std::atomic<long> received{0};
  const chan<std::stop_source> sources{2};
  thread_group threads;
  threads.start([&] {
    for (const std::stop_source& each : sources) each.request_stop();
  });
  threads.start([&] {
    run_loop loop;
    loop.spawn([](chan<int> from, std::atomic<long>& sum) -> task {
      while (const auto value = co_await from.async_recv()) sum += *value;
    }(c, received));
    loop.run();
  });
  run_loop loop;
  loop.spawn([](chan<int> to, chan<std::stop_source> stops, int count, std::atomic<long>& sum) -> task {
    for (int value = 1; value <= count; ++value) {
      const std::stop_source source;
      co_await stops.async_send(source);
      const std::stop_token token = source.get_token();
      if (value % 2 == 0) {
        if (co_await to.async_send(value, token)) sum += value;
      } else {
        if ((co_await async_select(token, send(to, value), after(1h))).index() == 0) sum += value;
      }
    }
    stops.close();
    to.close();
  }(c, sources, rounds, sent));
  loop.run();
  threads.join();
  EXPECT_EQ(sent, received);
}

TEST(Channel37StopTest, ARequestWakesACoroutine) {
  std::stop_source source;
  run_loop loop;
  const chan<int> c;
  int stopped = 0;
  loop.spawn([](chan<int> from, std::stop_token token, int& count) -> task {
    count += (co_await from.async_recv(token)).status() == channel_status::stopped ? 1 : 0;
    count += (co_await async_select(token, recv(from))).index() == steady::stopped ? 1 : 0;  // made before
    const chan<int> nil{nullptr};
    count += (co_await nil.async_send(1, token)) ? 0 : 1;
  }(c, source.get_token(), stopped));
  loop.run_ready();
  EXPECT_EQ(c.inspect().recvq.size(), 1u);
  thread_group threads;
  threads.start([&] { source.request_stop(); });
  loop.run();
  EXPECT_EQ(stopped, 3);
  EXPECT_TRUE(c.inspect().recvq.empty());
}
#endif

TEST(ChannelCoroutineTest, TheDumpNamesCoroutines) {
  run_loop loop;
  const chan<int> c{0, "coroutine input"};
  loop.spawn([](chan<int> from) -> task { (void)co_await from.async_recv(); }(c));
  loop.run_ready();
  EXPECT_NE(steady::dump_waiters().find("coroutine input"), std::string::npos);
  ASSERT_EQ(c.inspect().recvq.size(), 1u);
  EXPECT_NE(c.inspect().recvq[0].coroutine, nullptr);
  c.close();
  loop.run();
}

}  // namespace
}  // namespace steady_test
