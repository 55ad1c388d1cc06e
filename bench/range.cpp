// What does a map gain by knowing its range? Maps of 10^4 to 10^7 pairs of u64 built from a vector: by the constructor that takes
// the range, by one insert after the other, by inserts after reserve(), and as a copy; with Boost's map beside it, built by its
// own constructor and by inserts. And from ranges that have each key eight times: drawn at random, or in eight rounds, which is the
// worst for a map that makes room before it has seen them all.
//
//   build/release/bench/range --benchmark_enable_random_interleaving=true --benchmark_repetitions=5 --benchmark_report_aggregates_only=true
// Destruction is not timed. bytes: what the finished map holds an entry (for Boost not known). malloc keeps what maps gave back,
// as it does in a program that makes them over and over (mallopt): without, each map would begin by faulting in its pages.
#include <steady/map.hpp>

#include <benchmark/benchmark.h>
#include <malloc.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#if __has_include(<boost/unordered/unordered_flat_map.hpp>)
#include <boost/unordered/unordered_flat_map.hpp>
#define STEADY_HAVE_BOOST_MAP 1
#endif

#include "test/support/random.hpp"

namespace {

using word = std::uint64_t;
using pairs = std::vector<std::pair<word, word>>;
using tested_map = steady::map<word, word>;

enum class keys { once, drawn, rounds };

const pairs& elements(std::int64_t size, keys which) {
  static std::vector<std::pair<std::pair<std::int64_t, keys>, pairs>> made;
  for (const auto& [known, each] : made)
    if (known == std::pair(size, which)) return each;
  pairs fresh;
  const auto all = static_cast<word>(size);
  for (word each = 0; each < all; ++each)
    fresh.emplace_back(steady_test::scramble(which == keys::once    ? each
                                             : which == keys::drawn ? steady_test::scramble(each) % (all / 8)
                                                                    : each % (all / 8)),
                       each);
  return made.emplace_back(std::pair(size, which), std::move(fresh)).second;
}

template <class Map>
void by_range(std::optional<Map>& map, const pairs& from) {
  map.emplace(from.begin(), from.end());
}
template <class Map>
void by_inserts(std::optional<Map>& map, const pairs& from) {
  map.emplace();
  for (const auto& [key, value] : from) map->try_emplace(key, value);
}
template <class Map>
void by_inserts_after_reserve(std::optional<Map>& map, const pairs& from) {
  map.emplace();
  map->reserve(from.size());
  for (const auto& [key, value] : from) map->try_emplace(key, value);
}

template <class Map, void (*Build)(std::optional<Map>&, const pairs&), keys Which = keys::once>
void build(benchmark::State& state) {
  const pairs& from = elements(state.range(0), Which);
  std::optional<Map> map;
  for (auto _ : state) {
    Build(map, from);
    state.PauseTiming();
    if constexpr (requires { map->memory_usage(); })
      state.counters["bytes"] = static_cast<double>(map->memory_usage()) / static_cast<double>(map->size());
    map.reset();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

template <class Map>
void copy(benchmark::State& state) {
  const pairs& from = elements(state.range(0), keys::once);
  const Map original(from.begin(), from.end());
  std::optional<Map> map;
  for (auto _ : state) {
    map.emplace(original);
    state.PauseTiming();
    map.reset();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

void at_all_sizes(benchmark::internal::Benchmark* each) {
  for (const std::int64_t size : {10'000, 1'000'000, 10'000'000}) each->Arg(size);
}
BENCHMARK(build<tested_map, by_range<tested_map>>)->Name("range")->Apply(at_all_sizes);
BENCHMARK(build<tested_map, by_inserts<tested_map>>)->Name("inserts")->Apply(at_all_sizes);
BENCHMARK(build<tested_map, by_inserts_after_reserve<tested_map>>)->Name("reserved")->Apply(at_all_sizes);
BENCHMARK(build<tested_map, by_range<tested_map>, keys::drawn>)->Name("range_drawn")->Apply(at_all_sizes);
BENCHMARK(build<tested_map, by_inserts<tested_map>, keys::drawn>)->Name("inserts_drawn")->Apply(at_all_sizes);
BENCHMARK(build<tested_map, by_range<tested_map>, keys::rounds>)->Name("range_rounds")->Apply(at_all_sizes);
BENCHMARK(build<tested_map, by_inserts<tested_map>, keys::rounds>)
    ->Name("inserts_rounds")
    ->Apply(at_all_sizes);
BENCHMARK(copy<tested_map>)->Name("copy")->Apply(at_all_sizes);
#if STEADY_HAVE_BOOST_MAP
using boost_map = boost::unordered_flat_map<word, word>;
BENCHMARK(build<boost_map, by_range<boost_map>>)->Name("boost_range")->Apply(at_all_sizes);
BENCHMARK(build<boost_map, by_inserts<boost_map>>)->Name("boost_inserts")->Apply(at_all_sizes);
BENCHMARK(build<boost_map, by_inserts_after_reserve<boost_map>>)->Name("boost_reserved")->Apply(at_all_sizes);
BENCHMARK(build<boost_map, by_range<boost_map>, keys::drawn>)->Name("boost_range_drawn")->Apply(at_all_sizes);
BENCHMARK(copy<boost_map>)->Name("boost_copy")->Apply(at_all_sizes);
#endif

}  // namespace

int main(int arguments, char** values) {
  ::mallopt(M_TRIM_THRESHOLD, 1 << 30);
  ::mallopt(M_MMAP_THRESHOLD, 1 << 30);
  benchmark::Initialize(&arguments, values);
  benchmark::RunSpecifiedBenchmarks();
}
