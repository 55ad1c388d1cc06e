// When somebody begins to wait, may go on, and goes on: every change of state of every blocked send, receive and select, for who
// wants to watch them. <steady/wait_trace.hpp> records them and draws them with Chrome's tracing; an own observer is a class with
// one function:
//
//   struct counter final : steady::wait_observer {
//     void changed(const steady::wait_event& now) noexcept override { waits += now.state == steady::wait_state::waiting; }
//     std::atomic<long> waits{0};
//   };
//   counter watching;
//   steady::observe_waits(&watching);
//   ...
//   steady::observe_waits(nullptr);
//
// The states are those of Go's goroutines. An operation that need not wait changes none, so a wait is always waiting, runnable,
// running, in this order, and told as it happens: the first by who waits, under the locks of its channels; the second by whoever
// ended the wait, before it wakes the other; the third by who waited. A coroutine that is destroyed while it waits is gone instead of
// running, and runnable before only if somebody else had ended its wait. The last state of a send or receive that began before anybody
// ever watched does not name the channel, which may be gone.
//
// Nobody watching, a wait costs three loads more. Source of the states: Go's runtime/runtime2.go (_Grunnable, _Grunning, _Gwaiting).
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>
#include <thread>

#include "channel/core.hpp"
#include "channel/inspection.hpp"
#include "channel/waiter.hpp"
#include "detail/listening_post.hpp"

#if defined(STEADY_USDT)
#include <sys/sdt.h>
#endif

namespace steady {

struct wait_event {
  wait_state state;
  std::chrono::steady_clock::time_point when;
  std::string_view reason;  // of waiting, in Go's words: "chan send", "select" ...
  std::string_view channel;  // its name; of a select the one that ended it, and none while it waits
  std::thread::id thread;  // who waits; none for a coroutine
  const void* coroutine = nullptr;  // its frame; null: a thread
  call_site where;
};

// What it is given is valid during the call. It is called by any thread, by several at once, and with locks of channels held: it may
// not use channels, and should be short.
class wait_observer {
 public:
  virtual void changed(const wait_event& now) noexcept = 0;

 protected:
  ~wait_observer() = default;
};

namespace detail::channel {

inline constinit listening_post<wait_observer> wait_post;

inline void tell_observer(const operation& of, wait_state next, const waiter* about) noexcept {
  if (!wait_post.taken()) return;
  wait_post.tell([&](wait_observer& observer) {
    wait_event now{};
    now.state = next;
    now.when = clock::now();
    if (next == wait_state::waiting) now.reason = wait_reason(of, about);
    if (about != nullptr && about->channel != nullptr) now.channel = about->channel->name();
    now.thread = of.thread;
    now.coroutine = of.coroutine;
    now.where = of.where;
    observer.changed(now);
  });
}

}  // namespace detail::channel

// One at a time; null: nobody. When it returns, the one before is not called any more.
inline void observe_waits(wait_observer* observer) noexcept {
  using namespace detail::channel;
  wait_post.put(observer);
  // Never taken back: another may have put its own meanwhile, and tell_observer() is called in vain while nobody observes.
  if (observer != nullptr) wait_listening.store(&tell_observer, std::memory_order_release);
}

// Takes an observer out if it still is the one; another that has taken its place stays. When it returns, it is not called any more.
inline void stop_observing_waits(wait_observer* observer) noexcept {
  detail::channel::wait_post.take_out(observer);
}

#if defined(STEADY_USDT)
// Tells bpftrace and its like, through probes named after the states (detail/probes.hpp has what a probe is). Their arguments: the
// channel's name and its length, the reason and its length, the coroutine (0: a thread, which is the one that fires "waiting" and
// "running" itself), the source file and line.
class usdt_waits final : public wait_observer {
 public:
  void changed(const wait_event& now) noexcept override {
    const char* const channel = now.channel.data();
    const std::uint64_t channel_length = now.channel.size();
    const char* const reason = now.reason.data();
    const std::uint64_t reason_length = now.reason.size();
#define STEADY_PROBE(state)                                                                                  \
  case wait_state::state:                                                                                    \
    STAP_PROBE7(steady, channel_##state, channel, channel_length, reason, reason_length, now.coroutine,      \
                now.where.file, now.where.line);                                                             \
    break
    switch (now.state) {
      STEADY_PROBE(waiting);
      STEADY_PROBE(runnable);
      STEADY_PROBE(running);
      STEADY_PROBE(gone);
    }
#undef STEADY_PROBE
  }
};
#endif

}  // namespace steady
