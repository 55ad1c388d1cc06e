// A clock fine enough for one map operation, and honest about its own cost.
//
// On x86-64 and aarch64 it is the processor's constant-rate counter, fenced so that the timed work can
// neither begin before start() nor end after stop(): without the fences an out-of-order core overlaps a 10 ns
// lookup with the reading of the clock. Elsewhere it is std::chrono::steady_clock. One calibration a process,
// against steady_clock, turns ticks into nanoseconds; the cost of an empty interval is measured by the same
// calls and is declared by every tool that prints times. It is never subtracted from a latency: that would
// make the shortest ones negative.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

namespace steady::measure {

class timer {
 public:
#if defined(__x86_64__)
  static constexpr std::string_view source = "rdtsc";
  static std::uint64_t start() noexcept {
    _mm_lfence();
    const std::uint64_t now = __rdtsc();
    _mm_lfence();
    return now;
  }
  static std::uint64_t stop() noexcept {
    unsigned processor;
    const std::uint64_t now = __rdtscp(&processor);
    _mm_lfence();
    return now;
  }
#elif defined(__aarch64__)
  static constexpr std::string_view source = "cntvct_el0";
  static std::uint64_t start() noexcept {
    std::uint64_t now;
    asm volatile("isb\n\tmrs %0, cntvct_el0\n\tisb" : "=r"(now)::"memory");
    return now;
  }
  static std::uint64_t stop() noexcept { return start(); }
#else
  static constexpr std::string_view source = "std::chrono::steady_clock";
  static std::uint64_t start() noexcept {
    return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
  }
  static std::uint64_t stop() noexcept { return start(); }
#endif

  // Calibrated at first use (about 20 ms), the same for the whole process afterwards.
  static double nanoseconds_per_tick();

  static double nanoseconds(std::uint64_t ticks) {
    return static_cast<double>(ticks) * nanoseconds_per_tick();
  }

  // Median of many empty start()/stop() intervals: what every single latency contains besides the operation.
  static double own_cost_nanoseconds();
};

}  // namespace steady::measure
