// Issue 7, "Shared spans": whatever takes its memory from one span_resource is seen in one heap profile, exactly, by who made it
// take it; and what an observed map has from such a heap counts once. M112, M126.
#include <gtest/gtest.h>

#include <steady/chan.hpp>
#include <steady/classic_map.hpp>
#include <steady/heap_profile.hpp>
#include <steady/observe.hpp>
#include <steady/slice.hpp>
#include <steady/span_resource.hpp>

#include <unistd.h>

#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <memory_resource>
#include <new>
#include <optional>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "profile/read_profile.hpp"
#include "support/scale.hpp"
#include "tools/support/run_command.hpp"

// The thread sanitizer has an operator new of its own, which lld does not let a program replace.
#if defined(__SANITIZE_THREAD__)
#define OWN_OPERATOR_NEW 0
#elif defined(__has_feature)
#define OWN_OPERATOR_NEW !__has_feature(thread_sanitizer)
#else
#define OWN_OPERATOR_NEW 1
#endif

namespace steady_test {
using steady::span_resource;
}

#if OWN_OPERATOR_NEW
namespace steady_test {

// The one that the program's `new` takes from, in the child process of one test; else it is malloc.
static span_resource* heap_of_new = nullptr;
static void* take_for_new(std::size_t bytes) noexcept {
  if (heap_of_new == nullptr || bytes > span_resource::largest_small) return std::malloc(bytes);
  return heap_of_new->allocate(bytes);
}
static void give_back_of_new(void* memory) noexcept {
  const auto span = heap_of_new == nullptr ? std::nullopt : heap_of_new->span_of(memory);
  if (!span.has_value()) return std::free(memory);
  heap_of_new->deallocate(memory, span->size);
}

}  // namespace steady_test

void* operator new(std::size_t bytes) {
  void* const memory = steady_test::take_for_new(bytes);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
  return steady_test::take_for_new(bytes);
}
void operator delete(void* memory) noexcept { steady_test::give_back_of_new(memory); }
void operator delete(void* memory, std::size_t) noexcept { steady_test::give_back_of_new(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { steady_test::give_back_of_new(memory); }
#endif

namespace steady_test {

template <class Value>
using pmr_entries = std::pmr::polymorphic_allocator<std::pair<const std::uint64_t, Value>>;
using observed_nodes = steady::observed::node_map<std::uint64_t, std::uint64_t, steady::hash<std::uint64_t>,
                                                  std::equal_to<std::uint64_t>, pmr_entries<std::uint64_t>>;
using unobserved_nodes = steady::node_map<std::uint64_t, std::uint64_t, steady::hash<std::uint64_t>,
                                          std::equal_to<std::uint64_t>, pmr_entries<std::uint64_t>>;
struct observed_policy : steady::classic::policy {
  using observer = steady::attached_observers;
};
using observed_classic =
    steady::classic_map<std::uint64_t, std::uint64_t, steady::hash<std::uint64_t>,
                        std::equal_to<std::uint64_t>, pmr_entries<std::uint64_t>, observed_policy>;

// The call sites.
[[gnu::noinline]] void append_numbers(steady::pmr::slice<std::uint64_t>& to, std::uint64_t number) {
  for (std::uint64_t each = 0; each < number; ++each) to.append(each);
}
template <class Map>
[[gnu::noinline]] void store_squares(Map& to, std::uint64_t number) {
  for (std::uint64_t key = 0; key < number; ++key) to.try_emplace(key, key * key);
}
[[gnu::noinline]] steady::chan<std::uint64_t> make_jobs(std::size_t capacity, span_resource& heap) {
  steady::chan<std::uint64_t> jobs{capacity, &heap};
  return jobs;
}

namespace {

class HeapProfileOfSpans : public ::testing::Test {
 protected:
  HeapProfileOfSpans() { steady::heap_profile::start(1); }
  ~HeapProfileOfSpans() override { steady::heap_profile::stop(); }

  static read_profile now() { return read_back(steady::heap_profile::pprof()); }
  static std::size_t pieces(const steady::span_stats& stats) {
    std::size_t number = stats.large_pieces;
    for (const auto& each : stats.by_size) number += each.nelems - each.nfree;
    return number;
  }
  // Of a heap that had its name from the beginning, and whose memory no observed map has.
  static void expect_all_of(const span_resource& heap) {
    const read_profile seen = now();
    const std::map<std::string, std::string> its{{"heap", std::string(heap.name())}};
    const steady::span_stats stats = heap.stats();
    EXPECT_EQ(static_cast<std::size_t>(seen.sum("inuse_space", its)), stats.bytes_in_use());
    EXPECT_EQ(static_cast<std::size_t>(seen.sum("inuse_objects", its)), pieces(stats));
    std::uint64_t taken = 0;
    for (const auto& each : stats.by_size) taken += each.allocations;
    EXPECT_EQ(static_cast<std::uint64_t>(
                  seen.sum("alloc_objects", {{"heap", std::string(heap.name())}, {"memory", "spans"}})),
              taken);
  }
};

TEST_F(HeapProfileOfSpans, SliceMapAndChannelAreInOneProfile) {
  span_resource heap;
  heap.name("parser");
  {
    steady::pmr::slice<std::uint64_t> numbers{&heap};
    append_numbers(numbers, 1'000);
    const std::size_t of_slice = heap.stats().bytes_in_use();
    steady::pmr::classic_map<std::uint64_t, std::uint64_t> squares{&heap};
    store_squares(squares, 1'000);
    const std::size_t of_map = heap.stats().bytes_in_use() - of_slice;
    auto jobs = make_jobs(64, heap);
    const std::size_t of_channel = heap.stats().bytes_in_use() - of_slice - of_map;
    std::pmr::vector<char> text(5'000, 'x', &heap);

    expect_all_of(heap);
    const read_profile seen = now();
    const auto in_use = [&](const char* caller) {
      return static_cast<std::size_t>(seen.sum("inuse_space", {}, caller));
    };
    EXPECT_EQ(in_use("append_numbers"), of_slice);
    EXPECT_EQ(in_use("store_squares"), of_map);
    EXPECT_EQ(in_use("make_jobs"), of_channel);
    EXPECT_GT(of_channel, 64 * sizeof(std::uint64_t));
    for (const read_sample& each : seen.samples) {
      EXPECT_EQ(each.labels.at("heap"), "parser");
      EXPECT_EQ(each.labels.at("type"), "steady::span_resource");
      EXPECT_EQ(each.labels.count("map"), 0u);
    }

    // A part keeps the block, and the block goes with the last of them.
    auto part = numbers(0, 1);
    numbers = steady::pmr::slice<std::uint64_t>{&heap};
    EXPECT_EQ(static_cast<std::size_t>(now().sum("inuse_space", {}, "append_numbers")), of_slice);
    part = steady::pmr::slice<std::uint64_t>{&heap};
    EXPECT_EQ(now().sum("inuse_space", {}, "append_numbers"), 0);
    squares.clear();
    expect_all_of(heap);
  }
  expect_all_of(heap);
  const read_profile all_gone = now();
  EXPECT_EQ(all_gone.sum("inuse_space"), 0);
  EXPECT_EQ(all_gone.sum("inuse_objects"), 0);
  EXPECT_GT(all_gone.sum("alloc_space", {{"heap", "parser"}}, "append_numbers"), 0);
}

TEST_F(HeapProfileOfSpans, PiecesOfEverySize) {
  span_resource heap;
  heap.name("all sizes");
  std::vector<std::pair<void*, std::size_t>> held;
  for (std::size_t bytes = 0; bytes < 200'000; bytes += bytes / 3 + 1) {
    held.emplace_back(heap.allocate(bytes, 8), bytes);
    if (bytes % 2 == 0) expect_all_of(heap);
  }
  const auto stats = heap.stats();
  ASSERT_GT(stats.large_pieces, 0u);
  const read_profile seen = now();
  EXPECT_EQ(static_cast<std::size_t>(seen.sum("inuse_space", {{"memory", "pages"}})), stats.large_bytes);
  EXPECT_EQ(static_cast<std::size_t>(seen.sum("inuse_objects", {{"memory", "pages"}})), stats.large_pieces);
  void* const aligned = heap.allocate(24, 1'024);  // of a larger class than its bytes would need
  expect_all_of(heap);
  heap.deallocate(aligned, 24, 1'024);
  for (const auto& [memory, bytes] : held) heap.deallocate(memory, bytes, 8);
  expect_all_of(heap);
  EXPECT_EQ(now().sum("inuse_space"), 0);
}

// Unlike maps of an observed type, which always are.
TEST_F(HeapProfileOfSpans, OnlyHeapsWithANameAreSeen) {
  span_resource heap;
  steady::pmr::slice<std::uint64_t> before{&heap};
  append_numbers(before, 10);
  EXPECT_TRUE(now().samples.empty());
  heap.name("first");
  steady::pmr::slice<std::uint64_t> named{&heap};
  append_numbers(named, 10);
  const std::int64_t first = now().sum("inuse_space", {{"heap", "first"}});
  EXPECT_GT(first, 0);
  heap.name("second");
  EXPECT_EQ(heap.name(), "second");
  EXPECT_EQ(now().sum("inuse_space", {{"heap", "first"}}), first) << "the name it had when it was taken";
  before = steady::pmr::slice<std::uint64_t>{&heap};
  append_numbers(before, 1);
  EXPECT_GT(now().sum("inuse_space", {{"heap", "second"}}), 0);
  heap.name("");
  const std::int64_t all = now().sum("inuse_space");
  steady::pmr::slice<std::uint64_t> after{&heap};
  append_numbers(after, 10);
  EXPECT_EQ(now().sum("inuse_space"), all);
  before = named = steady::pmr::slice<std::uint64_t>{&heap};
  EXPECT_EQ(now().sum("inuse_space"), 0) << "what is known is known when it goes, named or not";
}

TEST_F(HeapProfileOfSpans, AnObservedMapsMemoryCountsOnce) {
  span_resource heap;
  heap.name("shared");
  {
    steady::pmr::slice<std::uint64_t> numbers{&heap};
    append_numbers(numbers, 500);
    const std::size_t of_slice = heap.stats().bytes_in_use();
    const std::size_t taken_by_slice =
        static_cast<std::size_t>(now().sum("alloc_space", {{"heap", "shared"}}));
    observed_nodes nodes{&heap};
    observed_classic classic{&heap};
    nodes.name("nodes");
    classic.name("classic");
    const auto expect_once = [&] {
      const read_profile seen = now();
      EXPECT_EQ(static_cast<std::size_t>(seen.sum("inuse_space", {{"map", "nodes"}})), nodes.memory_usage());
      EXPECT_EQ(static_cast<std::size_t>(seen.sum("inuse_space", {{"map", "classic"}})),
                classic.stats().bytes());
      EXPECT_EQ(static_cast<std::size_t>(seen.sum("inuse_space", {{"heap", "shared"}})), of_slice);
      EXPECT_EQ(static_cast<std::size_t>(seen.sum("inuse_space")),
                of_slice + nodes.memory_usage() + classic.stats().bytes());
      EXPECT_EQ(static_cast<std::size_t>(seen.sum("alloc_space", {{"heap", "shared"}})), taken_by_slice)
          << "what the maps took and gave back is theirs alone";
    };
    for (const std::uint64_t number : {1u, 20u, 300u, 3'000u}) {
      store_squares(nodes, number);
      store_squares(classic, number);
      expect_once();
    }
    classic.finish_growth();
    EXPECT_EQ(now().sum("inuse_objects", {{"map", "classic"}, {"memory", "buckets"}}),
              std::int64_t{1} << classic.stats().B);
    for (std::uint64_t key = 0; key < 3'000; ++key) {
      if (key % 7 != 0) nodes.erase(key);
      classic.erase(key);
    }
    expect_once();
    nodes.clear();
    classic.clear();
    expect_once();
  }
  EXPECT_EQ(heap.stats().bytes_in_use(), 0u);
  EXPECT_EQ(now().sum("inuse_space"), 0);
}

// Whatever their entries' size and alignment round up to, the heap is asked for what the map says.
TEST_F(HeapProfileOfSpans, EveryPartOfAMapOfAnyEntriesCountsOnce) {
  struct odd {
    char bytes[13];
  };
  struct alignas(64) aligned {
    char bytes[64];
  };
  const auto expect_once = []<class Map>(std::type_identity<Map>) {
    span_resource heap;
    heap.name("shared");
    Map map{&heap};
    for (std::uint64_t key = 0; key < 1'500; ++key) {
      map.try_emplace(key);
      if (key % 100 != 7) continue;
      const read_profile seen = now();
      EXPECT_EQ(seen.sum("inuse_space", {{"heap", "shared"}}), 0) << key;
      const auto stats = map.stats();
      EXPECT_EQ(static_cast<std::size_t>(seen.sum("inuse_space")), stats.bytes()) << key;
    }
  };
  const auto expect_of = [&]<class Value>(std::type_identity<Value>) {
    using hash = steady::hash<std::uint64_t>;
    using equal = std::equal_to<std::uint64_t>;
    expect_once(
        std::type_identity<steady::observed::map<std::uint64_t, Value, hash, equal, pmr_entries<Value>>>{});
    expect_once(
        std::type_identity<
            steady::classic_map<std::uint64_t, Value, hash, equal, pmr_entries<Value>, observed_policy>>{});
  };
  expect_of(std::type_identity<odd>{});
  expect_of(std::type_identity<aligned>{});
}

// What the resource took is more than the map has of it, though the map's memory be the first in it.
TEST_F(HeapProfileOfSpans, AMapBehindAnotherResourceDoesNotHideWhatThatTook) {
  span_resource heap;
  heap.name("shared");
  // The size class of the resource's block may be that of the map's memory.
  for (const std::size_t first_block : {20'000u, 1'000u, 500u, 100u, 40'000u}) {
    SCOPED_TRACE(first_block);
    {
      std::pmr::monotonic_buffer_resource arena(first_block, &heap);
      observed_nodes nodes{&arena};
      nodes.name("nodes");
      const auto expect_both = [&] {
        const read_profile seen = now();
        EXPECT_EQ(static_cast<std::size_t>(seen.sum("inuse_space", {{"heap", "shared"}})),
                  heap.stats().bytes_in_use());
        EXPECT_EQ(static_cast<std::size_t>(seen.sum("inuse_space", {{"map", "nodes"}})),
                  nodes.memory_usage());
      };
      store_squares(nodes, 1);
      expect_both();
      store_squares(nodes, 1'000);
    }
    EXPECT_EQ(now().sum("inuse_space"), 0);
    EXPECT_EQ(heap.stats().bytes_in_use(), 0u);
  }
}

// It is in use all the while: the heap's, when no observed map has it.
TEST_F(HeapProfileOfSpans, AnEntryThatGoesToAMapNobodyObservesIsTheHeapsAgain) {
  constexpr std::int64_t entry_piece = 16;  // two words: a size class
  span_resource heap;
  heap.name("shared");
  {
    observed_nodes seen_here{&heap};
    store_squares(seen_here, 100);
    const auto of_entries = [&] { return now().sum("inuse_objects", {{"memory", "entries"}}); };
    EXPECT_EQ(of_entries(), 100);
    EXPECT_EQ(now().sum("inuse_space", {{"heap", "shared"}}), 0);
    unobserved_nodes unseen{&heap};
    unseen.reserve(200);  // so that it takes no memory but for entries
    const std::int64_t others = now().sum("inuse_space", {{"heap", "shared"}});
    const auto in_heaps_rows = [&] { return now().sum("inuse_space", {{"heap", "shared"}}) - others; };
    EXPECT_EQ(in_heaps_rows(), 0);
    unseen.merge(seen_here);
    EXPECT_EQ(of_entries(), 0);
    EXPECT_EQ(in_heaps_rows(), 100 * entry_piece);
    for (std::uint64_t key = 0; key < 30; ++key) unseen.erase(key);
    EXPECT_EQ(in_heaps_rows(), 70 * entry_piece);
    seen_here.merge(unseen);
    EXPECT_EQ(of_entries(), 70);
    EXPECT_EQ(in_heaps_rows(), 0);
  }
  EXPECT_EQ(heap.stats().bytes_in_use(), 0u);
  EXPECT_EQ(now().sum("inuse_space"), 0);
}

TEST_F(HeapProfileOfSpans, AHeapThatEndsGivesEverythingBack) {
  span_resource stays;
  stays.name("stays");
  void* const of_stays = stays.allocate(100, 8);
  const std::int64_t before = now().sum("inuse_space");
  std::optional<span_resource> heap(std::in_place);
  heap->name("goes");
  for (const std::size_t bytes : {8u, 8u, 500u, 20'000u, 40'000u}) (void)heap->allocate(bytes, 8);
  EXPECT_GT(now().sum("inuse_space"), before);
  heap.reset();
  EXPECT_EQ(now().sum("inuse_space"), before);
  EXPECT_EQ(now().sum("alloc_objects", {{"heap", "goes"}}), 5);
  stays.deallocate(of_stays, 100, 8);
  EXPECT_EQ(now().sum("inuse_space"), 0);
}

// A map that is never destroyed, as the last of a program may be.
template <class Map>
Map& make_for_ever(span_resource& heap) {
  alignas(Map) static std::byte place[sizeof(Map)];
  return *::new (place) Map(&heap);
}

// What no piece is known of: the heap had no name, the piece was not sampled, or it lies in the middle of one.
TEST_F(HeapProfileOfSpans, AHeapThatEndsEndsWhatMapsHadOfIt) {
  observed_nodes elsewhere{std::pmr::new_delete_resource()};
  store_squares(elsewhere, 50);
  const std::int64_t before = now().sum("inuse_space");
  for (const char* const name : {"goes", ""}) {
    SCOPED_TRACE(name);
    for (const std::uint64_t number : {200u, 1'500u}) {  // in spans; in pages of its own
      std::optional<span_resource> heap(std::in_place);
      heap->name(name);
      observed_classic& map = make_for_ever<observed_classic>(*heap);
      store_squares(map, number);
      map.finish_growth();
      ASSERT_GT(now().sum("inuse_objects", {{"memory", "overflow"}}), 0);
      ASSERT_EQ(heap->stats().large_pieces, number == 200 ? 0u : 1u);
      heap.reset();
      EXPECT_EQ(now().sum("inuse_space"), before);
    }
    std::optional<span_resource> heap(std::in_place);
    heap->name(name);
    store_squares(make_for_ever<observed_nodes>(*heap), 3'000);
    EXPECT_GT(now().sum("inuse_space"), before);
    heap.reset();
    EXPECT_EQ(now().sum("inuse_space"), before);
  }
}

// A map's entry may have gone, by way of a map that nobody observes, without a word.
TEST_F(HeapProfileOfSpans, WhatAMapHadAtAPiecesAddressIsGone) {
  class one_place : public std::pmr::memory_resource {
   public:
    alignas(span_resource::page_bytes) std::byte bytes[16 * span_resource::page_bytes];

   private:
    void* do_allocate(std::size_t, std::size_t) override { return bytes; }
    void do_deallocate(void*, std::size_t, std::size_t) override {}
    [[nodiscard]] bool do_is_equal(const memory_resource& other) const noexcept override {
      return this == &other;
    }
  };
  const auto place = std::make_unique<one_place>();
  steady::detail::memory_listening.load()->taken(
      {steady::memory_kind::entries, "gone", "a map", place->bytes, 64, 1, 64});
  EXPECT_EQ(now().sum("inuse_space", {{"map", "gone"}}), 64);
  span_resource heap(place.get());
  heap.name("heap");
  void* const piece = heap.allocate(15 * span_resource::page_bytes);
  ASSERT_EQ(piece, place->bytes);
  EXPECT_EQ(now().sum("inuse_space", {{"map", "gone"}}), 0);
  expect_all_of(heap);
  heap.deallocate(piece, 15 * span_resource::page_bytes);
  EXPECT_EQ(now().sum("inuse_space"), 0);
}

// Then the recorder's own memory does, too, while it holds its lock.
#if OWN_OPERATOR_NEW
TEST_F(HeapProfileOfSpans, AllMemoryOfAProgramMayComeFromANamedHeap) {
  const auto in_child = [] {
    (void)::alarm(60);  // it would wait for itself for ever
    span_resource heap;
    heap.name("everything");
    heap_of_new = &heap;
    steady::heap_profile::start(1);
    const auto in_use = [] { return now().sum("inuse_objects", {{"heap", "everything"}}); };
    std::vector<std::unique_ptr<std::uint64_t>> numbers(1'000);
    const std::int64_t before = in_use();
    for (auto& each : numbers) each = std::make_unique<std::uint64_t>(1);
    const std::int64_t made = in_use() - before;
    numbers.clear();
    const std::int64_t left = in_use() - before;
    steady::heap_profile::start(1);  // gives back what the recorder has
    std::_Exit(before == 1 && made == 1'000 && left == 0 ? 0 : 1);
  };
  EXPECT_EXIT(in_child(), ::testing::ExitedWithCode(0), "");
}
#endif

TEST_F(HeapProfileOfSpans, SampledFiguresAreRightOnAverage) {
  steady::heap_profile::start(2'048);
  const auto number = static_cast<std::int64_t>(scaled(1'000'000, 20'000));
  span_resource heap;
  heap.name("sampled");
  observed_nodes nodes{&heap};  // beside them, and not among them
  std::vector<void*> pieces;
  for (std::int64_t each = 0; each < number; ++each) {
    pieces.push_back(heap.allocate(64, 8));
    if (each % 4 == 0) nodes.try_emplace(static_cast<std::uint64_t>(each), 0u);
  }
  // Of pieces of 64 bytes one in 32 is a sample. Eight standard deviations.
  const double deviation = 8 / std::sqrt(static_cast<double>(number) / 32);
  const read_profile seen = now();
  for (const char* type : {"alloc_objects", "inuse_objects"})
    EXPECT_NEAR(static_cast<double>(seen.sum(type, {{"heap", "sampled"}})) / static_cast<double>(number), 1,
                deviation);
  for (void* const each : pieces) heap.deallocate(each, 64, 8);
  nodes.clear();
  EXPECT_EQ(now().sum("inuse_space"), 0) << "what was sampled is known when it goes";
}

TEST_F(HeapProfileOfSpans, PiecesAreMadeAndGivenBackByManyThreads) {
  span_resource heap;
  heap.name("shared");
  std::atomic<int> working{3};
  std::vector<std::thread> threads;
  steady::chan<steady::pmr::slice<std::uint64_t>> hand_over{4, &heap};
  for (int thread = 0; thread < 3; ++thread)
    threads.emplace_back([&] {
      for (std::uint64_t round = 0; round < scaled(2'000, 40); ++round) {
        steady::pmr::slice<std::uint64_t> numbers{&heap};
        append_numbers(numbers, 20);
        // Given back by whoever takes it out last.
        hand_over.send(numbers(0, 5));
        (void)hand_over.recv();
        observed_nodes nodes{&heap};
        store_squares(nodes, 20);
      }
      --working;
    });
  // The name may change while they take.
  for (int round = 0; working.load() != 0; ++round) {
    heap.name(round % 2 == 0 ? "shared" : "of another name");
    EXPECT_FALSE(steady::heap_profile::pprof().empty());
  }
  for (std::thread& each : threads) each.join();
  const read_profile seen = now();
  EXPECT_EQ(seen.sum("inuse_objects"), 1) << "the channel";
  EXPECT_GT(seen.sum("alloc_space", {{"memory", "spans"}}, "append_numbers"), 0);
}

// What the real pprof makes of it.
TEST_F(HeapProfileOfSpans, GoToolPprofShowsHeapsAndMaps) {
  if (run_command("go tool -n pprof").exit_code != 0)
    GTEST_SKIP()
        << "go is not installed, so the profile was not opened: scripts/install-dependencies profile";
  const temporary_folder folder;
  span_resource heap;
  heap.name("parser");
  steady::pmr::slice<std::uint64_t> numbers{&heap};
  append_numbers(numbers, 20'000);
  observed_nodes nodes{&heap};
  nodes.name("sessions");
  store_squares(nodes, 1'000);
  folder.write("heap.pb.gz", steady::heap_profile::pprof());
  const auto pprof = [&](const std::string& words) {
    const command_outcome done =
        run_command("env HOME=" + folder.file("") + " PPROF_TMPDIR=" + folder.file("") +
                    " go tool pprof -unit=B " + words + " " + folder.file("heap.pb.gz"));
    EXPECT_EQ(done.exit_code, 0) << done.err;
    return done.out;
  };
  const std::string of_heap = pprof("-top -tagfocus=heap=parser");
  EXPECT_NE(of_heap.find("append_numbers"), std::string::npos) << of_heap;
  EXPECT_EQ(of_heap.find("store_squares"), std::string::npos) << "it is the map's: " << of_heap;
  const std::string of_map = pprof("-top -tagfocus=map=sessions");
  EXPECT_NE(of_map.find("store_squares"), std::string::npos) << of_map;
  const std::int64_t all = now().sum("inuse_space");
  const std::string top = pprof("-top");
  EXPECT_NE(top.find("% of " + std::to_string(all) + "B total"), std::string::npos) << top;
}

}  // namespace
}  // namespace steady_test
