#include "tools/steady/replay/run_map.hpp"

namespace steady::replay {

measured_map measured_boost() { return measured<peers::boost_peer>(); }

}  // namespace steady::replay
