// The tag word: how one bucket's fifteen tophashes are searched at once.
//
// A tag word is 16 bytes, aligned to 16. Bytes 0..14 hold the tophash of the entry in that slot, 0 where the slot is
// empty. Byte 15 is the overflow filter: eight bits, bit (tophash % 8) set when an entry with such a tophash lies in
// one of the bucket's overflow nodes. A tophash is the top byte of the hash, with 0 taken as 1, so it is never 0.
//
// The contract of a group (three implementations, one a file; exactly one is chosen here):
//   match(tags, tophash)  bit i set where tags[i] == tophash.tag, for i in 0..14; no false positives
//   empty(tags)           bit i set where tags[i] == 0, for i in 0..14
//   occupied(tags)        bit i set where tags[i] != 0, for i in 0..14
// A mask is a plain 32-bit integer with one bit a slot whatever the machine, so that the code above this line is the
// same everywhere; bit 15 (the filter byte) is always clear.
//
// Why a table for the tophash: taking 0 as 1 and spreading the byte over a vector register costs four to six
// instructions without SSSE3; a load from 1 KiB that stays in the first-level cache costs one. The idea is
// Boost.Unordered's (core.hpp, match_word).
#pragma once

#include <array>
#include <bit>
#include <cstdint>

#include "config.hpp"

namespace steady::detail {

inline constexpr unsigned bucket_slots = 15;  // slots of a full bucket
inline constexpr std::uint32_t bucket_mask = 0x7fff;  // one bit a slot
inline constexpr unsigned tag_word_bytes = 16;  // fifteen tophashes and the overflow filter
inline constexpr unsigned filter_byte = 15;  // where in the tag word the overflow filter is

struct tophash {
  std::uint32_t word;  // the tag in each of its four bytes

  [[nodiscard]] constexpr std::uint8_t tag() const noexcept { return static_cast<std::uint8_t>(word); }
};

// By the top byte of a hash. One object, so that one address serves both.
struct tophash_table {
  std::array<std::uint32_t, 256> words{};
  std::array<std::uint8_t, 256> filter_bits{};
};
inline constexpr tophash_table tophashes = [] {
  tophash_table table{};
  for (std::uint32_t top = 0; top < 256; ++top) {
    const std::uint32_t tag = top == 0 ? 1u : top;
    table.words[top] = tag * 0x01010101u;
    table.filter_bits[top] = static_cast<std::uint8_t>(1u << (tag % 8));
  }
  return table;
}();

[[nodiscard]] STEADY_INLINE tophash tophash_of(std::uint64_t hash) noexcept {
  return {tophashes.words[static_cast<std::size_t>(hash >> 56)]};
}

// The filter bit follows from the tag alone, so it can be made anew from the tags that remain in the overflow nodes,
// without a hash.
[[nodiscard]] STEADY_INLINE std::uint8_t filter_bit_of_hash(std::uint64_t hash) noexcept {
  return tophashes.filter_bits[static_cast<std::size_t>(hash >> 56)];
}
[[nodiscard]] constexpr std::uint8_t filter_bit_of_tag(std::uint8_t tag) noexcept {
  return tophashes.filter_bits[tag];
}

// How many slots a mask has. std::popcount is a call into a library where the machine's own instruction may not be used.
[[nodiscard]] STEADY_INLINE unsigned count_slots(std::uint32_t mask) noexcept {
#if defined(__POPCNT__) || defined(__aarch64__)
  return static_cast<unsigned>(std::popcount(mask));
#else
  mask = mask - (mask >> 1 & 0x5555);
  mask = (mask & 0x3333) + (mask >> 2 & 0x3333);
  mask = (mask + (mask >> 4)) & 0x0f0f;
  return (mask + (mask >> 8)) & 0x1f;
#endif
}

// The lowest slot of a mask. Precondition: the mask is not 0, which std::countr_zero would test for.
[[nodiscard]] STEADY_INLINE unsigned lowest(std::uint32_t mask) noexcept {
#if defined(__GNUC__) || defined(__clang__)
  return static_cast<unsigned>(__builtin_ctz(mask));
#else
  return static_cast<unsigned>(std::countr_zero(mask));
#endif
}

}  // namespace steady::detail

// STEADY_PLAIN_GROUP, defined before the first include in every file of a program, asks for the plain one everywhere.
#if defined(STEADY_PLAIN_GROUP)
#include "group_word.hpp"
#elif defined(__SSE2__)
#include "group_sse2.hpp"
#elif defined(__ARM_NEON) && defined(__aarch64__)
#include "group_neon.hpp"
#else
#include "group_word.hpp"
#endif
