// Every channel of the program, and every operation that waits on none.
//
// Two lists, so that dump_waiters() finds all who are blocked without blocked operations having to announce themselves: a
// channel enters when it is made and leaves when it is freed, and its waiters are found in its own queues. What waits on
// no channel at all (Go's nil channel, a select without cases) stands in the second list; it has nothing else to do.
//
// No channel is freed while the registry's lock is held. Order of locks: the registry's before any channel's. Nothing that holds a channel's lock takes the registry's.
#pragma once

#include "lock.hpp"
#include "waiter.hpp"

namespace steady::detail::channel {

struct registered {
  registered* previous_registered = nullptr;
  registered* next_registered = nullptr;
};

class registry {
 public:
  constexpr registry() noexcept = default;

  void enter(registered* made) noexcept {
    const lock_guard guard(lock_);
    made->next_registered = channels_;
    if (channels_ != nullptr) channels_->previous_registered = made;
    channels_ = made;
  }
  void leave(registered* freed) noexcept {
    const lock_guard guard(lock_);
    (freed->previous_registered != nullptr ? freed->previous_registered->next_registered : channels_) =
        freed->next_registered;
    if (freed->next_registered != nullptr)
      freed->next_registered->previous_registered = freed->previous_registered;
  }

  // While it is held no channel is freed.
  [[nodiscard]] lock& mutex() noexcept { return lock_; }

  void strand(operation* waiting) noexcept {
    const lock_guard guard(lock_);
    waiting->previous_stranded = nullptr;
    waiting->next_stranded = stranded_;
    if (stranded_ != nullptr) stranded_->previous_stranded = waiting;
    stranded_ = waiting;
  }
  void unstrand(operation* interrupted) noexcept {
    const lock_guard guard(lock_);
    (interrupted->previous_stranded != nullptr ? interrupted->previous_stranded->next_stranded : stranded_) =
        interrupted->next_stranded;
    if (interrupted->next_stranded != nullptr)
      interrupted->next_stranded->previous_stranded = interrupted->previous_stranded;
  }

  // Calls with each channel and each stranded operation. No channel is freed and no stranded operation leaves meanwhile.
  template <class WithChannel, class WithStranded>
  void visit(WithChannel&& with_channel, WithStranded&& with_stranded) {
    const lock_guard guard(lock_);
    for (registered* each = channels_; each != nullptr; each = each->next_registered) with_channel(*each);
    for (operation* each = stranded_; each != nullptr; each = each->next_stranded) with_stranded(*each);
  }

 private:
  lock lock_;
  registered* channels_ = nullptr;
  operation* stranded_ = nullptr;
};

// Trivially destructible, so channels in static objects may leave it as late as they like.
inline constinit registry all_channels;

}  // namespace steady::detail::channel
