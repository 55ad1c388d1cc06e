#include "tools/steady/replay/run_map.hpp"

namespace steady::replay {

measured_map measured_robin() { return measured<peers::robin_peer>(); }

}  // namespace steady::replay
