// The place of the one who is told something of the whole program, and may come and go while it is told.
//
// Nobody there, whoever tells pays a load. When put() or take_out() has returned, the one who was there before is not being called any
// more; so neither may be called from within a call.
#pragma once

#include <atomic>

#include "yield.hpp"

namespace steady::detail {

template <class Listener>
class listening_post {
 public:
  constexpr listening_post() noexcept = default;
  listening_post(const listening_post&) = delete;
  listening_post& operator=(const listening_post&) = delete;

  [[nodiscard]] bool taken() const noexcept { return listener_.load(std::memory_order_relaxed) != nullptr; }

  // Calls visit(listener), if there is one. It may not throw.
  template <class Visit>
  void tell(Visit&& visit) noexcept {
    calls_.fetch_add(1);
    if (Listener* const listener = listener_.load()) visit(*listener);
    calls_.fetch_sub(1);
  }

  // Null: nobody.
  void put(Listener* listener) noexcept {
    if (listener_.exchange(listener) != nullptr) await_calls();
  }
  // Another that has taken its place stays.
  void take_out(Listener* listener) noexcept {
    (void)listener_.compare_exchange_strong(listener, nullptr);
    await_calls();
  }

 private:
  // Of those who were on their way to the one before.
  void await_calls() const noexcept {
    while (calls_.load() != 0) yield();
  }

  std::atomic<Listener*> listener_{nullptr};
  std::atomic<unsigned> calls_{0};
};

}  // namespace steady::detail
