// oneTBB's concurrent_bounded_queue: no capacity 0, no select, no close.
#include <tbb/concurrent_queue.h>

#include <cstdint>

#include "workload.hpp"

namespace {
struct blocking {
  explicit blocking(std::size_t capacity) { queue.set_capacity(static_cast<std::ptrdiff_t>(capacity)); }
  void send(std::uint64_t value) { queue.push(value); }
  std::uint64_t recv() {
    std::uint64_t value = 0;
    queue.pop(value);
    return value;
  }
  tbb::concurrent_bounded_queue<std::uint64_t> queue;
};
}  // namespace

int main(int count, char** given) {
  const auto read = bench_channels::read_arguments(count, given);
  return bench_channels::measure(read, [&] { return bench_channels::run<blocking>(read); });
}
