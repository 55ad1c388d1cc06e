// G5: begin() is stable while the map is unchanged, maps and runs differ, shuffled() draws anew for each
// loop, and a fixed seed makes runs repeatable.
#include <gtest/gtest.h>

#include <steady/map.hpp>

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

namespace steady_test {
namespace {

using int_map = steady::map<int, int>;

template <class Range>
std::vector<int> order_of(Range&& range) {
  std::vector<int> keys;
  for (const auto& entry : range) keys.push_back(entry.first);
  return keys;
}

void fill(int_map& m, int size) {
  for (int n = 0; n < size; ++n) m[n] = n;
}

TEST(G5OrderTest, BeginIsStableWhileTheMapIsUnchanged) {
  for (const int size : {1, 3, 15, 16, 100, 1000}) {
    int_map m;
    fill(m, size);
    const auto order = order_of(m);
    for (int round = 0; round < 5; ++round) {
      EXPECT_EQ(order_of(m), order);
      EXPECT_EQ(order_of(std::as_const(m)), order);
      for (int n = 0; n < size; ++n) m[n] = round;  // updates are no change
    }
  }
}

TEST(G5OrderTest, MapsDiffer) {
  std::set<std::vector<int>> orders;
  for (int round = 0; round < 20; ++round) {
    int_map m;
    fill(m, 200);
    orders.insert(order_of(m));
  }
  EXPECT_EQ(orders.size(), 20u);
}

TEST(G5OrderTest, ClearDrawsAnew) {
  std::set<std::vector<int>> orders;
  int_map m;
  int_map reserved;
  reserved.reserve(200);
  for (int round = 0; round < 10; ++round) {
    for (auto* map : {&m, &reserved}) {
      map->clear();
      fill(*map, 200);
      orders.insert(order_of(*map));
    }
  }
  EXPECT_EQ(orders.size(), 20u);
}

// Under a thousand seeds, so that some of them have chains of several overflow nodes.
TEST(G5OrderTest, CopiesAndMovesKeepTheOrder) {
  std::size_t longest_chain = 0;
  for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
    int_map m;
    m.seed(seed);
    fill(m, 200);
    longest_chain = std::max<std::size_t>(longest_chain, m.stats().longest_chain);
    const auto order = order_of(m);
    const int_map copy(m);
    ASSERT_EQ(order_of(copy), order) << "seed " << seed;
    const int_map moved(std::move(m));
    ASSERT_EQ(order_of(moved), order) << "seed " << seed;
  }
  EXPECT_GT(longest_chain, 15u + 4u);
}

TEST(G5OrderTest, ShuffledDrawsAStartForEachLoop) {
  int_map m;
  fill(m, 1000);
  std::set<int> first;
  for (int round = 0; round < 50; ++round) {
    auto order = order_of(m.shuffled());
    ASSERT_EQ(order.size(), 1000u);
    first.insert(order.front());
    std::sort(order.begin(), order.end());
    for (int n = 0; n < 1000; ++n) ASSERT_EQ(order[static_cast<std::size_t>(n)], n);
  }
  EXPECT_GT(first.size(), 20u) << "fifty loops over a thousand entries begin in many places";
}

TEST(G5OrderTest, AFixedSeedRepeatsARun) {
  const auto run = [](std::uint64_t seed) {
    int_map m;
    m.seed(seed);
    std::vector<int> produced;
    int next = 300;
    fill(m, 300);
    for (auto entry : m) {
      produced.push_back(entry.first);
      if (entry.first % 3 == 0) m.erase(entry.first / 3);
      if (next < 900) m[next++] = 0;
    }
    m.clear();  // keeps a fixed seed
    fill(m, 50);
    for (const auto& entry : m) produced.push_back(entry.first);
    return produced;
  };
  EXPECT_EQ(run(1), run(1));
  EXPECT_EQ(run(77), run(77));
  EXPECT_NE(run(1), run(77));
}

}  // namespace
}  // namespace steady_test
