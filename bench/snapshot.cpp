// What does a snapshot cost? A write to an entry at random: without one, while one lives and copies buckets as they come, and
// when all of them are copied; taking and ending one, beside a whole copy of the map; and reading it, shared and copied.
//
//   build/release/bench/snapshot --benchmark_repetitions=9 --benchmark_report_aggregates_only=true
// 10^6 entries of two words. Items are entries; what takes and ends snapshots in between is not timed.
#include <steady/snapshot.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <random>
#include <utility>
#include <vector>

namespace {

using word = std::uint64_t;
using tested_map = steady::snapshot_map<word, word>;
constexpr std::size_t entries = 1'000'000;

struct filled {
  tested_map map;
  std::vector<word> keys;  // in an order that has nothing to do with the map's

  filled() {
    map.seed(1);
    std::mt19937_64 random(1);
    while (map.size() < entries) {
      keys.push_back(random());
      map.try_emplace(keys.back(), map.size());
    }
    std::shuffle(keys.begin(), keys.end(), random);
  }
};
filled& all() {
  static filled made;
  return made;
}

void write_all() {
  for (const word key : all().keys) all().map[key] += 1;
}
void read_all(const tested_map::snapshot_type& snapshot) {
  word sum = 0;
  for (const word key : all().keys) sum += *snapshot.get(key);
  benchmark::DoNotOptimize(sum);
}
void walk_all(const auto& range) {
  word sum = 0;
  for (const auto& [key, value] : range) sum += value;
  benchmark::DoNotOptimize(sum);
}

// Runs `timed(snapshot)` with a new snapshot each time, all of it copied first or nothing.
template <class Timed>
void with_snapshot(benchmark::State& state, bool copied, Timed&& timed) {
  for (auto _ : state) {
    state.PauseTiming();
    std::optional<tested_map::snapshot_type> snapshot(all().map.snapshot());
    if (copied) write_all();
    state.ResumeTiming();
    timed(*snapshot);
    state.PauseTiming();
    snapshot.reset();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * entries));
}

void write_without_snapshot(benchmark::State& state) {
  all();
  for (auto _ : state) write_all();
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * entries));
}
void write_first(benchmark::State& state) {
  with_snapshot(state, false, [](const auto&) { write_all(); });
}
void write_again(benchmark::State& state) {
  with_snapshot(state, true, [](const auto&) { write_all(); });
}
void get_shared(benchmark::State& state) { with_snapshot(state, false, read_all); }
void get_copied(benchmark::State& state) { with_snapshot(state, true, read_all); }
void walk_map(benchmark::State& state) {
  for (auto _ : state) walk_all(std::as_const(all().map));
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * entries));
}
void walk_shared(benchmark::State& state) {
  with_snapshot(state, false, [](const auto& snapshot) { walk_all(snapshot); });
}
void walk_copied(benchmark::State& state) {
  with_snapshot(state, true, [](const auto& snapshot) { walk_all(snapshot); });
}
void take_and_end(benchmark::State& state) {
  all();
  for (auto _ : state) benchmark::DoNotOptimize(all().map.snapshot());
}
void copy_and_destroy(benchmark::State& state) {
  all();
  for (auto _ : state) {
    tested_map copy(all().map);
    benchmark::DoNotOptimize(copy);
  }
}

BENCHMARK(write_without_snapshot)->Unit(benchmark::kMillisecond);
BENCHMARK(write_first)->Unit(benchmark::kMillisecond);
BENCHMARK(write_again)->Unit(benchmark::kMillisecond);
BENCHMARK(get_shared)->Unit(benchmark::kMillisecond);
BENCHMARK(get_copied)->Unit(benchmark::kMillisecond);
BENCHMARK(walk_map)->Unit(benchmark::kMillisecond);
BENCHMARK(walk_shared)->Unit(benchmark::kMillisecond);
BENCHMARK(walk_copied)->Unit(benchmark::kMillisecond);
BENCHMARK(take_and_end);
BENCHMARK(copy_and_destroy)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
