// The slice without its algorithms: where its elements begin and end, where its capacity ends, and its share in the block.
//
// Invariants: data() is null exactly for nil, which has no block; without a block length and capacity are 0; with one, the
// elements up to the end are constructed. An empty slice without a block that is not nil points to a place of no
// element, as Go's do to its zero base.
//
// A slice that is the only one with its block, and ends at the mark, may hold the tail: then it alone knows how far elements are
// constructed (its own end), the block's mark is null, and an append touches the block no more than a vector's would. That it
// does is one bit of the share. Before anything else may look (a copy of the slice, a part of it, its end), settle()
// writes the mark. Copies are made from const slices, by several threads at once perhaps, so what const slices do to the bit
// is done through std::atomic_ref, and the mark is written by whoever comes first: a second write could undo what a copy has appended
// since. An append has the slice to itself, and reads the bit as any other member.
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
        share_(other.settle()) {
    if (share_ != nullptr) share_->share();
  }
  header(header&& other) noexcept : allocator_place<Allocator>(other) { take(other); }
  // Takes the new share before it gives up the old one: the other may be an element of this one's block.
  header& operator=(const header& other) noexcept {
    header copy(other);
    return *this = std::move(copy);
  }
  header& operator=(header&& other) noexcept {
    if (this == &other) return *this;
    if (share_ != nullptr) {
      const header old(std::move(*this));
      allocator_place<Allocator>::operator=(other);
      take(other);
    } else {
      allocator_place<Allocator>::operator=(other);
      take(other);
    }
    return *this;
  }
  ~header() { give_up(share_, end_); }

  // Gives up the old block for one that this slice is the only one to have, and whose tail it holds: `length` elements of
  // it are constructed.
  void adopt(owned_block<T, Allocator> fresh, std::size_t length) noexcept {
    block_type* const old_share = share_;
    T* const old_end = end_;
    lie_in(with_tail(fresh.release()), length);
    give_up(old_share, old_end);
  }
  // What an append that was called without the slice made of its share: the same block, or one that came after it.
  STEADY_INLINE void follow(block_type* share, std::size_t appended) noexcept {
    if (without_bit(share) != without_bit(share_)) return lie_in(share, length() + appended);
    end_ += appended;
    share_ = share;
  }
  void become_empty() noexcept { data_ = end_ = limit_ = reinterpret_cast<T*>(no_elements); }

  [[nodiscard]] std::size_t length() const noexcept { return static_cast<std::size_t>(end_ - data_); }
  [[nodiscard]] std::size_t room() const noexcept { return static_cast<std::size_t>(limit_ - end_); }

  // For writers, who have the slice to themselves.
  [[nodiscard]] bool holds_tail() const noexcept { return is_tail(share_); }
  [[nodiscard]] block_type* share() const noexcept { return share_; }
  // The share of the only slice of a block that ends at its mark.
  [[nodiscard]] static block_type* with_tail(block_type* own) noexcept {
    own->set_constructed_end(nullptr);
    return reinterpret_cast<block_type*>(bits_of(own) | tail_bit);
  }
  void hold_tail(block_type* own) noexcept { share_ = with_tail(own); }
  // The block, its mark written; null if there is none.
  block_type* settle() const noexcept {
    const std::atomic_ref<block_type*> share(share_);
    block_type* const seen = share.load(std::memory_order_acquire);
    if (!is_tail(seen)) return seen;
    block_type* const own = without_bit(seen);
    (void)own->claim(nullptr, end_);
    share.store(own, std::memory_order_release);
    return own;
  }
  // No other slice has these elements.
  [[nodiscard]] bool sole() const noexcept {
    const block_type* const seen = std::atomic_ref<block_type*>(share_).load(std::memory_order_relaxed);
    return is_tail(seen) || seen == nullptr || seen->sole();
  }

  // A share that no slice has any more; `end` is where the slice ended that had it.
  static void give_up(block_type* share, T* end) noexcept {
    if (share == nullptr) return;
    block_type* const own = without_bit(share);
    // Nobody else has it, and nobody can look: no locked instruction of settle(), no look at the count.
    if (is_tail(share)) return own->destroy(end);
    own->release();
  }

  // For the time of a call, in which nothing is given up.
  void borrow(T* data, T* end, T* limit, block_type* share) noexcept {
    data_ = data;
    end_ = end;
    limit_ = limit;
    share_ = share;
  }
  void forget_share() noexcept { share_ = nullptr; }

  T* data_ = nullptr;
  T* end_ = nullptr;
  T* limit_ = nullptr;

 private:
  static constexpr std::uintptr_t tail_bit = 1;

  [[nodiscard]] static std::uintptr_t bits_of(const block_type* share) noexcept {
    return reinterpret_cast<std::uintptr_t>(share);
  }
  [[nodiscard]] static bool is_tail(const block_type* share) noexcept {
    return (bits_of(share) & tail_bit) != 0;
  }
  [[nodiscard]] static block_type* without_bit(block_type* share) noexcept {
    return reinterpret_cast<block_type*>(bits_of(share) & ~tail_bit);
  }
  // All of a block from its beginning, of which so many elements are there.
  STEADY_INLINE void lie_in(block_type* share, std::size_t length) noexcept {
    block_type* const own = without_bit(share);
    data_ = own->elements();
    limit_ = data_ + own->capacity();
    end_ = data_ + length;
    share_ = share;
  }
  void take(header& other) noexcept {
    data_ = std::exchange(other.data_, nullptr);
    end_ = std::exchange(other.end_, nullptr);
    limit_ = std::exchange(other.limit_, nullptr);
    share_ = std::exchange(other.share_, nullptr);
  }

  // The block, and the bit in its address. Not of an integer type, and no atomic: then a loop of appends need not read it anew after
  // each element that it stores.
  mutable block_type* share_ = nullptr;
  alignas(T) inline static std::byte no_elements[sizeof(T)];
};

}  // namespace steady::detail::slices
