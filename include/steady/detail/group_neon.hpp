// The group contract (see group.hpp) with NEON on aarch64.
//
// NEON has no movemask. Each matching byte is reduced to the bit of its position within its half, and the halves are
// summed across: four instructions more than SSE2, but the mask keeps one bit a slot, as everywhere.
#pragma once

#include <arm_neon.h>

#include <cstdint>

#include "group.hpp"

namespace steady::detail {
inline namespace neon {

struct group {
  [[nodiscard]] STEADY_INLINE static std::uint32_t match(const std::uint8_t* tags, tophash top) noexcept {
    return pack(vceqq_u8(vld1q_u8(tags), vdupq_n_u8(top.tag())));
  }
  [[nodiscard]] STEADY_INLINE static std::uint32_t empty(const std::uint8_t* tags) noexcept {
    return pack(vceqzq_u8(vld1q_u8(tags)));
  }
  [[nodiscard]] STEADY_INLINE static std::uint32_t occupied(const std::uint8_t* tags) noexcept {
    return empty(tags) ^ bucket_mask;
  }

 private:
  [[nodiscard]] STEADY_INLINE static std::uint32_t pack(uint8x16_t matched) noexcept {
    constexpr std::uint8_t positions[16] = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
    const uint8x16_t bits = vandq_u8(matched, vld1q_u8(positions));
    const std::uint32_t low = vaddv_u8(vget_low_u8(bits));
    const std::uint32_t high = vaddv_u8(vget_high_u8(bits));
    return (low | high << 8) & bucket_mask;
  }
};

}  // namespace neon
}  // namespace steady::detail
