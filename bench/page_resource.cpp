// What stays resident after a map, or a program's blocks, gave 99 % back: steady::page_resource beside the
// default resource (malloc) and the standard library's pool.
//
// Each case runs once an iteration from the same start (the heap trimmed), times the filling and the erasing
// together, and counts the pages of the process, in MB above those at the start: `full` with everything
// there, `left` after 99 % went (a map's survivors are every hundredth in the order of insertion), `trimmed`
// after malloc_trim. What counts of a resource is `left`: malloc_trim walks the whole heap, which is what a
// program that must not stop cannot call. After that, what lookups and inserts gain from huge pages.
#include <benchmark/benchmark.h>
#include <malloc.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <memory_resource>
#include <utility>
#include <vector>

#include <steady/map.hpp>
#include <steady/page_resource.hpp>

#include "measure/resident.hpp"
#include "test/support/random.hpp"

namespace {

struct default_resource {
  std::pmr::memory_resource* get() { return std::pmr::new_delete_resource(); }
};
template <class Resource>
struct own_resource {
  Resource resource;
  std::pmr::memory_resource* get() { return &resource; }
};
using standard_pool = own_resource<std::pmr::unsynchronized_pool_resource>;
using pages = own_resource<steady::page_resource>;
struct huge_pages {
  steady::page_resource resource{steady::pages::huge};
  std::pmr::memory_resource* get() { return &resource; }
};

class resident_counter {
 public:
  explicit resident_counter(benchmark::State& state) : state_(&state) {
    ::malloc_trim(0);
    start_ = steady::measure::resident_bytes();
  }
  void note(const char* name) {
    const auto bytes = steady::measure::resident_bytes() - start_;
    state_->counters[name] = static_cast<double>(bytes) / 1e6;
  }

 private:
  benchmark::State* state_;
  std::int64_t start_ = 0;
};

template <class Holder, class Map>
void map_of_entries(benchmark::State& state) {
  const auto n = static_cast<std::uint64_t>(state.range(0));
  for (auto _ : state) {
    state.PauseTiming();
    resident_counter resident(state);
    Holder holder;
    {
      Map map(holder.get());
      state.ResumeTiming();
      for (std::uint64_t key = 0; key < n; ++key) map[steady_test::scramble(key)] = key;
      state.PauseTiming();
      resident.note("full");
      state.ResumeTiming();
      for (std::uint64_t key = 0; key < n; ++key)
        if (key % 100 != 0) map.erase(steady_test::scramble(key));
      state.PauseTiming();
      resident.note("left");
      ::malloc_trim(0);
      resident.note("trimmed");
    }
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0) * 2);
}

// Blocks of the largest size a map asks for, each followed by a small piece that stays.
template <class Holder>
void blocks_and_survivors(benchmark::State& state) {
  constexpr std::size_t block_bytes = 63'000;
  constexpr std::size_t small_bytes = 40;
  const auto n = static_cast<std::size_t>(state.range(0));
  for (auto _ : state) {
    state.PauseTiming();
    resident_counter resident(state);
    Holder holder;
    std::vector<std::pair<void*, void*>> memory(n);
    state.ResumeTiming();
    for (auto& [block, small] : memory) {
      block = holder.get()->allocate(block_bytes);
      for (std::size_t at = 0; at < block_bytes; at += 4096) static_cast<char*>(block)[at] = 1;
      small = holder.get()->allocate(small_bytes);
      *static_cast<char*>(small) = 1;
    }
    state.PauseTiming();
    resident.note("full");
    state.ResumeTiming();
    for (std::size_t i = n / 100; i < n; ++i) holder.get()->deallocate(memory[i].first, block_bytes);
    state.PauseTiming();
    resident.note("left");
    ::malloc_trim(0);
    resident.note("trimmed");
    for (std::size_t i = 0; i < n; ++i) {
      if (i < n / 100) holder.get()->deallocate(memory[i].first, block_bytes);
      holder.get()->deallocate(memory[i].second, small_bytes);
    }
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

// What a map gains from huge pages: its inserts from empty, then lookups of all keys in another order, then of as many others.
enum class operation { insert, hit, miss };

template <class Holder, operation What>
void time_of(benchmark::State& state) {
  using map = steady::pmr::map<std::uint64_t, std::uint64_t>;
  const auto n = static_cast<std::uint64_t>(state.range(0));
  // A bijection of the numbers below n, so that keys are not looked up in the order of their insertion.
  const auto other_order = [n](std::uint64_t each) { return each * 7'368'787 % n; };
  const auto fill = [n](map& filled) {
    for (std::uint64_t key = 0; key < n; ++key) filled[steady_test::scramble(key)] = key;
  };
  std::uint64_t sum = 0;
  if constexpr (What == operation::insert) {
    for (auto _ : state) {
      state.PauseTiming();
      ::malloc_trim(0);
      {
        Holder holder;
        map filled(holder.get());
        state.ResumeTiming();
        fill(filled);
        state.PauseTiming();
      }
      state.ResumeTiming();
    }
  } else {
    Holder holder;
    map filled(holder.get());
    fill(filled);
    for (auto _ : state)
      for (std::uint64_t each = 0; each < n; ++each) {
        const std::uint64_t key = other_order(each) + (What == operation::miss ? n : 0);
        if (const auto* value = filled.get(steady_test::scramble(key))) sum += *value;
      }
  }
  benchmark::DoNotOptimize(sum);
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

using map = steady::pmr::map<std::uint64_t, std::uint64_t>;
using node_map = steady::pmr::node_map<std::uint64_t, std::uint64_t>;

BENCHMARK(blocks_and_survivors<default_resource>)->Arg(3200);
BENCHMARK(blocks_and_survivors<standard_pool>)->Arg(3200);
BENCHMARK(blocks_and_survivors<pages>)->Arg(3200);
BENCHMARK(map_of_entries<default_resource, map>)->Arg(1'000'000)->Arg(10'000'000);
BENCHMARK(map_of_entries<standard_pool, map>)->Arg(1'000'000);
BENCHMARK(map_of_entries<pages, map>)->Arg(1'000'000)->Arg(10'000'000);
BENCHMARK(map_of_entries<huge_pages, map>)->Arg(1'000'000)->Arg(10'000'000);
BENCHMARK(map_of_entries<default_resource, node_map>)->Arg(1'000'000);
BENCHMARK(map_of_entries<standard_pool, node_map>)->Arg(1'000'000);
BENCHMARK(map_of_entries<pages, node_map>)->Arg(1'000'000);

void at_both_sizes(benchmark::internal::Benchmark* each) { each->Arg(1'000'000)->Arg(10'000'000); }
BENCHMARK(time_of<default_resource, operation::insert>)->Apply(at_both_sizes);
BENCHMARK(time_of<pages, operation::insert>)->Apply(at_both_sizes);
BENCHMARK(time_of<huge_pages, operation::insert>)->Apply(at_both_sizes);
BENCHMARK(time_of<default_resource, operation::hit>)->Apply(at_both_sizes);
BENCHMARK(time_of<pages, operation::hit>)->Apply(at_both_sizes);
BENCHMARK(time_of<huge_pages, operation::hit>)->Apply(at_both_sizes);
BENCHMARK(time_of<default_resource, operation::miss>)->Apply(at_both_sizes);
BENCHMARK(time_of<pages, operation::miss>)->Apply(at_both_sizes);
BENCHMARK(time_of<huge_pages, operation::miss>)->Apply(at_both_sizes);

}  // namespace

BENCHMARK_MAIN();
