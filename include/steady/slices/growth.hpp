// How much room an append takes when there is not enough: Go's rule, as it is since Go 1.18.
//
// More than twice the old capacity: exactly what is asked for. Up to 256 elements: twice. Above, the factor falls smoothly
// from 2 to 1.25 (2.0, 1.63, 1.44, 1.35, 1.30 at 256, 512, 1024, 2048, 4096), so that capacities never shrink as lengths grow.
// Go then rounds up to what its allocator hands out; that is not part of the language, and an option here. What it does
// besides to memory with pointers (an 8-byte header in blocks over 512 bytes) is an artefact of its collector, and left out.
// Source: runtime/slice.go (nextslicecap), runtime/msize.go; claims M110-M113; the tests hold tables that Go printed.
#pragma once

#include <cstddef>
#include <cstdint>

#include "../classic/size_class.hpp"

namespace steady {

enum class slice_growth : std::uint8_t {
  formula,  // Go's formula alone
  size_classes,  // and then rounded up to Go's size classes, as Go's own capacities are
};

namespace detail::slices {

// The capacity for `length` elements where there was room for `old`, and length > old.
[[nodiscard]] constexpr std::size_t next_capacity(std::size_t length, std::size_t old) noexcept {
  constexpr std::size_t threshold = 256;
  if (length / 2 > old || length > 2 * old) return length;
  if (old < threshold) return 2 * old;
  std::size_t capacity = old;
  do capacity += (capacity + 3 * threshold) / 4;
  while (capacity < length);
  return capacity;
}

template <slice_growth Growth>
[[nodiscard]] constexpr std::size_t grown_capacity(std::size_t length, std::size_t old,
                                                   std::size_t element_size) noexcept {
  const std::size_t capacity = next_capacity(length, old);
  if constexpr (Growth == slice_growth::size_classes) {
    return classic::round_up_size(capacity * element_size, false) / element_size;
  } else {
    return capacity;
  }
}

}  // namespace detail::slices
}  // namespace steady
