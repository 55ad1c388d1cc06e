// Is it the map, when one request in ten thousand is slow? A service that counts what each client asks for writes down what it does to
// its map; `steady replay` then does the same with several maps and shows their slowest operations. docs/see-inside-walkthrough.md
// goes on from there.
//
//   slow_request [REQUESTS [FILE]]       and then: steady replay --ops FILE --report slow.html
#include <steady/recording.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <unordered_map>
#include <vector>

int main(int argc, char** argv) {
  const std::uint64_t requests = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 20'000;
  const char* const file = argc > 2 ? argv[2] : "slow_request.ops";
  if (requests == 0) {
    std::fputs("usage: slow_request [REQUESTS [FILE]]\n", stderr);
    return 2;
  }

  steady::recording<std::unordered_map<std::uint64_t, std::uint64_t>> seen{file};
  std::vector<std::chrono::nanoseconds> took;
  took.reserve(requests);
  for (std::uint64_t number = 0; number < requests; ++number) {
    const auto begin = std::chrono::steady_clock::now();
    // Three requests in four are of a client that was never here before.
    const std::uint64_t client = number % 4 == 0 ? number / 2 + 1 : number;
    ++seen[client * 0x9e3779b97f4a7c15u];
    took.push_back(std::chrono::steady_clock::now() - begin);
  }
  std::sort(took.begin(), took.end());
  const auto at = [&](double share) {
    return static_cast<double>(
               took[static_cast<std::size_t>(share * static_cast<double>(requests - 1))].count()) /
           1000;
  };
  std::printf("%zu clients, %llu requests, us: p50 %.1f, p99 %.1f, p99.99 %.1f, slowest %.1f\n", seen.size(),
              static_cast<unsigned long long>(requests), at(0.5), at(0.99), at(0.9999), at(1));
  return seen.good() && !seen.empty() ? 0 : 1;
}
