// Experiments on overflow buckets, where they come from and how they are counted, and on the accounting of bytes.
#include <cmath>
#include <cstdint>

#include "tools/steady/lab/experiments.hpp"

namespace steady::lab {
finding m66(const workbench& bench) {
  // A map that grows: does it have free overflow buckets, for the first time?
  const auto grown = bench.make();
  std::uint64_t first = 0;
  for (std::uint64_t index = 0; index < 200 && first == 0; ++index) {
    grown->insert(key_at(index), index);
    if (grown->inspect().next_overflow >= 0) first = index + 1;
  }
  const unsigned B_then = grown->B();
  // One that was made with a hint, before anything else happened to it.
  const auto hinted = bench.make();
  hinted->reserve(200);
  const view shown = hinted->inspect();
  const bool at_once = shown.next_overflow >= 0;
  const std::uint64_t before = grown->memory().allocations;
  grown->walk();
  return {.setting = "when a map has a list of free overflow buckets, which extra holds: while it grows, and "
                     "with a hint",
          .claimed = {{"it comes with a growth", first > 0},
                      {"and not before the first growth or loop", first > 0 && !at_once}},
          .figures = {{"insert at which a growing map got it", real(first)},
                      {"B then", real(B_then)},
                      {"overflow buckets preallocated by a hint of 200",
                       real(shown.total_buckets) - real(shown.buckets.size())},
                      {"allocations of a loop", real(grown->memory().allocations - before)}}};
}

finding m71(const workbench& bench) {
  bool exact = true;
  table counts{"Overflow buckets of a full map, linked and counted",
               {"B", "linked", "counted in the header", "chance of counting"},
               {}};
  const unsigned largest = bench.full() ? 18 : bench.size(17, 12) >= 17 ? 16 : 12;
  for (unsigned B = 6; B <= largest; B += 2) {
    bench.tick();
    const auto map = bench.make();
    const std::uint64_t entries = 13 * (std::uint64_t{1} << B) / 2;
    map->reserve(entries);
    fill(*map, 0, entries);
    const classic::map_stats stats = map->stats();
    if (B < classic::approximate_B)
      exact = exact && stats.noverflow == stats.overflow_buckets && stats.noverflow > 0;
    counts.rows.push_back(
        {std::to_string(B), text_of(real(stats.overflow_buckets)), text_of(real(stats.noverflow)),
         B < classic::approximate_B ? "1" : "1 / " + text_of(std::ldexp(1.0, static_cast<int>(B) - 15))});
  }
  return {.setting =
              "maps filled to the limit; the overflow buckets in their chains and those the header counts",
          .claimed = {{"noverflow is the number of overflow buckets, up to 2^15 buckets", exact}},
          .tables = {counts}};
}

finding m72(const workbench& bench) {
  const auto map = bench.make();
  std::uint64_t buckets = 16;
  while (13 * buckets <= bench.size(5'000, 400)) buckets *= 2;
  const std::uint64_t entries = 13 * buckets / 2;
  fill(*map, 0, entries);
  map->finish_growth();
  const auto full = map->stats().overflow_buckets;
  const std::uint64_t kept = entries / 50;
  for (std::uint64_t index = kept; index < entries; ++index) map->erase(key_at(index));
  const auto erased = map->stats().overflow_buckets;
  map->idle();
  const auto idled = map->stats().overflow_buckets;
  // New entries until the array doubles, in another map that was drained alike.
  const auto other = bench.make();
  fill(*other, 0, entries);
  other->finish_growth();
  for (std::uint64_t index = kept; index < entries; ++index) other->erase(key_at(index));
  const std::uint64_t growths = other->growths();
  std::uint64_t next = entries;
  std::uint64_t before_growth = 0;
  while (other->growths() == growths) {
    before_growth = other->stats().overflow_buckets;
    other->insert(key_at(next), next);
    ++next;
  }
  const auto just_grown = other->stats().overflow_buckets;
  return {.setting = "a full map erased down to 2 %; then nothing; then filled until it grows",
          .claimed = {{"deletes leave overflow buckets in place", full > 0 && erased == full},
                      {"a growth frees them", just_grown < before_growth},
                      {"something frees them without a write (the collector)", idled < erased}},
          .figures = {{"overflow buckets when full", real(full)},
                      {"overflow buckets after erasing 98 %", real(erased)},
                      {"overflow buckets after nothing for a while", real(idled)},
                      {"overflow buckets before a growth", real(before_growth)},
                      {"overflow buckets just after it began", real(just_grown)}}};
}

finding m100(const workbench& bench) {
  const auto map = bench.make();
  bool equal = true;
  double worst = 0;
  const std::uint64_t entries = bench.size(50'000, 2'000);
  series told{"stats(): all", {}}, arrays{"2^B buckets of 144 bytes", {}},
      asked{"asked of the allocator", {}};
  constexpr double bucket_bytes = 144;
  bool by_arrays = true;
  for (std::uint64_t index = 0; index < entries; ++index) {
    map->insert(key_at(index), index);
    if ((index * 64) % entries >= 64) continue;
    const auto bytes = static_cast<double>(map->stats().bytes());
    const auto real_bytes = static_cast<double>(map->memory().live_bytes);
    const double from_B = bucket_bytes * std::ldexp(1.0, static_cast<int>(map->B()));
    equal = equal && bytes == real_bytes;
    by_arrays = by_arrays && std::abs(from_B - real_bytes) < 0.01 * real_bytes;
    worst = std::max(worst, std::abs(bytes - real_bytes));
    const auto x = real(index + 1);
    told.points.emplace_back(x, bytes / 1e3);
    asked.points.emplace_back(x, real_bytes / 1e3);
    arrays.points.emplace_back(x, from_B / 1e3);
  }
  const classic::map_stats stats = map->stats();
  return {.setting =
              "a map while it is filled: the bytes that stats() tells, and those its allocator was asked for",
          .claimed = {{"a map's bytes can be told, by what they are for", equal},
                      {"they are 2^B buckets, to 1 %", by_arrays}},
          .figures = {{"largest difference of the two", worst, "bytes"},
                      {"arrays and header", static_cast<double>(stats.main_bytes), "bytes"},
                      {"overflow buckets of their own", static_cast<double>(stats.overflow_bytes), "bytes"},
                      {"keys and values of their own", static_cast<double>(stats.indirect_bytes), "bytes"}},
          .plots = {{"Bytes while a map is filled", "inserts", "KB", {told, asked, arrays}}}};
}

}  // namespace steady::lab
