// What it costs to be observed: the same operations on a map that cannot be observed, on one that can but is not named, on a named one,
// and on a named one with a sink attached; and to be profiled, on a map in which every entry is a piece of memory. 10^5 entries of
// 64-bit keys and values, all in cache.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>

#include <steady/heap_profile.hpp>
#include <steady/map.hpp>
#include <steady/observe.hpp>
#include <steady/registry.hpp>

namespace {

using plain = steady::map<std::uint64_t, std::uint64_t>;
using observed = steady::observed::map<std::uint64_t, std::uint64_t>;
constexpr std::uint64_t entries = 100'000;

std::uint64_t key_of(std::uint64_t number) { return number * 0x9e3779b97f4a7c15u; }

struct counting_sink : steady::event_sink {
  std::uint64_t events = 0;
  void on_event(const steady::event&) override { ++events; }
};

enum class way { unnamed, named, attached };

template <class Map>
void prepare(Map& map, way how) {
  if constexpr (requires { map.name(std::string{}); })
    if (how != way::unnamed) map.name("measured");
  for (std::uint64_t number = 0; number < entries; ++number) map.try_emplace(key_of(number), number);
}

template <class Map, way How>
void find(benchmark::State& state) {
  Map map;
  prepare(map, How);
  std::uint64_t number = 0;
  for (auto unused : state) benchmark::DoNotOptimize(map.get(key_of(number++ % entries)));
}
template <class Map, way How>
void churn(benchmark::State& state) {
  Map map;
  prepare(map, How);
  std::uint64_t number = 0;
  for (auto unused : state) {
    map.erase(key_of(number));
    map.try_emplace(key_of(number++ + entries), number);
  }
}
template <class Map, way How>
void grow(benchmark::State& state) {
  counting_sink sink;
  for (auto unused : state) {
    Map map;
    steady::registry::attachment attached;
    if constexpr (How == way::attached) {
      map.name("measured");
      attached = steady::registry::attach("measured", sink);
    }
    prepare(map, How == way::attached ? way::unnamed : How);
    benchmark::DoNotOptimize(map.size());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(entries));
}

// The mean distance of samples in bytes; 0: no profile.
template <class Map, std::size_t Mean>
void churn_of_nodes(benchmark::State& state) {
  Map map;
  prepare(map, way::named);
  if (Mean != 0) steady::heap_profile::start(Mean);
  std::uint64_t number = 0;
  for (auto unused : state) {
    map.erase(key_of(number));
    map.try_emplace(key_of(number++ + entries), number);
  }
  steady::heap_profile::stop();
}
using plain_nodes = steady::node_map<std::uint64_t, std::uint64_t>;
using observed_nodes = steady::observed::node_map<std::uint64_t, std::uint64_t>;

BENCHMARK(find<plain, way::unnamed>);
BENCHMARK(find<observed, way::unnamed>);
BENCHMARK(find<observed, way::named>);
BENCHMARK(churn<plain, way::unnamed>);
BENCHMARK(churn<observed, way::unnamed>);
BENCHMARK(churn<observed, way::named>);
BENCHMARK(grow<plain, way::unnamed>);
BENCHMARK(grow<observed, way::unnamed>);
BENCHMARK(grow<observed, way::named>);
BENCHMARK(grow<observed, way::attached>);
BENCHMARK(churn_of_nodes<plain_nodes, 0>);
BENCHMARK(churn_of_nodes<observed_nodes, 0>);
BENCHMARK(churn_of_nodes<observed_nodes, steady::heap_profile::usual_mean_bytes>);
BENCHMARK(churn_of_nodes<observed_nodes, 1>);

}  // namespace

BENCHMARK_MAIN();
