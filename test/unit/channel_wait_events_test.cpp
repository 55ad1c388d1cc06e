// Changes of state of those who wait (line 6 of the issue): each wait is waiting, runnable, running, told in this order as it
// happens; and the Chrome trace that is made of them.
#include <gtest/gtest.h>

#include <steady/run_loop.hpp>
#include <steady/select.hpp>
#include <steady/wait_trace.hpp>

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "../support/blocked.hpp"
#include "../support/scale.hpp"

namespace steady_test {
namespace {

using namespace std::chrono_literals;
using steady::chan;
using steady::recv;
using steady::send;
using steady::wait_event;
using steady::wait_state;

const char* word(wait_state state) {
  switch (state) {
  case wait_state::waiting:
    return "waiting";
  case wait_state::runnable:
    return "runnable";
  case wait_state::running:
    return "running";
  case wait_state::gone:
    return "gone";
  }
  return "?";
}

// Lines such as "waiting: chan receive jobs", and who.
class listener final : public steady::wait_observer {
 public:
  listener() { steady::observe_waits(this); }
  listener(const listener&) = delete;
  listener& operator=(const listener&) = delete;
  ~listener() { steady::observe_waits(nullptr); }

  void changed(const wait_event& now) noexcept override {
    const std::lock_guard guard(mutex_);
    std::string line = word(now.state);
    if (!now.reason.empty()) line += ": " + std::string(now.reason);
    if (!now.channel.empty()) line += " " + std::string(now.channel);
    lines_.push_back(line);
    who_.emplace_back(now.thread, now.coroutine);
  }

  [[nodiscard]] std::vector<std::string> lines() const {
    const std::lock_guard guard(mutex_);
    return lines_;
  }
  [[nodiscard]] bool of_one() const {
    for (const auto& each : who_)
      if (each != who_.front()) return false;
    return true;
  }
  [[nodiscard]] const std::pair<std::thread::id, const void*>& first() const { return who_.front(); }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
  std::vector<std::pair<std::thread::id, const void*>> who_;
};

using lines = std::vector<std::string>;

steady::task receive_one(chan<int> from) { (void)co_await from.async_recv(); }

TEST(ChannelWaitEventsTest, WhatNeedNotWaitChangesNothing) {
  const listener heard;
  const chan<int> c{1, "c"};
  c.send(1);
  (void)c.recv();
  EXPECT_FALSE(c.try_recv());
  steady::select(recv(c), steady::otherwise());
  steady::run_loop loop;
  c.send(2);
  loop.spawn(receive_one(c));
  loop.run();
  EXPECT_TRUE(heard.lines().empty());
}

TEST(ChannelWaitEventsTest, EachChangeOfACoroutineIsToldAsItHappens) {
  const listener heard;
  const chan<int> jobs{0, "jobs"};
  steady::run_loop loop;
  loop.spawn(receive_one(jobs));
  loop.run_ready();
  EXPECT_EQ(heard.lines(), (lines{"waiting: chan receive jobs"}));
  EXPECT_TRUE(jobs.try_send(1));
  EXPECT_EQ(heard.lines(), (lines{"waiting: chan receive jobs", "runnable jobs"}));
  loop.run();
  EXPECT_EQ(heard.lines(), (lines{"waiting: chan receive jobs", "runnable jobs", "running jobs"}));
  EXPECT_TRUE(heard.of_one());
  EXPECT_NE(heard.first().second, nullptr);
}

TEST(ChannelWaitEventsTest, AThreadsToo) {
  const listener heard;
  const chan<int> out{0, "out"};
  std::thread sending([=] { out.send(1); });
  const std::thread::id who = sending.get_id();
  wait_until_blocked(out, 0, 1);
  (void)out.recv();
  sending.join();
  EXPECT_EQ(heard.lines(), (lines{"waiting: chan send out", "runnable out", "running out"}));
  EXPECT_TRUE(heard.of_one());
  EXPECT_EQ(heard.first(), (std::pair<std::thread::id, const void*>(who, nullptr)));
}

TEST(ChannelWaitEventsTest, ASelectNamesTheChannelThatEndedIt) {
  const listener heard;
  const chan<int> a{0, "a"};
  const chan<int> b{0, "b"};
  steady::run_loop loop;
  loop.spawn([](chan<int> first, chan<int> second) -> steady::task {
    (void)co_await steady::async_select(recv(first), send(second, 1));
  }(a, b));
  loop.run_ready();
  EXPECT_TRUE(b.try_recv());
  loop.run();
  std::thread selecting([=] { steady::select(recv(a), recv(b)); });
  wait_until_blocked(a, 1, 0);
  a.close();
  selecting.join();
  EXPECT_EQ(heard.lines(), (lines{"waiting: select", "runnable b", "running b", "waiting: select",
                                  "runnable a", "running a"}));
}

TEST(ChannelWaitEventsTest, DeadlinesAndNil) {
  const listener heard;
  std::size_t before = 0;
  const auto expect_states_of = [&](const std::string& reason) {
    const lines all = heard.lines();
    EXPECT_EQ(lines(all.begin() + static_cast<std::ptrdiff_t>(before), all.end()),
              (lines{"waiting: " + reason, "runnable", "running"}));
    before = all.size();
  };
  const chan<int> nil{nullptr};
  const chan<int> c{0, "c"};
  (void)nil.recv_for(1us);
  expect_states_of("chan receive (nil chan)");
  (void)c.recv_for(1us);
  expect_states_of("chan receive c");
  // A select whose deadline has passed by the time it looks does not wait: once more, then.
  while (heard.lines().size() == before) steady::select(recv(c), steady::after(1ms));
  expect_states_of("select");
  while (heard.lines().size() == before) {
    steady::run_loop loop;
    loop.spawn([](chan<int> from) -> steady::task {
      (void)co_await steady::async_select(recv(from), steady::after(1ms));
    }(c));
    loop.run();
  }
  expect_states_of("select");
}

TEST(ChannelWaitEventsTest, ADestroyedCoroutineIsGone) {
  const listener heard;
  const chan<int> c{0, "c"};
  {
    steady::run_loop loop;
    loop.spawn(receive_one(c));
    loop.run_ready();
  }
  EXPECT_EQ(heard.lines(), (lines{"waiting: chan receive c", "gone"}));
}

// It is kept for its name, if somebody watched when the wait began.
TEST(ChannelWaitEventsTest, TheLastStateNamesAChannelThatNobodyElseHas) {
  const listener heard;
  steady::run_loop loop;
  auto lent = std::make_unique<chan<int>>(0, "c");
  loop.spawn([](chan<int>& from) -> steady::task { (void)co_await from.async_recv(); }(*lent));
  loop.run_ready();
  EXPECT_TRUE(lent->try_send(1));
  lent.reset();
  loop.run();
  EXPECT_EQ(heard.lines(), (lines{"waiting: chan receive c", "runnable c", "running c"}));
}

// Threads and coroutines on the same channels, with deadlines: nobody is runnable who did not wait, and nobody runs who was not
// runnable.
TEST(ChannelWaitEventsTest, EveryWaitOfEverybodyHasItsThreeStates) {
  class judge final : public steady::wait_observer {
   public:
    void changed(const wait_event& now) noexcept override {
      const std::lock_guard guard(mutex);
      wait_state& before = states.try_emplace({now.thread, now.coroutine}, wait_state::running).first->second;
      const bool right = now.state == wait_state::waiting    ? before == wait_state::running
                         : now.state == wait_state::runnable ? before == wait_state::waiting
                                                             : before == wait_state::runnable;
      wrong += !right;
      waits += now.state == wait_state::waiting;
      before = now.state;
    }
    std::mutex mutex;
    std::map<std::pair<std::thread::id, const void*>, wait_state> states;
    int wrong = 0;
    int waits = 0;
  };
  judge all;
  const int each = static_cast<int>(scaled(20'000, 300));
  const chan<int> a{0, "a"};
  const chan<int> b{1, "b"};
  thread_group threads;
  steady::observe_waits(&all);
  threads.start([=] {
    for (int n = 0; n < each; ++n) steady::select(send(a, n), send(b, n));
  });
  threads.start([=] {
    for (int n = 0; n < each; ++n) {
      a.send(n);
      (void)b.recv_for(1us);
    }
    a.close();
  });
  steady::run_loop loop;
  for (int n = 0; n < 2; ++n)
    loop.spawn([](chan<int> from, chan<int> other) -> steady::task {
      for (bool going = true; going;)
        (void)co_await steady::async_select(
            recv(from, [&](std::optional<int> value) { going = value.has_value(); }), recv(other));
    }(a, b));
  loop.run();
  // The first sender may be left with b alone.
  for (int n = 0; n < each; ++n) (void)b.try_recv();
  std::thread draining([=] {
    while (b.recv()) {
    }
  });
  threads.join();
  b.close();
  draining.join();
  steady::observe_waits(nullptr);
  EXPECT_EQ(all.wrong, 0);
  EXPECT_GT(all.waits, 0);
  for (const auto& [who, state] : all.states) EXPECT_EQ(state, wait_state::running);
}

TEST(ChannelWaitTraceTest, DrawsAWaitAsSlicesOfItsRow) {
  steady::wait_trace trace(8);
  const auto begin = std::chrono::steady_clock::time_point(1h);
  const int frame = 0;
  wait_event now{};
  now.state = wait_state::waiting;
  now.when = begin;
  now.reason = "select";
  now.coroutine = &frame;
  now.where = {"a \"b\".cpp", 7};
  trace.changed(now);
  now = {};
  now.state = wait_state::runnable;
  now.when = begin + 1500ns;
  now.channel = "jobs";
  now.coroutine = &frame;
  trace.changed(now);
  now.state = wait_state::running;
  now.when = begin + 2us;
  trace.changed(now);
  now.state = wait_state::waiting;
  now.when = begin + 5us;
  now.reason = "chan send";
  now.channel = "a name of more than thirty-two letters";
  trace.changed(now);
  trace.stop();
  std::ostringstream text;
  trace.write_chrome(text);
  std::ostringstream row;
  row << "coroutine " << static_cast<const void*>(&frame);
  EXPECT_EQ(text.str(), "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n"
                        R"({"name":"thread_name","ph":"M","pid":1,"tid":1,"args":{"name":")" +
                            row.str() +
                            R"("}},
{"name":"select","ph":"X","pid":1,"tid":1,"ts":0.000,"dur":1.500,"args":{"channel":"jobs","at":"a \"b\".cpp:7"}},
{"name":"runnable","ph":"X","pid":1,"tid":1,"ts":1.500,"dur":0.500},
{"name":"running","ph":"X","pid":1,"tid":1,"ts":2.000,"dur":3.000},
{"name":"chan send","ph":"X","pid":1,"tid":1,"ts":5.000,"dur":0.000,"args":{"channel":"a name of more than thirty-two l","at":":0"}}
]}
)");
}

TEST(ChannelWaitTraceTest, HoldsWhatItWasMadeForAndCountsTheRest) {
  steady::wait_trace trace(2);
  const chan<int> c;
  (void)c.recv_for(1ms);
  trace.stop();
  EXPECT_EQ(trace.size() + trace.dropped(), 3u);
  EXPECT_EQ(trace.size(), 2u);
  (void)c.recv_for(1ms);
  EXPECT_EQ(trace.size() + trace.dropped(), 3u) << "a stopped trace does not change";
  steady::wait_trace another(2);
  EXPECT_EQ(another.size(), 0u);
  std::ostringstream text;
  another.write_chrome(text);
  EXPECT_EQ(text.str(), "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n]}\n");
}

TEST(ChannelWaitTraceTest, ATraceThatEndsLeavesTheNextOneAlone) {
  auto first = std::make_unique<steady::wait_trace>(8);
  steady::wait_trace second(8);  // in its place
  first.reset();
  const chan<int> c;
  (void)c.recv_for(1ms);
  second.stop();
  EXPECT_EQ(second.size(), 3u);
}

}  // namespace
}  // namespace steady_test
