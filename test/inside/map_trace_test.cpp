// Issue 5, "See inside", line 6: the trace of maps. Every growth is a slice of its map's row, the counters say what the map says,
// the file is what the Trace Event Format allows, whatever the maps are called, and the trace viewer's own loader takes it.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <steady/classic_map.hpp>
#include <steady/map_trace.hpp>
#include <steady/registry.hpp>
#include <steady/select.hpp>
#include <steady/sync_map.hpp>
#include <steady/wait_trace.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "support/scale.hpp"
#include "tools/support/run_command.hpp"

namespace steady_test {
namespace {

using nlohmann::json;
using map = steady::observed::map<std::uint64_t, std::uint64_t>;
struct watched : steady::classic::policy {
  using observer = steady::attached_observers;
};
using classic_map =
    steady::classic_map<std::uint64_t, std::uint64_t, steady::hash<std::uint64_t>,
                        std::equal_to<std::uint64_t>,
                        std::allocator<std::pair<const std::uint64_t, std::uint64_t>>, watched>;

void fill(auto& entries, std::uint64_t from, std::uint64_t to) {
  for (std::uint64_t key = from; key < to; ++key) entries.try_emplace(key, key);
}

std::string text_of(const auto& trace) {
  std::ostringstream text;
  trace.write_chrome(text);
  return text.str();
}

// What the format documents (Trace Event Format, "JSON Object Format"): fields by phase, and slices of a row that do not overlap.
json checked(const std::string& text) {
  json file = json::parse(text);
  std::map<std::pair<int, int>, double> ends;
  for (const json& each : file.at("traceEvents")) {
    EXPECT_TRUE(each.at("name").is_string());
    EXPECT_TRUE(each.at("pid").is_number_integer());
    const std::string phase = each.at("ph");
    if (phase == "M") {
      EXPECT_TRUE(each.at("name") == "thread_name" || each.at("name") == "process_name");
      EXPECT_TRUE(each.at("args").at("name").is_string());
      continue;
    }
    const double when = each.at("ts");
    EXPECT_GE(when, 0);
    if (phase == "X") {
      double& end = ends[{each.at("pid"), each.at("tid")}];
      EXPECT_GE(when + 0.0005, end) << each.dump();
      EXPECT_GE(each.at("dur").get<double>(), 0);
      end = when + each.at("dur").get<double>();
    } else if (phase == "C") {
      EXPECT_EQ(each.at("args").size(), 1u);
      for (const auto& value : each.at("args")) EXPECT_TRUE(value.is_number());
    } else {
      EXPECT_EQ(phase, "i");
      EXPECT_EQ(each.at("s"), "t");
      EXPECT_TRUE(each.at("tid").is_number_integer());
    }
  }
  return file;
}

std::vector<json> events(const json& file, const std::string& phase, const std::string& name) {
  std::vector<json> found;
  for (const json& each : file.at("traceEvents"))
    if (each.at("ph") == phase && each.at("name") == name) found.push_back(each);
  return found;
}
std::set<std::string> rows(const json& file) {
  std::set<std::string> names;
  for (const json& each : events(file, "M", "thread_name")) names.insert(each.at("args").at("name"));
  return names;
}
double last(const json& file, const std::string& counter) {
  const std::vector<json> all = events(file, "C", counter);
  EXPECT_FALSE(all.empty()) << counter;
  return all.empty() ? -1 : all.back().at("args").begin()->get<double>();
}

TEST(MapTrace, EveryGrowthIsASlice) {
  steady::map_trace trace;
  map sessions;
  sessions.name("sessions");
  fill(sessions, 0, 20'000);
  const auto grown = sessions.stats();
  trace.stop();
  const json file = checked(text_of(trace));
  const auto growths = events(file, "X", "growth");
  ASSERT_EQ(growths.size(), grown.B + (grown.nevacuate > 0 ? 1 : 0));
  for (std::size_t at = 0; at < grown.B; ++at)
    EXPECT_EQ(growths[at].at("args").at("buckets"), std::uint64_t{2} << at);
  EXPECT_EQ(rows(file), (std::set<std::string>{"sessions"}));
  EXPECT_EQ(trace.dropped(), 0u);
}

TEST(MapTrace, ShrinkingAndTurningRoundAreSlicesToo) {
  map sessions;
  sessions.name("sessions");
  fill(sessions, 0, 20'000);
  steady::map_trace trace;
  for (std::uint64_t key = 0; key < 20'000; ++key) sessions.erase(key);
  fill(sessions, 0, 10'000);
  trace.stop();
  const json file = checked(text_of(trace));
  EXPECT_GT(events(file, "X", "shrinking").size(), 3u);
  EXPECT_GT(events(file, "X", "growth").size(), 3u);
}

TEST(MapTrace, ClassicMapsGrowToo) {
  steady::map_trace trace;
  classic_map sessions, churned;
  sessions.name("sessions");
  churned.name("churned");
  fill(sessions, 0, 5'000);
  sessions.finish_growth();
  // A full map of eight buckets, whose entries are exchanged one by one, gets overflow buckets until it grows at the same size.
  fill(churned, 0, 52);
  const auto seen = [](const char* name) { return *steady::registry::find(name); };
  for (std::uint64_t key = 52; seen("churned").same_size_growths == 0; ++key) {
    churned.erase(key - 52);
    churned.try_emplace(key, key);
  }
  churned.finish_growth();
  trace.stop();
  const json file = checked(text_of(trace));
  EXPECT_EQ(events(file, "X", "growth").size(), seen("sessions").growths + seen("churned").growths);
  EXPECT_EQ(events(file, "X", "same-size growth").size(), seen("churned").same_size_growths);
  EXPECT_EQ(events(file, "X", "same-size growth")[0].at("args").at("buckets"), 8);
}

TEST(MapTrace, CountersSayWhatTheMapSays) {
  map before;
  before.name("before");
  fill(before, 0, 5'000);
  before.publish();
  steady::map_trace trace;
  map sessions, unnamed;
  sessions.name("sessions");
  fill(before, 5'000, 50'000);
  fill(sessions, 0, 20'000);
  fill(unnamed, 0, 3'000);
  trace.stop();
  const json file = checked(text_of(trace));
  const auto bytes_of = [](const map& of) {
    const auto stats = of.stats();
    return static_cast<double>(stats.block_bytes + stats.overflow_bytes);
  };
  EXPECT_EQ(last(file, "sessions: bytes"), bytes_of(sessions));
  EXPECT_EQ(last(file, "before: bytes"), bytes_of(before));
  std::string of_unnamed;
  for (const std::string& row : rows(file))
    if (row != "sessions" && row != "before") of_unnamed = row;
  EXPECT_NE(of_unnamed.find("map"), std::string::npos);
  EXPECT_EQ(last(file, of_unnamed + ": bytes"), bytes_of(unnamed));
  const double load = last(file, "sessions: load");
  EXPECT_GT(load, 6);
  EXPECT_LT(load, 16);
}

TEST(MapTrace, AMapThatDiesEndsItsRow) {
  steady::map_trace trace;
  for (int life = 0; life < 3; ++life) {
    map mortal;
    mortal.name("mortal");
    fill(mortal, 0, 5'000);
    map cleared;
    cleared.name("cleared");
    fill(cleared, 0, 100);
    cleared.clear();
  }
  trace.stop();
  const json file = checked(text_of(trace));
  EXPECT_EQ(rows(file), (std::set<std::string>{"mortal", "cleared"}));
  EXPECT_EQ(events(file, "i", "ended").size(), 3u) << "the others were empty";
  EXPECT_EQ(events(file, "i", "clear").size(), 3u);
  EXPECT_EQ(last(file, "mortal: bytes"), 0);
  EXPECT_EQ(last(file, "mortal: load"), 0);
  EXPECT_EQ(last(file, "cleared: bytes"), 0);
}

TEST(MapTrace, EachShardOfASharedMapHasItsRow) {
  steady::map_trace trace;
  {
    steady::sync_map<std::uint64_t, std::uint64_t, steady::hash<std::uint64_t>, std::equal_to<std::uint64_t>,
                     std::allocator<std::pair<const std::uint64_t, std::uint64_t>>, steady::observed::options>
        shared;
    shared.name("shared");
    for (std::uint64_t key = 0; key < 20'000; ++key) shared.store(key, key);
  }
  trace.stop();
  const json file = checked(text_of(trace));
  EXPECT_GT(rows(file).size(), 1u);
  for (const std::string& row : rows(file)) {
    EXPECT_TRUE(row.starts_with("shared #")) << row;
    EXPECT_EQ(last(file, row + ": bytes"), 0);
  }
}

TEST(MapTrace, AnyNameIsWritten) {
  steady::map_trace trace;
  const std::string hostile = "quote \" backslash \\ line\nend \x01 </script> \xff gr\xc3\xbc\xc3\x9f";
  map sessions;
  sessions.name(hostile);
  fill(sessions, 0, 100);
  trace.stop();
  EXPECT_EQ(rows(checked(text_of(trace))),
            (std::set<std::string>{"quote \" backslash \\ line\nend \x01 </script> \xef\xbf\xbd"
                                   "ff gr\xc3\xbc\xc3\x9f"}));
}

TEST(MapTrace, HoldsWhatItWasMadeForAndCountsTheRest) {
  steady::map_trace trace(10);
  map sessions;
  fill(sessions, 0, 20'000);
  trace.stop();
  EXPECT_EQ(trace.size(), 10u);
  const std::uint64_t dropped = trace.dropped();
  EXPECT_GT(dropped, 10u);
  (void)checked(text_of(trace));
  fill(sessions, 20'000, 40'000);
  EXPECT_EQ(trace.dropped(), dropped) << "a stopped trace does not change";

  steady::map_trace many;
  std::vector<map> maps(steady::map_trace::most_rows + 10);
  for (map& each : maps) each.try_emplace(1, 1);
  many.stop();
  EXPECT_GE(many.dropped(), 10u);
  EXPECT_EQ(rows(checked(text_of(many))).size(), steady::map_trace::most_rows);
}

TEST(MapTrace, MapsAreBornAndDieInManyThreads) {
  std::vector<std::thread> threads;
  auto trace = std::make_unique<steady::map_trace>(5'000);
  for (int thread = 0; thread < 3; ++thread)
    threads.emplace_back([thread] {
      for (int round = 0; round < 20; ++round) {
        map one;
        if (round % 2 == 0) one.name("of thread " + std::to_string(thread));
        fill(one, 0, scaled(20'000, 500));
        classic_map other;
        other.name("shared");
        fill(other, 0, 500);
        map moved(std::move(one));
        for (std::uint64_t key = 0; key < 400; ++key) moved.erase(key);
      }
    });
  while (trace->size() < 100) std::this_thread::yield();
  trace->stop();
  (void)checked(text_of(*trace));
  trace = std::make_unique<steady::map_trace>(5'000);
  trace.reset();
  for (std::thread& each : threads) each.join();
}

// One file for both kinds of traces.
std::string of_maps_and_waits() {
  steady::map_trace maps;
  steady::wait_trace waits;
  map sessions;
  sessions.name("sessions \"quoted\"");
  fill(sessions, 0, 20'000);
  classic_map classics;
  classics.name("classics");
  fill(classics, 0, 2'000);
  const steady::chan<int> jobs{0, "jobs"};
  (void)jobs.recv_for(std::chrono::milliseconds(1));
  waits.stop();
  maps.stop();
  std::ostringstream text;
  steady::chrome_trace all(text, std::min(waits.begun(), maps.begun()));
  waits.add_to(all);
  maps.add_to(all);
  all.end();
  return text.str();
}

TEST(MapTrace, GoesIntoOneFileWithWaits) {
  const json file = checked(of_maps_and_waits());
  EXPECT_GT(events(file, "X", "growth").size(), 5u);
  EXPECT_EQ(events(file, "X", "chan receive").size(), 1u);
}

// Chrome's own loader, of the viewer in its DevTools, finds each slice in its row.
TEST(MapTrace, TheTraceViewersOwnLoaderTakesIt) {
  if (run_command("command -v chromium >/dev/null && command -v python3").exit_code != 0)
    GTEST_SKIP() << "chromium or python3 is not installed: the trace was not loaded into its viewer";
  const std::string text = of_maps_and_waits();
  const temporary_folder folder;
  folder.write("trace.json", text);
  const std::string script =
      (std::filesystem::path(__FILE__).parent_path() / "../tools/support/load_in_trace_viewer.py").string();
  ASSERT_TRUE(std::filesystem::exists(script)) << script;  // for python, too, exits with 2 without it
  const auto load = [&](const std::string& name) {
    return run_command("timeout 90 python3 " + script + " " + folder.file(name) + " " +
                       folder.file("profile"));
  };
  const command_outcome loaded = load("trace.json");
  if (loaded.exit_code == 2) GTEST_SKIP() << loaded.err;
  ASSERT_EQ(loaded.exit_code, 0) << loaded.err;
  const json found = json::parse(loaded.out);
  const json file = json::parse(text);
  for (const json& row : events(file, "M", "thread_name")) {
    std::vector<std::string> slices;
    for (const json& each : file.at("traceEvents"))
      if (each.at("ph") == "X" && each.at("pid") == row.at("pid") && each.at("tid") == row.at("tid"))
        slices.push_back(each.at("name"));
    std::vector<std::string> seen = found.at(row.at("args").at("name").get<std::string>());
    EXPECT_EQ(std::multiset<std::string>(seen.begin(), seen.end()),
              std::multiset<std::string>(slices.begin(), slices.end()))
        << row.dump();
  }
  folder.write("cut.json", text.substr(0, text.size() / 2));
  EXPECT_EQ(load("cut.json").exit_code, 1) << "half a file is refused";
}

}  // namespace
}  // namespace steady_test
