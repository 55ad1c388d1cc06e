// snapshot(): a view of one moment, kept while the map changes (docs/design.md, "How does a snapshot stay what it was?").
//
// What a snapshot costs is counted: copies, blocks, never more than two buckets an operation and never one twice. What
// counts as a change, and what outlives what. Random programs, and copies that throw, are in snapshot_programs_test.cpp.
#include <gtest/gtest.h>

#include <steady/snapshot.hpp>
#include <steady/sweep.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <iterator>
#include <memory_resource>
#include <optional>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "../support/scale.hpp"
#include "../support/snapshot_maps.hpp"

namespace steady_test {
namespace {

static_assert(std::forward_iterator<inline_map::snapshot_type::const_iterator>);
static_assert(!std::is_copy_constructible_v<inline_map::snapshot_type>);
static_assert(std::is_nothrow_move_constructible_v<inline_map::snapshot_type>);
template <class Map>
concept has_snapshots = requires(Map& map) { map.snapshot(); };
static_assert(has_snapshots<inline_map> && !has_snapshots<steady::map<int, int>>);
static_assert(sizeof(steady::snapshot_map<int, int>) == sizeof(steady::map<int, int>) + sizeof(void*));

// ---- what it costs ----

TEST_F(SnapshotTest, TakingOneCopiesNothingAndAllocatesTwice) {
  inline_map map;
  fill(map, 5000);
  copied_value::copies = 0;
  default_log().begin_window();
  const auto first = map.snapshot();
  EXPECT_EQ(default_log().window_allocations, 2u);
  default_log().begin_window();
  const auto second = map.snapshot();
  EXPECT_EQ(default_log().window_allocations, 1u);
  EXPECT_EQ(copied_value::copies, 0u);
  EXPECT_EQ(first.size(), 5000u);
}

TEST_F(SnapshotTest, ReadingThroughConstMembersCopiesNothing) {
  inline_map map;
  fill(map, 5000);
  const auto snapshot = map.snapshot();
  copied_value::copies = 0;
  const inline_map& read = map;
  for (std::uint64_t key = 0; key < 6000; ++key) {
    EXPECT_EQ(read.contains(key), key < 5000);
    EXPECT_EQ(read.get(key) != nullptr, key < 5000);
    EXPECT_EQ(read.find(key) != read.end(), snapshot.contains(key));
  }
  std::uint64_t sum = 0;
  for (const auto& [key, held] : read) sum += held.number;
  for (const auto& [key, held] : snapshot) sum -= held.number;
  EXPECT_EQ(sum, 0u);
  EXPECT_EQ(map.erase(7000u), 0u);
  EXPECT_EQ(copied_value::copies, 0u);
  EXPECT_EQ(snapshot.copied_buckets(), 0u);
}

TEST_F(SnapshotTest, EveryEntryIsCopiedOnceWhateverChanges) {
  inline_map map;
  fill(map, 5000);
  const auto buckets = map.stats().buckets;
  const auto snapshot = map.snapshot();
  copied_value::copies = 0;
  for (int round = 0; round < 3; ++round)
    for (std::uint64_t key = 0; key < 5000; ++key) map[key].number += 1;
  fill(map, 15000, 5000);
  for (std::uint64_t key = 0; key < 20000; ++key) map.erase(key);
  map.shrink_to_fit();
  EXPECT_EQ(copied_value::copies, 5000u);
  EXPECT_EQ(snapshot.copied_buckets(), buckets);
  for (std::uint64_t key = 0; key < 5000; ++key) EXPECT_EQ(snapshot.at(key).number, key);
}

TEST_F(SnapshotTest, LongChainsAreFoundAndWalked) {
  crowded_map map;  // whose copies take several blocks
  fill(map, 400);
  const auto all = contents(std::as_const(map));
  const auto then = map.snapshot();
  for (const bool copied : {false, true}) {
    if (copied) map.begin()->second.number = map.at(1).number = map.at(399).number = 0;
    EXPECT_EQ(contents(then), all);
    for (std::uint64_t key = 0; key < 800; ++key) {
      const auto found = then.find(key);
      ASSERT_EQ(found != then.end(), key < 400);
      if (key >= 400) continue;
      ASSERT_EQ(found->second.number, key);
      ASSERT_EQ(std::distance(found, then.end()) + std::distance(then.begin(), found), 400);
    }
  }
}

TEST_F(SnapshotTest, SeveralSnapshotsCopyABucketOnce) {
  inline_map map;
  fill(map, 5000);
  std::vector<inline_map::snapshot_type> snapshots;
  for (int each = 0; each < 5; ++each) snapshots.push_back(map.snapshot());
  copied_value::copies = 0;
  for (std::uint64_t key = 0; key < 5000; ++key) map[key].number = 1;
  EXPECT_EQ(copied_value::copies, 5000u);
  // The copies go to the older ones when the youngest ends, and back with the last.
  while (!snapshots.empty()) {
    EXPECT_EQ(contents(snapshots.back()).at(4999), 4999u);
    EXPECT_EQ(contents(snapshots.front()).at(4999), 4999u);
    EXPECT_EQ(snapshots.front().copied_buckets() != 0, snapshots.size() == 1);
    snapshots.pop_back();
  }
  EXPECT_EQ(copied_value::copies, 5000u);
  EXPECT_EQ(copied_value::living, 5000);
}

TEST_F(SnapshotTest, CopiesGoWhenNobodyNeedsThem) {
  inline_map map;
  fill(map, 5000);
  auto old = map.snapshot();
  for (std::uint64_t key = 0; key < 5000; ++key) map[key].number = 1;
  const std::int64_t living = copied_value::living;
  const std::size_t bytes = default_log().live_bytes;
  for (int round = 0; round < 3; ++round) {
    const auto young = map.snapshot();
    for (std::uint64_t key = 0; key < 5000; ++key) map[key].number += 1;
    EXPECT_EQ(copied_value::living, living + 5000);
  }
  EXPECT_EQ(copied_value::living, living);
  EXPECT_EQ(default_log().live_bytes, bytes);
  EXPECT_EQ(contents(old).at(77), 77u);
}

// Growth from nothing and draining, each operation counted, with a new snapshot now and then.
template <class Map>
void count_operations(std::uint64_t entries, std::size_t most_allocations) {
  allocation_log& log = default_log();
  Map map;
  std::optional<typename Map::snapshot_type> older, newer;
  std::uint64_t most_copied = 0;
  const auto operation = [&](auto&& work) {
    const auto copied = [&] {
      return (older ? older->copied_buckets() : 0) + (newer ? newer->copied_buckets() : 0);
    };
    const std::uint64_t before = copied();
    log.begin_window();
    work();
    ASSERT_LE(log.window_allocations, most_allocations);
    // One of structure, one of an entry's own node, one of the list of the iterator that erase gave.
    ASSERT_LE(log.window_releases, 3u);
    ASSERT_LE(log.largest, 65536u);
    most_copied = std::max<std::uint64_t>(most_copied, copied() - before);
  };
  const auto now_and_then = [&](std::uint64_t turn) {
    if (turn % (entries / 7 + 1) != 0) return;
    older = std::move(newer);
    newer = map.snapshot();
  };
  for (std::uint64_t key = 0; key < entries; ++key) {
    now_and_then(key);
    operation([&] { map.try_emplace(key, key); });
    operation([&] { map.insert_or_assign(scramble(key) % (key + 1), key); });
    if (::testing::Test::HasFatalFailure()) return;
  }
  for (std::uint64_t key = 0; key < entries; ++key) {
    now_and_then(key);
    if (key % 2 == 0) {
      operation([&] { map.erase(key); });
    } else {
      operation([&] { map.erase(map.find(key)); });  // two operations, and they find one bucket
    }
    if (::testing::Test::HasFatalFailure()) return;
  }
  EXPECT_EQ(most_copied, 2u);
  // What had to wait for a copy is done in the end.
  for (int step = 0; step < 100000 && map.maintain(1) != 0; ++step) {
  }
  EXPECT_EQ(map.maintain(0), 0u);
  EXPECT_EQ(map.stats().buckets, 1u);
}

TEST_F(SnapshotTest, AnOperationCopiesTwoBucketsAtMost) {
  count_operations<inline_map>(scaled(2000000, 20000), 2);
}
TEST_F(SnapshotTest, AnOperationCopiesTwoBucketsAtMostWithNodes) {
  count_operations<nodes_map>(scaled(500000, 5000), 80);  // and their entries, each a node
}

// ---- what is about to change ----

TEST_F(SnapshotTest, WhatIsGivenToBeChangedIsCopiedFirst) {
  inline_map map;
  fill(map, 1000);
  const auto check = [&](const char* what, auto&& change) {
    const auto before = contents(std::as_const(map));
    const auto snapshot = map.snapshot();
    change();
    EXPECT_EQ(contents(snapshot), before) << what;
    EXPECT_NE(contents(std::as_const(map)), before) << what;
    EXPECT_EQ(snapshot.copied_buckets(), 1u) << what;
  };
  check("find", [&] { map.find(5)->second.number += 1; });
  check("at", [&] { map.at(6).number += 1; });
  check("get", [&] { map.get(7)->number += 1; });
  check("operator[]", [&] { map[8].number += 1; });
  check("try_emplace", [&] { map.try_emplace(9, 1u).first->second.number += 1; });
  check("insert", [&] { map.insert({10, 1u}).first->second.number += 1; });
  check("emplace", [&] { map.emplace(11, 1u).first->second.number += 1; });
  check("insert_or_assign", [&] { map.insert_or_assign(12, 77777u); });
  check("with a hash", [&] { map.find(13, map.hash_of(13))->second.number += 1; });
  check("equal_range", [&] { map.equal_range(14).first->second.number += 1; });
  check("find_many", [&] {
    const std::array<std::uint64_t, 1> wanted{15};
    std::array<inline_map::value_type*, 1> found{};
    map.find_many(wanted, std::span(found));
    found[0]->second.number += 1;
  });
  check("a loop", [&] { map.begin()->second.number += 1; });
  check("a loop, postfix", [&] {
    auto at = map.begin();
    at++;
    (*at).second.number += 1;
  });
  check("an extracted node", [&] {
    auto node = map.extract(16);
    EXPECT_FALSE(node.empty());
  });
  check("sweep", [&] {
    steady::sweep sweep(map);
    sweep.run(1, [](auto& entry) {
      entry.second.number += 1;
      return false;
    });
  });
}

TEST_F(SnapshotTest, IteratorsFromFindGoOnAsLoops) {
  inline_map map;
  fill(map, 1000);
  const auto before = contents(std::as_const(map));
  {
    const auto snapshot = map.snapshot();
    auto at = map.find(5);
    for (; at != map.end(); ++at) at->second.number += 1;
    EXPECT_EQ(contents(snapshot), before);
  }
  for (std::uint64_t key = 6; key < 100; ++key) {  // the next one is in another bucket now and then
    const auto now = contents(std::as_const(map));
    const auto snapshot = map.snapshot();
    const auto next = map.erase(map.find(key));
    if (next != map.end()) next->second.number += 1;
    EXPECT_EQ(contents(snapshot), now);
  }
}

TEST_F(SnapshotTest, AReferenceTakenBeforeWritesThrough) {
  nodes_map map;
  fill(map, 10);
  copied_value& taken = map.at(5);
  const auto snapshot = map.snapshot();
  taken.number = 50;
  EXPECT_EQ(snapshot.at(5).number, 50u);  // documented: nobody told the map
  map[5].number = 51;
  EXPECT_EQ(snapshot.at(5).number, 50u);
}

TEST_F(SnapshotTest, BuildingAnEntryMayTakeASnapshot) {
  inline_map map;
  fill(map, 13);
  std::optional<inline_map::snapshot_type> snapshot;
  map.try_emplace_with(std::uint64_t{100}, [&] {
    snapshot = map.snapshot();
    return copied_value(100u);
  });
  EXPECT_EQ(map.size(), 14u);
  EXPECT_EQ(snapshot->size(), 13u);
  EXPECT_EQ(contents(*snapshot).size(), 13u);
  EXPECT_FALSE(snapshot->contains(100));
}

// ---- the whole map goes ----

TEST_F(SnapshotTest, OutlivesItsMapWithoutACopy) {
  for (const std::uint64_t size : {0u, 1u, 4u, 13u, 300u, 5000u}) {
    std::optional<inline_map::snapshot_type> snapshot;
    model before;
    {
      inline_map map;
      fill(map, size);
      before = contents(std::as_const(map));
      snapshot = map.snapshot();
      copied_value::copies = 0;
    }
    EXPECT_EQ(copied_value::copies, 0u);
    EXPECT_EQ(copied_value::living, static_cast<std::int64_t>(size));
    EXPECT_EQ(contents(*snapshot), before);
    for (std::uint64_t key = 0; key < size + 3; ++key) EXPECT_EQ(snapshot->contains(key), key < size);
  }
}

TEST_F(SnapshotTest, ClearAssignmentSwapAndMove) {
  inline_map map;
  fill(map, 500);
  const auto all = contents(std::as_const(map));
  const auto first = map.snapshot();
  copied_value::copies = 0;
  map.clear();
  EXPECT_EQ(copied_value::copies, 0u);
  fill(map, 20, 7000);
  const auto few = contents(std::as_const(map));
  const auto second = map.snapshot();
  inline_map other;
  fill(other, 100, 100000);
  const auto others = contents(std::as_const(other));
  const auto third = other.snapshot();
  map.swap(other);  // the second goes with its entries
  map[100000].number = 1;
  other[7000].number = 2;
  inline_map moved(std::move(map));
  moved[100001].number = 3;
  other = std::move(moved);  // the second's entries go
  other[100002].number = 4;
  other = {{1u, 1u}};
  EXPECT_EQ(contents(first), all);
  EXPECT_EQ(contents(second), few);
  EXPECT_EQ(contents(third), others);
  EXPECT_EQ(other.size(), 1u);
}

// A lone first bucket that gets fewer slots has its entries in another order then.
TEST_F(SnapshotTest, AWalkGoesOnWhenTheFirstBucketGetsFewerSlots) {
  inline_map map;
  map.shrink_policy(steady::shrink::never);
  fill(map, 13);
  for (std::uint64_t key = 0; key < 13; ++key)
    if (key != 1 && key != 9 && key != 12) map.erase(key);
  const auto then = map.snapshot();
  std::set<std::uint64_t> met;
  auto at = then.begin();
  met.insert((at++)->first);
  const auto slots = map.bucket_count();
  map.shrink_policy(steady::shrink::automatic);
  map.maintain(10);
  ASSERT_LT(map.bucket_count(), slots);
  for (; at != then.end(); ++at) EXPECT_TRUE(met.insert(at->first).second);
  EXPECT_EQ(met, (std::set<std::uint64_t>{1, 9, 12}));
}

TEST_F(SnapshotTest, EmptyBucketsThatGoAndComeBack) {
  inline_map map;
  map.reserve(2000);
  map.try_emplace(1, 1u);
  const auto then = map.snapshot();
  map.erase(1u);
  map.shrink_to_fit();
  EXPECT_EQ(map.bucket_count(), 0u);
  EXPECT_EQ(contents(then), (model{{1, 1}}));
  fill(map, 3000);
  EXPECT_EQ(contents(then), (model{{1, 1}}));
}

TEST_F(SnapshotTest, ClearedIntoAnotherMapItStaysThere) {
  inline_map map, gone;
  fill(map, 100);
  const auto all = contents(std::as_const(map));
  const auto then = map.snapshot();
  map.clear_into(gone);
  fill(map, 100, 50);
  EXPECT_EQ(contents(then), all);
  gone[5].number = 1;
  gone.erase(6u);
  EXPECT_EQ(contents(then), all);
  EXPECT_GE(then.copied_buckets(), 1u);
}

TEST_F(SnapshotTest, MovesAmongUnequalAllocatorsAndMerges) {
  allocation_log far;
  {
    inline_map map;
    fill(map, 300);
    const auto all = contents(std::as_const(map));
    const auto first = map.snapshot();
    inline_map away(std::move(map), snapshot_allocator(far));  // entry by entry
    EXPECT_EQ(contents(first), all);
    EXPECT_EQ(away.size(), 300u);
  }
  EXPECT_EQ(far.live_blocks, 0u);
  inline_map from, to;
  fill(from, 200);
  fill(to, 100);
  const auto from_before = contents(std::as_const(from));
  const auto to_before = contents(std::as_const(to));
  const auto from_then = from.snapshot();
  const auto to_then = to.snapshot();
  to.merge(from);
  EXPECT_EQ(from.size(), 100u);
  EXPECT_EQ(to.size(), 200u);
  EXPECT_EQ(contents(from_then), from_before);
  EXPECT_EQ(contents(to_then), to_before);
}

TEST_F(SnapshotTest, AMovedFromSnapshotIsEmpty) {
  inline_map map;
  fill(map, 10);
  auto snapshot = map.snapshot();
  auto taken = std::move(snapshot);
  EXPECT_TRUE(snapshot.empty());  // NOLINT(bugprone-use-after-move): that is what is tested
  EXPECT_EQ(snapshot.begin(), snapshot.end());
  EXPECT_FALSE(snapshot.contains(1));
  EXPECT_EQ(taken.size(), 10u);
  EXPECT_THROW((void)taken.at(11), std::out_of_range);
  taken = map.snapshot();
  EXPECT_EQ(taken.size(), 10u);
}

// ---- other containers, other types ----

TEST(SnapshotOfSets, KeepTheirKeys) {
  steady::snapshot_set<std::string> set{"a", "b", "c"};
  const auto then = set.snapshot();
  set.insert("a");
  EXPECT_TRUE(set.contains("b"));
  EXPECT_EQ(then.copied_buckets(), 0u);  // a set gives nothing that could be written through
  set.erase("b");
  set.insert("d");
  EXPECT_TRUE(then.contains("b"));
  EXPECT_FALSE(then.contains("d"));
  EXPECT_EQ(std::set<std::string>(then.begin(), then.end()), (std::set<std::string>{"a", "b", "c"}));
  steady::snapshot_node_set<int> nodes{1, 2};
  const auto before = nodes.snapshot();
  nodes.clear();
  EXPECT_EQ(std::set<int>(before.begin(), before.end()), (std::set<int>{1, 2}));
}

TEST(SnapshotOfStrings, KeyOfAnotherTypeAndMemoryResource) {
  std::pmr::unsynchronized_pool_resource memory;
  using text_map =
      steady::map<std::pmr::string, std::pmr::string, steady::hash<std::pmr::string>, std::equal_to<>,
                  std::pmr::polymorphic_allocator<std::pair<const std::pmr::string, std::pmr::string>>, on>;
  text_map map(&memory);
  for (int each = 0; each < 100; ++each)
    map.try_emplace(std::pmr::string("a key that is longer than a short string ") +
                        std::to_string(each).c_str(),
                    "a value that is longer than a short string");
  const auto then = map.snapshot();
  for (auto& [key, text] : map) text = "changed";
  const std::string_view wanted = "a key that is longer than a short string 7";
  ASSERT_TRUE(then.contains(wanted));
  EXPECT_EQ(then.find(wanted)->second, "a value that is longer than a short string");
  EXPECT_EQ(then.at(wanted).get_allocator().resource(), &memory);
  EXPECT_EQ(map.at(wanted), "changed");
}

}  // namespace
}  // namespace steady_test
