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
// where Go's goes from top to bottom. A case may not outlive the call it was made for: it refers to its arguments, and does not keep
// the channel (the call does, while it waits).
// Complexity: linear in the cases (n log n above sixteen); no allocation. Sources: Go's runtime/select.go; docs/channels-design.md.
#pragma once

#include <algorithm>
#include <chrono>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

#include "chan.hpp"
#include "channel/awaiter.hpp"
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
      detail::channel::borrowed(detail::channel::access::of(from)), std::forward<Handler>(handler), where);
}

// Sends. An rvalue T stays the caller's until it is taken; an lvalue is copied here.
template <class Channel, class Value, class Handler = detail::channel::no_handler>
  requires(std::is_same_v<Channel, chan<typename Channel::value_type>> ||
           std::is_same_v<Channel, sender<typename Channel::value_type>>) &&
          std::is_constructible_v<typename Channel::value_type, Value>
[[nodiscard]] auto send(const Channel& to, Value&& value, Handler&& handler = {},
                        call_site where = call_site::current()) {
  using type = typename Channel::value_type;
  const detail::channel::borrowed channel(detail::channel::access::of(to));
  if constexpr (std::is_same_v<Value, type>) {
    return detail::channel::send_case<type, type&&, Handler>(channel, std::forward<Value>(value),
                                                             std::forward<Handler>(handler), where);
  } else {
    return detail::channel::send_case<type, type, Handler>(channel, type(std::forward<Value>(value)),
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
  using set = case_set<Cases&&...>;
  set all(std::forward<Cases>(cases)...);
  [[maybe_unused]] std::optional<kept_channels<sizeof...(Cases)>> kept;
  for (;;) {
    operation waiting;
    const selection of = all.prepare(waiting, biased);
    if constexpr (set::may_begin_anew)
      if (!kept) kept.emplace(of.waiters);
    const chosen happened = perform_selection(of, waiting, stop);
    if (!confirm(of, happened)) continue;
    all.finish(happened);
    return happened.index;
  }
}

}  // namespace detail::channel

// Of async_select: which case happened, and what a receive case without a handler of its own got.
template <class... Cases>
class select_result {
 public:
  select_result(std::size_t index, detail::channel::case_set<Cases...>& all) : index_(index) {
    [&]<std::size_t... Index>(std::index_sequence<Index...>) {
      (take<Index>(all), ...);
    }(std::index_sequence_for<Cases...>());
  }

  [[nodiscard]] std::size_t index() const noexcept { return index_; }
  // Of a receive case that happened: its value; null if the channel is closed and drained.
  template <std::size_t Index>
  [[nodiscard]] auto& get() noexcept {
    return std::get<Index>(values_);
  }

 private:
  template <class Case>
  struct value {
    using type = std::monostate;
  };
  template <class T, class Handler, class Held>
  struct value<detail::channel::recv_case<T, Handler, Held>> {
    using type = std::optional<T>;
  };

  template <std::size_t Index>
  void take(detail::channel::case_set<Cases...>& all) {
    using kind = std::tuple_element_t<Index, std::tuple<Cases...>>;
    if constexpr (requires { requires kind::gives_value; })
      if (Index == index_)
        if (auto taken = all.template at<Index>().take()) std::get<Index>(values_).emplace(*std::move(taken));
  }

  std::size_t index_;
  std::tuple<typename value<Cases>::type...> values_;
};

namespace detail::channel {

template <class... Cases>
class [[nodiscard]] select_awaiter : public interruptible_wait {
 public:
  select_awaiter(const stop_token* stop, bool biased, Cases&&... cases)
      : cases_(std::move(cases)...), stop_(stop), biased_(biased) {}
  ~select_awaiter() {
    abandon(cases_.waiters());
    unstrand();
  }

  [[nodiscard]] static constexpr bool await_ready() noexcept { return false; }

  template <class Promise>
  [[nodiscard]] bool await_suspend(std::coroutine_handle<Promise> coroutine) {
    if (stop_ != nullptr && stop_->stop_requested()) {
      happened_ = {no_case, outcome::stopped};
      return false;
    }
    ask_for_scheduler(coroutine);
    return suspend(coroutine);
  }

  select_result<Cases...> await_resume() {
    if (happened_.how == outcome::would_block) {
      const waiter* const winner = awaken(wait_state::running);
      unstrand();
      happened_ = end_selection(selection_, winner);
    }
    // Without a handler for it, the value is in the result.
    cases_.finish(happened_);
    return {happened_.index, cases_};
  }

 private:
  [[nodiscard]] STEADY_NOINLINE bool suspend(std::coroutine_handle<> coroutine) {
    begin(coroutine);
    do {
      selection_ = cases_.prepare(begun(), biased_);
      if (selection_.deadline != never && !timer_reserved_) {
        timer_service::get().reserve();
        timer_reserved_ = true;
      }
      happened_ = begin_selection(selection_, begun());
    } while (!confirm(selection_, happened_));
    if (happened_.how != outcome::would_block) {
      disarm();
      return false;
    }
    if (timer_reserved_) timer_ = {selection_.deadline, &begun(), selection_.ticks, selection_.taken};
    const std::span<waiter> waiters = cases_.waiters();
    if (std::all_of(waiters.begin(), waiters.end(),
                    [](const waiter& each) { return each.channel == nullptr; })) {
      all_channels.strand(&begun());
      stranded_ = true;
    }
    return fall_asleep(stop_);
  }
  void unstrand() noexcept {
    if (std::exchange(stranded_, false)) all_channels.unstrand(&begun());
  }

  case_set<Cases...> cases_;
  selection selection_;
  chosen happened_;
  const stop_token* stop_;
  bool biased_;
  bool stranded_ = false;
};

}  // namespace detail::channel

// The same for a coroutine: auto result = co_await steady::async_select(steady::recv(jobs), steady::recv(quit)); then
// result.index(), and result.get<0>() is what the first case received, a std::optional. Handlers run when the coroutine has
// resumed.
template <detail::channel::select_case... Cases>
[[nodiscard]] auto async_select(Cases&&... cases) {
  return detail::channel::select_awaiter<std::remove_cvref_t<Cases>...>(nullptr, false, std::move(cases)...);
}
template <detail::channel::select_case... Cases>
[[nodiscard]] auto async_select(const detail::channel::stop_token& stop, Cases&&... cases) {
  return detail::channel::select_awaiter<std::remove_cvref_t<Cases>...>(&stop, false, std::move(cases)...);
}
template <detail::channel::select_case... Cases>
[[nodiscard]] auto async_select_biased(Cases&&... cases) {
  return detail::channel::select_awaiter<std::remove_cvref_t<Cases>...>(nullptr, true, std::move(cases)...);
}

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
