// From ten million latencies to what a table and a chart can show.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "tools/steady/replay/result.hpp"

namespace steady::replay {

// The latencies of one kind, in order.
[[nodiscard]] std::vector<float> select_kind(std::span<const float> nanoseconds, std::span<const kind> kinds,
                                             kind what);

// Columns over all positions, filled with the operations of one kind.
[[nodiscard]] latency_series make_series(std::span<const float> nanoseconds, std::span<const kind> kinds,
                                         kind what);

// Percentiles of several runs of one kind: each the median of the runs', the maximum that of all.
[[nodiscard]] measure::latency_percentiles combine_runs(std::span<const measure::latency_percentiles> runs);

}  // namespace steady::replay
