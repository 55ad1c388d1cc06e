// steady::select: waits on several channels at once, and does exactly one of the things it waits for.
//
//   std::size_t chosen = steady::select(
//       steady::recv(jobs, [&](std::optional<int> job) { /* nullopt: closed and drained */ }),
//       steady::send(out, std::move(message), [&] { /* message was moved only now */ }),
//       steady::after(5ms, [&] { /* nothing of the above for 5 ms */ }));
//
// The index of the case that happened comes back, after its handler ran; handlers run in the caller, with no lock held, and
// what they throw passes through. Handlers may be left out. Of several cases that are ready one is chosen uniformly
// (select_biased: the first); with otherwise(), a select in which nothing is ready at that one instant does that instead of
// waiting. A case with a null channel never happens. A send case on a closed channel is ready, and throws closed_channel if
// it is the one that is chosen. The same channel may stand in several cases, on either side.
//
// With a stop_token first, select returns steady::stopped once a stop has been requested; a request made before wins over
// everything that is ready, so that a loop that is always busy ends too.
//
// All channels and values are evaluated once, before anything happens, as C++ evaluates arguments: in no particular order,
// where Go's goes from top to bottom. A case may not outlive the call it was made for: it refers to its arguments.
// Complexity: linear in the cases (n log n above sixteen); no allocation. Sources: Go's runtime/select.go; docs/channels-design.md.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "chan.hpp"
#include "channel/case_set.hpp"
#include "channel/cases.hpp"
#include "channel/choice.hpp"
#include "channel/selection.hpp"

namespace steady {

// What select returns when its stop_token ended it.
inline constexpr std::size_t stopped = detail::channel::no_case;

// Makes this thread's choices repeatable.
inline void seed_select(std::uint64_t seed) noexcept { detail::channel::this_threads_choices().seed(seed); }

// Receives. The handler takes a std::optional<T> (null: closed and drained) or nothing; without one the value is dropped.
template <class Channel, class Handler = detail::channel::no_handler>
  requires std::is_same_v<Channel, chan<typename Channel::value_type>> ||
           std::is_same_v<Channel, receiver<typename Channel::value_type>>
[[nodiscard]] auto recv(const Channel& from, Handler&& handler = {}, call_site where = call_site::current()) {
  return detail::channel::recv_case<typename Channel::value_type, Handler>(
      detail::channel::access::of(from), std::forward<Handler>(handler), where);
}

// Sends. An rvalue T stays the caller's until it is taken; an lvalue is copied here.
template <class Channel, class Value, class Handler = detail::channel::no_handler>
  requires(std::is_same_v<Channel, chan<typename Channel::value_type>> ||
           std::is_same_v<Channel, sender<typename Channel::value_type>>) &&
          std::is_constructible_v<typename Channel::value_type, Value>
[[nodiscard]] auto send(const Channel& to, Value&& value, Handler&& handler = {},
                        call_site where = call_site::current()) {
  using type = typename Channel::value_type;
  if constexpr (std::is_same_v<Value, type>) {
    return detail::channel::send_case<type, type&&, Handler>(
        detail::channel::access::of(to), std::move(value), std::forward<Handler>(handler), where);
  } else {
    return detail::channel::send_case<type, type, Handler>(detail::channel::access::of(to),
                                                           type(std::forward<Value>(value)),
                                                           std::forward<Handler>(handler), where);
  }
}

// Happens when nothing else has for that long. One that is due takes part in the choice like a ready channel, so that a
// deadline kept over several selects by at() is met even if a channel is always ready.
template <class Representation, class Period, class Handler = detail::channel::no_handler>
[[nodiscard]] auto after(const std::chrono::duration<Representation, Period>& wait, Handler&& handler = {},
                         call_site where = call_site::current()) {
  return detail::channel::timed_case<Handler>(detail::channel::deadline_in(wait),
                                              std::forward<Handler>(handler), where);
}
template <class Clock, class Duration, class Handler = detail::channel::no_handler>
[[nodiscard]] auto at(const std::chrono::time_point<Clock, Duration>& instant, Handler&& handler = {},
                      call_site where = call_site::current()) {
  return detail::channel::timed_case<Handler>(detail::channel::deadline_at(instant),
                                              std::forward<Handler>(handler), where);
}

// The instants of Go's time.Tick, without a thread and without a queue: the first is one period away; instants that nobody
// waited for are skipped, but for the latest. May be shared by threads: each tick goes to one of those that wait for it.
class ticker {
 public:
  explicit ticker(std::chrono::steady_clock::duration period) noexcept : ticks_(period) {}

 private:
  friend struct detail::channel::access;

  detail::channel::tick_source ticks_;
};

template <class Representation, class Period>
[[nodiscard]] ticker tick(const std::chrono::duration<Representation, Period>& period) noexcept {
  return ticker(std::chrono::ceil<std::chrono::steady_clock::duration>(period));
}

// The handler takes the instant of the tick, or nothing.
template <class Handler = detail::channel::no_handler>
[[nodiscard]] auto recv(ticker& from, Handler&& handler = {}, call_site where = call_site::current()) {
  return detail::channel::ticker_case<Handler>(detail::channel::access::ticks(from),
                                               std::forward<Handler>(handler), where);
}

// Go's default: happens at once if nothing else can.
template <class Handler = detail::channel::no_handler>
[[nodiscard]] auto otherwise(Handler&& handler = {}) {
  return detail::channel::otherwise_case<Handler>(std::forward<Handler>(handler));
}

namespace detail::channel {

template <class... Cases>
std::size_t select_now(const stop_token* stop, bool biased, Cases&&... cases) {
  case_set<Cases&&...> all(std::forward<Cases>(cases)...);
  for (;;) {
    operation waiting;
    const chosen happened = perform_selection(all.prepare(waiting, biased), waiting, stop);
    if (!all.confirm(happened)) continue;
    all.finish(happened);
    return happened.index;
  }
}

}  // namespace detail::channel

template <detail::channel::select_case... Cases>
std::size_t select(Cases&&... cases) {
  return detail::channel::select_now(nullptr, false, std::forward<Cases>(cases)...);
}
template <detail::channel::select_case... Cases>
std::size_t select(const detail::channel::stop_token& stop, Cases&&... cases) {
  return detail::channel::select_now(&stop, false, std::forward<Cases>(cases)...);
}

// The first case that is ready, in the order written.
template <detail::channel::select_case... Cases>
std::size_t select_biased(Cases&&... cases) {
  return detail::channel::select_now(nullptr, true, std::forward<Cases>(cases)...);
}
template <detail::channel::select_case... Cases>
std::size_t select_biased(const detail::channel::stop_token& stop, Cases&&... cases) {
  return detail::channel::select_now(&stop, true, std::forward<Cases>(cases)...);
}

}  // namespace steady
