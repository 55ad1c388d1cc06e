// Experiments on the tophash: the "perturbation" of seed 000, and the table of loads that it would have to change.
#include <bit>
#include <cmath>
#include <cstdint>

#include "tools/steady/lab/cachegrind.hpp"
#include "tools/steady/lab/clock.hpp"
#include "tools/steady/lab/experiments.hpp"

namespace steady::lab {
namespace {

std::uint64_t as_claimed(std::uint64_t hash) { return hash ^ hash >> 8; }
std::uint64_t with_rotation(std::uint64_t hash) { return hash ^ std::rotr(hash, 8); }

struct probes {
  double hit, miss;
  double overflowing;  // part of the main buckets that have an overflow bucket
  double bytes;  // over those of the entries themselves, an entry
  double nanoseconds;  // a hit
};

probes measure(specimen& map, std::uint64_t entries) {
  const classic::map_stats stats = map.stats();
  const auto buckets = static_cast<double>(stats.main_buckets);
  double chains = 0;
  for (const auto& chain : map.inspect().buckets) chains += chain.buckets.size() > 1;
  constexpr double bucket_bytes = 144;
  constexpr double entry_bytes = 16;
  std::vector<double> times;
  for (unsigned round = 0; round < 5; ++round)
    times.push_back(nanoseconds_of([&] {
      for (std::uint64_t index = 0; index < entries; ++index) keep(map.find(key_at(index * 7 % entries)));
    }));
  const double time = median(times);
  return {classic::map_stats::mean(stats.hit_probes), classic::map_stats::mean(stats.miss_probes),
          chains / buckets,
          bucket_bytes * (buckets + static_cast<double>(stats.overflow_buckets)) /
                  static_cast<double>(entries) -
              entry_bytes,
          time / static_cast<double>(entries)};
}

// 2^B buckets filled to a load of halves / 2.
probes at_load(unsigned halves, unsigned B, hashing hash) {
  const load_law law{.numerator = halves};
  const std::uint64_t entries = halves * (std::uint64_t{1} << B) / 2;
  const auto map = make_specimen({.hash = hash, .load = law});
  map->reserve(entries);
  for (std::uint64_t index = 0; index < entries; ++index) map->insert(key_at(index), index);
  return measure(*map, entries);
}

// Of buckets that entries fall into at random, the part that gets more than eight.
double expected_overflow(double load) {
  double term = std::exp(-load);
  double up_to_eight = term;
  for (unsigned number = 1; number <= classic::slots_per_bucket; ++number)
    up_to_eight += term *= load / number;
  return 1 - up_to_eight;
}

unsigned exponent_of(std::uint64_t buckets) { return static_cast<unsigned>(std::bit_width(buckets) - 1); }

}  // namespace

finding m14(const workbench& bench) {
  const auto perturb = bench.choose(as_claimed, with_rotation);
  const std::uint64_t hashes = bench.size(1'000'000, 10'000);
  std::uint64_t different = 0;
  for (std::uint64_t index = 0; index < hashes; ++index) {
    const std::uint64_t hash = steady::hash<std::uint64_t>{}(index, 1);
    different += classic::top_hash(hash) != classic::top_hash(perturb(hash));
  }
  const unsigned B = exponent_of(bench.size(1 << 12, 64));
  const hashing changed = bench.choose(hashing::perturbed, hashing::rotated);
  table both{"Load 6.5, without and with the perturbation",
             {"tophash", "slots a hit", "slots a miss", "overflowing, %", "ns a hit"},
             {}};
  for (const auto& [name, hash] :
       {std::pair{"hash >> 56", hashing::spread}, {"(hash ^ hash >> 8) >> 56", changed}}) {
    bench.tick();
    const probes seen = at_load(13, B, hash);
    both.rows.push_back({name, text_of(seen.hit), text_of(seen.miss), text_of(100 * seen.overflowing),
                         text_of(seen.nanoseconds)});
  }
  return {.setting = "the tophash of " + text_of(static_cast<double>(hashes)) +
                     " hashes, with the perturbation and without",
          .claimed = {{"the perturbation changes tophashes", different > 0}},
          .figures = {{"hashes", static_cast<double>(hashes)},
                      {"tophashes that differ", static_cast<double>(different)}},
          .tables = {both}};
}

finding m15(const workbench& bench) {
  const hashing off = bench.choose(hashing::spread, hashing::poor);
  const hashing on = bench.choose(hashing::perturbed, hashing::spread);
  const unsigned B = exponent_of(bench.size(1 << 12, 64, 1 << 17));
  table loads{
      "Loads 4.0 to 8.0, as in the table of Go's map.go; the empty slot that ends a miss counts here",
      {"load", "overflowing, %", "expected, %", "bytes an entry over its own", "slots a hit", "slots a miss"},
      {}};
  series hit_off{"hit, off", {}}, hit_on{"hit, on", {}, shape::dots};
  series miss_off{"miss, off", {}}, miss_on{"miss, on", {}, shape::dots};
  series overflow{"measured", {}, shape::dots}, expected{"expected of a random hash", {}},
      overhead{"bytes an entry over its own", {}};
  probes plain{};
  probes perturbed{};
  for (unsigned halves = 8; halves <= 16; ++halves) {
    bench.tick();
    const double load = halves / 2.0;
    const probes without = at_load(halves, B, off);
    const probes with = at_load(halves, B, on);
    loads.rows.push_back({text_of(load + 1e-9), text_of(100 * without.overflowing),
                          text_of(100 * expected_overflow(load)), text_of(without.bytes),
                          text_of(without.hit), text_of(without.miss)});
    hit_off.points.emplace_back(load, without.hit);
    hit_on.points.emplace_back(load, with.hit);
    miss_off.points.emplace_back(load, without.miss);
    miss_on.points.emplace_back(load, with.miss);
    overflow.points.emplace_back(load, 100 * without.overflowing);
    expected.points.emplace_back(load, 100 * expected_overflow(load));
    overhead.points.emplace_back(load, without.bytes);
    if (halves == 13) {
      plain = without;
      perturbed = with;
    }
  }
  table caches{
      "Cache misses of lookups, by cachegrind", {"tophash", "of 100 data references", "a lookup"}, {}};
  for (const auto& [name, work] :
       {std::pair{"without", cache_work::lookups}, {"with", cache_work::lookups_perturbed}}) {
    if (!bench.cachegrind()) break;
    bench.tick();
    const auto misses = misses_under_cachegrind(work);
    caches.rows.push_back({name, misses ? text_of(misses->a_hundred_references) : "valgrind is not installed",
                           misses ? text_of(misses->an_operation) : ""});
  }
  // The claim halves the probes (2.87 to 1.42) and takes away two thirds of the conflicts (31.2 % to 9.7 %).
  constexpr double clearly_less = 0.7;
  return {.setting = "maps of 2^" + std::to_string(B) +
                     " buckets at loads 4.0 to 8.0, with the perturbation and without",
          .claimed = {{"with the perturbation probes get shorter", perturbed.hit < clearly_less * plain.hit},
                      {"with it fewer buckets are in conflict",
                       perturbed.overflowing < clearly_less * plain.overflowing}},
          .figures = {{"slots a hit at load 6.5, without", plain.hit},
                      {"slots a hit, with", perturbed.hit},
                      {"buckets with overflow at load 6.5, without", 100 * plain.overflowing, "%"},
                      {"buckets with overflow, with", 100 * perturbed.overflowing, "%"},
                      {"ns a hit, without", plain.nanoseconds},
                      {"ns a hit, with", perturbed.nanoseconds}},
          .tables = {loads, caches},
          .plots = {{"Slots looked at, perturbation off and on",
                     "entries a bucket",
                     "slots",
                     {hit_off, miss_off, hit_on, miss_on}},
                    {"Buckets with overflow", "entries a bucket", "%", {overflow, expected}},
                    {"What overflow and empty slots cost", "entries a bucket", "bytes", {overhead}}}};
}

}  // namespace steady::lab
