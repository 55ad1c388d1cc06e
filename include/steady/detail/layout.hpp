// Where things lie in memory: the shape of a block, of a bucket, and of the words before the first block.
//
// A bucket is a tag word (group.hpp), fifteen slots, and the link to its first overflow node. Buckets live in blocks of
// a power of two, at most 128, as many as the block limit allows: 33 KiB for 16-byte entries. Tag words, slots and
// links are apart, so that a miss touches a dense array: tag words go down from the block's address, slots go up, links
// come last,
//
//      ... tags of bucket 2 | tags of bucket 1 | tags of bucket 0 | slots of bucket 0 | slots of bucket 1 ... | links
//                                                ^ the block's address
//
// which lets tags and slots be found from one pointer whatever the number of buckets in the block. Links are apart
// because fifteen slots and a tag word have the size of sixteen slots when an entry has 16 bytes: a shift finds them.
// Only chains need a link, and only it needs the number of buckets in the block. Why as large as may
// be: the tag words of 128 buckets fill half a page, so that misses touch fewer pages, and the directory of a million
// entries stays in the first-level cache. At 10^7 entries blocks of 128 make a miss 30 % and a hit 20 % cheaper than
// blocks of 16 (docs/design.md, "How large are blocks?").
//
// The first block has more before its tag words: the bootstrap array, which is the directory of a map of one block, and
// before that the trunk, where the map keeps what it rarely needs. A first bucket of fewer than fifteen slots (1, then 4,
// then 8) never overflows, it grows; it has neither link nor trunk, and nothing in front. The word from which its loops are
// chained, otherwise in the trunk, comes behind the slots, and behind that the bootstrap array.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "group.hpp"

namespace steady::detail {

[[nodiscard]] constexpr std::size_t round_up(std::size_t bytes, std::size_t alignment) noexcept {
  return (bytes + alignment - 1) / alignment * alignment;
}

// For values above 0. std::has_single_bit counts all bits, by a library call on machines without the instruction.
[[nodiscard]] constexpr bool is_power_of_two(std::uint64_t value) noexcept {
  return (value & (value - 1)) == 0;
}

template <std::size_t Alignment>
struct alignas(Alignment) storage_unit {
  std::byte bytes[Alignment];
};

template <class Slot, class Pointer, std::size_t LargestBlock>
struct layout {
  static constexpr std::size_t alignment =
      std::max({std::size_t{tag_word_bytes}, alignof(Slot), alignof(Pointer)});
  static constexpr std::size_t bucket_stride = bucket_slots * sizeof(Slot);

  // The directory: levels of arrays of pointers, each array no larger than a block, enough of them for 2^26 blocks.
  static constexpr unsigned fan_bits =
      static_cast<unsigned>(std::bit_width(LargestBlock / sizeof(Pointer)) - 1);
  static constexpr std::size_t fan = std::size_t{1} << fan_bits;
  static constexpr unsigned levels = std::max(2u, (26 + fan_bits - 1) / fan_bits);

  // What the first block has before its tag words; table_storage::trunk says what the trunk's bytes are.
  static constexpr std::size_t word_alignment = std::max(alignof(Pointer), alignof(std::uint64_t));
  static constexpr std::size_t bootstrap_bytes = round_up(sizeof(Pointer), word_alignment);
  static constexpr std::size_t trunk_bytes =
      round_up(round_up((3 + levels) * sizeof(Pointer), word_alignment) +
                   round_up(sizeof(void*), alignof(std::uint64_t)) + 3 * sizeof(std::uint64_t) +
                   round_up(3 * sizeof(std::uint32_t) + 2 + levels, alignof(std::uint64_t)),
               word_alignment);

  // From the beginning of a block to its first slot. `trunk`: it is a first block with all of fifteen slots a bucket.
  [[nodiscard]] static constexpr std::size_t front_bytes(std::size_t buckets, bool trunk) noexcept {
    return round_up(buckets * tag_word_bytes + (trunk ? bootstrap_bytes + trunk_bytes : 0), alignment);
  }
  // From the first slot of a block of so many buckets to its first link.
  [[nodiscard]] static constexpr std::size_t links_offset(std::size_t buckets) noexcept {
    return round_up(buckets * bucket_stride, alignof(Pointer));
  }
  [[nodiscard]] static constexpr std::size_t block_bytes(std::size_t buckets, bool first) noexcept {
    return round_up(front_bytes(buckets, first) + links_offset(buckets) + buckets * sizeof(Pointer),
                    alignment);
  }
  // A first block whose only bucket has fewer than fifteen slots: from its first slot to the word of its loops, to its bootstrap
  // array, and all of it.
  [[nodiscard]] static constexpr std::size_t small_loops_offset(unsigned slots) noexcept {
    return round_up(slots * sizeof(Slot), alignof(void*));
  }
  [[nodiscard]] static constexpr std::size_t small_bootstrap_offset(unsigned slots) noexcept {
    return round_up(small_loops_offset(slots) + sizeof(void*), alignof(Pointer));
  }
  [[nodiscard]] static constexpr std::size_t small_block_bytes(unsigned slots) noexcept {
    return round_up(front_bytes(1, false) + small_bootstrap_offset(slots) + sizeof(Pointer), alignment);
  }

  static constexpr unsigned block_shift = [] {
    unsigned shift = 7;
    while (shift > 0 && block_bytes(std::size_t{1} << shift, true) > LargestBlock) --shift;
    return shift;
  }();
  static constexpr std::size_t block_buckets = std::size_t{1} << block_shift;
  static constexpr bool bucket_fits = block_bytes(1, true) <= LargestBlock;

  // The first bucket begins with so many slots: as many as 16 bytes hold, 4 at the most.
  static constexpr unsigned first_slots =
      static_cast<unsigned>(std::clamp<std::size_t>(16 / sizeof(Slot), 1, 4));

  // Half of what a map's 32 bits for it can say: 28,000 million entries.
  static constexpr std::uint64_t max_buckets = std::uint64_t{1} << std::min(26 + block_shift, 31u);
};

}  // namespace steady::detail
