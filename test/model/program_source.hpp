// Where a random program gets its choices from: a seeded generator, or the bytes that a fuzzer mutates.
//
// Both answer "a number below n"; a program asks nothing else, so one program text serves tests and fuzzers
// alike.
#pragma once

#include <cstddef>
#include <cstdint>

#include "../support/random.hpp"

namespace steady_test {

class seeded_source {
 public:
  seeded_source(std::uint64_t seed, std::size_t steps) noexcept : random_(seed), left_(steps) {}

  std::size_t below(std::size_t bound) noexcept { return random_.below(bound); }
  // Asked once a step: a seeded program ends after its number of steps, a fuzzed one with its bytes.
  bool next_step() noexcept { return left_ != 0 && left_-- != 0; }

 private:
  random_source random_;
  std::size_t left_;
};

class byte_source {
 public:
  byte_source(const std::uint8_t* data, std::size_t size) noexcept : next_(data), end_(data + size) {}

  // One byte decides among up to 256, two bytes beyond; past the end everything is zero.
  std::size_t below(std::size_t bound) noexcept {
    if (bound <= 1) return 0;
    std::size_t value = take();
    if (bound > 256) value = value << 8 | take();
    return value % bound;
  }
  bool next_step() noexcept { return next_ != end_; }

 private:
  std::size_t take() noexcept { return next_ == end_ ? 0 : *next_++; }

  const std::uint8_t* next_;
  const std::uint8_t* end_;
};

}  // namespace steady_test
