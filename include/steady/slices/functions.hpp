// Go's built-in functions of slices, for those who write `s = append(s, x)`. Part of slice.hpp.
//
// append(std::move(s), x) is s.append(x), and returns s itself, as std::move does: so `s = append(std::move(s), x)` costs nothing
// besides. append(s, x) counts a second owner up and down, because s might be used again.
#pragma once

#include <algorithm>
#include <cstddef>
#include <ranges>
#include <utility>

#include "../slice.hpp"

namespace steady {

template <class T>
[[nodiscard]] slice<T> make_slice(std::size_t length, std::size_t capacity) {
  return slice<T>::make(length, capacity);
}
template <class T>
[[nodiscard]] slice<T> make_slice(std::size_t length) {
  return slice<T>::make(length, length);
}

template <class T, class A, slice_growth G, std::convertible_to<T>... Values>
[[nodiscard]] slice<T, A, G>&& append(slice<T, A, G>&& s, Values&&... values) {
  if constexpr (sizeof...(Values) != 0) s.append(std::forward<Values>(values)...);
  return std::move(s);
}
template <class T, class A, slice_growth G, std::convertible_to<T>... Values>
[[nodiscard]] slice<T, A, G> append(const slice<T, A, G>& s, Values&&... values) {
  return append(slice<T, A, G>(s), std::forward<Values>(values)...);
}
template <class T, class A, slice_growth G, detail::slices::source_of<T> Range>
[[nodiscard]] slice<T, A, G>&& append_range(slice<T, A, G>&& s, Range&& values) {
  s.append_range(std::forward<Range>(values));
  return std::move(s);
}
template <class T, class A, slice_growth G, detail::slices::source_of<T> Range>
[[nodiscard]] slice<T, A, G> append_range(const slice<T, A, G>& s, Range&& values) {
  return append_range(slice<T, A, G>(s), std::forward<Range>(values));
}
template <class T, class A, slice_growth G, std::convertible_to<T>... Values>
[[nodiscard]] slice<T, A, G>&& append_aliasing(slice<T, A, G>&& s, Values&&... values) {
  if constexpr (sizeof...(Values) != 0) s.append_aliasing(std::forward<Values>(values)...);
  return std::move(s);
}
template <class T, class A, slice_growth G, std::convertible_to<T>... Values>
[[nodiscard]] slice<T, A, G> append_aliasing(const slice<T, A, G>& s, Values&&... values) {
  return append_aliasing(slice<T, A, G>(s), std::forward<Values>(values)...);
}
template <class T, class A, slice_growth G, detail::slices::source_of<T> Range>
[[nodiscard]] slice<T, A, G>&& append_range_aliasing(slice<T, A, G>&& s, Range&& values) {
  s.append_range_aliasing(std::forward<Range>(values));
  return std::move(s);
}
template <class T, class A, slice_growth G, detail::slices::source_of<T> Range>
[[nodiscard]] slice<T, A, G> append_range_aliasing(const slice<T, A, G>& s, Range&& values) {
  return append_range_aliasing(slice<T, A, G>(s), std::forward<Range>(values));
}

// As many elements as both have; they may overlap. Says how many.
template <class T, class A, slice_growth G, std::ranges::contiguous_range Range>
  requires std::same_as<std::ranges::range_value_t<Range>, T>
std::size_t copy(const slice<T, A, G>& to, const Range& from) {
  const std::size_t count = std::min(to.size(), static_cast<std::size_t>(std::ranges::size(from)));
  detail::slices::assign_overlapping(to.data(), count, static_cast<const T*>(std::ranges::data(from)));
  return count;
}

// Every element becomes T(); the length stays. To have no elements: s = s(0, 0), or s = nullptr.
template <class T, class A, slice_growth G>
void clear(const slice<T, A, G>& s) {
  detail::slices::assign(s.data(), s.size(), detail::slices::zero_values());
}

}  // namespace steady
