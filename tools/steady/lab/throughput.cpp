// Experiments on the speed of deleting, and on what stops it.
#include <algorithm>
#include <atomic>
#include <cstdint>
#include <random>
#include <thread>
#include <unordered_map>

#include <steady/sync_map.hpp>

#include "measure/allocation.hpp"
#include "measure/timer.hpp"
#include "tools/steady/lab/cachegrind.hpp"
#include "tools/steady/lab/clock.hpp"
#include "tools/steady/lab/experiments.hpp"

namespace steady::lab {
namespace {

// ---- M52: three ways to delete many ----

struct price {
  double median_us, p95_us;
  double allocations;
};

using shared_map = sync_map<std::uint64_t, std::uint64_t>;

template <class Map>
void put(Map& map, std::uint64_t key, std::uint64_t value) {
  map[key] = value;
}
void put(shared_map& map, std::uint64_t key, std::uint64_t value) { map.store(key, value); }

// `work` is done on a fresh map each time; making that is not timed.
template <class Map, class Work>
price price_of(const workbench& bench, std::uint64_t entries, Work&& work) {
  const std::size_t rounds = bench.size(41, 3);
  std::vector<double> times;
  double allocations = 0;
  for (std::size_t round = 0; round < rounds; ++round) {
    bench.tick();
    Map map;
    for (std::uint64_t index = 0; index < entries; ++index) put(map, key_at(index), index);
    times.push_back(nanoseconds_of([&] { work(map); }) / 1e3);
  }
  Map map;
  for (std::uint64_t index = 0; index < entries; ++index) put(map, key_at(index), index);
  measure::start_allocation_figures(measure::allocation_mode::count);
  work(map);
  allocations = real(measure::stop_allocation_figures().allocations);
  return {median(times), quantile(times, 0.95), allocations};
}

// Half of the entries go.
bool goes(std::uint64_t value) { return value % 2 == 0; }

template <class Map>
void erase_in_loop(Map& map) {
  for (auto at = map.begin(); at != map.end();) {
    if (goes(at->second)) {
      at = map.erase(at);
    } else {
      ++at;
    }
  }
}
template <class Map>
void rebuild_by_copy(Map& map) {
  Map kept(map.size() / 2);
  for (const auto& entry : map)
    if (!goes(entry.second)) kept[entry.first] = entry.second;
  map.swap(kept);
}

void erase_in_range(shared_map& map) {
  map.range([&](std::uint64_t key, std::uint64_t value) {
    if (goes(value)) map.erase(key);
  });
}

struct strategies {
  price in_loop, by_copy;
};
template <class Map>
strategies try_strategies(const workbench& bench) {
  const std::uint64_t entries = bench.size(10'000, 1'000);
  return {price_of<Map>(bench, entries, erase_in_loop<Map>),
          price_of<Map>(bench, entries, rebuild_by_copy<Map>)};
}

// ---- M103: the grid ----

// The mean position at which the chain of a key is left with the key found: what an erase has to look at.
double slots_looked_at(const specimen& map, const std::vector<std::uint64_t>& keys) {
  std::unordered_map<std::uint64_t, double> position;
  for (const auto& chain : map.inspect().buckets) {
    double slot = 0;
    for (const auto& bucket : chain.buckets)
      for (const auto* key : bucket.keys) {
        ++slot;
        if (key != nullptr) position[*key] = slot;
      }
  }
  double sum = 0;
  for (const std::uint64_t key : keys) sum += position[key];
  return sum / real(keys.size());
}

struct deleting {
  std::uint64_t entries;
  double random, sequential, hot;  // erases a microsecond
  double random_slots, hot_slots;
};

deleting delete_throughput(const workbench& bench, std::uint64_t entries) {
  const hashing hash = bench.choose(hashing::spread, hashing::clumped);
  const std::uint64_t hot_entries = std::max<std::uint64_t>(entries / 100, 1);
  std::vector<std::uint64_t> keys;
  for (std::uint64_t index = 0; index < entries; ++index)
    keys.push_back(key_at(index) | (index < hot_entries ? hot_bit : 0));
  std::vector<std::uint64_t> shuffled = keys;
  std::ranges::shuffle(shuffled, std::mt19937_64{1});
  const std::vector<std::uint64_t> hot(keys.begin(), keys.begin() + static_cast<std::ptrdiff_t>(hot_entries));

  const auto filled = [&] {
    bench.tick();
    auto map = make_specimen({.hash = hash});
    for (const std::uint64_t key : keys) map->insert(key, key);
    map->finish_growth();
    return map;
  };
  const auto erase_all = [](specimen& map, const std::vector<std::uint64_t>& these) {
    return nanoseconds_of([&] {
      for (const std::uint64_t key : these) map.erase(key);
    });
  };
  deleting done{entries, 0, 0, 0, 0, 0};
  const auto a_microsecond = [](double erases, double nanoseconds) { return 1e3 * erases / nanoseconds; };
  const auto by_chance = filled();
  done.random_slots = slots_looked_at(*by_chance, shuffled);
  done.hot_slots = slots_looked_at(*by_chance, hot);
  done.random = a_microsecond(real(entries), erase_all(*by_chance, shuffled));
  const auto in_order = filled();
  done.sequential = a_microsecond(real(entries), erase_all(*in_order, keys));
  const auto at_one_place = filled();
  constexpr unsigned times = 50;
  double taken = 0;
  for (unsigned time = 0; time < times; ++time) {
    taken += erase_all(*at_one_place, hot);
    for (const std::uint64_t key : hot) at_one_place->insert(key, key);
  }
  done.hot = a_microsecond(real(hot_entries * times), taken);
  return done;
}

// ---- M104: two threads, two counters ----

struct adjacent {
  std::atomic<std::uint64_t> first{0}, second{0};
};
struct apart {
  alignas(64) std::atomic<std::uint64_t> first{0};
  alignas(64) std::atomic<std::uint64_t> second{0};
};

struct shared_counters {
  bool one_line;
  double nanoseconds;  // an increment
};

template <class Counters>
shared_counters count_together(std::uint64_t increments) {
  alignas(64) Counters counters;
  const auto line = [](const auto& counter) { return reinterpret_cast<std::uintptr_t>(&counter) / 64; };
  std::atomic<unsigned> ready{0};
  const auto count = [&](std::atomic<std::uint64_t>& counter) {
    ++ready;
    while (ready < 2) std::this_thread::yield();
    for (std::uint64_t number = 0; number < increments; ++number)
      counter.fetch_add(1, std::memory_order_relaxed);
  };
  const double taken = nanoseconds_of([&] {
    std::thread other(count, std::ref(counters.second));
    count(counters.first);
    other.join();
  });
  return {line(counters.first) == line(counters.second), taken / real(increments)};
}

}  // namespace

finding m52(const workbench& bench) {
  using integers = classic_map<std::uint64_t, std::uint64_t>;
  using nodes = std::unordered_map<std::uint64_t, std::uint64_t>;
  const strategies seen = bench.choose(try_strategies<integers>, try_strategies<nodes>)(bench);
  const double entries = real(bench.size(10'000, 1'000));
  table columns{"Half of the entries deleted", {"strategy", "median, us", "p95, us", "allocations"}, {}};
  for (const auto& [name, one] :
       {std::pair{"erase in a loop", seen.in_loop}, {"rebuild in a new map", seen.by_copy}})
    columns.rows.push_back({name, text_of(one.median_us), text_of(one.p95_us), text_of(one.allocations)});
  const price shared = price_of<shared_map>(bench, bench.size(10'000, 1'000), erase_in_range);
  columns.rows.push_back({"erase in the range of a sync_map", text_of(shared.median_us),
                          text_of(shared.p95_us), text_of(shared.allocations)});
  return {.setting = "half of " + text_of(entries) + " entries deleted, in three ways",
          .claimed = {{"erasing in a loop allocates nothing, rebuilding does",
                       seen.in_loop.allocations == 0 && seen.by_copy.allocations > 0},
                      {"rebuilding allocates about once an entry (12.8k)",
                       seen.by_copy.allocations > 0.4 * entries}},
          .figures = {{"allocations of erasing in a loop", seen.in_loop.allocations},
                      {"allocations of rebuilding", seen.by_copy.allocations},
                      {"us erasing in a loop", seen.in_loop.median_us},
                      {"us rebuilding", seen.by_copy.median_us}},
          .tables = {columns}};
}

finding m85(const workbench& bench) {
  const std::uint64_t operations = bench.size(100'000, 4'000, 1'000'000);
  // The old array: is it there when the growth is over?
  const auto grown = bench.make();
  double old_bytes = 0;
  for (std::uint64_t index = 0; index < operations / 4; ++index) {
    grown->insert(key_at(index), index);
    if (!grown->growing() && index % 64 == 0)
      old_bytes = std::max(old_bytes, static_cast<double>(grown->memory().live_bytes) -
                                          static_cast<double>(grown->stats().bytes()));
  }
  plot stops{"Longest operation of each column, by the share of erases",
             "operations",
             "us",
             {},
             scale::linear,
             scale::logarithmic};
  table worst{
      "Erases among the operations", {"share", "most entries moved by one", "longest, us", "p99, ns"}, {}};
  const double ticks = measure::timer::nanoseconds_per_tick();
  std::uint64_t moved_without = 0;
  std::uint64_t moved_with = 0;
  for (const unsigned share : {0u, 25u, 45u, 75u}) {
    const auto map = bench.make();
    std::mt19937_64 random{1};
    std::uint64_t inserted = 0;
    std::uint64_t erased = 0;
    std::uint64_t most = 0;
    std::vector<double> times;
    series line{std::to_string(share) + " % erases", {}};
    double longest = 0;
    for (std::uint64_t step = 0; step < operations; ++step) {
      const std::uint64_t before = map->entries_moved();
      const bool erases = random() % 100 < share && erased < inserted;
      const std::uint64_t begin = measure::timer::start();
      if (erases) {
        map->erase(key_at(erased++));
      } else {
        map->insert(key_at(inserted++), step);
      }
      const double taken = static_cast<double>(measure::timer::stop() - begin) * ticks;
      times.push_back(taken);
      longest = std::max(longest, taken);
      most = std::max(most, map->entries_moved() - before);
      if ((step + 1) % (operations / 100) == 0) {
        line.points.emplace_back(real(step + 1), longest / 1e3);
        longest = 0;
      }
    }
    if (share == 0) moved_without = most;
    moved_with = std::max(moved_with, most);
    stops.lines.push_back(line);
    worst.rows.push_back({std::to_string(share) + " %", text_of(real(most)),
                          text_of(quantile(times, 1) / 1e3), text_of(quantile(times, 0.99))});
  }
  constexpr double noticeable = 1'024;
  return {.setting = text_of(real(operations)) + " operations, with none to three quarters of them erases",
          .claimed = {{"an old array stays allocated after its growth is over", old_bytes > noticeable},
                      {"the worst operation moves twice as much when there are erases",
                       moved_with >= 2 * moved_without}},
          .figures = {{"most bytes of old arrays held without a growth", old_bytes},
                      {"most entries moved by one operation, inserts alone", real(moved_without)},
                      {"most entries moved by one operation, with erases", real(moved_with)}},
          .tables = {worst},
          .plots = {stops}};
}

finding m103(const workbench& bench) {
  std::vector<std::uint64_t> sizes;
  for (const std::size_t usual : {10'000u, 100'000u, 1'000'000u}) sizes.push_back(bench.size(usual, 10'000));
  if (bench.full()) sizes.push_back(10'000'000);
  sizes.erase(std::unique(sizes.begin(), sizes.end()), sizes.end());
  series random{"random", {}}, sequential{"sequential", {}}, hot{"hot: the first 1 %, 50 times", {}};
  table grid{"Millions of erases a second",
             {"entries", "random", "sequential", "hot", "slots looked at, random", "hot"},
             {}};
  deleting last{};
  for (const std::uint64_t entries : sizes) {
    last = delete_throughput(bench, entries);
    const double x = real(entries);
    random.points.emplace_back(x, last.random);
    sequential.points.emplace_back(x, last.sequential);
    hot.points.emplace_back(x, last.hot);
    grid.rows.push_back({text_of(x), text_of(last.random), text_of(last.sequential), text_of(last.hot),
                         text_of(last.random_slots), text_of(last.hot_slots)});
  }
  return {.setting =
              "all keys erased at random or in order of insertion, or the first 1 % of them 50 times over",
          .claimed = {{"a hot spot is twice the work of random keys, or more",
                       last.hot_slots >= 2 * last.random_slots}},
          .figures = {{"slots looked at by an erase at random", last.random_slots},
                      {"slots looked at by an erase in the hot spot", last.hot_slots},
                      {"M erases / s at random", last.random},
                      {"M erases / s in order", last.sequential},
                      {"M erases / s in the hot spot", last.hot}},
          .tables = {grid},
          .plots = {{"Throughput of deleting",
                     "entries",
                     "M / s",
                     {random, sequential, hot},
                     scale::logarithmic,
                     scale::linear}}};
}

finding m104(const workbench& bench) {
  const std::uint64_t increments = bench.size(400'000, 5'000);
  const auto first = bench.choose(count_together<adjacent>, count_together<apart>);
  std::vector<double> near;
  std::vector<double> far;
  bool near_share = false;
  bool far_share = false;
  constexpr unsigned rounds = 9;
  for (unsigned round = 0; round < rounds; ++round) {
    bench.tick();
    const shared_counters one = first(increments);
    const shared_counters other = count_together<apart>(increments);
    near.push_back(one.nanoseconds);
    far.push_back(other.nanoseconds);
    near_share = near_share || one.one_line;
    far_share = far_share || other.one_line;
  }
  table caches{"Cache misses by cachegrind, which simulates one processor and so cannot see this",
               {"counters", "of 100 data references", "an increment"},
               {}};
  for (const auto& [name, work] : {std::pair{"beside each other", cache_work::counters_beside},
                                   {"in lines of their own", cache_work::counters_apart}}) {
    if (!bench.cachegrind()) break;
    bench.tick();
    const auto misses = misses_under_cachegrind(work);
    caches.rows.push_back({name, misses ? text_of(misses->a_hundred_references) : "valgrind is not installed",
                           misses ? text_of(misses->an_operation) : ""});
  }
  series beside{"beside each other", {}}, padded{"each in a line of its own", {}};
  for (unsigned round = 0; round < rounds; ++round) {
    beside.points.emplace_back(round + 1, near[round]);
    padded.points.emplace_back(round + 1, far[round]);
  }
  return {.setting = "two threads, each with a counter of its own; the counters beside each other, and in "
                     "lines of their own",
          .claimed = {{"counters beside each other share a cache line, aligned ones do not",
                       near_share && !far_share}},
          .figures = {{"ns an increment, beside each other", median(near)},
                      {"ns an increment, in lines of their own", median(far)},
                      {"times as long", median(near) / median(far)}},
          .tables = {caches},
          .plots = {{"False sharing of two counters", "round", "ns an increment", {beside, padded}}}};
}

}  // namespace steady::lab
