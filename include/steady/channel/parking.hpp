// How a thread sleeps until a word changes, and how long it looks at the word before that.
//
// Two implementations with one contract. On Linux the kernel's futex, on a word of four bytes and called directly:
// the standard library's std::atomic::wait goes through a table of its own for other sizes, has no deadline, and in
// libstdc++ 12 can miss a notification. Elsewhere a small table of mutexes and condition variables found by the
// word's address, because std::atomic::wait has no deadline there either. Both are always compiled where they can be,
// so that the portable one is tested on Linux too.
//
// Contract: wait() returns when the word no longer holds `expected`, at the deadline, or for no reason; the caller
// looks again. wake() may be given the address of a word that has just ceased to exist (the woken thread's stack
// frame): neither implementation reads it, and the worst that follows is a wake-up without reason, which the contract
// allows.
//
// Spinning: parking costs a hand-over between processors some 29 us on the virtual machine this was written on and
// some 2 us on bare metal, a spin that succeeds 0.06 us. So a waiter first looks for a bounded time. Not when the process
// may use one processor only; not when as many threads as there are processors spin already (they are counted if more than that
// many have ever come to wait and still live: the count is a word that all of them share, and costs a tenth of a hand-over); the bound is
// the thread's own, full after a spin that paid and an eighth less after each that did not, so that threads which are pinned
// together, or wait long, soon hardly spin at all. Two partners who have both given up would never find out that spinning pays
// again; so every 32nd wait looks for long enough to meet a partner who has to wake up first. Source of the rules: crossbeam#821
// and #1031, survey 2.3 and 2.4.
//
// Yielding: who is about to park first offers its processor, once, to whoever could run on it. If that is the partner, the wait is
// over when the processor comes back, and nobody had to be put to sleep or woken: two system calls less for a message, which is most of
// what it costs where threads share processors. If it is a stranger with much to do, the offer costs the stranger's turn; so an
// offer has to pay within a fraction of one, and a thread whose offers do not makes hardly any.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <mutex>
#include <thread>

#if __has_include(<sys/single_threaded.h>)
#include <sys/single_threaded.h>
#define STEADY_SINGLE_THREADED __libc_single_threaded
#else
#define STEADY_SINGLE_THREADED false
#endif
#if defined(__linux__)
#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include "../detail/config.hpp"
#include "../detail/yield.hpp"

namespace steady::detail::channel {

using clock = std::chrono::steady_clock;
using wait_word = std::atomic<std::uint32_t>;
static_assert(sizeof(wait_word) == 4 && wait_word::is_always_lock_free, "the futex needs four plain bytes");

// Whether this process has one thread, as glibc knows it: then no read-modify-write has to be atomic. That is worth a third of the
// time of a channel between coroutines. (glibc's own mutex and libstdc++'s shared_ptr do the same.)
[[nodiscard]] STEADY_INLINE bool single_threaded() noexcept { return STEADY_SINGLE_THREADED; }
#undef STEADY_SINGLE_THREADED

// No deadline: waits that end only by being woken.
inline constexpr clock::time_point never = clock::time_point::max();

struct table_parking {
  static void wait(wait_word& word, std::uint32_t expected, clock::time_point deadline) {
    place& here = place_of(&word);
    std::unique_lock guard(here.mutex);
    if (word.load(std::memory_order_acquire) != expected) return;
    if (deadline == never) {
      here.changed.wait(guard);
    } else {
      here.changed.wait_until(guard, deadline);
    }
  }

  // The mutex is taken and given back so that a waiter which has looked at the word is asleep by now.
  static void wake(const wait_word* word) noexcept {
    place& here = place_of(word);
    {
      const std::lock_guard guard(here.mutex);
    }
    here.changed.notify_all();
  }

 private:
  struct place {
    std::mutex mutex;
    std::condition_variable changed;
  };

  // Never destroyed: a thread may still wait while the program's static objects go.
  static place& place_of(const wait_word* word) {
    static constexpr std::size_t places = 64;
    static place* const table = new place[places];
    return table[reinterpret_cast<std::uintptr_t>(word) / 64 % places];
  }
};

#if defined(__linux__)
struct futex_parking {
  static void wait(wait_word& word, std::uint32_t expected, clock::time_point deadline) noexcept {
    if (deadline == never) {
      call(&word, FUTEX_WAIT_PRIVATE, expected, nullptr);
      return;
    }
    // steady_clock is CLOCK_MONOTONIC, and FUTEX_WAIT_BITSET takes an instant of that clock.
    const auto since_start = deadline.time_since_epoch();
    if (since_start.count() < 0) return;
    const auto seconds = std::chrono::floor<std::chrono::seconds>(since_start);
    const auto rest = std::chrono::duration_cast<std::chrono::nanoseconds>(since_start - seconds);
    timespec instant{};
    instant.tv_sec = static_cast<decltype(instant.tv_sec)>(seconds.count());
    instant.tv_nsec = static_cast<decltype(instant.tv_nsec)>(rest.count());
    call(&word, FUTEX_WAIT_BITSET_PRIVATE, expected, &instant);
  }

  static void wake(const wait_word* word) noexcept { call(word, FUTEX_WAKE_PRIVATE, 1, nullptr); }

 private:
  static void call(const wait_word* word, int operation, std::uint32_t value,
                   const timespec* instant) noexcept {
    ::syscall(SYS_futex, word, operation, value, instant, nullptr, FUTEX_BITSET_MATCH_ANY);
  }
};
using parking = futex_parking;
#else
using parking = table_parking;
#endif

// How many processors those threads may use, together, that have come to wait so far: threads that are pinned apart have several,
// threads that are pinned together have one, whatever the process was allowed. Each thread is asked at its first wait.
[[nodiscard]] STEADY_COLD inline unsigned add_this_threads_processors() noexcept {
#if defined(__linux__)
  static std::mutex mutex;
  static cpu_set_t all = [] {
    cpu_set_t none;
    CPU_ZERO(&none);
    return none;
  }();
  const std::lock_guard guard(mutex);
  cpu_set_t mine;
  CPU_ZERO(&mine);
  if (::sched_getaffinity(0, sizeof mine, &mine) == 0) {
    CPU_OR(&all, &all, &mine);
    return static_cast<unsigned>(CPU_COUNT(&all));
  }
#endif
  return std::max(1u, std::thread::hardware_concurrency());
}

inline std::atomic<unsigned> known_processors{1};
inline std::atomic<unsigned> known_threads{0};  // that have come to wait, and live
inline thread_local bool processors_asked = false;

STEADY_COLD inline void know_this_thread() noexcept {
  struct known {
    known() noexcept { known_threads.fetch_add(1, std::memory_order_relaxed); }
    ~known() { known_threads.fetch_sub(1, std::memory_order_relaxed); }
  };
  static thread_local const known counted;
  known_processors.store(add_this_threads_processors(), std::memory_order_relaxed);
}

[[nodiscard]] inline unsigned allowed_processors() noexcept {
  if (!processors_asked) {
    processors_asked = true;
    know_this_thread();
  }
  return known_processors.load(std::memory_order_relaxed);
}

// Tells the processor that this is a loop that waits.
STEADY_INLINE void pause_processor() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

inline std::atomic<unsigned> spinning_threads{0};

struct spin_limits {
  static constexpr unsigned least = 8;
  static constexpr unsigned most = 1024;  // pauses: some 10 to 40 us
  static constexpr unsigned probe = 4096;  // longer than a parked partner needs to wake up
  static constexpr unsigned waits_between_probes = 32;
};
inline thread_local unsigned spin_budget = spin_limits::most;
inline thread_local unsigned spin_failures = 0;

// Looks at the word until it is not `expected` any more, for as long as that is worth it. Whether it changed.
inline bool spin_while(const wait_word& word, std::uint32_t expected) noexcept {
  const unsigned processors = allowed_processors();
  if (processors == 1) return false;
  // Fewer threads than processors need not be counted, on a word that they would all have to share. If there are more, not one
  // fewer: whoever has just been served counts as spinning until it notices, and its partner would be sent to sleep.
  const bool counts = known_threads.load(std::memory_order_relaxed) > processors;
  if (counts && spinning_threads.fetch_add(1, std::memory_order_relaxed) >= processors) {
    spinning_threads.fetch_sub(1, std::memory_order_relaxed);
    return false;
  }
  const bool probes = (spin_failures + 1) % spin_limits::waits_between_probes == 0;
  const unsigned limit = probes ? spin_limits::probe : spin_budget;
  bool changed = false;
  for (unsigned pauses = 0; pauses < limit && !changed; ++pauses) {
    pause_processor();
    changed = word.load(std::memory_order_acquire) != expected;
  }
  if (counts) spinning_threads.fetch_sub(1, std::memory_order_relaxed);
  spin_failures = changed ? 0 : spin_failures + 1;
  spin_budget = changed ? spin_limits::most : std::max(spin_budget - spin_budget / 8, spin_limits::least);
  return changed;
}

struct yield_limits {
  static constexpr std::chrono::microseconds worthwhile{200};
  static constexpr unsigned failures = 4;  // in a row; then one wait in 32 tries again
  static constexpr unsigned waits_between_probes = 32;
};
inline thread_local unsigned yield_failures = 0;
inline thread_local unsigned waits_without_yield = 0;

// Offers the processor once, if that has been worth it. Whether the word changed.
inline bool yield_while(const wait_word& word, std::uint32_t expected) noexcept {
  if (yield_failures >= yield_limits::failures &&
      ++waits_without_yield % yield_limits::waits_between_probes != 0)
    return false;
  const clock::time_point begin = clock::now();
  yield();
  const bool changed = word.load(std::memory_order_acquire) != expected;
  const bool paid = changed && clock::now() - begin < yield_limits::worthwhile;
  yield_failures = paid ? 0 : yield_failures + 1;
  return changed;
}

}  // namespace steady::detail::channel
