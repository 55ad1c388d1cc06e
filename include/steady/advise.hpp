// steady::advise: what is wrong with a map, and what to do about it, from its figures.
//
//   for (const steady::advice& each : steady::advise(sessions.stats())) log(each.text);
//   for (const steady::map_snapshot& map : steady::registry::maps()) report(map.name, steady::advise(map));
//
// It takes the stats of any map, or what the registry shows of one. A healthy map gets no advice, whatever its size and wherever it
// stands in its growth; test/unit/inside_3_health_test.cpp holds it to that, and makes maps sick on purpose.
// The rules are here and nowhere else: classic_map's rebuild_policy acts on the first three, when they hold for as long as it says.
//
// Thresholds of the seeds (claims M87, M99) are theirs where they can be judged, with a condition that spares healthy maps:
// Go's own map looks at 4.25 slots a hit when it is full and fresh, so "over 3" alone would call every full map sick. Ours: a
// hash that collides shows as buckets crowded far above what the Poisson distribution gives a random one.
// Rates need two looks: advise(now, &earlier). Constant time, but for the sentences' memory.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace steady {

enum class advice_kind : std::uint8_t {
  deleted_share,
  mean_probe,
  mostly_erases,
  colliding_hash,
  oversize,
  fixed_seed,
  large_value,
};

struct advice_limits {
  double deleted_share = 0.25;  // of the used slots of a classic map: those of erased entries
  double mean_probe = 3.0;  // looks for a hit: slots of a classic map, groups of the others
  double over_fresh = 1.25;  // and so many times what a fresh map of that load takes
  double erases_per_insert = 3.0;  // between two looks
  double crowded_over_random = 3.0;  // times the entries that a random hash puts into buckets that are full
  double slots_per_entry = 4.0;  // of a map that once had more entries
  std::uint64_t largest_value = 4096;  // bytes
};

struct advice {
  advice_kind kind;
  double figure;  // what it is
  double limit;  // what it should not be over
  std::string text;  // what to do, in a sentence
};

namespace detail::health {

// What the rules look at, of any kind of map.
struct figures {
  std::uint64_t size = 0;
  std::uint64_t slots = 0;
  std::uint64_t wanted = 0;  // entries there is meant to be room for
  std::uint64_t tombstones = 0;
  double mean_probe = 0;
  double mean_probe_fresh = 1;  // of a fresh map of this load
  bool had_more = false;  // it is known to have been larger than its slots need
  bool seed_fixed = false;
  bool classic = false;
  std::uint64_t inserts = 0;
  std::uint64_t erases = 0;
  std::uint64_t largest_value = 0;
  double crowded = 0;  // entries beyond a bucket's slots
  double crowded_random = 0;  // of a random hash, on average ...
  double crowded_deviation = 0;  // ... and its standard deviation
};

// How many of a bucket's entries do not fit, when they come as by chance, so many a bucket on average: the mean, and the
// mean of the square.
struct excess {
  double mean = 0;
  double square = 0;
};
[[nodiscard]] inline excess poisson_excess(double rate, unsigned slots) {
  excess over;
  if (rate > 500) return {rate - slots, (rate - slots) * (rate - slots) + rate};  // e^-rate would be 0
  double probability = std::exp(-rate);
  const double last = rate + 12 * std::sqrt(rate) + slots + 12;
  for (unsigned entries = 1; entries <= last; ++entries) {
    probability *= rate / entries;
    if (entries <= slots) continue;
    const double more = entries - slots;
    over.mean += probability * more;
    over.square += probability * more * more;
  }
  return over;
}

inline void expect_crowd(figures& of, double buckets, double rate, unsigned slots) {
  const excess over = poisson_excess(rate, slots);
  of.crowded_random += buckets * over.mean;
  of.crowded_deviation = std::sqrt(of.crowded_deviation * of.crowded_deviation + buckets * over.square);
}

// Of a map whose 2^B buckets are split one after the other: split ones have half of the entries that the others have.
inline void expect_crowd_of_split(figures& of, std::uint64_t buckets, std::uint64_t split) {
  constexpr unsigned slots = 15;
  const double whole = static_cast<double>(buckets - split);
  const double rate = static_cast<double>(of.size) / whole;
  expect_crowd(of, whole - static_cast<double>(split), rate, slots);
  expect_crowd(of, 2 * static_cast<double>(split), rate / 2, slots);
}

// ---- the rules ----
[[nodiscard]] inline bool too_many_deleted(const figures& of, const advice_limits& limits) noexcept {
  constexpr std::uint64_t worth_it =
      8;  // marks: what a bucket has room for is no burden, whatever their share
  return of.tombstones > worth_it && static_cast<double>(of.tombstones) >=
                                         limits.deleted_share * static_cast<double>(of.tombstones + of.size);
}
[[nodiscard]] inline bool probes_too_long(const figures& of, const advice_limits& limits) noexcept {
  return of.mean_probe > limits.mean_probe && of.mean_probe > limits.over_fresh * of.mean_probe_fresh;
}
[[nodiscard]] inline bool mostly_erases(std::uint64_t inserts, std::uint64_t erases,
                                        const advice_limits& limits) noexcept {
  return static_cast<double>(erases) > limits.erases_per_insert * static_cast<double>(inserts);
}
[[nodiscard]] inline bool hash_collides(const figures& of, const advice_limits& limits) noexcept {
  constexpr double deviations = 6;
  constexpr double at_least = 8;  // entries: of fewer, nothing follows
  return of.crowded > at_least &&
         of.crowded > limits.crowded_over_random * of.crowded_random + deviations * of.crowded_deviation;
}
[[nodiscard]] inline bool oversize(const figures& of, const advice_limits& limits) noexcept {
  constexpr std::uint64_t worth_it = 1024;  // slots
  return of.had_more && of.slots > worth_it &&
         static_cast<double>(of.slots) >
             limits.slots_per_entry * static_cast<double>(std::max(of.size, of.wanted));
}

// The mean number of slots looked at in a fresh classic map: chance puts entry after entry into chains.
[[nodiscard]] inline double fresh_classic_probe(double load) noexcept { return 1 + load / 2; }

// ---- the figures of each kind of stats ----

// steady::map_stats
template <class Stats>
  requires requires(const Stats& stats) { stats.probe_lengths, stats.nevacuate, stats.overflow_nodes; } &&
           (!requires(const Stats& stats) { stats.refreshes; })
[[nodiscard]] figures figures_of(const Stats& stats) {
  figures of{.size = stats.size, .slots = stats.slots, .wanted = stats.reserved};
  std::uint64_t groups = 0;
  for (std::size_t length = 0; length < stats.probe_lengths.size(); ++length)
    groups += stats.probe_lengths[length] * (length + 1);
  of.mean_probe = stats.size == 0 ? 0 : static_cast<double>(groups) / static_cast<double>(stats.size);
  of.had_more = true;  // buckets come of entries, or are asked for
  of.seed_fixed = stats.seed_fixed;
  of.crowded = static_cast<double>(stats.crowded_entries);
  if (stats.buckets > 0) expect_crowd_of_split(of, stats.buckets, stats.nevacuate);
  return of;
}

// classic::map_stats
template <class Stats>
  requires requires(const Stats& stats) { stats.hit_probes, stats.main_buckets, stats.old_buckets; }
[[nodiscard]] figures figures_of(const Stats& stats) {
  figures of{.size = stats.size, .slots = stats.slots, .tombstones = stats.tombstones};
  of.mean_probe = Stats::mean(stats.hit_probes);
  of.had_more = stats.erases > 0 && stats.erases >= stats.size;
  of.seed_fixed = stats.seed_fixed;
  of.classic = true;
  of.inserts = stats.inserts;
  of.erases = stats.erases;
  constexpr unsigned slots = 8;
  // While it grows, entries lie in twice as few buckets, or in as many: the fuller of the two is what is expected.
  const std::uint64_t buckets = stats.old_buckets == 0 ? stats.main_buckets : stats.old_buckets;
  if (buckets == 0) return of;
  const double load = static_cast<double>(stats.size) / static_cast<double>(buckets);
  of.mean_probe_fresh = fresh_classic_probe(load);
  of.crowded = static_cast<double>(stats.crowded_entries);
  expect_crowd(of, static_cast<double>(buckets), load, slots);
  return of;
}

// map_snapshot (registry.hpp)
template <class Snapshot>
  requires requires(const Snapshot& seen) { seen.refreshes, seen.blocks_seen, seen.largest_value; }
[[nodiscard]] figures figures_of(const Snapshot& seen) {
  figures of{.size = seen.size, .slots = seen.slots, .wanted = seen.reserved, .tombstones = seen.tombstones};
  of.mean_probe = seen.probe_mean();
  of.classic = seen.classic;
  // Of a map that threads share the first buckets of its many shards are more than its entries need, and say nothing.
  of.had_more = !seen.shared && (!seen.classic || (seen.erases > 0 && seen.erases >= seen.size));
  of.seed_fixed = seen.seed_fixed;
  of.inserts = seen.inserts;
  of.erases = seen.erases;
  of.largest_value = seen.largest_value;
  // What is known of some blocks alone, or of a map that was another size, says nothing of the hash.
  std::uint64_t probed = 0;
  for (const std::uint64_t entries : seen.probe_lengths) probed += entries;
  if (seen.blocks_seen < seen.blocks || probed > seen.size || seen.buckets == 0) return of;
  of.crowded = static_cast<double>(seen.crowded_entries);
  if (seen.classic) {
    const std::uint64_t buckets = seen.old_buckets == 0 ? seen.buckets : seen.old_buckets;
    expect_crowd(of, static_cast<double>(buckets),
                 static_cast<double>(seen.size) / static_cast<double>(buckets), 8);
  } else {
    expect_crowd_of_split(of, seen.buckets, seen.nevacuate);
  }
  return of;
}

// 0.314 as "31 %", and so on: a sentence is for people.
[[nodiscard]] inline std::string percent(double share) {
  return std::to_string(static_cast<long long>(std::lround(share * 100))) + " %";
}
[[nodiscard]] inline std::string tenths(double number) {
  const auto value = std::llround(number * 10);
  return std::to_string(value / 10) + "." + std::to_string(value % 10);
}
[[nodiscard]] inline double ratio(double part, double whole) { return whole == 0 ? 0 : part / whole; }

}  // namespace detail::health

// What is to be done, nothing for a healthy map. `earlier`: the same map's stats some time ago, for what is a rate (of
// steady::map::stats, which do not count operations, no rate is known).
template <class Stats>
  requires requires(const Stats& stats) { detail::health::figures_of(stats); }
[[nodiscard]] std::vector<advice> advise(const Stats& now, const Stats* earlier = nullptr,
                                         const advice_limits& limits = {}) {
  using namespace detail::health;
  const figures of = figures_of(now);
  std::vector<advice> all;
  const auto add = [&](advice_kind kind, double figure, double limit, std::string text) {
    all.push_back({kind, figure, limit, std::move(text)});
  };
  const auto size = static_cast<double>(of.size);
  if (too_many_deleted(of, limits)) {
    const double share =
        ratio(static_cast<double>(of.tombstones), static_cast<double>(of.tombstones + of.size));
    add(advice_kind::deleted_share, share, limits.deleted_share,
        percent(share) +
            " of the used slots are of erased entries: call compact(), or rebuild() if it will stay this "
            "small; rebuild_policy() does it by itself.");
  }
  if (probes_too_long(of, limits))
    add(advice_kind::mean_probe, of.mean_probe,
        std::max(limits.mean_probe, limits.over_fresh * of.mean_probe_fresh),
        "A hit takes " + tenths(of.mean_probe) + (of.classic ? " slots" : " groups") +
            " on average, a fresh map of this load " + tenths(of.mean_probe_fresh) +
            (of.classic ? ": call rebuild(), and look at the hash if that does not help."
                        : ": look at the hash, most keys share few of its values."));
  if (earlier != nullptr) {
    const figures before = figures_of(*earlier);
    // A count that fell began anew: another map has the name, or it was named once more.
    const bool anew = of.inserts < before.inserts || of.erases < before.erases;
    const std::uint64_t inserts = anew ? of.inserts : of.inserts - before.inserts;
    const std::uint64_t erases = anew ? of.erases : of.erases - before.erases;
    constexpr std::uint64_t worth_it = 100;  // of fewer than one erase for so many entries nothing follows
    if (erases * worth_it >= of.size && mostly_erases(inserts, erases, limits))
      add(advice_kind::mostly_erases,
          ratio(static_cast<double>(erases), static_cast<double>(std::max<std::uint64_t>(inserts, 1))),
          limits.erases_per_insert,
          std::to_string(erases) + " erases and " + std::to_string(inserts) +
              " inserts since the last look: the map drains" +
              (of.classic
                   ? "; when it is done, rebuild() gives its memory back."
                   : "; it gives memory back as it goes, unless reserve() or shrink_policy() keeps it."));
  }
  if (hash_collides(of, limits))
    add(advice_kind::colliding_hash, ratio(of.crowded, size),
        ratio(limits.crowded_over_random * of.crowded_random, size),
        percent(ratio(of.crowded, size)) +
            " of the entries found their bucket full, of a random hash it is " +
            tenths(100 * ratio(of.crowded_random, size)) +
            " %: the hash gives many keys the same value; use steady::hash, or let yours mix every byte of "
            "the key.");
  if (oversize(of, limits))
    add(advice_kind::oversize, ratio(static_cast<double>(of.slots), size), limits.slots_per_entry,
        std::to_string(of.slots) + " slots for " + std::to_string(of.size) +
            " entries: it was drained and kept its room; " +
            (of.classic
                 ? "call rebuild(), or shrink_policy(steady::shrink::automatic)."
                 : "call shrink_to_fit(), or let it shrink: shrink_policy(steady::shrink::automatic)."));
  if (of.seed_fixed)
    add(advice_kind::fixed_seed, 1, 0,
        "The seed was set by the program, not drawn: whoever chooses keys can choose them to collide; leave "
        "seed() to "
        "tests.");
  if (of.largest_value > limits.largest_value)
    add(advice_kind::large_value, static_cast<double>(of.largest_value),
        static_cast<double>(limits.largest_value),
        "A value takes " + std::to_string(of.largest_value) +
            " bytes: bound what goes in (a cache without such a bound grows "
            "until memory ends), or keep large values elsewhere.");
  return all;
}

}  // namespace steady
