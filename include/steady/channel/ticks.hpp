// The state of a ticker: the next instant. Whoever moves it on has that tick.
#pragma once

#include <algorithm>
#include <atomic>

#include "parking.hpp"

namespace steady::detail::channel {

class tick_source {
 public:
  explicit tick_source(clock::duration period) noexcept
      : period_(std::max(period, clock::duration(1))),
        next_((clock::now() + period_).time_since_epoch().count()) {}

  [[nodiscard]] clock::time_point next() const noexcept {
    return clock::time_point(clock::duration(next_.load(std::memory_order_acquire)));
  }

  // The instant `seen` has passed. Ticks missed meanwhile are dropped, but for the last, as Go's channel of one drops them.
  [[nodiscard]] bool claim(clock::time_point seen) noexcept {
    const clock::duration behind = std::max(clock::now() - seen, clock::duration(0));
    const clock::rep missed = std::max<clock::rep>(behind / period_, 1);
    clock::rep expected = seen.time_since_epoch().count();
    return next_.compare_exchange_strong(expected, expected + missed * period_.count(),
                                         std::memory_order_acq_rel, std::memory_order_relaxed);
  }

 private:
  const clock::duration period_;
  std::atomic<clock::rep> next_;
};

}  // namespace steady::detail::channel
