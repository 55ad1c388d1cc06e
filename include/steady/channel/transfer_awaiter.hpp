// What co_await of one send or one receive needs: the wait, the place of the value, and what comes of it.
#pragma once

#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "awaiter.hpp"
#include "call_site.hpp"
#include "element.hpp"
#include "result.hpp"

namespace steady::detail::channel {

// `Value` is T&& (the caller's object), T or its box.
template <class T, class Value, class Result, class Until>
class [[nodiscard]] send_awaiter : public wait_of<direction::send, Until> {
  using wait = wait_of<direction::send, Until>;

 public:
  send_awaiter(core* channel, Value&& value, const Until& until, call_site where)
      : wait(channel, until, where), value_(std::forward<Value>(value)) {
    this->send_or_receive_at(std::addressof(value_));
  }
  ~send_awaiter() { this->leave(); }
  Result await_resume() {
    const outcome how = this->finish();
    if constexpr (std::is_same_v<Result, send_result<T>>) {
      if (how == outcome::completed) return {};
      if constexpr (travels_in_box<T>) {
        return {status_of(how), std::move(*value_)};
      } else {
        return {status_of(how), std::move(value_)};
      }
    } else if constexpr (std::is_void_v<Result>) {
      (void)sent_or_throw(how);
    } else {
      return sent_or_throw(how);
    }
  }

 private:
  Value value_;
};

template <class T, class Result, class Until>
class [[nodiscard]] recv_awaiter : public wait_of<direction::receive, Until> {
  using wait = wait_of<direction::receive, Until>;

 public:
  recv_awaiter(core* channel, const Until& until, call_site where) : wait(channel, until, where) {
    this->send_or_receive_at(&element_);
  }
  ~recv_awaiter() { this->leave(); }
  Result await_resume() {
    const outcome how = this->finish();
    if constexpr (std::is_same_v<Result, std::optional<T>>) {
      return unboxed_in_parts<T>(std::move(element_));
    } else {
      return {unboxed_in_parts<T>(std::move(element_)), status_of(how)};
    }
  }

 private:
  std::optional<element_for<T>> element_;
};

}  // namespace steady::detail::channel
