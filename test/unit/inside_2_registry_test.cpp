// Issue 5, "See inside", line 2: the registry. A named map is listed with what stats() says of it, from any thread, while it
// works, moves and dies; looking takes one block of buckets at most every 100 ms, and never a reader.
#include <gtest/gtest.h>

#include <steady/observe.hpp>
#include <steady/registry.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace steady_test {
namespace {

using map = steady::observed::map<std::uint64_t, std::uint64_t>;
namespace registry = steady::registry;

void expect_same(const steady::map_snapshot& seen, const steady::map_stats& stats) {
  EXPECT_EQ(seen.size, stats.size);
  EXPECT_EQ(seen.buckets, stats.buckets);
  EXPECT_EQ(seen.slots, stats.slots);
  EXPECT_EQ(seen.B, stats.B);
  EXPECT_EQ(seen.nevacuate, stats.nevacuate);
  EXPECT_EQ(seen.block_bytes, stats.block_bytes);
  EXPECT_EQ(seen.overflow_bytes, stats.overflow_bytes);
  EXPECT_EQ(seen.directory_bytes, stats.directory_bytes);
  EXPECT_EQ(seen.entry_bytes, stats.entry_bytes);
  EXPECT_EQ(seen.overflow_nodes, stats.overflow_nodes);
  EXPECT_EQ(seen.overflow_entries, stats.overflow_entries);
  EXPECT_EQ(seen.overflow_buckets, stats.overflow_buckets);
  EXPECT_EQ(seen.longest_chain, stats.longest_chain);
  EXPECT_EQ(seen.crowded_entries, stats.crowded_entries);
  EXPECT_EQ(seen.entries_moved, stats.entries_moved);
  EXPECT_EQ(seen.live_loops, stats.live_loops);
  EXPECT_EQ(seen.probe_lengths, stats.probe_lengths);
  EXPECT_DOUBLE_EQ(seen.load_factor(), stats.load_factor());
  EXPECT_DOUBLE_EQ(seen.growth_progress(), stats.growth_progress());
}

TEST(InsideRegistry, ListsWhatStatsSays) {
  map sessions;
  EXPECT_FALSE(registry::find("sessions"));
  sessions.name("sessions");
  ASSERT_TRUE(registry::find("sessions"));
  EXPECT_EQ(registry::find("sessions")->type, registry::maps().front().type);
  EXPECT_NE(registry::find("sessions")->type.find("map"), std::string::npos);

  for (const std::uint64_t size : {1u, 3u, 7u, 14u, 40u, 700u, 30'000u, 600u, 0u}) {
    while (sessions.size() < size) sessions.try_emplace(sessions.size(), size);
    while (sessions.size() > size) sessions.erase(sessions.begin());
    auto loop = sessions.begin();
    EXPECT_EQ(registry::find("sessions")->size, size) << "without publish()";
    EXPECT_EQ(registry::find("sessions")->buckets, sessions.stats().buckets);
    sessions.publish();
    SCOPED_TRACE(size);
    const auto seen = *registry::find("sessions");
    expect_same(seen, sessions.stats());
    EXPECT_EQ(seen.blocks_seen, seen.blocks);
    EXPECT_EQ(seen.largest_value, sizeof(std::uint64_t));
    EXPECT_EQ(seen.fill.size(), seen.blocks) << "one cell a block, up to 256";
  }
}

TEST(InsideRegistry, CountsOperationsAndAges) {
  map counted;
  counted.name("counted");
  EXPECT_EQ(registry::find("counted")->seed_age.count(), 0);
  for (std::uint64_t key = 0; key < 100; ++key) counted.try_emplace(key, key);
  for (std::uint64_t key = 0; key < 100; ++key) counted.try_emplace(key, key);
  for (std::uint64_t key = 0; key < 30; ++key) counted.erase(key);
  for (std::uint64_t key = 0; key < 7; ++key) counted.erase(key);
  for (auto& entry : counted) (void)entry;
  {
    const auto seen = *registry::find("counted");
    EXPECT_EQ(seen.inserts, 100u);
    EXPECT_EQ(seen.erases, 30u);
    EXPECT_EQ(seen.absent_erases, 7u);
    EXPECT_EQ(seen.loops, 1u);
    EXPECT_EQ(seen.live_loops, 0u);
    EXPECT_EQ(seen.reseeds, 1u);
    EXPECT_GT(seen.splits, 0u);
    EXPECT_GT(seen.seed_age.count(), 0);
    EXPECT_FALSE(seen.seed_fixed);
    EXPECT_EQ(seen.value_bytes, sizeof(std::uint64_t));
  }
  counted.clear();
  counted.seed(7);
  counted.publish();
  EXPECT_EQ(registry::find("counted")->clears, 1u);
  EXPECT_EQ(registry::find("counted")->size, 0u);
  EXPECT_TRUE(registry::find("counted")->seed_fixed);

  steady::observed::set<std::string> texts;
  texts.name("texts");
  texts.insert("a");
  texts.insert(std::string(1000, 'b'));
  texts.publish();
  EXPECT_EQ(registry::find("texts")->largest_value, 1000 + sizeof(std::string));
  EXPECT_NE(registry::find("texts")->type.find("set"), std::string::npos);
}

// A view of something large holds nothing of it, and what lies in the value itself is not counted twice.
TEST(InsideRegistry, AValueHoldsWhatItOwns) {
  const std::string page(10'000, 'x');
  steady::observed::map<std::uint64_t, std::string_view> views;
  views.name("views");
  views.try_emplace(1, page);
  views.publish();
  EXPECT_EQ(registry::find("views")->largest_value, sizeof(std::string_view));
  steady::observed::map<std::uint64_t, std::array<std::uint64_t, 600>> arrays;
  arrays.name("arrays");
  arrays.try_emplace(1);
  arrays.publish();
  EXPECT_EQ(registry::find("arrays")->largest_value, 600 * sizeof(std::uint64_t));
}

TEST(InsideRegistry, EveryWayToInsertAndEraseIsCounted) {
  map all;
  all.name("all");
  const auto expect = [](std::uint64_t inserts, std::uint64_t erases, std::uint64_t size) {
    const auto seen = *registry::find("all");
    EXPECT_EQ(seen.inserts, inserts);
    EXPECT_EQ(seen.erases, erases);
    EXPECT_EQ(seen.size, size);
  };
  all.insert({1, 1});
  all.emplace(2, 2);
  all.try_emplace(3, 3);
  all[4] = 4;
  all.insert_or_assign(5, std::uint64_t{5});
  all.try_emplace_with(std::uint64_t{6}, [] { return std::uint64_t{6}; });
  all.try_emplace_hashed(all.hash_of(7), 7, 7);
  all.insert({{8, 8}, {9, 9}});
  expect(9, 0, 9);
  all.insert(all.extract(1));
  expect(10, 1, 9);
  all.erase(all.find(1));
  erase_if(all, [](const auto& entry) { return entry.first == 2; });
  all.clear_some(2);
  all.erase(all.begin(), all.end());
  expect(10, 10, 0);

  steady::map<std::uint64_t, std::uint64_t> unobserved{{1, 1}, {2, 2}};
  all.merge(unobserved);
  expect(12, 10, 2);
  map other{{3, 3}, {1, 0}};
  all.merge(other);
  expect(13, 10, 3);
  other.name("other");
  unobserved.merge(all);
  EXPECT_EQ(registry::find("all")->size, all.size()) << "what went to another map";
  other.merge(all);
  EXPECT_EQ(registry::find("all")->size, all.size());
  EXPECT_EQ(registry::find("other")->size, other.size());
}

TEST(InsideRegistry, NamesBelongToObjects) {
  map first;
  first.name("names");
  first.try_emplace(1, 1);
  map second;
  second.name("names");
  EXPECT_EQ(second.name(), "names#2");
  map third;
  third.name("names");
  EXPECT_EQ(third.name(), "names#3");

  second = first;
  EXPECT_EQ(second.name(), "names#2");
  EXPECT_EQ(registry::find("names#2")->size, 1u);
  const map copy(first);
  EXPECT_EQ(copy.name(), "");
  third.swap(first);
  EXPECT_EQ(registry::find("names")->size, 0u);
  EXPECT_EQ(registry::find("names#3")->size, 1u);

  map moved(std::move(third));
  EXPECT_EQ(moved.name(), "names#3");
  EXPECT_EQ(third.name(), "");
  EXPECT_EQ(registry::find("names#3")->size, 1u);
  first = std::move(moved);
  EXPECT_EQ(first.name(), "names");
  EXPECT_EQ(registry::find("names")->size, 1u);
  EXPECT_EQ(registry::find("names#3")->size, 0u);

  std::vector<map> many(3);
  many[0].name("in a vector");
  many.resize(1000);
  EXPECT_EQ(many[0].name(), "in a vector");
  many[0].name("renamed");
  EXPECT_FALSE(registry::find("in a vector"));
  many.clear();
  EXPECT_FALSE(registry::find("renamed")) << "it is gone";
  first.name("");
  EXPECT_FALSE(registry::find("names"));
}

TEST(InsideRegistry, OneRefreshLooksAtOneBlockAndNotMoreOftenThanEvery100Milliseconds) {
  map busy;
  for (std::uint64_t key = 0; key < 40'000; ++key) busy.try_emplace(key, key);
  busy.name("busy");
  const auto before = *registry::find("busy");
  ASSERT_GT(before.blocks, 20u);
  const auto start = std::chrono::steady_clock::now();
  std::uint64_t key = 0;
  while (registry::find("busy")->refreshes < before.refreshes + 3) {
    busy.erase(key);
    busy.try_emplace(key++ % 40'000, 0);
  }
  const auto took = std::chrono::steady_clock::now() - start;
  EXPECT_GE(took, std::chrono::milliseconds{200}) << "three of them, 100 ms apart";

  // A walk of its own, block by block, finds what one over all at once does, also while their number changes.
  steady::detail::block_walk walk;
  for (const std::uint64_t blocks : {1u, 2u, 5u, 255u, 256u, 257u, 3'000u, 700u, 20u, 1u}) {
    std::uint64_t looks = 0;
    const auto look = [&](std::uint64_t block) {
      ++looks;
      EXPECT_LT(block, blocks);
      steady::detail::bucket_figures found;
      found.probes[block % 8] = 1;
      found.slots = 1000;
      found.in_buckets = static_cast<std::uint32_t>(block % 1000);
      return found;
    };
    for (std::uint64_t step = 0; step < 2 * blocks + 20; ++step) {
      const std::uint64_t done = looks;
      walk.step(blocks, look);
      EXPECT_EQ(looks, done + 1);
    }
    const auto figures = walk.figures();
    EXPECT_EQ(figures.blocks_seen, blocks);
    EXPECT_LE(figures.cells, 256u);
    EXPECT_EQ(figures.cells, (blocks + figures.blocks_per_cell - 1) / figures.blocks_per_cell);
    std::uint64_t all = 0;
    for (std::size_t length = 0; length < 8; ++length) {
      EXPECT_EQ(figures.probes[length], (blocks + 7 - length) / 8) << blocks;
      all += figures.probes[length];
    }
    EXPECT_EQ(all, blocks);
  }
}

TEST(InsideRegistry, ASinkIsToldFromWhenItIsAttachedToWhenItIsDetached) {
  struct counter : steady::event_sink {
    std::uint64_t splits = 0;
    std::string name;
    registry::attachment* leaves = nullptr;
    void on_event(const steady::event& e) override {
      splits += e.kind == steady::event_kind::split;
      name = e.map_name;
      if (leaves != nullptr) leaves->detach();
    }
  } sink;
  EXPECT_FALSE(registry::attach("nobody", sink)) << "an unknown name";
  std::optional<map> told(std::in_place);
  told->name("told");
  for (std::uint64_t key = 0; key < 100; ++key) told->try_emplace(key, key);
  EXPECT_EQ(sink.splits, 0u);
  {
    const auto attached = registry::attach("told", sink);
    ASSERT_TRUE(attached);
    for (std::uint64_t key = 0; key < 200; ++key) told->try_emplace(key, key);
  }
  EXPECT_GT(sink.splits, 0u);
  EXPECT_EQ(sink.name, "told");
  const std::uint64_t before = sink.splits;
  for (std::uint64_t key = 0; key < 300; ++key) told->try_emplace(key, key);
  EXPECT_EQ(sink.splits, before);

  auto leaves_by_itself = registry::attach("told", sink);
  sink.leaves = &leaves_by_itself;
  told->clear();
  EXPECT_FALSE(leaves_by_itself);
  sink.leaves = nullptr;
  auto outlives = registry::attach("told", sink);
  told.reset();
  outlives.detach();
}

TEST(InsideRegistry, AReaderThatIsOvertakenReadsAgain) {
  steady::detail::map_record record("map", 8, false);
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    for (std::uint64_t number = 0; !stop.load(std::memory_order_relaxed); ++number) {
      steady::detail::walk_figures figures;
      figures.probes.fill(number);
      figures.overflow_entries = number;
      figures.cells = figures.fill.size();
      figures.fill.fill(static_cast<std::uint16_t>(number));
      record.publish(figures);
    }
  });
  const auto look_often = [&] {
    std::uint64_t last = 0;
    for (int look = 0; look < 1'000; ++look) {
      const auto seen = record.walk();
      for (const std::uint64_t number : seen.probes)
        ASSERT_EQ(number, seen.overflow_entries) << "of one publication";
      for (std::size_t cell = 0; cell < seen.cells; ++cell)
        ASSERT_EQ(seen.fill[cell], static_cast<std::uint16_t>(seen.overflow_entries));
      ASSERT_GE(seen.overflow_entries, last) << "never back in time";
      last = seen.overflow_entries;
    }
  };
  look_often();
  stop = true;
  writer.join();
}

// Under the thread sanitizer this is the proof that no reader touches a map.
TEST(InsideRegistry, MapsAreBornAndDieWhileItIsRead) {
  std::atomic<bool> stop{false};
  std::atomic<std::uint64_t> died{0};
  const auto live = [&](unsigned number) {
    const std::string name = "mortal " + std::to_string(number);
    while (!stop.load(std::memory_order_relaxed)) {
      map mortal;
      mortal.name(name);
      for (std::uint64_t key = 0; key < 600; ++key) {
        mortal.try_emplace(key, key);
        if (key % 200 == 0) mortal.publish();
      }
      for (auto& entry : mortal) mortal.erase(entry.first);
      mortal.name(name + " renamed");
      map heir(std::move(mortal));
      died.fetch_add(1, std::memory_order_relaxed);
    }
  };
  std::thread first(live, 1);
  std::thread second(live, 2);
  struct silent : steady::event_sink {
    std::atomic<std::uint64_t> events{0};
    void on_event(const steady::event&) override { events.fetch_add(1, std::memory_order_relaxed); }
  } sink;
  std::uint64_t seen = 0;
  while (seen < 300 || died.load(std::memory_order_relaxed) < 50) {
    const auto attached = registry::attach("mortal 1", sink);
    for (const steady::map_snapshot& each : registry::maps()) {
      ++seen;
      std::uint64_t probed = 0;
      for (const std::uint64_t entries : each.probe_lengths) probed += entries;
      EXPECT_LE(probed, 600u) << "figures of one walk, not of two mixed";
      EXPECT_LE(each.overflow_entries, probed);
      EXPECT_LE(each.size, 600u);
    }
    (void)registry::find("mortal 2");
  }
  stop = true;
  first.join();
  second.join();
  EXPECT_TRUE(registry::maps().empty());
}

}  // namespace
}  // namespace steady_test
