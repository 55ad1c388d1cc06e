// Select over any number of cases, without their types: Go's selectgo.
//
//  1. All channels are locked in order of their addresses, each once, so that two selects over the same channels cannot wait
//     for each other; what is ready is then judged at one instant over all cases.
//     In a process with one thread that instant needs no lock.
//  2. Of the ready cases one is chosen uniformly, by one number drawn for up to 64 cases. That needs no permutation, and no
//     rotation either, which is unfair when ready cases stand side by side.
//  3. If none is ready: the default case, or a waiter is queued for every case. Waiters of the same channel are queued in
//     random order, or the first of them would always be served.
//  4. Only after all locks are released is anybody woken.
//
// A waiter found ready may be claimed by another channel's completer or by its deadline before it is asked; then the choice is
// made again, so a missed chance is never mistaken for a value.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <thread>
#include <utility>

#include "choice.hpp"
#include "core.hpp"
#include "ticks.hpp"
#include "waiter.hpp"
#include "waiting.hpp"

namespace steady::detail::channel {

inline constexpr std::size_t no_case = std::numeric_limits<std::size_t>::max();

// The caller's storage: as many waiters as cases, index by index; cases without a channel have a null one. `order` has the
// same size.
struct selection {
  std::span<waiter> waiters;
  std::span<waiter*> order;
  std::size_t otherwise = no_case;
  std::size_t timed = no_case;  // the case whose deadline comes first
  clock::time_point deadline = never;
  tick_source* ticks = nullptr;  // the deadline is a tick, which another select may take first
  clock::time_point* taken = nullptr;  // of that case: which tick it was
  bool biased = false;

  // What a case with a deadline has to say; the earliest counts.
  void offer(std::size_t index, clock::time_point instant, tick_source* source = nullptr,
             clock::time_point* tick = nullptr) noexcept {
    if (timed != no_case && !(instant < deadline)) return;
    timed = index;
    deadline = instant;
    ticks = source;
    taken = tick;
  }
};

struct chosen {
  std::size_t index = no_case;  // none: the operation has been queued
  outcome how = outcome::would_block;
};

// A tick may have gone to another select; then this one has to be begun anew.
[[nodiscard]] inline bool confirm(const selection& of, const chosen& happened) noexcept {
  if (happened.how != outcome::timed_out || of.ticks == nullptr) return true;
  *of.taken = of.deadline;
  return of.ticks->claim(of.deadline).has_value();
}

class selector_locks {
 public:
  // Waiters with a channel, in order of its address, at the front of `order`.
  explicit selector_locks(const selection& of) noexcept : order_(of.order) {
    std::size_t count = 0;
    for (waiter& each : of.waiters) {
      if (each.channel == nullptr) continue;
      std::size_t at = count++;
      if (of.waiters.size() <= sorted_by_insertion)
        for (; at > 0 && std::less<>()(each.channel, order_[at - 1]->channel); --at)
          order_[at] = order_[at - 1];
      order_[at] = &each;
    }
    order_ = order_.first(count);
    if (of.waiters.size() > sorted_by_insertion)
      std::sort(order_.begin(), order_.end(),
                [](const waiter* a, const waiter* b) { return std::less<>()(a->channel, b->channel); });
  }

  [[nodiscard]] std::span<waiter*> ordered() const noexcept { return order_; }

  void acquire() noexcept {
    for_each_channel([](core* channel) { channel->mutex().acquire(); });
  }
  void release() noexcept {
    for_each_channel([](core* channel) { channel->mutex().release(); });
  }

 private:
  static constexpr std::size_t sorted_by_insertion = 16;

  template <class Function>
  void for_each_channel(Function function) noexcept {
    const core* before = nullptr;
    for (const waiter* each : order_) {
      core* const channel = each->channel;
      if (channel != before) function(channel);
      before = channel;
    }
  }

  std::span<waiter*> order_;
};

// Under all locks. The index of a ready case, or no_case.
[[nodiscard]] STEADY_INLINE std::size_t choose_ready(const selection& of) noexcept {
  constexpr std::size_t at_once = 64;
  std::size_t choice = no_case;
  std::size_t found = 0;
  const waiter* const late =
      of.timed != no_case && clock::now() >= of.deadline ? &of.waiters[of.timed] : nullptr;
  for (std::size_t begin = 0; begin < of.waiters.size(); begin += at_once) {
    std::uint64_t ready = 0;
    std::uint64_t bit = 1;
    std::size_t found_here = 0;
    for (const waiter& each : of.waiters.subspan(begin, std::min(at_once, of.waiters.size() - begin))) {
      if (each.channel != nullptr ? each.channel->is_ready(each.side) : &each == late) {
        ready |= bit;
        ++found_here;
      }
      bit <<= 1;
    }
    if (ready == 0) continue;
    if (of.biased) return begin + static_cast<std::size_t>(std::countr_zero(ready));
    // One of these takes the place of the choice so far as often as they are of all.
    found += found_here;
    std::size_t drawn = found == 1 ? 0 : this_threads_choices().below(found);
    if (drawn >= found_here) continue;
    for (; drawn > 0; --drawn) ready &= ready - 1;
    choice = begin + static_cast<std::size_t>(std::countr_zero(ready));
  }
  return choice;
}

// Waiters of one channel stand side by side in `ordered`.
inline void enqueue_all(std::span<waiter*> ordered, bool biased) noexcept {
  for (std::size_t begin = 0, end = 0; begin < ordered.size(); begin = end) {
    while (end < ordered.size() && ordered[end]->channel == ordered[begin]->channel) ++end;
    if (biased)
      std::sort(ordered.begin() + static_cast<std::ptrdiff_t>(begin),
                ordered.begin() + static_cast<std::ptrdiff_t>(end),
                [](const waiter* a, const waiter* b) { return a->index < b->index; });
    for (std::size_t at = begin; at < end; ++at) {
      if (!biased && end - at > 1)
        std::swap(ordered[at], ordered[at + this_threads_choices().below(end - at)]);
      enqueue(*ordered[at]);
    }
  }
}

// Of a process with one thread: nothing changes while it judges, and what it found ready is. Only the channel that is served is
// locked, because a T's own functions run then, and may begin a second thread.
[[nodiscard]] STEADY_NOINLINE inline chosen end_alone(const selection& of) noexcept {
  const std::size_t index = choose_ready(of);
  if (index == no_case) return {of.otherwise, outcome::completed};
  const waiter& each = of.waiters[index];
  if (each.channel == nullptr) return {index, outcome::timed_out};
  wake_list woken;
  each.channel->mutex().acquire();
  const outcome how = each.channel->attempt(each.side, each.place, woken);
  each.channel->mutex().release();
  woken.wake_all();
  return {index, how};
}

// `nothing_ready`: as is known of a process with one thread.
[[nodiscard]] STEADY_NOINLINE inline chosen end_or_queue(const selection& of, const operation& waiting,
                                                         bool nothing_ready) noexcept {
  wake_list woken;
  selector_locks locks(of);
  locks.acquire();
  chosen result;
  for (;;) {
    result.index = nothing_ready ? no_case : choose_ready(of);
    if (result.index == no_case) {
      if (of.otherwise != no_case) {
        result = {of.otherwise, outcome::completed};
      } else {
        enqueue_all(locks.ordered(), of.biased);
        waiting.tell(wait_state::waiting, nullptr);
      }
      break;
    }
    const waiter& each = of.waiters[result.index];
    result.how =
        each.channel == nullptr ? outcome::timed_out : each.channel->attempt(each.side, each.place, woken);
    if (result.how != outcome::would_block) break;
  }
  locks.release();
  woken.wake_all();
  return result;
}

// Ends a select that need not wait, or queues it. The operation's fields must be set before.
[[nodiscard]] inline chosen begin_selection(const selection& of, const operation& waiting) noexcept {
  const bool alone = single_threaded();
  if (alone)
    if (const chosen ended = end_alone(of); ended.index != no_case) return ended;
  return end_or_queue(of, waiting, alone);
}

// After the wait: what happened. Takes the losing waiters out of their queues.
[[nodiscard]] inline chosen end_selection(const selection& of, const waiter* winner) noexcept {
  leave_queues(of.waiters, winner);
  const outcome how = outcome_of(winner);
  if (how == outcome::timed_out) return {of.timed, how};
  if (how == outcome::stopped) return {no_case, how};
  return {winner->index, how};
}

// A thread's select from beginning to end. A stop request, even one made before, wins over every case.
[[nodiscard]] inline chosen perform_selection(const selection& of, operation& waiting,
                                              const stop_token* stop) {
  const interruption until{of.deadline, stop};
  if (until.stop_requested()) return {no_case, outcome::stopped};
  waiting.thread = std::this_thread::get_id();
  waiting.interruptible = until.possible();
  const chosen at_once = begin_selection(of, waiting);
  if (at_once.index != no_case) return at_once;
  const bool stranded = std::all_of(of.waiters.begin(), of.waiters.end(),
                                    [](const waiter& each) { return each.channel == nullptr; });
  return end_selection(of, stranded ? wait_stranded(waiting, until) : wait_as_thread(waiting, until));
}

}  // namespace steady::detail::channel
