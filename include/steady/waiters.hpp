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
// Source: the wait reasons are those of Go's goroutine dump (runtime/runtime2.go).
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <sstream>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "channel/inspection.hpp"
#include "channel/registry.hpp"

namespace steady {

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
          names.push_back(in_queue->channel->name());
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

// A line for each of them, as above.
[[nodiscard]] inline std::string dump_waiters() {
  std::ostringstream text;
  const auto now = std::chrono::steady_clock::now();
  for (const blocked_operation& each : blocked_operations()) {
    if (each.coroutine != nullptr) {
      text << "coroutine " << each.coroutine;
    } else {
      text << "thread " << each.thread;
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
