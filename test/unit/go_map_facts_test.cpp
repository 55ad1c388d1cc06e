// The facts that Go's own map tests check (claims.md 2.4), as tests of our own, each named after the Go test whose fact it
// is: on classic_map, and on steady::map where the fact is one of semantics. steady::map follows the standard where Go
// differs: it keeps the first key on overwrite, and all NaN have one hash. Facts of structure are in
// classic_structure_test.cpp, those of iteration under change in classic_iteration_test.cpp.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <steady/classic_map.hpp>
#include <steady/map.hpp>

#include "support/scale.hpp"

namespace steady_test {
namespace {

const double nan_key = std::numeric_limits<double>::quiet_NaN();

struct classic {
  static constexpr bool is_classic = true;
  template <class Key, class Value>
  using map = steady::classic_map<Key, Value>;
};
struct product {
  static constexpr bool is_classic = false;
  template <class Key, class Value>
  using map = steady::map<Key, Value>;
};

template <class Family>
class GoMapFacts : public ::testing::Test {};
using both = ::testing::Types<classic, product>;
struct family_name {
  template <class Family>
  static std::string GetName(int) {
    return std::is_same_v<Family, classic> ? "classic_map" : "map";
  }
};
TYPED_TEST_SUITE(GoMapFacts, both, family_name);

TYPED_TEST(GoMapFacts, TestNegativeZero) {
  typename TypeParam::template map<double, bool> m;
  m[+0.0] = true;
  m[-0.0] = true;
  EXPECT_EQ(m.size(), 1u);
  EXPECT_EQ(std::signbit((*m.begin()).first), TypeParam::is_classic) << "Go's key is the one written last";
  m[+0.0] = true;
  EXPECT_EQ(m.size(), 1u);
  EXPECT_FALSE(std::signbit((*m.begin()).first));
}

TYPED_TEST(GoMapFacts, TestMapAssignmentNan) {
  typename TypeParam::template map<double, int> m;
  for (const int value : {1, 2, 4}) m[nan_key] = value;
  EXPECT_EQ(m.size(), 3u);
  int sum = 0;
  for (const auto& entry : m) {
    EXPECT_TRUE(std::isnan(entry.first));
    sum |= entry.second;
  }
  EXPECT_EQ(sum, 7);
}

TYPED_TEST(GoMapFacts, TestMapOperatorAssignmentNan) {
  typename TypeParam::template map<double, int> m;
  for (const int value : {1, 2, 4}) m[nan_key] += value;
  int sum = 0;
  for (const auto& entry : m) sum |= entry.second;
  EXPECT_EQ(sum, 7) << "each starts from zero";
}

TYPED_TEST(GoMapFacts, TestMapOperatorAssignment) {
  typename TypeParam::template map<int, int> m;
  m[0] = 7;
  m[0] += 5;
  m[0] *= 6;
  m[0] /= 4;
  m[0] %= 10;
  m[0] <<= 2;
  EXPECT_EQ(m[0], 32);
}

TYPED_TEST(GoMapFacts, TestMapAppendAssignment) {
  typename TypeParam::template map<int, std::vector<int>> m;
  for (int n = 0; n < 40; ++n) m[0].push_back(n);
  EXPECT_EQ(m[0].size(), 40u);
  EXPECT_EQ(m[0].back(), 39);
}

TYPED_TEST(GoMapFacts, TestGrowWithNaN) {
  typename TypeParam::template map<double, int> m;
  for (const int value : {1, 2, 4}) m[nan_key] = value;
  unsigned seen = 0;
  bool grown = false;
  std::size_t rounds = 0;
  for (const auto& entry : m) {
    if (entry.second < 8) {
      EXPECT_EQ(seen & static_cast<unsigned>(entry.second), 0u);
      seen |= static_cast<unsigned>(entry.second);
    }
    if (!std::exchange(grown, true))
      for (int n = 8; n < 200; ++n) m[n % 7 == 0 ? nan_key : n] = n;
    ASSERT_LT(++rounds, 300u);
  }
  EXPECT_EQ(seen, 7u);
}

TYPED_TEST(GoMapFacts, TestIterGrowAndDelete) {
  for (int round = 0; round < 20; ++round) {
    typename TypeParam::template map<int, int> m;
    for (int n = 0; n < 100; ++n) m[n] = n;
    bool growing = true;
    for (const auto& entry : m) {
      if (!std::exchange(growing, false)) {
        EXPECT_EQ(entry.first & 1, 0);
        continue;
      }
      for (int n = 100; n < 1000; ++n) m[n] = n;
      for (int n = 1; n < 1000; n += 2) m.erase(n);
    }
  }
}

TYPED_TEST(GoMapFacts, TestIterGrowWithGC) {
  typename TypeParam::template map<int, int> m;
  for (int n = 0; n < 4; ++n) m[n] = n;
  for (int n = 8; n < 16; ++n) m[n] = n;
  m[4] = 4;
  unsigned seen = 0;
  bool grown = false;
  for (const auto& entry : m) {
    const int key = entry.first;
    if (!std::exchange(grown, true))
      for (int n = 100; n < 1000; ++n) m[n] = n;
    if (key < 16) seen |= 1u << key;
  }
  EXPECT_EQ(seen, 0xff1fu) << "what was there at the start is produced, whatever happened to its array";
}

TYPED_TEST(GoMapFacts, TestConcurrentReadsAfterGrowth) {
  typename TypeParam::template map<int, int> m;
  for (int n = 0; n < 250; ++n) {
    m[n] = n;
    if (n % 25 != 7) continue;
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i) {
      threads.emplace_back([&] {
        for (const auto& entry : std::as_const(m)) EXPECT_EQ(entry.first, entry.second);
      });
      threads.emplace_back([&] {
        for (int k = 0; k <= n; ++k) EXPECT_TRUE(std::as_const(m).contains(k));
      });
    }
    for (auto& thread : threads) thread.join();
  }
}

TYPED_TEST(GoMapFacts, TestBigItems) {
  using big = std::array<std::uint64_t, 512>;
  struct big_hash {
    std::uint64_t operator()(const big& key, std::uint64_t seed) const {
      return steady::hash<std::uint64_t>{}(key[0] ^ key[511], seed);
    }
  };
  using map = std::conditional_t<TypeParam::is_classic, steady::classic_map<big, big, big_hash>,
                                 steady::map<big, big, big_hash>>;
  map m;
  for (std::uint64_t n = 0; n < 100; ++n) {
    big key{};
    key[0] = n;
    key[511] = n * 3;
    m[key] = key;
  }
  std::set<std::uint64_t> seen;
  for (const auto& entry : m) {
    EXPECT_EQ(entry.second[511], entry.first[0] * 3);
    seen.insert(entry.first[0]);
  }
  EXPECT_EQ(seen.size(), 100u);
}

TYPED_TEST(GoMapFacts, TestMapHugeZero) {
  using huge = std::array<char, 4000>;
  typename TypeParam::template map<int, huge> m;
  EXPECT_EQ(m.find(3), m.end());
  EXPECT_EQ(m[3], huge{}) << "a value made by a read is all zero";
}

TYPED_TEST(GoMapFacts, TestEmptyKeyAndValue) {
  struct nothing {
    bool operator==(const nothing&) const = default;
  };
  struct nothing_hash {
    std::size_t operator()(const nothing&) const { return 7; }
  };
  typename TypeParam::template map<int, nothing> a;
  using keyed = std::conditional_t<TypeParam::is_classic, steady::classic_map<nothing, int, nothing_hash>,
                                   steady::map<nothing, int, nothing_hash>>;
  keyed b;
  a[0] = nothing{};
  b[nothing{}] = 1;
  b[nothing{}] = 2;
  EXPECT_EQ(a.size(), 1u);
  EXPECT_EQ(b.size(), 1u);
  EXPECT_EQ(b.at(nothing{}), 2);
}

// TestSingleBucketMapStringKeys_DupLen and _NoDupLen.
TYPED_TEST(GoMapFacts, TestSingleBucketMapStringKeys) {
  for (const bool same_length : {true, false}) {
    typename TypeParam::template map<std::string, std::string> m;
    std::map<std::string, std::string> model;
    for (std::size_t n = 0; n < 8; ++n) {
      const std::string key =
          same_length ? std::string(n < 4 ? 3 : 128, static_cast<char>('a' + n)) : std::string(n * 16, 'x');
      m[key] = key + "!";
      model[key] = key + "!";
    }
    EXPECT_EQ(m.size(), model.size());
    for (const auto& [key, value] : model) {
      EXPECT_EQ(m.at(key), value);
      EXPECT_FALSE(m.contains(key + "y"));
      if (!key.empty()) {
        std::string other = key;
        other[key.size() / 2] = '-';
        EXPECT_FALSE(m.contains(other));
      }
    }
  }
}

TYPED_TEST(GoMapFacts, TestMapNanGrowIterator) {
  typename TypeParam::template map<double, int> m;
  constexpr int many = 13 << 4;
  std::set<int> owed;
  for (int n = 0; n < many; ++n) {
    m[nan_key] = n;
    owed.insert(n);
  }
  m[1.0] = many;  // begins a growth in Go
  owed.insert(many);
  bool half = false;
  for (const auto& entry : m) {
    EXPECT_EQ(owed.erase(entry.second), 1u) << "each value once";
    if (owed.size() < many / 2 && !std::exchange(half, true))
      for (int n = 0; n < 64; ++n) m[1.0] = many;  // writes that finish it
  }
  EXPECT_TRUE(owed.empty());
}

// TestMapIterOrder and TestMapSparseIterOrder. In steady::map the order is that of one map and not of one loop, and
// starts at a bucket, of which small maps have one.
TYPED_TEST(GoMapFacts, TestMapIterOrder) {
  for (const int size : {3, 7, 9, 15, 100}) {
    if (size < 100 && !TypeParam::is_classic) continue;
    std::set<std::vector<int>> orders;
    for (int i = 0; i < 100; ++i) {
      typename TypeParam::template map<int, bool> m;
      for (int n = 0; n < size; ++n) m[n] = true;
      std::vector<int> order;
      for (const auto& entry : m) order.push_back(entry.first);
      orders.insert(order);
    }
    EXPECT_GT(orders.size(), 1u);
  }
}

TYPED_TEST(GoMapFacts, TestIncrementAfterDelete) {
  typename TypeParam::template map<std::string, int> m;
  m["a"] = 99;
  m.erase("a");
  ++m["b"];
  EXPECT_EQ(m["b"], 1);
  m.clear();
  ++m["a"];
  EXPECT_EQ(m["a"], 1);
}

// test/clear.go and mapclear.go.
TYPED_TEST(GoMapFacts, TestClearTakesNanKeysToo) {
  typename TypeParam::template map<double, int> m;
  m[0] = 1;
  m[nan_key] = 2;
  m[std::numeric_limits<double>::infinity()] = 3;
  m.clear();
  EXPECT_EQ(m.size(), 0u);
  EXPECT_EQ(m.begin(), m.end());
}

// maps_test.go: TestClone, TestCloneNil, TestCloneWithDelete, TestCloneLarge.
TYPED_TEST(GoMapFacts, TestClone) {
  using map = typename TypeParam::template map<int, std::vector<int>>;
  EXPECT_EQ(map(map{}).size(), 0u);
  map m;
  for (int n = 0; n < 833; ++n) m[n] = {n};
  for (int n = 0; n < 833; n += 3) m.erase(n);
  map copy(m);
  EXPECT_EQ(copy, m);
  copy[1].push_back(7);
  EXPECT_EQ(m.at(1).size(), 1u) << "nothing is shared";
}

// maps_test.go: TestDeleteFunc.
TYPED_TEST(GoMapFacts, TestDeleteFunc) {
  typename TypeParam::template map<int, int> m;
  for (int n = 0; n < 100; ++n) m[n] = n;
  erase_if(m, [](const auto& entry) { return entry.first % 2 == 0; });
  EXPECT_EQ(m.size(), 50u);
}

}  // namespace
}  // namespace steady_test
