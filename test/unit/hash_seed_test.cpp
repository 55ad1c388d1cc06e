// The seed enters the hash: a set of keys made to collide under one seed scatters under any other, near or
// far; and hash_with_seed, by which a map calls a hash, gives each kind of hash what it can use.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <steady/hash.hpp>

namespace {

constexpr std::uint64_t attacked_seed = 0x5EED;

std::vector<std::uint64_t> colliding_keys() {
  const auto file =
      std::filesystem::path{__FILE__}.parent_path().parent_path() / "data" / "colliding-keys-seed-24301.txt";
  std::ifstream lines{file};
  std::vector<std::uint64_t> keys;
  for (std::uint64_t key = 0; lines >> key;) keys.push_back(key);
  return keys;
}

// How many keys share the fullest of 2^bits buckets.
std::size_t fullest_bucket(const std::vector<std::uint64_t>& keys, std::uint64_t seed, unsigned bits) {
  std::map<std::uint64_t, std::size_t> buckets;
  std::size_t fullest = 0;
  for (const auto key : keys) {
    const auto bucket = steady::hash<std::uint64_t>{}(key, seed) & ((std::uint64_t{1} << bits) - 1);
    fullest = std::max(fullest, ++buckets[bucket]);
  }
  return fullest;
}

TEST(HashSeed, CollidingKeysOfOneSeedScatterUnderOthers) {
  const auto keys = colliding_keys();
  ASSERT_EQ(keys.size(), 2000u);
  ASSERT_EQ(fullest_bucket(keys, attacked_seed, 20), keys.size())
      << "the file does not fit the hash; make it anew";
  // A seed one bit away has most in common with the attacked one; even it spreads the keys.
  for (unsigned bit = 0; bit < 64; ++bit) {
    EXPECT_LT(fullest_bucket(keys, attacked_seed ^ (std::uint64_t{1} << bit), 8), keys.size() / 4)
        << "bit " << bit;
  }
  // 2,000 random numbers in 256 buckets of mean 7.8: the fullest of them holds 15 to 25.
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    EXPECT_LT(fullest_bucket(keys, seed, 8), 32u) << "seed " << seed;
    EXPECT_LT(fullest_bucket(keys, steady::detail::fold(seed + 1, 0x9E37'79B9'7F4A'7C15), 8), 32u) << seed;
  }
}

TEST(HashSeed, ArithmeticCollisionsOfOneSeedScatterUnderOthers) {
  // The cleverer attack on a multiplication: differences instead of single keys. Take the steps that collide
  // most often under the known seed and repeat them.
  std::vector<std::uint64_t> best;
  std::size_t best_fullest = 0;
  for (std::uint64_t step = 1; step < 20'000; ++step) {
    std::vector<std::uint64_t> keys;
    for (std::uint64_t i = 0; i < 256; ++i) keys.push_back(i * (step << 24));
    const auto fullest = fullest_bucket(keys, attacked_seed, 8);
    if (fullest > best_fullest) best_fullest = fullest, best = keys;
  }
  EXPECT_GE(best_fullest, 8u);  // random numbers: 4 to 8; the search found something to attack with
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    if (seed == attacked_seed) continue;
    EXPECT_LT(fullest_bucket(best, seed, 8), 20u) << "seed " << seed;
  }
}

TEST(HashSeed, StringsUnderTwoSeedsHaveNothingInCommon) {
  std::size_t same = 0;
  for (int i = 0; i < 10'000; ++i) {
    const auto text = std::to_string(i);
    same += (steady::hash<std::string>{}(text, 1) & 0xFF) == (steady::hash<std::string>{}(text, 2) & 0xFF);
  }
  EXPECT_LT(same, 100u);  // 39 expected
}

struct seeded {
  std::uint64_t operator()(int key, std::uint64_t seed) const {
    return static_cast<std::uint64_t>(key) + seed;
  }
};
struct good {
  using is_avalanching = void;
  std::uint64_t operator()(int key) const { return static_cast<std::uint64_t>(key) + 1; }
};
struct claims_not_to_be_good {
  using is_avalanching = std::false_type;
  std::uint64_t operator()(int key) const { return static_cast<std::uint64_t>(key); }
};
struct constant {
  std::size_t operator()(int) const { return 7; }
};
struct narrow {
  using is_avalanching = void;
  std::uint32_t operator()(int key) const { return static_cast<std::uint32_t>(key); }
};

TEST(HashWithSeed, GivesTheSeedToAHashThatTakesIt) {
  EXPECT_EQ(steady::detail::hash_with_seed(seeded{}, 3, 4), 7u);
  EXPECT_EQ(steady::detail::hash_with_seed(steady::hash<int>{}, 3, 4), steady::hash<int>{}(3, 4));
  EXPECT_EQ(steady::detail::hash_with_seed(steady::hash<std::string>{}, "key", 4),
            steady::hash<std::string>{}("key", 4));
}

TEST(HashWithSeed, BelievesAnAvalanchingHash) {
  EXPECT_EQ(steady::detail::hash_with_seed(good{}, 3, 4), 4u);
  EXPECT_NE(steady::detail::hash_with_seed(claims_not_to_be_good{}, 3, 4), 3u);
  EXPECT_GT(steady::detail::hash_with_seed(narrow{}, 3, 4) >> 56, 0u);  // 32 bits have no tag at the top
}

TEST(HashWithSeed, MixesAnyOtherWithTheSeedAndCannotSeparateEqualResults) {
  const auto mixed = [](int key, std::uint64_t seed) {
    return steady::detail::hash_with_seed(std::hash<int>{}, key, seed);
  };
  EXPECT_NE(mixed(1, 1), mixed(1, 2));
  EXPECT_NE(mixed(1, 1), mixed(2, 1));
  EXPECT_EQ(steady::detail::hash_with_seed(constant{}, 1, 9),
            steady::detail::hash_with_seed(constant{}, 2, 9));
}

}  // namespace
