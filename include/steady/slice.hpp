// steady::slice<T>: Go's slice. Pointer, length and capacity over elements that slices share.
//
// Copying a slice, and taking a part of one, s(i, j), is constant and shares the elements; the last slice that has them
// destroys them. So a part keeps all of the block alive: clone() makes a small one of its own. Like a pointer, a const slice
// does not make its elements const; std::span<const T> does, and borrows without counting.
//
//   steady::slice<int> s{1, 2, 3};
//   auto head = s(0, 2);               // {1, 2}, capacity 3, the same elements
//   head.append(9);                    // s keeps its 3: head does not own what follows, so it gets elements of its own
//   s = append(std::move(s), 4, 5);    // Go's form; s.append(4, 5) is the same
//
// Two appends. `append` writes in place only if nobody else can see it: this slice has the elements to itself, or it is the one
// that ends where the constructed elements end. `append_aliasing` is Go's: whenever there is capacity it writes in place,
// and so over the elements of whoever shares them (in the example above, Go's s would be {1, 2, 9}: its best-known trap).
// All else that changes the number of elements (insert, erase, compact) leaves what other slices see as it was.
//
// Elements between length and capacity are value-initialised when a slice is extended over them. Growth is Go's formula;
// with slice_growth::size_classes capacities are rounded as Go's allocator does (rounded_slice).
// Exceptions: append, insert and grow that take new memory are strong (insert: if T is nothrow-movable); in place, elements beyond
// the length may have changed. Elements that cannot be copied are moved, and must not be shared when memory is needed
// (std::logic_error). Moves, copies of slices and destruction do not throw.
// Threads: slices that share elements may be used, appended to and dropped by several threads; each slice object, and each
// element, by one at a time if it is changed.
// Complexity: s(i, j) and copies are constant; append is amortised constant; insert, erase, compact, clone linear.
// Sources: Go's runtime/slice.go and package slices; D's arrays for the safe append. docs/slices.md tells how and why.
#pragma once

#include <algorithm>
#include <array>
#include <cassert>
#include <concepts>
#include <cstddef>
#include <functional>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <memory_resource>
#include <ranges>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "slices/chunks.hpp"
#include "slices/writing.hpp"

namespace steady {

template <class T, class Allocator = std::allocator<T>, slice_growth Growth = slice_growth::formula>
class slice;

namespace detail::slices {

template <class Type>
inline constexpr bool is_slice = false;
template <class T, class Allocator, slice_growth Growth>
inline constexpr bool is_slice<slice<T, Allocator, Growth>> = true;

template <class Range, class T>
concept source_of =
    std::ranges::input_range<Range> && std::convertible_to<std::ranges::range_reference_t<Range>, T>;

}  // namespace detail::slices

template <class T, class Allocator, slice_growth Growth>
class slice : private detail::slices::writer<T, Allocator, Growth> {
  static_assert(std::is_object_v<T> && !std::is_const_v<T>, "a slice has changeable elements");
  static_assert(std::is_nothrow_destructible_v<T> && std::is_move_constructible_v<T>);
  static_assert(std::is_same_v<typename std::allocator_traits<Allocator>::value_type, T>);

  using writer = detail::slices::writer<T, Allocator, Growth>;
  using typename writer::owned;
  using writer::data_;
  using writer::end_;
  using writer::limit_;

 public:
  using value_type = T;
  using element_type = T;
  using allocator_type = Allocator;
  using size_type = std::size_t;
  using difference_type = std::ptrdiff_t;
  using reference = T&;
  using pointer = T*;
  using iterator = T*;

  // Go's nil slice.
  slice() noexcept(noexcept(Allocator())) : slice(Allocator()) {}
  slice(std::nullptr_t) noexcept(noexcept(Allocator())) : slice() {}
  explicit slice(const Allocator& allocator) noexcept : writer(allocator) {}
  // Go's literal: also without values it is empty and not nil.
  slice(std::initializer_list<T> values, const Allocator& allocator = Allocator()) : writer(allocator) {
    this->become_empty();
    append_values(values.size(), values.begin());
  }
  // The values of a vector, a span, a string_view, or any other range, copied.
  template <class Range>
    requires(!detail::slices::is_slice<std::remove_cvref_t<Range>> && detail::slices::source_of<Range, T>)
  explicit slice(Range&& values, const Allocator& allocator = Allocator()) : writer(allocator) {
    this->become_empty();
    append_range(std::forward<Range>(values));
  }
  slice(const slice&) noexcept = default;
  slice(slice&&) noexcept = default;
  slice& operator=(const slice&) noexcept = default;
  slice& operator=(slice&&) noexcept = default;
  ~slice() = default;

  [[nodiscard]] T* data() const noexcept { return data_; }
  [[nodiscard]] std::size_t size() const noexcept { return this->length(); }
  [[nodiscard]] std::size_t capacity() const noexcept { return static_cast<std::size_t>(limit_ - data_); }
  [[nodiscard]] bool empty() const noexcept { return end_ == data_; }
  [[nodiscard]] T* begin() const noexcept { return data_; }
  [[nodiscard]] T* end() const noexcept { return end_; }
  [[nodiscard]] Allocator get_allocator() const noexcept { return writer::get_allocator(); }

  [[nodiscard]] T& operator[](std::size_t index) const noexcept {
    assert(index < size());
    return data_[index];
  }
  [[nodiscard]] T& at(std::size_t index) const {
    if (index >= size()) detail::slices::report_index(index, size());
    return data_[index];
  }
  [[nodiscard]] T& front() const noexcept { return (*this)[0]; }
  [[nodiscard]] T& back() const noexcept { return (*this)[size() - 1]; }

  // Go's s[i:j]: elements i to j, sharing; capacity up to the end of this one's. j may exceed the length up to the capacity.
  [[nodiscard]] slice operator()(std::size_t i, std::size_t j) const& {
    check(i, j);
    return slice(*this).narrow(i, j, capacity());
  }
  [[nodiscard]] slice operator()(std::size_t i, std::size_t j) && {
    check(i, j);
    return std::move(narrow(i, j, capacity()));
  }
  // Go's s[i:j:k]: its capacity ends at k, so no append reaches what is behind.
  [[nodiscard]] slice operator()(std::size_t i, std::size_t j, std::size_t k) const& {
    check(i, j, k);
    return slice(*this).narrow(i, j, k);
  }
  [[nodiscard]] slice operator()(std::size_t i, std::size_t j, std::size_t k) && {
    check(i, j, k);
    return std::move(narrow(i, j, k));
  }
  [[nodiscard]] slice clip() const { return (*this)(0, size(), size()); }

  template <std::convertible_to<T>... Values>
    requires(sizeof...(Values) != 0)
  STEADY_INLINE slice& append(Values&&... values) {
    if constexpr (sizeof...(Values) == 1) {
      if ((this->append_to_held_tail(std::forward<Values>(values)) && ...)) return *this;
    }
    T fresh[] = {T(std::forward<Values>(values))...};
    this->append_safely(sizeof...(Values), from_temporaries(fresh));
    return *this;
  }
  template <detail::slices::source_of<T> Range>
  slice& append_range(Range&& values) {
    with_values(values, [&](std::size_t count, auto source) { this->append_safely(count, source); });
    return *this;
  }
  template <std::convertible_to<T>... Values>
    requires(sizeof...(Values) != 0)
  slice& append_aliasing(Values&&... values) {
    T fresh[] = {T(std::forward<Values>(values))...};
    this->append_aliasing_from(sizeof...(Values), from_temporaries(fresh));
    return *this;
  }
  template <detail::slices::source_of<T> Range>
  slice& append_range_aliasing(Range&& values) {
    with_values(values, [&](std::size_t count, auto source) { this->append_aliasing_from(count, source); });
    return *this;
  }

  // So that the next `count` elements can be appended without new memory, by this slice.
  slice& grow(std::size_t count) {
    if (count > this->room() || !owns_tail()) this->regrow(0, std::move_iterator<T*>(), count);
    return *this;
  }
  // The same values in elements of its own, as few as hold them. Nil stays nil.
  [[nodiscard]] slice clone() const {
    slice copy(get_allocator());
    if (data_ != nullptr) copy.become_empty();
    copy.append_values(size(), static_cast<const T*>(data_));
    return copy;
  }

  // Before element i.
  template <std::convertible_to<T>... Values>
    requires(sizeof...(Values) != 0)
  slice& insert(std::size_t i, Values&&... values) {
    T fresh[] = {T(std::forward<Values>(values))...};
    insert_values(i, sizeof...(Values), from_temporaries(fresh));
    return *this;
  }
  template <detail::slices::source_of<T> Range>
  slice& insert_range(std::size_t i, Range&& values) {
    with_values(values, [&](std::size_t count, auto source) { insert_values(i, count, source); });
    return *this;
  }
  // Elements i to j. What it leaves free is cleared, as by Go's slices.Delete.
  slice& erase(std::size_t i, std::size_t j) {
    if (i > j || j > size()) detail::slices::report_part(i, j, size());
    if (i == j) return *this;
    if (this->check_movable()) {
      std::move(data_ + j, end_, data_ + i);
      this->drop_tail(size() - (j - i));
    } else if constexpr (std::is_copy_constructible_v<T>) {
      slice rest(get_allocator());
      rest.become_empty();
      rest.grow(size() - (j - i));
      rest.append_values(i, static_cast<const T*>(data_));
      rest.append_values(size() - j, static_cast<const T*>(data_ + j));
      *this = std::move(rest);
    }
    return *this;
  }
  // Of equal neighbours the first stays.
  template <class Equal = std::equal_to<>>
  slice& compact(Equal equal = {}) {
    if (std::adjacent_find(begin(), end(), std::ref(equal)) == end()) return *this;
    if (!this->check_movable()) {
      if constexpr (std::is_copy_constructible_v<T>) *this = clone();
    }
    const T* const last = std::unique(begin(), end(), std::ref(equal));
    this->drop_tail(static_cast<std::size_t>(last - data_));
    return *this;
  }
  // A range of parts of `length` elements each, the last perhaps shorter; each is clipped.
  [[nodiscard]] auto chunk(std::size_t length) const {
    if (length == 0) detail::slices::report("steady::slice: chunks of no elements");
    return detail::slices::chunks<slice>(*this, length);
  }

  [[nodiscard]] std::vector<T> to_vector() const { return std::vector<T>(begin(), end()); }
  template <std::size_t N>
  [[nodiscard]] std::array<T, N> to_array() const {
    if (N > size()) detail::slices::report_array(size(), N);
    return [this]<std::size_t... I>(std::index_sequence<I...>) {
      return std::array<T, N>{data_[I]...};
    }(std::make_index_sequence<N>());
  }
  explicit operator std::basic_string_view<T>() const noexcept
    requires(std::is_trivial_v<T> && std::is_standard_layout_v<T>)
  {
    return std::basic_string_view<T>(data_, size());
  }

  // Equal lengths and equal elements, whoever has them; nil equals empty, as in Go's slices.Equal.
  friend bool operator==(const slice& a, const slice& b)
    requires std::equality_comparable<T>
  {
    return std::equal(a.begin(), a.end(), b.begin(), b.end());
  }
  friend bool operator==(const slice& a, std::nullptr_t) noexcept { return a.data_ == nullptr; }
  friend void swap(slice& a, slice& b) noexcept {
    slice before(std::move(a));
    a = std::move(b);
    b = std::move(before);
  }

  // Go's make([]T, length, capacity).
  [[nodiscard]] static slice make(std::size_t length, std::size_t capacity,
                                  const Allocator& allocator = Allocator()) {
    if (length > capacity || capacity > writer::block_type::most) {
      detail::raise<std::length_error>(length > capacity ? "make slice: length larger than capacity"
                                                         : "make slice: capacity out of range");
    }
    slice made(allocator);
    made.become_empty();
    if (capacity == 0) return made;
    made.adopt(owned(writer::block_type::make(capacity, allocator)), 0);
    return std::move(made.narrow(0, length, capacity));
  }

 private:
  // Bytes may be copied from where they are; other temporaries are moved from.
  static auto from_temporaries(T* fresh) noexcept {
    if constexpr (detail::slices::is_plain<Allocator, T>) {
      return static_cast<const T*>(fresh);
    } else {
      return std::make_move_iterator(fresh);
    }
  }

  // A range as a number of values and where they are. What can be read only once is collected first.
  template <class Range, class Use>
  static void with_values(Range& values, Use use) {
    if constexpr (std::ranges::contiguous_range<Range> && std::ranges::sized_range<Range> &&
                  std::is_same_v<std::ranges::range_value_t<Range>, T>) {
      use(static_cast<std::size_t>(std::ranges::size(values)),
          static_cast<const T*>(std::ranges::data(values)));
    } else if constexpr (std::ranges::forward_range<Range>) {
      use(static_cast<std::size_t>(std::ranges::distance(values)), std::ranges::begin(values));
    } else {
      std::vector<T> collected;
      for (auto&& value : values) collected.emplace_back(std::forward<decltype(value)>(value));
      use(collected.size(), std::make_move_iterator(collected.data()));
    }
  }

  [[nodiscard]] bool owns_tail() const noexcept {
    return this->sole() || this->settle()->constructed_end() == end_;
  }

  template <class Source>
  void append_values(std::size_t count, Source source) {
    this->append_safely(count, source);
  }

  // Appended, then turned into their place: at once if nobody sees it, else in a copy.
  template <class Source>
  void insert_values(std::size_t i, std::size_t count, Source source) {
    if (i > size()) detail::slices::report_part(i, size(), size());
    if (count == 0) return;
    if (this->sole()) {
      const std::size_t before = size();
      this->append_safely(count, source);
      std::rotate(data_ + i, data_ + before, end_);
    } else {
      slice grown(*this);
      grown.regrow(count, source);
      std::rotate(grown.data_ + i, grown.data_ + size(), grown.end_);
      *this = std::move(grown);
    }
  }

  void check(std::size_t i, std::size_t j) const {
    if (i > j || j > capacity()) detail::slices::report_range(i, j, capacity());
  }
  void check(std::size_t i, std::size_t j, std::size_t k) const {
    if (i > j || j > k || k > capacity()) detail::slices::report_range(i, j, k, capacity());
  }
  slice& narrow(std::size_t i, std::size_t j, std::size_t k) {
    this->construct_up_to(data_ + j);
    if (data_ + j != end_) this->settle();
    limit_ = data_ + k;
    end_ = data_ + j;
    data_ += i;
    return *this;
  }
};

template <class T>
slice(std::initializer_list<T>) -> slice<T>;
template <std::ranges::input_range Range>
slice(Range&&) -> slice<std::ranges::range_value_t<Range>>;

// With capacities as Go's allocator rounds them.
template <class T, class Allocator = std::allocator<T>>
using rounded_slice = slice<T, Allocator, slice_growth::size_classes>;

namespace pmr {
template <class T>
using slice = steady::slice<T, std::pmr::polymorphic_allocator<T>>;
}  // namespace pmr

}  // namespace steady

#include "slices/functions.hpp"
