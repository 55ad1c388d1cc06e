// An object that begins to exist later than the one it lies in, if at all, and at whose end nothing is to be done: what a wait needs
// lies in the frame of each operation, and most operations do not wait.
#pragma once

#include <new>
#include <type_traits>

namespace steady::detail::channel {

template <class T>
union late {
  static_assert(std::is_trivially_destructible_v<T>);

  constexpr late() noexcept {}
  T& begin() noexcept { return *::new (static_cast<void*>(&value)) T; }

  T value;
};

}  // namespace steady::detail::channel
