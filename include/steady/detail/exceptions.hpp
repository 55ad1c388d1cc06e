// Exceptions, where they are compiled in, and what stands in for them where they are not.
//
// With -fno-exceptions nothing can be thrown by user code; what the library itself would throw ends the program with
// the message instead, as the standard library does.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <new>
#include <stdexcept>
#include <utility>

#include "config.hpp"

namespace steady::detail {

// Runs a piece of structural work that may be put off: true if it went through, false if it threw.
template <class Work>
[[nodiscard]] bool attempt(Work&& work) noexcept {
#if STEADY_EXCEPTIONS
  try {
    std::forward<Work>(work)();
    return true;
  } catch (...) {
    return false;
  }
#else
  std::forward<Work>(work)();
  return true;
#endif
}

template <class Exception>
[[noreturn]] STEADY_COLD inline void raise(const char* message) {
#if STEADY_EXCEPTIONS
  throw Exception(message);
#else
  std::fprintf(stderr, "%s\n", message);
  std::abort();
#endif
}

}  // namespace steady::detail
