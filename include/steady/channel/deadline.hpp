// Durations and instants of any clock, as instants of the steady clock. An instant of another clock is converted once: if
// that clock is set meanwhile, the wait does not follow.
#pragma once

#include <chrono>

#include "parking.hpp"

namespace steady::detail::channel {

// Saturates: a wait for hours::max() has no deadline.
template <class Representation, class Period>
[[nodiscard]] clock::time_point deadline_in(const std::chrono::duration<Representation, Period>& wait) {
  const clock::time_point now = clock::now();
  if (wait <= wait.zero()) return now;
  using seconds = std::chrono::duration<double>;
  if (seconds(wait) >= seconds(never - now)) return never;
  return now + std::chrono::ceil<clock::duration>(wait);
}

template <class Clock, class Duration>
[[nodiscard]] clock::time_point deadline_at(const std::chrono::time_point<Clock, Duration>& instant) {
  if constexpr (std::is_same_v<Clock, clock>) {
    return std::chrono::time_point_cast<clock::duration>(instant);
  } else {
    return deadline_in(instant - Clock::now());
  }
}

}  // namespace steady::detail::channel
