// Keys from files, and figures as text.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "tools/steady/replay/error.hpp"
#include "tools/steady/replay/keys.hpp"
#include "tools/steady/replay/session.hpp"
#include "tools/steady/replay/summary.hpp"
#include "tools/steady/replay/table.hpp"
#include "tools/support/temporary_folder.hpp"

using namespace steady::replay;

TEST(replay_keys, lines_of_any_bytes) {
  EXPECT_EQ(split_lines("a\nb\n"), (text_keys{"a", "b"}));
  EXPECT_EQ(split_lines("a\r\nb"), (text_keys{"a", "b"}));
  EXPECT_EQ(split_lines("\n\nx"), (text_keys{"", "", "x"}));
  EXPECT_EQ(split_lines("a\rb\r\r\n"), (text_keys{"a\rb\r"}));
  EXPECT_EQ(split_lines(std::string_view{"\0\xff\n", 3}), (text_keys{std::string{"\0\xff", 2}}));
}

TEST(replay_keys, files_are_read_whole) {
  const temporary_folder folder;
  std::string content;
  for (int i = 0; content.size() < 5'000'000; ++i) content += std::to_string(i) + '\n';
  EXPECT_EQ(read_file(folder.write("large", content)), content);
}

TEST(replay_keys, generated_ones_are_distinct_and_always_the_same) {
  integer_keys keys = generate_keys(100'000);
  EXPECT_EQ(keys[0], 0xe220a8397b1dcdafu) << "splitmix64 of 0, as published";
  std::ranges::sort(keys);
  EXPECT_EQ(std::ranges::adjacent_find(keys), keys.end());
}

TEST(replay_text, three_digits_and_a_unit) {
  EXPECT_EQ(format_duration(0), "0 ns");
  EXPECT_EQ(format_duration(949.6), "950 ns");
  EXPECT_EQ(format_duration(999.7), "1.00 us");
  EXPECT_EQ(format_duration(12'345), "12.3 us");
  EXPECT_EQ(format_duration(123'456'789), "123 ms");
  EXPECT_EQ(format_duration(2.5e9), "2.50 s");
  EXPECT_EQ(format_bytes(512), "512 B");
  EXPECT_EQ(format_bytes(65'536), "64.0 KiB");
  EXPECT_EQ(format_bytes(5.0 * (1 << 20)), "5.00 MiB");
  EXPECT_EQ(format_count(1), "1");
  EXPECT_EQ(format_count(1'000), "1,000");
  EXPECT_EQ(format_count(12'345'678), "12,345,678");
}

TEST(replay_summary, columns_hold_the_operations_of_their_kind) {
  const std::size_t count = chart_columns * 10;
  std::vector<float> nanoseconds(count);
  std::vector<kind> kinds(count, kind::insert);
  for (std::size_t i = 0; i < count; ++i) nanoseconds[i] = static_cast<float>(i % 10);
  kinds[15] = kind::find;
  nanoseconds[15] = 1'000;
  const latency_series inserts = make_series(nanoseconds, kinds, kind::insert);
  ASSERT_EQ(inserts.max.size(), chart_columns);
  EXPECT_EQ(inserts.min[1], 0);
  EXPECT_EQ(inserts.max[1], 9) << "the find in this column is not an insert";
  const latency_series finds = make_series(nanoseconds, kinds, kind::find);
  EXPECT_LT(finds.max[0], 0) << "nothing here";
  EXPECT_EQ(finds.max[1], 1'000);
  EXPECT_EQ(finds.median[1], 1'000);
}

TEST(replay_summary, a_curve_ends_at_the_maximum) {
  EXPECT_EQ(curve_fractions(1), (std::vector<double>{0, 1}));
  const std::vector<double> fractions = curve_fractions(1'000'000);
  EXPECT_EQ(fractions.size(), 62u);
  EXPECT_TRUE(std::ranges::is_sorted(fractions));
  EXPECT_NEAR(fractions[20], 0.99, 1e-12);
}

TEST(replay_summary, raw_figures_are_medians_and_the_highest_maximum) {
  using figures = steady::measure::latency_percentiles;
  const std::vector<figures> runs{
      {10, 1, 10, 100, 1'000, 5'000}, {10, 3, 30, 300, 3'000, 9'000}, {10, 2, 20, 200, 2'000, 7'000}};
  const figures combined = combine_runs(runs);
  EXPECT_EQ(combined.p50, 2);
  EXPECT_EQ(combined.p99, 20);
  EXPECT_EQ(combined.p9999, 2'000);
  EXPECT_EQ(combined.max, 9'000);
}

TEST(replay_agreement, names_the_maps_that_disagree) {
  const std::vector<map_checksum> agreeing{{"a", 1}, {"b", 1}};
  EXPECT_NO_THROW(require_agreement("results", agreeing));
  EXPECT_NO_THROW(require_agreement("results", {}));
  const std::vector<map_checksum> disagreeing{{"a", 1}, {"b", 1}, {"c", 2}};
  try {
    require_agreement("results", disagreeing);
    FAIL();
  } catch (const failed_check& failure) {
    EXPECT_STREQ(failure.what(),
                 "the maps disagree on the results: a has checksum 0000000000000001, c has 0000000000000002");
  }
}
