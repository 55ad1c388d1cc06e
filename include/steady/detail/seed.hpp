// Where seeds come from: unpredictable once a process, different for every map.
//
// One draw from the system's source of randomness (entropy.hpp); each map's seed is a counter from there, mixed. A map draws its
// seed at its first insert, so that making a map costs nothing.
#pragma once

#include <atomic>
#include <cstdint>

#include "entropy.hpp"

namespace steady::detail {

[[nodiscard]] inline std::uint64_t mixed(std::uint64_t value) noexcept {
  value =
      (value ^ value >> 30) * 0xbf58476d1ce4e5b9u;  // the finaliser of splitmix64 (Steele, Lea, Flood 2014)
  value = (value ^ value >> 27) * 0x94d049bb133111ebu;
  return value ^ value >> 31;
}

[[nodiscard]] inline std::uint64_t process_seed() noexcept {
  static const char here = 0;
  return mixed(entropy() ^ reinterpret_cast<std::uintptr_t>(&here));
}

// Never 0, which means "not drawn yet".
[[nodiscard]] inline std::uint64_t random_seed() noexcept {
  static std::atomic<std::uint64_t> counter{process_seed()};
  const std::uint64_t seed = mixed(counter.fetch_add(0x9e3779b97f4a7c15u, std::memory_order_relaxed));
  return seed == 0 ? 1 : seed;
}

}  // namespace steady::detail
