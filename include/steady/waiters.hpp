// Who is blocked, in the whole program: the question a hanging program raises.
//
//   std::fputs(steady::dump_waiters().c_str(), stderr);
//
//   thread 140: chan receive, 12 s, jobs, at worker.cpp:41
//   coroutine 0x5581: select, 3 s, jobs, quit, at feed.cpp:17
//
// Every blocked send, receive and select is found, on named and unnamed channels (constructor's second argument) and on none;
// nothing has to be switched on, and blocking pays nothing for it. Linear in the channels and waiters; all channels are
// locked one after the other, so the picture is of no single instant.
//
// In Go the run time knows all goroutines, and can say "all goroutines are asleep - deadlock!". A library does not know all threads,
// so threads say that they take part: with a `steady::participant` in each, all_blocked() tells whether every one of them waits
// in an operation that no deadline and no stop request can end, and the dump says so in its first line. It is true at an instant, and
// for ever only if nobody else (a thread that does not take part, a coroutine) can still help them.
// Source: the wait reasons are those of Go's goroutine dump (runtime/runtime2.go).
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <map>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "channel/inspection.hpp"
#include "channel/registry.hpp"

namespace steady {

namespace detail::channel {

struct participants {
  std::mutex mutex;
  std::map<std::thread::id, std::string> names;

  [[nodiscard]] static participants& all() {
    static participants* const everybody = new participants;
    return *everybody;
  }
};

}  // namespace detail::channel

// While it lives, its thread is one of those of whom all_blocked() speaks.
class participant {
 public:
  explicit participant(std::string name) {
    auto& everybody = detail::channel::participants::all();
    const std::lock_guard guard(everybody.mutex);
    everybody.names.insert_or_assign(std::this_thread::get_id(), std::move(name));
  }
  participant(const participant&) = delete;
  participant& operator=(const participant&) = delete;
  ~participant() {
    auto& everybody = detail::channel::participants::all();
    const std::lock_guard guard(everybody.mutex);
    everybody.names.erase(std::this_thread::get_id());
  }
};

[[nodiscard]] inline std::vector<blocked_operation> blocked_operations() {
  using namespace detail::channel;
  std::vector<blocked_operation> all;
  // A select stands in several queues, and is one blocked operation.
  std::unordered_map<const operation*, std::size_t> selects;
  const auto add = [&](operation& waiting, const waiter* in_queue) {
    if (waiting.is_select) {
      const auto [place, is_new] = selects.try_emplace(&waiting, all.size());
      if (!is_new) {
        std::vector<std::string>& names = all[place->second].channels;
        if (std::find(names.begin(), names.end(), in_queue->channel->name()) == names.end())
          names.emplace_back(in_queue->channel->name());
        return;
      }
    }
    all.push_back(describe(waiting, in_queue));
  };
  all_channels.visit(
      [&](registered& each) {
        core& channel = static_cast<core&>(each);
        const lock_guard guard(channel.mutex());
        for (const direction side : {direction::receive, direction::send})
          for (const waiter* at = std::as_const(channel).queue(side).first(); at != nullptr; at = at->next)
            if (at->owner->winner.load(std::memory_order_acquire) == nullptr) add(*at->owner, at);
      },
      [&](operation& stranded) { add(stranded, nullptr); });
  return all;
}

namespace detail::channel {

[[nodiscard]] inline bool all_blocked(const std::vector<blocked_operation>& blocked,
                                      const std::map<std::thread::id, std::string>& names) {
  std::size_t waiting = 0;
  for (const blocked_operation& each : blocked)
    if (each.coroutine == nullptr && !each.interruptible && names.count(each.thread) != 0) ++waiting;
  return !names.empty() && waiting == names.size();
}

}  // namespace detail::channel

// Whether there are participants, and each of them waits for one that could only be another.
[[nodiscard]] inline bool all_blocked() {
  auto& everybody = detail::channel::participants::all();
  const std::lock_guard guard(everybody.mutex);
  return detail::channel::all_blocked(blocked_operations(), everybody.names);
}

// A line for each of them, as above.
[[nodiscard]] inline std::string dump_waiters() {
  std::ostringstream text;
  const auto now = std::chrono::steady_clock::now();
  auto& everybody = detail::channel::participants::all();
  const std::lock_guard guard(everybody.mutex);
  const std::vector<blocked_operation> blocked = blocked_operations();
  if (detail::channel::all_blocked(blocked, everybody.names))
    text << "all " << everybody.names.size() << " participants are blocked\n";
  for (const blocked_operation& each : blocked) {
    if (each.coroutine != nullptr) {
      text << "coroutine " << each.coroutine;
    } else {
      text << "thread " << each.thread;
      if (const auto known = everybody.names.find(each.thread); known != everybody.names.end())
        text << " (" << known->second << ')';
    }
    text << ": " << each.reason << ", "
         << std::chrono::duration_cast<std::chrono::seconds>(now - each.since).count() << " s";
    for (const std::string& name : each.channels) text << ", " << (name.empty() ? "(unnamed)" : name);
    if (each.where.line != 0) text << ", at " << each.where.file << ':' << each.where.line;
    text << '\n';
  }
  return std::move(text).str();
}

}  // namespace steady
