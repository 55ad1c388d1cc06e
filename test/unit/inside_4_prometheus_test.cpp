// Issue 5, "See inside", line 4: the text for Prometheus. What it says is what the registry says; whatever a map's name is, the
// text can be read back; and the real promtool has nothing to say against it.
#include <gtest/gtest.h>

#include <steady/prometheus.hpp>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace steady_test {
namespace {

using map = steady::observed::map<std::uint64_t, std::string>;

// The samples, by name with labels; reads what the format's grammar allows, and fails at anything else.
std::map<std::string, double> read_back(const std::string& text) {
  std::map<std::string, double> samples;
  std::set<std::string> typed;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("# ")) {
      std::istringstream words(line);
      std::string hash, what, name;
      words >> hash >> what >> name;
      EXPECT_TRUE(what != "TYPE" || typed.insert(name).second) << name << " twice";
      continue;
    }
    std::size_t at = line.find('{');
    EXPECT_NE(at, std::string::npos) << line;
    bool quoted = false;
    for (; at < line.size() && (quoted || line[at] != '}'); ++at) {
      if (quoted && line[at] == '\\') {
        ++at;
      } else if (line[at] == '"') {
        quoted = !quoted;
      }
    }
    EXPECT_LT(at, line.size()) << line;
    EXPECT_TRUE(samples.emplace(line.substr(0, at + 1), std::stod(line.substr(at + 1))).second)
        << line << " twice";
  }
  return samples;
}

TEST(InsidePrometheus, SaysWhatTheRegistrySays) {
  map sessions;
  sessions.name("sessions");
  for (std::uint64_t key = 0; key < 3'000; ++key) sessions.try_emplace(key, "a value");
  for (std::uint64_t key = 0; key < 1'000; ++key) sessions.erase(key);
  sessions.erase(0);
  for (auto& entry : sessions) (void)entry;
  sessions[1] = std::string(10'000, 'x');
  sessions.publish();
  const auto seen = *steady::registry::find("sessions");
  const auto said = read_back(steady::metrics_text());
  const auto value = [&](const std::string& name, const std::string& more = "") {
    const auto at = said.find(name + "{map=\"sessions\"" + more + "}");
    EXPECT_NE(at, said.end()) << name << more;
    return at == said.end() ? -1 : at->second;
  };
  EXPECT_EQ(value("steady_map_entries"), 2'001);
  double bytes = 0;
  for (const char* part : {"blocks", "overflow", "directory", "entries"})
    bytes += value("steady_map_size_bytes", std::string(",part=\"") + part + '"');
  EXPECT_EQ(bytes, static_cast<double>(sessions.memory_usage()));
  EXPECT_EQ(value("steady_map_iter_total"), 1);
  EXPECT_EQ(value("steady_map_inserts_total"), 3'001);
  EXPECT_EQ(value("steady_map_erases_total"), 1'000);
  EXPECT_EQ(value("steady_map_absent_erases_total"), 1);
  EXPECT_EQ(value("steady_map_splits_total"), static_cast<double>(seen.splits));
  EXPECT_EQ(value("steady_map_merges_total"), static_cast<double>(seen.merges));
  EXPECT_EQ(value("steady_map_load_ratio"), seen.load_factor());
  EXPECT_EQ(value("steady_map_probe_groups_count"), 2'001);
  EXPECT_EQ(value("steady_map_probe_groups_bucket", ",le=\"1\""), static_cast<double>(seen.probe_lengths[0]));
  EXPECT_EQ(value("steady_map_probe_groups_bucket", ",le=\"+Inf\""), 2'001);
  EXPECT_EQ(value("steady_map_largest_value_bytes"), static_cast<double>(10'000 + sizeof(std::string)));
  EXPECT_EQ(value("steady_map_value_limit_bytes"), 4096);
  EXPECT_EQ(value("steady_map_advice", ",advice=\"large_value\""), 1);
  EXPECT_EQ(value("steady_map_advice", ",advice=\"oversize\""), 0);

  const auto openly = read_back(steady::metrics_text(steady::exposition::openmetrics));
  EXPECT_EQ(openly.size(), said.size());
  EXPECT_EQ(openly.at("steady_map_entries{map=\"sessions\"}"), 2'001);
  EXPECT_EQ(openly.at("steady_map_probe_groups_gcount{map=\"sessions\"}"), 2'001);
  EXPECT_TRUE(steady::metrics_text(steady::exposition::openmetrics).ends_with("# EOF\n"));
}

TEST(InsidePrometheus, EscapesLabels) {
  const std::vector<std::pair<std::string, std::string>> names = {
      {"plain", "plain"},
      {"quote \" backslash \\ line\nend", "quote \\\" backslash \\\\ line\\nend"},
      {"gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80", "gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80"},
      {"not \xff UTF \xc3", "not \xef\xbf\xbd"
                            "ff UTF \xef\xbf\xbd"
                            "c3"},
      {"the replacement itself \xef\xbf\xbd"
       "ff",
       "the replacement itself \xef\xbf\xbd--ff"},
      {"overlong \xc0\xaf \xe0\x80\xaf", "overlong \xef\xbf\xbd"
                                         "c0\xef\xbf\xbd"
                                         "af \xef\xbf\xbd"
                                         "e0\xef\xbf\xbd"
                                         "80\xef\xbf\xbd"
                                         "af"},
      {"surrogate \xed\xa0\x80", "surrogate \xef\xbf\xbd"
                                 "ed\xef\xbf\xbd"
                                 "a0\xef\xbf\xbd"
                                 "80"},
      {"cut \xf0\x9f\x98", "cut \xef\xbf\xbd"
                           "f0\xef\xbf\xbd"
                           "9f\xef\xbf\xbd"
                           "98"},
  };
  for (const auto& [name, label] : names) {
    map named;
    named.name(name);
    EXPECT_TRUE(read_back(steady::metrics_text()).contains("steady_map_entries{map=\"" + label + "\"}"))
        << label;
  }
}

TEST(InsidePrometheus, AMapThatHasDiedIsGone) {
  {
    map mortal;
    mortal.name("mortal");
    EXPECT_FALSE(read_back(steady::metrics_text()).empty());
  }
  EXPECT_TRUE(read_back(steady::metrics_text()).empty());
}

TEST(InsidePrometheus, PromtoolHasNothingToSay) {
#if defined(__linux__)
  if (std::system("command -v promtool >/dev/null 2>&1") != 0)
    GTEST_SKIP()
        << "promtool is not installed, so its verdict is left out: scripts/install-dependencies metrics";
  std::vector<map> maps(3);
  maps[0].name("sessions");
  maps[1].name("quote \" backslash \\ line\nend \xff");
  maps[2].name("sessions");
  for (std::uint64_t key = 0; key < 1'000; ++key) maps[0].try_emplace(key, "");
  maps[0].publish();
  for (const bool empty : {false, true}) {
    if (empty) maps.clear();
    FILE* const promtool = popen("promtool check metrics 2>&1", "w");
    ASSERT_NE(promtool, nullptr);
    const std::string text = steady::metrics_text();
    EXPECT_EQ(std::fwrite(text.data(), 1, text.size(), promtool), text.size());
    EXPECT_EQ(pclose(promtool), 0) << "what it says is above";
  }
#else
  GTEST_SKIP() << "promtool is asked on Linux";
#endif
}

}  // namespace
}  // namespace steady_test
