#include "bench/grid/pair_statistics.hpp"

#include <cmath>

#include "measure/machine.hpp"

namespace steady::grid {

using nlohmann::json;

namespace {

template <class ChoosePeer>
double mean_of_core(const cell_result& result, ChoosePeer&& choose) {
  double logarithms = 0;
  for (std::size_t which = 0; which < core_count; ++which) {
    if (!result.timed(which)) return 0;
    const auto& times = result.times[which];
    if (times[choose(times)].empty()) return 0;
    logarithms += std::log(paired_ratio(times[0], times[choose(times)]).median);
  }
  return std::exp(logarithms / core_count);
}

}  // namespace

double core_mean(const cell_result& result, std::size_t peer) {
  return mean_of_core(result, [peer](const auto&) { return peer; });
}

double core_mean_to_best(const cell_result& result) {
  return mean_of_core(result, [](const auto& times) { return best_other(times); });
}

json json_of(const grid_result& result) {
  json machine = json::object();
  for (const auto& [label, text] : measure::describe_machine().lines()) machine[label] = text;
  json peers = json::array();
  for (const auto& peer : result.peers) {
    peers.push_back({{"name", peer.name}, {"type", peer.type}, {"version", peer.version}});
  }
  json cells = json::array();
  for (const auto& each : result.cells) {
    json out{{"keys", name_of(each.where.keys)},
             {"value_bytes", each.where.value_bytes},
             {"size", each.where.size},
             {"works", json::object()}};
    for (std::size_t which = 0; which < work_count; ++which) {
      if (!each.timed(which)) continue;
      const auto& times = each.times[which];
      json work = json::object();
      for (std::size_t peer = 0; peer < times.size(); ++peer) {
        if (times[peer].empty()) continue;
        json& of_peer = work[result.peers[peer].name];
        of_peer = {{"median_ns", median(times[peer])}, {"rounds_ns", times[peer]}};
        if (peer == 0) continue;
        const ratio found = paired_ratio(times[0], times[peer]);
        of_peer["ratio"] = {{"lower_quartile", found.lower_quartile},
                            {"median", found.median},
                            {"upper_quartile", found.upper_quartile}};
      }
      out["works"][work_names[which]] = work;
    }
    for (std::size_t peer = 0; peer < result.peers.size(); ++peer) {
      const auto& name = result.peers[peer].name;
      if (!each.latency.empty() && !each.latency[peer].is_null()) out["latency"][name] = each.latency[peer];
      if (!each.memory.empty() && !each.memory[peer].is_null()) out["memory"][name] = each.memory[peer];
      if (!each.allocator.empty() && !each.allocator[peer].is_null())
        out["allocator"][name] = each.allocator[peer];
      if (peer > 0 && core_mean(each, peer) > 0) out["core_mean_ratio"][name] = core_mean(each, peer);
    }
    cells.push_back(out);
  }
  return {{"command", result.command}, {"machine", machine},          {"peers", peers},
          {"rounds", result.rounds},   {"left_out", result.left_out}, {"cells", cells}};
}

}  // namespace steady::grid
