// sync_map: the nine statements of Go's sync.Map (survey 4.1), each under its number, and what C++ adds to them.
//
// The facts are those of Go's sync/map_test.go (named at each test); the tests are the project's own. Linearisability, the
// third statement, has a program of its own: sync_map_linearisable_test.
#include <gtest/gtest.h>

#include <steady/locked_map.hpp>
#include <steady/sync_map.hpp>

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <vector>

#include "support/counting_allocator.hpp"
#include "support/random.hpp"
#include "support/scale.hpp"

namespace steady_test {
namespace {

using numbers = steady::sync_map<int, int>;

// Runs `work(thread)` in so many threads at once.
template <class Work>
void in_threads(int count, Work work) {
  std::vector<std::thread> threads;
  for (int thread = 0; thread < count; ++thread) threads.emplace_back([&work, thread] { work(thread); });
  for (auto& each : threads) each.join();
}

TEST(SyncMap, Statement1AFreshMapIsReadyAndCannotBeCopied) {
  numbers m;
  EXPECT_EQ(m.load(1), std::nullopt);
  EXPECT_TRUE(m.empty());
  static_assert(!std::is_copy_constructible_v<numbers> && !std::is_copy_assignable_v<numbers>);
  static_assert(!std::is_move_constructible_v<numbers> && !std::is_move_assignable_v<numbers>);
}

template <class Map>
concept in_place = requires(Map& m) { m.update(1, [](int&) {}); };

template <class Map>
void expect_random_operations_to_equal_a_model() {
  random_source random(2);
  for (int round = 0; round < 20; ++round) {
    Map m;
    std::map<int, int> model;
    const auto had = [&](int key) {
      const auto at = model.find(key);
      return at == model.end() ? std::optional<int>() : std::optional<int>(at->second);
    };
    for (std::size_t step = 0; step < scaled(100'000, 2'000); ++step) {
      const int key = static_cast<int>(random.below(64));
      const int value = static_cast<int>(random.below(4));
      const std::optional<int> before = had(key);
      switch (random.below(12)) {
      case 0:
        ASSERT_EQ(m.load(key), before);
        break;
      case 1:
        m.store(key, value);
        model[key] = value;
        break;
      case 2: {
        const auto [actual, loaded] = m.load_or_store(key, value);
        ASSERT_EQ(loaded, before.has_value());
        ASSERT_EQ(actual, before.value_or(value));
        model.try_emplace(key, value);
        break;
      }
      case 3:
        ASSERT_EQ(m.load_and_delete(key), before);
        model.erase(key);
        break;
      case 4:
        ASSERT_EQ(m.erase(key), before.has_value());
        model.erase(key);
        break;
      case 5:
        ASSERT_EQ(m.swap(key, value), before);
        model[key] = value;
        break;
      case 6: {
        const bool swaps = before == 1;
        ASSERT_EQ(m.compare_and_swap(key, 1, value), swaps);
        if (swaps) model[key] = value;
        break;
      }
      case 7: {
        const bool deletes = before == value;
        ASSERT_EQ(m.compare_and_delete(key, value), deletes);
        if (deletes) model.erase(key);
        break;
      }
      case 8:
        if constexpr (in_place<Map>) {
          ASSERT_EQ(m.update(key, [](int& v) { ++v; }), before.has_value());
          if (before) ++model[key];
        }
        break;
      case 9:
        if constexpr (in_place<Map>) {
          const bool stays = m.compute(key, [](std::optional<int>& v) {
            if (!v) {
              v = 1;
            } else if (*v % 2 == 0) {
              v.reset();
            } else {
              *v += 1;
            }
          });
          ASSERT_EQ(stays, !before || *before % 2 != 0);
          if (!before) {
            model[key] = 1;
          } else if (*before % 2 == 0) {
            model.erase(key);
          } else {
            model[key] += 1;
          }
        }
        break;
      case 10:
        if (random.one_in(50)) {
          m.clear();
          model.clear();
        }
        break;
      default: {
        std::map<int, int> seen;
        m.range([&](int k, int v) { ASSERT_TRUE(seen.emplace(k, v).second); });
        ASSERT_EQ(seen, model);
      }
      }
      ASSERT_EQ(m.size(), model.size());
    }
  }
}
// Go: TestMapMatchesRWMutex, TestMapMatchesDeepCopy.
TEST(SyncMap, Statement2RandomOperationsEqualThoseOfAModel) {
  expect_random_operations_to_equal_a_model<numbers>();
}
TEST(LockedMap, RandomOperationsEqualThoseOfAModel) {
  expect_random_operations_to_equal_a_model<steady::locked_map<int, int>>();
}

// Go: BenchmarkLoadOrStoreCollision. One of the racing callers stores, the others load what it stored.
TEST(SyncMap, Statement3OneOfManyLoadOrStoresStores) {
  for (int round = 0; round < 200; ++round) {
    numbers m(1);
    std::atomic<int> stored{0}, winner{-1};
    std::array<std::atomic<int>, 3> got{};
    in_threads(3, [&](int thread) {
      const auto [value, loaded] = m.load_or_store(7, thread);
      got[static_cast<std::size_t>(thread)] = value;
      if (loaded) return;
      ++stored;
      winner = thread;
    });
    ASSERT_EQ(stored, 1);
    for (const auto& each : got) ASSERT_EQ(each, winner);
  }
}

// Go: TestCompareAndSwap_NonExistingKey (go#51972).
TEST(SyncMap, Statement4CompareAndSwapOfAnAbsentKeyIsFalse) {
  steady::sync_map<int, std::shared_ptr<int>> m;
  EXPECT_FALSE(m.compare_and_swap(1, nullptr, std::make_shared<int>(1)));
  EXPECT_FALSE(m.compare_and_delete(1, nullptr));
  EXPECT_FALSE(m.contains(1));
}
template <class Map>
concept compares_and_swaps =
    requires(Map& m) { m.compare_and_swap(1, typename Map::mapped_type{}, typename Map::mapped_type{}); };
struct without_equality {};
static_assert(compares_and_swaps<numbers> && !compares_and_swaps<steady::sync_map<int, without_equality>>);

// Go: go#70970. Increments by compare_and_swap and swaps to and fro lose nothing between them.
TEST(SyncMap, Statement4CompareAndSwapIsAtomicAgainstSwap) {
  const int rounds = static_cast<int>(scaled(1'000'000, 5'000));
  numbers m;
  m.store(1, 0);
  long taken = 0;
  in_threads(2, [&](int thread) {
    for (int round = 0; round < rounds; ++round) {
      if (thread == 0) {
        int seen = *m.load(1);
        while (!m.compare_and_swap(1, seen, seen + 1)) seen = *m.load(1);
      } else {
        taken += *m.swap(1, 0);
      }
    }
  });
  EXPECT_EQ(taken + *m.load(1), rounds);
}

// Go: TestConcurrentRange. 1,024 keys are there throughout, others come and go: every range meets each of the first exactly once.
TEST(SyncMap, Statement5RangeMeetsWhatStaysExactlyOnceWhileOthersStore) {
  constexpr int staying = 1024;
  numbers m(4);
  for (int key = 0; key < staying; ++key) m.store(key, key);
  std::atomic<bool> done{false};
  in_threads(3, [&](int thread) {
    if (thread == 0) {
      for (std::size_t round = 0; round < scaled(2'000, 40); ++round) {
        std::vector<int> met(staying, 0);
        std::set<int> others;
        m.range([&](int key, int value) {
          if (key >= staying) {
            ASSERT_TRUE(others.insert(key).second) << key;
            return;
          }
          ++met[static_cast<std::size_t>(key)];
          ASSERT_EQ(value % staying, key);
        });
        for (const int count : met) ASSERT_EQ(count, 1);
      }
      done = true;
      return;
    }
    random_source random(static_cast<std::uint64_t>(thread));
    while (!done) {
      // Many passing keys, then none: the shards grow and shrink under the ranges.
      for (int pass = 0; pass < 4'000 && !done; ++pass) {
        const int key = staying + static_cast<int>(random.below(8'000));
        m.store(key, key);
        const int kept = static_cast<int>(random.below(staying));
        m.store(kept, kept + staying * thread);
      }
      for (int key = staying; key < staying + 8'000 && !done; ++key) m.erase(key);
    }
  });
}

// Go: TestMapRangeNestedCall (#46399).
TEST(SyncMap, Statement5RangeMayDoAnythingToTheMapInside) {
  numbers m;
  for (int key = 0; key < 300; ++key) m.store(key, key);
  int visited = 0;
  m.range([&](int key, int) {
    ++visited;
    int nested = 0;
    if (key % 100 == 0) m.range([&](int, int) { ++nested; });
    m.store(1'000 + key, 1);
    m.erase(key);
    return true;
  });
  EXPECT_GE(visited, 300);
  for (int key = 0; key < 300; ++key) EXPECT_FALSE(m.contains(key));
  m.range([&](int, int) { m.clear(); });
  EXPECT_TRUE(m.empty());
}

TEST(SyncMap, Statement5RangeStopsWhenToldTo) {
  numbers m;
  for (int key = 0; key < 100; ++key) m.store(key, key);
  int visited = 0;
  m.range([&](int, int) { return ++visited < 10; });
  EXPECT_EQ(visited, 10);
}

// Go: TestConcurrentClear.
TEST(SyncMap, Statement6ClearIsSafeAgainstOthersAndLeavesNothing) {
  numbers m;
  in_threads(3, [&](int thread) {
    for (int round = 0; round < static_cast<int>(scaled(100'000, 2'000)); ++round) {
      if (thread == 2 && round % 100 == 0) {
        m.clear();
      } else if (thread != 2) {
        m.store(round % 500 + thread * 500, round);
        (void)m.load(round % 1'000);
      }
    }
  });
  m.clear();
  m.range([](int, int) { FAIL(); });
  EXPECT_EQ(m.size(), 0u);
}

// Go: TestMapRangeNoAllocations (#62404), TestMapClearNoAllocations. And Go: TestIssue40999: ever new keys leak nothing.
TEST(SyncMap, Statements6And7MemoryIsThatOfWhatIsThere) {
  allocation_log log;
  using counted = steady::sync_map<int, int, steady::hash<int>, std::equal_to<int>,
                                   counting_allocator<std::pair<const int, int>>>;
  counted m(8, {}, {}, counting_allocator<std::pair<const int, int>>(log));
  const auto made = log.allocations;
  m.range([](int, int) { FAIL(); });
  m.clear();
  EXPECT_EQ(log.allocations, made);
  for (int key = 0; key < 100; ++key) {
    m.store(key, key);
    m.erase(key);
  }
  const auto bytes = log.live_bytes;
  for (int key = 100; key < static_cast<int>(scaled(1'000'000, 20'000)); ++key) {
    m.store(key, key);
    m.erase(key);
  }
  EXPECT_LE(log.live_bytes, bytes + 8 * 200);
}

// Statement 8 is the shards' own: G1 is proved of steady::map. Here: an operation holds one lock, so shards do not wait for each
// other, and a visitor in one does not hold up the others.
TEST(SyncMap, Statement8AVisitorHoldsUpItsOwnShardOnly) {
  numbers m(64);
  for (int key = 0; key <= 16; ++key) m.store(key, key);
  std::atomic<int> reached{0};
  std::vector<std::thread> askers;
  m.visit(0, [&](const int&) {
    for (int key = 1; key <= 16; ++key) askers.emplace_back([&, key] { reached += m.contains(key) ? 1 : 0; });
    while (reached < 8)
      std::this_thread::yield();  // that nine of sixteen share a shard of 64 does not happen
  });
  for (auto& each : askers) each.join();
  EXPECT_EQ(reached, 16);
}

TEST(SyncMap, Statement9SizeAndEraseManyAndHeterogeneousKeys) {
  struct text_hash {
    using is_transparent = void;
    std::uint64_t operator()(std::string_view text, std::uint64_t seed) const {
      return steady::hash<std::string_view>{}(text, seed);
    }
  };
  steady::sync_map<std::string, int, text_hash, std::equal_to<>> m;
  for (int key = 0; key < 1'000; ++key) m.store(std::to_string(key), key);
  EXPECT_EQ(m.size(), 1'000u);
  EXPECT_EQ(m.load(std::string_view("17")), 17);
  EXPECT_TRUE(m.erase(std::string_view("17")));
  const std::vector<std::string_view> some{"1", "2", "3", "17", "none"};
  EXPECT_EQ(m.erase_many(some), 3u);
  EXPECT_EQ(m.size(), 996u);
  EXPECT_EQ(m.erase_if([](const std::string&, int value) { return value >= 500; }), 500u);
  EXPECT_EQ(m.size(), 496u);
  int sum = 0;
  m.range_visit([&](const std::string&, int& value) {
    value = 1;
    sum += value;
  });
  EXPECT_EQ(sum, 496);
  EXPECT_GT(m.memory_usage(), 496u * sizeof(std::string));
}

TEST(SyncMap, ValuesThatCannotBeCopiedAreVisited) {
  steady::sync_map<int, std::unique_ptr<int>> m;
  m.store(1, std::make_unique<int>(5));
  int seen = 0;
  EXPECT_TRUE(m.visit(1, [&](const std::unique_ptr<int>& value) { seen = *value; }));
  EXPECT_EQ(seen, 5);
  EXPECT_EQ(**m.load_and_delete(1), 5);
}

// A key that was moved in is moved from if it is new, and only then; so keys that cannot be copied can be stored.
template <class Map>
void expect_keys_to_be_moved_in() {
  using text = std::unique_ptr<int>;
  Map m;
  text keys[5];
  int* places[5];
  for (int at = 0; at < 5; ++at) {
    keys[at] = std::make_unique<int>(at);
    places[at] = keys[at].get();
  }
  m.store(std::move(keys[0]), 10);
  EXPECT_EQ(m.load_or_store(std::move(keys[1]), 11), std::pair(11, false));
  EXPECT_EQ(m.swap(std::move(keys[2]), 12), std::nullopt);
  for (int at = 0; at < 3; ++at) {
    EXPECT_EQ(keys[at], nullptr);
    text same(places[at]);  // equal to the key, which has it
    EXPECT_EQ(m.load(same), 10 + at);
    m.store(std::move(same), 20);
    EXPECT_EQ(m.load_or_store(std::move(same), 30), std::pair(20, true));
    EXPECT_EQ(m.swap(std::move(same), 40), 20);
    EXPECT_EQ(same.release(), places[at]) << "it was there already";
  }
  if constexpr (requires { m.compute(std::move(keys[3]), [](std::optional<int>&) {}); }) {
    EXPECT_FALSE(m.compute(std::move(keys[3]), [](std::optional<int>&) {}));
    EXPECT_NE(keys[3], nullptr) << "nothing was stored";
    EXPECT_TRUE(m.compute(std::move(keys[3]), [](std::optional<int>& value) { value = 13; }));
    EXPECT_EQ(keys[3], nullptr);
    EXPECT_EQ(m.size(), 4u);
  }
}
TEST(SyncMap, KeysAreMovedInWhenTheyAreNew) {
  expect_keys_to_be_moved_in<steady::sync_map<std::unique_ptr<int>, int>>();
}
TEST(LockedMap, KeysAreMovedInWhenTheyAreNew) {
  expect_keys_to_be_moved_in<steady::locked_map<std::unique_ptr<int>, int>>();
}

TEST(SyncMap, ComputeKeepsWhatItsFunctionLeavesWhenItThrows) {
  numbers m;
  m.store(1, 1);
  EXPECT_THROW(m.compute(1,
                         [](std::optional<int>& v) {
                           v = 2;
                           throw 0;
                         }),
               int);
  EXPECT_EQ(m.load(1), 2);
  EXPECT_THROW(m.compute(1,
                         [](std::optional<int>& v) {
                           v.reset();
                           throw 0;
                         }),
               int);
  EXPECT_FALSE(m.contains(1));
  EXPECT_THROW(m.compute(1,
                         [](std::optional<int>& v) {
                           v = 3;
                           throw 0;
                         }),
               int);
  EXPECT_FALSE(m.contains(1));
}

// A visitor that comes back is reported and never waits for itself, in its own shard or another.
TEST(SyncMapDeathTest, AVisitorThatUsesItsMapIsReported) {
  numbers m;
  m.store(1, 1);
  EXPECT_DEATH(m.visit(1, [&](int) { m.store(2, 2); }), "from inside its own visitor");
  EXPECT_DEATH(m.update(1, [&](int&) { (void)m.load(1); }), "operation: load");
  EXPECT_DEATH(m.range_visit([&](int, int&) { m.clear(); }), "operation: clear");
  EXPECT_DEATH((void)m.erase_if([&](int, int) { return m.empty(); }), "from inside its own visitor");
  steady::locked_map<int, int> locked;
  locked.store(1, 1);
  EXPECT_DEATH(locked.range([&](int, int) { locked.erase(1); }), "operation: erase");
  numbers other;
  m.visit(1, [&](int) { other.store(2, 2); });  // another map is none of its business
  EXPECT_EQ(other.load(2), 2);
}

}  // namespace
}  // namespace steady_test
