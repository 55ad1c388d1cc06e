// Opens a page in a real browser, headless, and brings back what its scripts made of it. Skipped, saying so, where chromium
// is not installed. A page of ours says in its root element that it is drawn, or what failed.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <string_view>

#include "tools/support/run_command.hpp"

class page_in_chromium : public testing::Test {
 protected:
  void SetUp() override {
    if (run_command("command -v chromium").exit_code != 0)
      GTEST_SKIP() << "chromium is not installed (Debian package chromium): the page was not opened";
  }

  // The DOM after all scripts have run. `place` is the part of the address after #, with it.
  std::string opened(const std::string& page, const std::string& more = {}, const std::string& place = {}) {
    folder_.write("opened.html", page);
    return opened_at("file://" + folder_.file("opened.html") + place, more);
  }
  std::string opened_at(const std::string& url, const std::string& more = {}) {
    const command_outcome outcome =
        run_command("timeout 60 chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run "
                    "--disable-background-networking --disable-component-update --disable-sync --dump-dom " +
                    more + " --user-data-dir=" + folder_.file("profile" + std::to_string(++openings_)) +
                    " '" + url + "'");
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

  // A page of which one place is another.
  static std::string replaced(std::string page, std::string_view from, std::string_view to) {
    const std::size_t at = page.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return at == std::string::npos ? page : page.replace(at, from.size(), to);
  }

  // What would ask something of a network.
  static void expect_no_requests(const std::string& page) {
    EXPECT_EQ(occurrences(page, "http://") + occurrences(page, "https://"), 0u);
    for (const char* word : {"src=", "@import", "fetch(", "XMLHttpRequest"})
      EXPECT_EQ(occurrences(page, word), 0u) << word;
    EXPECT_NE(page.find("default-src 'none'"), std::string::npos) << "the browser itself would refuse";
  }

  temporary_folder folder_;

 private:
  int openings_ = 0;  // each in a profile of its own: nothing remembered, nothing cached
};
