// What page_resource cuts its memory into: regions of 4 MiB, spans of 64 KiB, pieces of one size. With huge pages both are four
// times as large: what is not used of a span is resident there, and the larger it is the less that is.
//
// A region lies at a multiple of its size, so that it is found from any address in it. Its first span holds
// its books, the other 63 hold pieces. A span in use belongs to one size class and is an array of pieces
// without gaps, across page borders: fifteen of the map's 4,224-byte blocks to a span of sixteen pages.
//
// Size classes are multiples of 16 up to 256, then sixteen to a doubling, so a piece is at most a sixteenth
// larger than what was asked for; in a span of 64 KiB what is over 32 KiB is alone, and the pages that it does not
// use are never touched. In each doubling the classes are the multiples of one power of two, hence: a size
// that is a multiple of an alignment gets a class that is a multiple of it, and so an aligned piece.
//
// The books say which pieces are free, and always give the lowest one. They are apart from the pieces, since
// a list threaded through free pieces would be lost with their pages. Invariants:
//  - a span of up to 64 pieces has them in `free`, one bit each; one of more has them in the region's words
//    of that span, and in `free` one bit for each word that is not zero. So maps without small pieces touch
//    one page of books a region, and the words of a span are touched only when it holds small pieces;
//  - bits past the last piece are zero;
//  - no span has more than 4,096 pieces, as many as 64 words have bits: a large span of pieces under 64 bytes is not used to its end.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace steady::detail {

inline constexpr std::size_t largest_piece = 64 * 1024;
inline constexpr std::size_t span_bytes = 64 * 1024;
inline constexpr std::size_t huge_span_bytes = 256 * 1024;
inline constexpr std::size_t region_spans = 64;
inline constexpr std::size_t region_bytes = region_spans * span_bytes;
inline constexpr std::size_t huge_page_bytes = 2 * 1024 * 1024;

// ---- size classes ----
inline constexpr std::size_t smallest_piece = 16;
inline constexpr unsigned linear_classes = 16;  // 16, 32 ... 256
inline constexpr unsigned classes_a_doubling = 16;  // from 256 to 64 KiB
inline constexpr unsigned size_classes = linear_classes + 8 * classes_a_doubling;

// Precondition: 1 <= bytes <= largest_piece.
[[nodiscard]] constexpr unsigned size_class_of(std::size_t bytes) noexcept {
  const std::size_t last = bytes - 1;
  if (bytes <= linear_classes * smallest_piece) return static_cast<unsigned>(last / smallest_piece);
  const auto log2 = static_cast<unsigned>(std::bit_width(last)) - 1;  // 8 ... 15
  return linear_classes + (log2 - 8) * classes_a_doubling + static_cast<unsigned>(last >> (log2 - 4)) -
         classes_a_doubling;
}
[[nodiscard]] constexpr std::size_t piece_bytes_of(unsigned size_class) noexcept {
  if (size_class < linear_classes) return (size_class + 1) * smallest_piece;
  const unsigned log2 = 8 + (size_class - linear_classes) / classes_a_doubling;
  const std::size_t step = 1 + classes_a_doubling + (size_class - linear_classes) % classes_a_doubling;
  return step << (log2 - 4);
}

// ---- spans and regions ----
struct page_span {
  page_span* next;
  page_span* previous;
  std::uint64_t free;
  std::uint32_t piece_bytes;
  std::uint16_t pieces;
  std::uint16_t live;
  std::uint8_t size_class;

  [[nodiscard]] bool is_full() const noexcept { return live == pieces; }
  // Quarters: the fuller, the sooner it is used. Precondition: not full.
  [[nodiscard]] unsigned fullness() const noexcept { return 4u * live / pieces; }
};

struct page_region {
  static constexpr std::size_t words_a_span = 64;

  page_region* next;
  page_region* previous;
  std::uint64_t free_spans;
  std::size_t bytes_a_span;
  page_span spans[region_spans];
  alignas(4096) std::uint64_t words[region_spans][words_a_span];

  // The region of an address, where regions are so large.
  [[nodiscard]] static page_region* of(const void* address, std::size_t bytes) noexcept {
    return reinterpret_cast<page_region*>(reinterpret_cast<std::uintptr_t>(address) & ~(bytes - 1));
  }
  [[nodiscard]] page_span* span_of(const void* address) noexcept {
    return spans + static_cast<std::size_t>(static_cast<const std::byte*>(address) -
                                            reinterpret_cast<const std::byte*>(this)) /
                       bytes_a_span;
  }

  // All spans are free but the first, which is the books'.
  void begin(std::size_t of_bytes) noexcept {
    free_spans = ~std::uint64_t{1};
    bytes_a_span = of_bytes;
  }
  [[nodiscard]] unsigned spans_in_use() const noexcept {
    return static_cast<unsigned>(region_spans - 1) - static_cast<unsigned>(std::popcount(free_spans));
  }

  [[nodiscard]] std::byte* memory_of(const page_span* span) noexcept {
    return reinterpret_cast<std::byte*>(this) + static_cast<std::size_t>(span - spans) * bytes_a_span;
  }
  [[nodiscard]] std::uint64_t* words_of(const page_span* span) noexcept { return words[span - spans]; }

  // Precondition: there is a free span.
  [[nodiscard]] page_span* begin_span(unsigned size_class) noexcept {
    page_span* const span = spans + std::countr_zero(free_spans);
    free_spans &= free_spans - 1;
    const std::size_t bytes = piece_bytes_of(size_class);
    const std::size_t pieces = std::min(bytes_a_span / bytes, words_a_span * 64);
    span->size_class = static_cast<std::uint8_t>(size_class);
    span->piece_bytes = static_cast<std::uint32_t>(bytes);
    span->pieces = static_cast<std::uint16_t>(pieces);
    span->live = 0;
    if (pieces <= 64) {
      span->free = first_bits(pieces);
    } else {
      const std::size_t count = (pieces + 63) / 64;
      span->free = first_bits(count);
      std::uint64_t* const of_span = words_of(span);
      std::fill_n(of_span, count - 1, ~std::uint64_t{0});
      of_span[count - 1] = first_bits(pieces - (count - 1) * 64);
    }
    return span;
  }
  void end_span(const page_span* span) noexcept { free_spans |= std::uint64_t{1} << (span - spans); }

  // Precondition: the span is not full.
  [[nodiscard]] std::byte* take_lowest(page_span* span) noexcept {
    auto piece = static_cast<std::size_t>(std::countr_zero(span->free));
    if (span->pieces <= 64) {
      span->free &= span->free - 1;
    } else {
      std::uint64_t& word = words_of(span)[piece];
      piece = piece * 64 + static_cast<std::size_t>(std::countr_zero(word));
      word &= word - 1;
      if (word == 0) span->free &= span->free - 1;
    }
    ++span->live;
    return memory_of(span) + piece * span->piece_bytes;
  }
  void put_back(page_span* span, std::size_t piece) noexcept {
    if (span->pieces <= 64) {
      span->free |= std::uint64_t{1} << piece;
    } else {
      words_of(span)[piece / 64] |= std::uint64_t{1} << (piece % 64);
      span->free |= std::uint64_t{1} << (piece / 64);
    }
    --span->live;
  }

  // Whether no piece in use has a byte in [begin, end) of the span. Looks at one word for every 64 pieces
  // there: five at most for a page of 4 KiB.
  [[nodiscard]] bool all_free(const page_span* span, std::size_t begin, std::size_t end) noexcept {
    std::size_t first = begin / span->piece_bytes;
    const std::size_t last = std::min<std::size_t>((end - 1) / span->piece_bytes + 1, span->pieces);
    const std::uint64_t* const bits = span->pieces <= 64 ? &span->free : words_of(span);
    while (first < last) {
      const std::size_t stop = std::min(last, (first / 64 + 1) * 64);
      const std::uint64_t wanted = first_bits(stop - first) << (first % 64);
      if ((bits[first / 64] & wanted) != wanted) return false;
      first = stop;
    }
    return true;
  }

 private:
  // Precondition: 1 <= count <= 64.
  [[nodiscard]] static constexpr std::uint64_t first_bits(std::size_t count) noexcept {
    return ~std::uint64_t{0} >> (64 - count);
  }
};
static_assert(sizeof(page_region) <= span_bytes, "the books of a region fit its first span");

// ---- lists, of spans and of regions ----
template <class Node>
void link_front(Node*& head, Node* node) noexcept {
  node->previous = nullptr;
  node->next = head;
  if (head != nullptr) head->previous = node;
  head = node;
}
template <class Node>
void unlink_from(Node*& head, Node* node) noexcept {
  if (node->previous != nullptr) {
    node->previous->next = node->next;
  } else {
    head = node->next;
  }
  if (node->next != nullptr) node->next->previous = node->previous;
}

}  // namespace steady::detail
