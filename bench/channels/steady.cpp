// steady's channels: threads, and the same workloads for coroutines on one loop (co1_...), on one loop in a process that has another
// thread, which sleeps (cot_...: locks are then really atomic), and with senders and receivers on a loop and thread each
// (co2_...).
#include <steady/run_loop.hpp>
#include <steady/select.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <thread>

#include "workload.hpp"

namespace {

using namespace bench_channels;
using channel = steady::chan<std::uint64_t>;
using steady::task;

struct blocking {
  explicit blocking(std::size_t capacity) : c(capacity) {}
  void send(std::uint64_t value) const { c.send(value); }
  [[nodiscard]] std::uint64_t recv() const { return *c.recv(); }
  channel c;

  struct four {
    explicit four(std::size_t capacity)
        : c{channel(capacity), channel(capacity), channel(capacity), channel(capacity)} {}
    void send(std::uint64_t to, std::uint64_t value) const { c[to].send(value); }
    void send_any(std::uint64_t value) const {
      steady::select(steady::send(c[0], value), steady::send(c[1], value), steady::send(c[2], value),
                     steady::send(c[3], value));
    }
    [[nodiscard]] std::uint64_t recv_any() const {
      std::uint64_t got = 0;
      const auto take = [&](std::optional<std::uint64_t> value) { got = *value; };
      steady::select(steady::recv(c[0], take), steady::recv(c[1], take), steady::recv(c[2], take),
                     steady::recv(c[3], take));
      return got;
    }
    std::array<channel, 4> c;
  };
};

task send_share(channel to, std::uint64_t messages, std::uint64_t part, std::uint64_t parts) {
  for (std::uint64_t value = part; value < messages; value += parts) co_await to.async_send(value);
}
task receive(channel from, std::uint64_t count, std::uint64_t& sum) {
  for (; count > 0; --count) sum += *co_await from.async_recv();
}
task ask(channel there, channel back, std::uint64_t messages, std::uint64_t& sum) {
  for (std::uint64_t n = 0; n < messages; ++n) {
    co_await there.async_send(n);
    sum += *co_await back.async_recv();
  }
}
task echo(channel there, channel back, std::uint64_t messages) {
  for (std::uint64_t n = 0; n < messages; ++n) co_await back.async_send(*co_await there.async_recv());
}
task send_any(std::array<channel, 4> c, std::uint64_t messages, std::uint64_t part) {
  for (std::uint64_t value = part; value < messages; value += parties)
    co_await steady::async_select(steady::send(c[0], value), steady::send(c[1], value),
                                  steady::send(c[2], value), steady::send(c[3], value));
}
task receive_any(std::array<channel, 4> c, std::uint64_t count, std::uint64_t& sum) {
  const auto take = [&](std::optional<std::uint64_t> value) { sum += *value; };
  for (; count > 0; --count)
    co_await steady::async_select(steady::recv(c[0], take), steady::recv(c[1], take),
                                  steady::recv(c[2], take), steady::recv(c[3], take));
}

std::uint64_t coroutines(const arguments& given, std::string_view workload, bool two_loops) {
  const std::uint64_t n = given.messages;
  const auto make = [&] { return channel(given.capacity); };
  const std::array<channel, 4> c{make(), make(), make(), make()};
  steady::run_loop first;
  steady::run_loop second;
  steady::run_loop& other = two_loops ? second : first;
  std::array<std::uint64_t, parties> sums{};
  if (workload == "pingpong") {
    first.spawn(ask(c[0], c[1], n, sums[0]));
    other.spawn(echo(c[0], c[1], n));
  } else if (workload == "select_rx") {
    for (std::uint64_t p = 0; p < parties; ++p) first.spawn(send_share(c[p], n, p, parties));
    other.spawn(receive_any(c, n, sums[0]));
  } else if (workload == "select_both") {
    for (std::uint64_t p = 0; p < parties; ++p) {
      first.spawn(send_any(c, n, p));
      other.spawn(receive_any(c, share(n, p, parties), sums[p]));
    }
  } else {
    const std::uint64_t senders = workload == "spsc" ? 1 : parties;
    const std::uint64_t receivers = workload == "mpmc" ? parties : 1;
    for (std::uint64_t p = 0; p < senders; ++p) first.spawn(send_share(c[0], n, p, senders));
    for (std::uint64_t p = 0; p < receivers; ++p) other.spawn(receive(c[0], share(n, p, receivers), sums[p]));
  }
  if (two_loops) {
    std::thread thread([&] {
      pin(given.apart, 1);
      second.run();
    });
    pin(given.apart, 0);
    first.run();
    thread.join();
  } else {
    first.run();
  }
  return sums[0] + sums[1] + sums[2] + sums[3];
}

}  // namespace

int main(int count, char** given) {
  const arguments read = read_arguments(count, given);
  return measure(read, [&] {
    if (read.workload.starts_with("co1_")) return coroutines(read, read.workload.substr(4), false);
    if (read.workload.starts_with("cot_")) {
      const channel end;
      std::thread sleeping([=] { (void)end.recv(); });
      const std::uint64_t sum = coroutines(read, read.workload.substr(4), false);
      end.close();
      sleeping.join();
      return sum;
    }
    if (read.workload.starts_with("co2_")) return coroutines(read, read.workload.substr(4), true);
    return run<blocking>(read);
  });
}
