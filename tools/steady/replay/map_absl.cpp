#include "tools/steady/replay/run_map.hpp"

namespace steady::replay {

measured_map measured_absl() { return measured<peers::absl_peer>(); }

}  // namespace steady::replay
