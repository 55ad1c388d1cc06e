// The report in a real browser: it must draw itself without an error, without a request, light and dark; and
// the test must notice if it does not. Skipped, saying so, where chromium is not installed.
#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <string_view>

#include "tools/support/run_command.hpp"

namespace {

class report_opens_in_chromium : public testing::Test {
 protected:
  void SetUp() override {
    if (run_command("command -v chromium").exit_code != 0) {
      GTEST_SKIP() << "chromium is not installed (Debian package chromium): the report was not opened";
    }
    std::string keys;
    for (int i = 0; i < 4'000; ++i) keys += "</script><!-- key " + std::to_string(i) + "\n";
    folder_.write("<!--<script>keys", keys);
    const command_outcome outcome =
        run_command(std::string{STEADY_COMMAND} + " replay --keys '" + folder_.file("<!--<script>keys") +
                    "' --workload index --repeat 2 --report " + folder_.file("report.html"));
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
    report_ = folder_.read("report.html");
  }

  // The DOM after all scripts have run.
  std::string opened(const std::string& page, const std::string& more = {}) {
    folder_.write("opened.html", page);
    const command_outcome outcome =
        run_command("timeout 60 chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run "
                    "--disable-background-networking --disable-component-update --disable-sync --dump-dom " +
                    more + " --user-data-dir=" + folder_.file("profile" + std::to_string(++openings_)) +
                    " file://" + folder_.file("opened.html"));
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return outcome.out;
  }

  static bool rendered(std::string_view dom) {
    const std::string_view root = dom.substr(0, dom.find("<head"));
    return root.find("data-rendered=\"yes\"") != std::string_view::npos &&
           root.find("data-error") == std::string_view::npos;
  }

  static std::size_t occurrences(std::string_view text, std::string_view of) {
    std::size_t count = 0;
    for (std::size_t at = text.find(of); at != std::string_view::npos; at = text.find(of, at + 1)) ++count;
    return count;
  }

  std::string replaced(std::string_view from, std::string_view to) const {
    std::string page = report_;
    const std::size_t at = page.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return at == std::string::npos ? page : page.replace(at, from.size(), to);
  }

  temporary_folder folder_;
  std::string report_;
  int openings_ = 0;  // each in a profile of its own: nothing remembered, nothing cached
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

TEST_F(report_opens_in_chromium, asks_nothing_of_any_network) {
  EXPECT_EQ(occurrences(report_, "http://") + occurrences(report_, "https://"), 0u);
  for (const char* word : {"src=", "@import", "fetch(", "XMLHttpRequest"}) {
    EXPECT_EQ(occurrences(report_, word), 0u) << word;
  }
  EXPECT_NE(report_.find("default-src 'none'"), std::string::npos) << "the browser itself would refuse";
}

TEST_F(report_opens_in_chromium, draws_in_the_dark) {
  EXPECT_TRUE(rendered(opened(report_, "--blink-settings=preferredColorScheme=0")));
}

TEST_F(report_opens_in_chromium, a_script_error_is_noticed) {
  const std::string broken =
      opened(replaced("machine();\ncharts", "machine(); undefinedFunction();\ncharts"));
  EXPECT_FALSE(rendered(broken));
  EXPECT_NE(broken.find("data-error=\"Uncaught ReferenceError"), std::string::npos) << broken.substr(0, 300);
  EXPECT_FALSE(rendered(opened(replaced("\"use strict\";", "\"use strict\"; let let = 1;"))));
  EXPECT_FALSE(rendered(opened(replaced("\"format\":\"steady-replay\"", "\"format\":\"other\""))));
  EXPECT_FALSE(rendered(opened(replaced("\"format\":", "\"format\""))));
}
