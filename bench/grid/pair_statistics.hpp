// What the grid found, and what becomes of it: one result a cell, the geometric means, the files.
#pragma once

#include <array>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "bench/grid/plan.hpp"
#include "bench/grid/ratio.hpp"

namespace steady::grid {

struct peer_description {
  std::string name, type, version;
};

struct cell_result {
  cell where;
  // times[work][peer] holds a time in nanoseconds for each round, none of a peer that took no part; empty where the
  // work was not asked for.
  std::array<std::vector<std::vector<double>>, work_count> times;
  // One answer a peer, null from one that does not do the pass; empty where it was not asked for.
  std::vector<nlohmann::json> latency, memory, allocator;

  [[nodiscard]] bool timed(std::size_t which) const { return !times[which].empty(); }
};

struct grid_result {
  std::vector<peer_description> peers;  // the first is compared with the others
  unsigned rounds = 0;
  std::string command;
  std::vector<cell_result> cells;
  std::vector<std::string> left_out;
};

// Geometric mean over the core workloads of the first peer's paired ratio to another; 0 if one of them is
// missing.
[[nodiscard]] double core_mean(const cell_result& result, std::size_t peer);
// The same to the best other peer of each workload.
[[nodiscard]] double core_mean_to_best(const cell_result& result);

[[nodiscard]] nlohmann::json json_of(const grid_result& result);
[[nodiscard]] std::string markdown_of(const grid_result& result);

}  // namespace steady::grid
