// The figures for programs: what --json writes, and what the report page carries inside.
#pragma once

#include <nlohmann/json.hpp>

#include "tools/steady/replay/result.hpp"

namespace steady::replay {

// The table's figures. With charts also the series and curves that only a picture needs.
enum class detail_level { table, charts };

[[nodiscard]] nlohmann::ordered_json to_json(const replay_result& result, detail_level level);

}  // namespace steady::replay
