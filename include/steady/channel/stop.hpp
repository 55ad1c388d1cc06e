// std::stop_token where the standard library has it. libc++ 19 has it only as an experiment that is off: there
// `stop_token` is a type that never asks to stop, and the forms that take one have nobody to call them.
#pragma once

#include <version>

#if defined(__cpp_lib_jthread)
#include <stop_token>
#endif

namespace steady::detail::channel {

#if defined(__cpp_lib_jthread)
using stop_token = std::stop_token;
template <class Callback>
using stop_callback = std::stop_callback<Callback>;
#else
struct stop_token {
  [[nodiscard]] static constexpr bool stop_possible() noexcept { return false; }
  [[nodiscard]] static constexpr bool stop_requested() noexcept { return false; }
};
template <class Callback>
struct stop_callback {
  stop_callback(const stop_token&, Callback) noexcept {}
};
#endif

}  // namespace steady::detail::channel
