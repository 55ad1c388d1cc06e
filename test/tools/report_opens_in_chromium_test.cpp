// The report in a real browser: it must draw itself without an error, without a request, light and dark; and
// the test must notice if it does not.
#include <gtest/gtest.h>

#include <cstddef>
#include <string>

#include "tools/support/chromium.hpp"

namespace {

class report_opens_in_chromium : public page_in_chromium {
 protected:
  void SetUp() override {
    page_in_chromium::SetUp();
    if (IsSkipped()) return;
    std::string keys;
    for (int i = 0; i < 4'000; ++i) keys += "</script><!-- key " + std::to_string(i) + "\n";
    folder_.write("<!--<script>keys", keys);
    const command_outcome outcome =
        run_command(std::string{STEADY_COMMAND} + " replay --keys '" + folder_.file("<!--<script>keys") +
                    "' --workload index --repeat 2 --report " + folder_.file("report.html"));
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
    report_ = folder_.read("report.html");
  }

  std::string report_;
};

}  // namespace

TEST_F(report_opens_in_chromium, draws_charts_and_tables) {
  const std::string dom = opened(report_);
  EXPECT_TRUE(rendered(dom)) << dom.substr(0, 300);
  const std::size_t maps = occurrences(report_, "\"insert_in_loop\"");
  EXPECT_GE(maps, 2u);
  EXPECT_EQ(occurrences(dom, "<canvas"), maps + 4) << "a panel a map, and four charts";
  EXPECT_EQ(occurrences(dom, "id=\"whole-run\""), 1u);
  for (const char* kind : {"kind-insert", "kind-find", "kind-sweep"}) {
    EXPECT_EQ(occurrences(dom, std::string{"id=\""} + kind + '"'), 1u) << kind;
  }
  EXPECT_EQ(occurrences(dom, "<tr data-map=\"steady\""), 4u) << "a row in each of the four tables";
  EXPECT_NE(dom.find("erase inside the loop"), std::string::npos);
  EXPECT_NE(dom.find("timer's own cost"), std::string::npos);
}

TEST_F(report_opens_in_chromium, asks_nothing_of_any_network) { expect_no_requests(report_); }

TEST_F(report_opens_in_chromium, draws_in_the_dark) {
  EXPECT_TRUE(rendered(opened(report_, "--blink-settings=preferredColorScheme=0")));
}

TEST_F(report_opens_in_chromium, a_script_error_is_noticed) {
  const std::string broken =
      opened(replaced(report_, "machine();\ncharts", "machine(); undefinedFunction();\ncharts"));
  EXPECT_FALSE(rendered(broken));
  EXPECT_NE(broken.find("data-error=\"Uncaught ReferenceError"), std::string::npos) << broken.substr(0, 300);
  EXPECT_FALSE(rendered(opened(replaced(report_, "\"use strict\";", "\"use strict\"; let let = 1;"))));
  EXPECT_FALSE(rendered(opened(replaced(report_, "\"format\":\"steady-replay\"", "\"format\":\"other\""))));
  EXPECT_FALSE(rendered(opened(replaced(report_, "\"format\":", "\"format\""))));
}
