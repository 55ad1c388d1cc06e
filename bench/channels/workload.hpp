// The workloads of the channel benchmark for peers that block threads, once for all of them.
//
//   program WORKLOAD CAPACITY MESSAGES PINNING
//
// prints nanoseconds a message and CPU seconds of the whole process. WORKLOAD: seq (one thread sends CAPACITY messages, then takes
// them), spsc, mpsc (4 to 1), mpmc (4 to 4), pingpong (a round trip counts as one message), select_rx (4 senders, each with a
// channel, one receiver that selects), select_both (4 of each, every one of them selects over all 4 channels). PINNING: apart
// (senders on processor 0, receivers on 1), or free; together is the runner's, by taskset. Each run checks the sum of what
// arrived. The peer gives a type with send(value) and recv() -> value, made from a capacity; select where it has one.
#pragma once

#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>

#include <array>
#include <atomic>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <thread>
#include <vector>

namespace bench_channels {

struct arguments {
  std::string_view workload;
  std::size_t capacity;
  std::uint64_t messages;
  bool apart;
};

inline arguments read_arguments(int count, char** given) {
  if (count != 5) {
    std::fprintf(stderr, "usage: %s WORKLOAD CAPACITY MESSAGES apart|free\n", given[0]);
    std::exit(2);
  }
  return {given[1], std::strtoull(given[2], nullptr, 10), std::strtoull(given[3], nullptr, 10),
          std::string_view(given[4]) == "apart"};
}

inline void pin(bool wanted, int processor) {
  if (!wanted) return;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(processor, &set);
  pthread_setaffinity_np(pthread_self(), sizeof set, &set);
}

inline double processor_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

// Runs, checks, prints.
template <class Run>
int measure(const arguments& given, Run run) {
  const double processor_before = processor_seconds();
  const auto begin = std::chrono::steady_clock::now();
  const std::uint64_t sum = run();
  const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - begin;
  const double processor = processor_seconds() - processor_before;
  const std::uint64_t expected = given.messages * (given.messages - 1) / 2;
  if (sum != expected) {
    std::fprintf(stderr, "wrong sum: %llu, not %llu\n", static_cast<unsigned long long>(sum),
                 static_cast<unsigned long long>(expected));
    return 1;
  }
  std::printf("%.2f %.6f\n", passed.count() * 1e9 / static_cast<double>(given.messages), processor);
  return 0;
}

inline constexpr std::uint64_t parties = 4;

// Messages 0 .. n-1, the share of one of several senders.
template <class Function>
void each_of_share(std::uint64_t messages, std::uint64_t part, std::uint64_t parts, Function function) {
  for (std::uint64_t value = part; value < messages; value += parts) function(value);
}
constexpr std::uint64_t share(std::uint64_t messages, std::uint64_t part, std::uint64_t parts) {
  return (messages - part + parts - 1) / parts;
}

template <class Channel>
std::uint64_t many_to_many(const arguments& given, std::uint64_t senders, std::uint64_t receivers) {
  Channel channel(given.capacity);
  std::atomic<std::uint64_t> sum{0};
  std::vector<std::thread> threads;
  for (std::uint64_t n = 0; n < senders; ++n)
    threads.emplace_back([&, n] {
      pin(given.apart, 0);
      each_of_share(given.messages, n, senders, [&](std::uint64_t value) { channel.send(value); });
    });
  for (std::uint64_t n = 0; n < receivers; ++n)
    threads.emplace_back([&, n] {
      pin(given.apart, 1);
      std::uint64_t mine = 0;
      for (std::uint64_t left = share(given.messages, n, receivers); left > 0; --left) mine += channel.recv();
      sum += mine;
    });
  for (std::thread& each : threads) each.join();
  return sum;
}

template <class Channel>
std::uint64_t run(const arguments& given) {
  if (given.workload == "seq") {
    Channel channel(given.capacity);
    std::uint64_t sum = 0;
    for (std::uint64_t begin = 0; begin < given.messages; begin += given.capacity) {
      const std::uint64_t end = std::min<std::uint64_t>(begin + given.capacity, given.messages);
      for (std::uint64_t value = begin; value < end; ++value) channel.send(value);
      for (std::uint64_t value = begin; value < end; ++value) sum += channel.recv();
    }
    return sum;
  }
  if (given.workload == "spsc") return many_to_many<Channel>(given, 1, 1);
  if (given.workload == "mpsc") return many_to_many<Channel>(given, parties, 1);
  if (given.workload == "mpmc") return many_to_many<Channel>(given, parties, parties);
  if (given.workload == "pingpong") {
    Channel there(given.capacity);
    Channel back(given.capacity);
    std::thread echo([&] {
      pin(given.apart, 1);
      for (std::uint64_t n = 0; n < given.messages; ++n) back.send(there.recv());
    });
    std::uint64_t sum = 0;
    std::thread asking([&] {
      pin(given.apart, 0);
      for (std::uint64_t n = 0; n < given.messages; ++n) {
        there.send(n);
        sum += back.recv();
      }
    });
    asking.join();
    echo.join();
    return sum;
  }
  if constexpr (requires { typename Channel::four; }) {
    using four = typename Channel::four;
    const bool both = given.workload == "select_both";
    if (both || given.workload == "select_rx") {
      four channels(given.capacity);
      std::atomic<std::uint64_t> sum{0};
      std::vector<std::thread> threads;
      for (std::uint64_t n = 0; n < parties; ++n)
        threads.emplace_back([&, n] {
          pin(given.apart, 0);
          each_of_share(given.messages, n, parties, [&](std::uint64_t value) {
            both ? channels.send_any(value) : channels.send(n, value);
          });
        });
      const std::uint64_t receivers = both ? parties : 1;
      for (std::uint64_t n = 0; n < receivers; ++n)
        threads.emplace_back([&, n] {
          pin(given.apart, 1);
          std::uint64_t mine = 0;
          for (std::uint64_t left = share(given.messages, n, receivers); left > 0; --left)
            mine += channels.recv_any();
          sum += mine;
        });
      for (std::thread& each : threads) each.join();
      return sum;
    }
  }
  std::fprintf(stderr, "no such workload here\n");
  std::exit(2);
}

}  // namespace bench_channels
