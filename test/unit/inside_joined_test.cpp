// Issues 6 and 7: channels, sync_map, locked_map and span_resource in the registry. What threads share is read where it is, under its
// own locks: rows say what the things say of themselves, nobody who looks waits for a lock that is held for long, and what has no
// name counts nothing. That all of it may be born and die meanwhile is in inside_4_prometheus_test.
#include <gtest/gtest.h>

#include <steady/locked_map.hpp>
#include <steady/registry.hpp>
#include <steady/run_loop.hpp>
#include <steady/select.hpp>
#include <steady/slice.hpp>
#include <steady/span_resource.hpp>
#include <steady/sync_map.hpp>
#include <steady/waiters.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "../support/blocked.hpp"

namespace steady_test {
namespace {

using namespace std::chrono_literals;
namespace registry = steady::registry;
using steady::chan;
using steady::channel_snapshot;

// ----------------------------------------------------------------------------------------------------------
// channels

std::optional<channel_snapshot> row(const std::string& name) {
  for (channel_snapshot& each : registry::channels())
    if (each.name == name) return std::move(each);
  return std::nullopt;
}

void expect_counts(const std::string& name, std::uint64_t sends, std::uint64_t receives) {
  const auto seen = row(name);
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->sends, sends);
  EXPECT_EQ(seen->receives, receives);
}

TEST(InsideChannels, ListsThoseWithAName) {
  const chan<int> unnamed{3};
  EXPECT_TRUE(registry::channels().empty());
  const chan<std::string> jobs{4, "jobs"};
  for (const char* job : {"a", "b", "c"}) jobs.send(job);
  (void)jobs.recv();
  ASSERT_EQ(registry::channels().size(), 1u);
  const channel_snapshot seen = *row("jobs");
  EXPECT_NE(seen.type.find("string"), std::string::npos) << seen.type;
  EXPECT_EQ(seen.channels, 1u);
  EXPECT_EQ(seen.capacity, 4u);
  EXPECT_EQ(seen.length, 2u);
  EXPECT_EQ(seen.closed, 0u);
  EXPECT_EQ(seen.sends, 3u);
  EXPECT_EQ(seen.receives, 1u);
  EXPECT_EQ(jobs.name(), "jobs") << "the one that dump_waiters() shows";
  jobs.close();
  EXPECT_EQ(row("jobs")->closed, 1u);
}

TEST(InsideChannels, CountsWhoWaits) {
  const chan<int> empty{0, "empty"};
  const chan<int> full{1, "full"};
  full.send(0);
  thread_group threads;
  threads.start([&] { (void)empty.recv(); });
  threads.start([&] { (void)empty.recv(); });
  threads.start([&] { full.send(1); });
  threads.start([&] { steady::select(steady::recv(empty), steady::send(full, 2)); });
  wait_until_blocked(empty, 3, 0);
  wait_until_blocked(full, 0, 2);
  EXPECT_EQ(row("empty")->waiting_receivers, 3u);
  EXPECT_EQ(row("empty")->waiting_senders, 0u);
  EXPECT_EQ(row("full")->waiting_senders, 2u);
  expect_counts("full", 1, 0);
  for (int n = 0; n < 3; ++n) empty.send(n);
  threads.start([&] { (void)full.recv(); });
  threads.join();
  EXPECT_EQ(row("empty")->waiting_receivers, 0u);
  expect_counts("empty", 3, 3);
  expect_counts("full", 2, 1);
}

TEST(InsideChannels, CountsValuesHoweverTheyPass) {
  const chan<int> c{1, "c"};
  EXPECT_TRUE(c.try_send(1));
  EXPECT_FALSE(c.try_send(2)) << "full";
  EXPECT_FALSE(c.send_for(2, 1us));
  expect_counts("c", 1, 0);
  EXPECT_TRUE(c.try_recv());
  EXPECT_FALSE(c.try_recv());
  EXPECT_FALSE(c.recv_for(1us));
  expect_counts("c", 1, 1);
  steady::select(steady::send(c, 3), steady::otherwise());
  steady::select(steady::send(c, 4), steady::otherwise());
  steady::select(steady::recv(c), steady::otherwise());
  expect_counts("c", 2, 2);
  {
    thread_group threads;  // a blocked sender's value moves up when the buffer's is received
    c.send(5);
    threads.start([&] { c.send(6); });
    wait_until_blocked(c, 0, 1);
    EXPECT_EQ(c.recv(), 5);
    expect_counts("c", 4, 3);
  }
  c.close();
  EXPECT_EQ(c.recv(), 6);
  EXPECT_EQ(c.recv(), std::nullopt) << "tells of the end, and is not counted";
  EXPECT_THROW(c.send(7), steady::closed_channel);
  expect_counts("c", 4, 4);

  const chan<int> direct{0, "direct"};
  {
    thread_group threads;
    threads.start([&] { (void)direct.recv(); });
    wait_until_blocked(direct, 1, 0);
    direct.send(1);
    threads.start([&] { direct.send(2); });
    wait_until_blocked(direct, 0, 1);
    (void)direct.recv();
  }
  expect_counts("direct", 2, 2);
}

struct moves_with_care {  // travels in a box
  moves_with_care() = default;
  moves_with_care(const moves_with_care&) {}
  moves_with_care& operator=(const moves_with_care&) = default;
};

steady::task pass(chan<moves_with_care> from, chan<moves_with_care> to) {
  while (const auto value = co_await from.async_recv()) co_await to.async_send(*value);
  to.close();
}

TEST(InsideChannels, CountsWhatCoroutinesPassAndWhatTravelsInABox) {
  const chan<moves_with_care> in{2, "in"};
  const chan<moves_with_care> out{0, "out"};
  for (int n = 0; n < 2; ++n) in.send(moves_with_care{});
  in.close();
  steady::run_loop loop;
  loop.spawn(pass(in, out));
  loop.spawn([](chan<moves_with_care> from) -> steady::task {
    while (co_await from.async_recv()) {
    }
  }(out));
  loop.run();
  expect_counts("in", 2, 2);
  expect_counts("out", 2, 2);
  EXPECT_NE(row("in")->type.find("moves_with_care"), std::string::npos);
  EXPECT_EQ(row("in")->type.find("unique_ptr"), std::string::npos) << "the box is not the type";
}

TEST(InsideChannels, ANameIsARowAndItsCountsDoNotFall) {
  auto first = std::make_optional<chan<int>>(8, "replies");
  auto second = std::make_optional<chan<int>>(2, "replies");
  first->send(1);
  first->send(2);
  (void)first->recv();
  second->send(3);
  second->send(4);
  (void)second->recv();
  first->close();
  EXPECT_EQ(second->name(), "replies");
  EXPECT_EQ(registry::channels().size(), 1u);
  EXPECT_EQ(row("replies")->channels, 2u);
  EXPECT_EQ(row("replies")->capacity, 10u);
  EXPECT_EQ(row("replies")->length, 2u);
  EXPECT_EQ(row("replies")->closed, 1u);
  expect_counts("replies", 4, 2);
  const chan<int> copy = *first;  // another handle of the same channel
  EXPECT_EQ(row("replies")->channels, 2u);
  first.reset();
  EXPECT_EQ(row("replies")->channels, 2u);
  second.reset();
  EXPECT_EQ(row("replies")->channels, 1u);
  EXPECT_EQ(row("replies")->length, 1u);
  expect_counts("replies", 4, 2);
}

// A program that makes a channel for each request has none of the name between two of them.
TEST(InsideChannels, CountsGoOnWhenAllOfANameWereGone) {
  for (unsigned life = 1; life <= 3; ++life) {
    {
      const chan<int> mortal{2, "mortal"};
      mortal.send(1);
      mortal.send(1);
      (void)mortal.recv();
      expect_counts("mortal", 2 * life, life);
      EXPECT_EQ(row("mortal")->channels, 1u);
    }
    EXPECT_FALSE(row("mortal")) << "nothing has the name";
  }
  const chan<std::string> other{1, "mortal"};
  EXPECT_NE(row("mortal")->type.find("string"), std::string::npos) << "of the first channel that there is";
  expect_counts("mortal", 6, 3);
}

// Names without end, as "request 17", do not take memory without end: so many are remembered, those that went last.
TEST(InsideChannels, CountsOfSoManyNamesThatAreGoneAreKept) {
  const auto use = [](const std::string& name) {
    const chan<int> brief{1, name};
    brief.send(1);
  };
  const auto& names = steady::detail::channel::channel_names::all();
  constexpr std::size_t most = steady::detail::channel::channel_names::most_gone;
  use("often");
  use("once");
  for (std::size_t number = 0; number + 1 < most; ++number) {
    use("request " + std::to_string(number));
    use("often");
    const chan<int> unused{1, "never used " + std::to_string(number)};  // has nothing to be remembered for
  }
  EXPECT_LE(names.by_name.size(), most);
  {
    const chan<int> often{1, "often"};
    expect_counts("often", most, 0);
    const chan<int> once{1, "once"};
    expect_counts("once", 0, 0);
    EXPECT_EQ(registry::channels().size(), 2u);
  }
  for (std::size_t number = 0; number < 2 * most; ++number) use("another " + std::to_string(number));
  EXPECT_EQ(names.by_name.size(), most);
  const chan<int> often{1, "often"};
  expect_counts("often", 0, 0);
}

// The names are locked for one of them at a time, so those who make and end channels meanwhile wait for no listing.
TEST(InsideChannels, ListsNamesThatComeAndGoMeanwhile) {
  std::atomic<bool> stop{false};
  thread_group threads;
  const chan<int> first{1, "a"};
  const chan<int> last{1, "z"};
  for (const char* name : {"m", "n"})
    threads.start([&stop, name] {
      for (int n = 0; !stop.load(std::memory_order_relaxed); n = (n + 1) % 8) {
        const chan<int> brief{1, name + std::to_string(n)};
        brief.send(1);
      }
    });
  for (int looks = 0; looks < 2'000; ++looks) {
    const auto rows = registry::channels();
    ASSERT_GE(rows.size(), 2u);
    EXPECT_EQ(rows.front().name, "a");
    EXPECT_EQ(rows.back().name, "z");
    EXPECT_TRUE(std::ranges::is_sorted(rows, {}, &channel_snapshot::name));
    for (const auto& each : rows) EXPECT_EQ(each.channels, 1u);
  }
  stop = true;
  threads.join();
}

TEST(InsideChannels, AnImpossibleSizeLeavesNoName) {
  EXPECT_THROW(chan<int>(static_cast<std::size_t>(-1), "impossible"), std::length_error);
  struct refusing : std::pmr::memory_resource {
    void* do_allocate(std::size_t, std::size_t) override { throw std::bad_alloc(); }
    void do_deallocate(void*, std::size_t, std::size_t) override {}
    bool do_is_equal(const memory_resource& other) const noexcept override { return this == &other; }
  } refuses;
  EXPECT_THROW(chan<int>(1, &refuses, "refused"), std::bad_alloc);
  EXPECT_TRUE(registry::channels().empty());
  const chan<int> refused{1, "refused"};
  EXPECT_EQ(row("refused")->channels, 1u);
}

// ----------------------------------------------------------------------------------------------------------
// maps that threads share

using shared_map = steady::sync_map<int, int>;
template <class Key, class Value>
using observed_sync_map =
    steady::sync_map<Key, Value, steady::hash<Key>, std::equal_to<Key>,
                     std::allocator<std::pair<const Key, Value>>, steady::observed::options>;

TEST(InsideSyncMap, IsOneRowWithItsShards) {
  shared_map sessions{16};
  EXPECT_EQ(sessions.name(), "");
  sessions.name("sessions");
  EXPECT_EQ(sessions.name(), "sessions");
  for (const std::uint64_t size : {0u, 1u, 100u, 20'000u}) {
    for (int key = 0; key < static_cast<int>(size); ++key) sessions.store(key, key);
    const auto seen = registry::find("sessions");
    ASSERT_TRUE(seen);
    EXPECT_TRUE(seen->shared);
    EXPECT_NE(seen->type.find("sync_map"), std::string::npos);
    EXPECT_EQ(seen->size, size);
    EXPECT_EQ(seen->value_bytes, sizeof(int));
    EXPECT_LE(seen->bytes(), sessions.memory_usage()) << "which has the shards themselves too";
    EXPECT_GT(seen->bytes() + 17 * 1024, sessions.memory_usage());
    ASSERT_EQ(seen->shards.size(), sessions.shard_count());
    std::uint64_t entries = 0;
    std::uint64_t buckets = 0;
    std::uint64_t bytes = 0;
    for (const auto& shard : seen->shards) {
      entries += shard.size;
      buckets += shard.buckets;
      bytes += shard.bytes;
    }
    EXPECT_EQ(entries, size);
    EXPECT_EQ(buckets, seen->buckets);
    EXPECT_EQ(bytes, seen->bytes());
    EXPECT_GE(seen->slots, size == 0 ? 0 : seen->buckets);
  }
  EXPECT_GT(registry::find("sessions")->entries_moved, 0u);
}

// By every operation that may insert or erase; also when it does not.
template <class Map>
void expect_counted() {
  Map map;
  map.store(0, 0);  // before it has a name
  map.name("counted");
  const auto counts = [&] {
    const auto seen = *registry::find("counted");
    return std::pair{seen.inserts, seen.erases};
  };
  const auto are = [](std::uint64_t inserts, std::uint64_t erases) { return std::pair{inserts, erases}; };
  EXPECT_EQ(counts(), are(1, 0));
  for (int key = 0; key < 100; ++key) map.store(key, key);
  (void)map.load_or_store(5, 0);
  (void)map.load_or_store(100, 100);
  (void)map.swap(5, 5);
  (void)map.swap(101, 101);
  EXPECT_EQ(counts(), are(102, 0));
  EXPECT_TRUE(map.erase(0));
  EXPECT_FALSE(map.erase(0));
  EXPECT_TRUE(map.load_and_delete(1));
  EXPECT_FALSE(map.load_and_delete(1));
  EXPECT_TRUE(map.compare_and_delete(2, 2));
  EXPECT_FALSE(map.compare_and_delete(3, 4));
  EXPECT_TRUE(map.compare_and_swap(3, 3, 3));
  EXPECT_EQ(counts(), are(102, 3));
  EXPECT_EQ(map.erase_if([](int key, int) { return key >= 98; }), 4u);
  EXPECT_EQ(counts(), are(102, 7));
  if constexpr (requires { map.erase_many(std::array{1}); }) {
    EXPECT_EQ(map.erase_many(std::array{3, 4, 1'000}), 2u);
    EXPECT_TRUE(map.compute(200, [](std::optional<int>& value) { value = 1; }));
    EXPECT_FALSE(map.compute(200, [](std::optional<int>& value) { value.reset(); }));
    EXPECT_FALSE(map.compute(200, [](std::optional<int>&) {}));
    EXPECT_EQ(counts(), are(103, 10));
  }
  const auto before = counts();
  const std::uint64_t left = map.size();
  map.clear();
  EXPECT_EQ(counts(), are(before.first, before.second + left)) << "what clear() took counts as erased";
  EXPECT_EQ(before.first, before.second + left);
}

TEST(InsideSyncMap, CountsWhatIsInsertedAndErased) {
  expect_counted<shared_map>();
  expect_counted<steady::locked_map<int, int>>();
}

TEST(InsideSyncMap, NamesAreOneKindForAllMaps) {
  steady::observed::map<int, int> map;
  map.name("names");
  auto sync = std::make_unique<shared_map>();
  sync->name("names");
  EXPECT_EQ(sync->name(), "names#2");
  sync->store(1, 1);
  steady::locked_map<int, int> locked;
  locked.name("names");
  EXPECT_EQ(locked.name(), "names#3");
  locked.store(1, 1);
  locked.store(2, 2);
  EXPECT_EQ(registry::find("names#2")->size, 1u);
  EXPECT_EQ(registry::find("names#3")->size, 2u);
  EXPECT_TRUE(registry::find("names#3")->shared);
  EXPECT_TRUE(registry::find("names#3")->shards.empty()) << "it has none";
  EXPECT_GT(registry::find("names#3")->bytes(), 0u);
  sync->name("names#2");
  EXPECT_EQ(sync->name(), "names#2") << "its own name is free for it";
  sync->name("renamed");
  EXPECT_FALSE(registry::find("names#2"));
  EXPECT_EQ(registry::find("renamed")->size, 1u);
  sync.reset();
  EXPECT_FALSE(registry::find("renamed"));
  locked.name("");
  EXPECT_EQ(locked.name(), "");
  EXPECT_EQ(registry::maps().size(), 1u);
}

TEST(InsideSyncMap, WhoLooksDoesNotWaitForALock) {
  shared_map map{1};
  steady::locked_map<int, int> locked;
  map.name("held");
  locked.name("held too");
  map.store(1, 1);
  locked.store(1, 1);
  EXPECT_EQ(registry::find("held")->size, 1u);
  EXPECT_EQ(registry::find("held too")->size, 1u);
  map.store(2, 2);
  locked.store(2, 2);
  // From inside a visitor, which is the hardest: its own thread would wait for itself.
  map.visit(1, [](int) {
    EXPECT_EQ(registry::find("held")->size, 1u) << "as it was seen last";
    EXPECT_EQ(registry::find("held")->shards.size(), 1u);
  });
  locked.erase_if([](int, int) {
    EXPECT_EQ(registry::find("held too")->size, 1u);
    return false;
  });
  std::thread other([&] {
    locked.erase_if([](int, int) {
      std::thread([] { EXPECT_EQ(registry::find("held too")->size, 1u); }).join();
      return false;
    });
  });
  other.join();
  EXPECT_EQ(registry::find("held")->size, 2u);
  EXPECT_EQ(registry::find("held too")->size, 2u);
}

TEST(InsideSyncMap, AMapThatEndsWhileItIsReadIsShownAsItWasSeenLast) {
  auto map = std::make_unique<shared_map>(4);
  map->name("ended");
  map->store(1, 1);
  // What a reader has in its hands between finding a map and looking at it.
  const auto record = steady::detail::record_list::all().find("ended");
  EXPECT_EQ(steady::detail::snapshot_of("ended", *record).size, 1u);
  map->store(2, 2);
  map.reset();
  EXPECT_EQ(steady::detail::snapshot_of("ended", *record).size, 1u);
}

TEST(InsideSyncMap, CountsWhoWaitedForAShardsLock) {
  shared_map map{4};
  map.name("hot");
  map.store(1, 0);
  EXPECT_EQ(registry::find("hot")->lock_waits(), 0u);
  for (int n = 0; n < 1000; ++n) (void)map.load(1);
  EXPECT_EQ(registry::find("hot")->lock_waits(), 0u) << "alone";
  std::atomic<bool> stop{false};
  std::thread other([&] {
    while (!stop.load(std::memory_order_relaxed)) (void)map.load(1);
  });
  // The lock is held while the other thread runs.
  while (registry::find("hot")->lock_waits() == 0) map.update(1, [](int&) { std::this_thread::yield(); });
  stop = true;
  other.join();
  std::size_t shards = 0;
  const auto seen = *registry::find("hot");
  for (const auto& shard : seen.shards) shards += shard.lock_waits > 0;
  EXPECT_EQ(shards, 1u) << "that of the key";
}

TEST(InsideSyncMap, EventsOfAllShardsCarryTheNameAndReachThoseWhoAttach) {
  struct listener : steady::event_sink {
    std::atomic<std::uint64_t> splits{0};
    std::string name;
    void on_event(const steady::event& e) override {  // one after the other
      if (e.kind == steady::event_kind::split) splits.fetch_add(1, std::memory_order_relaxed);
      name = e.map_name;
    }
  } sink;
  observed_sync_map<int, int> told{4};
  told.name("told");
  const auto attached = registry::attach("told", sink);
  ASSERT_TRUE(attached);
  {
    thread_group threads;
    for (int thread = 0; thread < 2; ++thread)
      threads.start([&, thread] {
        for (int key = 0; key < 1000; ++key) told.store(2 * key + thread, key);
      });
  }
  EXPECT_EQ(sink.name, "told");
  // A shard of n buckets has been split n - 1 times, but for the few of its first, small one.
  EXPECT_EQ(sink.splits, registry::find("told")->buckets - told.shard_count());
  told.name("renamed");
  const std::uint64_t before = sink.splits;
  for (int key = 0; key < 10'000; ++key) told.store(key, key);
  EXPECT_EQ(sink.splits, before) << "the sink was attached to the name that is gone";

  steady::locked_map<int, int, steady::hash<int>, std::equal_to<int>,
                     std::allocator<std::pair<const int, int>>, steady::observed::options>
      locked;
  locked.name("locked");
  const auto attached_too = registry::attach("locked", sink);
  ASSERT_TRUE(attached_too);
  for (int key = 0; key < 1000; ++key) locked.store(key, key);
  EXPECT_EQ(sink.name, "locked");
  EXPECT_GT(sink.splits, before);

  auto mortal = std::make_unique<observed_sync_map<int, int>>(4);
  mortal->name("mortal");
  const auto attached_to_mortal = registry::attach("mortal", sink);
  for (int key = 0; key < 10'000; ++key) mortal->store(key, key);
  sink.name.clear();
  mortal.reset();
  EXPECT_EQ(sink.name, "mortal") << "of the blocks that its end gives back";

  shared_map silent;
  silent.name("silent");
  EXPECT_FALSE(registry::attach("silent", sink)) << "no observer in its Options, so no events";
}

struct meddler {
  static inline std::function<void()> meddle;
  static void on_event(const steady::event& e) {
    if (e.kind == steady::event_kind::split && meddle) meddle();
  }
};

TEST(InsideSyncMapDeathTest, AnObserverThatUsesTheMapIsFoundOut) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  steady::sync_map<int, int, steady::hash<int>, std::equal_to<int>, std::allocator<std::pair<const int, int>>,
                   steady::options<steady::observe_by<meddler>>>
      map{1};
  EXPECT_DEATH(
      {
        meddler::meddle = [&] { (void)map.load(1); };
        for (int key = 0; key < 1000; ++key) map.store(key, key);
      },
      "use of a sync_map from inside its own visitor(.|\n)*load(.|\n)*a visitor or observer of the same map");
}

// ----------------------------------------------------------------------------------------------------------
// heaps

TEST(InsideHeaps, ANamedOneSaysWhatItsStatsSay) {
  EXPECT_TRUE(registry::heaps().empty());
  steady::span_resource unnamed;
  auto heap = std::make_unique<steady::span_resource>();
  heap->name("numbers");
  EXPECT_EQ(heap->name(), "numbers");
  steady::span_resource second;
  second.name("numbers");
  EXPECT_EQ(second.name(), "numbers#2");
  {
    steady::pmr::slice<int> numbers{heap.get()};
    for (int n = 0; n < 100'000; ++n) numbers.append(n);
    const chan<int> jobs{64, heap.get(), "on a heap"};
    ASSERT_EQ(registry::heaps().size(), 2u);
    const auto seen = registry::heaps().front();
    const auto stats = heap->stats();
    EXPECT_EQ(seen.name, "numbers");
    EXPECT_EQ(seen.stats.bytes_requested, stats.bytes_requested);
    EXPECT_EQ(seen.stats.bytes_in_use(), stats.bytes_in_use());
    EXPECT_GT(seen.stats.bytes_in_use(), 400'000u);
    for (std::size_t of_class = 0; of_class < stats.by_size.size(); ++of_class) {
      EXPECT_EQ(seen.stats.by_size[of_class].spans, stats.by_size[of_class].spans);
      EXPECT_EQ(seen.stats.by_size[of_class].allocations, stats.by_size[of_class].allocations);
    }
    EXPECT_EQ(row("on a heap")->capacity, 64u);
  }
  heap.reset();
  ASSERT_EQ(registry::heaps().size(), 1u);
  second.name("");
  EXPECT_TRUE(registry::heaps().empty());
}

}  // namespace
}  // namespace steady_test
