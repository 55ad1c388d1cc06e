// What channel operations report: the exception of a send on a closed channel, and the two results that say why no
// value passed.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <utility>

#include "../detail/exceptions.hpp"
#include "core.hpp"
#include "element.hpp"

namespace steady {

// Where Go panics: send on a closed channel, close of a closed or of a nil channel.
class closed_channel : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

enum class channel_status : std::uint8_t {
  ok,
  closed,  // and drained, for a receive
  would_block,
  timed_out,
  stopped,
};

namespace detail::channel {

[[nodiscard]] constexpr channel_status status_of(outcome how) noexcept {
  switch (how) {
  case outcome::completed:
    return channel_status::ok;
  case outcome::closed:
    return channel_status::closed;
  case outcome::would_block:
    return channel_status::would_block;
  case outcome::timed_out:
    return channel_status::timed_out;
  case outcome::stopped:
    break;
  }
  return channel_status::stopped;
}

inline constexpr const char* send_on_closed = "send on closed channel";

// For sends that throw when closed: whether the value went out.
[[nodiscard]] inline bool sent_or_throw(outcome how) {
  if (how == outcome::closed) raise<closed_channel>(send_on_closed);
  return how == outcome::completed;
}

}  // namespace detail::channel

// Of try_recv, recv_for, recv_until and recv(token): a value, or why there is none.
template <class T>
class [[nodiscard]] recv_result {
 public:
  recv_result(std::optional<T>&& value, channel_status status) : value_(std::move(value)), status_(status) {}

  [[nodiscard]] bool has_value() const noexcept { return value_.has_value(); }
  [[nodiscard]] explicit operator bool() const noexcept { return has_value(); }
  [[nodiscard]] channel_status status() const noexcept { return status_; }
  [[nodiscard]] bool closed() const noexcept { return status_ == channel_status::closed; }

  // Undefined without a value, as with std::optional; value() throws.
  [[nodiscard]] T& operator*() & noexcept { return *value_; }
  [[nodiscard]] const T& operator*() const& noexcept { return *value_; }
  [[nodiscard]] T&& operator*() && noexcept { return *std::move(value_); }
  [[nodiscard]] T* operator->() noexcept { return &*value_; }
  [[nodiscard]] const T* operator->() const noexcept { return &*value_; }
  [[nodiscard]] T& value() & { return value_.value(); }
  [[nodiscard]] T&& value() && { return std::move(value_).value(); }
  template <class Other>
  [[nodiscard]] T value_or(Other&& other) && {
    return std::move(value_).value_or(std::forward<Other>(other));
  }
  // The value as recv() would have returned it.
  [[nodiscard]] std::optional<T> take() && { return std::move(value_); }

 private:
  std::optional<T> value_;
  channel_status status_;
};

// Of the sends with std::nothrow: true if the value went out; otherwise why not, and the value itself back.
template <class T>
class [[nodiscard]] send_result {
 public:
  send_result() = default;
  send_result(channel_status status, T&& value) : returned_(std::move(value)), status_(status) {}

  [[nodiscard]] explicit operator bool() const noexcept { return status_ == channel_status::ok; }
  [[nodiscard]] channel_status status() const noexcept { return status_; }
  [[nodiscard]] bool closed() const noexcept { return status_ == channel_status::closed; }
  // The value that was not sent. Undefined if it was.
  [[nodiscard]] T& value() & noexcept { return *returned_; }
  [[nodiscard]] T&& value() && noexcept { return *std::move(returned_); }

 private:
  std::optional<T> returned_;
  channel_status status_ = channel_status::ok;
};

}  // namespace steady
