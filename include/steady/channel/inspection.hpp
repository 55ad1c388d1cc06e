// What a channel and its waiters look like from outside: copies, taken under the channel's lock.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <vector>

#include "call_site.hpp"
#include "core.hpp"
#include "element.hpp"
#include "waiter.hpp"

namespace steady {

// One blocked operation.
struct blocked_operation {
  std::string_view reason;  // in Go's words: "chan send", "select", "chan receive (nil chan)" ...
  std::vector<std::string> channels;  // names, of a select's all
  std::chrono::steady_clock::time_point
      since;  // a thread: parked; a coroutine: first seen by a look like this
  std::thread::id thread;  // none for a coroutine
  const void* coroutine = nullptr;  // its frame; null: a thread
  bool interruptible = false;  // by a deadline or a stop token
  call_site where;
};

// Of a channel: Go's hchan, with its own field names.
template <class T>
struct channel_inspection {
  std::size_t qcount = 0;
  std::size_t dataqsiz = 0;
  std::vector<T> buffer;  // from the oldest; empty if T cannot be copied
  std::size_t sendx = 0;
  std::size_t recvx = 0;
  bool closed = false;
  std::vector<blocked_operation> recvq;  // in the order in which they will be served
  std::vector<blocked_operation> sendq;
};

namespace detail::channel {

[[nodiscard]] inline std::string_view wait_reason(const operation& waiting, const waiter* in_queue) noexcept {
  if (waiting.is_select) return waiting.cases == 0 ? "select (no cases)" : "select";
  if (in_queue == nullptr)
    return waiting.stranded_side == direction::send ? "chan send (nil chan)" : "chan receive (nil chan)";
  return in_queue->side == direction::send ? "chan send" : "chan receive";
}

// Under the lock that keeps the operation from leaving.
[[nodiscard]] inline blocked_operation describe(operation& waiting, const waiter* in_queue) {
  clock::rep since = 0;
  const clock::rep now = clock::now().time_since_epoch().count();
  if (waiting.since.compare_exchange_strong(since, now, std::memory_order_relaxed)) since = now;
  blocked_operation described;
  described.reason = wait_reason(waiting, in_queue);
  described.since = clock::time_point(clock::duration(since));
  described.thread = waiting.thread;
  described.coroutine = waiting.coroutine;
  described.interruptible = waiting.interruptible;
  described.where = waiting.where;
  if (in_queue != nullptr) described.channels.emplace_back(in_queue->channel->name());
  return described;
}

[[nodiscard]] inline std::vector<blocked_operation> describe(const waiter_queue& queue) {
  std::vector<blocked_operation> described;
  for (const waiter* each = queue.first(); each != nullptr; each = each->next)
    if (each->owner->winner.load(std::memory_order_acquire) == nullptr)
      described.push_back(describe(*each->owner, each));
  return described;
}

template <class T>
[[nodiscard]] channel_inspection<T> inspect(core* channel) {
  channel_inspection<T> seen;
  if (channel == nullptr) return seen;
  const lock_guard guard(channel->mutex());
  seen.qcount = channel->qcount();
  seen.dataqsiz = channel->dataqsiz();
  seen.sendx = channel->sendx();
  seen.recvx = channel->recvx();
  seen.closed = channel->closed();
  seen.recvq = describe(channel->queue(direction::receive));
  seen.sendq = describe(channel->queue(direction::send));
  if constexpr (std::is_copy_constructible_v<T>) {
    for (std::size_t position = 0; position < seen.qcount; ++position) {
      const auto& element = *static_cast<const element_for<T>*>(channel->buffered(position));
      if constexpr (travels_in_box<T>) {
        seen.buffer.push_back(*element);
      } else {
        seen.buffer.push_back(element);
      }
    }
  }
  return seen;
}

}  // namespace detail::channel
}  // namespace steady
