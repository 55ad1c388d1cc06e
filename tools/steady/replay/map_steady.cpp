#include "tools/steady/replay/run_map.hpp"

namespace steady::replay {

measured_map measured_steady() { return measured<peers::steady_peer>(); }

}  // namespace steady::replay
