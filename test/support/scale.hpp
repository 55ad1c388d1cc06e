// STEADY_SCALE, the one size knob: 1 runs the proofs at their full size, smaller values run the same proofs smaller.
// The environment variable wins; without it the value that CMake was configured with holds. A value that is not a
// positive number ends the program: a proof that silently ran at another size would prove nothing.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <cstdlib>

namespace steady::test {

inline double scale() {
  static const double value = [] {
    const char* text = std::getenv("STEADY_SCALE");
    if (text == nullptr || *text == '\0') return static_cast<double>(STEADY_DEFAULT_SCALE);
    char* end = nullptr;
    const double parsed = std::strtod(text, &end);
    if (*end != '\0' || !(parsed > 0)) {
      std::fprintf(stderr, "STEADY_SCALE=%s is not a positive number\n", text);
      std::exit(2);
    }
    return parsed;
  }();
  return value;
}

// `full` entries at scale 1, and never fewer than `least`, below which the property under test would not show.
inline std::size_t scaled(std::size_t full, std::size_t least = 1) {
  return std::max(least, static_cast<std::size_t>(static_cast<double>(full) * scale()));
}

}  // namespace steady::test
