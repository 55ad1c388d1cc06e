// The group contract (see group.hpp) with plain 64-bit arithmetic, for machines without SSE2 or NEON.
//
// Two words of eight bytes. A byte of (word ^ wanted) is zero where the tags are equal; the sum below sets the top bit
// of every byte that is not zero, without a carry from byte to byte, so it has no false positives (an entry that is
// not there is never compared). A multiplication then gathers the eight top bits into one byte.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

#include "group.hpp"

namespace steady::detail {
inline namespace word {

struct group {
  [[nodiscard]] STEADY_INLINE static std::uint32_t match(const std::uint8_t* tags, tophash top) noexcept {
    return equal(tags, top.tag() * 0x0101010101010101u);
  }
  [[nodiscard]] STEADY_INLINE static std::uint32_t empty(const std::uint8_t* tags) noexcept {
    return equal(tags, 0);
  }
  [[nodiscard]] STEADY_INLINE static std::uint32_t occupied(const std::uint8_t* tags) noexcept {
    return empty(tags) ^ bucket_mask;
  }

 private:
  [[nodiscard]] STEADY_INLINE static std::uint32_t equal(const std::uint8_t* tags,
                                                         std::uint64_t wanted) noexcept {
    return (half(tags, wanted) | half(tags + 8, wanted) << 8) & bucket_mask;
  }

  [[nodiscard]] STEADY_INLINE static std::uint32_t half(const std::uint8_t* tags,
                                                        std::uint64_t wanted) noexcept {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, tags, sizeof bytes);
    if constexpr (std::endian::native == std::endian::big) bytes = reversed(bytes);
    constexpr std::uint64_t low_bits = 0x7f7f7f7f7f7f7f7fu;
    const std::uint64_t different = bytes ^ wanted;
    const std::uint64_t equal_tops = ~(((different & low_bits) + low_bits) | different | low_bits);
    return static_cast<std::uint32_t>(((equal_tops >> 7) * 0x0102040810204080u) >> 56);
  }

  [[nodiscard]] static constexpr std::uint64_t reversed(std::uint64_t bytes) noexcept {
    bytes = (bytes & 0x00ff00ff00ff00ffu) << 8 | (bytes >> 8 & 0x00ff00ff00ff00ffu);
    bytes = (bytes & 0x0000ffff0000ffffu) << 16 | (bytes >> 16 & 0x0000ffff0000ffffu);
    return bytes << 32 | bytes >> 32;
  }
};

}  // namespace word
}  // namespace steady::detail
