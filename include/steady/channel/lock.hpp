// The lock of a channel: one word, held for tens of nanoseconds.
//
// Three states, as in Drepper's "Futexes Are Tricky": free, held, held with sleepers. Taking it and giving it back
// uncontended is one atomic exchange each. It needs no constructor at run time and no destructor, so a lock may live in
// a static object for as long as the program.
#pragma once

#include <atomic>
#include <cstdint>

#include "parking.hpp"

namespace steady::detail::channel {

// Who is told how long the taking of a lock took that somebody else held: the contention profile, while it records. Called with the
// lock held, by any thread.
using contention_listener = void (*)(clock::duration waited) noexcept;
inline constinit std::atomic<contention_listener> contention_listening{nullptr};

class lock {
 public:
  constexpr lock() noexcept = default;
  lock(const lock&) = delete;
  lock& operator=(const lock&) = delete;

  void acquire() noexcept {
    if (!take_free()) [[unlikely]]
      acquire_contended();
  }
  // False if somebody has it.
  [[nodiscard]] bool try_acquire() noexcept {
    return word_.load(std::memory_order_relaxed) == free && take_free();
  }

  void release() noexcept {
    if (single_threaded()) {
      word_.store(free, std::memory_order_relaxed);
      return;
    }
    if (word_.exchange(free, std::memory_order_release) == contended) [[unlikely]]
      parking::wake(&word_);
  }

 protected:
  // A single thread need not ask whether it is free.
  [[nodiscard]] STEADY_INLINE bool take_free() noexcept {
    if (single_threaded()) {
      word_.store(held, std::memory_order_relaxed);
      return true;
    }
    std::uint32_t seen = free;
    return word_.compare_exchange_strong(seen, held, std::memory_order_acquire, std::memory_order_relaxed);
  }

  STEADY_COLD void acquire_contended() noexcept {
    const contention_listener listener = contention_listening.load(std::memory_order_acquire);
    if (listener == nullptr) [[likely]]
      return wait_for_it();
    const clock::time_point begun = clock::now();
    wait_for_it();
    listener(clock::now() - begun);
  }

  // The holder is about to give it back, unless it was interrupted: a few looks, then sleep.
  void wait_for_it() noexcept {
    if (allowed_processors() > 1) {
      for (int looks = 0; looks < 64; ++looks) {
        pause_processor();
        std::uint32_t seen = word_.load(std::memory_order_relaxed);
        if (seen == free &&
            word_.compare_exchange_weak(seen, held, std::memory_order_acquire, std::memory_order_relaxed))
          return;
      }
    }
    while (word_.exchange(contended, std::memory_order_acquire) != free)
      parking::wait(word_, contended, never);
  }

 private:
  static constexpr std::uint32_t free = 0, held = 1, contended = 2;

  wait_word word_{free};
};

// One that counts how often it was not free when it was wanted. Whoever finds it free does not count, and pays nothing.
class counted_lock : private lock {
 public:
  using lock::release;
  using lock::try_acquire;

  void acquire() noexcept {
    if (!take_free()) [[unlikely]]
      acquire_and_count();
  }
  [[nodiscard]] std::uint32_t waits() const noexcept { return waits_.load(std::memory_order_relaxed); }

 private:
  STEADY_COLD void acquire_and_count() noexcept {
    acquire_contended();
    waits_.store(waits() + 1, std::memory_order_relaxed);
  }

  std::atomic<std::uint32_t> waits_{0};  // written by who holds it
};

template <class Lock>
class guard_of {
 public:
  explicit guard_of(Lock& of) noexcept : lock_(of) { lock_.acquire(); }
  guard_of(const guard_of&) = delete;
  guard_of& operator=(const guard_of&) = delete;
  ~guard_of() { lock_.release(); }

 private:
  Lock& lock_;
};
using lock_guard = guard_of<lock>;

}  // namespace steady::detail::channel
