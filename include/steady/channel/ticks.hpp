// The state of a ticker: the next instant. Whoever moves it on has that tick, and may give it back.
#pragma once

#include <algorithm>
#include <atomic>
#include <optional>

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

  // The instant `seen` has passed: its tick is the caller's, and what is returned is the next one; nothing if another has it. Ticks
  // missed meanwhile are dropped, but for the last, as Go's channel of one drops them.
  [[nodiscard]] std::optional<clock::time_point> claim(clock::time_point seen) noexcept {
    const clock::duration behind = std::max(clock::now() - seen, clock::duration(0));
    const clock::time_point after = seen + std::max<clock::rep>(behind / period_, 1) * period_;
    return move(seen, after) ? std::optional(after) : std::nullopt;
  }

  // A claimed tick that nobody gets is there again, unless the next one has been claimed meanwhile: of two, Go's channel of one has one.
  void give_back(clock::time_point seen, clock::time_point after) noexcept { (void)move(after, seen); }

 private:
  [[nodiscard]] bool move(clock::time_point from, clock::time_point to) noexcept {
    clock::rep expected = from.time_since_epoch().count();
    return next_.compare_exchange_strong(expected, to.time_since_epoch().count(), std::memory_order_acq_rel,
                                         std::memory_order_relaxed);
  }

  const clock::duration period_;
  std::atomic<clock::rep> next_;
};

}  // namespace steady::detail::channel
