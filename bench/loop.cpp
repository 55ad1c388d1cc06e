// What does a loop cost? A range-for over an unchanged map, registered and over a const map, beside a raw walk over the same memory:
// tag words and slots of the same number of buckets, as full, in blocks of the same size, read by a function that knows nothing else.
//
//   build/release/bench/loop --benchmark_enable_random_interleaving=true --benchmark_repetitions=9 --benchmark_report_aggregates_only=true
// One iteration is a whole loop; items are entries. The sum of the values keeps the work alive.
#include <steady/map.hpp>

#include <benchmark/benchmark.h>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <utility>
#include <vector>

#include "steady/detail/group.hpp"

namespace {

using word = std::uint64_t;
using tested_map = steady::map<word, word>;
using group = steady::detail::group;

const tested_map& map_of(std::size_t entries) {
  static std::vector<std::pair<std::size_t, std::unique_ptr<tested_map>>> made;
  for (const auto& [size, map] : made)
    if (size == entries) return *map;
  auto map = std::make_unique<tested_map>();
  map->seed(1);
  std::mt19937_64 random(1);
  while (map->size() < entries) map->try_emplace(random(), map->size());
  return *made.emplace_back(entries, std::move(map)).second;
}

// Blocks of 128 buckets, tag words first; every bucket holds as many entries as its like in the map.
struct raw_memory {
  static constexpr std::size_t buckets_a_block = 128;
  struct block {
    alignas(16) std::array<std::uint8_t, 16> tags[buckets_a_block];
    std::pair<word, word> slots[buckets_a_block][15];
  };
  std::vector<std::unique_ptr<block>> blocks;
  std::size_t buckets = 0;

  explicit raw_memory(const tested_map& map) {
    const std::size_t count = map.stats().buckets;
    const std::size_t mask = std::bit_ceil(count) - 1;
    std::vector<std::vector<std::pair<word, word>>> of_bucket(count);
    for (const auto& [key, value] : map) {
      const std::size_t bucket = map.hash_of(key) & mask;
      of_bucket[bucket < count ? bucket : bucket & (mask >> 1)].emplace_back(key, value);
    }
    std::mt19937_64 random(2);
    for (const auto& entries : of_bucket) {
      if (buckets % buckets_a_block == 0) blocks.push_back(std::make_unique<block>());
      block& last = *blocks.back();
      const std::size_t place = buckets++ % buckets_a_block;
      last.tags[place].fill(0);
      for (const auto& entry : entries) {
        std::size_t slot = random() % 15;
        for (std::size_t tried = 0; tried < 15 && last.tags[place][slot] != 0; ++tried)
          slot = (slot + 1) % 15;
        if (last.tags[place][slot] != 0) break;  // one of an overflow node
        last.tags[place][slot] = 1;
        last.slots[place][slot] = entry;
      }
    }
  }
};

void raw_walk(benchmark::State& state) {
  const raw_memory memory(map_of(static_cast<std::size_t>(state.range(0))));
  word sum = 0;
  for (auto _ : state) {
    std::size_t left = memory.buckets;
    for (const auto& block : memory.blocks) {
      const std::size_t here = left < raw_memory::buckets_a_block ? left : raw_memory::buckets_a_block;
      for (std::size_t bucket = 0; bucket < here; ++bucket)
        for (std::uint32_t mask = group::occupied(block->tags[bucket].data()); mask != 0; mask &= mask - 1)
          sum += block->slots[bucket][steady::detail::lowest(mask)].second;
      left -= here;
    }
    benchmark::DoNotOptimize(sum);
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * state.range(0));
}

void registered_loop(benchmark::State& state) {
  auto& map = const_cast<tested_map&>(map_of(static_cast<std::size_t>(state.range(0))));
  word sum = 0;
  for (auto _ : state) {
    for (auto& [key, value] : map) sum += value;
    benchmark::DoNotOptimize(sum);
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * state.range(0));
}

void const_loop(benchmark::State& state) {
  const tested_map& map = map_of(static_cast<std::size_t>(state.range(0)));
  word sum = 0;
  for (auto _ : state) {
    for (const auto& [key, value] : map) sum += value;
    benchmark::DoNotOptimize(sum);
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * state.range(0));
}

constexpr std::int64_t sizes[] = {10, 1'000, 10'000, 100'000, 1'000'000, 4'000'000};
void at_all_sizes(benchmark::internal::Benchmark* each) {
  for (const std::int64_t size : sizes) each->Arg(size);
}
BENCHMARK(raw_walk)->Apply(at_all_sizes);
BENCHMARK(registered_loop)->Apply(at_all_sizes);
BENCHMARK(const_loop)->Apply(at_all_sizes);

}  // namespace

BENCHMARK_MAIN();
