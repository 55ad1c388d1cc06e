// Issue 5, "See inside", lines 1 and 2, of classic_map: the same events, names and figures as of steady::map.
#include <gtest/gtest.h>

#include <steady/advise.hpp>
#include <steady/classic_map.hpp>
#include <steady/observe.hpp>
#include <steady/registry.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <utility>

namespace steady_test {
namespace {

using steady::event_kind;
namespace registry = steady::registry;

struct noted {
  inline static std::map<event_kind, std::uint64_t> number;
  inline static std::uint64_t bytes = 0;
  inline static std::string last_key;
  inline static steady::event last{};
  inline static void (*meddle)() = nullptr;

  static constexpr bool audits = true;
  static void write_key(std::string& out, std::uint64_t key) { out += std::to_string(key); }
  static void on_event(const steady::event& e) {
    ++number[e.kind];
    if (e.kind == event_kind::block_allocated) bytes += e.amount;
    if (e.kind == event_kind::block_freed) bytes -= e.amount;
    if (e.kind == event_kind::erase || e.kind == event_kind::insert) last = e, last_key = e.key;
    if (e.kind == event_kind::split && meddle != nullptr) meddle();
  }
};
struct noting : steady::classic::policy {
  using observer = noted;
};
using map = steady::classic_map<std::uint64_t, std::uint64_t, steady::hash<std::uint64_t>,
                                std::equal_to<std::uint64_t>,
                                std::allocator<std::pair<const std::uint64_t, std::uint64_t>>, noting>;

class InsideClassicMap : public ::testing::Test {
 protected:
  InsideClassicMap() {
    noted::number.clear();
    noted::bytes = 0;
  }
  static std::uint64_t number(event_kind kind) { return noted::number[kind]; }
};

void expect_same(const std::string& name, map& of) {
  of.publish();
  const auto seen = *registry::find(name);
  const auto stats = of.stats();
  EXPECT_TRUE(seen.classic);
  EXPECT_EQ(seen.size, stats.size);
  EXPECT_EQ(seen.B, stats.B);
  EXPECT_EQ(seen.buckets, stats.main_buckets);
  EXPECT_EQ(seen.old_buckets, stats.old_buckets);
  EXPECT_EQ(seen.tombstones, stats.tombstones);
  EXPECT_EQ(seen.bytes(), stats.bytes());
  EXPECT_EQ(seen.entries_moved, stats.entries_evacuated);
  EXPECT_EQ(seen.crowded_entries, stats.crowded_entries);
  EXPECT_EQ(seen.live_loops, stats.live_loops);
  std::uint64_t probed = 0;
  for (const std::uint64_t entries : seen.probe_lengths) probed += entries;
  EXPECT_EQ(probed, stats.size);
}

TEST_F(InsideClassicMap, TellsWhatItsCountersSay) {
  map m;
  m.seed(5);
  const std::size_t header = m.stats().main_bytes;
  for (std::uint64_t key = 0; key < 20'000; ++key) {
    m[key] = key;
    if (key % 1009 != 0) continue;
    const auto stats = m.stats();
    ASSERT_EQ(stats.main_bytes - noted::bytes, header) << key;
  }
  m.finish_growth();
  const auto stats = m.stats();
  EXPECT_EQ(number(event_kind::growth_started), stats.doublings);
  EXPECT_EQ(number(event_kind::growth_finished), stats.doublings);
  EXPECT_EQ(number(event_kind::split), stats.main_buckets - 1);
  EXPECT_GE(number(event_kind::overflow_made), stats.overflow_buckets);
  EXPECT_EQ(number(event_kind::insert), 20'000u);
  for (std::uint64_t key = 0; key < 20'000; ++key) m.erase(key);
  EXPECT_EQ(number(event_kind::erase), 20'000u);
  EXPECT_EQ(number(event_kind::reseed), m.stats().reseeds + 2) << "the first one, and the one that was set";
  m[1] = 1;
  m.clear();
  EXPECT_EQ(number(event_kind::clear), 1u);
  m.rebuild();
  EXPECT_EQ(number(event_kind::shrink), 1u);
}

TEST_F(InsideClassicMap, TellsOfLoopsAndOfErasesWithTheirPlace) {
  map m;
  m.name("told");
  for (std::uint64_t key = 0; key < 100; ++key) m[key] = key;
  for (auto at = m.begin(); at != m.end();) at = m.erase(at);
  EXPECT_EQ(number(event_kind::loop_started), 1u);
  EXPECT_EQ(number(event_kind::loop_ended), 1u);
  EXPECT_EQ(registry::find("told")->live_loops, 0u);
  m.insert({1, 2});
  EXPECT_EQ(noted::last.where.line, static_cast<std::uint32_t>(__LINE__ - 1));
  m.erase(1);
  EXPECT_EQ(noted::last.where.line, static_cast<std::uint32_t>(__LINE__ - 1));
  EXPECT_EQ(noted::last_key, "1");
  EXPECT_TRUE(noted::last.found);
  m.erase(1);
  EXPECT_FALSE(noted::last.found);
  EXPECT_EQ(registry::find("told")->absent_erases, 1u);
  EXPECT_EQ(registry::find("told")->erases, 101u);
}

TEST_F(InsideClassicMap, IsListedWithWhatStatsSays) {
  map m;
  m.name("classic");
  for (std::uint64_t key = 0; key < 9'000; ++key) {
    m[key] = key;
    if (key % 1500 == 0) expect_same("classic", m);
  }
  auto loop = m.begin();
  for (std::uint64_t key = 0; key < 8'000; key += 2) m.erase(key);
  expect_same("classic", m);
  EXPECT_FALSE(steady::advise(*registry::find("classic")).empty()) << "a third of its slots is deleted";
  loop = m.end();
  m.rebuild();
  expect_same("classic", m);
  EXPECT_TRUE(steady::advise(*registry::find("classic")).empty());

  // Names stay with their objects.
  map other;
  other.name("other");
  other[1] = 1;
  other.swap(m);
  expect_same("classic", m);
  expect_same("other", other);
  EXPECT_EQ(registry::find("classic")->size, 1u);
  m = std::move(other);
  EXPECT_EQ(registry::find("classic")->size, 5'000u);
  EXPECT_EQ(registry::find("other")->size, 0u);
  map heir(std::move(m));
  EXPECT_EQ(heir.name(), "classic");
  expect_same("classic", heir);
  heir = other;
  EXPECT_EQ(registry::find("classic")->size, 0u);
}

TEST(InsideClassicMapDeathTest, AnObserverThatUsesItsMapIsRefused) {
  static map* meddled = nullptr;
  const auto meddle = [] {
    map m;
    meddled = &m;
    noted::meddle = [] { (void)meddled->contains(1); };
    for (std::uint64_t key = 0; key < 100; ++key) m[key] = key;
  };
  EXPECT_DEATH(meddle(), "re-entrant use of a map from its own hash, equality, allocator or observer");
}

TEST(InsideClassicMapCost, AMapThatNobodyObservesCarriesNothing) {
  using plain = steady::classic_map<std::uint64_t, std::uint64_t>;
  EXPECT_EQ(sizeof(plain), 40u);
  EXPECT_GT(sizeof(map), sizeof(plain));
}

}  // namespace
}  // namespace steady_test
