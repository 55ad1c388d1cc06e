// G3: any length of churn at constant size leaves probe lengths and bytes per entry within 10 % of a fresh
// map.
//
// Fresh means: of the same entries, inserted into an empty map. Both are compared at several sizes between
// two doublings, since a map's fill varies between them, and the churned map may have kept the larger form of
// the two that hysteresis allows: what decays is what goes on getting worse, so the figures after much churn
// are also compared with those after a little.
#include <gtest/gtest.h>

#include <steady/map.hpp>

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "../support/counting_allocator.hpp"
#include "../support/random.hpp"
#include "../support/scale.hpp"

namespace steady_test {
namespace {

using map_type =
    steady::map<std::uint64_t, std::uint64_t, std::hash<std::uint64_t>, std::equal_to<std::uint64_t>,
                counting_allocator<std::pair<const std::uint64_t, std::uint64_t>>>;

double mean_probe_length(const map_type& map) {
  const auto stats = map.stats();
  double sum = 0;
  double entries = 0;
  for (std::size_t length = 0; length < stats.probe_lengths.size(); ++length) {
    sum += static_cast<double>(stats.probe_lengths[length]) * static_cast<double>(length + 1);
    entries += static_cast<double>(stats.probe_lengths[length]);
  }
  return entries == 0 ? 0 : sum / entries;
}

class G3NoDecayTest : public ::testing::TestWithParam<double> {};

enum class victim { oldest, random };

void prove(std::size_t size, victim choice) {
  allocation_log log;
  map_type map{map_type::allocator_type(log)};
  std::vector<std::uint64_t> keys;
  std::uint64_t next = 0;
  for (std::size_t i = 0; i < size; ++i) {
    keys.push_back(scramble(next++));
    map.try_emplace(keys.back(), i);
  }
  random_source random(size);
  const auto churn = [&](std::size_t rounds) {
    for (std::size_t i = 0; i < rounds; ++i) {
      const std::size_t place = choice == victim::oldest ? i % size : random.below(size);
      ASSERT_EQ(map.erase(keys[place]), 1u);
      keys[place] = scramble(next++);
      ASSERT_TRUE(map.try_emplace(keys[place], i).second);
    }
  };
  churn(2 * size);
  const double bytes_early = static_cast<double>(log.live_bytes);
  const double probes_early = mean_probe_length(map);
  churn((scale() < 0.05 ? 16 : 64) * size);

  allocation_log fresh_log;
  map_type fresh{map_type::allocator_type(fresh_log)};
  for (const std::uint64_t key : keys) fresh.try_emplace(key, 0u);
  ASSERT_EQ(fresh.size(), map.size());

  EXPECT_LE(static_cast<double>(log.live_bytes), 1.1 * static_cast<double>(fresh_log.live_bytes)) << size;
  EXPECT_LE(mean_probe_length(map), 1.1 * mean_probe_length(fresh)) << size;
  EXPECT_LE(static_cast<double>(log.live_bytes), 1.02 * bytes_early) << size;
  EXPECT_LE(mean_probe_length(map), 1.02 * probes_early) << size;
  const auto stats = map.stats();
  EXPECT_EQ(stats.size, size);
  // Overflow nodes hold four; pulled back and kept dense they hold two entries on average at the very least.
  EXPECT_LE(stats.overflow_nodes, stats.overflow_entries) << size;
}

TEST_P(G3NoDecayTest, RandomVictims) {
  prove(static_cast<std::size_t>(GetParam() * static_cast<double>(scaled(1'000'000, 20'000))),
        victim::random);
}
TEST_P(G3NoDecayTest, FirstInFirstOut) {
  prove(static_cast<std::size_t>(GetParam() * static_cast<double>(scaled(1'000'000, 20'000))),
        victim::oldest);
}
INSTANTIATE_TEST_SUITE_P(Sizes, G3NoDecayTest, ::testing::Values(1.0, 1.15, 1.3, 1.5, 1.7, 1.9));

}  // namespace
}  // namespace steady_test
