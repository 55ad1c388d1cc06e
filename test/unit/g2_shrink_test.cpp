// G2: erasing gives memory back as it goes, with hysteresis against growth, down to a floor that was asked
// for.
#include <gtest/gtest.h>

#include <steady/map.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>
#include <utility>
#include <vector>

#include "../support/counting_allocator.hpp"
#include "../support/counting_key.hpp"
#include "../support/scale.hpp"

namespace steady_test {
namespace {

template <class Options = steady::options<>, std::size_t Bytes = 8>
using counted_map =
    steady::map<std::uint64_t, payload<Bytes>, std::hash<std::uint64_t>, std::equal_to<std::uint64_t>,
                counting_allocator<std::pair<const std::uint64_t, payload<Bytes>>>, Options>;
using map_type = counted_map<>;
using allocator = map_type::allocator_type;

template <class Map>
void fill(Map& map, std::uint64_t first, std::uint64_t last) {
  for (std::uint64_t n = first; n < last; ++n) map.try_emplace(scramble(n));
}
template <class Map>
void drain(Map& map, std::uint64_t first, std::uint64_t last) {
  for (std::uint64_t n = first; n < last; ++n) map.erase(scramble(n));
}

std::size_t fresh_bytes(std::size_t size) {
  allocation_log log;
  map_type map{allocator(log)};
  fill(map, 0, size);
  return log.live_bytes;
}

// Erases 99 % in a given order and compares with a map that never held more than the rest.
template <std::size_t Bytes, class Options = steady::options<>, class Order>
void prove_given_back(std::size_t n, Order erase_most) {
  using sized = counted_map<Options, Bytes>;
  using sized_allocator = typename sized::allocator_type;
  allocation_log log;
  sized map{sized_allocator(log)};
  fill(map, 0, n);
  const std::size_t full = log.live_bytes;
  erase_most(map);
  ASSERT_EQ(map.size(), n / 100);
  while (map.maintain(64) != 0) {  // what the last operations had to put off
  }
  allocation_log fresh_log;
  sized fresh{sized_allocator(fresh_log)};
  fresh.seed(map.seed());
  for (const auto& [key, value] : map) fresh.try_emplace(key);
  // From 10 to some hundred entries the pieces are as large as the map: docs/design.md ("How much does a drained map
  // hold?") says why blocks alone may be at 2, so that the overflow nodes of the drained map come on top.
  constexpr std::size_t node = 24 + 4 * sizeof(typename sized::value_type);
  EXPECT_LE(log.live_bytes, 2 * fresh_log.live_bytes + (n / 100 < 200 && Bytes <= 256 ? 5 * node : 0)) << n;
  EXPECT_LT(log.live_bytes, full / 10) << n;
}

TEST(G2ShrinkTest, ErasingAlmostAllGivesBackAlmostAll) {
  for (const std::size_t n : {std::size_t{1000}, std::size_t{2000}, std::size_t{5000}, std::size_t{30'000},
                              scaled(10'000'000, 100'000)}) {
    const auto in_order = [n](auto& map) { drain(map, 0, n - n / 100); };
    prove_given_back<8>(n, in_order);
    prove_given_back<56>(n, in_order);
    prove_given_back<600>(n < 1'000'000 ? n : 1'000'000,
                          [m = n < 1'000'000 ? n : 1'000'000](auto& map) { drain(map, 0, m - m / 100); });
  }
}

// Object and heap together, of 16-byte entries, on a machine with pointers of eight bytes.
TEST(G2ShrinkTest, SmallMapsTakeLittle) {
  using plain = steady::map<std::uint64_t, std::uint64_t>;
  static_assert(sizeof(plain) <= 64);
  if (sizeof(void*) != 8) GTEST_SKIP() << "pointers of another size";
  const std::pair<std::uint64_t, std::size_t> most[] = {{0, 64}, {1, 128}, {4, 168}, {8, 304}, {16, 576}};
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    allocation_log log;
    log.check_sizes = true;
    map_type map{allocator(log)};
    map.seed(seed);
    for (const auto& [size, bytes] : most) {
      fill(map, map.size(), size);
      EXPECT_LE(sizeof(plain) + log.malloc_bytes(), bytes) << size << " entries";
    }
  }
}

// A map that is filled and emptied again and again, as one of a request is.
TEST(G2ShrinkTest, SmallSwingsDownToNothingAllocateNothing) {
  for (std::size_t size = 1; size <= 4; ++size) {
    allocation_log log;
    map_type map{allocator(log)};
    fill(map, 0, 4);
    drain(map, 0, 4);
    const std::size_t allocations = log.allocations;
    for (int round = 0; round < 100; ++round) {
      fill(map, 0, size);
      drain(map, 0, size);
    }
    EXPECT_EQ(log.allocations, allocations) << size << " entries";
  }
}

struct low_bits {
  using is_avalanching = void;
  std::size_t operator()(std::uint64_t key) const noexcept { return static_cast<std::size_t>(key); }
};

// An erase that mends much leaves the step that is due to the next one, which must know.
TEST(G2ShrinkTest, AStepThatWasPutOffIsNotForgotten) {
  std::mt19937_64 random(1);
  for (std::uint64_t others = 300; others < 500; ++others) {
    steady::map<std::uint64_t, int, low_bits> map;
    std::vector<std::uint64_t> keys;
    for (std::uint64_t n = 1; n <= 60; ++n) keys.push_back(n << 56 | n << 20);  // all in bucket 0
    for (std::uint64_t n = 0; n < others; ++n) keys.push_back(n << 50 | (n % 15 + 1 + n % 2 * 16));
    for (const std::uint64_t key : keys) map[key] = 1;
    // A loop stands there, so the chain is not mended while its entries go.
    for (auto at = map.begin(); at != map.end(); ++at) {
      if ((at->first & 0xffff) != 0) continue;
      const std::uint64_t stands_on = at->first;
      for (std::uint64_t n = 1; n <= 60; n += 2)
        if (keys[n - 1] != stands_on) map.erase(keys[n - 1]);
      break;
    }
    std::shuffle(keys.begin(), keys.end(), random);
    for (const std::uint64_t key : keys) map.erase(key);
    ASSERT_TRUE(map.empty());
    ASSERT_LE(map.stats().buckets, 2u) << others;
  }
}

// Every small size that is left, in several orders of keys.
TEST(G2ShrinkTest, SmallMapsGiveBackToo) {
  for (std::size_t left = 10; left < 200; left += left < 30 ? 1 : 7) {
    const std::size_t n = left * 100;
    prove_given_back<8>(n, [n](auto& map) { drain(map, 0, n - n / 100); });
    prove_given_back<8>(n, [n](auto& map) { drain(map, n / 100, n); });
    prove_given_back<56>(n, [n](auto& map) {
      while (map.size() > n / 100) map.erase(map.begin());
    });
  }
  for (const std::size_t left : {200u, 300u, 384u, 400u, 500u, 767u, 768u, 1000u, 1500u}) {
    const std::size_t n = left * 100;
    prove_given_back<8>(n, [n](auto& map) { drain(map, 0, n - n / 100); });
  }
}

// At a pace of its own, with what its documentation promises: shrinking begins where twice a fresh map's bytes are far away.
TEST(G2ShrinkTest, TheDensePaceGivesBackToo) {
  for (std::size_t left = 200; left < scaled(10'000, 1'000); left = left * 7 / 6) {
    const std::size_t n = left * 100;
    prove_given_back<8, steady::options<steady::dense_pace>>(n,
                                                             [n](auto& map) { drain(map, 0, n - n / 100); });
  }
}

// What is spare depends on what is in use; maintain() sees that also when nothing else has happened since.
TEST(G2ShrinkTest, MaintainComesToAnEnd) {
  for (std::size_t left = 1; left < 200; left += 3) {
    for (std::uint64_t seed = 1; seed <= scaled(50, 1); ++seed) {
      map_type map;
      map.seed(seed);
      fill(map, 0, left * 100);
      drain(map, 0, left * 99);
      std::uint64_t calls = 0;
      while (map.maintain(8) != 0) ASSERT_LT(++calls, 1000u) << left << " entries left, seed " << seed;
    }
  }
}

TEST(G2ShrinkTest, ErasingInALoopGivesBackToo) {
  const std::size_t n = scaled(1'000'000, 50'000);
  prove_given_back<8>(n, [n](auto& map) {
    for (auto it = map.begin(); map.size() > n / 100;) it = map.erase(it);
  });
  prove_given_back<8>(n, [n](auto& map) {
    for (auto& entry : map) {
      if (map.size() == n / 100) break;
      map.erase(entry.first);
    }
  });
}

TEST(G2ShrinkTest, AnEmptiedMapHoldsAlmostNothing) {
  allocation_log log;
  map_type map{allocator(log)};
  fill(map, 0, scaled(1'000'000, 50'000));
  drain(map, 0, scaled(1'000'000, 50'000));
  EXPECT_TRUE(map.empty());
  EXPECT_LE(log.live_bytes, 2 * fresh_bytes(1));
}

// Swinging around any size settles: after a first swing nothing more is allocated or released.
TEST(G2ShrinkTest, SmallSwingsDoNoStructuralWork) {
  for (std::size_t size = 100; size < scaled(1'000'000, 20'000); size = size * 5 / 4) {
    allocation_log log;
    map_type map{allocator(log)};
    fill(map, 0, size);
    const std::size_t swing = size / 20;
    const auto once = [&] {
      drain(map, 0, swing);
      fill(map, 0, swing);
    };
    for (int warm = 0; warm < 20; ++warm) once();
    const auto buckets = map.stats().buckets;
    const std::size_t allocations = log.allocations;
    for (int measured = 0; measured < 20; ++measured) once();
    EXPECT_EQ(map.stats().buckets, buckets) << "swinging around " << size;
    EXPECT_LE(log.allocations - allocations, 40u) << "swinging around " << size;
  }
}

// ----------------------------------------------------------------------------------------------------------
// the floor

constexpr std::size_t floor_size = 20'000;

// Whether the map keeps the room that was asked for when its entries go.
template <class Map>
bool keeps_its_floor(Map& map) {
  fill(map, 0, floor_size);
  const auto buckets = map.bucket_count();
  drain(map, 0, floor_size);
  return map.bucket_count() == buckets;
}

TEST(G2FloorTest, ThereIsNoneByDefault) {
  map_type map;
  EXPECT_FALSE(keeps_its_floor(map));
}

TEST(G2FloorTest, IsSetByReserveRehashAndConstruction) {
  map_type reserved;
  reserved.reserve(floor_size);
  EXPECT_TRUE(keeps_its_floor(reserved));
  map_type constructed(floor_size);
  EXPECT_TRUE(keeps_its_floor(constructed));
  map_type rehashed;
  rehashed.rehash(floor_size);  // slots, so it holds fewer entries
  const auto buckets = rehashed.bucket_count();
  fill(rehashed, 0, floor_size / 2);
  drain(rehashed, 0, floor_size / 2);
  EXPECT_EQ(rehashed.bucket_count(), buckets);
}

TEST(G2FloorTest, ReservedRoomNeedsNoFurtherBuckets) {
  allocation_log log;
  map_type map{allocator(log)};
  map.reserve(floor_size);
  const auto buckets = map.bucket_count();
  fill(map, 0, floor_size);
  EXPECT_EQ(map.bucket_count(), buckets);
}

TEST(G2FloorTest, SurvivesEraseAndClear) {
  map_type map;
  map.reserve(floor_size);
  const auto buckets = map.bucket_count();
  fill(map, 0, 100);
  drain(map, 0, 100);
  EXPECT_EQ(map.bucket_count(), buckets);
  fill(map, 0, floor_size);
  map.clear();
  EXPECT_EQ(map.bucket_count(), buckets);
  EXPECT_TRUE(keeps_its_floor(map));
}

TEST(G2FloorTest, TravelsWithMoveAndSwap) {
  map_type source;
  source.reserve(floor_size);
  map_type moved(std::move(source));
  EXPECT_FALSE(keeps_its_floor(source)) << "a moved-from map keeps no floor";
  map_type assigned;
  assigned = std::move(moved);
  map_type swapped;
  swapped.swap(assigned);
  EXPECT_FALSE(keeps_its_floor(assigned));
  EXPECT_TRUE(keeps_its_floor(swapped));
}

TEST(G2FloorTest, IsNotCopied) {
  map_type source;
  source.reserve(floor_size);
  fill(source, 0, 10);
  map_type copy(source);
  map_type assigned;
  assigned = source;
  EXPECT_FALSE(keeps_its_floor(copy));
  EXPECT_FALSE(keeps_its_floor(assigned));
  EXPECT_TRUE(keeps_its_floor(source));
}

TEST(G2FloorTest, IsDroppedOnRequest) {
  const auto drop = [](auto how) {
    map_type map;
    map.reserve(floor_size);
    fill(map, 0, 1000);
    how(map);
    EXPECT_FALSE(keeps_its_floor(map));
  };
  drop([](map_type& map) { map.reserve(0); });
  drop([](map_type& map) { map.rehash(0); });
  drop([](map_type& map) { map.shrink_to_fit(); });
}

TEST(G2FloorTest, ShrinkToFitGivesBackAtOnce) {
  allocation_log log;
  map_type map{allocator(log)};
  map.reserve(floor_size);
  fill(map, 0, 100);
  map.shrink_to_fit();
  EXPECT_LE(log.live_bytes, 2 * fresh_bytes(100));
  EXPECT_EQ(map.size(), 100u);
  for (std::uint64_t n = 0; n < 100; ++n) EXPECT_TRUE(map.contains(scramble(n)));
}

// ---------------------------------------------------------------------------------------------------------
// the policy

TEST(G2PolicyTest, ShrinkingCanBeOffFromTheStart) {
  allocation_log log;
  using kept = counted_map<steady::options<steady::shrink::never>>;
  kept map{kept::allocator_type(log)};
  fill(map, 0, 50'000);
  const auto buckets = map.bucket_count();
  drain(map, 0, 50'000);
  EXPECT_EQ(map.bucket_count(), buckets);
  map.shrink_to_fit();
  EXPECT_LE(log.live_bytes, 2 * fresh_bytes(1)) << "asked for by name, it shrinks all the same";
}

TEST(G2PolicyTest, ShrinkingCanBeTurnedOffAndOn) {
  map_type map;
  map.shrink_policy(steady::shrink::never);
  fill(map, 0, 50'000);
  const auto buckets = map.bucket_count();
  drain(map, 0, 49'000);
  EXPECT_EQ(map.bucket_count(), buckets);
  map.shrink_policy(steady::shrink::automatic);
  drain(map, 49'000, 49'500);
  while (map.maintain(16) != 0) {
  }
  EXPECT_LT(map.bucket_count(), buckets / 20) << "what was not shrunk then is shrunk now, step by step";
  EXPECT_EQ(map.size(), 500u);
}

}  // namespace
}  // namespace steady_test
