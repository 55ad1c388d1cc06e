// The wait of a coroutine. Its operation and waiters are those of a thread's wait and stand in the same queues; only how it
// goes to sleep and how it is woken differ.
//
// An awaiter attempts, and queues if it has to, under one taking of the lock; then it arms what may interrupt it, and falls
// asleep by one compare-exchange. If that finds the operation done, the coroutine goes on at once. After it the awaiter may be
// resumed, and gone, at any moment.
//
// The destructor of an awaiter that still sleeps is the destruction of the coroutine. It claims the operation as
// abandoned, or finds that somebody was faster: then the resumption is with the scheduler, or will be in a moment, and is
// withdrawn.
#pragma once

#include <coroutine>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <span>
#include <thread>
#include <type_traits>
#include <utility>

#include "scheduler.hpp"
#include "selection.hpp"
#include "timers.hpp"
#include "waiting.hpp"

namespace steady::detail::channel {

class coroutine_wait {
 public:
  coroutine_wait() noexcept = default;
  coroutine_wait(const coroutine_wait&) = delete;
  coroutine_wait& operator=(const coroutine_wait&) = delete;

 protected:
  ~coroutine_wait() = default;

  struct coroutine_operation : operation {
    steady::resumption resumption;
    steady::scheduler scheduler;
  };

  template <class Promise>
  void bind(std::coroutine_handle<Promise> coroutine) {
    if constexpr (std::is_void_v<Promise>) {
      operation_.scheduler = current_scheduler();
    } else {
      operation_.scheduler = scheduler_of<Promise>::get(coroutine.promise());
    }
    operation_.resumption.bind(coroutine);
    operation_.coroutine = coroutine.address();
    operation_.resume = [](operation& done) noexcept {
      auto& self = static_cast<coroutine_operation&>(done);
      self.scheduler.schedule(self.scheduler.context, self.resumption);
    };
  }

  // Whether the coroutine sleeps now; then nothing of the awaiter may be touched any more.
  [[nodiscard]] bool fall_asleep(const stop_token* stop) {
    if (stop != nullptr && stop->stop_possible()) on_stop_.emplace(*stop, claim_as_stopped{&operation_});
    if (timer_reserved_) timer_service::get().arm(timer_);
    asleep_ = true;
    return operation_.fall_asleep();
  }

  // Room for a deadline, which fall_asleep() then sets.
  STEADY_COLD void reserve_timer(clock::time_point deadline) {
    timer_service::get().reserve();
    timer_reserved_ = true;
    timer_ = {deadline, &operation_, nullptr, nullptr};
  }

  // Ends what may interrupt. For the owner: after the operation is done, or claimed by itself.
  void disarm() noexcept {
    on_stop_.reset();
    if (timer_reserved_) {
      timer_service::get().disarm(timer_);
      timer_service::get().unreserve();
      timer_reserved_ = false;
    }
  }

  // After the wait, if there was one: who ended it. The owner goes on, or is being destroyed.
  [[nodiscard]] const waiter* awaken(wait_state becomes) noexcept {
    asleep_ = false;
    disarm();
    const waiter* const winner = operation_.winner.load(std::memory_order_acquire);
    operation_.tell(becomes, winner);
    return winner;
  }

  // For the destructor: ends a wait whose coroutine is being destroyed.
  void abandon(std::span<waiter> waiters) noexcept {
    if (asleep_) [[unlikely]]
      abandon_sleeping(waiters);
  }

  void note_asleep() noexcept { asleep_ = true; }

  coroutine_operation operation_;
  timer_entry timer_;
  bool timer_reserved_ = false;

 private:
  STEADY_COLD void abandon_sleeping(std::span<waiter> waiters) noexcept {
    if (!claim_as_abandoned(waiters)) {
      if (operation_.scheduler.withdraw == nullptr) {
        std::fputs(
            "steady: a coroutine was destroyed that its scheduler was about to resume, and cannot withdraw\n",
            stderr);
        std::abort();
      }
      while (!operation_.resumption.accepted()) std::this_thread::yield();
      operation_.scheduler.withdraw(operation_.scheduler.context, operation_.resumption);
    }
    leave_queues(waiters, awaken(wait_state::gone));
  }
  [[nodiscard]] bool claim_as_abandoned(std::span<waiter> waiters) noexcept {
    if (!operation_.sole) return operation_.claim(&abandoned_marker);
    // Out of the queue under the same taking of the lock: who finds it there claims it without asking.
    const lock_guard guard(waiters[0].channel->mutex());
    if (!waiters[0].queued) return false;
    waiters[0].channel->remove(&waiters[0]);
    return operation_.claim(&abandoned_marker);
  }

  bool asleep_ = false;
  std::optional<stop_callback<claim_as_stopped>> on_stop_;
};

// One send or receive. A stop token must outlive the wait. The class with the value's place calls leave() in its destructor: until
// then somebody may be moving a value there.
class single_wait : public coroutine_wait {
 public:
  STEADY_INLINE single_wait(core* channel, direction side, const interruption& until,
                            call_site where) noexcept
      : until_(until) {
    operation_.where = where;
    operation_.interruptible = until.possible();
    operation_.stranded_side = side;
    only_.owner = &operation_;
    only_.channel = channel;
    only_.side = side;
  }
  [[nodiscard]] static constexpr bool await_ready() noexcept { return false; }

  template <class Promise>
  [[nodiscard]] bool await_suspend(std::coroutine_handle<Promise> coroutine) {
    if (until_.stop_requested()) {
      how_ = outcome::stopped;
      return false;
    }
    bind(coroutine);
    return suspend();
  }

 protected:
  ~single_wait() = default;

  void send_or_receive_at(void* place) noexcept { only_.place = place; }
  void leave() noexcept {
    abandon({&only_, queued_ ? std::size_t{1} : std::size_t{0}});
    unstrand();
  }

  [[nodiscard]] outcome finish() noexcept {
    if (how_ != outcome::would_block) return how_;
    const waiter* const winner = awaken(wait_state::running);
    if (queued_) leave_queue(only_, winner);
    queued_ = false;
    unstrand();
    return how_ = outcome_of(winner);
  }

 private:
  // Out of line: clang before 18 may keep locals of an inlined await_suspend in the frame, which may be gone by then.
  [[nodiscard]] STEADY_NOINLINE bool suspend() {
    core* const channel = only_.channel;
    // Before anybody could find this operation: it may fail.
    if (operation_.interruptible && until_.deadline != never) [[unlikely]]
      reserve_timer(until_.deadline);
    if (channel == nullptr) {
      all_channels.strand(&operation_);
      stranded_ = true;
      operation_.tell(wait_state::waiting, nullptr);
      return fall_asleep(until_.stop);
    }
    wake_list woken;
    channel->mutex().acquire();
    how_ = channel->attempt(only_.side, only_.place, woken);
    if (how_ != outcome::would_block) {
      channel->mutex().release();
      woken.wake_all();
      if (timer_reserved_) disarm();
      return false;
    }
    enqueue(only_);
    queued_ = true;
    operation_.sole = !operation_.interruptible;
    operation_.tell(wait_state::waiting, &only_);
    if (operation_.sole) {
      note_asleep();
      channel->mutex().release();  // from here on the coroutine may be resumed, and gone
      return true;
    }
    channel->mutex().release();
    return fall_asleep(until_.stop);
  }
  void unstrand() noexcept {
    if (std::exchange(stranded_, false)) all_channels.unstrand(&operation_);
  }

  waiter only_;
  const interruption until_;
  outcome how_ = outcome::would_block;
  bool queued_ = false;
  bool stranded_ = false;
};

}  // namespace steady::detail::channel
