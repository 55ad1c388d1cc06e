// The figures of span_resource, and the list of those that have a name.
//
// A header of its own, without the resource, because the registry is read in many places and few have such a resource. A named
// one is read where it is, under its lock; it cannot end while it is read.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "../classic/size_class.hpp"
#include "name_list.hpp"

namespace steady {

// One size class: what there is, and what was done since the resource was made.
struct span_class_stats {
  std::size_t size = 0;  // bytes a piece
  std::size_t span_bytes = 0;  // bytes a span
  std::size_t spans = 0;
  std::size_t nelems = 0;  // pieces, of all its spans
  std::size_t nfree = 0;  // of them, those that nobody has
  std::uint64_t allocations = 0;
  std::uint64_t releases = 0;

  [[nodiscard]] std::size_t bytes_in_use() const noexcept { return (nelems - nfree) * size; }
};

struct span_stats {
  std::array<span_class_stats, classic::size_classes.size()> by_size{};
  std::size_t large_pieces = 0;  // with pages of their own
  std::size_t large_bytes = 0;  // in whole pages
  std::size_t bytes_requested = 0;  // asked for and not given back

  // With what rounding adds.
  [[nodiscard]] std::size_t bytes_in_use() const noexcept {
    std::size_t bytes = large_bytes;
    for (const span_class_stats& each : by_size) bytes += each.bytes_in_use();
    return bytes;
  }
  // With free pieces, and what is left behind the last piece of a span.
  [[nodiscard]] std::size_t bytes_in_spans() const noexcept {
    std::size_t bytes = large_bytes;
    for (const span_class_stats& each : by_size) bytes += each.spans * each.span_bytes;
    return bytes;
  }
};

namespace detail {

struct listed_heap {
  const void* heap = nullptr;
  span_stats (*read)(const void* heap) = nullptr;
};

class heap_name {
 public:
  using list = name_list<listed_heap>;

  heap_name(std::string name, const void* heap, span_stats (*read)(const void*))
      : at_(list::all().enter(std::move(name), {heap, read})) {}
  heap_name(const heap_name&) = delete;
  heap_name& operator=(const heap_name&) = delete;
  ~heap_name() { list::all().leave(at_); }

  [[nodiscard]] std::string_view name() const noexcept { return at_->first; }

 private:
  list::place at_;
};

}  // namespace detail
}  // namespace steady
