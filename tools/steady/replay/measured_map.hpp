// One map behind a plain function, so that the rest of the command knows no map's type and each map is
// compiled once, in a file of its own (map_*.cpp).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "measure/allocation.hpp"
#include "measure/resident.hpp"
#include "tools/steady/replay/operation.hpp"
#include "tools/steady/replay/probe.hpp"

namespace steady::replay {

enum class pass : std::uint8_t { throughput, latency, memory, allocator };

struct run_request {
  pass what;
  const input& work;
  std::span<float> nanoseconds;  // pass latency: one a position
  std::span<kind> kinds;  // pass latency: one a position
  std::span<memory_point> points;  // pass memory
};

// What one run leaves; trivially copyable, because it crosses from a child process to its parent.
struct run_figures {
  double seconds = 0;
  std::uint64_t result = 0;  // checksum of what the operations found
  std::uint64_t content = 0;  // pass memory: checksum of the entries at the end
  std::uint64_t entries = 0;
  std::uint64_t entries_at_peak = 0;
  std::int64_t resident_before = 0;
  std::int64_t resident_after = 0;
  measure::page_faults faults;
  measure::allocation_figures allocation;  // passes memory and allocator
};

struct measured_map {
  std::string name;
  std::string type_name;
  std::string version;
  std::string package;  // of a map that is not available: where it comes from
  bool insert_in_loop = false;
  run_figures (*run)(const run_request& request) = nullptr;  // null if not available

  [[nodiscard]] bool available() const { return run != nullptr; }
};

measured_map measured_steady();
measured_map measured_classic();
measured_map measured_std();
measured_map measured_absl();
measured_map measured_boost();
measured_map measured_robin();

// In the order of peers::names.
inline std::array<measured_map, 6> all_maps() {
  return {measured_steady(), measured_classic(), measured_std(),
          measured_absl(),   measured_boost(),   measured_robin()};
}

}  // namespace steady::replay
