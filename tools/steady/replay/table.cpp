#include "tools/steady/replay/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace steady::replay {
namespace {

// Three significant digits: more would be noise.
std::string three_digits(double value) {
  return fmt::format("{:.{}f}", value, value < 9.995 ? 2 : value < 99.95 ? 1 : 0);
}

void heading(std::string& out, const replay_result& result) {
  auto end = std::back_inserter(out);
  fmt::format_to(end, "workload {}: {}\n", result.work, result.source);
  fmt::format_to(end,
                 "{} operations on {} -> {}; {} repeat{}, interleaved, each run in a process of its own\n",
                 format_count(result.operations), result.key_type, result.value_type, result.repeats,
                 result.repeats == 1 ? "" : "s");
  for (const measured_map& map : result.missing) {
    fmt::format_to(end,
                   "{} is left out: it was not installed when this command was built (Debian package {})\n",
                   map.name, map.package);
  }
}

void whole_run(std::string& out, const replay_result& result) {
  auto end = std::back_inserter(out);
  fmt::format_to(end, "\n{:<8}{:>10}{:>19}{:>11}{:>18}{:>12}{:>12}{:>17}{:>9}\n", "", "", "spread of the",
                 "largest", "bytes per entry", "peak", "resident", "time in the", "page");
  fmt::format_to(end, "{:<8}{:>10}{:>19}{:>11}{:>9}{:>9}{:>12}{:>12}{:>17}{:>9}\n", "map", "Mop/s", "repeats",
                 "allocation", "end", "at peak", "bytes", "at the end", "allocator", "faults");
  for (const map_result& map : result.maps) {
    const auto rate = [&](double seconds) { return static_cast<double>(result.operations) / seconds * 1e-6; };
    const auto [fastest, slowest] = std::ranges::minmax(map.seconds);
    const measure::allocation_figures& memory = map.memory.allocation;
    fmt::format_to(
        end, "{:<8}{:>10}{:>19}{:>11}{:>9}{:>9}{:>12}{:>12}{:>17}{:>9}\n", map.map.name,
        three_digits(rate(map.median_seconds())),
        fmt::format("{} .. {}", three_digits(rate(slowest)), three_digits(rate(fastest))),
        format_bytes(static_cast<double>(memory.largest)),
        map.memory.entries == 0 ? "-" : three_digits(map.bytes_per_entry_at_end()),
        three_digits(map.bytes_per_entry_at_peak()), format_bytes(static_cast<double>(memory.peak)),
        format_bytes(static_cast<double>(map.memory.resident_after - map.memory.resident_before)),
        fmt::format("{} ({:.0f} %)", format_duration(map.allocator_seconds * 1e9), map.allocator_share * 100),
        format_count(static_cast<std::uint64_t>(map.memory.faults.minor + map.memory.faults.major)));
  }
}

void one_kind(std::string& out, const replay_result& result, kind what) {
  auto end = std::back_inserter(out);
  const auto row = [&](const map_result& map, const kind_figures& latency) {
    fmt::format_to(end, "{:<8}", map.map.name);
    for (const auto* figures : {&latency.fastest, &latency.raw}) {
      for (const double value : {figures->p50, figures->p99, figures->p999, figures->p9999, figures->max}) {
        fmt::format_to(end, "{:>10}", format_duration(value));
      }
      if (figures == &latency.fastest) out += "  |";
    }
    if (what == kind::sweep) fmt::format_to(end, "   {}", map.sweeps);
    out += '\n';
  };
  bool first = true;
  for (const map_result& map : result.maps) {
    const auto figures = std::ranges::find(map.kinds, what, &kind_figures::what);
    if (figures == map.kinds.end()) continue;
    if (first) {
      fmt::format_to(end, "\n{}: {} operation{}\n", name_of(what), format_count(figures->fastest.count),
                     figures->fastest.count == 1 ? "" : "s");
      fmt::format_to(end, "{:<8}{:^50}  |{:^50}\n", "", "op-by-op minimum of the repeats", "raw");
      fmt::format_to(end, "{:<8}", "map");
      for (int half = 0; half < 2; ++half) {
        for (const char* title : {"p50", "p99", "p99.9", "p99.99", "max"})
          fmt::format_to(end, "{:>10}", title);
        if (half == 0) out += "  |";
      }
      out += '\n';
      first = false;
    }
    row(map, *figures);
  }
}

void notes(std::string& out, const replay_result& result) {
  auto end = std::back_inserter(out);
  out += '\n';
  fmt::format_to(
      end, "The timer ({}) costs {:.0f} ns itself; that is contained in every latency, not subtracted.\n",
      result.machine.timer, result.machine.timer_cost_nanoseconds);
  out += "Raw: percentiles are medians over the repeats, the maximum is that of all repeats.\n";
  if (std::ranges::any_of(result.maps, [](const map_result& map) { return !map.sweeps.empty(); })) {
    out += "A sweep is one whole loop over the map with all it erases and inserts; how each map made it "
           "stands in its row.\n";
  }
}

}  // namespace

std::string format_duration(double nanoseconds) {
  constexpr std::pair<double, const char*> units[] = {{1e9, "s"}, {1e6, "ms"}, {1e3, "us"}};
  for (const auto& [size, unit] : units) {
    if (nanoseconds >= size * 0.9995) return fmt::format("{} {}", three_digits(nanoseconds / size), unit);
  }
  return fmt::format("{:.0f} ns", nanoseconds);
}

std::string format_bytes(double bytes) {
  constexpr double step = 1024;
  constexpr std::pair<double, const char*> units[] = {
      {step * step * step, "GiB"}, {step * step, "MiB"}, {step, "KiB"}};
  for (const auto& [size, unit] : units) {
    if (bytes >= size) return fmt::format("{} {}", three_digits(bytes / size), unit);
  }
  return fmt::format("{:.0f} B", bytes);
}

std::string format_count(std::uint64_t count) {
  std::string digits = std::to_string(count);
  for (std::size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, 1, ',');
  return digits;
}

std::string format_table(const replay_result& result) {
  std::string out;
  heading(out, result);
  whole_run(out, result);
  for (std::size_t i = 0; i < kind_names.size(); ++i) one_kind(out, result, static_cast<kind>(i));
  notes(out, result);
  return out;
}

}  // namespace steady::replay
