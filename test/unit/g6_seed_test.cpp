// G6: every map has a seed of its own, which enters the hash.
#include <gtest/gtest.h>

#include <steady/hash.hpp>
#include <steady/map.hpp>
#include <steady/set.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "../support/counting_key.hpp"
#include "../support/functors.hpp"
#include "../support/scale.hpp"

namespace steady_test {
namespace {

using map_type = steady::map<std::uint64_t, int>;

// Constant initialisation: a map at namespace scope is ready before any constructor runs.
constinit map_type global_map;
constinit steady::set<std::string> global_set;
constinit steady::node_map<std::string, std::string> global_node_map;

TEST(G6SeedTest, TheDefaultConstructorIsConstexprAndNoexcept) {
  static_assert(std::is_nothrow_default_constructible_v<map_type>);
  static_assert(std::is_nothrow_default_constructible_v<steady::node_set<std::string>>);
  global_map[1] = 1;
  global_set.insert("a");
  global_node_map["a"] = "b";
  EXPECT_EQ(global_map.size() + global_set.size() + global_node_map.size(), 3u);
}

TEST(G6SeedTest, TheSeedIsDrawnAtTheFirstInsert) {
  map_type m;
  EXPECT_EQ(std::as_const(m).seed(), 0u);
  EXPECT_FALSE(m.contains(1));
  m.erase(1);
  EXPECT_EQ(std::as_const(m).seed(), 0u);
  m[1] = 1;
  EXPECT_NE(std::as_const(m).seed(), 0u);
}

TEST(G6SeedTest, SeedsDiffer) {
  std::set<std::uint64_t> seeds;
  for (int n = 0; n < 1000; ++n) {
    map_type m;
    m[1] = 1;
    seeds.insert(m.seed());
  }
  EXPECT_EQ(seeds.size(), 1000u);
}

TEST(G6SeedTest, CopiesAndMovesKeepTheSeedAndClearDrawsAnother) {
  map_type m;
  for (std::uint64_t n = 0; n < 100; ++n) m[n] = 1;
  const auto seed = m.seed();
  map_type copy(m);
  EXPECT_EQ(copy.seed(), seed);
  map_type assigned;
  assigned[1] = 1;
  assigned = m;
  EXPECT_EQ(assigned.seed(), seed);
  map_type moved(std::move(m));
  EXPECT_EQ(moved.seed(), seed);
  moved.clear();
  moved[1] = 1;
  EXPECT_NE(moved.seed(), seed);
}

struct observing_hash {
  inline static std::set<std::uint64_t> seeds;
  std::uint64_t operator()(std::uint64_t key, std::uint64_t seed) const {
    seeds.insert(seed);
    return scramble(key ^ seed);
  }
};

TEST(G6SeedTest, AHashOfKeyAndSeedIsGivenTheMapsSeed) {
  steady::map<std::uint64_t, int, observing_hash> m;
  for (std::uint64_t n = 0; n < 500; ++n) m[n] = 1;
  for (std::uint64_t n = 0; n < 400; ++n) m.erase(n);
  EXPECT_EQ(observing_hash::seeds, std::set<std::uint64_t>{m.seed()});
}

struct avalanching {
  using is_avalanching = void;
  std::size_t operator()(std::uint64_t key) const { return static_cast<std::size_t>(scramble(key)); }
};

TEST(G6SeedTest, AnAvalanchingHashIsUsedAsItIsAndOthersAreMixed) {
  steady::map<std::uint64_t, int, avalanching> used;
  steady::map<std::uint64_t, int, identity_hash> mixed;
  used[1] = mixed[1] = 1;
  EXPECT_EQ(used.hash_of(5), scramble(5));
  EXPECT_NE(mixed.hash_of(5), 5u);
  steady::map<std::uint64_t, int, identity_hash> other;
  other[1] = 1;
  EXPECT_NE(mixed.hash_of(5), other.hash_of(5)) << "the seed takes part in the mixing";
}

TEST(G6SeedTest, PoorHashesAreSpread) {
  for (const std::uint64_t stride : {1u, 2u, 16u, 64u, 4096u, 1u << 20}) {
    steady::map<std::uint64_t, int, identity_hash> m;
    for (std::uint64_t n = 0; n < 50'000; ++n) m[n * stride] = 1;
    EXPECT_LT(m.stats().longest_chain, 64u) << "stride " << stride;
  }
}

// Keys that all fall into one bucket, with one tag, under seed 1.
std::vector<std::uint64_t> colliding_keys(std::size_t count) {
  std::vector<std::uint64_t> keys;
  map_type m;
  m.seed(1);
  const std::uint64_t wanted = m.hash_of(0) & 0xff00'0000'0000'00ffu;
  for (std::uint64_t key = 0; keys.size() < count; ++key) {
    if ((m.hash_of(key) & 0xff00'0000'0000'00ffu) == wanted) keys.push_back(key);
  }
  return keys;
}

TEST(G6SeedTest, KeysThatCollideUnderOneSeedDoNoHarmUnderAnother) {
  const auto keys = colliding_keys(300);
  map_type attacked;
  attacked.seed(1);
  for (const auto key : keys) attacked[key] = 1;
  EXPECT_EQ(attacked.stats().longest_chain, keys.size()) << "the attack is real";
  for (const std::uint64_t seed : {2u, 3u, 1000u}) {
    map_type other;
    other.seed(seed);
    for (const auto key : keys) other[key] = 1;
    EXPECT_LT(other.stats().longest_chain, 40u) << "seed " << seed;
  }
  map_type random;
  for (const auto key : keys) random[key] = 1;
  EXPECT_LT(random.stats().longest_chain, 40u);
}

// Inserting one map's entries into another in iteration order is quadratic in maps that probe. Here it stays
// linear even if both have the same seed, whole or in halves.
TEST(G6SeedTest, CopyingInIterationOrderStaysLinear) {
  using counted_map = steady::map<counting_key, int, counting_hash>;
  const std::uint64_t n = scaled(1'000'000, 50'000);
  counted_map source;
  for (std::uint64_t key = 0; key < n; ++key) source.try_emplace(counting_key(key), 0);
  const auto copy_part = [&](std::uint64_t first, std::uint64_t last) {
    counted_map target;
    target.seed(source.seed());
    const key_counts before = counted();
    std::uint64_t place = 0;
    std::uint64_t worst = 0;
    std::uint64_t last_equals = before.equals;
    for (const auto& [key, value] : std::as_const(source)) {
      if (place >= first && place < last) {
        target.try_emplace(key, value);
        worst = std::max(worst, counted().equals - last_equals);
        last_equals = counted().equals;
      }
      ++place;
    }
    const std::uint64_t inserted = last - first;
    EXPECT_EQ(target.size(), inserted);
    EXPECT_LE(counted().equals - before.equals, 2 * inserted);
    EXPECT_LE(counted().moves - before.moves, 6 * inserted);
    EXPECT_LE(worst, 64u);
    EXPECT_LE(target.stats().longest_chain, 64u);
  };
  copy_part(0, n);
  copy_part(0, n / 2);
  copy_part(n / 2, n);
  copy_part(n / 4, n / 2);
}

}  // namespace
}  // namespace steady_test
