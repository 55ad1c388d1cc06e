// A rate limiter: at most one request every two milliseconds, with bursts of three, and a deadline (a minute) for the whole.
//
// Tokens lie in a buffered channel; a ticker puts one in, if there is room. Whoever wants to send a request takes a token first.
#include <steady/select.hpp>

#include <chrono>
#include <cstdio>
#include <thread>

int main() {
  using namespace std::chrono_literals;
  const auto begin = std::chrono::steady_clock::now();
  const steady::chan<int> tokens{3, "tokens"};
  const steady::chan<int> quit;

  std::thread refill([=] {
    auto ticks = steady::tick(2ms);
    while (steady::select(steady::recv(ticks), steady::recv(quit)) == 0) tokens.try_send(1);
  });
  for (int n = 0; n < 3; ++n) tokens.try_send(1);

  int served = 0;
  const auto deadline = begin + 1min;
  while (served < 10 && steady::select(steady::recv(tokens), steady::at(deadline)) == 0) {
    ++served;
    std::printf("request %d after %lld ms\n", served,
                static_cast<long long>((std::chrono::steady_clock::now() - begin) / 1ms));
  }
  quit.close();
  refill.join();
  // Three at once, seven that had to wait for their tick.
  return served == 10 && std::chrono::steady_clock::now() - begin >= 14ms ? 0 : 1;
}
