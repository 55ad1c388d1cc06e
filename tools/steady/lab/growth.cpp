// Experiments on growth: when the map doubles or grows to the same size, and who pays for the moving.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <unordered_map>

#include "measure/timer.hpp"
#include "tools/steady/lab/clock.hpp"
#include "tools/steady/lab/experiments.hpp"

namespace steady::lab {
namespace {

constexpr std::uint64_t limit_of(unsigned B) { return B == 0 ? 8 : 13 * (std::uint64_t{1} << B) / 2; }

// Fills the map until a doubling begins, with at least so many entries; how many there are then.
std::uint64_t fill_into_growth(specimen& map, std::uint64_t least) {
  std::uint64_t next = 0;
  for (bool began = false; next < least || !began; ++next) {
    const std::uint64_t before = map.growths();
    map.insert(key_at(next), next);
    began = map.growths() != before;
  }
  return next;
}

struct doubling {
  std::uint64_t entries;  // with the one whose insert began it
  unsigned B;  // before
  bool while_growing;
};

std::vector<doubling> doublings_up_to(specimen& map, std::uint64_t entries) {
  std::vector<doubling> seen;
  for (std::uint64_t index = 0; index < entries; ++index) {
    const unsigned before = map.B();
    const bool growing = map.growing();
    map.insert(key_at(index), index);
    if (map.B() != before) seen.push_back({index + 1, before, growing});
  }
  return seen;
}

double load(std::uint64_t entries, unsigned B) {
  return static_cast<double>(entries) / std::ldexp(1.0, static_cast<int>(B));
}

// What a map goes through while it is filled: the timeline of M23 to M44.
void add_timeline(finding& found, specimen& map, std::uint64_t entries) {
  constexpr std::uint64_t columns = 400;
  const std::uint64_t each = std::max<std::uint64_t>(1, entries / columns);
  series loads{"entries / 2^B", {}}, B{"B", {}}, overflow{"overflow buckets / 2^B", {}};
  series progress{"nevacuate / old buckets", {}}, mean{"mean", {}}, worst{"worst", {}};
  const double scale = measure::timer::nanoseconds_per_tick();
  for (std::uint64_t index = 0; index < entries;) {
    double sum = 0;
    double most = 0;
    const std::uint64_t stop = std::min(index + each, entries);
    const auto number = static_cast<double>(stop - index);
    for (; index < stop; ++index) {
      const std::uint64_t begin = measure::timer::start();
      map.insert(key_at(index), index);
      const double taken = static_cast<double>(measure::timer::stop() - begin) * scale;
      sum += taken;
      most = std::max(most, taken);
    }
    const auto x = static_cast<double>(index);
    loads.points.emplace_back(x, load(index, map.B()));
    B.points.emplace_back(x, map.B());
    overflow.points.emplace_back(x, load(map.counted_overflow(), map.B()));
    progress.points.emplace_back(x, map.growing() ? static_cast<double>(map.nevacuate()) /
                                                        static_cast<double>(map.old_buckets())
                                                  : 0.0);
    mean.points.emplace_back(x, sum / number);
    worst.points.emplace_back(x, most);
  }
  found.plots.push_back({"Load and B while the map is filled", "inserts", "", {loads, B}});
  found.plots.push_back({"Growth and overflow while the map is filled", "inserts", "", {progress, overflow}});
  found.plots.push_back(
      {"What an insert costs meanwhile", "inserts", "ns", {mean, worst}, scale::linear, scale::logarithmic});
}

}  // namespace

finding m23(const workbench& bench) {
  const setup wanted{.load = bench.choose<load_law>({}, {.numerator = 12})};
  const auto map = bench.make(wanted);
  const auto seen = doublings_up_to(*map, bench.size(20'000, 1'000));
  bool all_at_limit = !seen.empty();
  std::string first;
  for (const doubling& one : seen) {
    all_at_limit = all_at_limit && one.entries == limit_of(one.B) + 1;
    if (one.B < 8) first += (first.empty() ? "" : ", ") + std::to_string(one.entries);
  }
  // At the limit, writes of keys that are there already.
  const auto full = bench.make(wanted);
  constexpr unsigned B = 5;
  fill(*full, 0, limit_of(B));
  const std::uint64_t before = full->growths();
  for (std::uint64_t index = 0; index < limit_of(B); ++index) full->insert(key_at(index), 0);
  const bool overwrites_start_none = full->growths() == before;

  finding found{
      .setting = "inserts into an empty map; B after each. Doublings at insert " + first + ", ...",
      .claimed = {{"each doubling begins with the insert that takes the load past 6.5", all_at_limit},
                  {"overwriting keys at the limit begins none", overwrites_start_none}},
      .figures = {{"doublings", static_cast<double>(seen.size())},
                  {"load at the last one", load(seen.back().entries, seen.back().B)}}};
  const auto timeline = bench.make(wanted);
  add_timeline(found, *timeline, bench.size(200'000, 2'000, 4'000'000));
  return found;
}

finding m24(const workbench& bench) {
  const auto map = bench.make({.load = bench.choose<load_law>({}, {.times_B = true})});
  constexpr std::uint64_t entries = 60;
  // Up to here the first bucket's eight slots decide.
  constexpr std::uint64_t decided_by_slots = 10;
  std::uint64_t over = 0;
  for (std::uint64_t index = 0; index < entries; ++index) {
    map->insert(key_at(index), index);
    const bool beyond = map->size() > decided_by_slots && 2 * map->size() > std::size_t{13} * map->B();
    over += beyond && !map->growing();
  }
  return {.setting =
              "60 inserts; after each, whether more than 6.5 x B entries lie in a map that does not grow",
          .claimed = {{"there are never more than 6.5 x B entries without a growth", over == 0}},
          .figures = {{"times there were", static_cast<double>(over)},
                      {"B at the end", static_cast<double>(map->B())},
                      {"6.5 x B then", 6.5 * map->B()},
                      {"entries", static_cast<double>(map->size())}}};
}

finding m25(const workbench& bench) {
  const load_law lower{.numerator = 63, .denominator = 10};
  const auto map = bench.make({.load = bench.choose<load_law>({}, lower)});
  const auto seen = doublings_up_to(*map, bench.size(20'000, 1'000));
  const doubling& last = seen.back();
  const bool at_lower = last.entries == 63 * (std::uint64_t{1} << last.B) / 10 + 1;

  // Sizes under both limits, and between them, where the two maps differ by a doubling.
  table columns{"Both load factors, side by side",
                {"entries", "load factor", "p99 write, ns", "MB", "bytes an entry"},
                {}};
  const std::uint64_t buckets = std::bit_floor(bench.size(1 << 15, 1 << 8, 1 << 19));
  for (const std::uint64_t tenths : {62u, 64u}) {
    const std::uint64_t entries = buckets * tenths / 10;
    for (const load_law& law : {load_law{}, lower}) {
      const auto filled = make_specimen({.load = law});
      std::vector<double> taken;
      const double scale = measure::timer::nanoseconds_per_tick();
      for (std::uint64_t index = 0; index < entries; ++index) {
        const std::uint64_t begin = measure::timer::start();
        filled->insert(key_at(index), index);
        taken.push_back(static_cast<double>(measure::timer::stop() - begin) * scale);
      }
      bench.tick();
      filled->finish_growth();
      const auto bytes = static_cast<double>(filled->memory().live_bytes);
      columns.rows.push_back({text_of(static_cast<double>(entries)),
                              text_of(static_cast<double>(law.numerator) / law.denominator),
                              text_of(quantile(taken, 0.99)), text_of(bytes / 1e6),
                              text_of(bytes / static_cast<double>(entries))});
    }
  }
  return {.setting =
              "inserts into an empty map: the load at which it doubles; and the price of either load factor",
          .claimed = {{"the map doubles when the load passes 6.3", at_lower}},
          .figures = {{"load at the last doubling", load(last.entries - 1, last.B)}},
          .tables = {columns}};
}

finding m26(const workbench& bench) {
  const auto map = bench.make();
  constexpr std::uint64_t live = 52;
  fill(*map, 0, live);
  const unsigned B = map->B();
  std::uint64_t growths = 0;
  std::uint64_t early = 0;
  const std::uint64_t pairs = bench.size(20'000, 2'000);
  for (std::uint64_t step = 0; step < pairs; ++step) {
    map->erase(key_at(step));
    const std::uint64_t before = map->growths();
    const bool many = map->counted_overflow() >= std::size_t{1} << map->B();
    map->insert(key_at(step + live), step);
    if (map->growths() == before) continue;
    ++growths;
    early += !many;
  }
  return {.setting = "52 live keys in 8 buckets, the oldest replaced by a new one again and again",
          .claimed = {{"same-size growth begins at as many overflow buckets as main ones, and not before",
                       growths > 0 && early == 0},
                      {"B stays as it is", map->B() == B}},
          .figures = {{"same-size growths", static_cast<double>(growths)},
                      {"of them with fewer overflow buckets", static_cast<double>(early)}}};
}

finding m27(const workbench& bench) {
  const auto map = bench.make();
  const std::uint64_t entries = bench.size(20'000, 1'000);
  bool one_up = true;
  bool beside = true;
  std::uint64_t most = 0;
  std::uint64_t longest = 0;
  std::uint64_t writes = 0;
  for (std::uint64_t index = 0; index < entries; ++index) {
    const unsigned before = map->B();
    const std::uint64_t moved = map->entries_moved();
    map->insert(key_at(index), index);
    most = std::max(most, map->entries_moved() - moved);
    if (map->B() != before) {
      one_up = one_up && map->B() == before + 1;
      // The smallest arrays are evacuated by the write that replaces them.
      beside = beside && (before < 2 || map->growing());
    }
    writes = map->growing() ? writes + 1 : 0;
    longest = std::max(longest, writes);
  }
  constexpr std::uint64_t a_few_buckets = 64;
  return {.setting = text_of(static_cast<double>(entries)) + " inserts into an empty map",
          .claimed = {{"B goes up by one", one_up},
                      {"the old array stays beside the new one", beside},
                      {"no write moves more than what a few buckets hold", most <= a_few_buckets}},
          .figures = {{"most entries moved by one write", static_cast<double>(most)},
                      {"writes that the longest growth took", static_cast<double>(longest)}}};
}

finding m28(const workbench& bench) {
  const auto map = bench.make({.load = bench.choose<load_law>({}, {.numerator = 26})});
  const auto seen = doublings_up_to(*map, bench.size(50'000, 3'000));
  double highest = 0;
  std::uint64_t nested = 0;
  for (const doubling& one : seen) {
    if (one.B > 0) highest = std::max(highest, load(one.entries - 1, one.B));
    nested += one.while_growing && one.B > 2;
  }
  // A same-size growth at full load, and new keys during it: the most that a load can pass its limit by.
  const auto churned = bench.make({.load = bench.choose<load_law>({}, {.numerator = 26})});
  std::uint64_t next = limit_of(3);
  fill(*churned, 0, next);
  for (std::uint64_t step = 0; step < 20'000 && !churned->same_size_growth(); ++step) {
    churned->erase(key_at(next - limit_of(3)));
    churned->insert(key_at(next), step);
    ++next;
  }
  double overload = 0;
  while (churned->growing()) {
    churned->insert(key_at(next), 0);
    ++next;
    overload = std::max(overload, load(churned->size(), churned->B()));
  }
  return {.setting = "the load at each doubling; and at most, when new keys come during a same-size growth",
          .claimed = {{"a load of 13 is reached and forces a doubling", highest >= 13 || overload > 13}},
          .figures = {{"highest load at a doubling", highest},
                      {"highest load during a same-size growth", overload},
                      {"doublings begun during another growth", static_cast<double>(nested)}}};
}

finding m29(const workbench& bench) {
  const auto map = bench.make();
  const std::uint64_t entries = fill_into_growth(*map, bench.size(3'000, 400));
  const std::size_t before = map->old_buckets_evacuated();
  const std::uint64_t reads = bench.size(20'000, 1'000);
  std::uint64_t hits = 0;
  for (std::uint64_t index = 0; index < reads; ++index)
    hits += map->find(key_at(index % (2 * entries))) != nullptr;
  keep(map->walk());
  const std::size_t after_reads = map->old_buckets_evacuated();
  map->insert(key_at(0), 1);
  map->erase(key_at(1));
  const std::size_t after_writes = map->old_buckets_evacuated();
  return {.setting = "a map in the middle of a growth: " + text_of(static_cast<double>(reads)) +
                     " lookups and a whole loop, then an overwrite and an erase",
          .claimed = {{"lookups and loops evacuate old buckets", after_reads > before || !map->growing()}},
          .figures = {{"old buckets", static_cast<double>(map->old_buckets())},
                      {"evacuated before the reads", static_cast<double>(before)},
                      {"evacuated after the reads", static_cast<double>(after_reads)},
                      {"evacuated after two writes", static_cast<double>(after_writes)},
                      {"lookups that found their key", static_cast<double>(hits)}}};
}

finding m30(const workbench& bench) {
  const auto map = bench.make();
  std::size_t most = 0;
  std::vector<double> times(8);
  const std::uint64_t entries = bench.size(8'000, 800);
  for (std::uint64_t index = 0; index < entries; ++index) {
    const std::size_t left = map->old_buckets() - map->old_buckets_evacuated();
    const std::uint64_t growths = map->growths();
    map->insert(key_at(index), index);
    if (map->growths() != growths) continue;  // began in this write: evacuated buckets of two arrays
    const std::size_t moved = left - (map->old_buckets() - map->old_buckets_evacuated());
    most = std::max(most, moved);
    if (left > 0) ++times[std::min<std::size_t>(moved, times.size() - 1)];
  }
  series bars{"writes", {}, shape::bars};
  for (std::size_t moved = 0; moved < times.size(); ++moved)
    bars.points.emplace_back(static_cast<double>(moved), times[moved]);
  return {.setting = "inserts; of each during a growth, how many old buckets it evacuated",
          .claimed = {{"a write evacuates at most two old buckets", most <= 2}},
          .figures = {{"most by one write", static_cast<double>(most)}},
          .plots = {{"Old buckets evacuated by one write", "old buckets", "writes", {bars}}}};
}

finding m32(const workbench& bench) {
  const auto map = bench.make();
  unsigned B = 5;
  while (limit_of(B + 1) <= bench.size(3'000, 300)) ++B;
  fill(*map, 0, limit_of(B));
  map->finish_growth();
  std::uint64_t started = 0;
  const std::uint64_t erases = bench.size(2'000, 200);
  for (std::uint64_t step = 0; step < erases; ++step) {
    const std::uint64_t before = map->growths();
    // An absent key; and a present one, put back.
    map->erase(key_at(1'000'000 + step));
    map->erase(key_at(step % limit_of(B)));
    started += map->growths() - before;
    map->insert(key_at(step % limit_of(B)), step);
  }
  const auto growing = bench.make();
  fill_into_growth(*growing, 400);
  const std::size_t before = growing->nevacuate();
  growing->erase(key_at(1'000'000));
  return {.setting = "erasing present and absent keys from a map whose next insert would double it",
          .claimed = {{"an erase starts a growth", started > 0}},
          .figures = {{"erases", 2.0 * static_cast<double>(erases)},
                      {"growths they started", static_cast<double>(started)},
                      {"nevacuate before erasing an absent key in a growth", static_cast<double>(before)},
                      {"nevacuate after it", static_cast<double>(growing->nevacuate())}}};
}

finding m34(const workbench& bench) {
  const auto map = bench.make();
  unsigned B = 4;
  while (limit_of(B + 1) <= bench.size(10'000, 300)) ++B;
  fill(*map, 0, limit_of(B));
  map->finish_growth();
  std::unordered_map<std::uint64_t, std::size_t> old_place;
  const view before = map->inspect();
  for (std::size_t number = 0; number < before.buckets.size(); ++number)
    for (const auto& bucket : before.buckets[number].buckets)
      for (const auto* key : bucket.keys)
        if (key != nullptr) old_place[*key] = number;
  map->insert(key_at(limit_of(B)), 0);
  map->finish_growth();

  const std::size_t old = before.buckets.size();
  std::uint64_t same_or_upper = 0;
  std::uint64_t by_hash = 0;
  std::uint64_t by_tophash = 0;
  std::uint64_t found = 0;
  const view after = map->inspect();
  for (std::size_t number = 0; number < after.buckets.size(); ++number) {
    for (const auto& bucket : after.buckets[number].buckets) {
      for (unsigned slot = 0; slot < classic::slots_per_bucket; ++slot) {
        const auto* key = bucket.keys[slot];
        if (key == nullptr || !old_place.contains(*key)) continue;
        ++found;
        const bool upper = number >= old;
        same_or_upper += number % old == old_place[*key];
        by_hash += upper == ((map->hash(*key) & old) != 0);
        by_tophash += upper == ((bucket.tophash[slot] & 1) != 0);
      }
    }
  }
  const auto share = [&](std::uint64_t part) {
    return 100.0 * static_cast<double>(part) / static_cast<double>(found);
  };
  return {.setting = "one doubling: where each entry was and where it went",
          .claimed = {{"an entry of bucket i goes to X = i or Y = i + old buckets, once",
                       same_or_upper == found && found == old_place.size()},
                      {"the next bit of its hash says which", by_hash == found}},
          .figures = {{"entries", static_cast<double>(found)},
                      {"at i or i + old", share(same_or_upper), "%"},
                      {"as the hash's bit says", share(by_hash), "%"},
                      {"as the lowest bit of the tophash says (000)", share(by_tophash), "%"}}};
}

finding m35(const workbench& bench) {
  const auto map = bench.make();
  unsigned B = 4;
  while (limit_of(B + 1) <= bench.size(10'000, 300)) ++B;
  std::uint64_t next = limit_of(B);
  fill(*map, 0, next);
  map->finish_growth();
  const std::uint64_t erased = next / 5;
  for (std::uint64_t index = 0; index < erased; ++index) map->erase(key_at(5 * index));
  const unsigned at = map->B();
  const classic::map_stats before = map->stats();
  std::uint64_t marked = before.tombstones;
  while (map->B() == at) {
    marked = map->stats().tombstones;
    map->insert(key_at(next), next);
    ++next;
  }
  map->finish_growth();
  std::uint64_t used = 0;
  std::uint64_t gaps = 0;
  for (const auto& chain : map->inspect().buckets) {
    bool empty = false;
    for (const auto& bucket : chain.buckets) {
      for (const std::uint8_t tag : bucket.tophash) {
        used += tag >= classic::min_top_hash;
        gaps += empty && tag >= classic::min_top_hash;
        empty = empty || tag < classic::min_top_hash;
      }
    }
  }
  return {.setting = "a fifth of all entries erased, then a doubling",
          .claimed = {{"deleted slots are left behind: every used slot of the new array holds a live entry",
                       used == map->size()},
                      {"entries are packed: no empty slot before a used one", gaps == 0}},
          .figures = {{"slots marked empty_one after erasing", static_cast<double>(before.tombstones)},
                      {"just before the doubling", static_cast<double>(marked)},
                      {"used slots afterwards", static_cast<double>(used)},
                      {"entries", static_cast<double>(map->size())}}};
}

finding m40(const workbench& bench) {
  const std::uint64_t entries = bench.size(100'000, 2'000, 4'000'000);
  struct filling {
    double growths = 0;
    double writes = 0;  // that began a growth or ran during one, in percent of all
    double time = 0;  // of these writes, in percent of all
    double nanoseconds = 0;  // a write
  };
  const auto fill_once = [&](bool hint) {
    const auto map = bench.make();
    if (hint) map->reserve(entries);
    filling seen;
    std::uint64_t met = 0;
    std::uint64_t met_ticks = 0;
    std::uint64_t all_ticks = 0;
    for (std::uint64_t index = 0; index < entries; ++index) {
      const bool growing = map->growing();
      const std::uint64_t growths = map->growths();
      const std::uint64_t begin = measure::timer::start();
      map->insert(key_at(index), index);
      const std::uint64_t taken = measure::timer::stop() - begin;
      all_ticks += taken;
      if (!growing && map->growths() == growths) continue;
      ++met;
      met_ticks += taken;
    }
    seen.growths = static_cast<double>(map->growths());
    seen.writes = 100.0 * static_cast<double>(met) / static_cast<double>(entries);
    seen.time = 100.0 * static_cast<double>(met_ticks) / static_cast<double>(all_ticks);
    seen.nanoseconds = measure::timer::nanoseconds(all_ticks) / static_cast<double>(entries);
    return seen;
  };
  const filling with = fill_once(true);
  const filling without = fill_once(false);
  table both{"Inserts with a hint and without",
             {"", "growths", "inserts that met one, %", "their share of time, %", "ns an insert"},
             {}};
  for (const auto& [name, seen] : {std::pair{"with a hint", with}, {"without", without}})
    both.rows.push_back(
        {name, text_of(seen.growths), text_of(seen.writes), text_of(seen.time), text_of(seen.nanoseconds)});
  constexpr double claimed_share = 0.03;
  return {
      .setting = text_of(static_cast<double>(entries)) + " inserts, with a hint of so many and without",
      .claimed = {{"with a hint at most 0.03 % of the inserts meet a growth", with.writes <= claimed_share}},
      .figures = {{"share of the time in growth with the hint", with.time, "%"},
                  {"share of the time in growth without", without.time, "%"}},
      .tables = {both}};
}

finding m41(const workbench& bench) {
  const auto map = bench.make();
  std::uint64_t next = fill_into_growth(*map, bench.size(40'000, 400));
  const auto old = static_cast<double>(map->old_buckets());
  bool rising = map->growing();
  double last = static_cast<double>(map->nevacuate());
  bool between = false;
  for (unsigned write = 0; write < 20; ++write) {
    map->insert(key_at(next), next);
    ++next;
    const auto now = static_cast<double>(map->nevacuate());
    rising = rising && now >= last;
    between = between || (now > 0 && now < old);
    last = now;
  }
  const auto left = static_cast<double>(map->old_buckets() - map->old_buckets_evacuated());
  const double taken = nanoseconds_of([&] { map->finish_growth(); });
  const double each = left > 0 ? taken / left : 0;
  const auto end = static_cast<double>(map->nevacuate());
  const double main = std::ldexp(1.0, static_cast<int>(map->B()));
  constexpr double least = 12'000;
  constexpr double most = 18'000;
  return {.setting = "a doubling from " + text_of(old) +
                     " old buckets: nevacuate over its writes, at its end, and the time",
          .claimed = {{"nevacuate rises from 0 while buckets are moved", rising && between},
                      {"the growth is over when nevacuate is 2^B", end == main},
                      {"moving a bucket takes 12 to 18 us", each >= least && each <= most}},
          .figures = {{"nevacuate at the end", end},
                      {"old buckets", old},
                      {"2^B", main},
                      {"ns an evacuated bucket", each}}};
}

finding m43(const workbench& bench) {
  const auto map = bench.make();
  constexpr std::uint64_t live = 52;
  fill(*map, 0, live);
  const unsigned B = map->B();
  const std::uint64_t before = map->growths();
  const std::uint64_t pairs = bench.size(20'000, 2'000);
  std::uint64_t first = 0;
  series overflow{"overflow buckets", {}};
  for (std::uint64_t step = 0; step < pairs; ++step) {
    map->erase(key_at(step));
    map->insert(key_at(step + live), step);
    if (first == 0 && map->growths() != before) first = step + 1;
    if (step < 600)
      overflow.points.emplace_back(static_cast<double>(step), static_cast<double>(map->counted_overflow()));
  }
  return {
      .setting = "52 live keys in 8 buckets; each step erases the oldest and inserts a new one",
      .claimed = {{"growth begins though the size stays the same", map->growths() > before && map->B() == B}},
      .figures = {{"pairs until the first same-size growth", static_cast<double>(first)},
                  {"same-size growths", static_cast<double>(map->growths() - before)},
                  {"pairs", static_cast<double>(pairs)}},
      .plots = {{"Overflow buckets at a constant size: each drop is a same-size growth",
                 "pairs",
                 "overflow buckets",
                 {overflow}}}};
}

}  // namespace steady::lab
