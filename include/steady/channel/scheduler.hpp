// Where a waiting coroutine resumes: the one customisation point.
//
// When a coroutine has to wait, steady::scheduler_of<Promise>::get(promise) is asked once for a scheduler. Whoever completes the
// operation, any thread, calls its schedule() with a resumption, after every lock is released; the scheduler calls
// resumption.resume() later, where it likes, and never inside schedule(): the completer's stack and locks are not its own.
//
// Unless it is specialised, scheduler_of asks promise.steady_scheduler() if there is one, else takes the scheduler of
// the run loop the thread is in. For another coroutine type:
//
//   template <> struct steady::scheduler_of<my_promise> {
//     static steady::scheduler get(my_promise& promise) noexcept { return promise.pool->as_steady_scheduler(); }
//   };
//
// A resumption lives in the coroutine's frame. It has two links for the scheduler's own list, so that scheduling need not
// allocate. If the scheduler can take a scheduled resumption back, it says so by withdraw(); then a coroutine may be destroyed even
// between its completion and its resumption.
#pragma once

#include <atomic>
#include <concepts>
#include <coroutine>
#include <cstdint>
#include <stdexcept>

#include "../detail/exceptions.hpp"

namespace steady {

class resumption {
 public:
  resumption() noexcept = default;
  resumption(const resumption&) = delete;
  resumption& operator=(const resumption&) = delete;

  void bind(std::coroutine_handle<> coroutine) noexcept { coroutine_ = coroutine; }
  // The resumption may be gone when this returns, with the frame it lies in.
  void resume() {
    accepted_.store(false, std::memory_order_relaxed);
    coroutine_.resume();
  }

  // The scheduler's.
  resumption* previous = nullptr;
  resumption* next = nullptr;
  std::uintptr_t mark = 0;

  // A scheduler with withdraw() says accept() when the resumption stands where withdraw() will find it, and before anybody could
  // resume it.
  void accept() noexcept { accepted_.store(true, std::memory_order_release); }
  [[nodiscard]] bool accepted() const noexcept { return accepted_.load(std::memory_order_acquire); }

 private:
  std::coroutine_handle<> coroutine_;
  std::atomic<bool> accepted_{false};
};

// Two words and two functions, to be copied.
struct scheduler {
  void* context = nullptr;
  void (*schedule)(void* context, resumption& ready) noexcept = nullptr;
  void (*withdraw)(void* context, resumption& accepted) noexcept = nullptr;  // null: cannot
};

namespace detail::channel {

inline thread_local const scheduler* this_threads_scheduler = nullptr;

[[nodiscard]] inline scheduler current_scheduler() {
  if (this_threads_scheduler == nullptr)
    raise<std::logic_error>("steady: a coroutine that waits needs a scheduler (see steady::scheduler_of)");
  return *this_threads_scheduler;
}

}  // namespace detail::channel

template <class Promise>
struct scheduler_of {
  [[nodiscard]] static scheduler get(Promise& promise) {
    if constexpr (requires {
                    { promise.steady_scheduler() } -> std::convertible_to<scheduler>;
                  }) {
      return promise.steady_scheduler();
    } else {
      return detail::channel::current_scheduler();
    }
  }
};

}  // namespace steady
