// The two ends of a channel: what can be done at the receiving and at the sending one. chan<T> has both, receiver<T> and
// sender<T> one each; all of them are one counted handle, which `Derived::target()` gives.
#pragma once

#include <chrono>
#include <cstddef>
#include <iterator>
#include <memory>
#include <new>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

#include "call_site.hpp"
#include "deadline.hpp"
#include "element.hpp"
#include "handle.hpp"
#include "inspection.hpp"
#include "result.hpp"
#include "stop.hpp"
#include "transfer_awaiter.hpp"
#include "waiting.hpp"

namespace steady::detail::channel {

template <class T>
concept channel_element = std::is_object_v<T> && !std::is_const_v<T> && !std::is_volatile_v<T> &&
                          !std::is_array_v<T> && std::is_nothrow_destructible_v<T> &&
                          (std::is_nothrow_move_constructible_v<T> || std::is_copy_constructible_v<T>);

// What every view of a channel shows, whichever end it is.
template <class Derived, class T>
class any_end {
 public:
  // Elements in the buffer; never those of blocked senders. 0 for a null channel, as in Go.
  [[nodiscard]] std::size_t size() const noexcept { return target().size(); }
  [[nodiscard]] std::size_t capacity() const noexcept { return target().capacity(); }
  [[nodiscard]] bool is_closed() const noexcept { return target().is_closed(); }
  [[nodiscard]] std::string_view name() const noexcept { return target().name(); }
  // All of it, copied under the lock; for tests and for people who look.
  [[nodiscard]] channel_inspection<T> inspect() const { return channel::inspect<T>(target().get()); }
  // Whether it is a channel, and not Go's nil.
  [[nodiscard]] explicit operator bool() const noexcept { return target().get() != nullptr; }

 protected:
  [[nodiscard]] const handle& target() const noexcept {
    return access::of(static_cast<const Derived&>(*this));
  }
};

template <class Derived, class T>
class sending_end {
 public:
  // Waits until a receiver has taken the value, or the buffer has room. Throws closed_channel if the channel is closed,
  // or is closed while this waits; the value is then not delivered, and an rvalue stays with the caller. On a null
  // channel: waits for ever.
  void send(const T& value, call_site where = call_site::current()) const {
    (void)sent_or_throw(wait(value, {}, where));
  }
  void send(T&& value, call_site where = call_site::current()) const {
    (void)sent_or_throw(wait(std::move(value), {}, where));
  }

  // False if the token asked to stop before a receiver took the value; one that has asked before wins at once.
  bool send(const T& value, const stop_token& stop, call_site where = call_site::current()) const {
    return sent_or_throw(wait(value, {never, &stop}, where));
  }
  bool send(T&& value, const stop_token& stop, call_site where = call_site::current()) const {
    return sent_or_throw(wait(std::move(value), {never, &stop}, where));
  }

  // False if it would have to wait.
  bool try_send(const T& value) const { return sent_or_throw(now(value)); }
  bool try_send(T&& value) const { return sent_or_throw(now(std::move(value))); }

  // False at the deadline.
  template <class Representation, class Period>
  bool send_for(const T& value, const std::chrono::duration<Representation, Period>& patience,
                call_site where = call_site::current()) const {
    return sent_or_throw(wait(value, {deadline_in(patience)}, where));
  }
  template <class Representation, class Period>
  bool send_for(T&& value, const std::chrono::duration<Representation, Period>& patience,
                call_site where = call_site::current()) const {
    return sent_or_throw(wait(std::move(value), {deadline_in(patience)}, where));
  }
  template <class Clock, class Duration>
  bool send_until(const T& value, const std::chrono::time_point<Clock, Duration>& deadline,
                  call_site where = call_site::current()) const {
    return sent_or_throw(wait(value, {deadline_at(deadline)}, where));
  }
  template <class Clock, class Duration>
  bool send_until(T&& value, const std::chrono::time_point<Clock, Duration>& deadline,
                  call_site where = call_site::current()) const {
    return sent_or_throw(wait(std::move(value), {deadline_at(deadline)}, where));
  }

  // The twins that do not throw on a closed channel: they say what happened and give the value back.
  send_result<T> send(std::nothrow_t, T value, call_site where = call_site::current()) const {
    return returned(wait(std::move(value), {}, where), value);
  }
  send_result<T> send(std::nothrow_t, T value, const stop_token& stop,
                      call_site where = call_site::current()) const {
    return returned(wait(std::move(value), {never, &stop}, where), value);
  }
  send_result<T> try_send(std::nothrow_t, T value) const { return returned(now(std::move(value)), value); }
  template <class Representation, class Period>
  send_result<T> send_for(std::nothrow_t, T value,
                          const std::chrono::duration<Representation, Period>& patience,
                          call_site where = call_site::current()) const {
    return returned(wait(std::move(value), {deadline_in(patience)}, where), value);
  }
  template <class Clock, class Duration>
  send_result<T> send_until(std::nothrow_t, T value, const std::chrono::time_point<Clock, Duration>& deadline,
                            call_site where = call_site::current()) const {
    return returned(wait(std::move(value), {deadline_at(deadline)}, where), value);
  }

  // The same for a coroutine: co_await jobs.async_send(value). An awaiter is awaited in the expression that makes it; an rvalue
  // stays with the caller, as above, if it is not sent.
  // The timed ones give what send_for gives, kept by one thread of the process for all deadlines.
  [[nodiscard]] auto async_send(const T& value, call_site where = call_site::current()) const {
    return async_send_copy<void>(value, uninterrupted{}, where);
  }
  [[nodiscard]] auto async_send(T&& value, call_site where = call_site::current()) const {
    return async_send_rvalue<void>(std::move(value), uninterrupted{}, where);
  }
  [[nodiscard]] auto async_send(const T& value, const stop_token& stop,
                                call_site where = call_site::current()) const {
    return async_send_copy<bool>(value, interruption{never, &stop}, where);
  }
  [[nodiscard]] auto async_send(T&& value, const stop_token& stop,
                                call_site where = call_site::current()) const {
    return async_send_rvalue<bool>(std::move(value), interruption{never, &stop}, where);
  }
  template <class Representation, class Period>
  [[nodiscard]] auto async_send_for(const T& value,
                                    const std::chrono::duration<Representation, Period>& patience,
                                    call_site where = call_site::current()) const {
    return async_send_copy<bool>(value, interruption{deadline_in(patience)}, where);
  }
  template <class Representation, class Period>
  [[nodiscard]] auto async_send_for(T&& value, const std::chrono::duration<Representation, Period>& patience,
                                    call_site where = call_site::current()) const {
    return async_send_rvalue<bool>(std::move(value), interruption{deadline_in(patience)}, where);
  }
  template <class Clock, class Duration>
  [[nodiscard]] auto async_send_until(const T& value,
                                      const std::chrono::time_point<Clock, Duration>& deadline,
                                      call_site where = call_site::current()) const {
    return async_send_copy<bool>(value, interruption{deadline_at(deadline)}, where);
  }
  template <class Clock, class Duration>
  [[nodiscard]] auto async_send_until(T&& value, const std::chrono::time_point<Clock, Duration>& deadline,
                                      call_site where = call_site::current()) const {
    return async_send_rvalue<bool>(std::move(value), interruption{deadline_at(deadline)}, where);
  }
  [[nodiscard]] auto async_send(std::nothrow_t, T value, call_site where = call_site::current()) const {
    if constexpr (travels_in_box<T>) {
      return async_send_copy<send_result<T>>(value, uninterrupted{}, where);
    } else {
      return send_awaiter<T, T, send_result<T>, uninterrupted>(target().get(), std::move(value), {}, where);
    }
  }

  // Receivers take what is buffered and then learn of it; blocked receivers and senders are woken. Throws closed_channel
  // if the channel is closed already, or null.
  void close() const {
    core* const channel = target().get();
    if (channel == nullptr) raise<closed_channel>("close of nil channel");
    wake_list woken;
    channel->mutex().acquire();
    const bool was_open = channel->close(woken);
    channel->mutex().release();
    if (!was_open) raise<closed_channel>("close of closed channel");
    woken.wake_all();
  }

 private:
  [[nodiscard]] const handle& target() const noexcept {
    return access::of(static_cast<const Derived&>(*this));
  }

  template <class Result, class Until>
  [[nodiscard]] auto async_send_copy(const T& value, const Until& until, call_site where) const {
    return send_awaiter<T, element_for<T>, Result, Until>(target().get(), copied<T>(value), until, where);
  }
  template <class Result, class Until>
  [[nodiscard]] auto async_send_rvalue(T&& value, const Until& until, call_site where) const {
    if constexpr (travels_in_box<T>) {
      return async_send_copy<Result>(value, until, where);
    } else {
      return send_awaiter<T, T&&, Result, Until>(target().get(), std::move(value), until, where);
    }
  }
  template <class Value>
  [[nodiscard]] outcome wait(Value&& value, const interruption& until, call_site where) const {
    return with_place(std::forward<Value>(value), [&](void* place) {
      return perform(target().get(), direction::send, place, until, where);
    });
  }
  template <class Value>
  [[nodiscard]] outcome now(Value&& value) const {
    return with_place(std::forward<Value>(value),
                      [&](void* place) { return perform_now(target().get(), direction::send, place); });
  }
  [[nodiscard]] static send_result<T> returned(outcome how, T& value) {
    if (how == outcome::completed) return {};
    return {status_of(how), std::move(value)};
  }
};

// An input range: each step receives; it ends when the channel is closed and drained.
template <class T>
class receive_iterator {
 public:
  using value_type = T;
  using difference_type = std::ptrdiff_t;

  receive_iterator(handle from, call_site where) : from_(std::move(from)), where_(where) { step(); }

  [[nodiscard]] T& operator*() const noexcept { return *current_; }
  receive_iterator& operator++() {
    step();
    return *this;
  }
  void operator++(int) { step(); }
  friend bool operator==(const receive_iterator& at, std::default_sentinel_t) noexcept {
    return !at.current_.has_value();
  }

 private:
  void step() {
    std::optional<element_for<T>> element;
    (void)perform(from_.get(), direction::receive, &element, {}, where_);
    current_ = std::nullopt;
    if (std::optional<T> received = unboxed<T>(std::move(element))) current_.emplace(*std::move(received));
  }

  handle from_;
  call_site where_;
  mutable std::optional<T> current_;
};

template <class Derived, class T>
class receiving_end {
 public:
  // Waits for a value. Null when the channel is closed and drained. On a null channel: waits for ever.
  std::optional<T> recv(call_site where = call_site::current()) const {
    std::optional<element_for<T>> element;
    (void)perform(target().get(), direction::receive, &element, {}, where);
    return unboxed<T>(std::move(element));
  }

  // A token that has asked to stop wins, even if a value is there: it stays in the channel.
  recv_result<T> recv(const stop_token& stop, call_site where = call_site::current()) const {
    return wait({never, &stop}, where);
  }
  recv_result<T> try_recv() const {
    std::optional<element_for<T>> element;
    const outcome how = perform_now(target().get(), direction::receive, &element);
    return {unboxed<T>(std::move(element)), status_of(how)};
  }
  template <class Representation, class Period>
  recv_result<T> recv_for(const std::chrono::duration<Representation, Period>& patience,
                          call_site where = call_site::current()) const {
    return wait({deadline_in(patience)}, where);
  }
  template <class Clock, class Duration>
  recv_result<T> recv_until(const std::chrono::time_point<Clock, Duration>& deadline,
                            call_site where = call_site::current()) const {
    return wait({deadline_at(deadline)}, where);
  }

  // The same for a coroutine: std::optional<int> job = co_await jobs.async_recv();
  [[nodiscard]] auto async_recv(call_site where = call_site::current()) const {
    return recv_awaiter<T, std::optional<T>, uninterrupted>(target().get(), {}, where);
  }
  [[nodiscard]] auto async_recv(const stop_token& stop, call_site where = call_site::current()) const {
    return recv_awaiter<T, recv_result<T>, interruption>(target().get(), {never, &stop}, where);
  }
  template <class Representation, class Period>
  [[nodiscard]] auto async_recv_for(const std::chrono::duration<Representation, Period>& patience,
                                    call_site where = call_site::current()) const {
    return recv_awaiter<T, recv_result<T>, interruption>(target().get(), {deadline_in(patience)}, where);
  }
  template <class Clock, class Duration>
  [[nodiscard]] auto async_recv_until(const std::chrono::time_point<Clock, Duration>& deadline,
                                      call_site where = call_site::current()) const {
    return recv_awaiter<T, recv_result<T>, interruption>(target().get(), {deadline_at(deadline)}, where);
  }

  // for (T& value : channel): until it is closed and drained.
  [[nodiscard]] receive_iterator<T> begin(call_site where = call_site::current()) const {
    return receive_iterator<T>(target(), where);
  }
  [[nodiscard]] std::default_sentinel_t end() const noexcept { return std::default_sentinel; }

 private:
  [[nodiscard]] const handle& target() const noexcept {
    return access::of(static_cast<const Derived&>(*this));
  }

  [[nodiscard]] recv_result<T> wait(const interruption& until, call_site where) const {
    std::optional<element_for<T>> element;
    const outcome how = perform(target().get(), direction::receive, &element, until, where);
    return {unboxed<T>(std::move(element)), status_of(how)};
  }
};

}  // namespace steady::detail::channel
