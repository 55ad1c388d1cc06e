// Everything a replay found out, before anyone formats it: the table, the JSON file and the report read the
// same figures.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "measure/latency.hpp"
#include "measure/machine.hpp"
#include "tools/steady/replay/measured_map.hpp"
#include "tools/steady/replay/operation.hpp"
#include "tools/steady/replay/probe.hpp"

namespace steady::replay {

// A chart is this many columns wide; each shows the operations that fall into it.
inline constexpr std::size_t chart_columns = 800;

// Latencies of one kind (or of all but whole-map ones) over the operations, a column at a time; negative:
// none here.
struct latency_series {
  std::vector<float> min;
  std::vector<float> median;
  std::vector<float> p99;
  std::vector<float> max;
};

// Latency at rising fractions of the operations: the distribution curve.
struct latency_curve {
  std::vector<float> nanoseconds;
};

struct kind_figures {
  kind what = kind::insert;
  measure::latency_percentiles fastest;  // of the op-by-op minimum over the repeats
  measure::latency_percentiles raw;  // medians over the repeats; the maximum is that of all repeats
  latency_series series;
  latency_curve curve;
};

struct map_result {
  measured_map map;
  std::string sweeps;  // how loops that change the map were made; empty if there were none
  std::vector<double> seconds;  // throughput pass, a repeat each
  std::vector<kind_figures> kinds;  // those that occurred, in the order of the enumeration
  run_figures memory;  // the memory pass
  std::vector<memory_point> points;
  double allocator_seconds = 0;  // inside malloc and free, the timer's cost taken off; median of repeats
  double allocator_share = 0;  // of that pass's whole time
  std::uint64_t allocator_calls = 0;

  [[nodiscard]] double median_seconds() const;
  [[nodiscard]] double bytes_per_entry_at_end() const;
  [[nodiscard]] double bytes_per_entry_at_peak() const;
};

struct replay_result {
  std::string source;
  std::string work;
  std::string key_type;
  std::string value_type;
  std::size_t operations = 0;
  std::size_t repeats = 0;
  std::vector<map_result> maps;
  std::vector<measured_map> missing;  // asked for or standard, but not in this build
  measure::machine_description machine;
};

// A map without insert-in-loop does the same work another way, and every table says so.
[[nodiscard]] std::string describe_sweeps(workload work, bool insert_in_loop);

// The fractions of a latency_curve: 1 - 10^(-i/10), so each nine gets ten points; the last is the maximum.
[[nodiscard]] std::vector<double> curve_fractions(std::size_t operations);

}  // namespace steady::replay
