// Percentiles must be exact, and the op-by-op minimum must keep what repeats and drop what does not.
#include "measure/latency.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <vector>

using namespace steady::measure;

TEST(measure_latency, percentiles_of_a_known_sequence) {
  std::vector<float> samples(10'000);
  std::iota(samples.begin(), samples.end(), 1.0f);
  std::shuffle(samples.begin(), samples.end(), std::mt19937{7});
  const latency_percentiles figures = exact_percentiles(samples);
  EXPECT_EQ(figures.count, 10'000u);
  EXPECT_EQ(figures.p50, 5'000);
  EXPECT_EQ(figures.p99, 9'900);
  EXPECT_EQ(figures.p999, 9'990);
  EXPECT_EQ(figures.p9999, 9'999);
  EXPECT_EQ(figures.max, 10'000);
}

TEST(measure_latency, percentiles_equal_those_of_a_sorted_copy) {
  std::mt19937 random{11};
  for (const std::size_t count : {1u, 2u, 3u, 99u, 100u, 101u, 1'000u, 12'345u}) {
    std::vector<float> samples(count);
    for (float& sample : samples) sample = static_cast<float>(random() % 1'000);
    std::vector<float> sorted = samples;
    std::sort(sorted.begin(), sorted.end());
    const std::vector<double> fractions{0, 0.1, 0.5, 0.5, 0.9, 0.99, 0.999, 1};
    const std::vector<double> values = exact_quantiles(samples, fractions);
    for (std::size_t i = 0; i < fractions.size(); ++i) {
      EXPECT_EQ(values[i], static_cast<double>(sorted[nearest_rank(fractions[i], count)]))
          << count << ' ' << i;
    }
  }
}

TEST(measure_latency, no_samples_give_zeroes) {
  const latency_percentiles figures = exact_percentiles({});
  EXPECT_EQ(figures.count, 0u);
  EXPECT_EQ(figures.max, 0);
}

TEST(measure_latency, nearest_rank_does_not_stumble_over_rounding) {
  EXPECT_EQ(nearest_rank(0.99, 100), 98u);     // 0.99 * 100 is 99.000000000000014 in binary
  EXPECT_EQ(nearest_rank(0.999, 1'000), 998u);
  EXPECT_EQ(nearest_rank(0, 5), 0u);
  EXPECT_EQ(nearest_rank(1, 5), 4u);
}

TEST(measure_latency, minimum_keeps_what_repeats_and_drops_what_does_not) {
  fastest_samples fastest{4};
  fastest.merge(std::vector<float>{10, 900, 10, 500});  // 900: the machine's; 500: the map's
  fastest.merge(std::vector<float>{12, 11, 700, 510});
  fastest.merge(std::vector<float>{800, 12, 11, 505});
  const std::vector<float> expected{10, 11, 10, 500};
  EXPECT_TRUE(std::ranges::equal(fastest.values(), expected));
}
