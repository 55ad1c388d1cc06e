// Experiments on loops: what they produce while the map changes under them, where they begin, and what they cost.
#include <cmath>
#include <cstdint>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "tools/steady/lab/clock.hpp"
#include "tools/steady/lab/experiments.hpp"
#include "tools/steady/lab/loop_witness.hpp"
#include "tools/steady/lab/ways_to_loop.hpp"

namespace steady::lab {
namespace {

// One loop over `entries` entries, with the changes wanted before each step.
void observe(specimen& map, std::uint64_t entries, const changes& wanted, observations& seen) {
  const auto put = [&](std::uint64_t key, std::uint64_t value) { map.insert(key, value); };
  const auto erase = [&](std::uint64_t key) { map.erase(key); };
  loop_witness witness(entries, seen, put);
  for (auto at = map.loop(); !at->ended(); at->next()) {
    ++seen.yields;
    const bool readable = map.memory().holds(at->address());
    seen.in_freed_memory += !readable;
    if (!witness.knows(at->key())) {
      ++seen.newcomers;
    } else if (readable) {
      witness.produced(at->key(), at->value());
    }
    witness.change(wanted, put, erase);
  }
  witness.ended();
}

observations observe_loops(const workbench& bench, const changes& wanted) {
  observations seen;
  const std::uint64_t loops = bench.size(400, 40, 4'000);
  for (std::uint64_t number = 0; number < loops; ++number) {
    const auto map = bench.make({.random = 1 + number * 1'000});
    observe(*map, 20 + number % 180, wanted, seen);
  }
  return seen;
}

double shown(std::uint64_t count) { return static_cast<double>(count); }

std::vector<figure> figures_of(const observations& seen) {
  return {{"loops", shown(seen.loops)},
          {"entries produced", shown(seen.yields)},
          {"produced after they were erased", shown(seen.of_erased)},
          {"there all the time and skipped", shown(seen.skipped)},
          {"produced twice", shown(seen.repeated)},
          {"produced with an old value", shown(seen.stale)}};
}

constexpr const char* changing =
    "loops over 20 to 199 entries; between two steps an erase, an overwrite, two inserts";

}  // namespace

finding m39(const workbench& bench) {
  const observations seen = observe_loops(bench, {.grow = true});
  return {.setting =
              "loops over 20 to 199 entries, with two inserts between two steps, so that the map grows",
          .claimed = {{"loops skip entries while buckets split", seen.skipped > 0}},
          .figures = figures_of(seen),
          .tables = {ways_to_loop(bench)}};
}

finding m53(const workbench& bench) {
  const auto map = bench.make();
  constexpr std::uint64_t entries = 150;
  for (std::uint64_t index = 0; index < entries; ++index) map->insert(key_at(index), index);
  map->finish_growth();
  const std::size_t buckets = std::size_t{1} << map->B();
  std::vector<double> starts(buckets);
  std::set<unsigned> offsets;
  std::set<std::uint64_t> first;
  const std::uint64_t loops = bench.size(4'000, 1'000);
  for (std::uint64_t number = 0; number < loops; ++number) {
    const auto at = map->loop();
    ++starts[at->position().start_bucket];
    offsets.insert(at->position().offset);
    first.insert(at->key());
  }
  series bars{"loops", {}, shape::bars};
  double most = 0;
  double fewest = static_cast<double>(loops);
  for (std::size_t number = 0; number < buckets; ++number) {
    bars.points.emplace_back(static_cast<double>(number), starts[number]);
    most = std::max(most, starts[number]);
    fewest = std::min(fewest, starts[number]);
  }
  const double even = static_cast<double>(loops) / static_cast<double>(buckets);
  return {.setting = "loops over one unchanged map of 32 buckets: where each begins",
          .claimed = {{"every bucket is a start, none much more often than others",
                       fewest > 0 && most < 3 * even}},
          .figures = {{"loops", shown(loops)},
                      {"least often taken start", fewest},
                      {"most often taken start", most},
                      {"offsets within a bucket", static_cast<double>(offsets.size())},
                      {"different first entries", static_cast<double>(first.size())}},
          .plots = {{"Where loops begin", "bucket", "loops", {bars}}}};
}

finding m55(const workbench& bench) {
  const observations seen = observe_loops(bench, {.erase = true, .update = true, .grow = true});
  return {.setting = changing,
          .claimed = {{"an entry erased before it is reached is produced all the same", seen.of_erased > 0}},
          .figures = figures_of(seen)};
}

finding m56(const workbench& bench) {
  const observations seen = observe_loops(bench, {.erase = true});
  return {.setting = "loops over 20 to 199 entries, with an erase between two steps",
          .claimed =
              {{"erasing in a loop breaks it (000): something is skipped, repeated or produced though erased",
                seen.broken() > 0}},
          .rivals = {{"erasing in a loop is safe (003)", seen.broken() == 0}},
          .figures = figures_of(seen)};
}

finding m57(const workbench& bench) {
  const observations seen = observe_loops(bench, {.erase = true, .update = true, .grow = true});
  return {.setting = changing,
          .claimed = {{"a loop shows values from its start, not those written since", seen.stale > 0},
                      {"a loop shows entries that were erased since", seen.of_erased > 0}},
          .figures = figures_of(seen),
          .tables = {ways_to_loop(bench)}};
}

finding m60(const workbench& bench) {
  const observations seen = observe_loops(bench, {.erase = true, .grow = true});
  return {.setting = "loops across growths; of each step, whether the entry it shows lies in a block that is "
                     "still allocated",
          .claimed = {{"a step can touch an old array that was freed", seen.in_freed_memory > 0}},
          .figures = {{"entries produced", shown(seen.yields)},
                      {"of them in freed memory", shown(seen.in_freed_memory)}}};
}

finding m63(const workbench& bench) {
  const std::uint64_t loops = bench.size(200, 20);
  observations seen;
  const auto map = bench.make();
  std::mutex mutex;
  bool done = false;
  constexpr std::uint64_t strangers = 1'000'000;
  std::uint64_t writes = 0;
  std::thread writer([&] {
    for (std::uint64_t step = 0;; ++step) {
      const std::lock_guard locked(mutex);
      if (done && writes > 0) return;
      map->insert(key_at(strangers + step % 64), step);
      map->erase(key_at(strangers + (step + 32) % 64));
      ++writes;
    }
  });
  for (std::uint64_t number = 0; number < loops; ++number) {
    const std::lock_guard locked(mutex);
    observe(*map, 100, {.erase = true}, seen);
  }
  {
    const std::lock_guard locked(mutex);
    done = true;
  }
  writer.join();
  return {.setting =
              "two threads and one lock, held around each whole loop that erases and around each other write",
          .claimed = {{"erasing in a loop goes wrong even under a lock", seen.broken() > 0}},
          .figures = {{"loops", shown(seen.loops)},
                      {"writes of the other thread", shown(writes)},
                      {"skipped, repeated or produced though erased", shown(seen.broken())}}};
}

finding m64(const workbench& bench) {
  const std::uint64_t full = bench.size(100'000, 2'000, 2'000'000);
  const std::uint64_t left = full / 1'000 + 50;
  const auto per_entry = [](const specimen& map) {
    const classic::map_stats stats = map.stats();
    return stats.slots_per_entry();
  };
  const auto walk_time = [](specimen& map) {
    std::vector<double> times;
    for (unsigned round = 0; round < 5; ++round) times.push_back(nanoseconds_of([&] { keep(map.walk()); }));
    return median(times);
  };
  double worst_fresh = 0;
  const auto drained = bench.make();
  for (std::uint64_t index = 0; index < full; ++index) {
    drained->insert(key_at(index), index);
    if ((index & (index - 1)) == 0 && index > 16) {
      drained->finish_growth();
      worst_fresh = std::max(worst_fresh, per_entry(*drained));
    }
  }
  drained->finish_growth();
  series slots{"slots a loop looks at", {}};
  series entries{"entries", {}};
  series time{"ns a loop", {}};
  for (std::uint64_t size = full; size >= left; size = size * 7 / 10) {
    for (std::uint64_t index = size; index < full && drained->size() > size; ++index)
      drained->erase(key_at(index));
    const auto x = static_cast<double>(full - drained->size());
    slots.points.emplace_back(x, static_cast<double>(drained->stats().slots));
    entries.points.emplace_back(x, static_cast<double>(drained->size()));
    time.points.emplace_back(x, walk_time(*drained));
    bench.tick();
  }
  const auto fresh = bench.make();
  for (std::uint64_t index = 0; index < drained->size(); ++index) fresh->insert(key_at(index), index);
  fresh->finish_growth();
  constexpr double few_slots = 8;
  return {.setting = text_of(shown(full)) + " entries inserted, then erased down to " +
                     text_of(shown(drained->size())),
          .claimed = {{"in a map that was only filled, a loop looks at under 8 slots an entry",
                       worst_fresh < few_slots},
                      {"and still after most entries were erased", per_entry(*drained) < few_slots}},
          .figures = {{"most slots an entry while filling", worst_fresh},
                      {"slots an entry in the drained map", per_entry(*drained)},
                      {"slots an entry in a fresh one of that size", per_entry(*fresh)},
                      {"ns a loop over the drained map", walk_time(*drained)},
                      {"ns a loop over the fresh one", walk_time(*fresh)}},
          .plots = {{"What a loop looks at while a map is drained",
                     "entries erased",
                     "",
                     {slots, entries},
                     scale::linear,
                     scale::logarithmic},
                    {"What a loop costs meanwhile",
                     "entries erased",
                     "ns",
                     {time},
                     scale::linear,
                     scale::logarithmic}}};
}

}  // namespace steady::lab
