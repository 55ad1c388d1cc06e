// steady::sweep between its calls: a sweep is a loop (contract G4), so anything may happen to the map, to the entry
// that comes next above all.
#include <gtest/gtest.h>

#include <steady/map.hpp>
#include <steady/sweep.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <utility>

#include "../support/random.hpp"

namespace steady_test {
namespace {

struct hash_failure {};
struct fragile_hash {
  inline static bool failing = false;
  std::size_t operator()(std::uint64_t key) const {
    if (failing) throw hash_failure{};
    return static_cast<std::size_t>(scramble(key));
  }
};
using map_type = steady::map<std::uint64_t, std::uint64_t, fragile_hash>;

// Visits everything, in calls of a few entries with changes between them: what was there all the time comes exactly
// once, what was erased before its turn does not come.
TEST(SweepTest, AnyEntryMayGoBetweenTheCalls) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    random_source random(seed);
    map_type map;
    map.seed(seed);
    std::uint64_t next = 0;
    for (; next < 1'000; ++next) map.try_emplace(next, next);
    std::map<std::uint64_t, int> owed;
    for (const auto& entry : std::as_const(map)) owed[entry.first] = 0;
    std::set<std::uint64_t> erased;
    steady::sweep sweep{map};
    const auto visit = [&](const auto& entry) {
      EXPECT_FALSE(erased.contains(entry.first)) << entry.first << " was erased before its turn";
      EXPECT_LE(++owed[entry.first], 1) << entry.first << " came twice";
      const bool goes = entry.first % 3 == 0;
      if (goes) erased.insert(entry.first);
      return goes;
    };
    do {
      // Whatever stands first in the walk goes too: before the first call it is what the sweep would begin with.
      for (std::uint64_t n = random.below(60); n > 0 && map.size() > 1; --n) {
        const std::uint64_t key =
            n % 4 == 0 ? std::as_const(map).begin()->first : random.below(static_cast<std::uint64_t>(next));
        if (map.erase(key) != 0) erased.insert(key);
      }
      for (std::uint64_t n = random.below(20); n > 0; --n) map.try_emplace(next++, 0);
    } while (sweep.run(random.below(4), visit));
    EXPECT_TRUE(sweep.finished());
    for (std::uint64_t key = 0; key < 1'000; ++key)
      if (!erased.contains(key)) {
        EXPECT_EQ(owed[key], 1) << key << " was missed, seed " << seed;
      }
    std::size_t walked = 0;
    for (const auto& entry : std::as_const(map)) walked += !erased.contains(entry.first);
    EXPECT_EQ(walked, map.size());
  }
}

// The entry a sweep would begin with, erased before the first call; also the only one there is.
TEST(SweepTest, TheFirstEntryMayGoBeforeTheFirstCall) {
  for (std::uint64_t size = 1; size < 100; ++size) {
    map_type map;
    for (std::uint64_t key = 0; key < size; ++key) map.try_emplace(key, key);
    steady::sweep sweep{map};
    map.erase(std::as_const(map).begin()->first);
    std::size_t visited = 0;
    while (sweep.run(10, [&](const auto&) { return ++visited % 2 == 0; })) {
    }
    EXPECT_EQ(visited, size - 1);
    EXPECT_EQ(map.size(), size - 1 - visited / 2);
  }
}

// A hash that throws ends the call; the sweep is called again and has missed nothing.
TEST(SweepTest, AHashThatThrowsEndsTheCallAndNoMore) {
  map_type map;
  for (std::uint64_t key = 0; key < 4'000; ++key) map.try_emplace(key, key);
  steady::sweep sweep{map};
  std::set<std::uint64_t> visited;
  const auto visit = [&](const auto& entry) {
    EXPECT_TRUE(visited.insert(entry.first).second);
    return true;
  };
  sweep.run(20, visit);
  for (std::uint64_t key = 0; key < 3'900; ++key) map.erase(key);
  std::size_t failures = 0;
  for (bool more = true; more;) {
    fragile_hash::failing = true;
    try {
      more = sweep.run(1, visit);
    } catch (const hash_failure&) {
      ++failures;
    }
    fragile_hash::failing = false;
    if (more) more = sweep.run(1, visit);
  }
  EXPECT_GT(failures, 10u);
  EXPECT_TRUE(map.empty()) << map.size() << " entries were missed";
}

}  // namespace
}  // namespace steady_test
