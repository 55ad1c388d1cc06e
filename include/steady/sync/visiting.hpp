// Which sync_map's lock this thread holds while it runs code of the user's: a visitor, or an update.
//
// A visitor that comes back into the map it visits would wait for itself, forever if it met the same shard and never if it
// met another. So every operation asks here first, and the answer is a report, not a deadlock (survey 4.3; Boost's
// concurrent maps do the same in debug builds). A thread in no visitor pays one load.
#pragma once

#include <string_view>

#include "../misuse.hpp"

namespace steady::detail {

struct visiting_frame {
  const void* map;
  const visiting_frame* outer;
};
inline thread_local const visiting_frame* visiting_frames = nullptr;

// The time a visitor of this map runs.
class visiting {
 public:
  explicit visiting(const void* map) noexcept : frame_{map, visiting_frames} { visiting_frames = &frame_; }
  visiting(const visiting&) = delete;
  visiting& operator=(const visiting&) = delete;
  ~visiting() { visiting_frames = frame_.outer; }

 private:
  visiting_frame frame_;
};

// Reports an operation of a map from inside its own visitor.
template <class Map>
void refuse_inside_visitor(const Map* map, std::string_view operation) {
  for (const visiting_frame* frame = visiting_frames; frame != nullptr; frame = frame->outer)
    if (frame->map == map)
      report_misuse(misuse::inside_visitor, type_name<Map>(), operation, "a visitor of the same map");
}

}  // namespace steady::detail
