// The numbers of Go's classic map: slots a bucket, tophash states, header flags, when it grows.
//
// All of them are those of Go 1.23's runtime/map.go (claims.md section 3). A slot's tag byte is either one of the five
// states below or the tophash of the entry in it, which is never below min_top_hash.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace steady::classic {

inline constexpr unsigned slots_per_bucket = 8;
// Keys and values over this many bytes lie in a block of their own, and the slot holds a pointer.
inline constexpr std::size_t largest_inline_bytes = 128;

inline constexpr std::uint8_t empty_rest = 0;  // empty, and so is everything after it in the chain
inline constexpr std::uint8_t empty_one = 1;  // empty
inline constexpr std::uint8_t evacuated_x = 2;  // moved to the bucket of the same number in the new array
inline constexpr std::uint8_t evacuated_y = 3;  // moved to the bucket of that number plus the old size
inline constexpr std::uint8_t evacuated_empty = 4;  // was empty when its bucket was evacuated
inline constexpr std::uint8_t min_top_hash = 5;

inline constexpr std::uint8_t flag_iterator = 1;  // a loop may stand in the main array
inline constexpr std::uint8_t flag_old_iterator = 2;  // a loop may stand in the old array
inline constexpr std::uint8_t flag_hash_writing = 4;
inline constexpr std::uint8_t flag_same_size_grow = 8;

// What a slot is, for people; name_of() gives the name of the tag above.
enum class slot_state : std::uint8_t { rest, one, moved_x, moved_y, moved_empty, filled };

[[nodiscard]] constexpr slot_state state_of(std::uint8_t tag) noexcept {
  return static_cast<slot_state>(std::min(tag, min_top_hash));
}
[[nodiscard]] constexpr std::string_view name_of(slot_state state) noexcept {
  constexpr std::string_view names[] = {"empty_rest",  "empty_one",       "evacuated_x",
                                        "evacuated_y", "evacuated_empty", "filled"};
  return names[static_cast<std::size_t>(state)];
}

[[nodiscard]] constexpr bool is_empty(std::uint8_t tag) noexcept { return tag <= empty_one; }
// By the first tag of a bucket: evacuation marks every slot, so one tells.
[[nodiscard]] constexpr bool is_evacuated(std::uint8_t first_tag) noexcept {
  return first_tag > empty_one && first_tag < min_top_hash;
}

// The top byte of the hash; bytes that would be states are moved up, so 5 to 9 are twice as likely as others.
[[nodiscard]] constexpr std::uint8_t top_hash(std::uint64_t hash) noexcept {
  const auto top = static_cast<std::uint8_t>(hash >> 56);
  return top < min_top_hash ? static_cast<std::uint8_t>(top + min_top_hash) : top;
}

[[nodiscard]] constexpr std::size_t bucket_shift(unsigned B) noexcept { return std::size_t{1} << B; }

// Entries a bucket above which the map doubles, as a fraction. Go's is 13/2.
struct load_factor {
  unsigned numerator = 13;
  unsigned denominator = 2;

  [[nodiscard]] constexpr bool exceeded(std::uint64_t count, unsigned B) const noexcept {
    return count > slots_per_bucket && count > numerator * (std::uint64_t{1} << B) / denominator;
  }
};

// As many overflow buckets as main ones: time to grow to the same size, which packs the entries.
[[nodiscard]] constexpr bool too_many_overflow_buckets(std::uint16_t noverflow, unsigned B) noexcept {
  return noverflow >= std::uint16_t{1} << std::min(B, 15u);
}

// From this size on an array brings overflow buckets along, one for sixteen main ones.
inline constexpr unsigned preallocating_B = 4;
// The most buckets that one step of the evacuation mark skips.
inline constexpr std::size_t mark_reach = 1024;
// From this size on overflow buckets are counted by chance.
inline constexpr unsigned approximate_B = 16;

}  // namespace steady::classic
