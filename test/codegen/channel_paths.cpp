// The ways a value passes through a channel, for scripts/check-channel-cost, which counts instructions: channel_paths PATH TIMES
#include <steady/run_loop.hpp>
#include <steady/select.hpp>
#include <steady/sync_map.hpp>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string_view>

namespace {

using steady::chan;

// A sync_map draws its seed, with which counts would vary; this hash takes none.
struct same_each_time {
  using is_avalanching = void;
  std::uint64_t operator()(int key) const noexcept {
    return static_cast<std::uint64_t>(key) * 0x9e3779b97f4a7c15u ^ static_cast<std::uint64_t>(key) << 7;
  }
};

steady::task produce(chan<int> to, int times) {
  for (int n = 0; n < times; ++n) co_await to.async_send(n);
  to.close();
}
steady::task collect(chan<int> from, std::uint64_t& sum) {
  while (const auto value = co_await from.async_recv()) sum += static_cast<std::uint64_t>(*value);
}

std::uint64_t send_and_receive(const chan<int>& through, int times) {
  std::uint64_t sum = 0;
  for (int n = 0; n < times; ++n) {
    through.send(n);
    sum += static_cast<std::uint64_t>(*through.recv());
  }
  return sum;
}

std::uint64_t run(std::string_view path, int times) {
  std::uint64_t sum = 0;
  if (path == "buffered") return send_and_receive(chan<int>{8}, times);
  if (path == "named") return send_and_receive(chan<int>{8, "named"}, times);
  if (path == "coroutines" || path == "blocked") {
    const chan<int> c{path == "coroutines" ? 0u : 1u};
    steady::run_loop loop;
    loop.spawn(produce(c, times));
    loop.spawn(collect(c, sum));
    loop.run();
  } else if (path == "select") {
    const chan<int> a{1};
    const chan<int> b{1};
    for (int n = 0; n < times; ++n) {
      a.send(n);
      steady::select(
          steady::recv(a,
                       [&](const std::optional<int>& value) { sum += static_cast<std::uint64_t>(*value); }),
          steady::recv(b));
    }
  } else if (path == "making") {
    for (int n = 0; n < times; ++n) sum += send_and_receive(chan<int>{4}, 1);
  } else if (path == "sync_map") {
    steady::sync_map<int, int, same_each_time> map(64);
    for (int n = 0; n < times; ++n) {
      map.store(n & 1023, n);
      sum += static_cast<std::uint64_t>(*map.load(n & 1023));
    }
  }
  return sum;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) return 2;
  std::printf("%llu\n", static_cast<unsigned long long>(run(arguments[1], std::atoi(arguments[2]))));
}
