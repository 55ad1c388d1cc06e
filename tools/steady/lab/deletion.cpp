// Experiments on deleted slots, on the memory that deleting leaves behind, and on what rebuilding is worth.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <utility>

#include "tools/steady/lab/clock.hpp"
#include "tools/steady/lab/experiments.hpp"

namespace steady::lab {
namespace {

double bytes_of(specimen& map) { return static_cast<double>(map.memory().live_bytes); }

// The oldest of `live` entries is replaced by a new one, again and again.
void churn(specimen& map, std::uint64_t live, std::uint64_t steps, std::uint64_t first = 0) {
  for (std::uint64_t step = first; step < first + steps; ++step) {
    map.erase(key_at(step));
    map.insert(key_at(step + live), step);
  }
}

// As many entries as fill 2^B buckets to the limit, at most `most`.
std::uint64_t full_size(std::uint64_t most) {
  std::uint64_t buckets = 16;
  while (13 * buckets <= most) buckets *= 2;
  return 13 * buckets / 2;
}

// Hashes of one bucket with a tophash of their own each.
std::uint64_t one_bucket_key(std::uint64_t number) { return (number + 10) << 56; }

constexpr unsigned nowhere = ~0u;
unsigned slot_of(const specimen& map, std::uint64_t key) {
  const view shown = map.inspect();
  unsigned slot = 0;
  for (const auto& bucket : shown.buckets.front().buckets)
    for (const auto* at : bucket.keys) {
      if (at != nullptr && *at == key) return slot;
      ++slot;
    }
  return nowhere;
}

constexpr unsigned erased_slot = 3;

// One full bucket with its fourth entry erased.
std::unique_ptr<specimen> one_gap(const workbench& bench) {
  auto map = bench.make({.hash = hashing::identity});
  for (std::uint64_t number = 0; number < classic::slots_per_bucket; ++number)
    map->insert(one_bucket_key(number), number);
  map->erase(one_bucket_key(erased_slot));
  return map;
}

// Where the lengths of searches lie, as a plot's bars.
series histogram(std::string name, const std::array<std::uint64_t, 33>& probes) {
  series bars{std::move(name), {}, shape::bars};
  std::uint64_t all = 0;
  for (const std::uint64_t one : probes) all += one;
  for (std::size_t length = 1; length < probes.size(); ++length)
    bars.points.emplace_back(real(length), all == 0 ? 0 : 100 * real(probes[length]) / real(all));
  return bars;
}

// What seed 001 takes Go's map for: open addressing with linear probing, its deleted places reused or not.
class linear_table {
 public:
  linear_table(std::size_t places, bool reuses) : cells_(places), reuses_(reuses) {}

  void insert(std::uint64_t key) {
    std::size_t at = home(key);
    while (cells_[at].filled || (cells_[at].deleted && !reuses_)) at = (at + 1) % cells_.size();
    cells_[at] = {key, true, false};
  }
  void erase(std::uint64_t key) {
    std::size_t at = home(key);
    for (std::size_t looked = 0; looked < cells_.size(); ++looked, at = (at + 1) % cells_.size()) {
      if (!cells_[at].filled || cells_[at].key != key) continue;
      cells_[at] = {0, false, true};
      return;
    }
  }
  struct probes {
    double mean = 0;
    double longest = 0;
    double displaced = 0;
  };
  [[nodiscard]] probes look() const {
    probes seen;
    double entries = 0;
    for (std::size_t at = 0; at < cells_.size(); ++at) {
      if (!cells_[at].filled) continue;
      const double length = real((at + cells_.size() - home(cells_[at].key)) % cells_.size() + 1);
      ++entries;
      seen.mean += length;
      seen.longest = std::max(seen.longest, length);
      seen.displaced += length > 1;
    }
    seen.mean /= entries;
    seen.displaced /= entries;
    return seen;
  }

 private:
  struct cell {
    std::uint64_t key = 0;
    bool filled = false;
    bool deleted = false;
  };
  [[nodiscard]] std::size_t home(std::uint64_t key) const {
    return steady::hash<std::uint64_t>{}(key, 1) % cells_.size();
  }

  std::vector<cell> cells_;
  bool reuses_;
};

// Where entries lie after churn, with deleted slots reused and not.
struct churned {
  double mean_with = 0, mean_without = 0;
  double longest_with = 0, longest_without = 0;
  double displaced = 0;  // part of the entries that lie outside of their home bucket's chain
  std::vector<plot> plots = {};
};

churned churn_chains(const workbench& bench) {
  churned seen;
  const std::uint64_t live = full_size(bench.size(50'000, 400, 1'000'000));
  plot hits{"Slots looked at for a hit, after churn", "slots", "% of the hits", {}};
  plot misses{"Slots looked at for a miss, after churn", "slots", "% of the misses", {}};
  for (const bool reuse : {true, false}) {
    bench.tick();
    const auto map = make_specimen({.planted = reuse ? fault::none : fault::no_slot_reuse});
    fill(*map, 0, live);
    churn(*map, live, 4 * live);
    const classic::map_stats stats = map->stats();
    (reuse ? seen.mean_with : seen.mean_without) = classic::map_stats::mean(stats.hit_probes);
    std::size_t longest = 0;
    for (std::size_t length = 0; length < stats.hit_probes.size(); ++length)
      if (stats.hit_probes[length] > 0) longest = length;
    (reuse ? seen.longest_with : seen.longest_without) = real(longest);
    const char* const name = reuse ? "deleted slots are reused" : "not before a growth";
    hits.lines.push_back(histogram(name, stats.hit_probes));
    misses.lines.push_back(histogram(name, stats.miss_probes));
    if (!reuse) continue;
    map->finish_growth();
    const view shown = map->inspect();
    std::uint64_t outside = 0;
    for (std::size_t number = 0; number < shown.buckets.size(); ++number)
      for (const auto& bucket : shown.buckets[number].buckets)
        for (const auto* key : bucket.keys)
          outside += key != nullptr && (map->hash(*key) & (shown.buckets.size() - 1)) != number;
    seen.displaced = real(outside) / real(live);
  }
  seen.plots = {hits, misses};
  return seen;
}

churned churn_linear(const workbench& bench) {
  churned seen;
  const std::size_t places = bench.size(50'000, 2'000);
  const auto live = static_cast<std::uint64_t>(0.7 * static_cast<double>(places));
  // Without reuse, deleted places run out of room and have to be few.
  const std::uint64_t steps = places / 8;
  for (const bool reuse : {true, false}) {
    linear_table map(places, reuse);
    for (std::uint64_t index = 0; index < live; ++index) map.insert(key_at(index));
    for (std::uint64_t step = 0; step < steps; ++step) {
      map.erase(key_at(step));
      map.insert(key_at(step + live));
    }
    const linear_table::probes probes = map.look();
    (reuse ? seen.mean_with : seen.mean_without) = probes.mean;
    (reuse ? seen.longest_with : seen.longest_without) = probes.longest;
    if (reuse) seen.displaced = probes.displaced;
  }
  return seen;
}

// Bytes, and the time of a loop, while a map is drained.
void add_draining(finding& found, const workbench& bench, std::uint64_t entries) {
  plot memory{"Memory while a map is drained",
              "% of the entries erased",
              "KB",
              {},
              scale::linear,
              scale::logarithmic};
  plot loops{"A whole loop meanwhile", "% of the entries erased", "us", {}, scale::linear,
             scale::logarithmic};
  for (const bool shrinks : {false, true}) {
    const auto map = make_specimen({.planted = shrinks ? fault::shrinking : fault::none});
    fill(*map, 0, entries);
    series bytes{shrinks ? "with shrink_policy(automatic)" : "as Go", {}};
    series time{bytes.name, {}};
    std::uint64_t erased = 0;
    for (const double percent : {0.0,  5.0,  10.0, 15.0, 20.0, 25.0, 30.0, 35.0, 40.0, 45.0, 50.0, 55.0,
                                 60.0, 65.0, 70.0, 75.0, 80.0, 85.0, 90.0, 95.0, 98.0, 99.0, 99.5, 99.9}) {
      bench.tick();
      while (real(erased) < percent / 100 * real(entries)) map->erase(key_at(erased++));
      std::vector<double> times;
      for (unsigned round = 0; round < 3; ++round)
        times.push_back(nanoseconds_of([&] { keep(map->walk()); }) / 1e3);
      bytes.points.emplace_back(percent, bytes_of(*map) / 1e3);
      time.points.emplace_back(percent, median(times));
    }
    memory.lines.push_back(bytes);
    loops.lines.push_back(time);
  }
  found.plots.push_back(memory);
  found.plots.push_back(loops);
}

}  // namespace

finding m20(const workbench& bench) {
  const auto map = one_gap(bench);
  map->insert(one_bucket_key(20), 0);
  const unsigned slot = slot_of(*map, one_bucket_key(20));
  const auto churned_map = bench.make();
  const std::uint64_t live = full_size(bench.size(5'000, 300));
  fill(*churned_map, 0, live);
  churn(*churned_map, live, live);
  return {.setting =
              "a full bucket, its fourth entry erased, a new key inserted; then churn at constant size",
          .claimed = {{"the slot stays unused until a growth", slot != erased_slot && map->growths() == 0}},
          .rivals = {{"a new key takes the first empty slot of its chain (003, and 001 in another place)",
                      slot == erased_slot}},
          .figures = {{"slot of the erased key", erased_slot},
                      {"slot of the new key", static_cast<double>(slot)},
                      {"inserts of the churn", real(live)},
                      {"of them into a deleted slot", real(churned_map->stats().slot_reuses)}}};
}

finding m21(const workbench& bench) {
  const auto map = one_gap(bench);
  const std::uint64_t other = one_bucket_key(20);
  map->insert(other, 0);
  const bool other_took_it = slot_of(*map, other) == erased_slot;
  const auto again = one_gap(bench);
  again->insert(one_bucket_key(erased_slot), 0);
  const bool same_took_it = slot_of(*again, one_bucket_key(erased_slot)) == erased_slot;
  return {.setting =
              "a full bucket, its fourth entry erased; a key of another hash inserted, or the same one again",
          .claimed = {{"the same hash gets the slot, and no other", same_took_it && !other_took_it}},
          .figures = {{"the other key got it", other_took_it ? 1.0 : 0.0},
                      {"the same key got it", same_took_it ? 1.0 : 0.0}}};
}

finding m22(const workbench& bench) {
  churned seen = bench.choose(churn_chains, churn_linear)(bench);
  constexpr double claimed_mean = 2.1;
  constexpr double margin = 0.5;
  return {
      .setting = "a full map after four times its size of churn, with deleted slots reused and not",
      .claimed = {{"a full bucket is continued in its neighbours (linear probing)", seen.displaced > 0},
                  {"with reuse a hit takes 2.1 probes", std::abs(seen.mean_with - claimed_mean) < margin}},
      .figures = {{"slots looked at for a hit, with reuse", seen.mean_with},
                  {"slots looked at for a hit, without reuse", seen.mean_without},
                  {"most slots for a hit, with reuse", seen.longest_with},
                  {"most slots for a hit, without reuse (32 is 32 or more)", seen.longest_without},
                  {"entries outside of their home bucket", 100 * seen.displaced, "%"}},
      .plots = std::move(seen.plots)};
}

finding m45(const workbench& bench) {
  const auto map = bench.make();
  const std::uint64_t entries = full_size(bench.size(5'000, 300));
  fill(*map, 0, entries);
  map->finish_growth();
  const std::uint64_t before = digest(map->inspect());
  std::uint64_t erased = 0;
  for (std::uint64_t index = 0; index < entries; ++index) erased += map->erase(key_at(10'000'000 + index));
  const bool unchanged = digest(map->inspect()) == before && erased == 0;
  const auto empty = bench.make();
  const bool no_trace = !empty->erase(1) && empty->size() == 0 && empty->memory().live_bytes == 0;
  return {.setting =
              "absent keys erased from a full map that does not grow, and from one that never had an entry",
          .claimed = {{"nothing changes, header and slots included", unchanged},
                      {"in an empty map neither", no_trace}},
          .figures = {{"absent keys erased", real(entries)}, {"entries lost", real(entries - map->size())}}};
}

namespace {

// A value that can be counted, and a map of such values.
using counted_values = classic_map<std::uint64_t, std::shared_ptr<int>>;

void erase_value(counted_values& map, std::uint64_t key, std::vector<std::shared_ptr<int>>&) {
  map.erase(key);
}
void hide_value(counted_values& map, std::uint64_t key, std::vector<std::shared_ptr<int>>& hidden) {
  hidden.push_back(map.at(key));
  map.erase(key);
}

}  // namespace

finding m46(const workbench& bench) {
  const auto erase = bench.choose(erase_value, hide_value);
  const auto counted = std::make_shared<int>(0);
  counted_values map;
  std::vector<std::shared_ptr<int>> hidden;
  const std::uint64_t entries = bench.size(10'000, 100);
  for (std::uint64_t index = 0; index < entries; ++index) map[key_at(index)] = counted;
  const auto before = static_cast<double>(counted.use_count() - 1);
  for (std::uint64_t index = 0; index < entries / 2; ++index) erase(map, key_at(index), hidden);
  const auto after = static_cast<double>(counted.use_count() - 1);
  return {
      .setting = "half of a map of shared pointers erased; who still refers to what they point at",
      .claimed = {{"an erased entry's value is let go at once", after == static_cast<double>(map.size())}},
      .figures = {
          {"references when full", before}, {"after erasing half", after}, {"entries", real(map.size())}}};
}

finding m47(const workbench& bench) {
  const auto map = bench.make();
  const std::uint64_t entries = bench.size(200'000, 2'000);
  fill(*map, 0, entries);
  map->finish_growth();
  const double full = bytes_of(*map);
  for (std::uint64_t index = 0; index < entries; ++index) map->erase(key_at(index));
  const double after = bytes_of(*map);
  finding found{.setting =
                    text_of(real(entries)) + " entries inserted and all erased; the bytes that the map holds",
                .claimed = {{"erasing everything returns no memory", after >= full}},
                .figures = {{"KB full", full / 1e3}, {"KB after erasing all", after / 1e3}}};
  add_draining(found, bench, entries);
  return found;
}

finding m86(const workbench& bench) {
  const auto map = bench.make();
  const std::uint64_t entries = bench.size(100'000, 2'000);
  fill(*map, 0, entries);
  const unsigned B = map->B();
  unsigned lowest = B;
  double load_then = 0;
  for (std::uint64_t index = 0; index < entries; ++index) {
    map->erase(key_at(index));
    if (map->B() >= lowest) continue;
    if (lowest == B) load_then = static_cast<double>(map->size()) / std::ldexp(1.0, static_cast<int>(B));
    lowest = map->B();
  }
  finding found{.setting = text_of(real(entries)) + " entries inserted and all erased; B after each",
                .claimed = {{"the array halves when there are under 6.5 / 4 entries a bucket and B > 4 (003)",
                             lowest < B}},
                .rivals = {{"B never falls (003, chapter 1)", lowest == B}},
                .figures = {{"B when full", static_cast<double>(B)},
                            {"lowest B while erasing", static_cast<double>(lowest)},
                            {"entries a bucket when it first fell", load_then}}};
  add_draining(found, bench, entries);
  return found;
}

finding m87(const workbench& bench) {
  const setup wanted{.load = bench.choose<load_law>({}, {.numerator = 7})};
  const std::uint64_t entries = static_cast<std::uint64_t>(
      static_cast<double>(full_size(bench.size(50'000, 800))) * wanted.load.numerator / load_law{}.numerator);
  const auto hit = [](const specimen& map) { return classic::map_stats::mean(map.stats().hit_probes); };

  const auto quarter = bench.make(wanted);
  fill(*quarter, 0, entries);
  quarter->finish_growth();
  const double fresh_hit = hit(*quarter);
  constexpr double rule = 0.25;
  std::uint64_t erased = 0;
  while (erased < entries && (erased % 64 != 0 || quarter->stats().deleted_share() < rule))
    quarter->erase(key_at(erased++));
  const double worn_hit = hit(*quarter);
  quarter->rebuild();
  const double rebuilt_hit = hit(*quarter);

  const auto draining = bench.make(wanted);
  fill(*draining, 0, entries);
  std::uint64_t next = 0;
  std::uint64_t added = entries;
  while (draining->size() > entries / 8) {
    for (unsigned three = 0; three < 3; ++three) draining->erase(key_at(next++));
    draining->insert(key_at(added++), 0);
  }
  draining->finish_growth();
  const double drained = bytes_of(*draining);
  draining->rebuild();
  const double rebuilt = bytes_of(*draining);
  constexpr double probe_rule = 3.0;
  return {.setting =
              "each of the three rules tried on a map it would rebuild, and on a fresh one at its fullest",
          .claimed = {{"a quarter of deleted slots: a rebuild shortens hits by a tenth or more",
                       rebuilt_hit < 0.9 * worn_hit},
                      {"a mean probe over 3.0: no fresh map has it", fresh_hit <= probe_rule},
                      {"three deletes an insert: a rebuild returns half of the memory or more",
                       rebuilt <= drained / 2}},
          .figures = {{"slots looked at for a hit, fresh and full", fresh_hit},
                      {"for a hit, with a quarter of deleted slots", worn_hit},
                      {"for a hit, rebuilt", rebuilt_hit},
                      {"KB after three deletes an insert", drained / 1e3},
                      {"KB rebuilt", rebuilt / 1e3}}};
}

finding m88(const workbench& bench) {
  const auto map = bench.make();
  const std::uint64_t entries = bench.size(100'000, 2'000);
  // Every tenth stays, and every hundredth of all has the value that counts as nil.
  for (std::uint64_t index = 0; index < entries; ++index)
    map->insert(key_at(index), index % 100 == 0 ? 0 : index);
  for (std::uint64_t index = 0; index < entries; ++index)
    if (index % 10 != 0) map->erase(key_at(index));
  map->finish_growth();
  const double before = bytes_of(*map);
  const std::uint64_t size_before = map->size();
  map->rebuild_without(0);
  bool all_there = true;
  bool nil_gone = true;
  for (std::uint64_t index = 0; index < entries; index += 10) {
    const auto* const value = map->find(key_at(index));
    if (index % 100 == 0) {
      nil_gone = nil_gone && value == nullptr;
    } else {
      all_there = all_there && value != nullptr && *value == index;
    }
  }
  const double after = bytes_of(*map);
  return {.setting = "nine of ten entries erased, then a rebuild that drops the value 0",
          .claimed = {{"live entries come along, nil values do not", all_there && nil_gone},
                      {"the memory of the deleted ones comes back", after < before / 4}},
          .figures = {{"KB before", before / 1e3},
                      {"KB after", after / 1e3},
                      {"entries before", real(size_before)},
                      {"entries after", real(map->size())}}};
}

finding m89(const workbench& bench) {
  const std::uint64_t entries = full_size(bench.size(30'000, 400));
  const auto lengths = [](const specimen& map) {
    const classic::map_stats stats = map.stats();
    return std::pair{classic::map_stats::mean(stats.hit_probes), classic::map_stats::mean(stats.miss_probes)};
  };
  const auto map = bench.make();
  fill(*map, 0, entries);
  map->finish_growth();
  const auto [full_hit, full_miss] = lengths(*map);
  churn(*map, entries, 6 * entries);
  map->finish_growth();
  const auto [churned_hit, churned_miss] = lengths(*map);
  for (std::uint64_t index = 0; index < entries * 9 / 10; ++index) map->erase(key_at(6 * entries + index));
  const auto [drained_hit, drained_miss] = lengths(*map);
  const double longest = std::max(
      {churned_hit / full_hit, drained_hit / full_hit, churned_miss / full_miss, drained_miss / full_miss});
  return {.setting = "a full map, then six times its size of churn, then nine of ten entries erased",
          .claimed = {{"deleted slots make lookups more than twice as long", longest > 2}},
          .figures = {{"slots looked at for a hit, full", full_hit},
                      {"for a hit, after churn", churned_hit},
                      {"for a hit, drained", drained_hit},
                      {"for a miss, full", full_miss},
                      {"for a miss, after churn", churned_miss},
                      {"for a miss, drained", drained_miss}}};
}

finding m90(const workbench& bench) {
  const std::uint64_t entries = bench.size(100'000, 4'000);
  const std::uint64_t left = entries / 100;
  const auto map = bench.make();
  fill(*map, 0, entries);
  map->finish_growth();
  const double full = bytes_of(*map);
  for (std::uint64_t index = left; index < entries; ++index) map->erase(key_at(index));
  const double kept = bytes_of(*map);
  const auto recreated = bench.make();
  for (std::uint64_t index = 0; index < left; ++index) recreated->insert(key_at(index), index);
  const double fresh = bytes_of(*recreated);
  return {
      .setting = text_of(real(entries)) + " entries, erased down to 1 %; and a new map with what is left",
      .claimed = {{"the map keeps its memory", kept >= 0.95 * full},
                  {"a recreated one is small", fresh <= 0.1 * full}},
      .figures = {{"KB full", full / 1e3}, {"KB with 1 % left", kept / 1e3}, {"KB recreated", fresh / 1e3}}};
}

finding m91(const workbench& bench) {
  const std::uint64_t entries = bench.size(100'000, 4'000);
  const std::uint64_t fresh = entries / 100;
  const auto each = bench.make();
  fill(*each, 0, entries);
  const double time_each = nanoseconds_of([&] {
    for (std::uint64_t index = 0; index < entries; ++index) each->erase(key_at(index));
    fill(*each, entries, entries + fresh);
  });
  auto whole = bench.make();
  fill(*whole, 0, entries);
  const double time_whole = nanoseconds_of([&] {
    whole = bench.make();
    fill(*whole, entries, entries + fresh);
  });
  return {.setting = "all of " + text_of(real(entries)) + " entries replaced by " + text_of(real(fresh)) +
                     " new ones: each erased, or the map assigned anew",
          .claimed = {{"assigned anew, the map takes a tenth of the memory or less",
                       bytes_of(*whole) <= bytes_of(*each) / 10}},
          .figures = {{"KB after erasing each", bytes_of(*each) / 1e3},
                      {"KB after assigning", bytes_of(*whole) / 1e3},
                      {"us erasing each", time_each / 1e3},
                      {"us assigning", time_whole / 1e3}}};
}

}  // namespace steady::lab
