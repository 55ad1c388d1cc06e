// A map made from a range makes its buckets at once: counted are hashes, moves, allocations and bytes, beside a map that
// inserts one after the other. What holds for an insert holds for each of them: the first of equal keys, no floor (G2), and
// what was inserted before something was thrown (G8).
#include <gtest/gtest.h>

#include <steady/map.hpp>
#include <steady/set.hpp>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <forward_list>
#include <functional>
#include <iterator>
#include <limits>
#include <ranges>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "../support/counting_allocator.hpp"
#include "../support/counting_key.hpp"
#include "../support/scale.hpp"

namespace steady_test {
namespace {

using element = std::pair<std::uint64_t, std::uint64_t>;
using elements = std::vector<element>;
template <class Options = steady::options<>>
using map_with =
    steady::map<std::uint64_t, std::uint64_t, steady::hash<std::uint64_t>, std::equal_to<std::uint64_t>,
                counting_allocator<std::pair<const std::uint64_t, std::uint64_t>>, Options>;
using map_type = map_with<>;

elements different(std::size_t n) {
  elements made;
  for (std::uint64_t each = 0; each < n; ++each) made.emplace_back(scramble(each), each);
  return made;
}

// A map made by a range and one made by inserts, with what their allocators saw.
template <class Map>
struct both {
  allocation_log by_range, by_inserts;
  Map ranged{typename Map::allocator_type(by_range)}, inserted{typename Map::allocator_type(by_inserts)};

  explicit both(const elements& from) {
    ranged.seed(7);
    inserted.seed(7);
    ranged.insert(from.begin(), from.end());
    for (const auto& [key, value] : from) inserted.try_emplace(key, value);
  }
};

TEST(RangeInsertTest, TakesNoMoreThanInserts) {
  for (std::size_t n = 1; n < scaled(3'000'000, 60'000); n += n / 3 + 1) {
    both<map_type> maps(different(n));
    ASSERT_EQ(maps.ranged, maps.inserted);
    const auto ranged = maps.ranged.stats(), inserted = maps.inserted.stats();
    EXPECT_GE(ranged.buckets, inserted.buckets) << n;
    EXPECT_LE(ranged.buckets, inserted.buckets + 2) << n << ": inserts let so many splits wait";
    EXPECT_LE(maps.by_range.allocations, maps.by_inserts.allocations + 1) << n;
    constexpr std::size_t block = 34'000;  // of the buckets that inserts let wait
    EXPECT_LE(maps.by_range.live_bytes, maps.by_inserts.live_bytes + block) << n;
    EXPECT_LE(maps.by_range.peak_bytes, maps.by_inserts.peak_bytes + block) << n;
    // The first 4,096 are split as the room for all is made, half of them each time that the buckets double.
    const std::uint64_t doublings = n > 4096 ? static_cast<std::uint64_t>(std::bit_width(n / 4096)) : 0;
    EXPECT_LE(ranged.entries_moved, doublings * 4096) << n;
  }
}

TEST(RangeInsertTest, HashesEachKeyOnce) {
  using counted_map = steady::map<counting_key, std::uint64_t, counting_hash>;
  for (const std::size_t n : {10u, 1'000u, 4'096u, 30'000u}) {
    std::vector<std::pair<counting_key, std::uint64_t>> from;
    for (std::uint64_t each = 0; each < n; ++each) from.emplace_back(counting_key(each), each);
    const key_counts before = counted();
    const counted_map map(from.begin(), from.end());
    EXPECT_EQ(map.size(), n);
    const std::uint64_t again = n > 4096 ? 4096 * 4 : 0;
    EXPECT_GE(counted().hashes - before.hashes, n);
    EXPECT_LE(counted().hashes - before.hashes, n + again);
    EXPECT_EQ(counted().copies - before.copies, n) << "each entry is copied into its place";
  }
}

TEST(RangeInsertTest, TheFirstOfEqualKeysStays) {
  elements from;
  for (std::uint64_t each = 0; each < 30'000; ++each) from.emplace_back(scramble(each % 9'000), each);
  const steady::map<std::uint64_t, std::uint64_t> map(from.begin(), from.end());
  ASSERT_EQ(map.size(), 9'000u);
  for (std::uint64_t each = 0; each < 9'000; ++each) EXPECT_EQ(map.at(scramble(each)), each);
}

// Keys that come several times, drawn at random, one after the other, or all again in the same order.
template <class Map>
void prove_room_given_back(const elements& from, double most_at_once) {
  both<Map> maps(from);
  ASSERT_EQ(maps.ranged, maps.inserted);
  EXPECT_LE(maps.by_range.live_bytes, 2 * maps.by_inserts.live_bytes) << from.size();
  EXPECT_LE(static_cast<double>(maps.by_range.peak_bytes),
            most_at_once * static_cast<double>(maps.by_inserts.peak_bytes))
      << from.size();
  EXPECT_EQ(maps.ranged.maintain(0), 0u);
}
TEST(RangeInsertTest, RoomForEqualKeysIsGivenBack) {
  for (const std::size_t keys : {1u, 9u, 20u, 100u, 1'000u, 6'000u, 40'000u}) {
    for (const std::size_t times : {2u, 3u, 10u}) {
      elements drawn, neighbours, again;
      for (std::uint64_t each = 0; each < keys * times; ++each) {
        drawn.emplace_back(scramble(scramble(each) % keys), each);
        neighbours.emplace_back(scramble(each / times), each);
        again.emplace_back(scramble(each % keys), each);
      }
      // In the first 4,096 there is room for all of them.
      const auto enough = static_cast<double>(std::min<std::size_t>(times, 2 + 4096 * 2 / keys));
      prove_room_given_back<map_type>(drawn, 2 * enough);
      prove_room_given_back<map_type>(neighbours, 2 * enough);
      prove_room_given_back<map_type>(again, 2.0 * static_cast<double>(times));
    }
  }
  // Also where erasing would give nothing back.
  elements again;
  for (std::uint64_t each = 0; each < 100'000; ++each) again.emplace_back(scramble(each % 10'000), each);
  prove_room_given_back<map_with<steady::options<steady::shrink::never>>>(again, 20);
}

TEST(RangeInsertTest, LeavesNoFloor) {
  const elements from = different(20'000);
  allocation_log log;
  map_type map(from.begin(), from.end(), 0, {}, {}, map_type::allocator_type(log));
  for (const auto& each : from) map.erase(each.first);
  EXPECT_LT(log.live_bytes, 1'000u);
  EXPECT_EQ(map.stats().reserved, 0u);
  map.reserve(10'000);
  map.insert(from.begin(), from.begin() + 100);
  EXPECT_EQ(map.stats().reserved, 10'000u);
  EXPECT_GE(map.bucket_count(), 10'000u);
}

TEST(RangeInsertTest, IntoAMapWithEntries) {
  const elements from = different(30'000);
  map_type map;
  map.insert(from.begin(), from.begin() + 10'000);
  map.insert(from.begin() + 5'000, from.end());
  EXPECT_EQ(map.size(), 30'000u);
  for (const auto& [key, value] : from) ASSERT_EQ(map.at(key), value);
}

TEST(RangeInsertTest, OtherIteratorsAndElements) {
  std::istringstream numbers("3 1 3 2");
  const steady::set<int> read{std::istream_iterator<int>(numbers), std::istream_iterator<int>()};
  EXPECT_EQ(read, (steady::set<int>{1, 2, 3}));
  const std::forward_list<std::pair<const std::string, int>> list{{"a", 1}, {"b", 2}, {"a", 3}};
  const steady::node_map<std::string, int> listed(list.begin(), list.end());
  EXPECT_EQ(listed.at("a"), 1);
  EXPECT_EQ(listed.size(), 2u);
  const std::vector<std::pair<const char*, int>> texts{{"a", 1}, {"b", 2}, {"a", 3}};
  const steady::map<std::string, int> converted(texts.begin(), texts.end());
  EXPECT_EQ(converted.at("a"), 1);
  std::vector<std::pair<std::string, std::string>> moved{{std::string(40, 'k'), std::string(40, 'v')}};
  const steady::map<std::string, std::string> taken(std::make_move_iterator(moved.begin()),
                                                    std::make_move_iterator(moved.end()));
  EXPECT_EQ(taken.at(std::string(40, 'k')), std::string(40, 'v'));
  EXPECT_TRUE(moved[0].second.empty());
}

// Keys that are not equal to themselves: each that comes from the map is new, and moves others.
TEST(RangeInsertTest, AMapsOwnRangeOfKeysThatEqualNothing) {
  steady::map<double, std::uint64_t> map;
  for (std::uint64_t each = 0; each < 100; ++each)
    map.emplace(std::numeric_limits<double>::quiet_NaN(), each);
  auto last = map.begin();
  std::advance(last, 50);
  map.insert(map.begin(), last);
  EXPECT_GE(map.size(), 100u);
}

// What is like a pair may be turned into an entry in another way.
struct edge {
  int first, second;
  operator std::pair<const int, int>() const { return {second, first}; }
};
TEST(RangeInsertTest, ElementsThatOnlyLookLikePairs) {
  std::vector<edge> edges;
  for (int each = 0; each < 100; ++each) edges.push_back({each, each + 1000});
  const steady::map<int, int> map(edges.begin(), edges.end());
  ASSERT_EQ(map.size(), 100u);
  for (int each = 0; each < 100; ++each) EXPECT_EQ(map.at(each + 1000), each);
}

// What equal keys at the beginning made too much is measured against all that was made.
TEST(RangeInsertTest, NewKeysAfterManyEqualOnes) {
  elements from;
  for (std::uint64_t each = 0; each < 4096; ++each) from.emplace_back(scramble(each % 100), each);
  for (std::uint64_t each = 0; each < 1740; ++each) from.emplace_back(scramble(1000 + each), each);
  prove_room_given_back<map_type>(from, 4);
}

TEST(RangeInsertTest, RoomThatWasThereBeforeStays) {
  map_with<steady::options<steady::shrink::never>> map;
  for (const auto& [key, value] : different(10'000)) map.try_emplace(key, value);
  while (!map.empty()) map.erase(map.begin());
  const auto buckets = map.stats().buckets;
  map.insert({{1, 1}, {1, 2}, {1, 3}, {1, 4}});
  EXPECT_EQ(map.size(), 1u);
  EXPECT_EQ(map.stats().buckets, buckets);
}

#if !defined(__clang__) || __clang_major__ > 15
// A view may become shorter by what is inserted, and its differences may be of a type of their own.
TEST(RangeInsertTest, Views) {
  std::vector<int> numbers;
  for (int each = 0; each < 100; ++each) numbers.push_back(each % 40);
  steady::set<int> set;
  auto absent =
      numbers | std::views::filter([&](int number) { return !set.contains(number); }) | std::views::common;
  set.insert(absent.begin(), absent.end());
  EXPECT_EQ(set.size(), 40u);
  const auto counted_off = std::views::iota(std::uint64_t{0}, std::uint64_t{100});
  const steady::set<std::uint64_t> all(counted_off.begin(), counted_off.end());
  EXPECT_EQ(all.size(), 100u);
}
#endif

#if STEADY_EXCEPTIONS
// What was made for elements that do not come goes back.
TEST(RangeInsertTest, RoomIsGivenBackAfterAThrow) {
  struct fragile_value {
    bool throws = false;
    fragile_value() = default;
    fragile_value(const fragile_value& other) : throws(other.throws) {
      if (throws) throw std::runtime_error("copied");
    }
    fragile_value& operator=(const fragile_value&) = default;
  };
  std::vector<std::pair<std::uint64_t, fragile_value>> from(100'000);
  for (std::uint64_t each = 0; each < from.size(); ++each) from[each].first = scramble(each);
  from[5'000].second.throws = true;
  steady::map<std::uint64_t, fragile_value> map, inserted;
  EXPECT_THROW(map.insert(from.begin(), from.end()), std::runtime_error);
  EXPECT_EQ(map.size(), 5'000u);
  for (std::uint64_t each = 0; each < 5'000; ++each) inserted.try_emplace(scramble(each));
  EXPECT_LE(map.stats().bytes(), 2 * inserted.stats().bytes());
}

TEST(RangeInsertTest, WhatCameBeforeAThrowIsThere) {
  struct fragile_hash {
    std::size_t operator()(std::uint64_t key) const {
      if (key == 77) throw std::runtime_error("77");
      return static_cast<std::size_t>(scramble(key));
    }
  };
  std::vector<std::uint64_t> keys(100);
  for (std::uint64_t each = 0; each < 100; ++each) keys[each] = each;
  steady::set<std::uint64_t, fragile_hash> set;
  EXPECT_THROW(set.insert(keys.begin(), keys.end()), std::runtime_error);
  EXPECT_EQ(set.size(), 77u);
  for (std::uint64_t each = 0; each < 77; ++each) EXPECT_TRUE(set.contains(each));
}

// However little memory there is: those that found a place are the first.
TEST(RangeInsertTest, MemoryThatRunsOut) {
  const elements from = different(scaled(300'000, 10'000));
  for (std::size_t most = 0; most < 80; ++most) {
    allocation_log log;
    map_type map{map_type::allocator_type(log)};
    log.fail_after = most;
    bool failed = false;
    try {
      map.insert(from.begin(), from.end());
    } catch (const std::bad_alloc&) {
      failed = true;
    }
    ASSERT_EQ(failed, map.size() != from.size()) << most;
    for (std::size_t each = 0; each < map.size(); ++each) ASSERT_TRUE(map.contains(from[each].first)) << most;
    log.fail_after = allocation_log::never;
    map.insert(from.begin(), from.end());
    ASSERT_EQ(map.size(), from.size());
  }
}
#endif

// Copying an element runs code of the user's, and that may empty the map, which draws its seed anew.
struct meddling_value {
  std::function<void()> meddle;
  meddling_value() = default;
  meddling_value(const meddling_value& other) : meddle(other.meddle) {
    if (meddle) meddle();
  }
};
TEST(RangeInsertTest, CopiesThatChangeTheMap) {
  steady::map<std::uint64_t, meddling_value> map;
  std::vector<std::pair<std::uint64_t, meddling_value>> from(100);
  for (std::uint64_t each = 0; each < 100; ++each) from[each].first = each;
  from[50].second.meddle = [&] { map.clear(); };
  map.insert(from.begin(), from.end());
  EXPECT_EQ(map.size(), 50u);
  for (std::uint64_t each = 50; each < 100; ++each) EXPECT_TRUE(map.contains(each)) << each;
}

}  // namespace
}  // namespace steady_test
