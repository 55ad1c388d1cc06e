#include "tools/steady/replay/summary.hpp"

#include <algorithm>

namespace steady::replay {
namespace {

constexpr float nothing_here = -1;

double median(std::span<const measure::latency_percentiles> runs,
              double measure::latency_percentiles::* figure) {
  std::vector<double> values;
  for (const auto& run : runs) values.push_back(run.*figure);
  std::ranges::sort(values);
  return values[values.size() / 2];
}

}  // namespace

std::vector<float> select_kind(std::span<const float> nanoseconds, std::span<const kind> kinds, kind what) {
  std::vector<float> selected;
  for (std::size_t i = 0; i < nanoseconds.size(); ++i) {
    if (kinds[i] == what) selected.push_back(nanoseconds[i]);
  }
  return selected;
}

latency_series make_series(std::span<const float> nanoseconds, std::span<const kind> kinds, kind what) {
  latency_series series;
  const std::size_t columns = std::min(chart_columns, nanoseconds.size());
  std::vector<float> here;
  for (std::size_t column = 0; column < columns; ++column) {
    here.clear();
    const std::size_t end = (column + 1) * nanoseconds.size() / columns;
    for (std::size_t i = column * nanoseconds.size() / columns; i < end; ++i) {
      if (kinds[i] == what) here.push_back(nanoseconds[i]);
    }
    if (here.empty()) {
      for (auto* part : {&series.min, &series.median, &series.p99, &series.max})
        part->push_back(nothing_here);
      continue;
    }
    constexpr double fractions[] = {0, 0.5, 0.99, 1};
    const std::vector<double> values = measure::exact_quantiles(here, fractions);
    series.min.push_back(static_cast<float>(values[0]));
    series.median.push_back(static_cast<float>(values[1]));
    series.p99.push_back(static_cast<float>(values[2]));
    series.max.push_back(static_cast<float>(values[3]));
  }
  return series;
}

measure::latency_percentiles combine_runs(std::span<const measure::latency_percentiles> runs) {
  using figures = measure::latency_percentiles;
  if (runs.empty()) return {};
  figures combined;
  combined.count = runs.front().count;
  combined.p50 = median(runs, &figures::p50);
  combined.p99 = median(runs, &figures::p99);
  combined.p999 = median(runs, &figures::p999);
  combined.p9999 = median(runs, &figures::p9999);
  for (const figures& run : runs) combined.max = std::max(combined.max, run.max);
  return combined;
}

}  // namespace steady::replay
