// One span of span_resource, as Go's mspan: an array of `nelems` pieces of one size class, in whole pages of 8 KiB.
//
// The books lie apart from the pieces, so that a span holds exactly as many as Go's does: a page of 8 KiB has 1,024 pieces
// of 8 bytes, or one of 8,192. Invariants:
//  - bit i of free_bits is set if and only if piece i is free; bits past the last piece are zero;
//  - bit w of words_with_room is set if and only if word w of free_bits is not zero;
//  - alloc_count is nelems less the bits that are set.
//
// Classes are found through two tables, by steps of 8 bytes up to 1,024 and of 128 above, as Go does it; both are made
// from the sizes at compile time. All class sizes are multiples of 8, those over 1,024 of 128.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "../classic/size_class.hpp"
#include "layout.hpp"

namespace steady::detail {

inline constexpr std::size_t heap_page_bytes = classic::size_class_page;
inline constexpr std::size_t heap_classes = classic::size_classes.size();
inline constexpr std::size_t largest_small_piece = classic::size_classes.back();

// ---- classes ----
struct heap_class_tables {
  static constexpr std::size_t border = 1024, fine = 8, coarse = 128;

  std::array<std::uint8_t, border / fine + 1> up_to_border{};
  std::array<std::uint8_t, (largest_small_piece - border) / coarse + 1> above{};

  constexpr heap_class_tables() {
    const auto smallest_for = [](std::size_t bytes) {
      const auto at = std::ranges::lower_bound(classic::size_classes, bytes);
      return static_cast<std::uint8_t>(at - classic::size_classes.begin());
    };
    for (std::size_t step = 0; step < up_to_border.size(); ++step)
      up_to_border[step] = smallest_for(step * fine);
    for (std::size_t step = 0; step < above.size(); ++step)
      above[step] = smallest_for(border + step * coarse);
  }
};
inline constexpr heap_class_tables heap_class_of;

// The smallest class whose pieces hold so many bytes at such an address. Preconditions: bytes <= largest_small_piece,
// alignment <= heap_page_bytes. A span begins at a page, so a piece is aligned as its size is; 8,192, 16,384, 24,576 and
// 32,768 are multiples of every alignment asked for, so the search ends.
[[nodiscard]] constexpr unsigned heap_class(std::size_t bytes, std::size_t alignment) noexcept {
  constexpr auto& tables = heap_class_of;
  unsigned found = bytes <= heap_class_tables::border
                       ? tables.up_to_border[(bytes + heap_class_tables::fine - 1) / heap_class_tables::fine]
                       : tables.above[(bytes - heap_class_tables::border + heap_class_tables::coarse - 1) /
                                      heap_class_tables::coarse];
  while (classic::size_classes[found] % alignment != 0) ++found;
  return found;
}
[[nodiscard]] constexpr std::size_t heap_span_bytes(unsigned size_class) noexcept {
  return classic::size_class_pages[size_class] * heap_page_bytes;
}

// ---- spans ----
struct heap_span {
  static constexpr std::size_t words = heap_page_bytes / classic::size_classes.front() / 64;
  static_assert(words <= 64, "words_with_room has a bit for each");

  heap_span* next = nullptr;
  heap_span* previous = nullptr;
  std::byte* base;
  std::uint32_t size;
  std::uint16_t nelems;
  std::uint16_t alloc_count = 0;
  std::uint8_t size_class;
  std::uint64_t words_with_room = 0;
  std::uint64_t free_bits[words] = {};

  heap_span(std::byte* memory, unsigned of_class) noexcept
      : base(memory), size(classic::size_classes[of_class]),
        nelems(static_cast<std::uint16_t>(heap_span_bytes(of_class) / classic::size_classes[of_class])),
        size_class(static_cast<std::uint8_t>(of_class)) {
    for (std::size_t piece = 0; piece < nelems; piece += 64) {
      free_bits[piece / 64] = ~std::uint64_t{0} >> (64 - std::min<std::size_t>(64, nelems - piece));
      words_with_room |= std::uint64_t{1} << (piece / 64);
    }
  }

  [[nodiscard]] bool is_full() const noexcept { return alloc_count == nelems; }
  [[nodiscard]] bool is_empty() const noexcept { return alloc_count == 0; }
  // Quarters: the fuller, the sooner it is used. Precondition: not full.
  [[nodiscard]] unsigned fullness() const noexcept { return 4u * alloc_count / nelems; }
  // Counted from the bits.
  [[nodiscard]] std::size_t nfree() const noexcept {
    std::size_t count = 0;
    for (const std::uint64_t word : free_bits) count += static_cast<std::size_t>(std::popcount(word));
    return count;
  }

  // Precondition: not full.
  [[nodiscard]] std::byte* take_lowest() noexcept {
    const auto word = static_cast<std::size_t>(std::countr_zero(words_with_room));
    const auto bit = static_cast<std::size_t>(std::countr_zero(free_bits[word]));
    free_bits[word] &= free_bits[word] - 1;
    if (free_bits[word] == 0) words_with_room &= words_with_room - 1;
    ++alloc_count;
    return base + (word * 64 + bit) * size;
  }
  // Precondition: the piece at that address is in use.
  void put_back(const void* memory) noexcept {
    const auto offset = static_cast<std::uint32_t>(static_cast<const std::byte*>(memory) - base);
    const std::uint32_t piece = offset / size;
    free_bits[piece / 64] |= std::uint64_t{1} << (piece % 64);
    words_with_room |= std::uint64_t{1} << (piece / 64);
    --alloc_count;
  }
  [[nodiscard]] bool is_free(const void* memory) const noexcept {
    const std::size_t piece = static_cast<std::size_t>(static_cast<const std::byte*>(memory) - base) / size;
    return (free_bits[piece / 64] >> (piece % 64) & 1) != 0;
  }
};

}  // namespace steady::detail
