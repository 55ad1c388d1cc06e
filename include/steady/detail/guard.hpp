// Misuse detection inside an operation (contract G9): who writes, and how a second one is noticed.
//
// A write puts its activity into the map's state byte, does its work, and looks whether its activity still stands there.
// Whoever finds another's there reports it. The byte is atomic and relaxed: the check is no data race, and best effort
// as in Go, not a lock.
//
// Re-entry (hash, equality or allocator coming back into the map) looks the same to the byte. To say which of the two
// it was, a thread keeps a list of the maps it is writing (writing_frame.hpp), but only for maps whose functions are the
// user's own: for the known ones, re-entry cannot happen, and the list costs nothing.
#pragma once

#include <cstdint>

#include "../misuse.hpp"
#include "quiet.hpp"
#include "storage.hpp"
#include "writing_frame.hpp"

namespace steady::detail {

template <class Types>
inline constexpr bool is_quiet_table =
    is_quiet_function<typename Types::hasher, typename Types::key_type> &&
    is_quiet_function<typename Types::key_equal, typename Types::key_type> &&
    is_quiet_allocator<typename Types::allocator_type>;

}  // namespace steady::detail
