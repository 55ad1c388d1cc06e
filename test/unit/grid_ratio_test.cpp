// The arithmetic behind the tables of the benchmark grid: pairs of one round, medians, quartiles, the best
// other.
#include "bench/grid/ratio.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "bench/grid/keys.hpp"

namespace {

using steady::grid::best_other, steady::grid::median, steady::grid::paired_ratio, steady::grid::quantile;

TEST(GridRatio, QuantilesAreMeasuredValues) {
  const std::vector<double> nine{9, 1, 8, 2, 7, 3, 6, 4, 5};
  EXPECT_EQ(median(nine), 5);
  EXPECT_EQ(quantile(nine, 0.25), 3);
  EXPECT_EQ(quantile(nine, 0.75), 7);
  EXPECT_EQ(quantile(nine, 1), 9);
  EXPECT_EQ(median({4}), 4);
}

TEST(GridRatio, ComparesTimesOfTheSameRound) {
  // The machine was ten times slower in the second half: the ratio of every round is 2, that of unpaired
  // times is not.
  const auto found = paired_ratio({2, 2, 20, 20, 20}, {1, 1, 10, 10, 10});
  EXPECT_EQ(found.lower_quartile, 2);
  EXPECT_EQ(found.median, 2);
  EXPECT_EQ(found.upper_quartile, 2);
}

TEST(GridRatio, OneSlowRoundDoesNotMoveTheMedian) {
  const auto found = paired_ratio({1, 1, 1, 1, 90}, {1, 1, 1, 1, 1});
  EXPECT_EQ(found.median, 1);
  EXPECT_EQ(found.upper_quartile, 1);
}

TEST(GridRatio, TheBestOtherIsNeverTheFirst) {
  EXPECT_EQ(best_other({{1}, {5}, {3}, {4}}), 2u);
  EXPECT_EQ(best_other({{1}, {5}}), 1u);
}

TEST(GridRatio, APeerThatTookNoPartIsNotTheBest) {
  EXPECT_EQ(best_other({{1}, {}, {3}, {2}}), 3u);
  EXPECT_EQ(best_other({{1}, {}}), 0u);
}

template <class K>
void expect_distinct(steady::grid::key_kind kind) {
  const auto keys = steady::grid::make_key_set<K>(kind, 1000);
  auto all = keys.present;
  all.insert(all.end(), keys.absent.begin(), keys.absent.end());
  std::sort(all.begin(), all.end());
  EXPECT_EQ(std::adjacent_find(all.begin(), all.end()), all.end());
  EXPECT_TRUE(std::is_permutation(keys.present.begin(), keys.present.end(), keys.shuffled.begin()));
  for (const auto draw : keys.draws) EXPECT_LE(draw, 250u);
}

TEST(GridKeys, AreDistinctAndOfTheirKind) {
  using steady::grid::key_kind;
  expect_distinct<std::uint64_t>(key_kind::u64random);
  expect_distinct<std::uint64_t>(key_kind::u64sequential);
  expect_distinct<const void*>(key_kind::pointer);
  expect_distinct<std::string>(key_kind::string12);
  expect_distinct<std::string>(key_kind::string60);
  for (const auto* key : steady::grid::make_key_set<const void*>(key_kind::pointer, 100).present) {
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(key) % 16, 0u);
  }
  EXPECT_EQ(steady::grid::make_key_set<std::string>(key_kind::string12, 1).present[0].size(), 12u);
  EXPECT_EQ(steady::grid::make_key_set<std::string>(key_kind::string60, 1).present[0].size(), 60u);
}

}  // namespace
