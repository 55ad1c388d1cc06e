// Who is told of the memory that observed maps take and give back: the heap profile (profile/include/steady/heap_profile.hpp),
// while it records.
//
// Not an event: it concerns every piece of memory (blocks, overflow, directory, entries that have a place of their own), it must be
// told before the piece is free for others, and a map that is being destroyed tells it too. Nobody listening, a piece costs an
// observed map one load. The listener may not use observed maps. It is never destroyed, so nobody waits for calls that are
// on their way when it is taken out.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "watch.hpp"

namespace steady::detail {

// A piece of memory that was taken. The views hold during the call.
struct taken_memory {
  memory_kind kind;
  std::string_view map_name;  // empty: it has none, or not yet
  std::string_view map_type;
  const void* address;
  std::size_t bytes;  // asked of the allocator
  std::uint64_t objects;  // see memory_kind
};

struct memory_listener {
  void (*taken)(const taken_memory& what) noexcept;
  void (*given_back)(const void* address) noexcept;  // of any piece, whether or not its taking was told
};

inline constinit std::atomic<const memory_listener*> memory_listening{nullptr};

}  // namespace steady::detail
