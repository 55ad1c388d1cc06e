// 64 bits from the system's source of randomness.
//
// By getentropy, where both of its headers are (Linux with glibc 2.25 or musl 1.1.20, FreeBSD, macOS); else by std::random_device,
// whose header is a twelfth of the compilation of a file that uses one map.
#pragma once

#include <cstdint>
#include <ctime>

#if __has_include(<sys/random.h>) && __has_include(<unistd.h>)

#include <sys/random.h>
#include <unistd.h>

namespace steady::detail {

// False when the source fails.
[[nodiscard]] inline bool draw_entropy(std::uint64_t& drawn) noexcept {
  return ::getentropy(&drawn, sizeof drawn) == 0;
}

}  // namespace steady::detail

#else

#include <random>

#include "exceptions.hpp"

namespace steady::detail {

[[nodiscard]] inline bool draw_entropy(std::uint64_t& drawn) noexcept {
  return attempt([&] {
    std::random_device device;
    drawn = static_cast<std::uint64_t>(device()) << 32 | device();
  });
}

}  // namespace steady::detail

#endif

namespace steady::detail {

// A system whose source fails still gives different numbers, though guessable ones.
[[nodiscard]] inline std::uint64_t entropy() noexcept {
  std::uint64_t drawn = 0;
  if (draw_entropy(drawn)) return drawn;
  return static_cast<std::uint64_t>(std::time(nullptr)) << 32 ^ static_cast<std::uint64_t>(std::clock());
}

}  // namespace steady::detail
