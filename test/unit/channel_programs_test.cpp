// Statement 36 of docs/channels-design.md: programs and stress. A chain, a sieve, a barrier, and randomised schedules: threads and
// coroutines with every operation at random on a few channels, with yields injected, after which the books must balance.
#include <gtest/gtest.h>

#include <steady/run_loop.hpp>
#include <steady/select.hpp>
#include <steady/waiters.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <thread>
#include <vector>

#include "../support/blocked.hpp"
#include "../support/random.hpp"
#include "../support/scale.hpp"

namespace steady_test {
namespace {

using namespace std::chrono_literals;
using steady::async_select;
using steady::chan;
using steady::recv;
using steady::run_loop;
using steady::select;
using steady::send;
using steady::task;

TEST(Channel36ProgramTest, AChainOfTenThousandCoroutines) {
  run_loop loop;
  const chan<int> leftmost;
  chan<int> right = leftmost;
  const int length = static_cast<int>(scaled(100'000, 10'000));
  for (int n = 0; n < length; ++n) {
    const chan<int> left = right;
    right = chan<int>();
    loop.spawn([](chan<int> to, chan<int> from) -> task {
      co_await to.async_send(1 + *co_await from.async_recv());
    }(left, right));
  }
  int result = 0;
  loop.spawn([](chan<int> in, chan<int> out, int& sum) -> task {
    co_await in.async_send(0);
    sum = *co_await out.async_recv();
  }(right, leftmost, result));
  loop.run();
  EXPECT_EQ(result, length);
}

task sieve_filter(chan<int> in, chan<int> out, int prime) {
  while (const auto n = co_await in.async_recv())
    if (*n % prime != 0) co_await out.async_send(*n);
  out.close();
}

TEST(Channel36ProgramTest, SieveOfThreads) {
  thread_group threads;
  std::vector<int> primes;
  chan<int> numbers;
  threads.start([numbers] {
    for (int n = 2; n < 100; ++n) numbers.send(n);
    numbers.close();
  });
  while (const auto prime = numbers.recv()) {
    primes.push_back(*prime);
    const chan<int> rest;
    threads.start([in = numbers, rest, p = *prime] {
      for (const int n : in)
        if (n % p != 0) rest.send(n);
      rest.close();
    });
    numbers = rest;
  }
  EXPECT_EQ(primes.size(), 25u);
  EXPECT_EQ(primes.back(), 97);
}

TEST(Channel36ProgramTest, SieveOfCoroutinesFedByAThread) {
  run_loop loop;
  std::vector<int> primes;
  const chan<int> numbers;
  thread_group threads;
  threads.start([=] {
    for (int n = 2; n < 1000; ++n) numbers.send(n);
    numbers.close();
  });
  loop.spawn([](chan<int> from, run_loop& here, std::vector<int>& found) -> task {
    while (const auto prime = co_await from.async_recv()) {
      found.push_back(*prime);
      const chan<int> rest;
      here.spawn(sieve_filter(from, rest, *prime));
      from = rest;
    }
  }(numbers, loop, primes));
  loop.run();
  ASSERT_EQ(primes.size(), 168u);
  EXPECT_EQ(primes.back(), 997);
}

// Go's chanbarrier: nobody passes before all have arrived.
TEST(Channel36ProgramTest, Barrier) {
  constexpr int parties = 5;
  const int rounds = static_cast<int>(scaled(2'000, 50));
  const chan<int> arrive;
  const chan<int> pass;
  std::atomic<int> arrived{0};
  thread_group threads;
  for (int p = 0; p < parties; ++p)
    threads.start([&] {
      for (int round = 1; round <= rounds; ++round) {
        ++arrived;
        arrive.send(round);
        (void)pass.recv();
        EXPECT_GE(arrived, round * parties);
      }
    });
  for (int round = 0; round < rounds; ++round) {
    for (int p = 0; p < parties; ++p) (void)arrive.recv();
    for (int p = 0; p < parties; ++p) pass.send(0);
  }
}

// The books of a stress run: every value once in, and once out.
struct books {
  std::atomic<std::uint64_t> sent_count{0}, sent_sum{0}, received_count{0}, received_sum{0};
  void sent(std::uint64_t value) {
    sent_count.fetch_add(1, std::memory_order_relaxed);
    sent_sum.fetch_add(scramble(value), std::memory_order_relaxed);
  }
  void received(std::uint64_t value) {
    received_count.fetch_add(1, std::memory_order_relaxed);
    received_sum.fetch_add(scramble(value), std::memory_order_relaxed);
  }
};

using channels = std::array<chan<std::uint64_t>, 3>;

void maybe_yield(random_source& random) {
  if (random.one_in(16)) std::this_thread::yield();
}

// One of every kind of operation, at random; a deadline on those that could wait for ever.
void random_operation(const channels& on, random_source& random, books& account) {
  const auto& a = on[random.below(3)];
  const auto& b = on[random.below(3)];
  const auto& c = on[random.below(3)];
  const std::uint64_t value = random.next();
  const auto soon = std::chrono::microseconds(random.below(200));
  const auto took = [&](std::optional<std::uint64_t> got) { account.received(*got); };
  switch (random.below(9)) {
  case 0:
    if (a.try_send(value)) account.sent(value);
    break;
  case 1:
    if (const auto got = a.try_recv()) account.received(*got);
    break;
  case 2:
    if (a.send_for(value, soon)) account.sent(value);
    break;
  case 3:
    if (const auto got = a.recv_for(soon)) account.received(*got);
    break;
  case 4:
    select(send(a, value, [&] { account.sent(value); }), recv(b, took), steady::after(soon));
    break;
  case 5:
    select(recv(a, took), recv(b, took), recv(c, took), steady::after(soon));
    break;
  case 6:
    select(send(a, value, [&] { account.sent(value); }), send(b, value, [&] { account.sent(value); }),
           steady::otherwise());
    break;
  case 7:
    select(recv(a, took), send(b, value, [&] { account.sent(value); }), recv(a, took), steady::otherwise());
    break;
  default:
    steady::select_biased(recv(a, took), send(b, value, [&] { account.sent(value); }),
                          send(c, value, [&] { account.sent(value); }), steady::after(soon));
  }
}

task random_task(channels on, std::uint64_t seed, std::size_t count, books& account) {
  random_source random(seed);
  for (std::size_t n = 0; n < count; ++n) {
    const auto& a = on[random.below(3)];
    const auto& b = on[random.below(3)];
    const std::uint64_t value = random.next();
    const auto took = [&](std::optional<std::uint64_t> got) { account.received(*got); };
    const auto gave = [&] { account.sent(value); };
    const auto soon = std::chrono::microseconds(random.below(200));
    if (random.one_in(2)) {
      co_await async_select(send(a, value, gave), recv(b, took), steady::after(soon));
    } else {
      co_await async_select(recv(a, took), send(b, value, gave), recv(b, took), steady::otherwise());
    }
    maybe_yield(random);
  }
}

TEST(Channel36StressTest, RandomisedSchedules) {
  // 10^7 operations at full size.
  const std::size_t each = scaled(1'250'000, 1000);
  for (const std::uint64_t seed : {1u, 2u}) {
    const channels on{chan<std::uint64_t>{}, chan<std::uint64_t>{1}, chan<std::uint64_t>{3}};
    books account;
    {
      thread_group threads;
      for (std::uint64_t t = 0; t < 3; ++t)
        threads.start([&, t] {
          random_source random(100 * seed + t);
          for (std::size_t n = 0; n < each; ++n) {
            random_operation(on, random, account);
            maybe_yield(random);
          }
        });
      threads.start([&] {
        run_loop loop;
        for (std::uint64_t t = 0; t < 4; ++t) loop.spawn(random_task(on, 1000 * seed + t, each / 4, account));
        loop.run();
      });
    }
    for (const auto& c : on) {
      const auto seen = c.inspect();
      EXPECT_TRUE(seen.recvq.empty() && seen.sendq.empty());
      while (const auto left = c.try_recv()) account.received(*left);
    }
    EXPECT_GT(account.sent_count, 0u);
    EXPECT_EQ(account.sent_count, account.received_count);
    EXPECT_EQ(account.sent_sum, account.received_sum);
    EXPECT_TRUE(steady::blocked_operations().empty());
  }
}

}  // namespace
}  // namespace steady_test
