// A pipeline in which threads feed coroutines: two threads produce numbers (as a library with blocking calls would), four
// coroutines in one loop square them, and a thread adds them up. They share channels without knowing of what kind the others are.
#include <steady/run_loop.hpp>
#include <steady/select.hpp>

#include <cstdio>
#include <thread>

namespace {

steady::task square(steady::receiver<long> in, steady::sender<long> out, int& working) {
  while (const auto number = co_await in.async_recv()) co_await out.async_send(*number * *number);
  if (--working == 0) out.close();
}

}  // namespace

int main() {
  constexpr long count = 1000;
  const steady::chan<long> numbers{16, "numbers"};
  const steady::chan<long> squares{0, "squares"};

  std::thread odd([=] {
    for (long n = 1; n <= count; n += 2) numbers.send(n);
  });
  std::thread even([=] {
    for (long n = 2; n <= count; n += 2) numbers.send(n);
  });
  long sum = 0;
  std::thread adding([&] {
    for (const long each : squares) sum += each;
  });
  std::thread closing([&] {
    odd.join();
    even.join();
    numbers.close();
  });

  steady::run_loop loop;
  int working = 4;
  for (int n = working; n > 0; --n) loop.spawn(square(numbers, squares, working));
  loop.run();
  closing.join();
  adding.join();
  std::printf("the squares of 1 to %ld add up to %ld\n", count, sum);
  return sum == count * (count + 1) * (2 * count + 1) / 6 ? 0 : 1;
}
