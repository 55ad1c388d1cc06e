// A coroutine type that knows nothing of steady: begins at once, is destroyed by its owner, at any time.
#pragma once

#include <coroutine>
#include <exception>
#include <utility>

namespace steady_test {

class owned_coroutine {
 public:
  struct promise_type {
    owned_coroutine get_return_object() noexcept {
      return owned_coroutine(std::coroutine_handle<promise_type>::from_promise(*this));
    }
    static std::suspend_never initial_suspend() noexcept { return {}; }
    static std::suspend_always final_suspend() noexcept { return {}; }
    static void return_void() noexcept {}
    static void unhandled_exception() noexcept { std::terminate(); }
  };

  owned_coroutine() noexcept = default;
  owned_coroutine(owned_coroutine&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  owned_coroutine& operator=(owned_coroutine other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~owned_coroutine() {
    if (handle_) handle_.destroy();
  }
  [[nodiscard]] bool done() const noexcept { return handle_ && handle_.done(); }

 private:
  explicit owned_coroutine(std::coroutine_handle<promise_type> handle) noexcept : handle_(handle) {}
  std::coroutine_handle<promise_type> handle_;
};

}  // namespace steady_test
