#include "tools/steady/replay/json.hpp"

#include <cmath>

namespace steady::replay {
namespace {

using json = nlohmann::ordered_json;

// A tenth of a nanosecond is finer than any clock, and a tenth of the text.
double tenths(double value) { return std::round(value * 10) / 10; }

json percentiles(const measure::latency_percentiles& figures) {
  return {{"p50", tenths(figures.p50)},
          {"p99", tenths(figures.p99)},
          {"p99.9", tenths(figures.p999)},
          {"p99.99", tenths(figures.p9999)},
          {"max", tenths(figures.max)}};
}

// Whole nanoseconds; nothing where a column holds no such operation.
json whole_numbers(const std::vector<float>& values) {
  json list = json::array();
  for (const float value : values) list.push_back(value < 0 ? json(nullptr) : json(std::lround(value)));
  return list;
}

json kind_object(const kind_figures& figures, detail_level level) {
  json object{{"kind", name_of(figures.what)},
              {"operations", figures.fastest.count},
              {"fastest_ns", percentiles(figures.fastest)},
              {"raw_ns", percentiles(figures.raw)}};
  if (level == detail_level::charts) {
    object["series_ns"] = {{"min", whole_numbers(figures.series.min)},
                           {"median", whole_numbers(figures.series.median)},
                           {"p99", whole_numbers(figures.series.p99)},
                           {"max", whole_numbers(figures.series.max)}};
    object["curve_ns"] = whole_numbers(figures.curve.nanoseconds);
  }
  return object;
}

json map_object(const map_result& map, const replay_result& result, detail_level level) {
  const measure::allocation_figures& memory = map.memory.allocation;
  json object{
      {"name", map.map.name},
      {"type", map.map.type_name},
      {"version", map.map.version},
      {"insert_in_loop", map.map.insert_in_loop},
      {"sweeps", map.sweeps},
      {"seconds", map.seconds},
      {"operations_per_second", std::round(static_cast<double>(result.operations) / map.median_seconds())},
      {"entries_at_end", map.memory.entries},
      {"largest_allocation_bytes", memory.largest},
      {"bytes_at_end", memory.live},
      {"bytes_at_peak", memory.peak},
      {"bytes_per_entry_at_end", tenths(map.bytes_per_entry_at_end())},
      {"bytes_per_entry_at_peak", tenths(map.bytes_per_entry_at_peak())},
      {"allocations", memory.allocations},
      {"releases", memory.releases},
      {"resident_bytes_at_end", map.memory.resident_after - map.memory.resident_before},
      {"page_faults_minor", map.memory.faults.minor},
      {"page_faults_major", map.memory.faults.major},
      {"allocator_seconds", map.allocator_seconds},
      {"allocator_share", map.allocator_share},
      {"allocator_calls", map.allocator_calls},
      {"kinds", json::array()}};
  for (const kind_figures& figures : map.kinds) object["kinds"].push_back(kind_object(figures, level));
  if (level == detail_level::charts) {
    json live = json::array();
    json peak = json::array();
    json resident = json::array();
    json entries = json::array();
    for (const memory_point& point : map.points) {
      live.push_back(point.live_bytes);
      peak.push_back(point.peak_bytes);
      resident.push_back(point.resident_bytes);
      entries.push_back(point.entries);
    }
    object["memory"] = {{"peak", peak}, {"live", live}, {"resident", resident}, {"entries", entries}};
  }
  return object;
}

}  // namespace

json to_json(const replay_result& result, detail_level level) {
  json object{
      {"format", "steady-replay"},       {"version", 1},
      {"workload", result.work},         {"source", result.source},
      {"key", result.key_type},          {"value", result.value_type},
      {"operations", result.operations}, {"repeats", result.repeats},
      {"timer", result.machine.timer},   {"timer_cost_ns", tenths(result.machine.timer_cost_nanoseconds)},
      {"maps", json::array()},           {"left_out", json::array()},
      {"machine", json::object()}};
  for (const map_result& map : result.maps) object["maps"].push_back(map_object(map, result, level));
  for (const measured_map& map : result.missing) {
    object["left_out"].push_back({{"name", map.name}, {"package", map.package}});
  }
  for (const auto& [label, text] : result.machine.lines()) object["machine"][label] = text;
  return object;
}

}  // namespace steady::replay
