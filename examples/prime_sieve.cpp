// The concurrent prime sieve: a chain of coroutines, one for each prime, that passes on what its prime does not divide.
//
//   prime_sieve [HOW_MANY]      prints the primes; 25 of them if not told otherwise
#include <steady/chan.hpp>
#include <steady/run_loop.hpp>

#include <cstdio>
#include <cstdlib>

namespace {

steady::task generate(steady::sender<int> numbers) {
  for (int n = 2;; ++n) co_await numbers.async_send(n);
}

steady::task filter(steady::receiver<int> in, steady::sender<int> out, int prime) {
  while (const auto n = co_await in.async_recv())
    if (*n % prime != 0) co_await out.async_send(*n);
}

steady::task sieve(steady::run_loop& loop, int how_many, bool& done) {
  steady::chan<int> numbers;
  loop.spawn(generate(numbers));
  for (int found = 0; found < how_many; ++found) {
    const int prime = *co_await numbers.async_recv();
    std::printf("%d ", prime);
    const steady::chan<int> rest;
    loop.spawn(filter(numbers, rest, prime));
    numbers = rest;
  }
  std::printf("\n");
  done = true;
}

}  // namespace

int main(int argument_count, char** arguments) {
  const int how_many = argument_count > 1 ? std::atoi(arguments[1]) : 25;
  steady::run_loop loop;
  bool done = false;
  loop.spawn(sieve(loop, how_many, done));
  loop.run_ready();  // nothing waits for anything outside, so this is all; the endless tasks go with the loop
  return done ? 0 : 1;
}
