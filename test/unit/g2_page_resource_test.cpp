// G2: what a map gives back to steady::page_resource leaves the process.
//
// Resident pages are counted by mincore over the regions that the resource's pieces were seen in, so that
// neither a sanitizer's memory nor the test's own blurs the figure, and a region that was unmapped is known
// by its error. Where the resource forwards to its upstream, the tests of forwarding are what remains.
#include <gtest/gtest.h>

#include <steady/map.hpp>
#include <steady/page_resource.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory_resource>
#include <new>
#include <set>
#include <string>
#include <vector>

#include "../support/random.hpp"
#include "../support/scale.hpp"

#if defined(__linux__)
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>
#endif

namespace steady_test {
namespace {

// ----------------------------------------------------------------------------------------------------------
// size classes

TEST(PageResourceSizeClassTest, PiecesAreLargeEnoughAndHardlyLarger) {
  namespace detail = steady::detail;
  for (std::size_t bytes = 1; bytes <= detail::largest_piece; ++bytes) {
    const unsigned size_class = detail::size_class_of(bytes);
    ASSERT_LT(size_class, detail::size_classes);
    const std::size_t piece = detail::piece_bytes_of(size_class);
    ASSERT_GE(piece, bytes);
    ASSERT_EQ(detail::size_class_of(piece), size_class) << bytes;
    ASSERT_LE(piece, bytes + std::max<std::size_t>(15, bytes / 16)) << bytes;
    for (std::size_t alignment = 1; alignment <= detail::largest_piece; alignment *= 2) {
      const std::size_t aligned = detail::size_class_of(detail::round_up(bytes, alignment));
      ASSERT_EQ(detail::piece_bytes_of(static_cast<unsigned>(aligned)) % alignment, 0u)
          << bytes << " bytes aligned to " << alignment;
    }
  }
}

// ----------------------------------------------------------------------------------------------------------
// forwarding

class counting_upstream : public std::pmr::memory_resource {
 public:
  std::size_t allocations = 0;
  std::size_t live_bytes = 0;

 private:
  void* do_allocate(std::size_t bytes, std::size_t alignment) override {
    ++allocations;
    live_bytes += bytes;
    return std::pmr::new_delete_resource()->allocate(bytes, alignment);
  }
  void do_deallocate(void* memory, std::size_t bytes, std::size_t alignment) override {
    live_bytes -= bytes;
    std::pmr::new_delete_resource()->deallocate(memory, bytes, alignment);
  }
  bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override { return this == &other; }
};

TEST(PageResourceTest, WhatIsOverTheLimitGoesUpstream) {
  counting_upstream upstream;
  steady::page_resource pages(&upstream);
  EXPECT_EQ(pages.upstream_resource(), &upstream);
  constexpr std::size_t limit = steady::page_resource::largest_piece;

  void* const small = pages.allocate(limit, 64);
  EXPECT_EQ(upstream.allocations, steady::page_resource::returns_pages ? 0u : 1u);
  pages.deallocate(small, limit, 64);

  const std::size_t before = upstream.allocations;
  void* const large = pages.allocate(limit + 1, 8);
  void* const strict = pages.allocate(16, 2 * limit);
  EXPECT_EQ(upstream.allocations, before + 2);
  EXPECT_EQ(pages.stats().bytes_in_use, 0u);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(strict) % (2 * limit), 0u);
  pages.deallocate(large, limit + 1, 8);
  pages.deallocate(strict, 16, 2 * limit);
  EXPECT_EQ(upstream.live_bytes, 0u);
}

TEST(PageResourceTest, IsEqualToItselfAlone) {
  steady::page_resource one;
  steady::page_resource another;
  EXPECT_TRUE(one.is_equal(one));
  EXPECT_FALSE(one.is_equal(another));
  static_assert(!std::is_copy_constructible_v<steady::page_resource>);
}

// ----------------------------------------------------------------------------------------------------------
// pieces

struct piece {
  unsigned char* memory;
  std::size_t bytes;
  std::size_t alignment;
  unsigned char mark;
};

piece take(std::pmr::memory_resource& pages, std::size_t bytes, std::size_t alignment, unsigned char mark) {
  const piece taken{static_cast<unsigned char*>(pages.allocate(bytes, alignment)), bytes, alignment, mark};
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(taken.memory) % alignment, 0u);
  std::memset(taken.memory, mark, bytes);
  return taken;
}
bool untouched(const piece& p) {
  return std::all_of(p.memory, p.memory + p.bytes, [&p](unsigned char byte) { return byte == p.mark; });
}

// Sizes from 0 to the limit, the small ones and the map's own as often as the others.
std::size_t some_size(std::uint64_t random) {
  switch (random % 4) {
  case 0:
    return (random >> 8) % 200;
  case 1:
    return (random >> 8) % 5000;
  case 2:
    return 4224 + 64 * ((random >> 8) % 2);
  default:
    return (random >> 8) % (steady::page_resource::largest_piece + 1);
  }
}

// Fills up, empties, and fills again at random: every piece keeps its bytes until it is given back, so no two
// overlap and no page in use is returned.
void prove_pieces_distinct(steady::page_resource& pages, std::size_t region_bytes) {
  std::vector<piece> live;
  std::size_t bytes = 0;
  std::uint64_t calls = 0;
  std::size_t mapped = 0;
  const std::size_t steps = scaled(200'000, 20'000);
  for (std::size_t step = 0; step < steps; ++step) {
    const std::uint64_t random = scramble(step);
    const bool filling = step / (steps / 8) % 2 == 0;
    if (live.empty() || random % 100 < (filling ? 70u : 30u)) {
      const std::size_t alignment = random % 8 != 0 ? 8 : std::size_t{1} << (random >> 40) % 13;
      live.push_back(
          take(pages, some_size(scramble(random)), alignment, static_cast<unsigned char>(random >> 32)));
      bytes += live.back().bytes;
      const auto stats = pages.stats();
      ASSERT_EQ(stats.madvise_calls - calls, (stats.bytes_mapped - mapped) / region_bytes);
    } else {
      std::swap(live[(random >> 8) % live.size()], live.back());
      ASSERT_TRUE(untouched(live.back()));
      pages.deallocate(live.back().memory, live.back().bytes, live.back().alignment);
      bytes -= live.back().bytes;
      live.pop_back();
      ASSERT_LE(pages.stats().madvise_calls - calls, 1u);
    }
    calls = pages.stats().madvise_calls;
    mapped = pages.stats().bytes_mapped;
    if constexpr (steady::page_resource::returns_pages) {
      ASSERT_EQ(pages.stats().bytes_in_use, bytes);
      ASSERT_GE(mapped, bytes);
    }
  }
  for (const piece& p : live) {
    EXPECT_TRUE(untouched(p));
    pages.deallocate(p.memory, p.bytes, p.alignment);
  }
  EXPECT_EQ(pages.stats().bytes_in_use, 0u);
  EXPECT_LE(pages.stats().bytes_mapped, region_bytes) << "one empty region may stay";
}
TEST(PageResourceTest, PiecesAreDistinctAlignedAndKeepTheirBytes) {
  steady::page_resource ordinary;
  prove_pieces_distinct(ordinary, steady::page_resource::region_bytes);
  steady::page_resource huge(steady::pages::huge);
  prove_pieces_distinct(huge, 4 * steady::page_resource::region_bytes);
}

TEST(PageResourceTest, NodeMapsAndStringsWorkOnIt) {
  steady::page_resource pages;
  {
    steady::pmr::node_map<std::uint64_t, std::pmr::string> map(&pages);
    const std::size_t n = scaled(100'000, 10'000);
    for (std::uint64_t key = 0; key < n; ++key)
      map[key] = "a text too long for a short string: " + std::to_string(key);
    for (std::uint64_t key = 0; key < n; ++key)
      if (key % 100 != 0) map.erase(key);
    for (const auto& [key, text] : map) ASSERT_TRUE(std::string(text).ends_with(": " + std::to_string(key)));
    EXPECT_EQ(map.size(), n / 100);
  }
  EXPECT_EQ(pages.stats().bytes_in_use, 0u);
}

#if defined(__linux__)

// ----------------------------------------------------------------------------------------------------------
// resident memory

// Notes the regions that pieces came from.
class watching_resource : public std::pmr::memory_resource {
 public:
  explicit watching_resource(steady::page_resource& pages,
                             std::size_t region_bytes = steady::page_resource::region_bytes)
      : pages_(&pages), region_bytes_(region_bytes) {}

  // Resident bytes of all regions seen that are still mapped.
  [[nodiscard]] std::size_t resident_bytes() const {
    const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    std::vector<unsigned char> resident(region_bytes_ / page);
    std::size_t pages = 0;
    for (void* const region : regions_)
      if (::mincore(region, region_bytes_, resident.data()) == 0)
        pages += static_cast<std::size_t>(std::count_if(
            resident.begin(), resident.end(), [](unsigned char state) { return (state & 1) != 0; }));
    return pages * page;
  }
  [[nodiscard]] std::size_t regions_mapped() const {
    const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    unsigned char resident = 0;
    return static_cast<std::size_t>(std::count_if(regions_.begin(), regions_.end(), [&](void* region) {
      return ::mincore(region, page, &resident) == 0;
    }));
  }
  [[nodiscard]] std::size_t regions_seen() const { return regions_.size(); }
  [[nodiscard]] std::uint64_t most_calls() const { return most_calls_; }

 private:
  void* do_allocate(std::size_t bytes, std::size_t alignment) override {
    void* const memory = pages_->allocate(bytes, alignment);
    const auto address = reinterpret_cast<std::uintptr_t>(memory);
    regions_.insert(reinterpret_cast<void*>(address & ~(region_bytes_ - 1)));
    return memory;
  }
  void do_deallocate(void* memory, std::size_t bytes, std::size_t alignment) override {
    const std::uint64_t before = pages_->stats().madvise_calls;
    pages_->deallocate(memory, bytes, alignment);
    most_calls_ = std::max(most_calls_, pages_->stats().madvise_calls - before);
  }
  bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override { return this == &other; }

  steady::page_resource* pages_;
  std::size_t region_bytes_;
  std::set<void*> regions_;
  std::uint64_t most_calls_ = 0;
};

// The books of an empty region that is kept, the pending range, and a page here and there.
constexpr std::size_t constant = 256 * 1024;

// Erases 99 % in a given order: what is resident then is at most three times what a map has that never held
// more.
template <class Map, class Order>
void prove_resident_memory_returns(Order erase_most) {
  const std::size_t n = scaled(1'000'000, 200'000);
  steady::page_resource pages;
  watching_resource watched(pages);
  std::size_t full = 0;
  {
    Map map(&watched);
    for (std::uint64_t key = 0; key < n; ++key) map[scramble(key)] = {};
    full = watched.resident_bytes();
    ASSERT_GT(full, n * sizeof(typename Map::value_type))
        << "mincore must see the entries, or it proves nothing";
    erase_most(map, n);
    ASSERT_EQ(map.size(), n / 100);

    steady::page_resource fresh_pages;
    watching_resource fresh_watched(fresh_pages);
    Map fresh(&fresh_watched);
    for (const auto& [key, value] : map) fresh[key] = {};
    EXPECT_LE(watched.resident_bytes(), 3 * fresh_watched.resident_bytes() + constant);
    EXPECT_LT(watched.resident_bytes(), full / 10);
    EXPECT_EQ(watched.most_calls(), 1u) << "one madvise an operation, and at least one";
  }
  EXPECT_LE(watched.resident_bytes(), constant) << "after the map's destruction";
  EXPECT_LE(watched.regions_mapped(), 1u);
}

using small_values = steady::pmr::map<std::uint64_t, std::uint64_t>;
using large_values = steady::pmr::map<std::uint64_t, std::array<std::uint64_t, 7>>;

constexpr auto in_order = [](auto& map, std::size_t n) {
  for (std::uint64_t key = 0; map.size() > n / 100; ++key) map.erase(scramble(key));
};
constexpr auto in_a_loop = [](auto& map, std::size_t n) {
  for (auto it = map.begin(); map.size() > n / 100;) it = map.erase(it);
};

TEST(G2PageResourceTest, ErasingAMapReturnsItsPages) {
  prove_resident_memory_returns<small_values>(in_order);
  prove_resident_memory_returns<small_values>(in_a_loop);
  prove_resident_memory_returns<large_values>(in_order);
}

// What malloc does not do: blocks of all sizes with small survivors between them.
TEST(G2PageResourceTest, SmallSurvivorsDoNotHoldLargeBlocks) {
  for (const std::size_t bytes : {std::size_t{4224}, std::size_t{15'744}, std::size_t{63'000}}) {
    steady::page_resource pages;
    watching_resource watched(pages);
    const std::size_t n = scaled(3200, 800);
    std::vector<piece> blocks;
    std::vector<piece> survivors;
    for (std::size_t i = 0; i < n; ++i) {
      blocks.push_back(take(watched, bytes, 16, 1));
      survivors.push_back(take(watched, 40, 8, 2));
    }
    EXPECT_GE(watched.resident_bytes(), n * bytes);
    for (std::size_t i = 0; i < n; ++i)
      if (i % 100 != 0) watched.deallocate(blocks[i].memory, bytes, 16);
    // A block that stays holds its own pages, the two at its ends included.
    EXPECT_LE(watched.resident_bytes(), (n / 100 + 1) * (bytes + 2 * 4096) + n * 48 + constant);
    EXPECT_LE(watched.most_calls(), 1u);
    for (std::size_t i = 0; i < n; ++i) {
      if (i % 100 == 0) {
        ASSERT_TRUE(untouched(blocks[i]));
        watched.deallocate(blocks[i].memory, bytes, 16);
      }
      ASSERT_TRUE(untouched(survivors[i]));
      watched.deallocate(survivors[i].memory, 40, 8);
    }
    EXPECT_LE(watched.resident_bytes(), constant);
  }
}

// Fuller spans are used first: churn after a peak gathers what is left in few of them, and the others go.
// Survivors of a random choice lie one on two pages each; packed, 16 lie on 17.
TEST(G2PageResourceTest, ChurnAfterAPeakGathersWhatIsLeft) {
  steady::page_resource pages;
  watching_resource watched(pages);
  std::vector<piece> live;
  const std::size_t n = 16 * steady::page_resource::region_bytes / 4352;
  for (std::size_t i = 0; i < n; ++i) live.push_back(take(watched, 4224, 16, 3));
  const auto give_back_one = [&](std::uint64_t random) {
    std::swap(live[random % live.size()], live.back());
    watched.deallocate(live.back().memory, 4224, 16);
    live.pop_back();
  };
  while (live.size() > n / 10) give_back_one(scramble(live.size()));
  const std::size_t scattered = watched.resident_bytes();
  for (std::uint64_t step = 0; step < 4 * n; ++step) {
    give_back_one(scramble(step));
    live.push_back(take(watched, 4224, 16, 3));
  }
  EXPECT_LE(watched.resident_bytes(), live.size() * 4224 * 5 / 4 + constant);
  EXPECT_LE(watched.resident_bytes(), scattered * 2 / 3);
  for (const piece& p : live) watched.deallocate(p.memory, 4224, 16);
}

// The number of the span or region of a piece.
std::uintptr_t unit_of(const void* memory, std::size_t unit_bytes) {
  return reinterpret_cast<std::uintptr_t>(memory) / unit_bytes;
}

// Of two units with room, the next piece comes from the fuller, whichever was touched last.
void prove_the_fuller_is_used_first(std::size_t bytes, std::size_t pieces_a_unit, std::size_t unit_bytes) {
  for (const bool fuller_is_last : {false, true}) {
    steady::page_resource pages;
    std::vector<piece> units[2];
    for (auto& unit : units)
      for (std::size_t i = 0; i < pieces_a_unit; ++i) unit.push_back(take(pages, bytes, 16, 8));
    ASSERT_NE(unit_of(units[0].back().memory, unit_bytes), unit_of(units[1].back().memory, unit_bytes));
    const auto thin_out = [&](std::vector<piece>& unit, std::size_t left) {
      for (; unit.size() > left; unit.pop_back()) pages.deallocate(unit.back().memory, bytes, 16);
    };
    std::vector<piece>& fuller = units[fuller_is_last ? 1 : 0];
    std::vector<piece>& emptier = units[fuller_is_last ? 0 : 1];
    for (auto& unit : units) thin_out(unit, &unit == &fuller ? pieces_a_unit - 1 : pieces_a_unit / 3);
    emptier.push_back(take(pages, bytes, 16, 8));
    EXPECT_EQ(unit_of(emptier.back().memory, unit_bytes), unit_of(fuller.front().memory, unit_bytes));
    for (auto& unit : units) thin_out(unit, 0);
  }
}

TEST(G2PageResourceTest, TheFullerSpanAndTheFullerRegionAreUsedFirst) {
  prove_the_fuller_is_used_first(4224, 15, 64 * 1024);
  prove_the_fuller_is_used_first(40, 64 * 1024 / 48, 64 * 1024);
  prove_the_fuller_is_used_first(60'000, 63, steady::page_resource::region_bytes);
}

// Neighbours freed one after the other, in either direction, go by one call for a span of 64 KiB.
TEST(G2PageResourceTest, NeighboursAreReturnedTogether) {
  for (const bool upwards : {false, true}) {
    steady::page_resource pages;
    std::vector<piece> live;
    for (int i = 0; i < 20 * 15; ++i) live.push_back(take(pages, 4224, 16, 4));
    if (upwards) std::reverse(live.begin(), live.end());
    const auto before = pages.stats().madvise_calls;
    for (; !live.empty(); live.pop_back()) pages.deallocate(live.back().memory, 4224, 16);
    EXPECT_EQ(pages.stats().madvise_calls - before, 19u) << "the last span is pending";
  }
}

// A piece freed and taken again, over and over, costs no system call; nor does a region's border.
TEST(G2PageResourceTest, SwingingAroundOneSizeMakesNoCalls) {
  steady::page_resource pages;
  std::vector<piece> live;
  for (int i = 0; i < 63 * 15 + 1; ++i) {
    live.push_back(take(pages, 4224, 16, 4));
    const auto before = pages.stats();
    for (int swing = 0; swing < 5; ++swing) {
      void* const kept = live.back().memory;
      pages.deallocate(kept, 4224, 16);
      live.back() = take(pages, 4224, 16, 4);
      ASSERT_EQ(live.back().memory, kept) << "the lowest free piece is the one just freed";
    }
    ASSERT_EQ(pages.stats().madvise_calls, before.madvise_calls);
    ASSERT_EQ(pages.stats().bytes_mapped, before.bytes_mapped);
  }
  EXPECT_EQ(pages.stats().bytes_mapped, 2 * steady::page_resource::region_bytes);
  for (const piece& p : live) pages.deallocate(p.memory, 4224, 16);
}

// With huge pages memory comes back as whole ones: resident is what the map needs and a few of 2 MiB each: the books', a kept
// region's, a pending one, and those that are in part in use.
void prove_huge_pages_come_back() {
  constexpr std::size_t huge_page = steady::detail::huge_page_bytes;
  const std::size_t n = scaled(10'000'000, 400'000);
  steady::page_resource memory(steady::pages::huge);
  watching_resource watched(memory, 4 * steady::page_resource::region_bytes);
  {
    small_values map(&watched);
    for (std::uint64_t key = 0; key < n; ++key) map[scramble(key)] = key;
    const std::size_t full = watched.resident_bytes();
    ASSERT_GT(full, n * sizeof(small_values::value_type));
    ASSERT_LT(full, map.memory_usage() * 10 / 9 + 8 * huge_page) << "large pieces share their spans";
    const std::uint64_t asked_for = memory.stats().madvise_calls;
    in_order(map, n);
    EXPECT_LE(watched.resident_bytes(), 2 * map.memory_usage() + 6 * huge_page);
    EXPECT_GT(memory.stats().madvise_calls, asked_for);
    EXPECT_EQ(watched.most_calls(), 1u);
    for (std::uint64_t key = 0; key < n; key += 7) ASSERT_EQ(map.contains(scramble(key)), key >= n - n / 100);
    for (std::uint64_t key = 0; key < n / 2; ++key) map[scramble(key)] = key;
    for (std::uint64_t key = 0; key < n / 2; ++key)
      ASSERT_EQ(map.at(scramble(key)), key) << "pages that came back";
  }
  EXPECT_EQ(watched.regions_mapped(), 1u) << "an empty one is kept";
  EXPECT_LE(watched.resident_bytes(), 2 * huge_page);
  EXPECT_EQ(memory.stats().bytes_in_use, 0u);
}

TEST(G2PageResourceTest, HugePagesComeBack) { prove_huge_pages_come_back(); }

#if defined(PR_SET_THP_DISABLE)
TEST(G2PageResourceTest, AKernelWithoutHugePagesGivesOrdinaryOnes) {
  // An emulated kernel may not know the call, and gives none anyway.
  const bool told = ::prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0) == 0;
  prove_huge_pages_come_back();
  steady::page_resource memory(steady::pages::huge);
  watching_resource watched(memory, 4 * steady::page_resource::region_bytes);
  const piece one = take(watched, 64, 8, 5);
  EXPECT_LE(watched.resident_bytes(), constant) << "the kernel gave a huge page all the same";
  memory.deallocate(one.memory, 64, 8);
  if (told) {
    ASSERT_EQ(::prctl(PR_SET_THP_DISABLE, 0, 0, 0, 0), 0);
  }
}
#endif

TEST(G2PageResourceTest, DestructionUnmapsEverything) {
  std::size_t seen = 0;
  alignas(steady::page_resource) std::byte place[sizeof(steady::page_resource)];
  auto* const pages = new (place) steady::page_resource;
  watching_resource watched(*pages);
  for (std::size_t bytes = 1; bytes <= steady::page_resource::largest_piece; bytes += 97)
    (void)take(watched, bytes, 8, 5);
  seen = watched.regions_seen();
  EXPECT_GT(seen, 2u);
  EXPECT_EQ(watched.regions_mapped(), seen);
  EXPECT_EQ(pages->stats().bytes_mapped, seen * steady::page_resource::region_bytes);
  pages->~page_resource();
  EXPECT_EQ(watched.regions_mapped(), 0u);
}

#if defined(__SANITIZE_THREAD__)
#define UNDER_THREAD_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define UNDER_THREAD_SANITIZER 1
#endif
#endif
#if !STEADY_ADDRESS_SANITIZER && !defined(UNDER_THREAD_SANITIZER)
// No more address space: bad_alloc, and the resource works on. (Sanitizers reserve more than any limit.)
TEST(G2PageResourceTest, ThrowsBadAllocWhenTheSystemHasNoMore) {
  steady::page_resource pages;
  std::vector<piece> live;
  live.reserve(1000);
  live.push_back(take(pages, 60'000, 8, 6));
  struct rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_AS, &before), 0);
  struct rlimit none = before;
  none.rlim_cur = 1;
  ASSERT_EQ(::setrlimit(RLIMIT_AS, &none), 0);
  // An emulator passes no such limit on.
  void* const probe = ::mmap(nullptr, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (probe != MAP_FAILED) {
    ::munmap(probe, 4096);
    ::setrlimit(RLIMIT_AS, &before);
    pages.deallocate(live.front().memory, 60'000, 8);
    GTEST_SKIP() << "this system does not limit address space";
  }
  bool threw = false;
  try {
    while (live.size() < 1000) live.push_back(take(pages, 60'000, 8, 6));
  } catch (const std::bad_alloc&) {
    threw = true;
  }
  ASSERT_EQ(::setrlimit(RLIMIT_AS, &before), 0);
  EXPECT_TRUE(threw);
  EXPECT_EQ(live.size(), 63u) << "one region, its books apart";
  live.push_back(take(pages, 60'000, 8, 6));
  EXPECT_EQ(pages.stats().bytes_in_use, 64u * 60'000);
  for (const piece& p : live) {
    EXPECT_TRUE(untouched(p));
    pages.deallocate(p.memory, p.bytes, p.alignment);
  }
}
#else
// What the address sanitizer is told: a piece given back, and the bytes past one, must not be touched.
#if STEADY_ADDRESS_SANITIZER
TEST(G2PageResourceTest, TouchingAFreedPieceIsReported) {
  steady::page_resource pages;
  const piece kept = take(pages, 100, 8, 7);
  const piece freed = take(pages, 100, 8, 7);
  pages.deallocate(freed.memory, 100, 8);
  EXPECT_DEATH(*static_cast<volatile unsigned char*>(freed.memory) = 1, "use-after-poison");
  EXPECT_DEATH(kept.memory[static_cast<volatile const std::size_t&>(kept.bytes) + 4] = 1, "use-after-poison");
  pages.deallocate(kept.memory, 100, 8);
}
#endif
#endif

#endif  // __linux__

}  // namespace
}  // namespace steady_test
