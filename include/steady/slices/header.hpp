// The slice without its algorithms: where its elements begin and end, where its capacity ends, and its share in the block.
//
// Invariants: data() is null exactly for nil, which has no block; without a block length and capacity are 0; with one, the
// elements up to the end are constructed. An empty slice without a block that is not nil points to a place of no
// element, as Go's do to its zero base.
//
// A slice that is the only one with its block, and ends at the mark, may hold the tail: then it alone knows how far elements are
// constructed (its own end), the block's mark is null, and an append touches the block no more than a vector's would. That it
// does is one bit of the share. Before anything else may look (a copy of the slice, a part of it, its end), settle()
// writes the mark. Copies are made from const slices, by several threads at once perhaps, so the bit is atomic, and
// the mark is written by whoever comes first: a second write could undo what a copy has appended since.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>

#include "block.hpp"

namespace steady::detail::slices {

// The allocator of the next block. It goes with the block: whoever takes over a share takes over the allocator, also if it
// cannot be assigned, as std::pmr's cannot. Those without state take no room.
template <class Allocator, bool Empty = std::is_empty_v<Allocator> && !std::is_final_v<Allocator>>
class allocator_place {
 public:
  explicit allocator_place(const Allocator& allocator) noexcept : allocator_(allocator) {}
  allocator_place(const allocator_place&) noexcept = default;
  allocator_place& operator=(const allocator_place& other) noexcept {
    if (this != &other) {
      std::destroy_at(std::addressof(allocator_));
      std::construct_at(std::addressof(allocator_), other.allocator_);
    }
    return *this;
  }
  ~allocator_place() = default;

  [[nodiscard]] Allocator get_allocator() const noexcept { return allocator_; }

 private:
  Allocator allocator_;
};

template <class Allocator>
class allocator_place<Allocator, true> {
 public:
  explicit allocator_place(const Allocator& allocator) noexcept : allocator_(allocator) {}
  allocator_place(const allocator_place&) noexcept = default;
  allocator_place& operator=(const allocator_place&) noexcept { return *this; }
  ~allocator_place() = default;

  [[nodiscard]] Allocator get_allocator() const noexcept { return allocator_; }

 private:
  [[no_unique_address]] Allocator allocator_;
};

template <class T, class Allocator>
class header : public allocator_place<Allocator> {
 protected:
  using block_type = block<T, Allocator>;

  explicit header(const Allocator& allocator) noexcept : allocator_place<Allocator>(allocator) {}
  header(const header& other) noexcept
      : allocator_place<Allocator>(other), data_(other.data_), end_(other.end_), limit_(other.limit_),
        share_(reinterpret_cast<std::uintptr_t>(other.settle())) {
    if (block_type* const shared = settled_block()) shared->share();
  }
  header(header&& other) noexcept : allocator_place<Allocator>(other) { take(other); }
  // Takes the new share before it gives up the old one: the other may be an element of this one's block.
  header& operator=(const header& other) noexcept {
    header copy(other);
    return *this = std::move(copy);
  }
  header& operator=(header&& other) noexcept {
    if (this == &other) return *this;
    if (share_.load(std::memory_order_relaxed) != 0) {
      const header old(std::move(*this));
      allocator_place<Allocator>::operator=(other);
      take(other);
    } else {
      allocator_place<Allocator>::operator=(other);
      take(other);
    }
    return *this;
  }
  ~header() { give_up(share_.load(std::memory_order_relaxed), end_); }

  // Gives up the old block for one that this slice is the only one to have, and whose tail it holds: `length` elements of
  // it are constructed.
  void adopt(owned_block<T, Allocator> fresh, std::size_t capacity, std::size_t length) noexcept {
    const std::uintptr_t old_share = share_.load(std::memory_order_relaxed);
    T* const old_end = end_;
    block_type* const own = fresh.release();
    data_ = own->elements();
    limit_ = data_ + capacity;
    end_ = data_ + length;
    hold_tail(own);
    give_up(old_share, old_end);
  }
  void become_empty() noexcept { data_ = end_ = limit_ = reinterpret_cast<T*>(no_elements); }

  [[nodiscard]] std::size_t length() const noexcept { return static_cast<std::size_t>(end_ - data_); }
  [[nodiscard]] std::size_t room() const noexcept { return static_cast<std::size_t>(limit_ - end_); }

  [[nodiscard]] bool holds_tail() const noexcept {
    return (share_.load(std::memory_order_relaxed) & tail_bit) != 0;
  }
  // For the only slice of a block that ends at its mark.
  void hold_tail(block_type* own) noexcept {
    own->set_constructed_end(nullptr);
    share_.store(reinterpret_cast<std::uintptr_t>(own) | tail_bit, std::memory_order_relaxed);
  }
  // The block, its mark written; null if there is none.
  block_type* settle() const noexcept {
    const std::uintptr_t share = share_.load(std::memory_order_acquire);
    if ((share & tail_bit) == 0) return reinterpret_cast<block_type*>(share);
    block_type* const own = reinterpret_cast<block_type*>(share & ~tail_bit);
    (void)own->claim(nullptr, end_);
    share_.store(share & ~tail_bit, std::memory_order_release);
    return own;
  }
  // No other slice has these elements.
  [[nodiscard]] bool sole() const noexcept {
    if (holds_tail()) return true;
    const block_type* const own = settled_block();
    return own == nullptr || own->sole();
  }

  T* data_ = nullptr;
  T* end_ = nullptr;
  T* limit_ = nullptr;

 private:
  static constexpr std::uintptr_t tail_bit = 1;

  [[nodiscard]] block_type* settled_block() const noexcept {
    return reinterpret_cast<block_type*>(share_.load(std::memory_order_relaxed));
  }
  // A share that no slice has any more; `end` is where the slice ended that had it.
  static void give_up(std::uintptr_t share, T* end) noexcept {
    if (share == 0) return;
    block_type* const own = reinterpret_cast<block_type*>(share & ~tail_bit);
    // Nobody else can look: without the locked instruction of settle().
    if ((share & tail_bit) != 0) own->set_constructed_end(end);
    own->release();
  }
  void take(header& other) noexcept {
    data_ = std::exchange(other.data_, nullptr);
    end_ = std::exchange(other.end_, nullptr);
    limit_ = std::exchange(other.limit_, nullptr);
    share_.store(other.share_.load(std::memory_order_relaxed), std::memory_order_relaxed);
    other.share_.store(0, std::memory_order_relaxed);
  }

  mutable std::atomic<std::uintptr_t> share_{0};
  alignas(T) inline static std::byte no_elements[sizeof(T)];
};

}  // namespace steady::detail::slices
