// Constructing, assigning and moving runs of elements, so that an exception leaves no element constructed that nobody knows of.
//
// Every function takes its values from an iterator and uses each once, from first to last; `assign_overlapping`, whose source
// may be the very elements it writes, takes a pointer and chooses its direction, as memmove does.
#pragma once

#include <cstddef>
#include <cstring>
#include <functional>
#include <iterator>
#include <memory>
#include <type_traits>
#include <utility>

#include "block.hpp"

namespace steady::detail::slices {

// Destroys what it was told of, unless all went well.
template <class T, class Allocator>
class rollback {
 public:
  rollback(Allocator& allocator, T* first) noexcept : allocator_(allocator), first_(first), last_(first) {}
  rollback(const rollback&) = delete;
  rollback& operator=(const rollback&) = delete;
  ~rollback() {
    while (last_ != first_) std::allocator_traits<Allocator>::destroy(allocator_, --last_);
  }

  [[nodiscard]] T* next() const noexcept { return last_; }
  void advance(std::size_t count = 1) noexcept { last_ += count; }
  void keep() noexcept { first_ = last_; }

 private:
  Allocator& allocator_;
  T* first_;
  T* last_;
};

// A source of values made from nothing: Go's zero value.
struct zero_values {};

// Whether elements can be constructed from the source without an exception, its own steps included.
template <class Allocator, class T, class Source>
inline constexpr bool constructs_nothrow = false;
template <class Allocator, class T>
inline constexpr bool constructs_nothrow<Allocator, T, const T*> = is_plain<Allocator, T>;
template <class Allocator, class T>
inline constexpr bool constructs_nothrow<Allocator, T, std::move_iterator<T*>> =
    std::is_nothrow_move_constructible_v<T> &&
    !requires(Allocator& a, T* place, T&& value) { a.construct(place, std::move(value)); };

template <class T, class Allocator, class Source>
void construct(Allocator& allocator, T* place, std::size_t count, Source source) {
  using traits = std::allocator_traits<Allocator>;
  if constexpr (std::is_same_v<Source, zero_values>) {
    rollback<T, Allocator> built(allocator, place);
    for (; count != 0; --count, built.advance()) traits::construct(allocator, built.next());
    built.keep();
  } else if constexpr (is_plain<Allocator, T> && std::contiguous_iterator<Source> &&
                       std::is_same_v<std::iter_value_t<Source>, T>) {
    // One is what most appends bring, and a call costs more than a copy of a size that is known here.
    if (count == 1) {
      std::memcpy(static_cast<void*>(place), static_cast<const void*>(std::to_address(source)), sizeof(T));
    } else if (count != 0) {
      std::memcpy(static_cast<void*>(place), static_cast<const void*>(std::to_address(source)),
                  count * sizeof(T));
    }
  } else {
    rollback<T, Allocator> built(allocator, place);
    for (; count != 0; --count, ++source, built.advance())
      traits::construct(allocator, built.next(), *source);
    built.keep();
  }
}

template <class T, class Source>
void assign(T* place, std::size_t count, Source source) {
  if constexpr (std::is_same_v<Source, zero_values>) {
    for (; count != 0; --count, ++place) *place = T();
  } else {
    for (; count != 0; --count, ++place, ++source) {
      if constexpr (std::is_same_v<std::iter_value_t<Source>, T>) {
        *place = *source;
      } else {
        *place = T(*source);
      }
    }
  }
}

// The source may overlap the places, and is read as it was before.
template <class T>
void assign_overlapping(T* place, std::size_t count, const T* source) {
  if constexpr (std::is_trivially_copyable_v<T>) {
    if (count != 0)
      std::memmove(static_cast<void*>(place), static_cast<const void*>(source), count * sizeof(T));
  } else if (std::less<const T*>()(source, place)) {
    while (count-- != 0) place[count] = source[count];
  } else if (source != place) {
    for (std::size_t i = 0; i != count; ++i) place[i] = source[i];
  }
}

// Old elements in a new block: moved if nobody else has them and moving cannot throw, else copied, so that a failure
// leaves the old block as it was. (What can only be moved is moved.)
template <class T, class Allocator>
void relocate(Allocator& allocator, T* place, std::size_t count, T* source, [[maybe_unused]] bool sole) {
  if constexpr (is_plain<Allocator, T>) {
    construct(allocator, place, count, source);
  } else if constexpr (!std::is_copy_constructible_v<T>) {
    construct(allocator, place, count, std::make_move_iterator(source));
  } else if constexpr (std::is_nothrow_move_constructible_v<T>) {
    if (sole) return construct(allocator, place, count, std::make_move_iterator(source));
    construct(allocator, place, count, static_cast<const T*>(source));
  } else {
    construct(allocator, place, count, static_cast<const T*>(source));
  }
}

}  // namespace steady::detail::slices
