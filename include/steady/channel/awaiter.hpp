// The wait of a coroutine. Its operation and waiters are those of a thread's wait and stand in the same queues; only how it
// goes to sleep and how it is woken differ.
//
// An awaiter attempts, and queues if it has to, under one taking of the lock. What only its channel can end sleeps from that moment.
// Another arms what may interrupt it, and falls asleep by one compare-exchange; if that finds the operation done, the coroutine
// goes on at once. Asleep, the awaiter may be resumed, and gone, at any moment.
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
#include <type_traits>
#include <utility>

#include "../detail/yield.hpp"
#include "late.hpp"
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
    const steady::scheduler* scheduler;
  };

  // May throw, and is the user's: before any lock is taken.
  template <class Promise>
  STEADY_INLINE void ask_for_scheduler(std::coroutine_handle<Promise> coroutine) {
    if constexpr (std::is_void_v<Promise>) {
      scheduler_ = current_scheduler();
    } else {
      scheduler_ = scheduler_of<Promise>::get(coroutine.promise());
    }
  }
  // The operation begins to exist here: most waits turn out to be none, and need no more than the channel.
  STEADY_INLINE coroutine_operation& begin(std::coroutine_handle<> coroutine) noexcept {
    coroutine_operation& fresh = operation_.begin();
    fresh.scheduler = &scheduler_;
    fresh.resumption.bind(coroutine);
    fresh.coroutine = coroutine.address();
    fresh.resume = [](operation& done) noexcept {
      auto& self = static_cast<coroutine_operation&>(done);
      self.scheduler->schedule(self.scheduler->context, self.resumption);
    };
    return fresh;
  }
  [[nodiscard]] coroutine_operation& begun() noexcept { return operation_.value; }

  // Of an operation that somebody else has claimed, and whose coroutine is being destroyed.
  void withdraw_resumption() noexcept {
    if (scheduler_.withdraw == nullptr) {
      std::fputs(
          "steady: a coroutine was destroyed that its scheduler was about to resume, and cannot withdraw\n",
          stderr);
      std::abort();
    }
    while (!begun().resumption.accepted()) yield();
    scheduler_.withdraw(scheduler_.context, begun().resumption);
  }

  bool asleep_ = false;

 private:
  steady::scheduler scheduler_;
  late<coroutine_operation> operation_;
};

// A wait that only its channel can end: of one send or receive, without deadline or stop token. The class with the value's place
// calls leave() in its destructor: until then somebody may be moving a value there.
template <direction Side>
class sole_wait : public coroutine_wait {
 public:
  STEADY_INLINE sole_wait(core* channel, uninterrupted, call_site where) noexcept
      : channel_(channel), where_(where) {}
  [[nodiscard]] static constexpr bool await_ready() noexcept { return false; }

  template <class Promise>
  [[nodiscard]] bool await_suspend(std::coroutine_handle<Promise> coroutine) {
    ask_for_scheduler(coroutine);
    return suspend(coroutine);
  }

 protected:
  ~sole_wait() = default;

  void send_or_receive_at(void* place) noexcept { place_ = place; }
  STEADY_INLINE void leave() noexcept {
    if (asleep_) [[unlikely]]
      leave_asleep();
  }
  [[nodiscard]] STEADY_INLINE outcome finish() noexcept {
    if (how_ == outcome::would_block) finish_wait();
    return how_;
  }

 private:
  // Out of line: clang before 18 may keep locals of an inlined await_suspend in the frame, which may be gone by then.
  [[nodiscard]] STEADY_NOINLINE STEADY_FLATTEN bool suspend(std::coroutine_handle<> coroutine) noexcept {
    core* const channel = channel_;
    if (channel == nullptr) [[unlikely]]
      return strand(coroutine);
    wake_list woken;
    channel->mutex().acquire();
    how_ = channel->attempt(Side, place_, woken);
    if (how_ != outcome::would_block) {
      channel->mutex().release();
      woken.wake_all();
      return false;
    }
    operation& waiting = begin_wait(coroutine);
    waiter& only = only_.begin();
    only.owner = &waiting;
    only.channel = channel;
    only.place = place_;
    only.side = Side;
    enqueue_sole(only, waiting);
    channel->mutex().release();  // from here on the coroutine may be resumed, and gone
    return true;
  }
  // On no channel at all, where only the destruction of the coroutine ends the wait.
  STEADY_COLD bool strand(std::coroutine_handle<> coroutine) noexcept {
    operation& waiting = begin_wait(coroutine);
    all_channels.strand(&waiting);
    waiting.tell(wait_state::waiting, nullptr);
    return true;
  }
  STEADY_INLINE operation& begin_wait(std::coroutine_handle<> coroutine) noexcept {
    operation& waiting = begin(coroutine);
    waiting.where = where_;
    waiting.stranded_side = Side;
    asleep_ = true;
    return waiting;
  }

  STEADY_INLINE void finish_wait() noexcept {
    asleep_ = false;
    (void)begun().winner.load(std::memory_order_acquire);  // what its claimer did happened before
    how_ = only_.value.completed ? outcome::completed : outcome::closed;
    if (wait_listening.load(std::memory_order_acquire) != nullptr) [[unlikely]]
      tell_end(wait_state::running, &only_.value);
  }
  // Who was counted did so because somebody listened, and a listener is never taken back.
  STEADY_COLD void tell_end(wait_state becomes, const waiter* winner) noexcept {
    begun().tell_end(becomes, winner);
    if (begun().counted) channel_->release();
  }
  // The coroutine is being destroyed.
  STEADY_COLD void leave_asleep() noexcept {
    if (channel_ == nullptr) {
      all_channels.unstrand(&begun());
      begun().tell(wait_state::gone, &abandoned_marker);
      return;
    }
    if (!core::abandon(only_.value, &abandoned_marker)) withdraw_resumption();
    tell_end(wait_state::gone, begun().winner.load(std::memory_order_acquire));
  }

  late<waiter> only_;
  core* const channel_;
  void* place_;
  const call_site where_;
  outcome how_ = outcome::would_block;
};

// What a deadline, a stop token or another channel may end.
class interruptible_wait : public coroutine_wait {
 protected:
  ~interruptible_wait() = default;

  // Whether the coroutine sleeps now; then nothing of the awaiter may be touched any more.
  [[nodiscard]] bool fall_asleep(const stop_token* stop) {
    if (stop != nullptr && stop->stop_possible()) on_stop_.emplace(*stop, claim_as_stopped{&begun()});
    if (timer_reserved_) timer_service::get().arm(timer_);
    asleep_ = true;
    return begun().fall_asleep();
  }

  // Room for a deadline, which fall_asleep() then sets.
  STEADY_COLD void reserve_timer(clock::time_point deadline) {
    timer_service::get().reserve();
    timer_reserved_ = true;
    timer_ = {deadline, &begun(), nullptr, nullptr};
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
    const waiter* const winner = begun().winner.load(std::memory_order_acquire);
    begun().tell(becomes, winner);
    return winner;
  }

  // For the destructor: ends a wait whose coroutine is being destroyed.
  void abandon(std::span<waiter> waiters) noexcept {
    if (asleep_) [[unlikely]]
      abandon_sleeping(waiters);
  }

  timer_entry timer_;  // set when it is reserved
  bool timer_reserved_ = false;

 private:
  STEADY_COLD void abandon_sleeping(std::span<waiter> waiters) noexcept {
    if (!begun().claim(&abandoned_marker)) withdraw_resumption();
    leave_queues(waiters, awaken(wait_state::gone));
  }

  std::optional<stop_callback<claim_as_stopped>> on_stop_;
};

// One send or receive with a deadline or a stop token, which must outlive the wait; otherwise as sole_wait.
template <direction Side>
class single_wait : public interruptible_wait {
 public:
  single_wait(core* channel, const interruption& until, call_site where) noexcept
      : until_(until), where_(where) {
    only_.channel = channel;
    only_.side = Side;
  }
  [[nodiscard]] static constexpr bool await_ready() noexcept { return false; }

  template <class Promise>
  [[nodiscard]] bool await_suspend(std::coroutine_handle<Promise> coroutine) {
    if (until_.stop_requested()) {
      how_ = outcome::stopped;
      return false;
    }
    ask_for_scheduler(coroutine);
    return suspend(coroutine);
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
  [[nodiscard]] STEADY_NOINLINE bool suspend(std::coroutine_handle<> coroutine) {
    operation& waiting = begin(coroutine);
    waiting.where = where_;
    waiting.stranded_side = Side;
    waiting.interruptible = until_.possible();
    only_.owner = &waiting;
    core* const channel = only_.channel;
    // Before anybody could find this operation: it may fail.
    if (until_.deadline != never) reserve_timer(until_.deadline);
    if (channel == nullptr) {
      all_channels.strand(&waiting);
      stranded_ = true;
      waiting.tell(wait_state::waiting, nullptr);
      return fall_asleep(until_.stop);
    }
    wake_list woken;
    channel->mutex().acquire();
    how_ = channel->attempt(Side, only_.place, woken);
    if (how_ != outcome::would_block) {
      channel->mutex().release();
      woken.wake_all();
      disarm();
      return false;
    }
    enqueue(only_);
    queued_ = true;
    waiting.tell(wait_state::waiting, &only_);
    channel->mutex().release();
    return fall_asleep(until_.stop);
  }
  void unstrand() noexcept {
    if (std::exchange(stranded_, false)) all_channels.unstrand(&begun());
  }

  waiter only_;
  const interruption until_;
  const call_site where_;
  outcome how_ = outcome::would_block;
  bool queued_ = false;
  bool stranded_ = false;
};

// The wait of one send or receive that ends as `Until` says.
template <direction Side, class Until>
using wait_of = std::conditional_t<std::is_same_v<Until, uninterrupted>, sole_wait<Side>, single_wait<Side>>;

}  // namespace steady::detail::channel
