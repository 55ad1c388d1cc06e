// moodycamel's BlockingConcurrentQueue: a queue, not a channel: unbounded, in order for each producer only. CAPACITY is ignored.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wshadow"
#include <concurrentqueue/blockingconcurrentqueue.h>
#pragma GCC diagnostic pop

#include <cstdint>

#include "workload.hpp"

namespace {
struct blocking {
  explicit blocking(std::size_t) {}
  void send(std::uint64_t value) { queue.enqueue(value); }
  std::uint64_t recv() {
    std::uint64_t value = 0;
    queue.wait_dequeue(value);
    return value;
  }
  moodycamel::BlockingConcurrentQueue<std::uint64_t> queue;
};
}  // namespace

int main(int count, char** given) {
  const auto read = bench_channels::read_arguments(count, given);
  return bench_channels::measure(read, [&] { return bench_channels::run<blocking>(read); });
}
