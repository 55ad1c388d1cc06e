// The slice's own writing: where an append puts its elements, and when it takes a new block instead.
//
// The rule of the safe mode, in full: the elements are written in place if there is room and either nobody else has the block,
// or this slice ends at the mark and moves it first (claim). The second needs construction that cannot throw, because a
// place once claimed cannot be given back: another slice may have claimed the next. In every other case a new block is
// made, the new elements are constructed in it first (they may be copies of old ones), then the old ones are moved or
// copied, and only then the old block is given up: that is the strong guarantee of this path.
// In place, elements before the mark are assigned and those beyond it constructed; a failing assignment may leave some of the
// former changed.
#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "../detail/exceptions.hpp"
#include "block.hpp"
#include "bounds.hpp"
#include "elements.hpp"
#include "growth.hpp"
#include "header.hpp"

namespace steady::detail::slices {

template <class T, class Allocator, slice_growth Growth>
class writer : public header<T, Allocator> {
 protected:
  using base = header<T, Allocator>;
  using typename base::block_type;
  using owned = owned_block<T, Allocator>;
  using base::base;
  using base::data_;
  using base::end_;
  using base::limit_;

  // One value, where nothing stands in the way. It may be one of the elements.
  template <class Value>
  [[nodiscard]] STEADY_INLINE bool append_to_held_tail(Value&& value) {
    if (end_ == limit_ || !this->holds_tail()) [[unlikely]]
      return false;
    Allocator allocator = this->get_allocator();
    std::allocator_traits<Allocator>::construct(allocator, end_, std::forward<Value>(value));
    ++end_;
    return true;
  }

  template <class Source>
  STEADY_INLINE void append_safely(std::size_t count, Source source) {
    if (count > this->room() || !this->holds_tail()) [[unlikely]]
      return append_by_call(count, source);
    Allocator allocator = this->get_allocator();
    construct(allocator, end_, count, source);
    end_ += count;
  }

  // Go's append: whatever is in the way within the capacity is overwritten, whoever has it.
  template <class Source>
  void append_aliasing_from(std::size_t count, Source source) {
    if (count == 0) return;
    if (count > this->room()) return regrow(count, source);
    if (this->holds_tail()) return append_safely(count, source);
    overwrite(this->settle(), count, source);
  }

  // A new block with room for `room` more elements at least, of which `count` are there at once.
  template <class Source>
  STEADY_NOINLINE void regrow(std::size_t count, Source source, std::size_t room = 0) {
    // Bytes are copied, whoever else has them.
    bool sole = false;
    if constexpr (!is_plain<Allocator, T>) sole = check_movable();
    const std::size_t length = this->length() + count;
    this->adopt(successor(data_, end_, limit_, sole, this->get_allocator(), count, source, room), length);
  }

  // Elements up to `end`, which are constructed if they are not yet: a slice may be extended up to its capacity.
  void construct_up_to(T* end) const {
    if (end <= end_) return;
    block_type* const own = this->settle();
    T* const mark = own->constructed_end();
    if (end <= mark) return;
    if constexpr (std::is_default_constructible_v<T>) {
      construct(own->allocator(), mark, static_cast<std::size_t>(end - mark), zero_values());
      own->set_constructed_end(end);
    } else {
      report("slice extended beyond its constructed elements, which have no default constructor");
    }
  }

  // Ends after `length` elements. For a slice that has the block to itself.
  void drop_tail(std::size_t length) {
    block_type* const own = this->settle();
    T* const end = data_ + length;
    if (end_ == own->constructed_end()) {
      for (T* last = end_; last != end;) std::allocator_traits<Allocator>::destroy(own->allocator(), --last);
      own->set_constructed_end(end);
    } else if constexpr (std::is_default_constructible_v<T>) {
      assign(end, static_cast<std::size_t>(end_ - end), zero_values());
    }
    end_ = end;
  }

  // Whether the elements may be moved to a new block. What cannot be copied must be, so then nobody else may have them.
  bool check_movable() const {
    const bool sole = this->sole();
    if constexpr (!std::is_copy_constructible_v<T>) {
      if (!sole) raise<std::logic_error>("steady::slice: elements that cannot be copied are shared");
    }
    return sole;
  }

 private:
  // The rest of an append. Plain elements by a function that gets the slice's parts by value, because what does not give away its own
  // address is kept in registers by a loop of appends. Others may have code that looks at the slice meanwhile.
  template <class Source>
  STEADY_INLINE void append_by_call(std::size_t count, Source source) {
    if constexpr (is_plain<Allocator, T> && std::is_same_v<Source, const T*>) {
      this->follow(appended(data_, end_, limit_, this->share(), count, source, this->get_allocator()), count);
    } else if (count > this->room()) {
      regrow(count, source);
    } else {
      append_slowly(count, source);
    }
  }
  // The share of the slice that has so many values more. Functions of their own, because the first block needs little.
  [[nodiscard]] STEADY_NOINLINE static block_type* appended(T* data, T* end, T* limit, block_type* share,
                                                            std::size_t count, const T* source,
                                                            Allocator allocator) {
    if (share == nullptr) return first(count, source, allocator);
    if (count > static_cast<std::size_t>(limit - end))
      return moved(data, end, limit, share, count, source, allocator);
    return appended_in_place(data, end, limit, share, count, source, allocator);
  }
  [[nodiscard]] STEADY_NOINLINE static block_type* first(std::size_t count, const T* source,
                                                         Allocator allocator) {
    if (count == 0) return nullptr;
    owned fresh(block_type::make(capacity_for(0, count, 0), allocator));
    construct(fresh->allocator(), fresh->elements(), count, source);
    return base::with_tail(fresh.release());
  }
  [[nodiscard]] STEADY_NOINLINE static block_type* moved(T* data, T* end, T* limit, block_type* share,
                                                         std::size_t count, const T* source,
                                                         Allocator allocator) {
    owned fresh = successor(data, end, limit, false, allocator, count, source, count);
    base::give_up(share, end);
    return base::with_tail(fresh.release());
  }
  [[nodiscard]] STEADY_NOINLINE static block_type* appended_in_place(T* data, T* end, T* limit,
                                                                     block_type* share, std::size_t count,
                                                                     const T* source, Allocator allocator) {
    struct borrower {
      writer self;
      ~borrower() { self.forget_share(); }
    } here{writer(allocator)};
    here.self.borrow(data, end, limit, share);
    here.self.append_slowly(count, source);
    return here.self.share();
  }

  [[nodiscard]] static std::size_t capacity_for(std::size_t length, std::size_t room,
                                                std::size_t old_capacity) {
    if (room > block_type::most - length) raise<std::length_error>("steady::slice: too many elements");
    return std::min(grown_capacity<Growth>(length + room, old_capacity, sizeof(T)), block_type::most);
  }
  // The block that comes after a slice's, with its elements and `count` new ones, and room for `room`.
  template <class Source>
  [[nodiscard]] STEADY_INLINE static owned successor(T* data, T* end, T* limit, bool sole,
                                                     const Allocator& allocator, std::size_t count,
                                                     Source source, std::size_t room) {
    const auto length = static_cast<std::size_t>(end - data);
    const std::size_t capacity =
        capacity_for(length, std::max(room, count), static_cast<std::size_t>(limit - data));
    owned fresh(block_type::make(capacity, allocator));
    T* const place = fresh->elements();
    rollback<T, Allocator> added(fresh->allocator(), place + length);
    construct(fresh->allocator(), place + length, count, source);
    added.advance(count);
    relocate(fresh->allocator(), place, length, data, sole);
    added.keep();
    return fresh;
  }

  // Where there is room.
  template <class Source>
  STEADY_NOINLINE void append_slowly(std::size_t count, Source source) {
    if (count == 0) return;
    block_type* const own = this->settle();
    if (own->sole()) return overwrite(own, count, source);
    if constexpr (constructs_nothrow<Allocator, T, Source>) {
      if (own->claim(end_, end_ + count)) {
        construct(own->allocator(), end_, count, source);
        end_ += count;
        return;
      }
    }
    regrow(count, source);
  }

  template <class Source>
  void overwrite(block_type* own, std::size_t count, Source source) {
    T* const mark = own->constructed_end();
    const std::size_t assigned = std::min(count, static_cast<std::size_t>(mark - end_));
    if (count != assigned) {
      // First, because these never overlap the source, and it is then still unchanged.
      construct(own->allocator(), mark, count - assigned,
                std::next(source, static_cast<std::iter_difference_t<Source>>(assigned)));
      own->set_constructed_end(end_ + count);
    }
    if constexpr (std::is_same_v<Source, const T*>) {
      assign_overlapping(end_, assigned, source);
    } else {
      assign(end_, assigned, source);
    }
    end_ += count;
    if (end_ >= mark && own->sole()) this->hold_tail(own);
  }
};

}  // namespace steady::detail::slices
