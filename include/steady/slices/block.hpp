// The memory that slices share: a count of those who have it, the mark up to which elements are constructed, and the elements.
//
// Invariants: every slice of a block ends at or before the mark, `constructed_end`, or the only one holds the tail and the mark is
// null (header.hpp); all elements from the first to that mark are
// constructed, none beyond is; the last slice to go destroys them and gives the memory back. So a slice that ends at the mark
// is the one whose next element nobody has, and moving the mark is how an append claims it.
//
// Go needs no mark, because its memory is zero before use. Here an element beyond it has to be constructed, one before it
// assigned. The mark is atomic, because slices of one block may be appended to by several threads at once, and exactly one of
// them may get the place. Where one slice has the block to itself (`sole`), no other thread can reach it, and the mark
// is moved without a locked instruction. D's arrays keep a "used length" in the block for the same purpose.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <type_traits>

#include "../detail/config.hpp"

namespace steady::detail::slices {

// Whether elements are constructed and destroyed by the language alone, so that whole ranges may be copied as bytes.
template <class Allocator, class T>
inline constexpr bool is_plain =
    std::is_trivially_copyable_v<T> &&
    !requires(Allocator& a, T* place, const T& value) { a.construct(place, value); };

template <class T, class Allocator>
class block {
  static constexpr std::size_t alignment = alignof(T) > alignof(std::max_align_t) ? alignof(T)
                                                                                  : alignof(std::max_align_t);
  struct alignas(alignment) unit {
    std::byte bytes[alignment];
  };
  using traits = std::allocator_traits<Allocator>;
  using unit_allocator = typename traits::template rebind_alloc<unit>;
  using unit_traits = std::allocator_traits<unit_allocator>;
  static_assert(std::is_pointer_v<typename unit_traits::pointer>,
                "the memory of a slice is found through plain pointers");

 public:
  block(const block&) = delete;
  block& operator=(const block&) = delete;

  // How many elements an allocation can hold at most.
  static constexpr std::size_t most = (static_cast<std::size_t>(PTRDIFF_MAX) - 4096) / sizeof(T);

  // With one owner and no elements yet.
  [[nodiscard]] static block* make(std::size_t capacity, const Allocator& allocator) {
    unit_allocator units(allocator);
    unit* const memory = unit_traits::allocate(units, units_for(capacity));
    return ::new (static_cast<void*>(memory)) block(capacity, allocator);
  }

  [[nodiscard]] T* elements() noexcept {
    return reinterpret_cast<T*>(reinterpret_cast<std::byte*>(this) + header_units() * alignment);
  }
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
  [[nodiscard]] T* constructed_end() const noexcept { return end_.load(std::memory_order_relaxed); }
  void set_constructed_end(T* end) noexcept { end_.store(end, std::memory_order_relaxed); }
  // Moves the mark from `end` to `claimed`, if it is still there: who does has the places between.
  [[nodiscard]] bool claim(T* end, T* claimed) noexcept {
    return end_.compare_exchange_strong(end, claimed, std::memory_order_relaxed);
  }

  // True: no slice but the caller's has this block, and what the others did to it happened before.
  [[nodiscard]] bool sole() const noexcept { return owners_.load(std::memory_order_acquire) == 1; }
  void share() noexcept { owners_.fetch_add(1, std::memory_order_relaxed); }
  void release() noexcept {
    if (sole() || owners_.fetch_sub(1, std::memory_order_acq_rel) == 1) destroy(constructed_end());
  }
  // By the only one who has it. `constructed_end` is where the mark is, or would be.
  void destroy([[maybe_unused]] T* constructed_end) noexcept {
    if constexpr (!std::is_trivially_destructible_v<T>) {
      T* const first = elements();
      for (T* last = constructed_end; last != first;) traits::destroy(allocator_, --last);
    }
    unit_allocator units(allocator_);
    const std::size_t count = units_for(capacity_);
    this->~block();
    unit_traits::deallocate(units, reinterpret_cast<unit*>(this), count);
  }

  [[nodiscard]] Allocator& allocator() noexcept { return allocator_; }

 private:
  block(std::size_t capacity, const Allocator& allocator) noexcept
      : end_(elements()), capacity_(capacity), allocator_(allocator) {}
  ~block() = default;

  static constexpr std::size_t header_units() noexcept { return (sizeof(block) + alignment - 1) / alignment; }
  static constexpr std::size_t units_for(std::size_t capacity) noexcept {
    return header_units() + (capacity * sizeof(T) + alignment - 1) / alignment;
  }

  std::atomic<std::size_t> owners_{1};
  std::atomic<T*> end_;
  std::size_t capacity_;
  [[no_unique_address]] Allocator allocator_;
};

// Owns a block until it is handed to a slice.
template <class T, class Allocator>
struct block_releaser {
  void operator()(block<T, Allocator>* owned) const noexcept { owned->release(); }
};
template <class T, class Allocator>
using owned_block = std::unique_ptr<block<T, Allocator>, block_releaser<T, Allocator>>;

}  // namespace steady::detail::slices
