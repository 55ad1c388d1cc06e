// The multiplication every hash of this library is made of.
//
// fold(a, b) multiplies two 64-bit words to 128 bits and XORs the halves. The middle of a product, around bit
// 64, depends on every bit of both factors, and folding lays that middle where a map looks: bits 64 and up
// fall on the low end of the result (the bucket), bits 56 to 63 on its high end (the tophash). It is one
// multiplication and one XOR where the machine has a widening multiplication; elsewhere four 32-bit products
// give the same number.
#pragma once

#include <cstdint>

namespace steady::detail {

#if defined(__SIZEOF_INT128__)
__extension__ typedef unsigned __int128 uint128;
__extension__ typedef __int128 int128;

[[nodiscard]] constexpr std::uint64_t fold(std::uint64_t a, std::uint64_t b) noexcept {
  const uint128 product = static_cast<uint128>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}
#endif

// The same number without 128-bit arithmetic; a function of its own so that it is tested on every machine.
[[nodiscard]] constexpr std::uint64_t fold_portable(std::uint64_t a, std::uint64_t b) noexcept {
  constexpr std::uint64_t low_half = 0xFFFF'FFFF;
  const std::uint64_t low = (a & low_half) * (b & low_half);
  const std::uint64_t cross =
      (a >> 32) * (b & low_half) + (low >> 32);  // cannot overflow: (2^32-1)^2 + 2^32-1
  const std::uint64_t other_cross = (a & low_half) * (b >> 32) + (cross & low_half);
  const std::uint64_t high = (a >> 32) * (b >> 32) + (cross >> 32) + (other_cross >> 32);
  return ((other_cross << 32) | (low & low_half)) ^ high;
}

#if !defined(__SIZEOF_INT128__)
[[nodiscard]] constexpr std::uint64_t fold(std::uint64_t a, std::uint64_t b) noexcept {
  return fold_portable(a, b);
}
#endif

}  // namespace steady::detail
