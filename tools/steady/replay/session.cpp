#include "tools/steady/replay/session.hpp"

#include <fmt/format.h>
#include <malloc.h>

#include <algorithm>

#include "measure/latency.hpp"
#include "measure/timer.hpp"
#include "tools/steady/replay/error.hpp"
#include "tools/steady/replay/interrupt.hpp"
#include "tools/steady/replay/isolated.hpp"
#include "tools/steady/replay/progress.hpp"
#include "tools/steady/replay/shared_array.hpp"
#include "tools/steady/replay/summary.hpp"

namespace steady::replay {
namespace {

std::string_view name_of(pass what) {
  constexpr std::string_view names[] = {"throughput", "latency", "memory", "time in the allocator"};
  return names[static_cast<std::size_t>(what)];
}

// One map's figures while the passes go on.
struct map_in_work {
  measured_map map;
  measure::fastest_samples fastest;
  std::vector<double> seconds;
  std::vector<std::vector<measure::latency_percentiles>> raw_runs;  // by kind, then by repeat
  std::vector<double> allocator_seconds;
  std::vector<double> allocator_shares;
  std::uint64_t allocator_calls = 0;
  run_figures memory;
  std::vector<memory_point> points;
};

class session {
 public:
  session(const input& work, const std::vector<measured_map>& maps, std::size_t repeats)
      : work_(work), repeats_(repeats), nanoseconds_(work.operations), kinds_(work.operations),
        points_(std::min(chart_columns, work.operations)), progress_(maps.size() * (3 * repeats + 1)) {
    for (const measured_map& map : maps) {
      maps_.push_back({map, measure::fastest_samples{work.operations}, {}, {}, {}, {}, 0, {}, {}});
      maps_.back().raw_runs.resize(kind_names.size());
    }
  }

  replay_result run() {
    // The heap that every child inherits: what the parent freed while it read its input must not serve a map.
    ::malloc_trim(0);
    for (map_in_work& map : maps_) measure_memory(map);
    agree_on_content();
    for (std::size_t repeat = 0; repeat < repeats_; ++repeat) {
      for (map_in_work& map : maps_) map.seconds.push_back(run_pass(map, pass::throughput).seconds);
      for (map_in_work& map : maps_) measure_latency(map);
      for (map_in_work& map : maps_) measure_allocator(map);
    }
    return finish();
  }

 private:
  run_figures run_pass(const map_in_work& map, pass what) {
    progress_.begin_step(fmt::format("{}: {}", map.map.name, name_of(what)));
    const run_request request{what, work_, nanoseconds_.elements(), kinds_.elements(), points_.elements()};
    run_figures figures;
    try {
      figures = isolated(
          [&] {
            if (what == pass::latency) {
              nanoseconds_.prepare();
              kinds_.prepare();
            }
            if (what == pass::memory) points_.prepare();
            return map.map.run(request);
          },
          [&] { progress_.tick(); });
    } catch (const failed_check& failure) {
      throw failed_check(fmt::format("{} ({}): {}", map.map.name, name_of(what), failure.what()));
    }
    progress_.end_step();
    results_.push_back({map.map.name, figures.result});
    require_agreement("results of the operations", results_);
    return figures;
  }

  void measure_memory(map_in_work& map) {
    map.memory = run_pass(map, pass::memory);
    const auto points = points_.elements();
    map.points.assign(points.begin(), points.end());
  }

  void agree_on_content() const {
    std::vector<map_checksum> contents;
    for (const map_in_work& map : maps_) contents.push_back({map.map.name, map.memory.content});
    require_agreement("entries at the end", contents);
  }

  void measure_latency(map_in_work& map) {
    run_pass(map, pass::latency);
    map.fastest.merge(nanoseconds_.elements());
    for (std::size_t i = 0; i < kind_names.size(); ++i) {
      std::vector<float> samples =
          select_kind(nanoseconds_.elements(), kinds_.elements(), static_cast<kind>(i));
      if (!samples.empty()) map.raw_runs[i].push_back(measure::exact_percentiles(samples));
      check_interrupted();
    }
  }

  void measure_allocator(map_in_work& map) {
    const run_figures figures = run_pass(map, pass::allocator);
    const std::uint64_t calls = figures.allocation.allocations + figures.allocation.releases;
    const double timer_seconds = static_cast<double>(calls) * measure::timer::own_cost_nanoseconds() * 1e-9;
    const double inside = measure::timer::nanoseconds(figures.allocation.ticks) * 1e-9;
    map.allocator_calls = calls;
    map.allocator_seconds.push_back(std::max(inside - timer_seconds, 0.0));
    map.allocator_shares.push_back(std::max(inside - timer_seconds, 0.0) /
                                   std::max(figures.seconds - timer_seconds, 1e-9));
  }

  static double median(std::vector<double> values) {
    std::ranges::sort(values);
    return values[values.size() / 2];
  }

  kind_figures summarise(const map_in_work& map, kind what) const {
    kind_figures figures;
    figures.what = what;
    std::vector<float> samples = select_kind(map.fastest.values(), kinds_.elements(), what);
    figures.fastest = measure::exact_percentiles(samples);
    figures.raw = combine_runs(map.raw_runs[static_cast<std::size_t>(what)]);
    for (const double value : measure::exact_quantiles(samples, curve_fractions(samples.size()))) {
      figures.curve.nanoseconds.push_back(static_cast<float>(value));
    }
    figures.series = make_series(map.fastest.values(), kinds_.elements(), what);
    check_interrupted();
    return figures;
  }

  replay_result finish() {
    replay_result result;
    result.source = work_.source;
    result.work = name_of(work_.work);
    result.key_type = work_.key_type;
    result.value_type = work_.value_type;
    result.operations = work_.operations;
    result.repeats = repeats_;
    result.machine = measure::describe_machine();
    for (map_in_work& map : maps_) {
      map_result figures;
      figures.map = map.map;
      figures.seconds = map.seconds;
      figures.memory = map.memory;
      figures.points = map.points;
      figures.allocator_seconds = median(map.allocator_seconds);
      figures.allocator_share = median(map.allocator_shares);
      figures.allocator_calls = map.allocator_calls;
      for (std::size_t i = 0; i < kind_names.size(); ++i) {
        if (map.raw_runs[i].empty()) continue;
        figures.kinds.push_back(summarise(map, static_cast<kind>(i)));
        if (static_cast<kind>(i) == kind::sweep) {
          figures.sweeps = describe_sweeps(work_.work, map.map.insert_in_loop);
        }
      }
      result.maps.push_back(std::move(figures));
    }
    return result;
  }

  const input& work_;
  std::size_t repeats_;
  shared_array<float> nanoseconds_;
  shared_array<kind> kinds_;
  shared_array<memory_point> points_;
  progress_bar progress_;
  std::vector<map_in_work> maps_;
  std::vector<map_checksum> results_;
};

}  // namespace

void require_agreement(std::string_view what, std::span<const map_checksum> checksums) {
  for (const map_checksum& one : checksums) {
    if (one.value == checksums.front().value) continue;
    throw failed_check(fmt::format("the maps disagree on the {}: {} has checksum {:016x}, {} has {:016x}",
                                   what, checksums.front().map, checksums.front().value, one.map, one.value));
  }
}

replay_result run_replay(const input& work, const std::vector<measured_map>& maps, std::size_t repeats) {
  // Calibrated here, once, so that every child inherits the same scale.
  static_cast<void>(measure::timer::own_cost_nanoseconds());
  return session{work, maps, repeats}.run();
}

}  // namespace steady::replay
