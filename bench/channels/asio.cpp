// Asio's experimental channels between its coroutines: channel on one thread (co1_spsc, co1_mpmc, co1_pingpong). Its select is `||`,
// which loses messages, so there is no row for it.
#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/experimental/channel.hpp>
#include <asio/io_context.hpp>
#include <asio/use_awaitable.hpp>

#include <cstdint>
#include <cstdio>

#include "workload.hpp"

namespace {

using namespace bench_channels;
using channel = asio::experimental::channel<void(asio::error_code, std::uint64_t)>;

asio::awaitable<void> send_share(channel& to, std::uint64_t messages, std::uint64_t part,
                                 std::uint64_t parts) {
  for (std::uint64_t value = part; value < messages; value += parts)
    co_await to.async_send({}, value, asio::use_awaitable);
}
asio::awaitable<void> receive(channel& from, std::uint64_t count, std::uint64_t& sum) {
  for (; count > 0; --count) sum += co_await from.async_receive(asio::use_awaitable);
}
asio::awaitable<void> ask(channel& there, channel& back, std::uint64_t messages, std::uint64_t& sum) {
  for (std::uint64_t n = 0; n < messages; ++n) {
    co_await there.async_send({}, n, asio::use_awaitable);
    sum += co_await back.async_receive(asio::use_awaitable);
  }
}
asio::awaitable<void> echo(channel& there, channel& back, std::uint64_t messages) {
  for (std::uint64_t n = 0; n < messages; ++n)
    co_await back.async_send({}, co_await there.async_receive(asio::use_awaitable), asio::use_awaitable);
}

}  // namespace

int main(int count, char** given) {
  const auto read = read_arguments(count, given);
  return measure(read, [&] {
    asio::io_context context(1);
    channel there(context, read.capacity);
    channel back(context, read.capacity);
    std::uint64_t sum = 0;
    if (read.workload == "co1_pingpong") {
      asio::co_spawn(context, ask(there, back, read.messages, sum), asio::detached);
      asio::co_spawn(context, echo(there, back, read.messages), asio::detached);
    } else if (read.workload == "co1_spsc" || read.workload == "co1_mpmc") {
      const std::uint64_t many = read.workload == "co1_spsc" ? 1 : parties;
      for (std::uint64_t p = 0; p < many; ++p) {
        asio::co_spawn(context, send_share(there, read.messages, p, many), asio::detached);
        asio::co_spawn(context, receive(there, share(read.messages, p, many), sum), asio::detached);
      }
    } else {
      std::fprintf(stderr, "no such workload here\n");
      std::exit(2);
    }
    context.run();
    return sum;
  });
}
