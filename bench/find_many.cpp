// What is find_many worth? Keys of a map in random order, looked up one by one, each key known only when the one before was found
// (dependent), one by one from a list (single), and many at once (many); beside a control loop that reads as many lines of
// memory, known beforehand: a word of an array as large as the tag words, and the entry.
//
//   build/release/bench/find_many --benchmark_enable_random_interleaving=true --benchmark_repetitions=5 --benchmark_report_aggregates_only=true
// One iteration looks up 4,096 keys. The sum of the values keeps the work alive.
#include <steady/map.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
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
constexpr std::size_t together = 4'096;

// A map whose values are the places of other keys in the list, so that one lookup can lead to the next.
struct fixture {
  tested_map map;
  std::vector<word> keys;
  std::vector<const std::pair<const word, word>*> entries;
  std::vector<std::array<word, 2>> tag_words;
  std::vector<std::uint32_t> tag_places;

  explicit fixture(std::size_t size) : keys(size), entries(size), tag_places(size) {
    std::mt19937_64 random(size);
    for (word& key : keys) key = random();
    std::vector<std::uint32_t> order(size);
    for (std::size_t place = 0; place < size; ++place) order[place] = static_cast<std::uint32_t>(place);
    std::shuffle(order.begin(), order.end(), random);
    for (std::size_t place = 0; place < size; ++place)
      map.try_emplace(keys[order[place]], order[(place + 1) % size]);
    std::shuffle(keys.begin(), keys.end(), random);
    tag_words.resize(map.stats().buckets);
    for (std::size_t place = 0; place < size; ++place) {
      entries[place] = &*map.find(keys[place]);
      tag_places[place] = static_cast<std::uint32_t>(random() % tag_words.size());
    }
  }
};

fixture& of_size(std::int64_t size) {
  static std::vector<std::pair<std::int64_t, std::unique_ptr<fixture>>> made;
  for (const auto& [known, each] : made)
    if (known == size) return *each;
  return *made.emplace_back(size, std::make_unique<fixture>(static_cast<std::size_t>(size))).second;
}

// Calls `look_up(fixture, from)` for one stretch of the keys after another.
template <class LookUp>
void run(benchmark::State& state, LookUp look_up) {
  fixture& of = of_size(state.range(0));
  word sum = 0;
  std::size_t from = 0;
  for (auto _ : state) {
    sum += look_up(of, from);
    from = from + 2 * together <= of.keys.size() ? from + together : 0;
  }
  benchmark::DoNotOptimize(sum);
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * together));
}

void dependent(benchmark::State& state) {
  std::size_t place = 0;
  run(state, [&](const fixture& of, std::size_t) {
    for (std::size_t each = 0; each < together; ++each) place = *of.map.get(of.keys[place]);
    return place;
  });
}
void single(benchmark::State& state) {
  run(state, [](const fixture& of, std::size_t from) {
    word sum = 0;
    for (std::size_t each = 0; each < together; ++each) sum += *of.map.get(of.keys[from + each]);
    return sum;
  });
}
void many(benchmark::State& state) {
  std::vector<const std::pair<const word, word>*> found(together);
  run(state, [&](const fixture& of, std::size_t from) {
    word sum = of.map.find_many(std::span(of.keys).subspan(from, together), found);
    for (const auto* entry : found) sum += entry->second;
    return sum;
  });
}
void control(benchmark::State& state) {
  run(state, [](const fixture& of, std::size_t from) {
    word sum = 0;
    for (std::size_t each = from; each < from + together; ++each)
      sum += of.tag_words[of.tag_places[each]][0] + of.entries[each]->second;
    return sum;
  });
}

void at_all_sizes(benchmark::internal::Benchmark* each) {
  for (const std::int64_t size : {10'000, 1'000'000, 10'000'000}) each->Arg(size);
}
BENCHMARK(dependent)->Apply(at_all_sizes);
BENCHMARK(single)->Apply(at_all_sizes);
BENCHMARK(many)->Apply(at_all_sizes);
BENCHMARK(control)->Apply(at_all_sizes);

}  // namespace

BENCHMARK_MAIN();
