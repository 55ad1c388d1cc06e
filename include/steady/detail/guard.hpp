// Misuse detection inside an operation (contract G9): who writes, and how a second one is noticed.
//
// A write puts its activity into the map's state byte, does its work, and looks whether its activity still stands there.
// Whoever finds another's there reports it. The byte is atomic and relaxed: the check is no data race, and best effort
// as in Go, not a lock.
//
// Re-entry (hash, equality or allocator coming back into the map) looks the same to the byte. To say which of the two
// it was, a thread keeps a list of the maps it is writing, but only for maps whose functions are the user's own: for the
// known ones, re-entry cannot happen, and the list costs nothing.
#pragma once

#include <cstdint>

#include "../misuse.hpp"
#include "quiet.hpp"
#include "storage.hpp"

namespace steady::detail {

template <class Types>
inline constexpr bool is_quiet_table =
    is_quiet_function<typename Types::hasher, typename Types::key_type> &&
    is_quiet_function<typename Types::key_equal, typename Types::key_type> &&
    is_quiet_allocator<typename Types::allocator_type>;

// The maps this thread is writing, innermost first.
struct writing_frame {
  const void* map;
  const writing_frame* outer;
};
inline thread_local const writing_frame* writing_frames = nullptr;

// Whether this thread is writing the map in another scope than `own`, which is the one that asks.
[[nodiscard]] inline bool is_writing(const void* map, const writing_frame* own) noexcept {
  for (const writing_frame* frame = writing_frames; frame != nullptr; frame = frame->outer)
    if (frame->map == map && frame != own) return true;
  return false;
}

struct no_frame {
  explicit no_frame(const void*) noexcept {}
  [[nodiscard]] static const writing_frame* own() noexcept { return nullptr; }
};
struct noted_frame {
  writing_frame frame;
  explicit noted_frame(const void* map) noexcept : frame{map, writing_frames} { writing_frames = &frame; }
  noted_frame(const noted_frame&) = delete;
  noted_frame& operator=(const noted_frame&) = delete;
  ~noted_frame() { writing_frames = frame.outer; }
  [[nodiscard]] const writing_frame* own() const noexcept { return &frame; }
};

}  // namespace steady::detail
