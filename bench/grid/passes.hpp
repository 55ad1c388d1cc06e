// The passes that look at single operations: latency, memory, time in the allocator. Each is a pass of its
// own because each disturbs what the others measure.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "bench/grid/keys.hpp"
#include "bench/grid/plan.hpp"
#include "bench/grid/programs.hpp"
#include "measure/allocation.hpp"
#include "measure/timer.hpp"

namespace steady::grid {

// Three stretches of operations, timed one by one: growth from empty, churn at constant size (an erase and an
// insert are one operation), and the drain, every entry erased.
enum class stretch : std::uint8_t { grow, churn, drain };
inline constexpr std::array<std::string_view, 3> stretch_names = {"grow", "churn", "drain"};

template <class Peer, class K, std::size_t ValueBytes>
void time_operations(const key_set<K>& keys, std::span<float> samples) {
  using value = payload<ValueBytes>;
  const std::size_t size = keys.present.size();
  const double nanoseconds = measure::timer::nanoseconds_per_tick();
  typename Peer::template map<K, value> map;
  std::size_t next = 0;
  const auto timed = [&](auto&& operation) {
    const std::uint64_t begin = measure::timer::start();
    operation();
    const std::uint64_t end = measure::timer::stop();
    samples[next++] = static_cast<float>(static_cast<double>(end - begin) * nanoseconds);
  };
  for (std::size_t i = 0; i < size; ++i) timed([&] { map.try_emplace(keys.present[i], value{i}); });
  for (std::size_t i = 0; i < size; ++i) {
    timed([&] {
      map.erase(keys.shuffled[i]);
      map.try_emplace(keys.absent[i], value{i});
    });
  }
  for (std::size_t i = 0; i < size; ++i) timed([&] { map.erase(keys.absent[i]); });
}

struct memory_point {
  std::size_t size;
  std::int64_t live;  // bytes held
  std::int64_t peak;  // most bytes held since the point before: a doubling holds two arrays for a moment
};

struct memory_figures {
  std::vector<memory_point> growth;
  double mean_bytes_an_entry = 0;  // over the growth from size / 16, each doubling weighing the same
  double linear_mean_bytes_an_entry = 0;  // over the growth from size / 10, each size weighing the same
  double peak_over_held = 0;  // there: the most held so far over what is held, at its highest
  double final_bytes_an_entry = 0;
  std::int64_t peak = 0;
  std::size_t largest_block = 0;
  std::uint64_t allocations = 0;  // while growing
  std::int64_t after_erase = 0;  // bytes held when 99 % are erased
  std::int64_t as_built = 0;  // bytes held by a map of that size made by inserts alone
};

template <class Peer, class K, std::size_t ValueBytes>
memory_figures count_bytes(const key_set<K>& keys) {
  using value = payload<ValueBytes>;
  using map_type = typename Peer::template map<K, value>;
  const std::size_t size = keys.present.size();
  const std::size_t rest = size / 100;
  memory_figures figures;
  figures.growth.reserve(1024);

  if (rest > 0) {
    measure::start_allocation_figures(measure::allocation_mode::count);
    map_type small;
    for (std::size_t i = 0; i < rest; ++i) small.try_emplace(keys.present[i], value{i});
    figures.as_built = measure::stop_allocation_figures().live;
  }

  measure::start_allocation_figures(measure::allocation_mode::count);
  {
    map_type map;
    std::size_t next_point = 1;
    double weighted = 0, weights = 0, linear = 0;
    for (std::size_t i = 0; i < size; ++i) {
      map.try_emplace(keys.present[i], value{i});
      const std::size_t entries = i + 1;
      if (entries > size / 10) {
        const auto& now = measure::current_allocation_figures();
        linear += static_cast<double>(now.live) / static_cast<double>(entries);
        figures.peak_over_held =
            std::max(figures.peak_over_held, static_cast<double>(now.peak) / static_cast<double>(now.live));
      }
      if (entries != next_point && entries != size) continue;
      next_point = entries + entries / 50 + 1;  // steps of 2 %: 35 points a doubling
      const auto live = measure::current_allocation_figures().live;
      figures.growth.push_back({entries, live, measure::take_window_peak()});
      if (entries > size / 16) {
        weighted += static_cast<double>(live) / static_cast<double>(entries);
        weights += 1;
      }
    }
    const auto& grown = measure::current_allocation_figures();
    figures.mean_bytes_an_entry = weighted / weights;
    figures.linear_mean_bytes_an_entry = linear / static_cast<double>(size - size / 10);
    figures.final_bytes_an_entry = static_cast<double>(grown.live) / static_cast<double>(size);
    figures.peak = grown.peak;
    figures.largest_block = grown.largest;
    figures.allocations = grown.allocations;
    for (std::size_t i = rest; i < size; ++i) map.erase(keys.present[i]);
    figures.after_erase = measure::current_allocation_figures().live;
  }
  measure::stop_allocation_figures();
  return figures;
}

struct allocator_time {
  double nanoseconds = 0;  // per insert, the timer's cost of two readings an allocation included
  double allocations = 0;  // per insert
};

template <class Peer, class K, std::size_t ValueBytes>
allocator_time time_allocator(const key_set<K>& keys) {
  using value = payload<ValueBytes>;
  const auto size = static_cast<double>(keys.present.size());
  typename Peer::template map<K, value> map;
  std::uint64_t number = 0;
  measure::start_allocation_figures(measure::allocation_mode::time);
  for (const K& key : keys.present) map.try_emplace(key, value{number++});
  const auto figures = measure::stop_allocation_figures();
  return {measure::timer::nanoseconds(figures.ticks) / size, static_cast<double>(figures.allocations) / size};
}

}  // namespace steady::grid
