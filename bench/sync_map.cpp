// sync_map beside other maps that threads share: the workloads of issue 7, in rounds that go from map to map.
//
//   build/release/bench/sync_map [rounds [only]]     rounds: 5; only: the name of one workload
//
// Peers: oneTBB's concurrent_hash_map, libcuckoo, and 64 x (std::mutex + std::unordered_map). Each cell is the median over the rounds
// of the wall time an operation takes (ns, all threads together), with the lowest and highest; each round of a cell is a fresh map.
// After each table: the time against the best peer's, and the geometric mean of that.
// The threads draw keys from a generator of their own whose cost, about 1 ns, is in every figure; a checksum keeps the loads alive.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <barrier>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

#include <libcuckoo/cuckoohash_map.hh>
#include <steady/sync_map.hpp>
#include <tbb/concurrent_hash_map.h>

namespace {

using u64 = std::uint64_t;

struct steady_map {
  static constexpr std::string_view name = "steady";
  steady::sync_map<u64, u64> map;
  u64 load(u64 key) { return map.load(key).value_or(0); }
  void store(u64 key, u64 value) { map.store(key, value); }
  void erase(u64 key) { map.erase(key); }
  u64 range() {
    u64 sum = 0;
    map.range([&](u64, u64 value) { sum += value; });
    return sum;
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
    return sum;
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
    u64 sum = 0;
    for (auto& in : shards) {
      const std::lock_guard guard(in.mutex);
      for (const auto& [key, value] : in.map) sum += value;
    }
    return sum;
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

std::atomic<u64> checksum{0};

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

struct spread_of_runs {
  double low, median, high;
};
spread_of_runs summary(std::vector<double> runs) {
  std::ranges::sort(runs);
  return {runs.front(), runs[runs.size() / 2], runs.back()};
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::max(1, std::atoi(argv[1])) : 5;
  const std::string_view only = argc > 2 ? argv[2] : "";
  fmt::print("| workload | keys | threads | {} | {} | {} | {} | steady / best peer "
             "|\n|---|---|---|---|---|---|---|---|\n",
             steady_map::name, tbb_map::name, cuckoo_map::name, sharded_map::name);
  double product = 0, worst = 0;
  int cells = 0;
  for (const workload& what : workloads) {
    if (!only.empty() && only != what.name) continue;
    for (const std::size_t keys : {std::size_t{1'000}, std::size_t{1'000'000}})
      for (const int threads : {1, 2, 4}) {
        std::array<std::vector<double>, 4> times;
        for (int round = 0; round < rounds; ++round) {
          times[0].push_back(run<steady_map>(what, keys, threads));
          times[1].push_back(run<tbb_map>(what, keys, threads));
          times[2].push_back(run<cuckoo_map>(what, keys, threads));
          times[3].push_back(run<sharded_map>(what, keys, threads));
        }
        fmt::print("| {} | {} | {} |", what.name, keys, threads);
        double best = 1e300;
        for (std::size_t map = 0; map < times.size(); ++map) {
          const spread_of_runs of = summary(times[map]);
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
}
