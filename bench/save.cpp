// What is load worth? The entries of a saved map, into a map: by load, which puts each in its bucket; by load under a new seed,
// which inserts them into room for all; one by one, with and without reserve, in the order of the file and in random order;
// beside a copy of the map, and what saving it takes. Entries of two u64, random keys. docs/saving.md shows the results.
//
//   build/release/bench/save --benchmark_enable_random_interleaving=true --benchmark_repetitions=9 --benchmark_report_aggregates_only=true
#include <steady/map.hpp>
#include <steady/save.hpp>

#include <benchmark/benchmark.h>

#include <time.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <span>
#include <utility>
#include <vector>

namespace {

using word = std::uint64_t;
using tested_map = steady::map<word, word>;
using entry = std::pair<word, word>;

struct fixture {
  tested_map map;
  std::vector<std::byte> bytes;
  std::vector<entry> in_order, shuffled;

  explicit fixture(std::size_t size) {
    std::mt19937_64 random(size);
    while (map.size() < size) map.try_emplace(random(), random());
    bytes = steady::save(map);
    in_order.assign(std::as_const(map).begin(), std::as_const(map).end());
    shuffled = in_order;
    std::shuffle(shuffled.begin(), shuffled.end(), random);
  }
};

const fixture& of_size(std::int64_t size) {
  static std::vector<std::pair<std::int64_t, std::unique_ptr<fixture>>> made;
  for (const auto& [known, each] : made)
    if (known == size) return *each;
  return *made.emplace_back(size, std::make_unique<fixture>(static_cast<std::size_t>(size))).second;
}

std::size_t size_of(const tested_map& map) { return map.size(); }
std::size_t size_of(std::size_t size) { return size; }

// Processor time of this thread: page faults count, what other programs do in the meantime does not.
double seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// Times `work(fixture)`, and counts by entries. What it returns is destroyed outside of the time.
template <class Work>
void run(benchmark::State& state, Work work) {
  const fixture& of = of_size(state.range(0));
  for (auto _ : state) {
    const double begin = seconds();
    const auto made = work(of);
    state.SetIterationTime(seconds() - begin);
    if (size_of(made) != of.map.size()) state.SkipWithError("entries are missing");
  }
  state.counters["entry"] =
      benchmark::Counter(static_cast<double>(state.range(0)),
                         benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

tested_map insert_all(const std::vector<entry>& entries, std::size_t room) {
  tested_map map(room);
  for (const auto& [key, value] : entries) map.try_emplace(key, value);
  return map;
}

void load(benchmark::State& state) {
  run(state, [](const fixture& of) { return steady::load<tested_map>(of.bytes); });
}
void load_new_seed(benchmark::State& state) {
  run(state, [](const fixture& of) { return steady::load<tested_map>(of.bytes, steady::saved_seed::draw); });
}
void insert(benchmark::State& state) {
  run(state, [](const fixture& of) { return insert_all(of.shuffled, 0); });
}
void insert_reserved(benchmark::State& state) {
  run(state, [](const fixture& of) { return insert_all(of.shuffled, of.shuffled.size()); });
}
void insert_file_order(benchmark::State& state) {
  run(state, [](const fixture& of) { return insert_all(of.in_order, 0); });
}
void copy(benchmark::State& state) {
  run(state, [](const fixture& of) { return of.map; });
}

void save(benchmark::State& state) {
  run(state, [](const fixture& of) {
    std::size_t bytes = 0;
    steady::save(of.map, [&](std::span<const std::byte> piece) { bytes += piece.size(); });
    return bytes == of.bytes.size() ? of.map.size() : 0;
  });
}

void sizes(benchmark::internal::Benchmark* b) { b->Arg(10'000)->Arg(1'000'000)->UseManualTime(); }

BENCHMARK(load)->Apply(sizes);
BENCHMARK(load_new_seed)->Apply(sizes);
BENCHMARK(insert)->Apply(sizes);
BENCHMARK(insert_reserved)->Apply(sizes);
BENCHMARK(insert_file_order)->Apply(sizes);
BENCHMARK(copy)->Apply(sizes);
BENCHMARK(save)->Apply(sizes);

}  // namespace

BENCHMARK_MAIN();
