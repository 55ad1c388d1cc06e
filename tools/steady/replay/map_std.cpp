#include "tools/steady/replay/run_map.hpp"

namespace steady::replay {

measured_map measured_std() { return measured<peers::std_peer>(); }

}  // namespace steady::replay
