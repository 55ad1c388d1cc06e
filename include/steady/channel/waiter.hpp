// Who waits, and for what.
//
// An `operation` is one blocked call: a thread's or a coroutine's send, receive or select. It has one `waiter` for each
// of its cases, linked into the queue of that case's channel; a thread's and a coroutine's waiters look the same and
// stand in the same queues.
//
// Two words decide everything:
//  - `winner`: which waiter's case happened. Null until somebody claims the operation, which is one compare-exchange:
//    by the operation on the other side of a channel (under that channel's lock, which then moves the value), by close,
//    by a deadline, a stop request or a coroutine's destruction. Whoever claims completes; a loser passes on to the
//    next waiter in the queue.
//  - `signal`: awake, asleep or done. The owner goes from awake to asleep when it parks (a thread) or has returned
//    from await_suspend (a coroutine); the claimer exchanges it for done after every lock is released, and only if it
//    finds asleep is there somebody to wake.
// After the exchange a thread's operation may cease to exist at any moment, so the claimer reads what it needs before.
// A coroutine that sleeps is resumed by its claimer alone, so its operation lives until then.
//
// Invariant: all fields of a waiter are guarded by its channel's lock while it is queued. `queued` is cleared by whoever
// takes it out.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <utility>

#include "call_site.hpp"
#include "parking.hpp"

namespace steady {

// Of an operation that has to wait. `gone`: a coroutine that was destroyed while it waited.
enum class wait_state : std::uint8_t { waiting, runnable, running, gone };

}  // namespace steady

namespace steady::detail::channel {

class core;
struct operation;
struct waiter;

// Who is told of each change; <steady/wait_events.hpp> sets it. Null: nobody, and to see that is all it costs.
using wait_listener = void (*)(const operation&, wait_state, const waiter* about) noexcept;
inline constinit std::atomic<wait_listener> wait_listening{nullptr};

enum class direction : std::uint8_t { receive, send };

struct waiter {
  core* channel = nullptr;  // null: Go's nil channel, where nothing ever happens
  std::size_t index = 0;  // of the case
  waiter* previous;  // set when it is queued
  waiter* next;  // so too; of one that has been claimed: in the list of those to be woken
  operation* owner = nullptr;
  void* place;  // of the value to send, or of the optional to receive into
  direction side = direction::receive;
  bool queued = false;
  bool completed = false;  // a value changed hands; false for a winner means that the channel was closed
};

struct operation {
  static constexpr std::uint32_t awake = 0, asleep = 1, done = 2;

  std::atomic<waiter*> winner{nullptr};
  wait_word signal{awake};
  // One case, no deadline, no stop request: then only the channel can end the wait, under its lock, and the claim need not be an
  // exchange: while its waiter is queued it is unclaimed. A coroutine of that kind is asleep from the moment it is queued, and
  // nobody has to ask.
  bool sole = false;
  bool counted =
      false;  // although sole: somebody listens, and is to be told the channel's name when the wait is over
  void (*resume)(operation&) noexcept = nullptr;  // null: a thread, which is parked
  // For those who look from outside.
  call_site where{};
  bool is_select = false;
  bool interruptible = false;  // by a deadline or a stop token
  std::size_t cases = 1;
  direction stranded_side = direction::receive;  // of a wait on a nil channel
  std::thread::id thread{};
  const void* coroutine = nullptr;
  std::atomic<clock::rep> since{0};  // 0: neither parked nor looked at
  operation* previous_stranded;  // set when it is stranded
  operation* next_stranded;

  // `about`: the waiter that waits, if it is one, or the winner.
  STEADY_INLINE void tell(wait_state next, const waiter* about) const noexcept {
    if (const wait_listener told = wait_listening.load(std::memory_order_acquire); told != nullptr)
        [[unlikely]]
      told(*this, next, about);
  }

  // The owner's last word. A sole operation that was not counted must not name its channel, which may be gone.
  STEADY_INLINE void tell_end(wait_state becomes, const waiter* winner_or_marker) const noexcept {
    if (wait_listening.load(std::memory_order_acquire) != nullptr) [[unlikely]]
      tell(becomes, sole && !counted ? nullptr : winner_or_marker);
  }

  [[nodiscard]] bool claim(waiter* by) noexcept {
    if (sole) {
      winner.store(by, std::memory_order_release);
      return true;
    }
    if (single_threaded()) {
      if (winner.load(std::memory_order_relaxed) != nullptr) return false;
      winner.store(by, std::memory_order_relaxed);
      return true;
    }
    waiter* none = nullptr;
    return winner.compare_exchange_strong(none, by, std::memory_order_acq_rel, std::memory_order_acquire);
  }

  // Ends the owner's wait. The claimer's last step, after every lock is released.
  STEADY_INLINE void wake() noexcept {
    if (!sole || resume == nullptr || wait_listening.load(std::memory_order_acquire) != nullptr) {
      wake_otherwise();
    } else {
      resume(*this);
    }
  }

  // The owner's part: false if it has been completed meanwhile, and there is no need to sleep.
  [[nodiscard]] bool fall_asleep() noexcept {
    std::uint32_t expected = awake;
    return signal.compare_exchange_strong(expected, asleep, std::memory_order_acq_rel,
                                          std::memory_order_acquire);
  }

 private:
  STEADY_NOINLINE void wake_otherwise() noexcept {
    // A sole operation that is not counted does not keep its channel: whoever was woken before it may have ended that.
    tell(wait_state::runnable, sole && !counted ? nullptr : winner.load(std::memory_order_relaxed));
    const auto resume_it = resume;
    if (!(sole && resume_it != nullptr) && signal.exchange(done, std::memory_order_acq_rel) != asleep) return;
    if (resume_it != nullptr) {
      resume_it(*this);
    } else {
      parking::wake(&signal);
    }
  }
};

// Claimed operations, by their winners, to be woken once the locks are released, in the order in which they were claimed.
class wake_list {
 public:
  wake_list() noexcept = default;
  wake_list(const wake_list&) = delete;
  wake_list& operator=(const wake_list&) = delete;

  void add(waiter* claimed) noexcept {
    claimed->next = nullptr;
    *end_ = claimed;
    end_ = &claimed->next;
  }

  void wake_all() noexcept {
    waiter* next = std::exchange(first_, nullptr);
    end_ = &first_;
    while (next != nullptr) {
      waiter* const after = next->next;
      next->owner->wake();
      next = after;
    }
  }

 private:
  waiter* first_ = nullptr;
  waiter** end_ = &first_;
};

// Waiters in order of arrival. Taking one out, from anywhere, is constant work.
class waiter_queue {
 public:
  [[nodiscard]] bool empty() const noexcept { return first_ == nullptr; }
  [[nodiscard]] waiter* first() const noexcept { return first_; }

  void push(waiter* arriving) noexcept {
    arriving->queued = true;
    arriving->next = nullptr;
    arriving->previous = last_;
    (last_ != nullptr ? last_->next : first_) = arriving;
    last_ = arriving;
  }

  void remove(waiter* leaving) noexcept {
    (leaving->previous != nullptr ? leaving->previous->next : first_) = leaving->next;
    (leaving->next != nullptr ? leaving->next->previous : last_) = leaving->previous;
    leaving->queued = false;
  }

  // The first whose operation nobody else has claimed; those that have been are dropped on the way.
  [[nodiscard]] STEADY_INLINE waiter* claim_first() noexcept {
    while (waiter* const next = first_) {
      remove(next);
      if (next->owner->claim(next)) return next;
    }
    return nullptr;
  }

 private:
  waiter* first_ = nullptr;
  waiter* last_ = nullptr;
};

}  // namespace steady::detail::channel
