// The page of `steady lab` in a real browser: it draws each experiment it was given, light and dark.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tools/steady/lab/outcome.hpp"
#include "tools/support/chromium.hpp"

namespace {

using namespace steady::lab;

class lab_opens_in_chromium : public page_in_chromium {
 protected:
  // Made up, so that it does not take an experiment: one of everything a page can show.
  static std::string page() {
    const claim& row = all_claims().front();
    const claim& other = all_claims()[1];
    const finding plotted{
        .setting = "a setting </script><!-- of markup",
        .claimed = {{"it was so", true}, {"it was not", false}},
        .figures = {{"a figure", 1'234'567}, {"another", 0.5, "%"}},
        .tables = {{"a table", {"left", "right"}, {{"a", "1"}, {"b", "2"}}}},
        .plots = {{"lines", "x", "y", {{"rising", {{1, 1}, {10, 5}, {100, 9}}}}, scale::logarithmic},
                  {"bars", "x", "y", {{"one", {{0, 3}, {1, 0}, {2, 4}}, shape::bars}}},
                  {"dots",
                   "x",
                   "y",
                   {{"front", {{1, 2}, {2, 1}}, shape::dots}},
                   scale::linear,
                   scale::logarithmic}}};
    const finding opposed{.setting = "another", .claimed = {{"this", false}}, .rivals = {{"that", true}}};
    const std::vector<outcome> outcomes = {{&row, plotted, 0.5}, {&other, opposed, 0.25}};
    return make_page(outcomes, false);
  }
};

}  // namespace

TEST_F(lab_opens_in_chromium, draws_verdicts_tables_and_plots) {
  const std::string dom = opened(page());
  EXPECT_TRUE(rendered(dom)) << dom.substr(0, 300);
  EXPECT_EQ(occurrences(dom, "<article id=\"M"), 2u);
  EXPECT_EQ(occurrences(dom, "<article id=\"M1\" data-verdict=\"holds partly\""), 1u);
  EXPECT_EQ(occurrences(dom, "<article id=\"M2\" data-verdict=\"contradicts another\""), 1u);
  EXPECT_EQ(occurrences(dom, "<figure"), 3u);
  EXPECT_EQ(occurrences(dom, "<path"), 1u) << "the line";
  EXPECT_EQ(occurrences(dom, "<rect"), 3u) << "the bars";
  EXPECT_EQ(occurrences(dom, "<circle"), 3u + 2u) << "the points of the line, and the dots";
  EXPECT_EQ(occurrences(dom, "NaN"), 0u) << "a coordinate that is no number";
  for (const char* text : {"1,234,567", "0.50 %", "a table", "that", "2 experiments in 0.75 s."})
    EXPECT_NE(dom.find(text), std::string::npos) << text;
}

TEST_F(lab_opens_in_chromium, draws_in_the_dark_and_asks_nothing_of_any_network) {
  expect_no_requests(page());
  EXPECT_TRUE(rendered(opened(page(), "--blink-settings=preferredColorScheme=0")));
}

TEST_F(lab_opens_in_chromium, a_page_that_fails_says_so) {
  const std::string broken = opened(replaced(page(), "drawSummary();\nbyId", "undefinedFunction();\nbyId"));
  EXPECT_FALSE(rendered(broken));
  EXPECT_NE(broken.find("data-error=\"Uncaught ReferenceError"), std::string::npos) << broken.substr(0, 300);
}
