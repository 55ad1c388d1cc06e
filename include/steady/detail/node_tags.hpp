// The tags of an overflow node: four of them, searched at once in one word.
//
// Chains are looked at in a fifth of all inserts and erases of a table that is nearly full, and which of a node's slots
// are in use cannot be foretold: a loop with a branch a slot was wrong once in four visits (callgrind --branch-sim,
// churn at 10^5). So nothing here branches. A mask has bit i for slot i, as those of a group have.
#pragma once

#include <cstdint>

#include "group.hpp"

namespace steady::detail {

inline constexpr unsigned node_slots = 4;
inline constexpr std::uint32_t node_mask = 0xf;  // one bit a slot

struct node_tags {
  [[nodiscard]] STEADY_INLINE static std::uint32_t occupied(const std::uint8_t* tags) noexcept {
    return bits_of(not_zero(word_of(tags)));
  }
  [[nodiscard]] STEADY_INLINE static std::uint32_t empty(const std::uint8_t* tags) noexcept {
    return occupied(tags) ^ node_mask;
  }
  [[nodiscard]] STEADY_INLINE static std::uint32_t match(const std::uint8_t* tags,
                                                         std::uint8_t tag) noexcept {
    return bits_of(not_zero(word_of(tags) ^ tag * 0x01010101u)) ^ node_mask;
  }
  // The filter bits of the tags that are there.
  [[nodiscard]] STEADY_INLINE static std::uint8_t filter(const std::uint8_t* tags) noexcept {
    std::uint32_t bits = 0;
    for (unsigned index = 0; index < node_slots; ++index)
      bits |= (tags[index] != 0 ? 1u : 0u) << (tags[index] & 7);  // filter_bit_of_tag
    return static_cast<std::uint8_t>(bits);
  }

 private:
  // Slot 0 in the lowest byte on every machine; compilers make one load of it.
  [[nodiscard]] STEADY_INLINE static std::uint32_t word_of(const std::uint8_t* tags) noexcept {
    return tags[0] | std::uint32_t{tags[1]} << 8 | std::uint32_t{tags[2]} << 16 |
           std::uint32_t{tags[3]} << 24;
  }
  // Bit 8i set where byte i is not zero.
  [[nodiscard]] STEADY_INLINE static std::uint32_t not_zero(std::uint32_t word) noexcept {
    return (((word & 0x7f7f7f7fu) + 0x7f7f7f7fu) | word) >> 7 & 0x01010101u;
  }
  // From bits 0, 8, 16, 24 to bits 0 to 3.
  [[nodiscard]] STEADY_INLINE static std::uint32_t bits_of(std::uint32_t spread) noexcept {
    return spread * 0x01020408u >> 24 & node_mask;
  }
};

}  // namespace steady::detail
