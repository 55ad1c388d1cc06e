// Experiments on maps that threads share, and on safe ways to delete from them.
#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <steady/locked_map.hpp>
#include <steady/sync_map.hpp>

#include "measure/allocation.hpp"
#include "tools/steady/lab/clock.hpp"
#include "tools/steady/lab/experiments.hpp"

namespace steady::lab {
namespace {

// ---- M92: ways to delete what is stale from a map that others use ----

// A value says whether its key is stale; a writer that renews a key stores a fresh one.
constexpr std::uint64_t fresh = 1;
bool is_stale(std::uint64_t value) { return value != fresh; }

// A plain map behind a mutex, for the loop that erases as it goes.
struct mutex_map {
  std::mutex mutex;
  map<std::uint64_t, std::uint64_t> entries;

  void store(std::uint64_t key, std::uint64_t value) {
    const std::lock_guard locked(mutex);
    entries.insert_or_assign(key, value);
  }
  [[nodiscard]] bool contains(std::uint64_t key) {
    const std::lock_guard locked(mutex);
    return entries.contains(key);
  }
};
using behind_a_lock = locked_map<std::uint64_t, std::uint64_t>;
using shared = sync_map<std::uint64_t, std::uint64_t>;

// Each way calls `decided(key)` when it has decided that a key goes and before it is gone, wherever it lets others in between.
using decision = std::function<void(std::uint64_t)>;

void by_key_slice(behind_a_lock& map, const decision& decided) {
  std::vector<std::uint64_t> keys;
  map.range([&](std::uint64_t key, std::uint64_t value) {
    if (is_stale(value)) keys.push_back(key);
  });
  for (const std::uint64_t key : keys) decided(key);
  for (const std::uint64_t key : keys) map.erase(key);
}
void by_delete_set(behind_a_lock& map, const decision& decided) {
  std::unordered_set<std::uint64_t> keys;
  map.range([&](std::uint64_t key, std::uint64_t value) {
    if (is_stale(value)) keys.insert(key);
  });
  for (const std::uint64_t key : keys) decided(key);
  map.erase_if([&](std::uint64_t key, std::uint64_t) { return keys.contains(key); });
}
void under_the_lock(behind_a_lock& map, const decision&) {
  map.erase_if([](std::uint64_t, std::uint64_t value) { return is_stale(value); });
}
void in_the_loop(mutex_map& map, const decision&) {
  const std::lock_guard locked(map.mutex);
  for (auto& [key, value] : map.entries)
    if (is_stale(value)) map.entries.erase(key);
}
void range_and_erase(shared& map, const decision& decided) {
  map.range([&](std::uint64_t key, std::uint64_t value) {
    if (!is_stale(value)) return;
    decided(key);
    map.erase(key);
  });
}
// The wrong belief: what range shows is a copy of the map, and erasing from it is what a loop can do.
void range_over_a_copy(shared& map, const decision& decided) {
  shared copy(map.shard_count());
  map.range([&](std::uint64_t key, std::uint64_t value) { copy.store(key, value); });
  range_and_erase(copy, decided);
}
void range_and_compare(shared& map, const decision& decided) {
  map.range([&](std::uint64_t key, std::uint64_t value) {
    if (!is_stale(value)) return;
    decided(key);
    map.compare_and_delete(key, value);
  });
}
void erase_if(shared& map, const decision&) {
  map.erase_if([](std::uint64_t, std::uint64_t value) { return is_stale(value); });
}

struct deletion {
  bool exact = true;  // undisturbed: what is stale goes, and nothing else
  std::uint64_t wrong = 0;  // keys deleted although they were renewed after the decision
  double us = 0, allocations = 0, p99_us = 0;
};

template <class Map>
deletion try_way(const workbench& bench, std::uint64_t entries, void (*way)(Map&, const decision&)) {
  const auto filled = [&] {
    bench.tick();
    auto map = std::make_unique<Map>();
    for (std::uint64_t index = 0; index < entries; ++index)
      map->store(key_at(index), index % 2 == 0 ? fresh + 1 : fresh);
    return map;
  };
  const decision nobody = [](std::uint64_t) {};
  deletion seen;
  std::vector<double> times;
  for (std::size_t round = 0; round < bench.size(9, 3); ++round) {
    const auto map = filled();
    times.push_back(nanoseconds_of([&] { way(*map, nobody); }) / 1e3);
    for (std::uint64_t index = 0; index < entries; ++index)
      seen.exact = seen.exact && map->contains(key_at(index)) == (index % 2 != 0);
  }
  seen.us = median(times);
  {
    const auto map = filled();
    measure::start_allocation_figures(measure::allocation_mode::count);
    way(*map, nobody);
    seen.allocations = real(measure::stop_allocation_figures().allocations);
  }
  {
    // Another user renews every key just when it was decided that it goes: renewed keys have to stay.
    const auto map = filled();
    std::vector<std::uint64_t> renewed;
    way(*map, [&](std::uint64_t key) {
      renewed.push_back(key);
      map->store(key, fresh);
    });
    for (const std::uint64_t key : renewed) seen.wrong += map->contains(key) ? 0 : 1;
  }
  {
    // A writer of other keys, all the time.
    const auto map = filled();
    std::atomic<bool> begun{false}, done{false};
    std::vector<double> waits;
    std::thread writer([&] {
      for (std::uint64_t step = 0; !done.load(); ++step) {
        waits.push_back(nanoseconds_of([&] { map->store(key_at(entries + step % 64), fresh); }) / 1e3);
        begun = true;
      }
    });
    while (!begun.load()) std::this_thread::yield();
    way(*map, nobody);
    done = true;
    writer.join();
    seen.p99_us = quantile(waits, 0.99);
  }
  return seen;
}

// ---- M96: a read map, a dirty map, promotion ----

// How many entries were copied or moved.
struct travelling {
  static inline std::uint64_t moves = 0;

  std::uint64_t number = 0;

  explicit travelling(std::uint64_t of) : number(of) {}
  travelling(const travelling& other) noexcept : number(other.number) { ++moves; }
  travelling& operator=(const travelling& other) noexcept {
    number = other.number;
    ++moves;
    return *this;
  }
};

// Go's scheme before 1.24, as far as it is about who copies what: a read map, and a dirty one that is promoted when it was
// needed as often as it has keys; the first new key after that copies all.
class read_and_dirty {
 public:
  void store(std::uint64_t key, travelling value) {
    if (const auto at = read_.find(key); at != read_.end()) {
      at->second = value;
      return;
    }
    if (dirty_.empty()) dirty_ = read_;
    dirty_.insert_or_assign(key, value);
  }
  [[nodiscard]] bool contains(std::uint64_t key) {
    if (read_.contains(key)) return true;
    if (dirty_.empty()) return false;
    const bool found = dirty_.contains(key);
    if (++misses_ < dirty_.size()) return found;
    read_.swap(dirty_);
    dirty_.clear();
    misses_ = 0;
    ++promotions;
    return found;
  }
  std::uint64_t promotions = 0;

 private:
  std::unordered_map<std::uint64_t, travelling> read_, dirty_;
  std::size_t misses_ = 0;
};

struct copied_entries {
  std::uint64_t most_by_a_store = 0, most_by_a_load = 0;
  series by_store{"entries copied or moved by the store of a new key", {}};
};
template <class Map>
copied_entries watch_copies(std::uint64_t entries) {
  Map map;
  copied_entries seen;
  const auto moved = [](auto&& work) {
    const std::uint64_t before = travelling::moves;
    work();
    return travelling::moves - before;
  };
  for (std::uint64_t index = 0; index < entries; ++index) {
    const std::uint64_t by_store = moved([&] { map.store(key_at(index), travelling(index)); });
    seen.most_by_a_store = std::max(seen.most_by_a_store, by_store);
    seen.by_store.points.emplace_back(real(index + 1), real(by_store));
    // Loads of what is there and of what is not, as many as the map has keys, now and then.
    if ((index & (index + 1)) != 0) continue;
    for (std::uint64_t load = 0; load <= index; ++load) {
      const std::uint64_t by_load = moved([&] {
        const bool there = map.contains(key_at(load)), absent = map.contains(key_at(entries + load));
        keep(there);
        keep(absent);
      });
      seen.most_by_a_load = std::max(seen.most_by_a_load, by_load);
    }
  }
  return seen;
}

// ---- M97: what a load costs beside a find ----

// The key is its own hash, so that it is known which keys lie in different shards: those with different bits below the top byte.
struct own_hash {
  using is_avalanching = void;
  std::uint64_t operator()(std::uint64_t key) const noexcept { return key; }
};
using placed_map = sync_map<std::uint64_t, std::uint64_t, own_hash>;

// Whether a thread can load one key while another is in the middle of an update of another. A thread that has to wait is
// given two seconds.
bool loads_while_another_updates(std::size_t shards) {
  constexpr std::uint64_t one = 1, other = (std::uint64_t{1} << 55) | 2;
  placed_map map(shards);
  map.store(one, one);
  map.store(other, other);
  std::atomic<bool> inside{false}, loaded{false};
  bool while_inside = false;
  std::thread updating([&] {
    map.update(one, [&](std::uint64_t&) {
      inside = true;
      const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(2);
      while (!loaded.load() && std::chrono::steady_clock::now() < until) std::this_thread::yield();
      while_inside = loaded.load();
    });
  });
  while (!inside.load()) std::this_thread::yield();
  keep(map.load(other));
  loaded = true;
  updating.join();
  return while_inside;
}

// ns an operation of two threads together: 99 loads and a store, over and over.
template <class Load, class Store>
double read_mostly(std::size_t threads, std::uint64_t entries, std::uint64_t operations, Load load,
                   Store store) {
  std::atomic<bool> go{false};
  std::vector<std::thread> running;
  for (std::size_t thread = 0; thread < threads; ++thread)
    running.emplace_back([&, thread] {
      while (!go.load()) std::this_thread::yield();
      for (std::uint64_t step = 0; step < operations; ++step) {
        const std::uint64_t key = key_at((step * 7'919 + thread * 104'729) % entries);
        if (step % 100 == 99) {
          store(key);
        } else {
          keep(load(key));
        }
      }
    });
  const double taken = nanoseconds_of([&] {
    go = true;
    for (auto& each : running) each.join();
  });
  return taken / real(operations * threads);
}

// ---- M98: many keys at once ----

struct counting_hash {
  static inline std::uint64_t calls = 0;
  std::uint64_t operator()(std::uint64_t key, std::uint64_t seed) const noexcept {
    ++calls;
    return hash<std::uint64_t>{}(key, seed);
  }
};

struct many_keys {
  bool form = false;  // there is a form for many
  double hashes_a_key = 0, one_by_one_ns = 0, at_once_ns = 0;
};
template <class Map>
many_keys erase_many_keys(std::uint64_t entries) {
  std::vector<std::uint64_t> keys;
  for (std::uint64_t index = 0; index < entries; ++index) keys.push_back(key_at(index));
  const auto filled = [&] {
    auto map = std::make_unique<Map>();
    for (const std::uint64_t key : keys) map->store(key, key);
    return map;
  };
  many_keys seen;
  constexpr bool has_form = requires(Map& map) { map.erase_many(keys); };
  seen.form = has_form;
  std::vector<double> one_by_one, at_once;
  for (int round = 0; round < 5; ++round) {
    const auto first = filled();
    const std::uint64_t before = counting_hash::calls;
    one_by_one.push_back(nanoseconds_of([&] {
      for (const std::uint64_t key : keys) first->erase(key);
    }));
    seen.hashes_a_key = real(counting_hash::calls - before) / real(entries);
    if constexpr (has_form) {
      const auto second = filled();
      const std::uint64_t before_many = counting_hash::calls;
      at_once.push_back(nanoseconds_of([&] { second->erase_many(keys); }));
      seen.hashes_a_key = real(counting_hash::calls - before_many) / real(entries);
    }
  }
  seen.one_by_one_ns = median(one_by_one) / real(entries);
  if constexpr (has_form) seen.at_once_ns = median(at_once) / real(entries);
  return seen;
}

}  // namespace

finding m92(const workbench& bench) {
  const std::uint64_t entries = bench.size(10'000, 500);
  const deletion slice = try_way<behind_a_lock>(bench, entries, by_key_slice);
  const deletion locked = try_way<behind_a_lock>(bench, entries, under_the_lock);
  const deletion set = try_way<behind_a_lock>(bench, entries, by_delete_set);
  const deletion loop = try_way<mutex_map>(bench, entries, in_the_loop);
  const deletion ranged = try_way<shared>(bench, entries, bench.choose(range_and_erase, range_over_a_copy));
  const deletion compared = try_way<shared>(bench, entries, range_and_compare);
  const deletion conditional = try_way<shared>(bench, entries, erase_if);
  table ways{"Half of the keys go",
             {"way", "us", "allocations", "renewed keys lost, %", "a writer's p99 meanwhile, us"},
             {}};
  for (const auto& [name, seen] :
       {std::pair{"keys collected, then erased (locked_map)", &slice},
        std::pair{"a set of keys (locked_map)", &set}, std::pair{"erase_if (locked_map)", &locked},
        std::pair{"erase in the loop (map and mutex)", &loop},
        std::pair{"range and erase (sync_map)", &ranged},
        std::pair{"range and compare_and_delete (sync_map)", &compared},
        std::pair{"erase_if (sync_map)", &conditional}})
    ways.rows.push_back({name, text_of(seen->us), text_of(seen->allocations),
                         text_of(100 * real(seen->wrong) / real(entries / 2)), text_of(seen->p99_us)});
  return {.setting = "half of a map's keys are stale and go; undisturbed, and while another user renews each "
                     "key just after it was "
                     "decided that it goes",
          .claimed = {{"collecting the keys first deletes what is stale, and nothing else", slice.exact},
                      {"so does a map behind a lock", locked.exact},
                      {"so does a set of keys to delete", set.exact},
                      {"a range over the shared map cannot delete", !ranged.exact}},
          .figures = {{"keys", real(entries)}},
          .tables = {ways}};
}

finding m96(const workbench& bench) {
  const std::uint64_t entries = bench.size(16'384, 1'024);
  const copied_entries seen =
      bench.choose(watch_copies<sync_map<std::uint64_t, travelling>>, watch_copies<read_and_dirty>)(entries);
  return {
      .setting = "new keys, and as many loads as there are keys whenever their number has doubled; entries "
                 "copied or moved",
      .claimed = {{"the store of a new key may copy all entries (the first after a promotion)",
                   2 * seen.most_by_a_store > entries}},
      .figures = {{"entries", real(entries)},
                  {"most copied or moved by one store", real(seen.most_by_a_store)},
                  {"most copied or moved by one load", real(seen.most_by_a_load)}},
      .plots = {
          {"Work of storing a new key", "keys", "entries copied or moved", {seen.by_store}, scale::linear}}};
}

finding m97(const workbench& bench) {
  const bool apart = loads_while_another_updates(bench.choose<std::size_t>(64, 1));
  // The value a load returns is a copy.
  sync_map<std::uint64_t, travelling> shared_values;
  map<std::uint64_t, travelling> plain_values;
  shared_values.store(1, travelling(1));
  plain_values.try_emplace(1, 1u);
  const std::uint64_t before = travelling::moves;
  keep(plain_values.find(1)->second.number);
  const std::uint64_t by_find = travelling::moves - before;
  keep(shared_values.load(1)->number);
  const std::uint64_t by_load = travelling::moves - before - by_find;

  const std::uint64_t operations = bench.size(400'000, 5'000), entries = bench.size(10'000, 500);
  shared both;
  behind_a_lock locked;
  map<std::uint64_t, std::uint64_t> plain;
  for (std::uint64_t index = 0; index < entries; ++index) {
    both.store(key_at(index), index);
    locked.store(key_at(index), index);
    plain[key_at(index)] = index;
  }
  table times{"99 loads and a store, ns an operation", {"map", "one thread", "two threads"}, {}};
  const auto row = [&](const char* name, auto load, auto store) {
    bench.tick();
    const auto with = [&](std::size_t threads) {
      std::vector<double> runs;
      for (int round = 0; round < 3; ++round)
        runs.push_back(read_mostly(threads, entries, operations, load, store));
      return text_of(median(runs));
    };
    times.rows.push_back({name, with(1), std::string(name) == "map" ? "" : with(2)});
  };
  row(
      "map", [&](std::uint64_t key) { return *plain.get(key); },
      [&](std::uint64_t key) { plain[key] = key; });
  row(
      "sync_map", [&](std::uint64_t key) { return both.load(key); },
      [&](std::uint64_t key) { both.store(key, key); });
  row(
      "locked_map", [&](std::uint64_t key) { return locked.load(key); },
      [&](std::uint64_t key) { locked.store(key, key); });
  return {.setting = "a load beside a find, by what it copies; a load while another thread is in the middle "
                     "of an update of a key in "
                     "another shard; and times of one and two threads",
          .claimed = {{"a load does more than a find in a map: it copies the value", by_load > by_find},
                      {"threads that use different keys wait for each other", !apart}},
          .figures = {{"values copied by a find", real(by_find)}, {"values copied by a load", real(by_load)}},
          .tables = {times}};
}

finding m98(const workbench& bench) {
  const std::uint64_t entries = bench.size(100'000, 1'000);
  using counted = sync_map<std::uint64_t, std::uint64_t, counting_hash>;
  using without = locked_map<std::uint64_t, std::uint64_t, counting_hash>;
  const many_keys seen = bench.choose(erase_many_keys<counted>, erase_many_keys<without>)(entries);
  return {.setting = "all keys of a map erased, one by one and by the form for many, if it has one",
          .claimed = {{"there is no form for many keys", !seen.form},
                      {"each key is hashed and looked up", seen.hashes_a_key == 1}},
          .figures = {{"hashes a key", seen.hashes_a_key},
                      {"one by one, a key", seen.one_by_one_ns, "ns"},
                      {"at once, a key", seen.at_once_ns, "ns"}}};
}

}  // namespace steady::lab
