// steady's channels for users of standalone Asio: the waits as Asio's asynchronous operations, with any completion token.
//
//   asio::awaitable<void> worker(steady::chan<int> in, steady::chan<int> quit) {
//     for (;;) {
//       bool done = false;
//       co_await steady::adapt::async_select(asio::use_awaitable, steady::recv(in, [&](std::optional<int> v) { ... }),
//                                            steady::recv(quit, [&] { done = true; }));
//       if (done) co_return;
//     }
//   }
//
// Handlers of cases, and the completion handler, run on the completion handler's associated executor, and never inside the
// initiating function. The first argument of each completion is a std::exception_ptr, which asio::use_awaitable rethrows:
// steady::closed_channel of a send, asio's operation_aborted after a cancellation. A cancellation either comes before
// the hand-over, and nothing has passed, or has no effect; unlike with asio's own channels, no value is lost by one. Use
// async_select and not `||` over two receives: both sides of that may complete, and one of the two results is then thrown away.
//
// An operation keeps its executor's context at work. The context must not be destroyed while one waits: close the channel, or
// cancel, first. An operation costs one allocation, its frame.
// Needs: standalone Asio 1.22 or later, coroutines; std::stop_token.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/associated_cancellation_slot.hpp>
#include <asio/associated_executor.hpp>
#include <asio/async_result.hpp>
#include <asio/dispatch.hpp>
#include <asio/error.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/post.hpp>
#include <asio/system_error.hpp>

#include <coroutine>
#include <cstddef>
#include <exception>
#include <optional>
#include <stop_token>
#include <type_traits>
#include <utility>

#include "../select.hpp"

namespace steady::adapt {

namespace detail {

// An operation is a coroutine of its own that waits on the channel and is resumed by a post to the executor.
template <class Executor>
struct operation_on {
  struct promise_type {
    Executor executor;
    bool suspended = false;  // and resumed by the executor, then

    template <class... Arguments>
    explicit promise_type(const Executor& on, Arguments&&...) : executor(on) {}
    static operation_on get_return_object() noexcept { return {}; }
    static std::suspend_never initial_suspend() noexcept { return {}; }
    static std::suspend_never final_suspend() noexcept { return {}; }
    static void return_void() noexcept {}
    static void unhandled_exception() {
      throw;
    }  // of the completion handler: the executor's matter, as always in Asio

    [[nodiscard]] scheduler steady_scheduler() noexcept {
      return {this, [](void* context, resumption& ready) noexcept {
                auto& self = *static_cast<promise_type*>(context);
                self.suspended = true;
                asio::post(self.executor, [&ready] { ready.resume(); });
              }};
    }
  };
};

// Asks the coroutine's promise.
struct was_suspended {
  bool result = false;
  static bool await_ready() noexcept { return false; }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> here) noexcept {
    result = here.promise().suspended;
    return false;
  }
  [[nodiscard]] bool await_resume() const noexcept { return result; }
};

[[nodiscard]] inline std::exception_ptr aborted() {
  return std::make_exception_ptr(asio::system_error(asio::error::operation_aborted));
}

// `wait` makes the awaiter from a stop token; `result` makes the completion's arguments from what it gave, as a call of
// the function it is passed.
template <class Executor, class Handler, class Wait, class Result>
operation_on<Executor> start(Executor executor, Handler handler, Wait wait, Result result) {
  const auto work = asio::make_work_guard(executor);
  std::stop_source stop;
  auto slot = asio::get_associated_cancellation_slot(handler);
  if (slot.is_connected()) slot.assign([stop](asio::cancellation_type) mutable { stop.request_stop(); });
  const std::stop_token token = stop.get_token();
  std::exception_ptr failure;
  std::optional<std::remove_cvref_t<decltype(wait(token).await_resume())>> got;
  try {
    got.emplace(co_await wait(token));
  } catch (...) {
    failure = std::current_exception();
  }
  if (slot.is_connected()) slot.clear();
  const bool on_executor = co_await was_suspended{};
  const auto complete = [&](auto... arguments) {
    auto call = [to = std::move(handler), ... bound = std::move(arguments)]() mutable {
      to(std::move(bound)...);
    };
    if (on_executor) {
      asio::dispatch(executor, std::move(call));
    } else {
      asio::post(executor, std::move(call));
    }
  };
  result(complete, failure, got);
}

}  // namespace detail

// Completes with (std::exception_ptr, std::optional<T>); null: closed and drained.
template <class Channel, class Token>
auto async_recv(const Channel& from, Token&& token) {
  using type = typename Channel::value_type;
  return asio::async_initiate<Token, void(std::exception_ptr, std::optional<type>)>(
      [](auto handler, Channel channel) {
        const auto executor = asio::get_associated_executor(handler);
        detail::start(
            executor, std::move(handler),
            [channel](const std::stop_token& stop) { return channel.async_recv(stop); },
            [](const auto& complete, const std::exception_ptr& failure, auto& got) {
              if (failure != nullptr) return complete(failure, std::optional<type>());
              if (got->status() == channel_status::stopped)
                return complete(detail::aborted(), std::optional<type>());
              complete(std::exception_ptr(), std::move(*got).take());
            });
      },
      token, from);
}

// Completes with (std::exception_ptr).
template <class Channel, class Token>
auto async_send(const Channel& to, typename Channel::value_type value, Token&& token) {
  return asio::async_initiate<Token, void(std::exception_ptr)>(
      [](auto handler, Channel channel, typename Channel::value_type moved) {
        const auto executor = asio::get_associated_executor(handler);
        detail::start(
            executor, std::move(handler),
            [channel, mine = std::move(moved)](const std::stop_token& stop) mutable {
              return channel.async_send(std::move(mine), stop);
            },
            [](const auto& complete, const std::exception_ptr& failure, auto& sent) {
              complete(failure != nullptr ? failure : *sent ? std::exception_ptr() : detail::aborted());
            });
      },
      token, to, std::move(value));
}

namespace detail {

// The case with a count of its channel, because initiation may be put off.
template <class Case>
[[nodiscard]] auto keeping(Case&& one) {
  if constexpr (requires { std::move(one).keeping(); }) {
    return std::move(one).keeping();
  } else {
    return std::move(one);
  }
}

}  // namespace detail

// Completes with (std::exception_ptr, std::size_t): the index of the case, whose handler has run. What the cases refer to
// must live until then, but for their channels.
template <class Token, steady::detail::channel::select_case... Cases>
auto async_select(Token&& token, Cases&&... cases) {
  return asio::async_initiate<Token, void(std::exception_ptr, std::size_t)>(
      [](auto handler, auto... moved) {
        const auto executor = asio::get_associated_executor(handler);
        detail::start(
            executor, std::move(handler),
            [... mine = std::move(moved)](const std::stop_token& stop) mutable {
              return steady::async_select(stop, std::move(mine)...);
            },
            [](const auto& complete, const std::exception_ptr& failure, auto& happened) {
              if (failure != nullptr) return complete(failure, stopped);
              if (happened->index() == stopped) return complete(detail::aborted(), stopped);
              complete(std::exception_ptr(), happened->index());
            });
      },
      token, detail::keeping(std::move(cases))...);
}

}  // namespace steady::adapt
