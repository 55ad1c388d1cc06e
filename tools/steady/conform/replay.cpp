#include "tools/steady/conform/replay.hpp"

#include "tools/steady/conform/replayer.hpp"

namespace steady::conform {

outcome replay(trace_reader& trace) {
  return with_replayer(trace, [](auto&& with) { return with.run(); });
}

}  // namespace steady::conform
