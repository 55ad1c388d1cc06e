// Seen from outside (line 6 of the issue): every blocked operation is listed with Go's reason, its channels, since when, who, and
// where in the program.
#include <gtest/gtest.h>

#include <steady/run_loop.hpp>
#include <steady/select.hpp>
#include <steady/waiters.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "../support/blocked.hpp"

namespace steady_test {
namespace {

using namespace std::chrono_literals;
using steady::blocked_operation;
using steady::chan;
using steady::recv;
using steady::send;

TEST(ChannelWaitersTest, NobodyIsBlocked) {
  EXPECT_TRUE(steady::blocked_operations().empty());
  EXPECT_EQ(steady::dump_waiters(), "");
}

#if defined(__cpp_lib_jthread)
std::vector<std::string> reasons() {
  std::vector<std::string> found;
  for (const blocked_operation& each : steady::blocked_operations()) found.emplace_back(each.reason);
  std::sort(found.begin(), found.end());
  return found;
}

TEST(ChannelWaitersTest, EveryKindWithGosReason) {
  const chan<int> out{0, "out"};
  const chan<int> in{1, "in"};
  const chan<int> nil{nullptr};
  std::stop_source source;
  const std::stop_token stop = source.get_token();
  thread_group threads;
  threads.start([&] { out.send(1, stop); });
  threads.start([&] { (void)in.recv(stop); });
  threads.start([&] { nil.send(1, stop); });
  threads.start([&] { (void)nil.recv(stop); });
  threads.start([&] { steady::select(stop, recv(in), recv(in), send(out, 1), recv(nil)); });
  threads.start([&] { steady::select(stop); });
  const std::vector<std::string> expected{"chan receive", "chan receive (nil chan)",
                                          "chan send",    "chan send (nil chan)",
                                          "select",       "select (no cases)"};
  while (reasons() != expected) std::this_thread::yield();

  for (const blocked_operation& each : steady::blocked_operations()) {
    EXPECT_NE(each.thread, std::thread::id());
    EXPECT_EQ(each.coroutine, nullptr);
    EXPECT_LE(each.since, std::chrono::steady_clock::now());
    EXPECT_TRUE(each.reason != "chan send" || each.channels == std::vector<std::string>{"out"});
    EXPECT_TRUE(each.reason != "select" || each.channels.size() == 2);
    EXPECT_TRUE(each.interruptible);
    EXPECT_EQ(std::string(each.where.file).find("channel_waiters_test.cpp") == std::string::npos,
              each.reason == "select (no cases)");
  }
  const std::string text = steady::dump_waiters();
  EXPECT_NE(text.find("chan receive, 0 s, in, at "), std::string::npos) << text;
  EXPECT_NE(text.find("channel_waiters_test.cpp:"), std::string::npos) << text;
  source.request_stop();
  threads.join();
  EXPECT_TRUE(steady::blocked_operations().empty());
}
#endif

TEST(ChannelWaitersTest, SinceDoesNotMoveOnceItWasSeen) {
  const chan<int> c;
  steady::run_loop loop;
  loop.spawn([](chan<int> from) -> steady::task { (void)co_await from.async_recv(); }(c));
  loop.run_ready();
  const auto first = steady::blocked_operations();
  ASSERT_EQ(first.size(), 1u);
  EXPECT_EQ(steady::blocked_operations()[0].since, first[0].since);
  EXPECT_NE(first[0].coroutine, nullptr);
  EXPECT_EQ(steady::dump_waiters().rfind("coroutine ", 0), 0u);
  c.close();
  loop.run();
}

// The report that Go makes of a program in which nothing can happen any more.
TEST(ChannelWaitersTest, AllBlockedIsSaidOfThoseWhoTakePart) {
  const chan<int> a{0, "a"};
  const chan<int> b{0, "b"};
  EXPECT_FALSE(steady::all_blocked());
  thread_group threads;
  std::atomic<int> entered{0};
  threads.start([&] {
    const steady::participant me("first");
    ++entered;
    (void)a.recv();
    b.send(1);
  });
  threads.start([&] {
    const steady::participant me("second");
    ++entered;
    (void)b.recv();
  });
  while (entered < 2) std::this_thread::yield();
  wait_until_blocked(a, 1, 0);
  wait_until_blocked(b, 1, 0);
  EXPECT_TRUE(steady::all_blocked());
  EXPECT_NE(steady::dump_waiters().find("all 2 participants are blocked"), std::string::npos)
      << steady::dump_waiters();
  EXPECT_NE(steady::dump_waiters().find("first"), std::string::npos);
  a.send(1);
  threads.join();
  EXPECT_FALSE(steady::all_blocked());
}

TEST(ChannelWaitersTest, AWaitWithADeadlineOrAStopIsNotBlockedForGood) {
  const chan<int> a;
  thread_group threads;
  threads.start([&] {
    const steady::participant me("patient");
    (void)a.recv_for(1h);
  });
  wait_until_blocked(a, 1, 0);
  EXPECT_FALSE(steady::all_blocked());
  a.close();
}

}  // namespace
}  // namespace steady_test
