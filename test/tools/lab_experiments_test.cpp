// Every experiment of the lab: on the sound specimen its verdict is that of the real runtime, or the one the register
// says and why; and on the specimen made wrong on purpose it is another.
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "support/scale.hpp"
#include "tools/steady/lab/registry.hpp"
#include "tools/steady/lab/ways_to_loop.hpp"

namespace {

using namespace steady::lab;

std::vector<const claim*> measured_claims() {
  std::vector<const claim*> rows;
  for (const claim& row : all_claims())
    if (row.is_measured()) rows.push_back(&row);
  return rows;
}

class LabExperiment : public ::testing::TestWithParam<const claim*> {};

std::string told(const finding& found) {
  std::string text = std::string{name_of(found.conclusion())} + '\n';
  for (const auto* list : {&found.claimed, &found.rivals})
    for (const statement& one : *list) text += (one.found_true ? "yes " : "no  ") + one.text + '\n';
  for (const figure& one : found.figures) text += one.what + ": " + text_of(one.value) + one.unit + '\n';
  return text;
}

}  // namespace

TEST_P(LabExperiment, FlipsItsVerdictOnAWrongSpecimen) {
  const claim& row = *GetParam();
  ASSERT_FALSE(row.measured.wrong.empty()) << "what the wrong specimen is has to be said";
  const finding sound = run(row.measured, {.scale = steady_test::scale()});
  std::set<std::string> names;
  for (const figure& one : sound.figures)
    EXPECT_TRUE(names.insert(one.what).second) << "two figures: " << one.what;
  const finding wrong = run(row.measured, {.scale = steady_test::scale(), .wrong = true});
  if (row.expected()) {
    EXPECT_EQ(name_of(sound.conclusion()), name_of(*row.expected())) << told(sound);
  }
  EXPECT_NE(sound.conclusion(), wrong.conclusion()) << "on " << row.measured.wrong << ":\n"
                                                    << told(wrong) << "on the sound one:\n"
                                                    << told(sound);
}

INSTANTIATE_TEST_SUITE_P(Claims, LabExperiment, ::testing::ValuesIn(measured_claims()),
                         [](const auto& instance) { return std::string{instance.param->id}; });

// Beside the claims of loops over Go's map: what a live loop, a snapshot and a copy of steady::map produce while it changes.
TEST(LabWaysToLoop, NoneSkipsOrRepeatsAndOnlyTheLiveLoopIsOfNow) {
  const conditions small{.scale = 0.1};
  const table ways = ways_to_loop(workbench(small, fault::none));
  using cells = std::vector<std::string>;
  const auto row = [&](std::size_t way, std::size_t first, std::size_t last) {
    const cells& all = ways.rows.at(way);
    return cells(all.begin() + static_cast<std::ptrdiff_t>(first),
                 all.begin() + static_cast<std::ptrdiff_t>(last));
  };
  ASSERT_EQ(ways.rows.size(), 3u);
  // Skipped, twice, old values, erased before, inserted meanwhile.
  EXPECT_EQ(row(0, 0, 5), (cells{"the map", "0", "0", "0", "0"}));
  EXPECT_NE(row(0, 5, 6), (cells{"0"}));
  for (std::size_t way = 1; way < 3; ++way) {
    EXPECT_EQ(row(way, 1, 3), (cells{"0", "0"}));
    EXPECT_NE(row(way, 3, 4), (cells{"0"}));
    EXPECT_NE(row(way, 4, 5), (cells{"0"}));
    EXPECT_EQ(row(way, 5, 6), (cells{"0"}));
  }
}
