// The page at /debug/maps in a real browser, of a program whose maps grow, drain and churn meanwhile, with channels and heaps and
// without: it shows them, and how they change, light and dark; what is not known is a dash; it asks its own server alone; and says
// so when there is nothing to show.
#include <gtest/gtest.h>

#include <steady/chan.hpp>
#include <steady/debug_server.hpp>
#include <steady/locked_map.hpp>
#include <steady/observe.hpp>
#include <steady/span_resource.hpp>
#include <steady/sync_map.hpp>

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>

#include "tools/steady/inside/http.hpp"
#include "tools/support/chromium.hpp"

namespace {

using map = steady::observed::map<std::uint64_t, std::uint64_t>;

// Two maps at work: one grows and drains, the other is as large as it is.
class busy_program {
 public:
  busy_program()
      : thread_([this] {
          map growing;
          growing.name("growing & \"draining\"");
          map churning;
          churning.name("churning");
          churning.seed(7);  // advice
          std::uint64_t key = 0;
          for (; key < 3'000; ++key) churning.try_emplace(key, key);
          bool filling = true;
          while (!ends_) {
            churning.erase(key - 3'000);
            churning.try_emplace(key, key);
            ++key;
            if (filling) {
              growing.try_emplace(key, key);
            } else {
              growing.erase(growing.begin());
            }
            if (growing.size() == 50'000) filling = false;
            if (growing.empty()) filling = true;
          }
        }) {}
  busy_program(const busy_program&) = delete;
  busy_program& operator=(const busy_program&) = delete;
  ~busy_program() {
    ends_ = true;
    thread_.join();
  }

 private:
  std::atomic<bool> ends_{false};
  std::thread thread_;
};

class debug_page_opens_in_chromium : public page_in_chromium {
 protected:
  // Twelve seconds of the page's time, which passes as fast as the server answers.
  static constexpr const char* twelve_seconds = "--virtual-time-budget=12000 --window-size=1240,1200 ";

  // How many different values the first picture behind this place shows.
  static int values_drawn(const std::string& dom, const std::string& behind) {
    const std::size_t at = dom.find(behind);
    EXPECT_NE(at, std::string::npos) << behind;
    const std::string attribute = "data-values=\"";
    const std::size_t values = at == std::string::npos ? at : dom.find(attribute, at);
    return values == std::string::npos ? 0 : std::stoi(dom.substr(values + attribute.size()));
  }
  static int looks(const std::string& dom) {
    const std::string attribute = "data-looks=\"";
    const std::size_t at = dom.find(attribute);
    return at == std::string::npos ? 0 : std::stoi(dom.substr(at + attribute.size()));
  }

  steady::debug_server server_{0};
};

}  // namespace

TEST_F(debug_page_opens_in_chromium, shows_maps_and_how_they_change) {
  const busy_program program;
  const std::string dom = opened_at(server_.url() + "/debug/maps#churning", twelve_seconds);
  ASSERT_TRUE(rendered(dom)) << dom.substr(0, 400);
  EXPECT_GT(looks(dom), 5);
  const std::string growing = "data-map=\"growing &amp; &quot;draining&quot;\"";
  EXPECT_EQ(occurrences(dom, "data-map="), 2u) << "rows";
  EXPECT_GT(values_drawn(dom, growing), 1) << "entries";
  EXPECT_NE(dom.find("<h2 id=\"name\">churning</h2>"), std::string::npos) << "what stands behind the #";
  const std::size_t figures = dom.find("<dl id=\"figures\">");
  EXPECT_GT(values_drawn(dom.substr(figures), "<dt>inserts/s</dt>"), 1);
  EXPECT_NE(dom.find("class=\"cell\" fill-opacity=\"0."), std::string::npos) << "the buckets";
  EXPECT_EQ(occurrences(dom, "<rect class=\"bar\""), 8u) << "the probe lengths";
  EXPECT_NE(dom.find("The seed was set by the program"), std::string::npos) << "advice";
  EXPECT_EQ(occurrences(dom, "NaN"), 0u);
  EXPECT_EQ(occurrences(dom, "undefined"), 0u);
  for (const char* section : {"<section id=\"with-channels\" hidden=", "<section id=\"with-heaps\" hidden="})
    EXPECT_NE(dom.find(section), std::string::npos) << "there is none";
}

TEST_F(debug_page_opens_in_chromium, shows_channels_heaps_and_maps_that_threads_share) {
  steady::sync_map<std::uint64_t, std::uint64_t> shared{8};
  shared.name("shared");
  steady::locked_map<std::uint64_t, std::uint64_t> locked;
  locked.name("locked");
  steady::span_resource heap;
  heap.name("pages");
  const steady::chan<std::uint64_t> jobs{4, "jobs & more"};
  const steady::chan<std::uint64_t> ended{7, "ended"};
  ended.close();
  std::atomic<bool> ends{false};
  std::thread working([&] {
    for (std::uint64_t key = 0; !ends; ++key) {
      shared.store(key, key);
      locked.store(key % 10, key);
      if (key >= 1'000) (void)shared.erase(key - 1'000);
      (void)jobs.try_send(key);
      if (key % 3 == 0) (void)jobs.try_recv();
      heap.deallocate(heap.allocate(100 + key % 1'000), 100 + key % 1'000);
    }
  });
  const std::string dom = opened_at(server_.url() + "/debug/maps#shared", twelve_seconds);
  const std::string of_locked = opened_at(server_.url() + "/debug/maps#locked", twelve_seconds);
  ends = true;
  working.join();
  ASSERT_TRUE(rendered(dom)) << dom.substr(0, 400);
  EXPECT_NE(dom.find("2 named maps, "), std::string::npos);
  EXPECT_NE(dom.find("; 2 named channels; 1 named heap, "), std::string::npos);
  EXPECT_NE(dom.find("<section id=\"with-channels\">"), std::string::npos) << "not hidden";
  EXPECT_NE(dom.find("<section id=\"with-heaps\">"), std::string::npos);
  EXPECT_EQ(occurrences(dom, "data-channel="), 2u) << "rows";
  EXPECT_EQ(occurrences(dom, "data-heap="), 1u);
  // The text of a row's cells, without its pictures.
  const auto cells = [](const std::string& from, const std::string& row) {
    std::string all;
    std::size_t at = from.find(row);
    EXPECT_NE(at, std::string::npos) << row;
    for (const std::size_t end = from.find("</tr>", at); at < end; ++at)
      if (from[at] == '>')
        while (from[at + 1] != '<') all += from[++at];
      else if (from.compare(at, 5, "</td>") == 0)
        all += '|';
    return all;
  };
  EXPECT_TRUE(cells(dom, "data-channel=\"ended\"").starts_with("ended|1|0|7|1|0|0|0|0|"))
      << cells(dom, "data-channel=\"ended\"");
  const std::string of_jobs = cells(dom, "data-channel=\"jobs &amp; more\"");
  EXPECT_TRUE(of_jobs.starts_with("jobs &amp; more|1|")) << of_jobs;
  EXPECT_TRUE(cells(dom, "data-heap=\"pages\"").starts_with("pages|"));
  const std::size_t row = dom.find("data-channel=\"jobs &amp; more\"");
  EXPECT_GT(values_drawn(dom.substr(dom.rfind("data-values", dom.find("</tr>", row))), ""), 1)
      << "receives/s";
  // entries, bytes, load, then what nobody looks at or counts.
  for (const char* name : {"data-map=\"shared\"", "data-map=\"locked\""}) {
    const std::string of = cells(dom, name);
    EXPECT_NE(of.find("|–|–|–|"), std::string::npos) << of;
  }
  EXPECT_NE(dom.find("Entries, by shard"), std::string::npos);
  EXPECT_NE(dom.find("Waits for the lock since it was made, by shard"), std::string::npos);
  EXPECT_EQ(occurrences(dom, "<title>shard "), 16u) << "two pictures of eight";
  EXPECT_EQ(occurrences(dom, "<rect class=\"bar\""), 0u) << "no probe lengths";
  EXPECT_NE(of_locked.find("under one lock, so its buckets are not looked at"), std::string::npos);
  EXPECT_EQ(occurrences(dom, "NaN"), 0u);
  EXPECT_EQ(occurrences(dom, "undefined"), 0u);
  EXPECT_EQ(occurrences(of_locked, "NaN"), 0u);
}

TEST_F(debug_page_opens_in_chromium, in_the_dark_the_largest_map_and_nobody_else_asked) {
  const busy_program program;
  map largest;
  largest.name("largest");
  for (std::uint64_t key = 0; key < 200'000; ++key) largest.try_emplace(key, key);
  largest.publish();
  const std::string dom = opened_at(server_.url() + "/debug/maps",
                                    std::string(twelve_seconds) + "--blink-settings=preferredColorScheme=0");
  EXPECT_TRUE(rendered(dom)) << dom.substr(0, 400);
  EXPECT_NE(dom.find("<h2 id=\"name\">largest</h2>"), std::string::npos);
  const std::string page = steady::inside::http_get(server_.url(), "/debug/maps").body;
  EXPECT_EQ(occurrences(page, "http://") + occurrences(page, "https://") + occurrences(page, "src=") +
                occurrences(page, "@import"),
            0u);
  EXPECT_NE(page.find("default-src 'none'; connect-src 'self'"), std::string::npos)
      << "the browser itself would refuse";
}

TEST_F(debug_page_opens_in_chromium, no_map_an_unknown_one_and_no_answer) {
  const std::string none = opened_at(server_.url() + "/debug/maps", twelve_seconds);
  EXPECT_TRUE(rendered(none));
  EXPECT_NE(none.find("No map has a name"), std::string::npos);
  const std::string unknown = opened_at(server_.url() + "/debug/maps#no%20map", twelve_seconds);
  EXPECT_TRUE(rendered(unknown));
  EXPECT_NE(unknown.find("<h2 id=\"name\">no map</h2>"), std::string::npos);
  EXPECT_NE(unknown.find("There is no map of this name."), std::string::npos);
  // The page alone has nobody to ask.
  const std::string alone =
      opened(steady::inside::http_get(server_.url(), "/debug/maps").body, twelve_seconds);
  EXPECT_NE(alone.find("No answer"), std::string::npos) << alone.substr(0, 400);
}
