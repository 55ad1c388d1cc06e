// Boost.Fiber's channels, between threads, and between fibers of one thread (co1_spsc, co1_pingpong). Its buffered channel wants a power
// of two and holds one less: capacity c is made with the next power of two above c.
#include <boost/fiber/all.hpp>

#include <bit>
#include <cstdint>
#include <memory>
#include <string_view>

#include "workload.hpp"

namespace {

struct blocking {
  explicit blocking(std::size_t capacity) {
    if (capacity == 0) {
      unbuffered = std::make_unique<boost::fibers::unbuffered_channel<std::uint64_t>>();
    } else {
      buffered =
          std::make_unique<boost::fibers::buffered_channel<std::uint64_t>>(std::bit_ceil(capacity + 1));
    }
  }
  void send(std::uint64_t value) { unbuffered ? unbuffered->push(value) : buffered->push(value); }
  std::uint64_t recv() { return unbuffered ? unbuffered->value_pop() : buffered->value_pop(); }
  std::unique_ptr<boost::fibers::unbuffered_channel<std::uint64_t>> unbuffered;
  std::unique_ptr<boost::fibers::buffered_channel<std::uint64_t>> buffered;
};

std::uint64_t fibers(const bench_channels::arguments& given, std::string_view workload) {
  blocking there(given.capacity);
  blocking back(given.capacity);
  const bool answers = workload == "pingpong";
  std::uint64_t sum = 0;
  boost::fibers::fiber first([&] {
    for (std::uint64_t n = 0; n < given.messages; ++n) {
      there.send(n);
      if (answers) sum += back.recv();
    }
  });
  boost::fibers::fiber second([&] {
    for (std::uint64_t n = 0; n < given.messages; ++n) {
      const std::uint64_t value = there.recv();
      answers ? back.send(value) : void(sum += value);
    }
  });
  first.join();
  second.join();
  return sum;
}

}  // namespace

int main(int count, char** given) {
  const auto read = bench_channels::read_arguments(count, given);
  return bench_channels::measure(read, [&] {
    if (read.workload == "co1_spsc" || read.workload == "co1_pingpong")
      return fibers(read, read.workload.substr(4));
    return bench_channels::run<blocking>(read);
  });
}
