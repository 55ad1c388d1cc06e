// Issue 5, "See inside", line 4, and issues 6 and 7 where they join: the text for Prometheus. What it says is what the registry says; whatever a map's name is, the
// text can be read back; and the real promtool has nothing to say against it.
#include <gtest/gtest.h>

#include <steady/chan.hpp>
#include <steady/locked_map.hpp>
#include <steady/prometheus.hpp>
#include <steady/span_resource.hpp>
#include <steady/sync_map.hpp>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <thread>
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

TEST(InsidePrometheus, ChannelsSharedMapsAndHeapsJoin) {
  const steady::chan<int> jobs{4, "jobs \"urgent\""};
  for (int n = 0; n < 3; ++n) jobs.send(n);
  (void)jobs.recv();
  steady::sync_map<int, int> sessions{8};
  sessions.name("sessions");
  for (int key = 0; key < 1'000; ++key) sessions.store(key, key);
  steady::locked_map<int, int> settings;
  settings.name("settings");
  settings.store(1, 1);
  steady::span_resource heap;
  heap.name("heap");
  void* const piece = heap.allocate(60);
  void* const large = heap.allocate(100'000);

  const auto said = read_back(steady::metrics_text());
  const auto value = [&](const std::string& sample) {
    const auto at = said.find(sample);
    EXPECT_NE(at, said.end()) << sample;
    return at == said.end() ? -1 : at->second;
  };
  const std::string of_jobs = "{channel=\"jobs \\\"urgent\\\"\"}";
  EXPECT_EQ(value("steady_channel_instances" + of_jobs), 1);
  EXPECT_EQ(value("steady_channel_capacity" + of_jobs), 4);
  EXPECT_EQ(value("steady_channel_length" + of_jobs), 2);
  EXPECT_EQ(value("steady_channel_closed" + of_jobs), 0);
  EXPECT_EQ(value("steady_channel_waiting_senders" + of_jobs), 0);
  EXPECT_EQ(value("steady_channel_waiting_receivers" + of_jobs), 0);
  EXPECT_EQ(value("steady_channel_sends_total" + of_jobs), 3);
  EXPECT_EQ(value("steady_channel_receives_total" + of_jobs), 1);
  EXPECT_EQ(value("steady_channel_info{channel=\"jobs \\\"urgent\\\"\",type=\"int\"}"), 1);

  const auto row = *steady::registry::find("sessions");
  std::uint64_t most = 0;
  for (const auto& shard : row.shards) most = std::max(most, shard.size);
  EXPECT_EQ(value("steady_map_entries{map=\"sessions\"}"), 1'000);
  EXPECT_EQ(value("steady_map_size_bytes{map=\"sessions\",part=\"blocks\"}"),
            static_cast<double>(row.block_bytes));
  EXPECT_EQ(value("steady_map_shards{map=\"sessions\"}"), 8);
  EXPECT_EQ(value("steady_map_largest_shard_entries{map=\"sessions\"}"), static_cast<double>(most));
  EXPECT_EQ(value("steady_map_lock_waits_total{map=\"sessions\"}"), 0);
  EXPECT_EQ(value("steady_map_advice{map=\"sessions\",advice=\"oversize\"}"), 0);
  EXPECT_EQ(value("steady_map_inserts_total{map=\"sessions\"}"), 1'000);
  EXPECT_EQ(value("steady_map_erases_total{map=\"sessions\"}"), 0);
  EXPECT_EQ(value("steady_map_entries{map=\"settings\"}"), 1);
  // What is not counted is not said to be nothing.
  for (const char* absent :
       {"steady_map_absent_erases_total{map=\"sessions\"}", "steady_map_iter_total{map=\"sessions\"}",
        "steady_map_probe_groups_count{map=\"sessions\"}", "steady_map_seed_age_seconds{map=\"sessions\"}",
        "steady_map_shards{map=\"settings\"}", "steady_map_lock_waits_total{map=\"settings\"}"})
    EXPECT_FALSE(said.contains(absent)) << absent;

  EXPECT_EQ(value("steady_heap_requested_bytes{heap=\"heap\"}"), 100'060);
  EXPECT_EQ(value("steady_heap_in_use_bytes{heap=\"heap\"}"), 64 + 13 * 8192);
  EXPECT_EQ(value("steady_heap_span_bytes{heap=\"heap\"}"), 8192 + 13 * 8192);
  EXPECT_EQ(value("steady_heap_large_bytes{heap=\"heap\"}"), 13 * 8192);
  EXPECT_EQ(value("steady_heap_spans{heap=\"heap\",size=\"64\"}"), 1);
  EXPECT_EQ(value("steady_heap_pieces{heap=\"heap\",size=\"64\"}"), 1);
  EXPECT_EQ(value("steady_heap_allocations_total{heap=\"heap\",size=\"64\"}"), 1);
  EXPECT_EQ(value("steady_heap_releases_total{heap=\"heap\",size=\"64\"}"), 0);
  EXPECT_FALSE(said.contains("steady_heap_spans{heap=\"heap\",size=\"80\"}"));
  EXPECT_EQ(read_back(steady::metrics_text(steady::exposition::openmetrics)).size(), said.size());
  heap.deallocate(piece, 60);
  heap.deallocate(large, 100'000);
}

// Under the thread sanitizer this is the proof that looking is safe while all of it is born, used, named and dies.
TEST(InsidePrometheus, ChannelsSharedMapsAndHeapsAreBornAndDieWhileItIsRead) {
  std::atomic<bool> stop{false};
  std::atomic<int> died{0};
  const auto live = [&](const std::string& own) {
    while (!stop.load(std::memory_order_relaxed)) {
      steady::span_resource heap;
      heap.name("heap");
      {
        const steady::chan<int> jobs{2, &heap, "jobs"};
        const steady::chan<int> mine{0, own};
        steady::sync_map<int, int> sessions{4};
        sessions.name("sessions");
        steady::locked_map<int, int> settings;
        std::thread other([&] {
          for (const int job : jobs) sessions.store(job, job);
          (void)mine.recv();
        });
        for (int job = 0; job < 100; ++job) {
          jobs.send(job);
          if (job == 50) sessions.name(own);
          if (job == 70) settings.name(own);
          settings.store(job, job);
        }
        jobs.close();
        mine.send(1);
        other.join();
      }
      heap.name(own);
      died.fetch_add(1, std::memory_order_relaxed);
    }
  };
  std::thread first(live, "first");
  std::thread second(live, "second");
  std::uint64_t sends = 0;
  for (int looks = 0; looks < 50 || died.load(std::memory_order_relaxed) < 20; ++looks) {
    EXPECT_FALSE(steady::metrics_text().empty());
    for (const auto& each : steady::registry::channels()) {
      EXPECT_LE(each.receives, each.sends);
      EXPECT_LE(each.length, each.capacity);
      sends += each.sends;
    }
    for (const auto& each : steady::registry::maps()) EXPECT_LE(each.size, 100u);
    for (const auto& each : steady::registry::heaps())
      EXPECT_LE(each.stats.bytes_requested, each.stats.bytes_in_use());
    (void)steady::registry::find("sessions");
  }
  EXPECT_GT(sends, 0u);
  stop = true;
  first.join();
  second.join();
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
  const steady::chan<int> jobs{4, "jobs"};
  const steady::chan<std::string> more_jobs{4, "jobs"};
  steady::sync_map<int, int> shared;
  shared.name("sessions");
  steady::span_resource heap;
  heap.name("heap");
  heap.deallocate(heap.allocate(100), 100);
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
