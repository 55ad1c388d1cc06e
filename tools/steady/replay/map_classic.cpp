#include "tools/steady/replay/run_map.hpp"

namespace steady::replay {

measured_map measured_classic() { return measured<peers::classic_peer>(); }

}  // namespace steady::replay
