// `steady demo-server`, `steady top` and `steady check-delete` from outside, and a real Prometheus that scrapes the first of them.
#include <gtest/gtest.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <steady/chan.hpp>
#include <steady/debug_server.hpp>
#include <steady/observe.hpp>
#include <steady/span_resource.hpp>
#include <steady/sync_map.hpp>
#include <steady/waiters.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "tools/steady/inside/http.hpp"
#include "tools/steady/inside/top.hpp"
#include "tools/steady/replay/error.hpp"
#include "tools/support/background_command.hpp"
#include "tools/support/run_command.hpp"

namespace {

using namespace std::chrono_literals;
using map = steady::observed::map<std::uint64_t, std::uint64_t>;
using steady::inside::http_get;

const std::string command = STEADY_COMMAND;

// The demo-server on a port that was free, and its address.
struct demo {
  background_command program{{command, "demo-server", "--port", "0"}};
  std::string url = program.line();
};

std::string complaint(const std::string& words) {
  const command_outcome outcome = run_command(command + ' ' + words);
  EXPECT_EQ(outcome.exit_code, 2) << words;
  EXPECT_EQ(outcome.out, "") << words;
  return outcome.err;
}

}  // namespace

TEST(inside_command, the_demo_server_runs_until_it_is_interrupted) {
  demo running;
  ASSERT_TRUE(running.url.starts_with("http://127.0.0.1:")) << running.url;
  const auto entries = [&] {
    const auto all = nlohmann::json::parse(http_get(running.url, "/debug/maps.json").body);
    for (const auto& each : all.at("maps"))
      if (each.at("name") == "sessions") return each.at("inserts").get<std::uint64_t>();
    return std::uint64_t{0};
  };
  const std::uint64_t before = entries();
  while (entries() == before) std::this_thread::sleep_for(10ms);
  // One request after the other, with a moment between them.
  std::string names;
  std::size_t advice = 0;
  while (names.find("request ") == std::string::npos) {
    names.clear();
    const auto seen = nlohmann::json::parse(http_get(running.url, "/debug/maps.json").body);
    for (const auto& each : seen.at("maps")) {
      names += each.at("name").get<std::string>() + ',';
      if (each.at("name") == "prices by date") advice = each.at("advice").size();
    }
  }
  EXPECT_TRUE(names.starts_with("answers,cache,prices by date,request ")) << names;
  EXPECT_TRUE(names.ends_with(",routes,sessions,")) << names;
  EXPECT_GT(advice, 0u) << "its hash is bad";
  const auto all = nlohmann::json::parse(http_get(running.url, "/debug/maps.json").body);
  ASSERT_EQ(all.at("channels").size(), 3u) << all;
  EXPECT_EQ(all["channels"][0]["name"], "jobs");
  EXPECT_EQ(all["channels"][1]["waiting_receivers"], 1) << "nobody ever sends to reload";
  ASSERT_EQ(all.at("heaps").size(), 1u) << all;
  EXPECT_EQ(all["heaps"][0]["name"], "pages");
  const std::string waiters = http_get(running.url, "/debug/waiters").body;
  EXPECT_NE(waiters.find("reload"), std::string::npos) << waiters;
  const auto trace = nlohmann::json::parse(http_get(running.url, "/debug/trace?seconds=1&of=maps").body);
  EXPECT_FALSE(trace.at("traceEvents").empty());
  for (const char* profile : {"heap", "mutex"}) {
    const auto answer = http_get(running.url, std::string("/debug/pprof/") + profile);
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_TRUE(answer.body.starts_with("\x1f\x8b")) << "gzip";
  }
  EXPECT_EQ(running.program.end(), 0);
}

TEST(inside_command, the_port_is_taken) {
  const steady::debug_server server(0);
  const std::string error = complaint("demo-server --port " + std::to_string(server.port()));
  EXPECT_NE(error.find("cannot listen at 127.0.0.1:" + std::to_string(server.port())), std::string::npos)
      << error;
  EXPECT_NE(error.find("--port"), std::string::npos) << error;
  EXPECT_NE(complaint("demo-server --port 65536").find("--port"), std::string::npos);
}

TEST(inside_command, top_prints_once_where_there_is_no_terminal) {
  const steady::debug_server server(0);
  map small;
  small.name("small \x1b[31m");
  small.try_emplace(1, 1);
  map large;
  large.name("large");
  for (std::uint64_t key = 0; key < 3'000; ++key) large.try_emplace(key, key);
  large.publish();
  const command_outcome outcome = run_command(command + " top " + server.url());
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_TRUE(outcome.out.starts_with("2 named maps, ")) << outcome.out;
  EXPECT_LT(outcome.out.find("\nlarge  "), outcome.out.find("\nsmall ?[31m  ")) << outcome.out;
  EXPECT_EQ(outcome.out.find('\x1b'), std::string::npos) << "a name cannot colour the terminal";
  EXPECT_EQ(outcome.out.find("\nchannel "), std::string::npos) << "there is none";
  EXPECT_EQ(outcome.out.find("\nheap "), std::string::npos);
  EXPECT_NE(outcome.out.find(" 3000 "), std::string::npos) << outcome.out;
  // What a browser shows as the page's address will do.
  EXPECT_EQ(run_command(command + " top '" + server.url() + "/debug/maps#large'").exit_code, 0);
  const command_outcome json = run_command(command + " top --json " + server.url());
  EXPECT_EQ(json.exit_code, 0);
  EXPECT_EQ(nlohmann::json::parse(json.out).at("maps").size(), 2u);

  const steady::chan<int> jobs{4, "jobs \x1b[31m"};
  jobs.send(1);
  steady::span_resource heap;
  heap.name("pages");
  heap.deallocate(heap.allocate(1'000), 1'000);
  steady::sync_map<int, int> shared{4};
  shared.name("shared");
  for (int key = 0; key < 3; ++key) shared.store(key, key);
  (void)shared.erase(0);
  const std::string more = run_command(command + " top " + server.url()).out;
  const auto line = [&](const std::string& begin) {
    const std::size_t at = more.find('\n' + begin);
    EXPECT_NE(at, std::string::npos) << begin << more;
    return at == std::string::npos ? "" : more.substr(at + 1, more.find('\n', at + 1) - at - 1);
  };
  EXPECT_TRUE(more.starts_with("3 named maps, ")) << more;
  EXPECT_NE(more.find("; 1 named channel; 1 named heap, 0 B in use\n"), std::string::npos) << more;
  EXPECT_TRUE(line("shared ").ends_with("       -         -     -/-            3          1"))
      << line("shared ");
  EXPECT_TRUE(line("channel ").ends_with("   senders receivers      sends   receives")) << line("channel ");
  EXPECT_TRUE(
      line("jobs ?[31m ")
          .ends_with("           1          4     1       0         0         0          1          0"))
      << line("jobs ");
  EXPECT_TRUE(line("heap ").ends_with(" pieces      taken   released")) << line("heap ");
  EXPECT_TRUE(line("pages ").ends_with("                   0          1          1")) << line("pages ");
}

TEST(inside_command, top_draws_rates_and_advice) {
  steady::inside::look before = steady::inside::read_look(
      R"({"format": "steady-maps", "maps": [{"name": "a", "id": "a", "size": 5, "bytes": 2048, "load": 0.5, "growth": 0.25,
          "overflow_share": 0.125, "probe_p99": 1, "probe_max": 2, "inserts": 100, "erases": 50, "advice": ["Do it."]}],
          "channels": [{"name": "c", "id": "c", "channels": 2, "length": 3, "capacity": 4, "closed": 1, "waiting_senders": 5,
          "waiting_receivers": 6, "sends": 70, "receives": 60}],
          "heaps": [{"name": "h", "id": "h", "in_use_bytes": 1024, "span_bytes": 8192, "spans": 1, "pieces": 9, "allocations": 10,
          "releases": 1}]})",
      10);
  steady::inside::look now = before;
  now.seconds = 12;
  now.maps[0].inserts = 160;
  now.maps[0].erases = 20;  // another map has the name
  now.maps.push_back(now.maps[0]);
  now.maps[1].id = now.maps[1].name = "b";
  now.maps[1].bytes = 1;
  now.maps[1].advice.clear();
  now.maps[1].growth.reset();  // threads share it
  now.maps[1].probe_p99.reset();
  now.channels[0].sends += 10;
  now.heaps[0].allocations += 3;
  now.heaps[0].releases = 0;  // another heap
  const auto lines = steady::inside::draw_top(now, &before);
  ASSERT_EQ(lines.size(), 9u);
  EXPECT_EQ(lines[0], "2 named maps, 2.00 KiB; 1 named channel; 1 named heap, 1.00 KiB in use");
  EXPECT_NE(lines[1].find("inserts/s"), std::string::npos);
  EXPECT_TRUE(lines[2].ends_with("     1/2           30          -  !")) << lines[2];
  EXPECT_TRUE(lines[3].ends_with(" 0.50       -     12.5%     -/2            -          -")) << lines[3];
  EXPECT_TRUE(lines[4].starts_with("channel ") && lines[4].ends_with("sends/s receives/s")) << lines[4];
  EXPECT_TRUE(
      lines[5].ends_with("          3          4     2       1         5         6          5          0"))
      << lines[5];
  EXPECT_TRUE(lines[6].starts_with("heap ") && lines[6].ends_with("taken/s released/s")) << lines[6];
  EXPECT_TRUE(
      lines[7].ends_with("   1.00 KiB   8.00 KiB             1                   9          2          -"))
      << lines[7];
  EXPECT_EQ(lines[8], "! a: Do it.");
  EXPECT_EQ(steady::inside::printable("gr\xc3\xbc\xc3\x9f", 3), "gr\xc3\xbc...");
  EXPECT_EQ(steady::inside::printable("\xc2\x9b"
                                      "2J",
                                      9),
            "?2J")
      << "U+009B begins a command of terminals";
  EXPECT_EQ(steady::inside::printable("\x9b"
                                      "2J",
                                      9),
            "?2J");
}

TEST(inside_command, top_refreshes_on_a_terminal) {
  const steady::debug_server server(0);
  map growing;
  growing.name("growing");
  std::atomic<bool> stop{false};
  std::thread working([&] {
    for (std::uint64_t key = 0; !stop; ++key) {
      growing.try_emplace(key, key);
      std::this_thread::sleep_for(1ms);
    }
  });
  int terminal = 0;
  winsize size{40, 140, 0, 0};
  const pid_t child = ::forkpty(&terminal, nullptr, nullptr, &size);
  if (child == 0) {
    ::execl(command.c_str(), "steady", "top", server.url().c_str(), nullptr);
    ::_exit(127);
  }
  std::string screens;
  const auto read_until = [&](std::string_view text) {
    char buffer[4096];
    while (screens.find(text) == std::string::npos) {
      const ssize_t count = ::read(terminal, buffer, sizeof buffer);
      if (count <= 0) return false;
      screens.append(buffer, static_cast<std::size_t>(count));
    }
    return true;
  };
  EXPECT_TRUE(read_until("inserts/s")) << "the second look: " << screens;
  EXPECT_NE(screens.find("growing"), std::string::npos);
  EXPECT_EQ(::write(terminal, "q", 1), 1);
  EXPECT_TRUE(read_until("\x1b[?1049l")) << "the terminal is as it was";
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  ::close(terminal);
  stop = true;
  working.join();
}

TEST(inside_command, check_delete_says_what_is_in_use_and_why) {
  steady::debug_server server(0);
  std::atomic<std::uint64_t> waits{0};
  server.contention([&](std::string_view name) { return name == "busy" ? waits += 3 : 0; });
  const auto check = [&](const std::string& name) {
    return run_command(command + " check-delete " + server.url() + ' ' + name);
  };
  {
    map sessions;
    sessions.name("sessions");
    const steady::chan<int> jobs{0, "jobs"};
    steady::span_resource heap;
    heap.name("pages");
    std::thread waiting([jobs] { (void)jobs.recv(); });
    while (steady::blocked_operations().empty()) std::this_thread::yield();
    command_outcome outcome = check("sessions");
    EXPECT_EQ(outcome.exit_code, 1) << outcome.err;
    EXPECT_EQ(outcome.out, "sessions is in use: a map is registered: sessions\n");
    outcome = check("pages");
    EXPECT_EQ(outcome.exit_code, 1) << outcome.err;
    EXPECT_EQ(outcome.out, "pages is in use: a heap is registered: pages\n");
    outcome = check("jobs");
    EXPECT_EQ(outcome.exit_code, 1) << outcome.err;
    EXPECT_NE(outcome.out.find("jobs is in use: a channel has that name\n"), std::string::npos)
        << outcome.out;
    EXPECT_NE(outcome.out.find("jobs is in use: somebody waits on it: thread "), std::string::npos)
        << outcome.out;
    jobs.send(1);
    waiting.join();
  }
  for (const char* name : {"sessions", "jobs", "pages", "never"}) {
    const command_outcome outcome = check(name);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_TRUE(outcome.out.starts_with(std::string(name) + " is not in use: ")) << outcome.out;
  }
  const command_outcome busy = check("busy");
  EXPECT_EQ(busy.exit_code, 1);
  EXPECT_EQ(busy.out, "busy is in use: its locks are not quiet: somebody had to wait for one 3 times\n");
}

TEST(inside_command, wrong_input) {
  std::uint16_t nobody = 0;
  {
    const steady::debug_server server(0);
    nobody = server.port();
    EXPECT_NE(complaint("check-delete " + server.url() + " ''").find("empty"), std::string::npos);
    EXPECT_NE(complaint("check-delete " + server.url()).find("NAME"), std::string::npos);
  }
  const std::string url = "http://127.0.0.1:" + std::to_string(nobody);
  EXPECT_NE(complaint("top " + url).find(url + " does not answer"), std::string::npos);
  EXPECT_NE(complaint("top --json " + url).find(url + " does not answer"), std::string::npos);
  EXPECT_NE(complaint("check-delete " + url + " sessions").find(url + " does not answer"), std::string::npos);
  EXPECT_NE(complaint("top").find("URL"), std::string::npos);
  for (const char* wrong : {"https://127.0.0.1:6060", "http://", "127.0.0.1:x", "127.0.0.1:0",
                            "127.0.0.1:65536", ":6060", "'http://a b'", "http://a@b"})
    EXPECT_NE(complaint(std::string("top ") + wrong).find("a URL looks like"), std::string::npos) << wrong;
  for (const char* text :
       {"", "x", "[]", "{}", R"({"format": "steady-maps"})", R"({"format": "steady-maps", "maps": [{}]})",
        R"({"format": "steady-maps", "maps": [], "channels": [{}], "heaps": []})",
        R"({"format": "other", "maps": [], "channels": [], "heaps": []})"})
    EXPECT_THROW((void)steady::inside::read_look(text, 0), steady::replay::wrong_input) << text;
}

// The tail of line 4: not what a checker says of the text, but what the server makes of it.
TEST(inside_command, a_real_prometheus_scrapes_it) {
  if (run_command("command -v prometheus").exit_code != 0)
    GTEST_SKIP() << "prometheus is not installed, so nobody scrapes: scripts/check-metrics installs it (96 "
                    "MB) and runs this";
  const demo running;
  const temporary_folder folder;
  const std::string target = running.url.substr(7, running.url.find("/debug") - 7);
  folder.write("prometheus.yml", "global:\n  scrape_interval: 1s\nscrape_configs:\n  - job_name: steady\n    "
                                 "static_configs:\n      - targets: ['" +
                                     target + "']\n");
  std::uint16_t port = 0;
  {
    const steady::debug_server free(0);
    port = free.port();
  }
  const std::string address = "127.0.0.1:" + std::to_string(port);
  const background_command prometheus({"prometheus", "--config.file=" + folder.file("prometheus.yml"),
                                       "--storage.tsdb.path=" + folder.file("data"),
                                       "--web.listen-address=" + address},
                                      folder.file("log"));
  // What it has of a series by now, one value for each set of labels.
  const auto query = [&](const std::string& what) {
    nlohmann::json result = nlohmann::json::array();
    try {
      const auto answer = http_get(address, "/api/v1/query?query=" + steady::inside::percent_encoded(what));
      if (answer.status == 200) result = nlohmann::json::parse(answer.body).at("data").at("result");
    } catch (const steady::replay::wrong_input&) {
      // it is not there yet
    }
    return result;
  };
  const auto value = [](const nlohmann::json& sample) {
    return std::stod(sample.at("value").at(1).get<std::string>());
  };
  // Two scrapes, and so a rate. ctest ends what never comes.
  nlohmann::json rate;
  while ((rate = query("rate(steady_map_inserts_total{map=\"cache\"}[30s])")).empty())
    std::this_thread::sleep_for(100ms);
  EXPECT_GT(value(rate[0]), 0) << "it churns";
  EXPECT_EQ(rate[0].at("metric").at("job"), "steady");
  const auto up = query("up");
  ASSERT_EQ(up.size(), 1u) << up;
  EXPECT_EQ(value(up[0]), 1) << folder.read("log");
  const auto entries = query("steady_map_entries{map=\"cache\"}");
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_NEAR(value(entries[0]), 20'000, 1);
  EXPECT_EQ(query("steady_map_size_bytes{map=\"cache\"}").size(), 4u) << "one for each part";
  EXPECT_EQ(query("steady_map_probe_groups_bucket{map=\"cache\"}").size(), 8u) << "the histogram";
  EXPECT_EQ(query("steady_map_advice{map=\"prices by date\",advice=\"mean_probe\"} == 1").size(), 1u);
  EXPECT_EQ(query("steady_map_info{map=\"cache\",type=~\".*map.*\"}").size(), 1u);
  // Every family that the program has a series of has arrived.
  const std::string text = http_get(running.url, "/metrics").body;
  std::size_t families = 0;
  for (std::size_t at = text.find("# TYPE "); at != std::string::npos; at = text.find("# TYPE ", at + 1)) {
    const std::size_t begin = at + 7;
    std::string name = text.substr(begin, text.find(' ', begin) - begin);
    if (name == "steady_map_probe_groups") name += "_bucket";
    if (text.find('\n' + name + '{') == std::string::npos) continue;
    EXPECT_FALSE(query(name).empty()) << name;
    ++families;
  }
  EXPECT_GT(families, 20u);
}
