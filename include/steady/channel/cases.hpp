// The cases of a select, each with its type, and how it looks to the part that has none: a waiter filled in, a handler to
// run when all locks are released.
//
// A case is made by recv(), send(), after(), at() or otherwise(), in the call of select itself: it refers to what it was
// given, an rvalue to send above all, which is moved from only if that case happens. A case has:
//   prepare(waiter&, selection&)   which channel, which side, which place; or which deadline; or that it is the default
//   finish(outcome)                the case happened: run the handler with what came
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <functional>
#include <optional>
#include <type_traits>
#include <utility>

#include "call_site.hpp"
#include "deadline.hpp"
#include "element.hpp"
#include "handle.hpp"
#include "result.hpp"
#include "selection.hpp"
#include "ticks.hpp"
#include "waiter.hpp"

namespace steady::detail::channel {

struct no_handler {
  void operator()() const noexcept {}
};

struct case_base {
  static constexpr bool is_otherwise = false;
  static constexpr bool may_be_lost = false;  // to another select, and then all is begun anew
  call_site where{};
};

// The channel of a case: as it was when the case was made. A count of its own is for who keeps the case beyond the call.
class borrowed {
 public:
  explicit borrowed(const handle& lender) noexcept : core_(lender.get()) {}
  [[nodiscard]] core* get() const noexcept { return core_; }
  [[nodiscard]] handle kept() const noexcept {
    if (core_ != nullptr) core_->retain();
    return handle(core_);
  }

 private:
  core* core_;
};

template <class T, class Handler, class Held = borrowed>
class recv_case : public case_base {
 public:
  using value_type = T;

  recv_case(Held from, Handler&& handler, call_site at)
      : case_base{at}, from_(std::move(from)), handler_(std::forward<Handler>(handler)) {}

  // The same case with a count of its own.
  [[nodiscard]] recv_case<T, Handler, handle> keeping() && {
    return {from_.kept(), std::forward<Handler>(handler_), where};
  }

  void prepare(waiter& filled, selection&) noexcept {
    filled.channel = from_.get();
    filled.side = direction::receive;
    element_.reset();  // of a selector, whose case may have received before
    filled.place = &element_;
  }
  void finish(outcome) {
    if constexpr (std::is_invocable_v<Handler&, std::optional<T>>) {
      std::invoke(handler_, unboxed_in_parts<T>(std::move(element_)));
    } else {
      std::invoke(handler_);
    }
  }
  // For async_select's result; empty if the handler has had it.
  static constexpr bool gives_value = !std::is_invocable_v<Handler&, std::optional<T>>;
  [[nodiscard]] std::optional<T> take() { return unboxed_in_parts<T>(std::move(element_)); }

 private:
  Held from_;
  Handler handler_;
  std::optional<element_for<T>> element_;
};

// `Value` is T&& (the caller's own object) or T (a copy, or what the argument was converted to).
template <class T, class Value, class Handler, class Held = borrowed>
class send_case : public case_base {
 public:
  send_case(Held to, Value&& value, Handler&& handler, call_site at)
      : case_base{at}, to_(std::move(to)), value_(std::forward<Value>(value)),
        handler_(std::forward<Handler>(handler)) {}

  void prepare(waiter& filled, selection&) {
    filled.channel = to_.get();
    filled.side = direction::send;
    if constexpr (travels_in_box<T>) {
      box_ = copied<T>(value_);
      filled.place = &box_;
    } else {
      filled.place = std::addressof(value_);
    }
  }
  void finish(outcome how) {
    (void)sent_or_throw(how);
    std::invoke(handler_);
  }

  [[nodiscard]] send_case<T, Value, Handler, handle> keeping() && {
    return {to_.kept(), std::forward<Value>(value_), std::forward<Handler>(handler_), where};
  }
  // With a value of its own too.
  [[nodiscard]] send_case<T, T, Handler, handle> owning() && {
    return {to_.kept(), std::move(value_), std::forward<Handler>(handler_), where};
  }

 private:
  struct nothing {};
  Held to_;
  Value value_;
  [[no_unique_address]] std::conditional_t<travels_in_box<T>, element_for<T>, nothing> box_;
  Handler handler_;
};

template <class Handler>
class timed_case : public case_base {
 public:
  timed_case(clock::time_point instant, Handler&& handler, call_site at)
      : case_base{at}, instant_(instant), handler_(std::forward<Handler>(handler)) {}

  void prepare(waiter& filled, selection& of) noexcept { of.offer(filled.index, instant_); }
  void finish(outcome) { std::invoke(handler_); }

 private:
  clock::time_point instant_;
  Handler handler_;
};

// The next tick of a ticker, which other selects may be waiting for too: one of them gets it.
template <class Handler>
class ticker_case : public case_base {
 public:
  static constexpr bool may_be_lost = true;

  ticker_case(tick_source& source, Handler&& handler, call_site at)
      : case_base{at}, source_(&source), handler_(std::forward<Handler>(handler)) {}

  void prepare(waiter& filled, selection& of) noexcept {
    of.offer(filled.index, source_->next(), source_, &instant_);
  }
  void finish(outcome) {
    if constexpr (std::is_invocable_v<Handler&, clock::time_point>) {
      std::invoke(handler_, instant_);
    } else {
      std::invoke(handler_);
    }
  }

 private:
  tick_source* source_;
  clock::time_point instant_{};
  Handler handler_;
};

template <class Handler>
class otherwise_case : public case_base {
 public:
  static constexpr bool is_otherwise = true;

  explicit otherwise_case(Handler&& handler) : handler_(std::forward<Handler>(handler)) {}

  void prepare(waiter& filled, selection& of) noexcept { of.otherwise = filled.index; }
  void finish(outcome) { std::invoke(handler_); }

 private:
  Handler handler_;
};

template <class Case>
concept select_case = std::derived_from<std::remove_cvref_t<Case>, case_base>;

}  // namespace steady::detail::channel
