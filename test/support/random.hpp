// A small random source with a fixed algorithm.
//
// The standard's distributions differ from library to library; tests that name a seed want the same program
// everywhere.
#pragma once

#include <cstddef>
#include <cstdint>

namespace steady_test {

// Bijective, so distinct inputs stay distinct: also used to make "uniform" keys without remembering them.
constexpr std::uint64_t scramble(std::uint64_t x) noexcept {
  x += 0x9e3779b97f4a7c15u;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

class random_source {
 public:
  explicit constexpr random_source(std::uint64_t seed) noexcept : state_(scramble(seed)) {}

  constexpr std::uint64_t next() noexcept { return scramble(state_ += 0x9e3779b97f4a7c15u); }

  // Uniform enough for tests: the bias of a 64-bit remainder is far below anything counted here.
  constexpr std::size_t below(std::size_t bound) noexcept {
    return bound == 0 ? 0 : static_cast<std::size_t>(next() % bound);
  }
  constexpr bool one_in(std::size_t n) noexcept { return below(n) == 0; }

 private:
  std::uint64_t state_;
};

}  // namespace steady_test
