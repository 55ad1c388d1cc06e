// The named channels, as the registry lists them: a row for each name.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "core.hpp"
#include "naming.hpp"

namespace steady {

// All channels of one name, added up; the counts include those of the name that are gone. When all are, the name is not listed; its
// next channel goes on counting, unless 256 other names have gone since (naming.hpp).
struct channel_snapshot {
  std::string name;
  std::string type;  // of the elements, as the compiler spells it (of the first channel of the name)
  std::size_t channels = 0;
  std::size_t capacity = 0;  // 0: unbuffered
  std::size_t length = 0;  // elements in the buffers
  std::size_t closed = 0;  // how many of the channels are
  std::size_t waiting_senders = 0;
  std::size_t waiting_receivers = 0;
  std::uint64_t sends = 0;  // of values that were received, or are in a buffer
  std::uint64_t receives = 0;  // of values; not those that only told of the end
};

namespace detail::channel {

// Not those that have been claimed and are on their way out.
[[nodiscard]] inline std::size_t waiting_in(const waiter_queue& queue) noexcept {
  std::size_t waiting = 0;
  for (const waiter* each = queue.first(); each != nullptr; each = each->next)
    if (each->owner->winner.load(std::memory_order_acquire) == nullptr) ++waiting;
  return waiting;
}

inline void add(channel_snapshot& to, const naming& each) noexcept {
  core& channel = each.channel();
  const lock_guard guard(channel.mutex());
  ++to.channels;
  to.capacity += channel.dataqsiz();
  to.length += channel.qcount();
  if (channel.closed()) ++to.closed;
  to.waiting_senders += waiting_in(channel.queue(direction::send));
  to.waiting_receivers += waiting_in(channel.queue(direction::receive));
  to.sends += each.delivered() + channel.qcount();
  to.receives += each.delivered();
}

}  // namespace detail::channel

namespace registry {

// The named channels, in the order of their names. Locks the names for one of them at a time, so that who makes and ends channels
// meanwhile waits for no other name's; and one channel after the other, so the picture is of no single instant. Linear in the
// named channels and in who waits at them.
[[nodiscard]] inline std::vector<channel_snapshot> channels() {
  using namespace detail::channel;
  std::vector<channel_snapshot> rows;
  channel_names& all = channel_names::all();
  for (;;) {
    channel_snapshot seen;
    {
      const std::lock_guard guard(all.mutex);
      auto at = rows.empty() ? all.by_name.begin() : all.by_name.upper_bound(rows.back().name);
      // All of the name are gone, or the only one is being made, or freed.
      while (at != all.by_name.end() && at->second.first == nullptr) ++at;
      if (at == all.by_name.end()) return rows;
      const name_row& row = at->second;
      seen.name = at->first;
      seen.type = row.type;
      seen.sends = row.sends;
      seen.receives = row.receives;
      for (const naming* each = row.first; each != nullptr; each = each->next()) add(seen, *each);
    }
    rows.push_back(std::move(seen));
  }
}

}  // namespace registry
}  // namespace steady
