// The one size knob of all proofs.
//
// STEADY_SCALE is 1.0 for the full size a promise is stated for (10^7 entries, millions of steps) and smaller
// where time is short. The environment wins over the value that CMake compiled in, so that one build serves
// both. A proof passes through scaled() only its N; bounds are never scaled, or they would prove less than
// they say.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdlib>

#ifndef STEADY_SCALE_DEFAULT
#define STEADY_SCALE_DEFAULT 0.01
#endif

namespace steady_test {

inline double scale() {
  static const double value = [] {
    const char* text = std::getenv("STEADY_SCALE");
    const double parsed = text != nullptr ? std::atof(text) : 0.0;
    return parsed > 0.0 ? parsed : static_cast<double>(STEADY_SCALE_DEFAULT);
  }();
  return value;
}

// `full` at scale 1, proportionally fewer below, never under `least`: a proof must keep enough entries to
// mean something.
inline std::size_t scaled(std::size_t full, std::size_t least = 1) {
  return std::max(least, static_cast<std::size_t>(static_cast<double>(full) * scale()));
}

}  // namespace steady_test
