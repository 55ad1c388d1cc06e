// Who is told of the memory that observed maps and named heaps take and give back: the heap profile
// (profile/include/steady/heap_profile.hpp), while it records.
//
// Not an event: it concerns every piece of memory (blocks, overflow, directory, entries that have a place of their own, the pieces
// of a span_resource), it must be told before the piece is free for others, and a map that is being destroyed tells it too. Nobody
// listening, a piece costs an observed map, or a span_resource, one load. The listener may not use observed maps, and is told of its own
// memory if that comes from a named heap. It is never destroyed, so nobody waits for calls that are on their way when it is taken out.
//
// An observed map on a named heap tells of the same memory as the heap does, and at the same address: after the heap when it is taken,
// before it when it is given back. Whose it is then is the listener's to say. If another resource lies between, the address may be the
// same, but the request is not.
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
  std::string_view owner;  // the name of the map or heap; empty: it has none, or not yet
  std::string_view type;
  const void* address;
  std::size_t bytes;  // asked of the allocator; of a heap's piece, with what rounding adds
  std::uint64_t objects;  // see memory_kind
  std::size_t request;  // the bytes asked for at once, of which it is a part or all
};

struct memory_listener {
  // Of a map; given_back of any piece, whether or not its taking was told.
  void (*taken)(const taken_memory& what) noexcept;
  void (*given_back)(const void* address) noexcept;
  // Of a heap, which tells apart heaps whose memory goes all at once.
  void (*piece_taken)(const void* heap, const taken_memory& what) noexcept;
  void (*piece_given_back)(const void* address) noexcept;
  // With pieces that were not given back; all memory goes whose address the heap owns.
  void (*heap_ended)(const void* heap, bool (*owns)(const void* heap, const void* address) noexcept) noexcept;
};

inline constinit std::atomic<const memory_listener*> memory_listening{nullptr};

}  // namespace steady::detail
