// Issue 5, "See inside", line 1: events. One observer for map and set: every kind of event is told when it happens and
// only then, what an observer throws stays with it, and one that uses its map is refused.
#include <gtest/gtest.h>

#include <steady/observe.hpp>
#include <steady/registry.hpp>

#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace steady_test {
namespace {

using steady::event_kind;

template <class Observer, class Value = std::uint64_t, class Hash = steady::hash<std::uint64_t>>
using map_told = steady::map<std::uint64_t, Value, Hash, std::equal_to<std::uint64_t>,
                             std::allocator<std::pair<const std::uint64_t, Value>>,
                             steady::options<steady::observe_by<Observer>>>;

struct noted {
  inline static std::vector<steady::event> events;
  inline static std::map<event_kind, std::uint64_t> number;
  inline static std::uint64_t bytes = 0;

  static void on_event(const steady::event& e) {
    events.push_back(e);
    ++number[e.kind];
    if (e.kind == event_kind::block_allocated) bytes += e.amount;
    if (e.kind == event_kind::block_freed) bytes -= e.amount;
  }
};
using noted_map = map_told<noted>;

struct all_alike {
  std::uint64_t operator()(std::uint64_t) const noexcept { return 7; }
};

class InsideEvents : public ::testing::Test {
 protected:
  InsideEvents() {
    noted::events.clear();
    noted::number.clear();
    noted::bytes = 0;
  }
  static std::uint64_t number(event_kind kind) { return noted::number[kind]; }
};

TEST_F(InsideEvents, GrowthIsToldFromItsFirstSplitToItsLast) {
  noted_map map;
  map.seed(1);
  for (std::uint64_t key = 0; key < 10'000; ++key) map.try_emplace(key, key);
  const auto stats = map.stats();
  EXPECT_EQ(number(event_kind::split), stats.buckets - 1) << "the first bucket was not made by a split";
  EXPECT_EQ(number(event_kind::growth_started), stats.B + (stats.nevacuate > 0 ? 1 : 0));
  EXPECT_EQ(number(event_kind::growth_finished), stats.B);
  EXPECT_EQ(number(event_kind::merged), 0u);
  EXPECT_EQ(number(event_kind::shrink), 0u);
  EXPECT_EQ(number(event_kind::same_size_growth), 0u) << "that is classic_map's";

  std::uint64_t next = 0;
  bool growing = false;
  for (const steady::event& e : noted::events) {
    if (e.kind == event_kind::growth_started) growing = true;
    if (e.kind == event_kind::split) {
      EXPECT_TRUE(growing);
      EXPECT_EQ(e.bucket, next);
      EXPECT_EQ(e.other + 1, e.buckets);
      ++next;
    }
    if (e.kind == event_kind::growth_finished) {
      EXPECT_EQ(e.buckets, 2 * next);
      growing = false;
      next = 0;
    }
    EXPECT_EQ(e.map, static_cast<const void*>(&map));
    EXPECT_NE(e.map_type.find("map"), std::string_view::npos);
  }
}

TEST_F(InsideEvents, MergesAndShrinksUndoThem) {
  noted_map map;
  for (std::uint64_t key = 0; key < 10'000; ++key) map.try_emplace(key, key);
  const auto grown = map.stats();
  for (std::uint64_t key = 0; key < 10'000; ++key) map.erase(key);
  map.maintain(100);
  const auto drained = map.stats();
  EXPECT_EQ(number(event_kind::merged), grown.buckets - drained.buckets);
  EXPECT_EQ(number(event_kind::shrink), grown.B - drained.B);
}

TEST_F(InsideEvents, BlocksAndSlabsAreToldWithTheirBytes) {
  noted_map map;
  for (std::uint64_t key = 0; key < 20'000; ++key) {
    map.try_emplace(key, key);
    if (key % 997 == 0) {
      const auto stats = map.stats();
      ASSERT_EQ(noted::bytes, stats.block_bytes + stats.overflow_bytes) << key;
    }
  }
  for (std::uint64_t key = 0; key < 20'000; ++key) {
    map.erase(key);
    if (key % 997 == 0) {
      const auto stats = map.stats();
      ASSERT_EQ(noted::bytes, stats.block_bytes + stats.overflow_bytes) << key;
    }
  }
  EXPECT_GT(number(event_kind::block_allocated), 10u);
  EXPECT_GT(number(event_kind::block_freed), 10u);
}

TEST_F(InsideEvents, TheEndIsToldLast) {
  {
    const noted_map nothing_in_it;
  }
  EXPECT_TRUE(noted::events.empty());
  const void* ended = nullptr;
  {
    noted_map map;
    for (std::uint64_t key = 0; key < 5'000; ++key) map.try_emplace(key, key);
    EXPECT_EQ(number(event_kind::ended), 0u);
    ended = &map;
  }
  EXPECT_EQ(number(event_kind::ended), 1u);
  EXPECT_EQ(noted::events.back().kind, event_kind::ended);
  EXPECT_EQ(noted::events.back().map, ended);
  EXPECT_EQ(noted::events.back().buckets, 0u);
}

TEST_F(InsideEvents, OverflowNodesAreToldOneByOne) {
  noted_map map;
  for (std::uint64_t key = 0; key < 50'000; ++key) {
    map.try_emplace(key, key);
    if (key % 4999 == 0) {
      ASSERT_EQ(number(event_kind::overflow_made) - number(event_kind::overflow_freed),
                map.stats().overflow_nodes);
    }
  }
  EXPECT_GT(number(event_kind::overflow_made), 100u);
  for (std::uint64_t key = 0; key < 50'000; ++key) {
    map.erase(key);
    if (key % 4999 == 0) {
      ASSERT_EQ(number(event_kind::overflow_made) - number(event_kind::overflow_freed),
                map.stats().overflow_nodes);
    }
  }
}

TEST_F(InsideEvents, ALongProbeIsTold) {
  map_told<noted, int, all_alike> map;
  for (std::uint64_t key = 0; key < 15 + 4 * 6; ++key) map.try_emplace(key, 0);
  EXPECT_EQ(number(event_kind::long_probe), 0u);
  map.try_emplace(100, 0);
  EXPECT_EQ(number(event_kind::long_probe), 1u);
  for (const steady::event& e : noted::events) {
    if (e.kind == event_kind::long_probe) {
      EXPECT_EQ(e.amount, 8u);
    }
  }
}

TEST_F(InsideEvents, SeedsAndClearAreTold) {
  noted_map map;
  EXPECT_EQ(number(event_kind::reseed), 0u) << "a map draws its seed at its first insert";
  map.try_emplace(1, 1);
  EXPECT_EQ(number(event_kind::reseed), 1u);
  map.clear();
  EXPECT_EQ(number(event_kind::clear), 1u);
  map.try_emplace(1, 1);
  EXPECT_EQ(number(event_kind::reseed), 2u);
}

TEST_F(InsideEvents, LoopsAreToldOnceHoweverTheyGoOn) {
  noted_map map;
  for (std::uint64_t key = 0; key < 100; ++key) map.try_emplace(key, key);
  for (auto at = map.begin(); at != map.end();) {
    auto copy = at;
    at = map.erase(at);
    EXPECT_EQ(number(event_kind::loop_started), 1u);
    if (at != map.end()) {
      EXPECT_EQ(number(event_kind::loop_ended), 0u);
    }
    if (map.size() == 50) break;
  }
  EXPECT_EQ(number(event_kind::loop_started), 1u);
  EXPECT_EQ(number(event_kind::loop_ended), 1u) << "it was left";
  for (auto& entry : map) {
    (void)entry;
    auto inner = map.begin();
    EXPECT_EQ(number(event_kind::loop_started), 3u);
    break;
  }
  EXPECT_EQ(number(event_kind::loop_ended), 3u);
  auto last = map.begin();
  map.clear();
  EXPECT_EQ(number(event_kind::loop_ended), 4u) << "clear ends loops";
  noted_map other;
  other.try_emplace(1, 1);
  auto taken_along = other.begin();
  map = std::move(other);
  ++taken_along;
  EXPECT_EQ(number(event_kind::loop_started), 5u);
  EXPECT_EQ(number(event_kind::loop_ended), 5u);
}

struct thrower {
  static void on_event(const steady::event&) { throw std::runtime_error("an observer's"); }
};
TEST_F(InsideEvents, WhatAnObserverThrowsDoesNotReachTheMap) {
  map_told<thrower> map;
  for (std::uint64_t key = 0; key < 1'000; ++key) map.try_emplace(key, key);
  EXPECT_EQ(map.size(), 1'000u);
  for (std::uint64_t key = 0; key < 1'000; ++key) EXPECT_EQ(map.erase(key), 1u);
}

struct meddler {
  enum class way { find, erase, loop, loop_at_loop, insert_at_loop };
  inline static map_told<meddler>* map = nullptr;
  inline static way use;
  static void on_event(const steady::event& e) {
    if (map == nullptr) return;
    if (e.kind == event_kind::split) {
      if (use == way::find) (void)map->find(1);
      if (use == way::erase) map->erase(1);
      if (use == way::loop) (void)map->begin();
    }
    if (e.kind == event_kind::loop_started) {
      if (use == way::loop_at_loop) (void)map->begin();
      if (use == way::insert_at_loop) map->try_emplace(0, 0);
    }
  }
};
void let_it_meddle(meddler::way use) {
  map_told<meddler> map;
  meddler::map = &map;
  meddler::use = use;
  for (std::uint64_t key = 0; key < 100; ++key) map.try_emplace(key, key);
  for (auto& entry : map) (void)entry;
}
TEST(InsideEventsDeathTest, AnObserverThatUsesItsMapIsRefusedWithAClearMessage) {
  const char* const message = "re-entrant use of a map from its own hash, equality, allocator or observer";
  EXPECT_DEATH(let_it_meddle(meddler::way::find), message) << "find";
  EXPECT_DEATH(let_it_meddle(meddler::way::erase), message) << "erase";
  EXPECT_DEATH(let_it_meddle(meddler::way::loop), message) << "a loop, in a write";
  EXPECT_DEATH(let_it_meddle(meddler::way::loop_at_loop), message) << "a loop, while nobody writes";
  EXPECT_DEATH(let_it_meddle(meddler::way::insert_at_loop), message) << "an insert, while nobody writes";
}

struct tells_of_misuse {
  static void on_event(const steady::event& e) {
    if (e.kind == event_kind::misuse)
      std::fprintf(stderr, "observer: misuse of %s\n", std::string{e.map_type}.c_str());
  }
};
TEST(InsideEventsDeathTest, MisuseIsToldBeforeItIsReported) {
  const auto misuse = [] {
    map_told<tells_of_misuse> map;
    map.try_emplace(1, 1);
    const auto& unchanging = map;
    auto loop = unchanging.begin();
    map.try_emplace(2, 2);
    ++loop;
  };
  EXPECT_DEATH(misuse(), "observer: misuse of .*map.*\nfatal error: step of a const iterator");
}

// ---- the audit ----

struct audited {
  struct entry {
    event_kind kind;
    std::string name, key, file;
    std::uint32_t line;
    bool found;
  };
  inline static std::vector<entry> entries;

  static constexpr bool audits = true;
  static void write_key(std::string& out, std::uint64_t key) { out += "#" + std::to_string(key); }
  static void on_event(const steady::event& e) {
    if (e.kind == event_kind::erase || e.kind == event_kind::insert)
      entries.push_back(
          {e.kind, std::string{e.map_name}, std::string{e.key}, e.where.file, e.where.line, e.found});
  }
};

TEST(InsideAudit, EveryEraseAndInsertIsToldWithKeyPlaceAndOutcome) {
  map_told<audited> map;
  map.name("audited");
  audited::entries.clear();
  const auto last = [] { return audited::entries.back(); };
  const auto expect = [&](event_kind kind, const char* key, bool found, std::uint32_t line) {
    ASSERT_FALSE(audited::entries.empty());
    EXPECT_EQ(last().kind, kind);
    EXPECT_EQ(last().key, key);
    EXPECT_EQ(last().found, found);
    EXPECT_EQ(last().line, line);
    if (line != 0) {
      EXPECT_NE(last().file.find("inside_1_events_test"), std::string::npos);
    }
    EXPECT_EQ(last().name, "audited");
    audited::entries.clear();
  };
  map.insert({1, 1}), expect(event_kind::insert, "#1", false, __LINE__);
  map.insert({1, 1}), expect(event_kind::insert, "#1", true, __LINE__);
  map.insert_or_assign(2u, 2u), expect(event_kind::insert, "#2", false, __LINE__);
  map.try_emplace(3, 3), expect(event_kind::insert, "#3", false, 0);
  map[4] = 4, expect(event_kind::insert, "#4", false, 0);
  map.erase(1), expect(event_kind::erase, "#1", true, __LINE__);
  map.erase(1), expect(event_kind::erase, "#1", false, __LINE__);
  map.erase(map.find(2)), expect(event_kind::erase, "#2", true, __LINE__);
  (void)map.extract(3), expect(event_kind::erase, "#3", true, 0);
  map.insert({5, 5});
  map.erase(map.begin()->first), expect(event_kind::erase, map.contains(4) ? "#5" : "#4", true, __LINE__);
  map.erase(map.begin(), map.end());
  EXPECT_EQ(audited::entries.size(), 1u);
  EXPECT_TRUE(map.empty());
}

// ---- nothing without an observer ----

TEST(InsideCost, AMapThatNobodyObservesCarriesNothing) {
  EXPECT_EQ(sizeof(steady::map<int, int>), 56u);
  EXPECT_LE(sizeof(steady::observed::map<int, int>), sizeof(steady::map<int, int>) + 48);
  // Not even the name, so that nobody pays for it by oversight.
  const auto can_be_named = [](auto& map) { return requires { map.name("sessions"); }; };
  steady::map<int, int> plain;
  steady::observed::map<int, int> observed;
  EXPECT_FALSE(can_be_named(plain));
  EXPECT_TRUE(can_be_named(observed));
}

}  // namespace
}  // namespace steady_test
