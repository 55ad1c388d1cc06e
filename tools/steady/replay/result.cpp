#include "tools/steady/replay/result.hpp"

#include <algorithm>
#include <cmath>

namespace steady::replay {
namespace {

double per_entry(std::int64_t bytes, std::uint64_t entries) {
  return entries == 0 ? 0 : static_cast<double>(bytes) / static_cast<double>(entries);
}

}  // namespace

double map_result::median_seconds() const {
  std::vector<double> sorted = seconds;
  std::ranges::sort(sorted);
  return sorted.empty() ? 0 : sorted[sorted.size() / 2];
}

double map_result::bytes_per_entry_at_end() const {
  return per_entry(memory.allocation.live, memory.entries);
}

double map_result::bytes_per_entry_at_peak() const {
  return per_entry(memory.allocation.peak, memory.entries_at_peak);
}

std::string describe_sweeps(workload work, bool insert_in_loop) {
  switch (work) {
  case workload::index:
    return "erase inside the loop";
  case workload::sessions:
    return insert_in_loop ? "erase and insert inside the loop"
                          : "erase inside the loop, collect the inserts, then apply them";
  case workload::trace:
    return insert_in_loop ? "make the changes inside the loop" : "collect the changes, then apply them";
  default:
    return {};
  }
}

std::vector<double> curve_fractions(std::size_t operations) {
  std::vector<double> fractions;
  for (int i = 0;; ++i) {
    const double above = std::pow(10.0, -i / 10.0);
    if (above * static_cast<double>(operations) < 1) break;
    fractions.push_back(1 - above);
  }
  fractions.push_back(1);
  return fractions;
}

}  // namespace steady::replay
