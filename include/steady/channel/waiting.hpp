// The wait itself: a thread's, with its two ways to be interrupted, and how a waiter leaves the queues.
//
// A deadline and a stop request do what an operation on the other side does: they claim the waiting operation. If they win,
// nothing has passed and nothing will; if they come too late, the value has changed hands and the operation reports
// success. There is no third case, so no value is lost or doubled by an interruption. They need no lock to win; the
// owner takes its waiters out of the queues afterwards, each in constant time.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <thread>

#include "core.hpp"
#include "parking.hpp"
#include "stop.hpp"
#include "waiter.hpp"

namespace steady::detail::channel {

// Winners that are no case of the operation.
inline constinit waiter timed_out_marker{};
inline constinit waiter stopped_marker{};
inline constinit waiter abandoned_marker{};  // a coroutine destroyed while it waited

struct interruption {
  clock::time_point deadline = never;
  const stop_token* stop = nullptr;

  [[nodiscard]] bool possible() const noexcept {
    return deadline != never || (stop != nullptr && stop->stop_possible());
  }
  [[nodiscard]] bool stop_requested() const noexcept { return stop != nullptr && stop->stop_requested(); }
};

// Of an operation that nothing but its channel ends: known when it is compiled, so that it need not be asked.
struct uninterrupted {};

// The owner's claim of its own operation, on behalf of a stop request.
struct claim_as_stopped {
  operation* waiting;
  void operator()() const noexcept {
    if (waiting->claim(&stopped_marker)) waiting->wake();
  }
};

// Queues a waiter of an operation that not its channel alone may end, and which therefore counts; under the channel's lock.
inline void enqueue(waiter& arriving) noexcept {
  core* const channel = arriving.channel;
  channel->enqueue(&arriving);
  channel->retain();
}

// Queues the waiter of a sole operation, and tells of it; under the channel's lock.
inline void enqueue_sole(waiter& arriving, operation& waiting) noexcept {
  core* const channel = arriving.channel;
  waiting.sole = true;
  channel->enqueue(&arriving);
  if (wait_listening.load(std::memory_order_acquire) != nullptr) [[unlikely]] {
    channel->retain();
    waiting.counted = true;
    waiting.tell(wait_state::waiting, &arriving);
  }
}

// Takes the waiter of another operation out of its queue. The winner was taken out by its claimer.
inline void leave_queue(waiter& leaving, const waiter* winner) noexcept {
  if (&leaving != winner) {
    const lock_guard guard(leaving.channel->mutex());
    leaving.channel->remove(&leaving);
  }
  leaving.channel->release();
}

inline void leave_queues(std::span<waiter> waiters, const waiter* winner) noexcept {
  for (waiter& each : waiters)
    if (each.channel != nullptr) leave_queue(each, winner);
}

// Counts the channels of waiters, for who needs them after a wait. The waiters may be begun anew meanwhile.
template <std::size_t Size>
class kept_channels {
 public:
  explicit kept_channels(std::span<const waiter> of) noexcept {
    for (std::size_t index = 0; index < of.size(); ++index) {
      channels_[index] = of[index].channel;
      if (channels_[index] != nullptr) channels_[index]->retain();
    }
  }
  kept_channels(const kept_channels&) = delete;
  kept_channels& operator=(const kept_channels&) = delete;
  ~kept_channels() {
    for (core* each : channels_)
      if (each != nullptr) each->release();
  }

 private:
  std::array<core*, Size> channels_{};
};

// Parks the calling thread until the operation is claimed; by itself, if the deadline passes first. Who claimed it.
[[nodiscard]] inline const waiter* wait_as_thread(operation& waiting, const interruption& until) {
  std::optional<stop_callback<claim_as_stopped>> on_stop;
  if (until.stop != nullptr && until.stop->stop_possible())
    on_stop.emplace(*until.stop, claim_as_stopped{&waiting});
  if (!spin_while(waiting.signal, operation::awake) && !yield_while(waiting.signal, operation::awake) &&
      waiting.fall_asleep()) {
    waiting.since.store(clock::now().time_since_epoch().count(), std::memory_order_relaxed);
    clock::time_point deadline = until.deadline;
    while (waiting.signal.load(std::memory_order_acquire) != operation::done) {
      if (deadline != never && clock::now() >= deadline) {
        if (waiting.claim(&timed_out_marker)) {
          waiting.tell(wait_state::runnable, &timed_out_marker);
          break;
        }
        deadline = never;  // too late: whoever claimed it is about to say so
      }
      parking::wait(waiting.signal, operation::asleep, deadline);
    }
  }
  const waiter* const winner = waiting.winner.load(std::memory_order_acquire);
  waiting.tell_end(wait_state::running, winner);
  return winner;
}

// A wait on no channel at all, which only an interruption ends.
[[nodiscard]] inline const waiter* wait_stranded(operation& waiting, const interruption& until) {
  all_channels.strand(&waiting);
  const waiter* const winner = wait_as_thread(waiting, until);
  all_channels.unstrand(&waiting);
  return winner;
}

[[nodiscard]] inline outcome outcome_of(const waiter* winner) noexcept {
  if (winner == &timed_out_marker) return outcome::timed_out;
  if (winner == &stopped_marker) return outcome::stopped;
  return winner->completed ? outcome::completed : outcome::closed;
}

// The part of perform() that waits; entered with the channel's lock held, which it releases.
[[nodiscard]] STEADY_NOINLINE inline outcome perform_waiting(core* channel, direction side, void* place,
                                                             const interruption& until, call_site where) {
  // What its claimer touches lies in one cache line: the waiter from `previous` on, the operation up to `resume`.
  struct alignas(64) {
    std::byte apart[48];
    waiter only;
    operation waiting;
  } wait;
  static_assert(sizeof(void*) != 8 || (offsetof(waiter, previous) == 16 && sizeof(waiter) == 56 &&
                                       offsetof(operation, resume) == 16));
  operation& waiting = wait.waiting;
  waiter& only = wait.only;
  waiting.where = where;
  waiting.thread = std::this_thread::get_id();
  waiting.stranded_side = side;
  waiting.interruptible = until.possible();
  if (channel == nullptr) {
    waiting.tell(wait_state::waiting, nullptr);
    return outcome_of(wait_stranded(waiting, until));
  }
  only.owner = &waiting;
  only.channel = channel;
  only.place = place;
  only.side = side;
  if (waiting.interruptible) {
    enqueue(only);
    waiting.tell(wait_state::waiting, &only);
  } else {
    enqueue_sole(only, waiting);
  }
  channel->mutex().release();
  const waiter* const winner = wait_as_thread(waiting, until);
  if (waiting.interruptible) {
    leave_queue(only, winner);
  } else if (waiting.counted) {
    channel->release();
  }
  return outcome_of(winner);
}

// One send or receive of a thread, from beginning to end. `channel` null: Go's nil channel.
[[nodiscard]] inline outcome perform(core* channel, direction side, void* place, const interruption& until,
                                     call_site where) {
  if (until.stop_requested()) return outcome::stopped;
  if (channel == nullptr) return perform_waiting(channel, side, place, until, where);
  wake_list woken;
  channel->mutex().acquire();
  const outcome at_once = channel->attempt(side, place, woken);
  if (at_once == outcome::would_block) return perform_waiting(channel, side, place, until, where);
  channel->mutex().release();
  woken.wake_all();
  return at_once;
}

// The same without ever waiting.
[[nodiscard]] inline outcome perform_now(core* channel, direction side, void* place) noexcept {
  if (channel == nullptr) return outcome::would_block;
  wake_list woken;
  channel->mutex().acquire();
  const outcome at_once = channel->attempt(side, place, woken);
  channel->mutex().release();
  woken.wake_all();
  return at_once;
}

}  // namespace steady::detail::channel
