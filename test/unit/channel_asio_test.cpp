// The adapter for Asio: statements 37 to 39 of docs/channels-design.md with Asio's coroutines and callbacks, and the two defects of
// Asio's own channels that users report: values lost by `||`, senders left waiting by close.
#include <gtest/gtest.h>

#include <version>

// Asio 1.22 does not know that clang has C++20's coroutines. libc++ 19 has no stop_token.
#if defined(__clang__) && __clang_major__ > 14 && defined(__cpp_impl_coroutine)
#define ASIO_HAS_CO_AWAIT 1
#define ASIO_HAS_STD_COROUTINE 1
#endif
#if __has_include(<asio/detail/config.hpp>)
#include <asio/detail/config.hpp>
#endif
#if defined(ASIO_HAS_CO_AWAIT) && defined(__cpp_lib_jthread)

#include <steady/adapt/asio.hpp>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/bind_executor.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <asio/thread_pool.hpp>
#include <asio/use_awaitable.hpp>

#include <atomic>
#include <chrono>
#include <exception>
#include <optional>
#include <string>
#include <thread>

#include "../support/blocked.hpp"
#include "../support/scale.hpp"

namespace steady_test {
namespace {

using namespace std::chrono_literals;
using steady::chan;
using steady::recv;
namespace adapt = steady::adapt;

void rethrow(const std::exception_ptr& failure) {
  if (failure != nullptr) std::rethrow_exception(failure);
}

// field-channels 1.2: the same program with asio's channels and `||` loses half of the values.
TEST(ChannelAsioTest, SelectOverTwoChannelsLosesNothing) {
  asio::io_context context;
  const chan<int> a;
  const chan<int> b;
  constexpr int each = 500;
  for (const chan<int>& to : {a, b})
    asio::co_spawn(
        context,
        [](chan<int> out) -> asio::awaitable<void> {
          for (int n = 0; n < each; ++n) co_await adapt::async_send(out, n, asio::use_awaitable);
        }(to),
        rethrow);
  int received = 0;
  asio::co_spawn(
      context,
      [](chan<int> x, chan<int> y, int& count) -> asio::awaitable<void> {
        for (int n = 0; n < 2 * each; ++n)
          co_await adapt::async_select(asio::use_awaitable,
                                       recv(x, [&](std::optional<int> v) { count += v ? 1 : 0; }),
                                       recv(y, [&](std::optional<int> v) { count += v ? 1 : 0; }));
      }(a, b, received),
      rethrow);
  context.run();
  EXPECT_EQ(received, 2 * each);
}

// asio#1318 and #1575: close leaves a blocked async_send pending.
TEST(ChannelAsioTest, CloseCompletesABlockedSend) {
  asio::io_context context;
  const chan<int> c;
  std::atomic<bool> told{false};
  adapt::async_send(c, 1, [&](const std::exception_ptr& failure) {
    EXPECT_THROW(rethrow(failure), steady::closed_channel);
    told = true;
  });
  asio::co_spawn(
      context,
      [](chan<int> to) -> asio::awaitable<void> {
        EXPECT_THROW(co_await adapt::async_send(to, 1, asio::use_awaitable), steady::closed_channel);
      }(c),
      rethrow);
  context.poll();
  wait_until_blocked(c, 0, 2);
  c.close();
  context.run();
  while (!told) std::this_thread::yield();  // its handler has no executor of its own: the system's
}

TEST(ChannelAsioTest, AHandlerIsNeverCalledInsideTheInitiatingFunction) {
  asio::io_context context;
  const chan<int> c{1};
  c.send(1);
  bool called = false;
  asio::co_spawn(
      context,
      [](chan<int> from, bool& flag) -> asio::awaitable<void> {
        flag = *co_await adapt::async_recv(from, asio::use_awaitable) == 1;
        EXPECT_EQ(co_await adapt::async_select(asio::use_awaitable, recv(from), steady::otherwise()), 1u);
      }(c, called),
      rethrow);
  EXPECT_FALSE(called);
  context.run();
  EXPECT_TRUE(called);
}

// The handle the case was made from is gone when the operation begins.
TEST(ChannelAsioTest, ASelectThatIsPutOffKeepsItsChannels) {
  asio::io_context context;
  int got = 0;
  const auto put_off = [&] {
    const chan<int> mine{1};
    mine.send(5);
    return adapt::async_select(asio::use_awaitable,
                               recv(mine, [&](std::optional<int> value) { got = *value; }));
  };
  asio::co_spawn(
      context,
      [](asio::awaitable<std::size_t> operation) -> asio::awaitable<void> {
        EXPECT_EQ(co_await std::move(operation), 0u);
      }(put_off()),
      rethrow);
  context.run();
  EXPECT_EQ(got, 5);
}

TEST(ChannelAsioTest, ACancelledReceiveTakesNothing) {
  asio::io_context context;
  const chan<int> c;
  asio::cancellation_signal signal;
  bool aborted = false;
  adapt::async_recv(c, asio::bind_cancellation_slot(
                           signal.slot(), asio::bind_executor(context, [&](const std::exception_ptr& failure,
                                                                           std::optional<int>) {
                             try {
                               rethrow(failure);
                             } catch (const asio::system_error& error) {
                               aborted = error.code() == asio::error::operation_aborted;
                             }
                           })));
  EXPECT_EQ(c.inspect().recvq.size(), 1u);
  signal.emit(asio::cancellation_type::terminal);
  context.run();
  EXPECT_TRUE(aborted);
  EXPECT_FALSE(c.try_send(1));
}

// Threads, and Asio's coroutines on a pool of two.
TEST(ChannelAsioTest, ThreadsAndAPoolShareAChannel) {
  const int count = static_cast<int>(scaled(20'000, 300));
  asio::thread_pool pool(2);
  const chan<int> in{2};
  std::atomic<long> sum{0};
  for (int n = 0; n < 4; ++n)
    asio::co_spawn(
        pool,
        [](chan<int> from, std::atomic<long>& total) -> asio::awaitable<void> {
          while (const auto value = co_await adapt::async_recv(from, asio::use_awaitable)) total += *value;
        }(in, sum),
        rethrow);
  for (int n = 0; n < count; ++n) in.send(n);
  in.close();
  pool.join();
  EXPECT_EQ(sum, static_cast<long>(count) * (count - 1) / 2);
}

}  // namespace
}  // namespace steady_test

#endif
