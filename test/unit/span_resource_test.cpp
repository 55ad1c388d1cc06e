// steady::span_resource: Go's size classes in Go's spans, figures that are what is there, and bounded work; then slices,
// classic maps and channels on one of it. Everything by counting.
#include <gtest/gtest.h>

#include <steady/chan.hpp>
#include <steady/classic_map.hpp>
#include <steady/slice.hpp>
#include <steady/span_resource.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory_resource>
#include <new>
#include <set>
#include <thread>
#include <vector>

#include "../support/random.hpp"
#include "../support/scale.hpp"

namespace steady_test {
namespace {

using steady::span_resource;
using steady::span_stats;

std::size_t spans_of(const span_stats& stats) {
  std::size_t spans = 0;
  for (const auto& each : stats.by_size) spans += each.spans;
  return spans;
}

// ----------------------------------------------------------------------------------------------------------
// size classes

struct go_class {
  std::size_t size, span_bytes, objects;
};
// The table in the head of Go's runtime/sizeclasses.go.
constexpr go_class go_classes[] = {
    {8, 8192, 1024},   {16, 8192, 512},   {24, 8192, 341},   {32, 8192, 256},   {48, 8192, 170},
    {64, 8192, 128},   {80, 8192, 102},   {96, 8192, 85},    {112, 8192, 73},   {128, 8192, 64},
    {144, 8192, 56},   {160, 8192, 51},   {176, 8192, 46},   {192, 8192, 42},   {208, 8192, 39},
    {224, 8192, 36},   {240, 8192, 34},   {256, 8192, 32},   {288, 8192, 28},   {320, 8192, 25},
    {352, 8192, 23},   {384, 8192, 21},   {416, 8192, 19},   {448, 8192, 18},   {480, 8192, 17},
    {512, 8192, 16},   {576, 8192, 14},   {640, 8192, 12},   {704, 8192, 11},   {768, 8192, 10},
    {896, 8192, 9},    {1024, 8192, 8},   {1152, 8192, 7},   {1280, 8192, 6},   {1408, 16384, 11},
    {1536, 8192, 5},   {1792, 16384, 9},  {2048, 8192, 4},   {2304, 16384, 7},  {2688, 8192, 3},
    {3072, 24576, 8},  {3200, 16384, 5},  {3456, 24576, 7},  {4096, 8192, 2},   {4864, 24576, 5},
    {5376, 16384, 3},  {6144, 24576, 4},  {6528, 32768, 5},  {6784, 40960, 6},  {6912, 49152, 7},
    {8192, 8192, 1},   {9472, 57344, 6},  {9728, 49152, 5},  {10240, 40960, 4}, {10880, 32768, 3},
    {12288, 24576, 2}, {13568, 40960, 3}, {14336, 57344, 4}, {16384, 16384, 1}, {18432, 73728, 4},
    {19072, 57344, 3}, {20480, 40960, 2}, {21760, 65536, 3}, {24576, 24576, 1}, {27264, 81920, 3},
    {28672, 57344, 2}, {32768, 32768, 1},
};

TEST(SpanResourceClasses, SizesSpansAndPiecesAreGos) {
  const span_resource heap;
  const span_stats stats = heap.stats();
  ASSERT_EQ(stats.by_size.size(), std::size(go_classes));
  for (std::size_t at = 0; at < std::size(go_classes); ++at) {
    EXPECT_EQ(stats.by_size[at].size, go_classes[at].size);
    EXPECT_EQ(stats.by_size[at].span_bytes, go_classes[at].span_bytes) << go_classes[at].size;
    const steady::detail::heap_span span(nullptr, static_cast<unsigned>(at));
    EXPECT_EQ(span.nelems, go_classes[at].objects) << go_classes[at].size;
    EXPECT_EQ(span.nfree(), go_classes[at].objects) << go_classes[at].size;
  }
}

TEST(SpanResourceClasses, ThePieceIsTheSmallestThatHoldsTheBytesAndTheAlignment) {
  for (std::size_t alignment = 1; alignment <= span_resource::page_bytes; alignment *= 4) {
    std::size_t expected = 0;
    for (std::size_t bytes = 0; bytes <= span_resource::largest_small; ++bytes) {
      while (go_classes[expected].size < bytes || go_classes[expected].size % alignment != 0) ++expected;
      ASSERT_EQ(steady::detail::heap_class(bytes, alignment), expected)
          << bytes << " bytes aligned to " << alignment;
    }
  }
}

// ----------------------------------------------------------------------------------------------------------
// pieces and figures

struct piece {
  unsigned char* memory;
  std::size_t bytes;
  std::size_t alignment;
  unsigned char mark;
};
piece take(std::pmr::memory_resource& heap, std::size_t bytes, std::size_t alignment, unsigned char mark) {
  const piece taken{static_cast<unsigned char*>(heap.allocate(bytes, alignment)), bytes, alignment, mark};
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(taken.memory) % alignment, 0u);
  std::memset(taken.memory, mark, bytes);
  return taken;
}
bool untouched(const piece& p) {
  return std::all_of(p.memory, p.memory + p.bytes, [&p](unsigned char byte) { return byte == p.mark; });
}
void give(std::pmr::memory_resource& heap, const piece& p) {
  heap.deallocate(p.memory, p.bytes, p.alignment);
}

std::size_t some_size(std::uint64_t random) {
  constexpr std::size_t most[] = {200, 3'000, span_resource::largest_small, 100'000};
  return (random >> 8) % (most[random % 64 == 0 ? 3 : random % 64 < 6 ? 2 : random % 2] + 1);
}

// What the figures have to be for these pieces: each class counted by hand, and the books of each span that has one.
void check_figures(const span_resource& heap, const std::vector<piece>& live) {
  const span_stats stats = heap.stats();
  std::map<std::size_t, std::size_t> in_use;  // pieces, by size
  std::map<const void*, std::size_t> on_span;
  std::size_t requested = 0, large = 0, bytes = 0;
  for (const piece& p : live) {
    requested += p.bytes;
    const auto span = heap.span_of(p.memory);
    if (p.bytes > span_resource::largest_small || p.alignment > span_resource::page_bytes) {
      EXPECT_FALSE(span.has_value());
      ++large;
      bytes += std::max<std::size_t>(1, (p.bytes + 8191) / 8192) * 8192;
      continue;
    }
    ASSERT_TRUE(span.has_value());
    ++in_use[span->size];
    ++on_span[span->base];
    bytes += span->size;
    ASSERT_EQ(span->alloc_count + span->nfree, span->nelems) << "the count and the bits";
  }
  EXPECT_EQ(stats.bytes_requested, requested);
  EXPECT_EQ(stats.large_pieces, large);
  EXPECT_EQ(stats.bytes_in_use(), bytes) << "the sum of (nelems - nfree) x size, and the large ones";
  EXPECT_GE(stats.bytes_in_spans(), bytes);
  for (const auto& each : stats.by_size) {
    EXPECT_EQ(each.nelems - each.nfree, in_use[each.size]) << each.size;
    EXPECT_EQ(each.allocations - each.releases, in_use[each.size]) << each.size;
    EXPECT_EQ(each.nelems, each.spans * (each.span_bytes / each.size)) << each.size;
  }
  for (const piece& p : live) {
    if (const auto span = heap.span_of(p.memory)) {
      EXPECT_EQ(span->alloc_count, on_span[span->base]);
    }
  }
  EXPECT_LE(spans_of(stats), on_span.size() + 1) << "one empty span is kept at most";
}

TEST(SpanResource, PiecesKeepTheirBytesAndTheFiguresAreWhatIsThere) {
  span_resource heap;
  std::vector<piece> live;
  const std::size_t steps = scaled(40'000, 4'000);
  std::size_t spans = 0;
  for (std::size_t step = 0; step < steps; ++step) {
    const std::uint64_t random = scramble(step);
    const bool filling = step / (steps / 6) % 2 == 0;
    if (live.empty() || random % 100 < (filling ? 75u : 25u)) {
      const std::size_t alignment = random % 8 != 0 ? 8 : std::size_t{1} << (random >> 40) % 15;
      live.push_back(take(heap, some_size(scramble(random)), alignment, static_cast<unsigned char>(step)));
    } else {
      std::swap(live[(random >> 8) % live.size()], live.back());
      ASSERT_TRUE(untouched(live.back()));
      give(heap, live.back());
      live.pop_back();
    }
    const std::size_t now = spans_of(heap.stats());
    ASSERT_LE(now > spans ? now - spans : spans - now, 1u) << "an operation makes or ends at most one span";
    spans = now;
    if (step % (steps / 12) == 0) check_figures(heap, live);
  }
  check_figures(heap, live);
  for (const piece& p : live) {
    EXPECT_TRUE(untouched(p));
    give(heap, p);
  }
  check_figures(heap, {});
}

// The lowest piece of the fullest span is taken, so what empties becomes empty altogether.
TEST(SpanResource, FullerSpansAreUsedFirstAndEmptyOnesGo) {
  span_resource heap;
  constexpr std::size_t pieces_a_span = 8192 / 512, spans = 40;
  std::vector<piece> live;
  for (std::size_t at = 0; at < spans * pieces_a_span; ++at) live.push_back(take(heap, 512, 8, 1));
  ASSERT_EQ(spans_of(heap.stats()), spans);
  std::map<const void*, std::vector<piece>> by_span;
  for (const piece& p : live) by_span[heap.span_of(p.memory)->base].push_back(p);
  // A quarter stays in every second span, three quarters in the others.
  live.clear();
  std::set<const void*> fuller;
  std::size_t at_span = 0;
  for (const auto& [base, on_it] : by_span) {
    const std::size_t kept = at_span++ % 2 == 0 ? 4 : 12;
    if (kept == 12) fuller.insert(base);
    for (std::size_t at = 0; at < on_it.size(); ++at) {
      if (at < kept) {
        live.push_back(on_it[at]);
      } else {
        give(heap, on_it[at]);
      }
    }
  }
  for (std::size_t at = 0; at < spans / 2 * 4; ++at) {
    live.push_back(take(heap, 512, 8, 1));
    EXPECT_TRUE(fuller.contains(heap.span_of(live.back().memory)->base));
  }
  EXPECT_EQ(spans_of(heap.stats()), spans);
  for (auto p = live.begin(); p != live.end();) {
    if (fuller.contains(heap.span_of(p->memory)->base)) {
      ++p;
    } else {
      give(heap, *p);
      p = live.erase(p);
    }
  }
  EXPECT_EQ(spans_of(heap.stats()), spans / 2 + 1);
  for (const piece& p : live) give(heap, p);
}

TEST(SpanResource, SwingingAroundASpansBorderMakesNoSpans) {
  span_resource heap;
  std::vector<piece> full;
  for (std::size_t at = 0; at < 8; ++at) full.push_back(take(heap, 1024, 8, 1));
  const std::size_t spans = spans_of(heap.stats());
  const auto calls = [&] { return heap.page_stats().madvise_calls; };
  const auto before = calls();
  const auto pages = heap.page_stats().bytes_in_use;
  const piece first = take(heap, 1024, 8, 2);
  EXPECT_EQ(spans_of(heap.stats()), spans + 1);
  const auto with_one_more = heap.page_stats().bytes_in_use;
  EXPECT_GT(with_one_more, pages);
  give(heap, first);
  for (int round = 0; round < 100; ++round) {
    give(heap, take(heap, 1024, 8, 2));
    ASSERT_EQ(heap.page_stats().bytes_in_use, with_one_more);
  }
  EXPECT_EQ(calls(), before);
  for (const piece& p : full) give(heap, p);
}

// ----------------------------------------------------------------------------------------------------------
// errors

class refusing_upstream : public std::pmr::memory_resource {
 public:
  bool refuses = false;
  std::size_t live = 0;

 private:
  void* do_allocate(std::size_t bytes, std::size_t alignment) override {
    if (refuses) throw std::bad_alloc();
    ++live;
    return std::pmr::new_delete_resource()->allocate(bytes, alignment);
  }
  void do_deallocate(void* memory, std::size_t bytes, std::size_t alignment) override {
    --live;
    std::pmr::new_delete_resource()->deallocate(memory, bytes, alignment);
  }
  bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override { return this == &other; }
};

// Spans of ten pages, and large pieces over 64 KiB, are the upstream's (elsewhere than on Linux, all are).
TEST(SpanResource, AnAllocationThatFailsChangesNothing) {
  refusing_upstream upstream;
  {
    span_resource heap(&upstream);
    std::vector<piece> live = {take(heap, 27'264, 8, 1), take(heap, 27'264, 8, 2), take(heap, 27'264, 8, 3),
                               take(heap, 200'000, 8, 4)};
    const span_stats before = heap.stats();
    upstream.refuses = true;
    EXPECT_THROW((void)heap.allocate(27'000, 8), std::bad_alloc);
    EXPECT_THROW((void)heap.allocate(200'000, 8), std::bad_alloc);
    EXPECT_THROW((void)heap.allocate(~std::size_t{0} - 5, 8), std::bad_alloc);
    upstream.refuses = false;
    const span_stats after = heap.stats();
    EXPECT_EQ(after.bytes_in_use(), before.bytes_in_use());
    EXPECT_EQ(after.bytes_in_spans(), before.bytes_in_spans());
    EXPECT_EQ(after.bytes_requested, before.bytes_requested);
    check_figures(heap, live);
    give(heap, live.back());
    live.pop_back();
    for (const piece& p : live) EXPECT_TRUE(untouched(p));
  }
  EXPECT_EQ(upstream.live, 0u) << "what was not given back goes with the resource";
}

TEST(SpanResource, IsEqualToItselfAlone) {
  const span_resource one, another;
  EXPECT_TRUE(one.is_equal(one));
  EXPECT_FALSE(one.is_equal(another));
  static_assert(!std::is_copy_constructible_v<span_resource>);
}

// ----------------------------------------------------------------------------------------------------------
// slices, maps and channels on one heap

TEST(SpanResource, SlicesLieInItsSpans) {
  span_resource heap;
  {
    steady::pmr::slice<std::uint64_t> numbers(&heap);
    std::uint64_t sum = 0;
    for (std::uint64_t number = 0; number < 5'000; ++number) {
      numbers.append(number);
      const auto span = heap.span_of(numbers.data());
      const bool large = numbers.capacity() * 8 + 64 > span_resource::largest_small;
      ASSERT_EQ(span.has_value(), !large) << numbers.capacity();
      const std::size_t before_them = heap.stats().bytes_requested - numbers.capacity() * 8;
      ASSERT_TRUE(before_them == 32 || before_them == 40) << "one block: a header, and the elements";
    }
    const auto part = numbers(10, 20);
    numbers = nullptr;
    EXPECT_EQ(part[9], 19u);
    EXPECT_GT(heap.stats().bytes_in_use(), 5'000u * 8);
    for (const std::uint64_t each : part) sum += each;
    EXPECT_EQ(sum, 145u);
  }
  EXPECT_EQ(heap.stats().bytes_in_use(), 0u);
}

TEST(SpanResource, ClassicMapsLieInItsSpans) {
  span_resource heap;
  {
    steady::pmr::classic_map<std::uint64_t, std::uint64_t> map(&heap);
    for (std::uint64_t key = 0; key < 1'000; ++key) {
      map[key] = key * key;
      ASSERT_EQ(heap.stats().bytes_requested, map.stats().bytes());
    }
    for (std::uint64_t key = 0; key < 1'000; ++key) ASSERT_EQ(map[key], key * key);
    for (auto [key, value] : map)
      if (key % 2 == 0) map.erase(key);
    EXPECT_EQ(map.size(), 500u);
  }
  EXPECT_EQ(heap.stats().bytes_in_use(), 0u);
}

TEST(SpanResource, ChannelsLieInItsSpansAndMayEndOnAnotherThread) {
  span_resource heap;
  {
    steady::chan<std::uint64_t> numbers(300, &heap, "numbers");
    EXPECT_EQ(numbers.name(), "numbers");
    const auto stats = heap.stats();
    EXPECT_GE(stats.bytes_requested, 300u * 8);
    EXPECT_EQ(spans_of(stats), 1u) << "header and buffer are one piece";
    std::thread receiver([numbers] {
      std::uint64_t sum = 0;
      for (const std::uint64_t each : numbers) sum += each;
      EXPECT_EQ(sum, 999u * 1'000 / 2);
    });
    for (std::uint64_t number = 0; number < 1'000; ++number) numbers.send(number);
    numbers.close();
    numbers = nullptr;
    receiver.join();
  }
  EXPECT_EQ(heap.stats().bytes_requested, 0u);
  EXPECT_EQ(heap.stats().bytes_in_use(), 0u);
}

// A slice's array and a map's bucket of one size lie in one span (claim M126).
TEST(SpanResource, AllOfThemShareSpans) {
  span_resource heap;
  const auto numbers = steady::pmr::slice<std::uint64_t>::make(18, 18, &heap);
  steady::pmr::classic_map<std::uint64_t, std::uint64_t> map(&heap);
  map[1] = 1;
  const auto span = heap.span_of(numbers.data());
  ASSERT_TRUE(span.has_value());
  EXPECT_EQ(span->size, 176u) << "a bucket of 144 bytes, or 18 elements, and what comes before them";
  EXPECT_EQ(span->alloc_count, 2u);
  EXPECT_EQ(heap.span_of(&map[1]), span);
}

// ----------------------------------------------------------------------------------------------------------
// threads

TEST(SpanResource, ThreadsTakeAndGiveBackWhatOthersTook) {
  span_resource heap;
  const std::size_t rounds = scaled(5'000, 500);
  std::vector<std::vector<piece>> left(3);
  {
    std::vector<std::thread> threads;
    for (std::size_t thread = 0; thread < left.size(); ++thread)
      threads.emplace_back([&, thread] {
        for (std::size_t round = 0; round < rounds; ++round) {
          const std::uint64_t random = scramble(round * left.size() + thread);
          left[thread].push_back(take(heap, some_size(random), 8, static_cast<unsigned char>(thread + 1)));
          if (random % 3 == 0) {
            EXPECT_TRUE(untouched(left[thread].back()));
            give(heap, left[thread].back());
            left[thread].pop_back();
          }
        }
      });
    for (auto& each : threads) each.join();
  }
  std::vector<std::thread> threads;
  for (std::size_t thread = 0; thread < left.size(); ++thread)
    threads.emplace_back([&, thread] {
      for (const piece& p : left[(thread + 1) % left.size()]) {
        EXPECT_TRUE(untouched(p));
        give(heap, p);
      }
    });
  for (auto& each : threads) each.join();
  check_figures(heap, {});
}

}  // namespace
}  // namespace steady_test
