// Which sync_map's lock this thread holds while it runs code of the user's: a visitor, or an update.
//
// A visitor that comes back into the map it visits would wait for itself, forever if it met the same shard and never if it
// met another. So every operation asks here first, and the answer is a report, not a deadlock (survey 4.3; Boost's
// concurrent maps do the same in debug builds). The list is the one in which a thread keeps the maps it is writing; a thread in
// no visitor pays one load.
#pragma once

#include <string_view>

#include "../detail/writing_frame.hpp"
#include "../misuse.hpp"

namespace steady::detail {

// The time a visitor of this map runs.
using visiting = noted_frame;

// Reports an operation of a map from inside its own visitor.
template <class Map>
void refuse_inside_visitor(const Map* map, std::string_view operation) {
  if (is_writing(map, nullptr)) [[unlikely]]
    report_misuse(misuse::inside_visitor, type_name<Map>(), operation,
                  "a visitor or observer of the same map");
}

}  // namespace steady::detail
