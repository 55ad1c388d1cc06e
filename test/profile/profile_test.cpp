// Issue 5, "See inside", line 5: heap profiles for pprof. What they say of a map's memory is what the map says, by the functions
// that made it and by the map's name, whatever becomes of the map; sampled, it is right on average; and the real `go tool
// pprof` opens them. The contention profile of the locks inside, too.
#include <gtest/gtest.h>

#include <steady/channel/lock.hpp>
#include <steady/classic_map.hpp>
#include <steady/contention_profile.hpp>
#include <steady/heap_profile.hpp>
#include <steady/observe.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "profile/read_profile.hpp"
#include "support/scale.hpp"
#include "tools/support/run_command.hpp"

namespace steady_test {

using map = steady::observed::map<std::uint64_t, std::uint64_t>;
using node_map = steady::observed::node_map<std::uint64_t, std::uint64_t>;
struct watched : steady::classic::policy {
  using observer = steady::attached_observers;
};
template <class Key, class Value>
using classic = steady::classic_map<Key, Value, steady::hash<Key>, std::equal_to<Key>,
                                    std::allocator<std::pair<const Key, Value>>, watched>;

// The call sites.
template <class Map>
[[gnu::noinline]] void fill_sessions(Map& sessions, std::uint64_t number) {
  for (std::uint64_t key = 0; key < number; ++key) sessions.try_emplace(key, key);
}
template <class Map>
[[gnu::noinline]] void fill_orders(Map& orders, std::uint64_t number) {
  for (std::uint64_t key = 0; key < number; ++key) orders.try_emplace(~key, key);
}
[[gnu::noinline]] static void fill_in_a_static_function(map& orders) { orders.try_emplace(1, 1); }

namespace {

class HeapProfile : public ::testing::Test {
 protected:
  HeapProfile() { steady::heap_profile::start(1); }
  ~HeapProfile() override { steady::heap_profile::stop(); }

  static read_profile now() { return read_back(steady::heap_profile::pprof()); }
  static std::int64_t in_use(const std::string& map = {}) {
    return map.empty() ? now().sum("inuse_space") : now().sum("inuse_space", {{"map", map}});
  }
};

TEST_F(HeapProfile, SaysOfEachPartWhatTheMapSays) {
  map plain;
  node_map nodes;
  plain.name("plain");
  nodes.name("nodes");
  const auto expect_all = [&] {
    const read_profile seen = now();
    const auto bytes = [&](const char* name, const char* part) {
      return static_cast<std::size_t>(seen.sum("inuse_space", {{"map", name}, {"memory", part}}));
    };
    const auto of_plain = plain.stats();
    EXPECT_EQ(bytes("plain", "buckets"), of_plain.block_bytes);
    EXPECT_EQ(bytes("plain", "overflow"), of_plain.overflow_bytes);
    EXPECT_EQ(bytes("plain", "directory"), of_plain.directory_bytes);
    const auto of_nodes = nodes.stats();
    EXPECT_EQ(bytes("nodes", "buckets"), of_nodes.block_bytes);
    EXPECT_EQ(bytes("nodes", "overflow"), of_nodes.overflow_bytes);
    EXPECT_EQ(bytes("nodes", "directory"), of_nodes.directory_bytes);
    EXPECT_EQ(bytes("nodes", "entries"), of_nodes.entry_bytes);
    EXPECT_EQ(seen.sum("inuse_objects", {{"memory", "entries"}}), static_cast<std::int64_t>(nodes.size()));
  };
  const std::uint64_t number = scaled(1'000'000, 20'000);
  for (std::uint64_t filled : {std::uint64_t{1}, std::uint64_t{20}, number / 2, number}) {
    fill_sessions(plain, filled);
    fill_sessions(nodes, filled);
    expect_all();
  }
  const read_profile full = now();
  for (std::uint64_t key = 0; key < number; ++key) {
    plain.erase(key);
    if (key % 3 != 0) nodes.erase(key);
  }
  expect_all();
  const read_profile drained = now();
  EXPECT_LT(drained.sum("inuse_space"), full.sum("inuse_space"));
  EXPECT_GE(drained.sum("alloc_space"), full.sum("alloc_space")) << "what was taken does not become less";
  EXPECT_GT(full.sum("alloc_space"), full.sum("inuse_space"));
  nodes.clear();
  plain.clear();
  expect_all();
  EXPECT_EQ(in_use(), 0);
}

TEST_F(HeapProfile, BillsTheCaller) {
  map sessions, orders;
  sessions.name("sessions");
  orders.name("orders");
  fill_sessions(sessions, 5'000);
  fill_orders(orders, 3'000);
  const read_profile seen = now();
  EXPECT_EQ(seen.sum("inuse_space", {}, "fill_sessions"), static_cast<std::int64_t>(sessions.memory_usage()));
  EXPECT_EQ(seen.sum("inuse_space", {}, "fill_orders"), static_cast<std::int64_t>(orders.memory_usage()));
  EXPECT_EQ(seen.sum("inuse_space", {{"map", "orders"}}, "fill_orders"), in_use("orders"));
  for (const read_sample& each : seen.samples) {
    EXPECT_NE(each.labels.at("type").find("map"), std::string::npos);
    EXPECT_NE(each.functions.at(1).find("BillsTheCaller"), std::string::npos);
  }
}

TEST_F(HeapProfile, NamesAStaticFunction) {
  map orders;
  fill_in_a_static_function(orders);
  EXPECT_EQ(now().sum("inuse_space", {}, "fill_in_a_static_function"),
            static_cast<std::int64_t>(orders.memory_usage()));
}

// M100: the buckets in a heap profile are 2^B.
TEST_F(HeapProfile, AClassicMapsMainBucketsAreTwoToTheB) {
  classic<std::uint64_t, std::uint64_t> sessions;
  sessions.name("sessions");
  std::uint64_t key = 0;
  for (const std::uint64_t number : {1u, 9u, 100u, 1'000u, 20'000u}) {
    for (; key < number; ++key) sessions.try_emplace(key, key);
    sessions.finish_growth();
    const auto stats = sessions.stats();
    const read_profile seen = now();
    EXPECT_EQ(seen.sum("inuse_objects", {{"map", "sessions"}, {"memory", "buckets"}}),
              std::int64_t{1} << stats.B);
    EXPECT_EQ(static_cast<std::size_t>(in_use("sessions")), stats.bytes());
  }
}

TEST_F(HeapProfile, AClassicMapsNodesAndOverflowAreThere) {
  using large = std::array<std::uint64_t, 20>;  // beyond Go's 128 bytes: a place of its own
  {
    classic<std::uint64_t, large> sessions;
    sessions.name("sessions");
    for (std::uint64_t key = 0; key < 3'000; ++key) {
      sessions.try_emplace(key, large{});
      if (key % 3 == 0) sessions.erase(key / 2);
      if (key % 499 == 0) {
        ASSERT_EQ(static_cast<std::size_t>(in_use("sessions")), sessions.stats().bytes());
      }
    }
    EXPECT_GT(now().sum("inuse_space", {{"memory", "entries"}}), 0);
    const auto loop = sessions.begin();
    sessions.clear();
    EXPECT_GT(in_use(), 0);
  }
  EXPECT_EQ(in_use(), 0);
}

TEST_F(HeapProfile, FollowsMemoryFromMapToMap) {
  {
    node_map a;
    a.name("a");
    fill_sessions(a, 3'000);
    node_map moved(std::move(a));
    EXPECT_EQ(static_cast<std::size_t>(in_use()), moved.memory_usage());
    node_map copied(moved);
    EXPECT_EQ(static_cast<std::size_t>(in_use()), moved.memory_usage() + copied.memory_usage());
    node_map assigned;
    fill_orders(assigned, 500);
    assigned = moved;
    assigned.swap(copied);
    assigned.merge(moved);
    EXPECT_EQ(static_cast<std::size_t>(in_use()),
              assigned.memory_usage() + copied.memory_usage() + moved.memory_usage());
    // Into a map that nobody observes, and back: out of sight, and seen again.
    steady::node_map<std::uint64_t, std::uint64_t> unseen;
    unseen.merge(assigned);
    EXPECT_EQ(assigned.size(), 0u);
    EXPECT_EQ(static_cast<std::size_t>(in_use()),
              assigned.memory_usage() + copied.memory_usage() + moved.memory_usage());
    assigned.merge(unseen);
    EXPECT_EQ(static_cast<std::size_t>(in_use()),
              assigned.memory_usage() + copied.memory_usage() + moved.memory_usage());
    // A map whose entries lie in its slots gives them to one that has nodes.
    map in_place;
    in_place.try_emplace(1'000'000, 1);
    assigned.merge(in_place);
    auto handle = assigned.extract(1);
    EXPECT_EQ(static_cast<std::size_t>(in_use()), assigned.memory_usage() + copied.memory_usage() +
                                                      moved.memory_usage() + in_place.memory_usage() +
                                                      sizeof(node_map::value_type));
    handle.key() = 2'000'000;
    copied.insert(std::move(handle));
    EXPECT_EQ(static_cast<std::size_t>(in_use()), assigned.memory_usage() + copied.memory_usage() +
                                                      moved.memory_usage() + in_place.memory_usage());
    (void)copied.extract(2);
    copied.erase(copied.begin());
    std::size_t left = copied.size();
    for (auto at = copied.begin(); at != copied.end() && left > 10; --left) at = copied.erase(at);
    erase_if(assigned, [](const auto& entry) { return entry.first % 2 == 0; });
    EXPECT_EQ(static_cast<std::size_t>(in_use()), assigned.memory_usage() + copied.memory_usage() +
                                                      moved.memory_usage() + in_place.memory_usage());
  }
  EXPECT_EQ(in_use(), 0);
}

TEST_F(HeapProfile, AnEntryThatComesInByAHandleIsTheNewMaps) {
  node_map from, to;
  from.name("from");
  to.name("to");
  fill_sessions(from, 100);
  for (std::uint64_t key = 0; key < 40; ++key) to.insert(from.extract(key));
  const read_profile seen = now();
  for (const node_map* each : {&from, &to})
    EXPECT_EQ(static_cast<std::size_t>(
                  seen.sum("inuse_space", {{"map", std::string(each->name())}, {"memory", "entries"}})),
              each->stats().entry_bytes);
}

TEST_F(HeapProfile, WhatWasTakenBeforeIsUnknownAndSoIsItsReturn) {
  steady::heap_profile::stop();
  EXPECT_FALSE(steady::heap_profile::recording());
  map before;
  fill_sessions(before, 3'000);
  steady::heap_profile::start(1);
  EXPECT_TRUE(steady::heap_profile::recording());
  EXPECT_EQ(now().samples.size(), 0u);
  before.clear();
  EXPECT_EQ(in_use(), 0);
  fill_sessions(before, 10);
  EXPECT_EQ(static_cast<std::size_t>(in_use()), before.memory_usage());
  steady::heap_profile::stop();
  const std::int64_t kept = in_use();
  before.clear();
  EXPECT_EQ(in_use(), kept) << "what was recorded stays";
  steady::heap_profile::start(0);
  EXPECT_EQ(now().period, 1);
}

TEST_F(HeapProfile, SampledFiguresAreRightOnAverage) {
  const auto number = static_cast<std::int64_t>(scaled(1'000'000, 20'000));
  const auto fill = [number](node_map& nodes) {
    nodes.seed(1);
    fill_sessions(nodes, static_cast<std::uint64_t>(number));
  };
  std::int64_t space = 0;
  {
    node_map nodes;
    fill(nodes);
    space = now().sum("alloc_space");
    EXPECT_EQ(now().sum("alloc_objects", {{"memory", "entries"}}), number);
  }
  // Of entries of 16 bytes one in 128 is a sample. Eight standard deviations.
  steady::heap_profile::start(2'048);
  const double deviation = 8 / std::sqrt(static_cast<double>(number) / 128);
  node_map nodes;
  fill(nodes);
  const read_profile seen = now();
  EXPECT_EQ(seen.period, 2'048);
  const std::int64_t entries = seen.sum("alloc_objects", {{"memory", "entries"}});
  EXPECT_NEAR(static_cast<double>(entries) / static_cast<double>(number), 1, deviation);
  EXPECT_NEAR(static_cast<double>(seen.sum("alloc_space")) / static_cast<double>(space), 1, deviation);
  EXPECT_EQ(seen.sum("inuse_objects", {{"memory", "entries"}}), entries);
  nodes.clear();
  EXPECT_EQ(in_use(), 0) << "what was sampled is known when it goes";
}

TEST_F(HeapProfile, ManyThreadsWhoseMapsAreBornAndDie) {
  std::atomic<int> working{3};
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 3; ++thread)
    threads.emplace_back([&, thread] {
      for (int round = 0; round < 20; ++round) {
        node_map nodes;
        if (round % 2 == 0) nodes.name("of thread " + std::to_string(thread));
        fill_sessions(nodes, scaled(20'000, 200));
        classic<std::uint64_t, std::uint64_t> other;
        other.name("shared name");
        fill_orders(other, 100);
        nodes.clear();
      }
      --working;
    });
  while (working.load() != 0) EXPECT_FALSE(steady::heap_profile::pprof().empty());
  for (std::thread& each : threads) each.join();
  EXPECT_EQ(in_use(), 0);
  EXPECT_GT(now().sum("alloc_space", {{"map", "of thread 2"}}), 0);
}

// What the real pprof makes of it.
class GoToolPprof : public HeapProfile {
 protected:
  void SetUp() override {
    if (run_command("go tool -n pprof").exit_code != 0)
      GTEST_SKIP()
          << "go is not installed, so the profile was not opened: scripts/install-dependencies profile";
  }
  command_outcome pprof(const std::string& words) const {
    return run_command("env HOME=" + folder_.file("") + " PPROF_TMPDIR=" + folder_.file("") +
                       " go tool pprof " + words + " " + folder_.file("heap.pb.gz"));
  }
  temporary_folder folder_;
};

TEST_F(GoToolPprof, ShowsTheCallSitesAndTheNames) {
  map sessions, orders;
  sessions.name("sessions");
  orders.name("orders \"quoted\"");
  fill_sessions(sessions, 20'000);
  fill_orders(orders, 3'000);
  folder_.write("heap.pb.gz", steady::heap_profile::pprof());

  const command_outcome top = pprof("-top");
  EXPECT_EQ(top.exit_code, 0) << top.err;
  EXPECT_NE(top.out.find("Type: inuse_space"), std::string::npos) << top.out;
  EXPECT_NE(top.out.find("steady_test::fill_sessions"), std::string::npos) << top.out;
  EXPECT_NE(top.out.find("steady_test::fill_orders"), std::string::npos) << top.out;
  EXPECT_EQ(top.out.find("steady::"), std::string::npos) << top.out;

  const command_outcome tags = pprof("-tags");
  EXPECT_NE(tags.out.find("orders \"quoted\""), std::string::npos) << tags.out;
  EXPECT_NE(tags.out.find("sessions"), std::string::npos) << tags.out;

  for (const char* index : {"alloc_space", "alloc_objects", "inuse_space", "inuse_objects"})
    EXPECT_EQ(pprof(std::string("-top -sample_index=") + index).exit_code, 0) << index;
}

TEST_F(GoToolPprof, CountsTheBucketsOfAClassicMap) {
  classic<std::uint64_t, std::uint64_t> orders;
  fill_orders(orders, 1'000);
  orders.finish_growth();
  folder_.write("heap.pb.gz", steady::heap_profile::pprof());
  const command_outcome buckets = pprof("-top -sample_index=inuse_objects -tagfocus=memory=buckets");
  EXPECT_EQ(buckets.exit_code, 0) << buckets.err;
  const std::string number = std::to_string(1u << orders.stats().B);
  EXPECT_NE(buckets.out.find("Showing nodes accounting for " + number + ","), std::string::npos)
      << buckets.out;
}

TEST_F(GoToolPprof, DrawsThePicture) {
  if (run_command("dot -V").exit_code != 0)
    GTEST_SKIP()
        << "graphviz is not installed, so no picture was drawn: scripts/install-dependencies profile";
  map sessions;
  fill_sessions(sessions, 3'000);
  folder_.write("heap.pb.gz", steady::heap_profile::pprof());
  const command_outcome svg = pprof("-svg -output=" + folder_.file("heap.svg"));
  EXPECT_EQ(svg.exit_code, 0) << svg.err;
  const std::string picture = folder_.read("heap.svg");
  EXPECT_NE(picture.find("</svg>"), std::string::npos);
  EXPECT_NE(picture.find("fill_sessions"), std::string::npos);
}

}  // namespace

[[gnu::noinline]] void wait_for_the_lock(steady::detail::channel::lock& lock, std::atomic<bool>& there) {
  there = true;
  lock.acquire();
  lock.release();
}

TEST(ContentionProfile, NamesWhoWaitedForALock) {
  steady::contention_profile::start();
  EXPECT_TRUE(steady::contention_profile::recording());
  steady::detail::channel::lock lock;
  lock.acquire();
  lock.release();
  EXPECT_TRUE(read_back(steady::contention_profile::pprof()).samples.empty()) << "it was free";
  // Whether the other waits is up to the scheduler: again, until it did.
  read_profile seen;
  do {
    std::atomic<bool> there{false};
    std::thread other;
    // glibc tells that there is one thread until there are two: then nothing is atomic.
    std::atomic<bool> go{false};
    other = std::thread([&] {
      while (!go) std::this_thread::yield();
      wait_for_the_lock(lock, there);
    });
    lock.acquire();
    go = true;
    while (!there) std::this_thread::yield();
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    lock.release();
    other.join();
    seen = read_back(steady::contention_profile::pprof());
  } while (seen.samples.empty());
  EXPECT_EQ(seen.types, (std::vector<std::string>{"contentions", "delay"}));
  EXPECT_EQ(seen.sum("contentions", {}, "wait_for_the_lock"), seen.sum("contentions"));
  EXPECT_GT(seen.sum("delay", {}, "wait_for_the_lock"), 0);
  steady::contention_profile::stop();
  EXPECT_FALSE(steady::contention_profile::recording());
  EXPECT_FALSE(read_back(steady::contention_profile::pprof()).samples.empty()) << "what was recorded stays";
  steady::contention_profile::start();
  EXPECT_TRUE(read_back(steady::contention_profile::pprof()).samples.empty());
  steady::contention_profile::stop();
}

// One in a hundred waits is one in a hundred of all threads' together, and a profile begins anew.
TEST(ContentionProfile, CountsOneWaitInSoManyOfAllThreads) {
  const auto wait_once = [] {
    if (const auto listener = steady::detail::channel::contention_listening.load())
      listener(std::chrono::microseconds(1));
  };
  steady::contention_profile::start(100);
  for (int threads = 0; threads < 250; ++threads) std::thread(wait_once).join();
  EXPECT_EQ(read_back(steady::contention_profile::pprof()).sum("contentions"), 200);
  steady::contention_profile::start(1);
  wait_once();
  EXPECT_EQ(read_back(steady::contention_profile::pprof()).sum("contentions"), 1);
  steady::contention_profile::stop();
}

}  // namespace steady_test
