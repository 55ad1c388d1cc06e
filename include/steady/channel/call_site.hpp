// Where in the program an operation was called: what dump_waiters() prints. std::source_location is not there with
// clang 14, the two builtins it is made of are.
#pragma once

#include <cstdint>

namespace steady {

struct call_site {
  const char* file = "";
  std::uint32_t line = 0;

  [[nodiscard]] static constexpr call_site current(const char* file = __builtin_FILE(),
                                                   std::uint32_t line = __builtin_LINE()) noexcept {
    return {file, line};
  }
};

}  // namespace steady
