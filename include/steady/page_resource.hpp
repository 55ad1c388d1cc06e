// steady::page_resource: a std::pmr::memory_resource whose freed memory leaves the process.
//
//   steady::page_resource pages;
//   steady::pmr::map<std::uint64_t, session> sessions{&pages};
//
// A map that shrinks gives its blocks back to the allocator (contract G2), but malloc keeps what lies below
// anything still in use: blocks of 4 KiB with small survivors between them stay resident nearly whole after
// 99 % were freed. This resource keeps pieces of one size together, returns every page that no piece uses any
// more, and unmaps regions that are empty. docs/page_resource.md has the figures.
//
// Sizes up to 64 KiB, the largest block of a map, come from regions of 4 MiB reserved by mmap, cut as
// page_region.hpp says. What is larger, or aligned more strictly, goes to the upstream resource. Among the
// spans of a size the fullest are used first (by quarters), in a span the lowest piece, and for a new span
// the fullest region: so that what empties becomes empty altogether.
//
// Invariants:
//  - each page is in use by a piece, or never touched since it was returned, or in `pending_`, the one range
//    of free pages still resident. It lies within one span, so it is at most 64 KiB. With huge pages it is a whole one;
//  - every span with a free piece is in the list of its size class and fullness; every region in the list of
//    the number of its spans in use; at most one region is empty, kept for the next need (more, if the kernel
//    refuses to unmap).
//
// Bounded work: an allocation maps at most one region, a deallocation makes at most one madvise and unmaps at
// most one region; nothing loops over regions, spans or pieces. Pages are returned one step late, which lets
// neighbours that are freed one after the other, as a shrinking map's blocks are, go by one call for a span,
// and saves the call (and the page faults) where one piece is freed and taken again.
//
// A page goes back only when nothing on it lives, since a resource cannot move what it handed out. Survivors
// among small pieces, as the entries of a node_map are, hold their pages: of 10^6 entries of 16 bytes, one in
// a hundred left at random holds nearly all of the 16 MB of entries. Blocks of steady::map do not have this
// trouble, since it packs its survivors itself.
//
// Huge pages are refused for the regions: the kernel would fill them up again with what was returned. They can be asked for,
// which large maps gain from and which costs the flat latency (the first touch of each clears 2 MiB):
//
//   steady::page_resource memory(steady::pages::huge);
//
// Then regions have 16 MiB, and memory leaves the process as whole huge pages, never as parts of one: what is returned of a huge page
// is taken off the process's account, but the kernel keeps it until it is short of memory.
//
// Not thread safe, like std::pmr::unsynchronized_pool_resource: one thread at a time, whatever containers
// share it. Like there, destruction releases every piece of its own; pieces that came from upstream must be
// given back first. Where `returns_pages` is false (any system but Linux) all requests go to the upstream
// resource.
//
// Throws: allocate throws std::bad_alloc when the system maps no more memory; deallocate never throws.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <new>

#include "detail/exceptions.hpp"
#include "detail/layout.hpp"
#include "detail/page_mapping.hpp"
#include "detail/page_region.hpp"

namespace steady {

// What a page_resource did so far; requests that went upstream are not in it.
struct page_resource_stats {
  std::size_t bytes_in_use = 0;  // asked for and not given back
  std::size_t bytes_mapped = 0;  // address space; resident are pages in use, books, and one pending range
  std::uint64_t madvise_calls = 0;  // one for each region mapped, the others to return pages
};

// What a page_resource has its regions made of: the system's pages, or, where the kernel gives any, transparent huge pages.
enum class pages : bool { ordinary, huge };

class page_resource : public std::pmr::memory_resource {
 public:
  static constexpr bool returns_pages = detail::has_page_mapping;
  static constexpr std::size_t largest_piece = detail::largest_piece;  // larger requests go upstream
  static constexpr std::size_t region_bytes =
      detail::region_bytes;  // mapped at once, at a multiple of it; huge ones: four times as much

  explicit page_resource(std::pmr::memory_resource* upstream = std::pmr::get_default_resource()) noexcept
      : page_resource(pages::ordinary, upstream) {}
  explicit page_resource(pages wanted,
                         std::pmr::memory_resource* upstream = std::pmr::get_default_resource()) noexcept
      : upstream_(upstream), page_bytes_(detail::system_page_bytes()), huge_(wanted == pages::huge) {}
  page_resource(const page_resource&) = delete;
  page_resource& operator=(const page_resource&) = delete;

  ~page_resource() override {
    for (page_region* region : regions_) {
      while (region != nullptr) {
        page_region* const next = region->next;
        (void)unmap(region);
        region = next;
      }
    }
  }

  [[nodiscard]] page_resource_stats stats() const noexcept { return stats_; }
  [[nodiscard]] std::pmr::memory_resource* upstream_resource() const noexcept { return upstream_; }
  // Whether the address lies in a region of this resource, be it of a piece or not; what came from upstream does not. O(regions).
  [[nodiscard]] bool owns(const void* address) const noexcept {
    const page_region* const wanted = region_of(address);
    for (const page_region* each : regions_)
      for (; each != nullptr; each = each->next)
        if (each == wanted) return true;
    return false;
  }

 protected:
  void* do_allocate(std::size_t bytes, std::size_t alignment) override {
    if (goes_upstream(bytes, alignment)) return upstream_->allocate(bytes, alignment);
    const std::size_t size = detail::round_up(std::max<std::size_t>(bytes, 1), alignment);
    const unsigned size_class = detail::size_class_of(size);
    page_span* span = fullest_span(size_class);
    if (span == nullptr) span = new_span(size_class);
    const unsigned before = span->fullness();
    std::byte* const piece = region_of(span)->take_lowest(span);
    if (span->is_full()) {
      detail::unlink_from(spans_[size_class][before], span);
    } else {
      refile(span, before);
    }
    if (!huge_) keep(piece, span->piece_bytes);
    stats_.bytes_in_use += bytes;
    detail::allow_bytes(piece, bytes);
    return piece;
  }

  void do_deallocate(void* memory, std::size_t bytes, std::size_t alignment) noexcept override {
    if (goes_upstream(bytes, alignment)) return upstream_->deallocate(memory, bytes, alignment);
    page_region* const region = region_of(memory);
    page_span* const span = region->span_of(memory);
    const auto offset = static_cast<std::size_t>(static_cast<std::byte*>(memory) - region->memory_of(span));
    const bool was_full = span->is_full();
    const unsigned before = was_full ? 0 : span->fullness();
    region->put_back(span, offset / span->piece_bytes);
    stats_.bytes_in_use -= bytes;
    detail::forbid_bytes(memory, span->piece_bytes);
    if (!huge_) give_back(region, span, offset);
    if (was_full) {
      if (span->live != 0) return detail::link_front(spans_[span->size_class][span->fullness()], span);
    } else {
      if (span->live != 0) return refile(span, before);
      detail::unlink_from(spans_[span->size_class][before], span);
    }
    end_span(region, span);
  }

  [[nodiscard]] bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override {
    return this == &other;
  }

 private:
  using page_span = detail::page_span;
  using page_region = detail::page_region;

  struct map_failed : std::bad_alloc {
    explicit map_failed(const char* message) noexcept : message_(message) {}
    [[nodiscard]] const char* what() const noexcept override { return message_; }

   private:
    const char* message_;
  };

  struct page_range {
    std::byte* begin = nullptr;
    std::byte* end = nullptr;

    [[nodiscard]] bool empty() const noexcept { return begin == end; }
  };

  std::pmr::memory_resource* upstream_;
  std::size_t page_bytes_;
  bool huge_;
  page_resource_stats stats_;
  page_range pending_;
  std::uint64_t region_counts_ = 0;  // bit n: there are regions with n spans in use
  page_region* regions_[detail::region_spans] = {};
  page_span* spans_[detail::size_classes][4] = {};

  [[nodiscard]] static bool goes_upstream(std::size_t bytes, std::size_t alignment) noexcept {
    return !returns_pages || bytes > largest_piece || alignment > largest_piece;
  }

  [[nodiscard]] std::size_t span_bytes() const noexcept {
    return huge_ ? detail::huge_span_bytes : detail::span_bytes;
  }
  [[nodiscard]] std::size_t mapped_bytes() const noexcept { return detail::region_spans * span_bytes(); }
  [[nodiscard]] page_region* region_of(const void* address) const noexcept {
    return page_region::of(address, mapped_bytes());
  }

  // ---- spans ----
  [[nodiscard]] page_span* fullest_span(unsigned size_class) const noexcept {
    const auto& lists = spans_[size_class];
    for (unsigned quarter = 4; quarter-- > 0;)
      if (lists[quarter] != nullptr) return lists[quarter];
    return nullptr;
  }
  void refile(page_span* span, unsigned before) noexcept {
    const unsigned now = span->fullness();
    if (now == before) return;
    detail::unlink_from(spans_[span->size_class][before], span);
    detail::link_front(spans_[span->size_class][now], span);
  }

  [[nodiscard]] page_span* new_span(unsigned size_class) {
    page_region* const region = fullest_region();
    unlink_region(region);
    page_span* const span = region->begin_span(size_class);
    link_region(region);
    detail::link_front(spans_[size_class][0], span);
    if (huge_ && !pending_.empty() && huge_page_of(region, span).begin == pending_.begin) pending_ = {};
    return span;
  }
  void end_span(page_region* region, const page_span* span) noexcept {
    unlink_region(region);
    region->end_span(span);
    if (region->spans_in_use() == 0 && regions_[0] != nullptr && unmap(region)) return;
    link_region(region);
    if (!huge_) return;
    const unsigned first =
        static_cast<unsigned>(span - region->spans) / spans_a_huge_page * spans_a_huge_page;
    constexpr std::uint64_t of_one = (std::uint64_t{1} << spans_a_huge_page) - 1;
    if ((region->free_spans >> first & of_one) == of_one) send_away_for(huge_page_of(region, span));
  }

  // ---- regions ----
  void link_region(page_region* region) noexcept {
    const unsigned count = region->spans_in_use();
    detail::link_front(regions_[count], region);
    region_counts_ |= std::uint64_t{1} << count;
  }
  void unlink_region(page_region* region) noexcept {
    const unsigned count = region->spans_in_use();
    detail::unlink_from(regions_[count], region);
    if (regions_[count] == nullptr) region_counts_ &= ~(std::uint64_t{1} << count);
  }

  // The fullest region that has a free span; a new one if there is none.
  [[nodiscard]] page_region* fullest_region() {
    constexpr std::uint64_t with_room = ~std::uint64_t{0} >> 1;  // all 63 spans in use: no room
    if (const std::uint64_t counts = region_counts_ & with_room; counts != 0)
      return regions_[std::bit_width(counts) - 1];
    void* const memory = detail::map_aligned_pages(mapped_bytes());
    if (memory == nullptr) detail::raise<map_failed>("steady::page_resource: the system maps no more memory");
    if (huge_) {
      detail::ask_for_huge_pages(memory, mapped_bytes());
    } else {
      detail::refuse_huge_pages(memory, mapped_bytes());
    }
    ++stats_.madvise_calls;
    stats_.bytes_mapped += mapped_bytes();
    page_region* const region = ::new (memory) page_region;  // leaves its pages untouched
    region->begin(span_bytes());
    detail::forbid_bytes(static_cast<std::byte*>(memory) + span_bytes(), mapped_bytes() - span_bytes());
    link_region(region);
    return region;
  }
  [[nodiscard]] bool unmap(page_region* region) noexcept {
    detail::allow_bytes(region, mapped_bytes());
    if (!detail::unmap_pages(region, mapped_bytes())) return false;
    stats_.bytes_mapped -= mapped_bytes();
    if (!pending_.empty() && region_of(pending_.begin) == region) pending_ = {};
    return true;
  }

  // ---- pages ----

  // A piece was taken: its pages are no longer pending. Below it in its span everything is in use, since it
  // was the lowest free one, so what is left of the range lies above it.
  void keep(std::byte* piece, std::size_t bytes) noexcept {
    std::byte* const end = piece + bytes;
    if (pending_.end <= piece || end <= pending_.begin) return;
    const std::size_t past = reinterpret_cast<std::uintptr_t>(end) % page_bytes_;
    std::byte* const next_page = past == 0 ? end : end + (page_bytes_ - past);
    pending_.begin = std::min(next_page, pending_.end);
  }

  // A piece was put back: the pages that it leaves empty join the pending range, or take its place and send
  // it away.
  void give_back(page_region* region, const page_span* span, std::size_t offset) noexcept {
    if (page_bytes_ > detail::span_bytes) return;
    std::size_t first = offset / page_bytes_ * page_bytes_;
    std::size_t last = detail::round_up(offset + span->piece_bytes, page_bytes_);
    if (!region->all_free(span, first, first + page_bytes_)) first += page_bytes_;
    if (first < last && !region->all_free(span, last - page_bytes_, last)) last -= page_bytes_;
    if (first >= last) return;
    std::byte* const memory = region->memory_of(span);
    const page_range freed{memory + first, memory + last};
    if (!pending_.empty() && region_of(pending_.begin) == region && region->span_of(pending_.begin) == span) {
      if (pending_.end == freed.begin) {
        pending_.end = freed.end;
        return;
      }
      if (pending_.begin == freed.end) {
        pending_.begin = freed.begin;
        return;
      }
    }
    send_away_for(freed);
  }

  // Another range is pending now.
  void send_away_for(page_range freed) noexcept {
    if (!pending_.empty()) {
      detail::give_back_pages(pending_.begin, static_cast<std::size_t>(pending_.end - pending_.begin));
      ++stats_.madvise_calls;
    }
    pending_ = freed;
  }

  // ---- huge pages ----
  static constexpr unsigned spans_a_huge_page = detail::huge_page_bytes / detail::huge_span_bytes;
  [[nodiscard]] static page_range huge_page_of(page_region* region, const page_span* span) noexcept {
    const std::size_t offset =
        static_cast<std::size_t>(region->memory_of(span) - reinterpret_cast<std::byte*>(region));
    std::byte* const begin =
        reinterpret_cast<std::byte*>(region) + offset / detail::huge_page_bytes * detail::huge_page_bytes;
    return {begin, begin + detail::huge_page_bytes};
  }
};

}  // namespace steady
