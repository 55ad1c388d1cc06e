// sync_map beside other maps that threads share: the workloads of issue 7, in rounds that go from map to map.
//
//   build/release/bench/sync_map [rounds [only]]     rounds: 5; only: the name of one workload
//
// Peers: oneTBB's concurrent_hash_map, libcuckoo, 64 x (std::mutex + std::unordered_map), and Go's sync.Map where Go is installed
// (bench/go/sync_map, a process for each round). Each cell is the median over the rounds of the wall time an operation takes (ns, all
// threads together), with the lowest and highest; each round of a cell is a fresh map. In the last column the time against
// the best peer's, and below the table the geometric mean of that.
//
// Two workloads are of their own: "range" has one thread that loops over the whole map all the time while the others store and
// erase (oneTBB is left out: its iteration does not allow that), and "growth" times every insert from nothing to 10^6.
// The threads draw keys from a generator of their own whose cost, about 1 ns, is in every figure; a checksum keeps the loads alive.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <barrier>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <mutex>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include <libcuckoo/cuckoohash_map.hh>
#include <steady/sync_map.hpp>
#include <tbb/concurrent_hash_map.h>

#include "measure/latency.hpp"
#include "measure/timer.hpp"

namespace {

using u64 = std::uint64_t;

std::atomic<u64> checksum{0};

struct steady_map {
  static constexpr std::string_view name = "steady";
  steady::sync_map<u64, u64> map;
  u64 load(u64 key) { return map.load(key).value_or(0); }
  void store(u64 key, u64 value) { map.store(key, value); }
  void erase(u64 key) { map.erase(key); }
  // All entries; how many.
  u64 range() {
    u64 sum = 0, entries = 0;
    map.range([&](u64, u64 value) {
      sum += value;
      ++entries;
    });
    checksum += sum;
    return entries;
  }
};

struct tbb_map {
  static constexpr std::string_view name = "oneTBB";
  using map_type = tbb::concurrent_hash_map<u64, u64>;
  map_type map;
  u64 load(u64 key) {
    map_type::const_accessor at;
    return map.find(at, key) ? at->second : 0;
  }
  void store(u64 key, u64 value) {
    map_type::accessor at;
    map.insert(at, key);
    at->second = value;
  }
  void erase(u64 key) { map.erase(key); }
};

struct cuckoo_map {
  static constexpr std::string_view name = "libcuckoo";
  libcuckoo::cuckoohash_map<u64, u64> map;
  u64 load(u64 key) {
    u64 value = 0;
    (void)map.find(key, value);
    return value;
  }
  void store(u64 key, u64 value) { map.insert_or_assign(key, value); }
  void erase(u64 key) { map.erase(key); }
  u64 range() {
    u64 sum = 0;
    const auto locked = map.lock_table();
    for (const auto& [key, value] : locked) sum += value;
    checksum += sum;
    return locked.size();
  }
};

struct sharded_map {
  static constexpr std::string_view name = "64 x std";
  struct alignas(64) shard {
    std::mutex mutex;
    std::unordered_map<u64, u64> map;
  };
  std::array<shard, 64> shards;
  shard& of(u64 key) { return shards[(key * 0x9e3779b97f4a7c15u) >> 58]; }
  u64 load(u64 key) {
    shard& in = of(key);
    const std::lock_guard guard(in.mutex);
    const auto at = in.map.find(key);
    return at == in.map.end() ? 0 : at->second;
  }
  void store(u64 key, u64 value) {
    shard& in = of(key);
    const std::lock_guard guard(in.mutex);
    in.map[key] = value;
  }
  void erase(u64 key) {
    shard& in = of(key);
    const std::lock_guard guard(in.mutex);
    in.map.erase(key);
  }
  u64 range() {
    u64 sum = 0, entries = 0;
    for (auto& in : shards) {
      const std::lock_guard guard(in.mutex);
      for (const auto& [key, value] : in.map) sum += value;
      entries += in.map.size();
    }
    checksum += sum;
    return entries;
  }
};

struct workload {
  std::string_view name;
  int writes;  // in 100 operations; half of them erase, half store
  bool only_new;  // every store is of a new key
  bool hot;  // half of all operations go to one key
  bool disjoint;  // every thread has keys of its own
};
constexpr workload workloads[] = {
    {"99/1", 1, false, false, false},    {"90/10", 10, false, false, false},
    {"50/50", 50, false, false, false},  {"insert", 100, true, false, false},
    {"hot key", 10, false, true, false}, {"disjoint", 50, false, false, true},
};

u64 next(u64& state) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state;
}
constexpr u64 spread(u64 number) { return number * 0xff51afd7ed558ccdu + 1; }

// ns an operation, of `threads` threads together.
template <class Map>
double run(const workload& what, std::size_t keys, int threads) {
  const auto map = std::make_unique<Map>();
  if (!what.only_new)
    for (std::size_t key = 0; key < keys; ++key) map->store(spread(key), key);
  const std::size_t operations = what.only_new ? keys / static_cast<std::size_t>(threads) + 1 : 400'000;
  std::barrier gate(threads + 1);
  std::vector<std::thread> running;
  for (int thread = 0; thread < threads; ++thread)
    running.emplace_back([&, thread] {
      u64 state = 88172645463325252u + static_cast<u64>(thread) * 7919u, sum = 0;
      const std::size_t own = keys / static_cast<std::size_t>(threads);
      gate.arrive_and_wait();
      for (std::size_t i = 0; i < operations; ++i) {
        const u64 random = next(state);
        if (what.only_new) {
          map->store(spread(i * static_cast<u64>(threads) + static_cast<u64>(thread)), random);
          continue;
        }
        u64 key = (random >> 20) % keys;
        if (what.disjoint) key = key % own + own * static_cast<u64>(thread);
        if (what.hot && (random & 1) != 0) key = 0;
        key = spread(key);
        if (static_cast<int>(random >> 8 & 1023) * 100 / 1024 >= what.writes) {
          sum += map->load(key);
        } else if ((random >> 19 & 1) != 0) {
          map->store(key, random);
        } else {
          map->erase(key);
        }
      }
      checksum += sum;
      gate.arrive_and_wait();
    });
  gate.arrive_and_wait();
  const auto begun = std::chrono::steady_clock::now();
  gate.arrive_and_wait();
  const std::chrono::duration<double, std::nano> taken = std::chrono::steady_clock::now() - begun;
  for (auto& each : running) each.join();
  return taken.count() / static_cast<double>(operations) / threads;
}

// Go's map, in a process of its own; 0 where there is none.
double run_go([[maybe_unused]] const workload& what, [[maybe_unused]] std::size_t keys,
              [[maybe_unused]] int threads) {
#ifdef STEADY_GO_SYNC_MAP
  const std::string command = fmt::format("{} {} {:d} {:d} {:d} {} {}", STEADY_GO_SYNC_MAP, what.writes,
                                          what.only_new, what.hot, what.disjoint, keys, threads);
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> program(::popen(command.c_str(), "r"), ::pclose);
  double taken = 0;
  if (program && std::fscanf(program.get(), "%lf", &taken) == 1) return taken;
  fmt::print(stderr, "bench/sync_map: {}: no figure came\n", command);
#endif
  return 0;
}

// One thread loops over the map for half a second, and ends its last loop; the others store and erase meanwhile.
struct range_times {
  double write_ns = 0, entry_ns = 0, longest_write_us = 0;
};
template <class Map>
range_times range_while_writing(std::size_t keys, std::size_t writers) {
  const auto map = std::make_unique<Map>();
  for (std::size_t key = 0; key < keys; ++key) map->store(spread(key), key);
  std::barrier gate(static_cast<std::ptrdiff_t>(writers + 1));
  std::atomic<bool> over{false};
  std::vector<std::thread> running;
  std::vector<u64> longest(writers), writes(writers);
  for (std::size_t thread = 0; thread < writers; ++thread)
    running.emplace_back([&, thread] {
      u64 state = 88172645463325252u + thread * 7919u;
      gate.arrive_and_wait();
      while (!over.load(std::memory_order_relaxed)) {
        const u64 random = next(state);
        const u64 key = spread((random >> 20) % keys);
        const u64 before = steady::measure::timer::start();
        if ((random >> 19 & 1) != 0) {
          map->store(key, random);
        } else {
          map->erase(key);
        }
        longest[thread] = std::max(longest[thread], steady::measure::timer::stop() - before);
        ++writes[thread];
      }
    });
  u64 entries = 0;
  gate.arrive_and_wait();
  const auto begun = std::chrono::steady_clock::now();
  std::chrono::duration<double, std::nano> looping{};
  do {
    entries += map->range();
    looping = std::chrono::steady_clock::now() - begun;
  } while (looping < std::chrono::milliseconds(500));
  over = true;
  for (auto& each : running) each.join();
  const u64 all_writes = std::accumulate(writes.begin(), writes.end(), u64{0});
  return {looping.count() / static_cast<double>(std::max<u64>(all_writes, 1)),
          looping.count() / static_cast<double>(entries),
          steady::measure::timer::nanoseconds(*std::ranges::max_element(longest)) / 1e3};
}

// Every insert of one thread, from nothing to `keys`; over identical runs the least of each, so that what the machine does
// once drops out. With more threads the runs differ, so there the median run's own figures are shown.
template <class Map>
std::vector<float> insert_latencies(std::size_t keys, std::size_t threads) {
  const auto map = std::make_unique<Map>();
  std::vector<float> all(keys);
  std::barrier gate(static_cast<std::ptrdiff_t>(threads));
  std::vector<std::thread> running;
  for (std::size_t thread = 0; thread < threads; ++thread)
    running.emplace_back([&, thread] {
      gate.arrive_and_wait();
      for (std::size_t i = thread; i < keys; i += threads) {
        const u64 before = steady::measure::timer::start();
        map->store(spread(i), i);
        all[i] =
            static_cast<float>(steady::measure::timer::nanoseconds(steady::measure::timer::stop() - before));
      }
    });
  for (auto& each : running) each.join();
  return all;
}

struct spread_of_runs {
  double low, median, high;
};
spread_of_runs summary(std::vector<double> runs) {
  std::ranges::sort(runs);
  return {runs.front(), runs[runs.size() / 2], runs.back()};
}

void range_table(int rounds) {
  fmt::print("\n| range while writing: map | keys | writers | ns a write, of all writers | longest write, us "
             "| ns an entry "
             "of the loop "
             "|\n|---|---|---|---|---|---|\n");
  const auto row = [&]<class Map>(std::type_identity<Map>, std::size_t keys, std::size_t writers) {
    std::vector<double> writes, entries, longest;
    for (int round = 0; round < rounds; ++round) {
      const range_times seen = range_while_writing<Map>(keys, writers);
      writes.push_back(seen.write_ns);
      entries.push_back(seen.entry_ns);
      longest.push_back(seen.longest_write_us);
    }
    fmt::print("| {} | {} | {} | {:.0f} | {:.0f} | {:.1f} |\n", Map::name, keys, writers,
               summary(writes).median, summary(longest).median, summary(entries).median);
    std::fflush(stdout);
  };
  for (const std::size_t keys : {std::size_t{1'000}, std::size_t{1'000'000}})
    for (const std::size_t writers : {std::size_t{1}, std::size_t{3}}) {
      row(std::type_identity<steady_map>{}, keys, writers);
      row(std::type_identity<cuckoo_map>{}, keys, writers);
      row(std::type_identity<sharded_map>{}, keys, writers);
    }
}

void growth_table(int rounds) {
  constexpr std::size_t keys = 1'000'000;
  fmt::print("\n| inserts to 10^6, ns: map | threads | p50 | p99 | p99.9 | p99.99 | max, us "
             "|\n|---|---|---|---|---|---|---|\n");
  const auto row = [&]<class Map>(std::type_identity<Map>, std::size_t threads) {
    steady::measure::fastest_samples fastest(keys);
    std::vector<std::pair<double, std::vector<float>>> runs;
    for (int round = 0; round < rounds; ++round) {
      std::vector<float> run = insert_latencies<Map>(keys, threads);
      if (threads == 1) {
        fastest.merge(run);
      } else {
        runs.emplace_back(steady::measure::exact_percentiles(run).p9999, std::move(run));
      }
    }
    std::vector<float> shown(fastest.values().begin(), fastest.values().end());
    if (threads > 1) {
      std::ranges::sort(runs, {}, &decltype(runs)::value_type::first);
      shown = runs[runs.size() / 2].second;
    }
    const auto seen = steady::measure::exact_percentiles(shown);
    fmt::print("| {} | {} | {:.0f} | {:.0f} | {:.0f} | {:.0f} | {:.1f} |\n", Map::name, threads, seen.p50,
               seen.p99, seen.p999, seen.p9999, seen.max / 1e3);
    std::fflush(stdout);
  };
  for (const std::size_t threads : {std::size_t{1}, std::size_t{2}}) {
    row(std::type_identity<steady_map>{}, threads);
    row(std::type_identity<tbb_map>{}, threads);
    row(std::type_identity<cuckoo_map>{}, threads);
    row(std::type_identity<sharded_map>{}, threads);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::max(1, std::atoi(argv[1])) : 5;
  const std::string_view only = argc > 2 ? argv[2] : "";
  if (only == "range") {
    range_table(rounds);
    return 0;
  }
  if (only == "growth") {
    growth_table(rounds);
    return 0;
  }
  fmt::print("| workload | keys | threads | {} | {} | {} | {} | Go's sync.Map | steady / best peer "
             "|\n|---|---|---|---|---|---|---|---|---|\n",
             steady_map::name, tbb_map::name, cuckoo_map::name, sharded_map::name);
  double product = 0, worst = 0;
  int cells = 0;
  for (const workload& what : workloads) {
    if (!only.empty() && only != what.name) continue;
    for (const std::size_t keys : {std::size_t{1'000}, std::size_t{1'000'000}})
      for (const int threads : {1, 2, 4}) {
        std::array<std::vector<double>, 5> times;
        for (int round = 0; round < rounds; ++round) {
          times[0].push_back(run<steady_map>(what, keys, threads));
          times[1].push_back(run<tbb_map>(what, keys, threads));
          times[2].push_back(run<cuckoo_map>(what, keys, threads));
          times[3].push_back(run<sharded_map>(what, keys, threads));
          times[4].push_back(run_go(what, keys, threads));
        }
        fmt::print("| {} | {} | {} |", what.name, keys, threads);
        double best = 1e300;
        for (std::size_t map = 0; map < times.size(); ++map) {
          const spread_of_runs of = summary(times[map]);
          if (of.median == 0) {
            fmt::print(" |");  // not there
            continue;
          }
          fmt::print(" {:.1f} ({:.1f}-{:.1f}) |", of.median, of.low, of.high);
          if (map > 0) best = std::min(best, of.median);
        }
        const double ratio = summary(times[0]).median / best;
        fmt::print(" {:.2f} |\n", ratio);
        std::fflush(stdout);
        product += std::log(ratio);
        worst = std::max(worst, ratio);
        ++cells;
      }
  }
  if (cells > 0)
    fmt::print("\ngeometric mean {:.2f}, worst cell {:.2f}; checksum {}\n", std::exp(product / cells), worst,
               checksum.load());
  if (only.empty()) {
    range_table(rounds);
    growth_table(rounds);
  }
}
