// More facts that Go's own tests check (claims.md 2.4), as tests of our own, each named after the Go test whose fact it is: of
// package reflect's and package maps' tests, of the programs test/*.go, and those of runtime/map_test.go that
// go_map_facts_test.cpp has not. On classic_map, and on steady::map where the fact is one of semantics.
//
// Left out, because there is nothing here that it could be a fact of: TestAlias (a map is a value; a reference is the
// alias), TestMapIterSafety (an iterator is a loop from its making), TestMapStringBytesLookup and TestNonEscapingMap's stack
// (what is allocated is counted in classic_probes_test.cpp and classic_ownership_test.cpp), the garbage collector's part of
// TestMapLargeKeyNoPointer and TestMapLargeValNoPointer.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include <steady/classic_map.hpp>
#include <steady/map.hpp>

#include "support/classic.hpp"

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
class GoMapsFacts : public ::testing::Test {
 protected:
  using ints = typename Family::template map<int, int>;
  using texts = typename Family::template map<std::string, int>;
  using floats = typename Family::template map<double, int>;

  const texts three{{"one", 1}, {"two", 2}, {"three", 3}};

  template <class Map>
  static std::map<typename Map::key_type, typename Map::mapped_type> content(const Map& m) {
    std::map<typename Map::key_type, typename Map::mapped_type> all;
    for (const auto& entry : m) {
      EXPECT_FALSE(all.contains(entry.first)) << "no key comes twice";
      all.emplace(entry.first, entry.second);
    }
    return all;
  }
};
using both = ::testing::Types<classic, product>;
struct family_name {
  template <class Family>
  static std::string GetName(int) {
    return Family::is_classic ? "classic_map" : "map";
  }
};
TYPED_TEST_SUITE(GoMapsFacts, both, family_name);

// ---- package reflect: a loop as an object ----

TYPED_TEST(GoMapsFacts, TestMapIterNonEmptyMap) {
  EXPECT_EQ(this->content(this->three), (std::map<std::string, int>{{"one", 1}, {"two", 2}, {"three", 3}}));
}

TYPED_TEST(GoMapsFacts, TestMapIterNilMap) {
  typename TestFixture::texts m;
  EXPECT_EQ(m.begin(), m.end());
  EXPECT_EQ(std::as_const(m).begin(), m.end());
}

// An iterator may begin anew, on the same map or on another.
TYPED_TEST(GoMapsFacts, TestMapIterReset) {
  typename TestFixture::texts m(this->three);
  typename TestFixture::texts other{{"four", 4}};
  auto it = m.begin();
  ++it;
  it = m.begin();
  int sum = 0;
  for (; it != m.end(); ++it) sum += it->second;
  EXPECT_EQ(sum, 6);
  it = other.begin();
  EXPECT_EQ(it->second, 4);
  EXPECT_EQ(++it, other.end());
}

// In Go the first step is Next, and sees what was inserted since the iterator was made. Here begin() takes it: a loop over a
// map that is empty then is over, whatever is inserted later (I1; test/range.go says so of range).
TYPED_TEST(GoMapsFacts, TestMapIterNext) {
  typename TestFixture::ints m;
  auto it = m.begin();
  m[1] = 1;
  EXPECT_EQ(it, m.end());
}

TYPED_TEST(GoMapsFacts, TestMapIterDelete0) {
  typename TestFixture::texts m(this->three);
  auto it = m.begin();
  for (const auto& [key, value] : this->content(m)) m.erase(key);
  EXPECT_EQ(++it, m.end());
}

TYPED_TEST(GoMapsFacts, TestMapIterDelete1) {
  typename TestFixture::texts m(this->three);
  std::vector<std::string> seen;
  for (auto it = m.begin(); it != m.end(); ++it) {
    seen.push_back(it->first);
    for (const auto& [key, value] : this->content(this->three))
      if (key != seen.front()) m.erase(key);
  }
  EXPECT_EQ(seen.size(), 1u);
}

TYPED_TEST(GoMapsFacts, TestMapIterSet) {
  typename TestFixture::texts m(this->three);
  std::string key;
  int value = 0;
  for (auto it = m.begin(); it != m.end(); ++it) {
    key = it->first;
    value = it->second;
    EXPECT_EQ(m.at(key), value);
    it->second = -value;
  }
  EXPECT_EQ(m.at("two"), -2) << "a value is written through the iterator";
}

// ---- package maps ----

TYPED_TEST(GoMapsFacts, TestAllKeysValuesAndCollect) {
  std::set<std::string> keys;
  std::set<int> values;
  for (const auto& [key, value] : this->three) {
    keys.insert(key);
    values.insert(value);
  }
  EXPECT_EQ(keys, (std::set<std::string>{"one", "two", "three"}));
  EXPECT_EQ(values, (std::set<int>{1, 2, 3}));
  const std::vector<std::pair<std::string, int>> pairs{{"one", 1}, {"two", 2}, {"three", 3}};
  EXPECT_EQ((typename TestFixture::texts(pairs.begin(), pairs.end())), this->three) << "TestCollect";
}

// maps.Insert and maps.Copy write over what is there. insert(first, last) is the standard's, which does not.
TYPED_TEST(GoMapsFacts, TestCopyAndInsert) {
  typename TestFixture::texts m{{"one", -1}, {"four", 4}};
  for (const auto& [key, value] : this->three) m.insert_or_assign(key, value);
  EXPECT_EQ(this->content(m),
            (std::map<std::string, int>{{"one", 1}, {"two", 2}, {"three", 3}, {"four", 4}}));
  typename TestFixture::texts kept{{"one", -1}};
  kept.insert(this->three.begin(), this->three.end());
  EXPECT_EQ(kept.at("one"), -1);
  EXPECT_EQ(kept.size(), 3u);
}

TYPED_TEST(GoMapsFacts, TestEqual) {
  typename TestFixture::ints m{{1, 2}, {2, 4}, {4, 8}};
  typename TestFixture::ints same;
  EXPECT_NE(m, same);
  for (const int key : {4, 2, 1}) same[key] = 2 * key;
  EXPECT_EQ(m, same) << "the order of inserting does not matter";
  same[1] = 3;
  EXPECT_NE(m, same);
  same.erase(1);
  EXPECT_NE(m, same);
  typename TypeParam::template map<int, double> nan_value{{1, nan_key}};
  EXPECT_NE(nan_value, nan_value) << "NaN is not equal to itself";
  typename TestFixture::floats nan_entry{{nan_key, 1}};
  EXPECT_NE(nan_entry, nan_entry);
}

// TestCloneWithMapAssign: a clone made in the middle of a growth, written to afterwards.
TYPED_TEST(GoMapsFacts, TestCloneWithMapAssign) {
  typename TestFixture::ints m;
  for (int n = 0; n < 25; ++n) m[n] = n;
  typename TestFixture::ints copy(m);
  for (int n = 25; n < 30; ++n) copy[n] = n;
  EXPECT_EQ(m.size(), 25u);
  ASSERT_EQ(copy.size(), 30u);
  for (int n = 0; n < 30; ++n) EXPECT_EQ(copy.at(n), n);
}

// ---- runtime/map_test.go ----

TYPED_TEST(GoMapsFacts, TestGrowWithNegativeZero) {
  typename TestFixture::floats m;
  m[0.0] = 0;
  m[1.0] = 1;
  m[2.0] = 2;
  m[4.0] = 4;
  int zeros = 0;
  int others = 0;
  bool grown = false;
  for (const auto& entry : m) {
    const double key = entry.first;
    if (!std::exchange(grown, true)) {
      for (int n = 100; n < 400; ++n) m[n] = n;
      m[-0.0] = -7;  // the entry of 0, wherever it is by now
    } else if (key == 0) {
      EXPECT_EQ(entry.second, -7);
      EXPECT_EQ(std::signbit(key), TypeParam::is_classic) << "key and value are updated together";
    }
    zeros += key == 0;
    others += key > 0 && key < 100;
  }
  EXPECT_LE(zeros, 1);
  EXPECT_GE(zeros + others, 4) << "each that was there is produced once, the zero among them";
  EXPECT_LE(others, 3);
}

TYPED_TEST(GoMapsFacts, TestMapLargeKeyAndValNoPointer) {
  using large = std::array<std::uint64_t, 64>;
  typename TypeParam::template map<int, large> m;
  for (int n = 0; n < 100; ++n) m[n].fill(static_cast<std::uint64_t>(n));
  for (int n = 0; n < 100; ++n) EXPECT_EQ(m.at(n)[63], static_cast<std::uint64_t>(n));
}

TYPED_TEST(GoMapsFacts, TestDeferDeleteSlow) {
  struct deferred {
    typename TestFixture::texts& m;
    std::string key;
    ~deferred() { m.erase(key); }
  };
  typename TestFixture::texts m(this->three);
  {
    const deferred first{m, "one"};
    const deferred second{m, "two"};
    EXPECT_EQ(m.size(), 3u);
  }
  EXPECT_EQ(this->content(m), (std::map<std::string, int>{{"three", 3}}));
}

// Keys of several types behind one: equal ones are found again, whichever they are.
TYPED_TEST(GoMapsFacts, TestMapInterfaceKey) {
  using any_key = std::variant<int, double, std::string, std::optional<bool>>;
  typename TypeParam::template map<any_key, int> m;
  const std::vector<any_key> keys{
      1, 2, 1.0, 2.5, std::string("1"), std::string("two"), std::optional<bool>{}, std::optional<bool>{true}};
  int number = 0;
  for (const any_key& key : keys) m[key] = ++number;
  EXPECT_EQ(m.size(), keys.size());
  number = 0;
  for (const any_key& key : keys) EXPECT_EQ(m.at(any_key(key)), ++number);
  m[any_key(-0.0)] = 100;
  m[any_key(0.0)] += 1;
  EXPECT_EQ(m.at(any_key(-0.0)), 101);
  for (int n = 0; n < 3; ++n) m[any_key(nan_key)] = n;
  EXPECT_EQ(m.size(), keys.size() + 4) << "NaN behind a variant is not equal to itself either";
  for (int n = 0; n < 200; ++n) m[any_key(n + 100)] = n;
  std::size_t nans = 0;
  for (const auto& entry : m)
    nans += std::holds_alternative<double>(entry.first) && std::isnan(std::get<double>(entry.first));
  EXPECT_EQ(nans, 3u);
}

// TestMemHashGlobalSeed: what chooses the buckets is not the same in all maps.
TYPED_TEST(GoMapsFacts, TestMemHashGlobalSeed) {
  std::set<std::uint64_t> seeds;
  for (int n = 0; n < 8; ++n) {
    typename TestFixture::ints m{{1, 1}};
    seeds.insert(m.seed());
  }
  EXPECT_EQ(seeds.size(), 8u);
}

// ---- test/*.go ----

// map.go: testbasic, testfloat, testnan.
TYPED_TEST(GoMapsFacts, test_map_go) {
  typename TestFixture::ints m;
  for (int n = 0; n < 1000; ++n) m[n] = n;
  for (int n = 0; n < 1000; n += 2) EXPECT_EQ(m.erase(n), 1u);
  for (int n = 0; n < 1000; ++n) EXPECT_EQ(m.contains(n), n % 2 == 1);
  m[7] *= 2;
  EXPECT_EQ(m.at(7), 14);

  typename TestFixture::floats f;
  f[+0.0] = 1;
  f[-0.0] = 2;
  f[std::numeric_limits<double>::infinity()] = 3;
  f[-std::numeric_limits<double>::infinity()] = 4;
  EXPECT_EQ(f.size(), 3u);
  EXPECT_EQ(f.at(0.0), 2);

  typename TestFixture::floats nans;
  for (int n = 0; n < 50; ++n) nans[nan_key] = n;
  EXPECT_EQ(nans.size(), 50u);
  EXPECT_FALSE(nans.contains(nan_key));
  EXPECT_EQ(nans.erase(nan_key), 0u);
  EXPECT_EQ(nans.size(), 50u);
}

// bigmap.go: sizes around 128 bytes, from which on Go stores pointers.
template <class Family, std::size_t Bytes>
void values_of_this_size_are_kept() {
  using value = std::array<std::uint8_t, Bytes>;
  typename Family::template map<int, value> m;
  for (int n = 0; n < 100; ++n) {
    value v{};
    v.front() = v.back() = static_cast<std::uint8_t>(n);
    m[n] = v;
  }
  for (int n = 0; n < 100; ++n) {
    EXPECT_EQ(m.at(n).front(), n);
    EXPECT_EQ(m.at(n).back(), n);
    m[n].back() = 200;
    EXPECT_EQ(m.at(n).back(), 200);
  }
}
TYPED_TEST(GoMapsFacts, test_bigmap_go) {
  values_of_this_size_are_kept<TypeParam, 127>();
  values_of_this_size_are_kept<TypeParam, 128>();
  values_of_this_size_are_kept<TypeParam, 129>();
}

// range.go: testmap. A loop over a map that is emptied and filled again inside it comes to an end.
TYPED_TEST(GoMapsFacts, test_range_go) {
  typename TestFixture::ints m{{1, 1}, {2, 2}, {3, 3}};
  int rounds = 0;
  for (const auto& entry : m) {
    const int key = entry.first;
    m.erase(key);
    m[key + 1000 * ++rounds] = key;
    ASSERT_LT(rounds, 50);
  }
  EXPECT_EQ(m.size(), 3u);
  for (const auto& entry : m) m.erase(int{entry.first});
  EXPECT_EQ(m.size(), 0u);
}

// ---- what is of the structure: classic_map alone ----

// maplinear.go: n NaN keys, each with a hash of its own, spread over the buckets as other keys do.
TEST(GoMapsFactsOfStructure, test_maplinear_go) {
  steady::classic_map<double, int> m;
  for (int n = 0; n < 5000; ++n) m[nan_key] = n;
  std::size_t longest = 0;
  for (const auto& chain : m.inspect().buckets) longest = std::max(longest, chain.buckets.size());
  EXPECT_LE(longest, 5u);
}

// TestIgnoreBogusMapHint and TestNonEscapingMap: hints that nothing could serve are ignored, small ones allocate nothing.
TEST(GoMapsFactsOfStructure, TestIgnoreBogusMapHint) {
  for (const std::size_t hint : {static_cast<std::size_t>(-1), std::size_t{1} << 62}) {
    steady::classic_map<int, int> m(hint);
    m[1] = 1;
    EXPECT_EQ(m.inspect().B, 0u);
  }
  EXPECT_EQ((steady::classic_map<int, int>(8).inspect().total_buckets), 0u);
}

// TestMapTombstones: fill, delete half, fill, drain; check() looks at every chain.
TEST(GoMapsFactsOfStructure, TestMapTombstones) {
  steady::classic_map<int, int> m;
  constexpr int entries = 10000;
  for (int n = 0; n < entries; ++n) m[n] = n;
  EXPECT_EQ(m.check(), "");
  for (int n = 0; n < entries; n += 2) m.erase(n);
  EXPECT_EQ(m.check(), "");
  for (int n = entries; n < entries * 3 / 2; ++n) m[n] = n;
  EXPECT_EQ(m.check(), "");
  for (int n = 0; n < entries * 3 / 2; ++n) m.erase(n);
  EXPECT_EQ(m.check(), "");
  EXPECT_EQ(m.stats().tombstones, 0u);
}

// TestMapSparseIterOrder: few entries left in a large map still come in another order each time.
TEST(GoMapsFactsOfStructure, TestMapSparseIterOrder) {
  steady::classic_map<int, bool> m;
  for (int n = 0; n < 1000; ++n) m[n] = true;
  for (int n = 20; n < 1000; ++n) m.erase(n);
  std::set<std::vector<int>> orders;
  for (int round = 0; round < 50; ++round) {
    std::vector<int> order;
    for (const auto entry : m) order.push_back(entry.first);
    ASSERT_EQ(order.size(), 20u);
    orders.insert(order);
  }
  EXPECT_GT(orders.size(), 1u);
}

}  // namespace
}  // namespace steady_test
