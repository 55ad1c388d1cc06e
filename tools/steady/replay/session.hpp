// Runs the passes, interleaved over the maps, and checks that all maps found the same.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "tools/steady/replay/measured_map.hpp"
#include "tools/steady/replay/result.hpp"

namespace steady::replay {

// Throws failed_check if a map disagrees or dies, interrupted on a signal.
[[nodiscard]] replay_result run_replay(const input& work, const std::vector<measured_map>& maps,
                                       std::size_t repeats);

struct map_checksum {
  std::string map;
  std::uint64_t value;
};

// Throws failed_check, naming the maps and their checksums, unless all are equal.
void require_agreement(std::string_view what, std::span<const map_checksum> checksums);

}  // namespace steady::replay
