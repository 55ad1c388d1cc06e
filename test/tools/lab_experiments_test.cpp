// Every experiment of the lab: on the sound specimen its verdict is that of the real runtime, or the one the register
// says and why; and on the specimen made wrong on purpose it is another.
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "support/scale.hpp"
#include "tools/steady/lab/registry.hpp"

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
