// The report: one page that opens offline, with the figures inside.
#pragma once

#include <string>

#include "tools/steady/replay/result.hpp"

namespace steady::replay {

[[nodiscard]] std::string make_report(const replay_result& result);

}  // namespace steady::replay
