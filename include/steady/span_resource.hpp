// steady::span_resource: memory cut as Go's heap is, in spans of one size class each; a std::pmr::memory_resource.
//
//   steady::span_resource heap;
//   steady::pmr::slice<int> numbers{&heap};
//   steady::pmr::classic_map<int, int> map{&heap};
//   steady::chan<int> jobs{64, &heap};
//   for (const auto& each : heap.stats().by_size) print(each.size, each.spans, each.bytes_in_use());
//
// It is for what is made of many arrays of some sizes, and for seeing them: slices, the buckets of classic_map and the
// buffers of channels lie side by side in one heap, as in Go, and it tells for each size class how many spans, pieces and
// bytes there are. A map that grows and shrinks (steady::map) is as well served by page_resource alone.
//
// Go's 67 size classes, 8 bytes to 32 KiB, in spans of Go's sizes (1 to 10 pages of 8 KiB); each span has nelems pieces, a
// count of those in use (alloc_count) and a bit for each that is free. So the bytes in use of a class are
// (nelems - nfree) x size, summed over its spans. What is larger, or aligned more strictly than a page, has pages of its
// own. Not imitated: what serves the collector (memory with and without pointers apart, the 8-byte header, the tiny allocator).
//
// Spans come from a page_resource of its own, and go back to it when they run empty; one empty span is kept, whichever ran
// empty last, so that swinging around a span's border costs nothing. Among the spans of a class the fullest are used first
// (by quarters), in a span the lowest piece: what empties becomes empty altogether.
//
// Bounded work: an allocation makes at most one span, a deallocation ends at most one; neither loops over spans or pieces.
// Finding the span of an address is a look into a steady::map from pages to spans. Go's rounding takes up to 15 bytes a piece up
// to 256 bytes, and up to a fifth of what was asked for above; the books 176 bytes a span, and about 30 for each of its pages.
//
// One that has a name is seen in the registry, and its pieces in a heap profile (profile/include/steady/heap_profile.hpp).
//
// Thread safe, unlike page_resource: whoever drops the last handle of a channel or the last part of a slice gives its
// memory back, on whatever thread that is. One lock, of one word.
//
// Destruction releases every piece; large pieces (over 64 KiB) that came from upstream must be given back first. Throws:
// allocate throws std::bad_alloc, and then nothing has changed; deallocate never throws.
// Sources: Go's runtime/mheap.go, mcentral.go, msize.go, sizeclasses.go; claims M112, M126. docs/span_resource.md.
#pragma once

#include <array>
#include <atomic>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <memory_resource>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "channel/lock.hpp"
#include "detail/heap_record.hpp"
#include "detail/heap_span.hpp"
#include "detail/memory_listener.hpp"
#include "detail/page_mapping.hpp"
#include "map.hpp"
#include "page_resource.hpp"

namespace steady {

// The span that an address lies in.
struct span_view {
  const void* base;
  std::size_t size;
  std::size_t nelems;
  std::size_t alloc_count;
  std::size_t nfree;  // counted from the bits

  friend bool operator==(const span_view&, const span_view&) = default;
};

class span_resource : public std::pmr::memory_resource {
 public:
  static constexpr std::size_t page_bytes = detail::heap_page_bytes;
  static constexpr std::size_t largest_small =
      detail::largest_small_piece;  // larger pieces have pages of their own

  // `upstream` serves what the page_resource does not: see there.
  explicit span_resource(std::pmr::memory_resource* upstream = std::pmr::get_default_resource())
      : pages_(upstream), spans_(&pages_) {
    for (unsigned size_class = 0; size_class < detail::heap_classes; ++size_class) {
      stats_.by_size[size_class].size = classic::size_classes[size_class];
      stats_.by_size[size_class].span_bytes = detail::heap_span_bytes(size_class);
    }
  }
  span_resource(const span_resource&) = delete;
  span_resource& operator=(const span_resource&) = delete;

  ~span_resource() override {
    forget_name();
    if (const detail::memory_listener* const listener = listening(); listener != nullptr && has_pieces())
      listener->heap_ended(this, [](const void* heap, const void* address) noexcept {
        return static_cast<const span_resource*>(heap)->owns(address);
      });
    while (!spans_.empty()) forget(spans_.begin()->second);
  }

  // A copy of all figures, at one moment.
  [[nodiscard]] span_stats stats() const {
    const guard locked(lock_);
    return stats_;
  }
  // Lists the resource in steady::registry under this name, with "#2" behind it if there is one of that name; an empty name
  // takes it off. Others may use it meanwhile, but not name it. Whoever reads the registry calls stats(). A heap profile knows
  // the pieces that were taken under a name.
  void name(std::string text) {
    forget_name();
    if (text.empty()) return;
    auto fresh = std::make_shared<naming>();
    fresh->listed.emplace(std::move(text), this,
                          [](const void* heap) { return static_cast<const span_resource*>(heap)->stats(); });
    fresh->text = fresh->listed->name();
    const guard locked(lock_);
    naming_ = std::move(fresh);
  }
  [[nodiscard]] std::string_view name() const noexcept {
    return naming_ == nullptr ? std::string_view{} : naming_->text;
  }
  // Of the page_resource beneath: its bytes_in_use are the spans, their books and the map that finds them.
  [[nodiscard]] page_resource_stats page_stats() const {
    const guard locked(lock_);
    return pages_.stats();
  }
  // Nothing, if the address is in no span of this resource: a large piece, or somebody else's memory.
  [[nodiscard]] std::optional<span_view> span_of(const void* address) const {
    const guard locked(lock_);
    const auto at = spans_.find(page_of(address));
    if (at == spans_.end()) return std::nullopt;
    const detail::heap_span& of = *at->second;
    return span_view{of.base, of.size, of.nelems, of.alloc_count, of.nfree()};
  }

 protected:
  void* do_allocate(std::size_t bytes, std::size_t alignment) override {
    void* const piece = take(bytes, alignment);
    if (const detail::memory_listener* const listener = listening()) [[unlikely]]
      tell_taken(*listener, piece, bytes, alignment);
    return piece;
  }

  void do_deallocate(void* memory, std::size_t bytes, std::size_t alignment) noexcept override {
    if (const detail::memory_listener* const listener = listening()) [[unlikely]]
      listener->piece_given_back(memory);
    put_back(memory, bytes, alignment);
  }

  [[nodiscard]] bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override {
    return this == &other;
  }

 private:
  using guard = detail::channel::lock_guard;
  // One user at a time, which the lock sees to.
  using page_map =
      map<std::uintptr_t, detail::heap_span*, hash<std::uintptr_t>, std::equal_to<std::uintptr_t>,
          std::pmr::polymorphic_allocator<std::pair<const std::uintptr_t, detail::heap_span*>>,
          options<checks::off>>;
  // Whoever takes memory reads the text, while the heap may get another name.
  struct naming {
    std::string text;
    std::optional<detail::heap_name> listed;
  };

  mutable detail::channel::lock lock_;
  page_resource pages_;
  page_map spans_;  // every page of every span
  span_stats stats_;
  detail::heap_span* empty_ = nullptr;  // the one that has no piece in use
  detail::heap_span* with_room_[detail::heap_classes][4] = {};
  std::shared_ptr<naming> naming_;  // null: it has no name. Changed under the lock, by whoever names

  [[nodiscard]] static std::uintptr_t page_of(const void* address) noexcept {
    return reinterpret_cast<std::uintptr_t>(address) / page_bytes;
  }

  void forget_name() noexcept {
    std::shared_ptr<naming> former;
    {
      const guard locked(lock_);
      former.swap(naming_);
    }
    if (former != nullptr) former->listed.reset();
  }

  // ---- who is told ----
  [[nodiscard]] static const detail::memory_listener* listening() noexcept {
    return detail::memory_listening.load(std::memory_order_acquire);
  }
  [[nodiscard]] bool has_pieces() const noexcept {
    if (stats_.large_pieces != 0) return true;
    for (const span_class_stats& each : stats_.by_size)
      if (each.nelems != each.nfree) return true;
    return false;
  }
  // Large pieces that came from upstream must have been given back. Precondition: nobody else uses the resource.
  [[nodiscard]] bool owns(const void* address) const noexcept {
    return spans_.contains(page_of(address)) || pages_.owns(address);
  }
  // Without the lock while it is told: that may take a stack, microseconds.
  STEADY_COLD void tell_taken(const detail::memory_listener& listener, const void* piece, std::size_t bytes,
                              std::size_t alignment) noexcept {
    std::shared_ptr<const naming> named;
    {
      const guard locked(lock_);
      named = naming_;
    }
    if (named == nullptr) return;
    const bool large = is_large(bytes, alignment);
    listener.piece_taken(this, {.kind = large ? memory_kind::pages : memory_kind::spans,
                                .owner = named->text,
                                .type = "steady::span_resource",
                                .address = piece,
                                .bytes = large ? whole_pages(bytes)
                                               : classic::size_classes[detail::heap_class(bytes, alignment)],
                                .objects = 1,
                                .request = bytes});
  }

  // ---- pieces ----
  [[nodiscard]] STEADY_INLINE void* take(std::size_t bytes, std::size_t alignment) {
    const guard locked(lock_);
    if (is_large(bytes, alignment)) return allocate_large(bytes, alignment);
    const unsigned size_class = detail::heap_class(bytes, alignment);
    detail::heap_span* span = fullest(size_class);
    if (span == nullptr) span = make_span(size_class);
    if (span == empty_) empty_ = nullptr;
    auto& lists = with_room_[size_class];
    const unsigned before = span->fullness();
    std::byte* const piece = span->take_lowest();
    if (span->is_full()) {
      detail::unlink_from(lists[before], span);
    } else {
      refile(span, before);
    }
    span_class_stats& stats = stats_.by_size[size_class];
    --stats.nfree;
    ++stats.allocations;
    stats_.bytes_requested += bytes;
    detail::allow_bytes(piece, bytes);
    return piece;
  }
  STEADY_INLINE void put_back(void* memory, std::size_t bytes, std::size_t alignment) noexcept {
    const guard locked(lock_);
    stats_.bytes_requested -= bytes;
    if (is_large(bytes, alignment)) return deallocate_large(memory, bytes, alignment);
    const auto found = spans_.find(page_of(memory));
    assert(found != spans_.end() && "steady::span_resource: this memory is not of this resource");
    detail::heap_span* const span = found->second;
    assert(!span->is_free(memory) && "steady::span_resource: this piece was given back before");
    auto& lists = with_room_[span->size_class];
    const bool was_full = span->is_full();
    const unsigned before = was_full ? 0 : span->fullness();
    span->put_back(memory);
    if (was_full) {
      detail::link_front(lists[span->fullness()], span);
    } else {
      refile(span, before);
    }
    span_class_stats& stats = stats_.by_size[span->size_class];
    ++stats.nfree;
    ++stats.releases;
    detail::forbid_bytes(memory, span->size);
    if (!span->is_empty()) return;
    if (empty_ != nullptr) end_span(empty_);
    empty_ = span;
  }

  // ---- spans ----
  [[nodiscard]] detail::heap_span* fullest(unsigned size_class) const noexcept {
    const auto& lists = with_room_[size_class];
    for (unsigned quarter = 4; quarter-- > 0;)
      if (lists[quarter] != nullptr) return lists[quarter];
    return nullptr;
  }
  void refile(detail::heap_span* span, unsigned before) noexcept {
    const unsigned now = span->fullness();
    if (now == before) return;
    auto& lists = with_room_[span->size_class];
    detail::unlink_from(lists[before], span);
    detail::link_front(lists[now], span);
  }

  [[nodiscard]] detail::heap_span* make_span(unsigned size_class) {
    const std::size_t bytes = detail::heap_span_bytes(size_class);
    struct unfinished {
      span_resource& heap;
      std::size_t bytes;
      void* memory;
      void* books = nullptr;
      std::size_t pages_known = 0;

      ~unfinished() {
        if (memory == nullptr) return;
        for (std::size_t page = 0; page < pages_known; ++page) heap.spans_.erase(page_of(memory) + page);
        if (books != nullptr)
          heap.pages_.deallocate(books, sizeof(detail::heap_span), alignof(detail::heap_span));
        heap.pages_.deallocate(memory, bytes, page_bytes);
      }
    } making{*this, bytes, pages_.allocate(bytes, page_bytes)};
    making.books = pages_.allocate(sizeof(detail::heap_span), alignof(detail::heap_span));
    auto* const memory = static_cast<std::byte*>(making.memory);
    auto* const span = ::new (making.books) detail::heap_span(memory, size_class);
    for (; making.pages_known < bytes / page_bytes; ++making.pages_known)
      spans_.try_emplace(page_of(memory) + making.pages_known, span);
    making.memory = nullptr;
    detail::forbid_bytes(memory, bytes);
    detail::link_front(with_room_[size_class][0], span);
    span_class_stats& stats = stats_.by_size[size_class];
    ++stats.spans;
    stats.nelems += span->nelems;
    stats.nfree += span->nelems;
    return span;
  }
  void end_span(detail::heap_span* span) noexcept {
    detail::unlink_from(with_room_[span->size_class][0], span);
    span_class_stats& stats = stats_.by_size[span->size_class];
    --stats.spans;
    stats.nelems -= span->nelems;
    stats.nfree -= span->nelems;
    forget(span);
  }
  void forget(detail::heap_span* span) noexcept {
    const std::size_t bytes = detail::heap_span_bytes(span->size_class);
    for (std::size_t page = 0; page < bytes / page_bytes; ++page) spans_.erase(page_of(span->base) + page);
    detail::allow_bytes(span->base, bytes);
    pages_.deallocate(span->base, bytes, page_bytes);
    pages_.deallocate(span, sizeof(detail::heap_span), alignof(detail::heap_span));
  }

  // ---- large pieces ----
  [[nodiscard]] static bool is_large(std::size_t bytes, std::size_t alignment) noexcept {
    return bytes > largest_small || alignment > page_bytes;
  }
  // What no system has is asked for as it is, and refused.
  [[nodiscard]] static std::size_t whole_pages(std::size_t bytes) noexcept {
    constexpr std::size_t half_of_all = std::numeric_limits<std::size_t>::max() / 2;
    return bytes > half_of_all ? bytes : detail::round_up(std::max<std::size_t>(bytes, 1), page_bytes);
  }
  [[nodiscard]] void* allocate_large(std::size_t bytes, std::size_t alignment) {
    const std::size_t whole = whole_pages(bytes);
    void* const memory = pages_.allocate(whole, std::max(alignment, page_bytes));
    ++stats_.large_pieces;
    stats_.large_bytes += whole;
    stats_.bytes_requested += bytes;
    return memory;
  }
  void deallocate_large(void* memory, std::size_t bytes, std::size_t alignment) noexcept {
    const std::size_t whole = whole_pages(bytes);
    --stats_.large_pieces;
    stats_.large_bytes -= whole;
    pages_.deallocate(memory, whole, std::max(alignment, page_bytes));
  }
};

}  // namespace steady
