// What steady::map has beyond std::unordered_map: get, try_emplace_with, hash_of and the calls that take that
// hash, prefetch, clear_some, maintain, shuffled, stats, memory_usage.
#include <gtest/gtest.h>

#include <steady/map.hpp>
#include <steady/set.hpp>
#include <steady/sweep.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "../support/counting_allocator.hpp"
#include "../support/counting_key.hpp"
#include "../support/functors.hpp"

namespace steady_test {
namespace {

TEST(GetTest, IsTheValueOrNull) {
  steady::map<std::string, int> m;
  EXPECT_EQ(m.get("a"), nullptr);
  m["a"] = 1;
  if (int* value = m.get("a")) *value = 2;
  EXPECT_EQ(m.at("a"), 2);
  EXPECT_EQ(m.get("b"), nullptr);
  EXPECT_EQ(m.size(), 1u);
  static_assert(std::is_same_v<decltype(m.get("a")), int*>);
  static_assert(std::is_same_v<decltype(std::as_const(m).get("a")), const int*>);
  steady::map<std::string, int, transparent_string_hash, transparent_string_equal> t;
  t["a"] = 1;
  EXPECT_EQ(*t.get(std::string_view("a")), 1);
}

TEST(TryEmplaceWithTest, CallsTheFactoryOnlyWhenAbsent) {
  steady::map<int, std::string> m;
  int calls = 0;
  const auto factory = [&] {
    ++calls;
    return std::string("made");
  };
  EXPECT_TRUE(m.try_emplace_with(1, factory).second);
  EXPECT_FALSE(m.try_emplace_with(1, factory).second);
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(m.at(1), "made");
}

struct pinned {
  explicit pinned(int n) : value(n) {}
  pinned(pinned&&) = delete;
  int value;
};

TEST(TryEmplaceWithTest, BuildsImmovableValuesInPlace) {
  steady::map<int, pinned> m;
  EXPECT_TRUE(m.try_emplace_with(1, [] { return pinned(5); }).second);
  EXPECT_EQ(m.at(1).value, 5);
}

TEST(TryEmplaceWithTest, AFactoryMayUseTheMap) {
  steady::map<int, int> fibonacci;
  const auto compute = [&](auto&& self, int n) -> int {
    return fibonacci.try_emplace_with(n, [&] { return n < 2 ? n : self(self, n - 1) + self(self, n - 2); })
        .first->second;
  };
  EXPECT_EQ(compute(compute, 40), 102'334'155);
  EXPECT_EQ(fibonacci.size(), 41u);
}

TEST(TryEmplaceWithTest, AFactoryThatInsertsTheKeyItselfWins) {
  steady::map<int, int> m;
  for (int n = 0; n < 100; ++n) {
    const auto result = m.try_emplace_with(n, [&] {
      m[n] = 1;
      return 2;
    });
    EXPECT_FALSE(result.second);
    EXPECT_EQ(result.first->second, 1);
  }
  EXPECT_EQ(m.size(), 100u);
}

TEST(HashOfTest, ALookupWithTheHashHashesNothing) {
  steady::map<counting_key, int, counting_hash> m;
  for (std::uint64_t n = 0; n < 1000; ++n) m.try_emplace(counting_key(n), static_cast<int>(n));
  for (std::uint64_t n = 0; n < 2000; ++n) {
    const counting_key key(n);
    const auto hash = m.hash_of(key);
    const auto before = counted().hashes;
    m.prefetch_hash(hash);
    const auto found = m.find(key, hash);
    ASSERT_EQ(found != m.end(), n < 1000);
    ASSERT_EQ(std::as_const(m).find(key, hash) != m.cend(), n < 1000);
    ASSERT_EQ(counted().hashes, before);
  }
}

TEST(HashOfTest, TryEmplaceTakesTheHash) {
  steady::map<std::string, int> m;
  const std::string key = "key";
  const auto hash = m.hash_of(key);  // of an empty map: draws the seed
  EXPECT_TRUE(m.try_emplace_hashed(hash, key, 1).second);
  EXPECT_FALSE(m.try_emplace_hashed(hash, key, 2).second);
  EXPECT_EQ(m.at(key), 1);
  EXPECT_EQ(m.hash_of(key), hash);
}

TEST(PrefetchTest, IsHarmlessAnywhere) {
  steady::map<int, int> m;
  m.prefetch(1);
  m[1] = 1;
  m.prefetch(1);
  m.prefetch(2);
  EXPECT_EQ(m.size(), 1u);
}

TEST(ClearSomeTest, ErasesUpToSoMany) {
  steady::map<int, std::string> m;
  for (int n = 0; n < 1000; ++n) m[n] = std::to_string(n);
  m.clear_some(100);
  EXPECT_EQ(m.size(), 900u);
  m.clear_some(0);
  EXPECT_EQ(m.size(), 900u);
  std::size_t met = 0;
  for (const auto& [key, value] : m) {
    EXPECT_EQ(value, std::to_string(key));
    ++met;
  }
  EXPECT_EQ(met, 900u);
  m.clear_some(5000);
  EXPECT_TRUE(m.empty());
  m.clear_some(1);
  EXPECT_TRUE(m.empty());
}

TEST(SweepTest, VisitsEveryEntryOnceOverManyCalls) {
  steady::map<int, int> m;
  for (int n = 0; n < 1000; ++n) m[n] = 0;
  steady::sweep sweep{m};
  int calls = 0;
  int visits = 0;
  while (sweep.run(7, [&](auto& entry) {
    ++visits;
    ++entry.second;
    return entry.first % 3 == 0;
  })) {
    ++calls;
  }
  EXPECT_TRUE(sweep.finished());
  EXPECT_EQ(visits, 1000);
  EXPECT_GE(calls, 1000 / 7);
  EXPECT_EQ(sweep.erased(), 334u);
  EXPECT_EQ(m.size(), 666u);
  for (const auto& [key, times] : m) EXPECT_TRUE(key % 3 != 0 && times == 1);
  sweep.restart();
  EXPECT_FALSE(sweep.run(10'000, [](const auto&) { return true; }));
  EXPECT_TRUE(m.empty());
}

TEST(SweepTest, TheMapMayChangeBetweenTheCalls) {
  steady::map<int, int> m;
  for (int n = 0; n < 1000; ++n) m[n] = 0;
  steady::sweep sweep{m};
  int next = 1000;
  while (sweep.run(3, [](auto& entry) {
    ++entry.second;
    return false;
  })) {
    for (int n = 0; n < 5 && next < 3000; ++n) m[next++] = 0;
    m.erase(next % 1000);
  }
  for (const auto& [key, times] : m) EXPECT_TRUE(times == 1 || (key >= 1000 && times <= 1)) << key;
}

TEST(SweepTest, OutlivesItsMap) {
  auto m = std::make_unique<steady::map<int, int>>();
  for (int n = 0; n < 100; ++n) (*m)[n] = 0;
  steady::sweep sweep{*m};
  EXPECT_TRUE(sweep.run(10, [](const auto&) { return false; }));
  m.reset();
  EXPECT_FALSE(sweep.run(1, [](const auto&) { return false; }));
}

TEST(MaintainTest, DoesWhatIsDueAndSaysWhatIsLeft) {
  steady::map<int, int> m;
  EXPECT_EQ(m.maintain(10), 0u);
  for (int n = 0; n < 50'000; ++n) m[n] = n;
  m.shrink_policy(steady::shrink::never);
  for (int n = 100; n < 50'000; ++n) m.erase(n);
  m.shrink_policy(steady::shrink::automatic);
  const auto due = m.maintain(0);
  EXPECT_GT(due, 100u);
  EXPECT_LT(m.maintain(10), due);
  // A step may make a release due, so the work left does not fall with every step; it never grows.
  std::uint64_t left = due;
  for (std::uint64_t calls = 0; left != 0; ++calls) {
    ASSERT_LT(calls, 2 * due);
    const auto now = m.maintain(1);
    ASSERT_LE(now, left);
    left = now;
  }
  EXPECT_LT(m.stats().buckets, 32u);
  for (int n = 0; n < 100; ++n) EXPECT_EQ(m.at(n), n);
}

TEST(StatsTest, AgreeWithTheMap) {
  steady::map<std::uint64_t, int> m;
  EXPECT_EQ(m.stats().size, 0u);
  EXPECT_EQ(m.stats().bytes(), 0u);
  for (std::uint64_t n = 0; n < 5000; ++n) {
    m[n] = 1;
    if (n % 97 != 0) continue;
    const auto stats = m.stats();
    ASSERT_EQ(stats.size, n + 1);
    ASSERT_EQ(stats.slots, m.bucket_count());
    std::uint64_t probed = 0;
    for (const auto count : stats.probe_lengths) probed += count;
    ASSERT_EQ(probed, stats.size) << "every entry has a probe length";
    ASSERT_GE(stats.buckets, std::uint64_t{1} << stats.B);
    ASSERT_LT(stats.buckets, std::uint64_t{2} << stats.B);
    ASSERT_EQ(stats.buckets, (std::uint64_t{1} << stats.B) + stats.nevacuate);
    ASSERT_EQ(stats.entry_bytes, 0u);
    ASSERT_LE(stats.overflow_entries, stats.size);
    ASSERT_LE(stats.overflow_entries, 4 * stats.overflow_nodes);
    ASSERT_GE(stats.growth_progress(), 0.0);
    ASSERT_LE(stats.growth_progress(), 1.0);
  }
  EXPECT_GT(m.stats().entries_moved, 0u);
}

template <class Map>
void usage_agrees() {
  allocation_log log;
  Map m{typename Map::allocator_type(log)};
  const auto agree = [&] { ASSERT_EQ(m.memory_usage(), log.live_bytes) << m.size() << " entries"; };
  agree();
  for (std::uint64_t n = 0; n < 3000; ++n) {
    m.try_emplace(scramble(n));
    agree();
  }
  for (std::uint64_t n = 0; n < 3000; ++n) {
    m.erase(scramble(n));
    agree();
  }
  m.reserve(10'000);
  agree();
  m.clear();
  agree();
  EXPECT_EQ(m.stats().bytes(), log.live_bytes);
}

TEST(MemoryUsageTest, IsWhatTheAllocatorGave) {
  using key = std::uint64_t;
  using small = payload<8>;
  using large = payload<600>;
  usage_agrees<steady::map<key, small, std::hash<key>, std::equal_to<key>,
                           counting_allocator<std::pair<const key, small>>>>();
  usage_agrees<steady::map<key, large, std::hash<key>, std::equal_to<key>,
                           counting_allocator<std::pair<const key, large>>>>();
  usage_agrees<steady::node_map<key, small, std::hash<key>, std::equal_to<key>,
                                counting_allocator<std::pair<const key, small>>>>();
  usage_agrees<steady::map<key, small, constant_hash, std::equal_to<key>,
                           counting_allocator<std::pair<const key, small>>>>();
}

TEST(SetTest, HasTheSameBeyond) {
  steady::set<std::string> s{"a", "b", "c"};
  EXPECT_EQ(s.find("a", s.hash_of("a")), s.find("a"));
  s.prefetch("a");
  std::size_t met = 0;
  for (const auto& key : s.shuffled()) met += key.size();
  EXPECT_EQ(met, 3u);
  EXPECT_EQ(s.stats().size, 3u);
  EXPECT_GT(s.memory_usage(), 0u);
  s.clear_some(2);
  EXPECT_EQ(s.size(), 1u);
  EXPECT_EQ(s.maintain(10), 0u);
}

// ---- find_many ----

// Every answer is that of a single find, in every state of the table: empty, of few slots, settled, while it grows and shrinks,
// with chains, and with a directory of several levels.
template <class Map>
void expect_the_answers_of_single_finds(Map& map, std::uint64_t first, std::uint64_t count) {
  std::vector<std::uint64_t> keys;
  for (std::uint64_t n = first; n < first + count; ++n) keys.push_back(n);
  std::vector<typename Map::value_type*> found(count + 1, reinterpret_cast<typename Map::value_type*>(1));
  std::size_t present = 0;
  const std::size_t told = map.find_many(keys, found);
  for (std::size_t each = 0; each < count; ++each) {
    const auto single = map.find(keys[each]);
    EXPECT_EQ(found[each], single == map.end() ? nullptr : &*single) << keys[each] << " of " << map.size();
    present += single != map.end();
  }
  EXPECT_EQ(told, present);
  EXPECT_EQ(found[count], reinterpret_cast<typename Map::value_type*>(1)) << "wrote behind the keys' answers";
}

template <class Hash, class Options = steady::options<>>
using searched_map = steady::map<std::uint64_t, std::uint64_t, Hash, std::equal_to<std::uint64_t>,
                                 std::allocator<std::pair<const std::uint64_t, std::uint64_t>>, Options>;

template <class Map>
void prove_find_many(std::uint64_t most) {
  Map map;
  expect_the_answers_of_single_finds(map, 0, 40);
  for (std::uint64_t n = 0; n < most; ++n) {
    map.try_emplace(2 * n, n);
    if (n < 40 || n % 61 == 0) expect_the_answers_of_single_finds(map, n < 20 ? 0 : 2 * n - 35, 37);
  }
  expect_the_answers_of_single_finds(map, 0, 2 * most);
  for (std::uint64_t n = 0; n < most; ++n) {
    map.erase(2 * n);
    if (n + 40 > most || n % 61 == 0) expect_the_answers_of_single_finds(map, 2 * n, 37);
  }
  expect_the_answers_of_single_finds(map, 0, 40);
}

struct hash_with_few_values {
  std::size_t operator()(std::uint64_t key) const noexcept { return key % 32; }
};

TEST(FindManyTest, AnswersAsSingleFindsDo) {
  prove_find_many<searched_map<steady::hash<std::uint64_t>>>(5'000);
  prove_find_many<searched_map<steady::hash<std::uint64_t>, steady::options<steady::block_limit{1024}>>>(
      3'000);
  prove_find_many<searched_map<hash_with_few_values>>(300);
}

TEST(FindManyTest, HashesEachKeyOnce) {
  steady::map<counting_key, int, counting_hash> map;
  std::vector<counting_key> keys;
  for (std::uint64_t n = 0; n < 1'000; ++n) keys.emplace_back(n);
  for (const counting_key& key : keys) map.try_emplace(key, 0);
  std::vector<std::pair<const counting_key, int>*> found(keys.size());
  counted() = {};
  EXPECT_EQ(map.find_many(keys, found), keys.size());
  EXPECT_EQ(counted().hashes, keys.size());
  EXPECT_EQ(counted().copies + counted().moves, 0u);
}

TEST(FindManyTest, TakesKeysOfAnotherType) {
  steady::map<std::string, int, transparent_string_hash, transparent_string_equal> map{{"a", 1}, {"b", 2}};
  const std::string_view keys[] = {"b", "c", "a"};
  std::vector<const std::pair<const std::string, int>*> found(3);
  EXPECT_EQ(std::as_const(map).find_many(keys, found), 2u);
  EXPECT_EQ(found[0]->second, 2);
  EXPECT_EQ(found[1], nullptr);
  EXPECT_EQ(found[2]->second, 1);
  const steady::set<std::string> set{"x"};
  const std::vector<std::string> names{"x", "y"};
  std::vector<const std::string*> entries(2);
  EXPECT_EQ(set.find_many(names, entries), 1u);
  EXPECT_EQ(*entries[0], "x");
}

TEST(FindManyTest, ThrowsWithoutRoomForTheAnswers) {
  steady::map<int, int> map;
  const std::vector<int> keys(3);
  std::vector<std::pair<const int, int>*> found(2);
  EXPECT_THROW(map.find_many(keys, found), std::length_error);
}

}  // namespace
}  // namespace steady_test
