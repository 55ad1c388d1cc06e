// Issue 5, "See inside", line 7: the server. It says what the registry says, refuses what it should with a sentence, and neither
// wrong requests nor maps that end while they are read do it any harm (under the thread sanitizer: nor does reading them).
#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <steady/chan.hpp>
#include <steady/debug_server.hpp>
#include <steady/locked_map.hpp>
#include <steady/observe.hpp>
#include <steady/registry.hpp>
#include <steady/slice.hpp>
#include <steady/span_resource.hpp>
#include <steady/sync_map.hpp>
#include <steady/wait_events.hpp>
#include <steady/waiters.hpp>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "debug_server/accepting.hpp"
#include "debug_server/figures.hpp"
#include "tools/steady/inside/http.hpp"

namespace {

using namespace std::chrono_literals;
using map = steady::observed::map<std::uint64_t, std::uint64_t>;
using steady::inside::http_answer;
using steady::inside::http_get;

nlohmann::json json_at(const steady::debug_server& server, const std::string& path) {
  const http_answer answer = http_get(server.url(), path);
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.content_type, "application/json");
  return nlohmann::json::parse(answer.body);
}

void connect_to(const steady::debug_server& server, int socket) {
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(server.port());
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::connect(socket, reinterpret_cast<const sockaddr*>(&where), sizeof where), 0);
}
int connected_to(const steady::debug_server& server) {
  const int made = ::socket(AF_INET, SOCK_STREAM, 0);
  connect_to(server, made);
  return made;
}

// All that comes back for these bytes, until the server closes.
std::string answer_on(int there, const std::string& bytes) {
  for (std::size_t sent = 0; sent < bytes.size();) {
    const ssize_t count = ::send(there, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (count <= 0) break;  // it has closed
    sent += static_cast<std::size_t>(count);
  }
  std::string answer;
  char buffer[4096];
  for (ssize_t count = 0; (count = ::recv(there, buffer, sizeof buffer, 0)) > 0;)
    answer.append(buffer, static_cast<std::size_t>(count));
  ::close(there);
  return answer;
}
std::string answer_to(const steady::debug_server& server, const std::string& bytes) {
  return answer_on(connected_to(server), bytes);
}

int status_of(const std::string& answer) {
  return answer.starts_with("HTTP/1.1 ") ? std::stoi(answer.substr(9)) : 0;
}

void expect_sentence(const steady::debug_server& server, const std::string& path, int status,
                     const std::string& part) {
  const http_answer answer = http_get(server.url(), path);
  EXPECT_EQ(answer.status, status) << path;
  EXPECT_NE(answer.body.find(part), std::string::npos) << path << ": " << answer.body;
  EXPECT_TRUE(answer.body.ends_with("\n")) << answer.body;
}

}  // namespace

TEST(DebugServer, SaysWhatTheRegistrySays) {
  map sessions;
  sessions.name("sessions");
  for (std::uint64_t key = 0; key < 5'000; ++key) sessions.try_emplace(key, key);
  for (std::uint64_t key = 0; key < 900; ++key) sessions.erase(key);
  for (auto& entry : sessions) (void)entry;
  sessions.publish();
  map empty;
  empty.name("empty");
  const steady::debug_server server(0);
  const auto seen = *steady::registry::find("sessions");

  const auto all = json_at(server, "/debug/maps.json");
  EXPECT_EQ(all.at("format"), "steady-maps");
  ASSERT_EQ(all.at("maps").size(), 2u);
  EXPECT_EQ(all["maps"][0]["name"], "empty");
  const auto& listed = all["maps"][1];
  EXPECT_EQ(listed["name"], "sessions");
  EXPECT_EQ(listed["size"], 4'100);
  EXPECT_EQ(listed["bytes"], sessions.memory_usage());
  EXPECT_EQ(listed["inserts"], 5'000);
  EXPECT_EQ(listed["erases"], 900);
  EXPECT_EQ(listed["loops"], 1);
  EXPECT_EQ(listed["splits"], seen.splits);
  EXPECT_DOUBLE_EQ(listed["load"], seen.load_factor());
  EXPECT_DOUBLE_EQ(listed["probe_mean"], seen.probe_mean());
  EXPECT_FALSE(listed.contains("fill")) << "pictures are of one map";

  const auto one = json_at(server, "/debug/maps.json?name=sessions").at("maps").at(0);
  EXPECT_EQ(one["fill"].get<std::vector<std::uint16_t>>(), seen.fill);
  EXPECT_EQ(one["probe_lengths"][0], seen.probe_lengths[0]);
  EXPECT_EQ(one["blocks"], seen.blocks);

  const http_answer metrics = http_get(server.url(), "/metrics");
  EXPECT_EQ(metrics.content_type, "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_NE(metrics.body.find("\nsteady_map_entries{map=\"sessions\"} 4100\n"), std::string::npos);
  const std::string open = answer_to(server, "GET /metrics HTTP/1.1\r\nHost: localhost\r\nAccept: "
                                             "application/openmetrics-text;version=1.0.0\r\n\r\n");
  EXPECT_NE(open.find("application/openmetrics-text; version=1.0.0"), std::string::npos);
  EXPECT_TRUE(open.ends_with("# EOF\n"));

  const http_answer page = http_get(server.url(), "/debug/maps");
  EXPECT_EQ(page.content_type, "text/html; charset=utf-8");
  EXPECT_TRUE(page.body.starts_with("<!doctype html>"));
  EXPECT_EQ(http_get(server.url(), "/").status, 302);
  const std::string head = answer_to(server, "HEAD /debug/maps HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(status_of(head), 200);
  EXPECT_TRUE(head.ends_with("\r\n\r\n")) << "no body";
}

TEST(DebugServer, SaysWhatChannelsSharedMapsAndHeapsDo) {
  const steady::chan<int> jobs{4, "jobs"};
  for (int n = 0; n < 3; ++n) jobs.send(n);
  (void)jobs.recv();
  steady::sync_map<int, int> sessions{8};
  sessions.name("sessions");
  for (int key = 0; key < 1'000; ++key) sessions.store(key, key);
  for (int key = 0; key < 10; ++key) (void)sessions.erase(key);
  steady::locked_map<int, int> settings;
  settings.name("settings");
  settings.store(1, 1);
  map own;
  own.name("own");
  steady::span_resource heap;
  heap.name("pages");
  void* const piece = heap.allocate(60);
  void* const large = heap.allocate(100'000);
  heap.deallocate(heap.allocate(60), 60);
  const steady::debug_server server(0);

  const auto all = json_at(server, "/debug/maps.json");
  ASSERT_EQ(all.at("channels").size(), 1u);
  const auto& channel = all["channels"][0];
  EXPECT_EQ(channel.at("name"), "jobs");
  EXPECT_EQ(channel.at("id"), "jobs");
  EXPECT_EQ(channel.at("type"), "int");
  EXPECT_EQ(channel.at("channels"), 1);
  EXPECT_EQ(channel.at("capacity"), 4);
  EXPECT_EQ(channel.at("length"), 2);
  EXPECT_EQ(channel.at("closed"), 0);
  EXPECT_EQ(channel.at("waiting_senders"), 0);
  EXPECT_EQ(channel.at("waiting_receivers"), 0);
  EXPECT_EQ(channel.at("sends"), 3);
  EXPECT_EQ(channel.at("receives"), 1);
  ASSERT_EQ(all.at("heaps").size(), 1u);
  const auto& listed = all["heaps"][0];
  EXPECT_EQ(listed.at("name"), "pages");
  EXPECT_EQ(listed.at("requested_bytes"), 100'060);
  EXPECT_EQ(listed.at("in_use_bytes"), 64 + 13 * 8192);
  EXPECT_EQ(listed.at("span_bytes"), 8192 + 13 * 8192);
  EXPECT_EQ(listed.at("large_bytes"), 13 * 8192);
  EXPECT_EQ(listed.at("spans"), 1);
  EXPECT_EQ(listed.at("pieces"), 2);
  EXPECT_EQ(listed.at("large_pieces"), 1);
  EXPECT_EQ(listed.at("allocations"), 2);
  EXPECT_EQ(listed.at("releases"), 1);

  // What is not known of a shared map is null, and never 0.
  ASSERT_EQ(all.at("maps").size(), 3u);
  std::map<std::string, nlohmann::json> maps;
  for (const auto& each : all["maps"]) maps.emplace(each.at("name"), each);
  EXPECT_EQ(maps["sessions"].at("inserts"), 1'000);
  EXPECT_EQ(maps["sessions"].at("erases"), 10);
  EXPECT_EQ(maps["sessions"].at("size"), 990);
  EXPECT_EQ(maps["sessions"].at("lock_waits"), 0);
  EXPECT_TRUE(maps["settings"].at("lock_waits").is_null()) << "it counts none";
  for (const char* figure :
       {"B",         "nevacuate", "tombstones", "growth",           "overflow_share", "probe_mean",
        "probe_p99", "probe_max", "live_loops", "seed_age_seconds", "largest_value",  "absent_erases",
        "loops",     "clears",    "splits",     "merges",           "growths",        "same_size_growths",
        "shrinks",   "reseeds",   "long_probes"}) {
    EXPECT_TRUE(maps["sessions"].at(figure).is_null()) << figure;
    EXPECT_TRUE(maps["settings"].at(figure).is_null()) << figure;
    EXPECT_TRUE(maps["own"].at(figure).is_number()) << figure;
  }
  EXPECT_TRUE(maps["sessions"].at("shared"));
  EXPECT_FALSE(maps["own"].at("shared"));
  const auto one = json_at(server, "/debug/maps.json?name=sessions").at("maps").at(0);
  EXPECT_TRUE(one.at("fill").is_null());
  EXPECT_TRUE(one.at("probe_lengths").is_null());
  ASSERT_EQ(one.at("shards").size(), 8u);
  std::uint64_t entries = 0;
  for (const auto& shard : one["shards"]) entries += shard.at("size").get<std::uint64_t>();
  EXPECT_EQ(entries, 990u);
  heap.deallocate(piece, 60);
  heap.deallocate(large, 100'000);
}

TEST(DebugServer, GivesAdviceAlsoWhatNeedsTwoLooks) {
  map draining;
  draining.name("draining");
  for (std::uint64_t key = 0; key < 1'000; ++key) draining.try_emplace(key, key);
  steady::detail::serving::registry_figures figures(0ms);
  const auto advice = [&] { return nlohmann::json::parse(figures.all()).at("maps").at(0).at("advice"); };
  EXPECT_TRUE(advice().empty());
  for (std::uint64_t key = 0; key < 500; ++key) draining.erase(key);
  const auto given = advice();
  ASSERT_EQ(given.size(), 1u);
  EXPECT_NE(given[0].get<std::string>().find("500 erases"), std::string::npos) << given;
  EXPECT_TRUE(advice().empty()) << "it goes on no more";
}

TEST(DebugServer, NamesMayBeAnyBytes) {
  const std::vector<std::string> names = {"a b&c=d?e#f/%41", "gr\xc3\xbc\xc3\x9f", "quote \" and <b>",
                                          "not \xff UTF", std::string("n\0l", 3)};
  std::vector<map> maps(names.size());
  for (std::size_t at = 0; at < names.size(); ++at) {
    maps[at].name(names[at]);
    for (std::uint64_t key = 0; key <= at; ++key) maps[at].try_emplace(key, 0);
  }
  const steady::debug_server server(0);
  const auto all = json_at(server, "/debug/maps.json").at("maps");
  EXPECT_EQ(all.size(), names.size());
  std::size_t entries = 0;
  for (const auto& each : all) {
    const auto one =
        json_at(server, "/debug/maps.json?name=" + each.at("id").get<std::string>()).at("maps").at(0);
    EXPECT_EQ(one.at("name"), each.at("name"));
    EXPECT_EQ(one.at("size"), each.at("size"));
    entries += one.at("size").get<std::size_t>();
  }
  EXPECT_EQ(entries, 1u + 2 + 3 + 4 + 5);
}

TEST(DebugServer, WrongQuestionsGetASentence) {
  const steady::debug_server server(0);
  {
    map mortal;
    mortal.name("mortal");
    EXPECT_EQ(json_at(server, "/debug/maps.json?name=mortal").at("maps").size(), 1u);
  }
  expect_sentence(server, "/debug/maps.json?name=mortal", 404, "no map named \"mortal\"");
  expect_sentence(server, "/debug/maps.json?name=", 404, "no map named \"\"");
  expect_sentence(server, "/debug/maps.json?nmae=x", 400, "no parameter \"nmae\"");
  expect_sentence(server, "/debug/maps.json?name=a&name=b", 400, "given twice");
  expect_sentence(server, "/debug/nothing", 404, "There are /debug/maps");
  expect_sentence(server, "/debug/maps/../../etc/passwd", 404, "There is no");
  expect_sentence(server, "/etc/passwd", 404, "There is no");
  expect_sentence(server, "/%2e%2e/%2e%2e/etc/passwd", 404, "There is no");
  expect_sentence(server, "/debug/pprof/heap", 404, "no profile \"heap\"");
  expect_sentence(server, "/debug/pprof/", 404, "no profile");
  expect_sentence(server, "/debug/pprof/heap?seconds=3", 400, "no parameter \"seconds\"");
  for (const char* seconds : {"0", "-1", "61", "x", "", "1x", "nan", "inf", "1e99"})
    expect_sentence(server, std::string("/debug/trace?seconds=") + seconds, 400, "seconds is a number");
  expect_sentence(server, "/debug/trace?seconds=1&of=nobody", 404, "no trace \"nobody\"");
  expect_sentence(server, "/debug/in-use", 400, "?name=NAME");
  expect_sentence(server, "/debug/in-use?name=", 400, "?name=NAME");
  expect_sentence(server, "/debug/in-use?name=x&seconds=11", 400, "up to 10");
  expect_sentence(server, "/debug/%1b[31m", 404, "\"/debug/?[31m\"");
}

TEST(DebugServer, NothingIsChangedAndNobodyElseIsServed) {
  const steady::debug_server server(0);
  for (const char* method : {"POST", "PUT", "DELETE", "PATCH", "OPTIONS"}) {
    const std::string answer =
        answer_to(server, std::string(method) + " /debug/maps.json HTTP/1.1\r\nHost: localhost\r\n"
                                                "Content-Length: 0\r\n\r\n");
    EXPECT_EQ(status_of(answer), 405) << method;
    EXPECT_NE(answer.find("Allow: GET, HEAD\r\n"), std::string::npos);
  }
  // What a page from elsewhere could make a browser ask, after its name server has said that it lives here.
  for (const char* host : {"evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", "10.0.0.1"})
    EXPECT_EQ(
        status_of(answer_to(server, std::string("GET /metrics HTTP/1.1\r\nHost: ") + host + "\r\n\r\n")), 403)
        << host;
  for (const char* host : {"localhost", "127.0.0.1:1", "[::1]:7"})
    EXPECT_EQ(
        status_of(answer_to(server, std::string("GET /metrics HTTP/1.1\r\nHost: ") + host + "\r\n\r\n")), 200)
        << host;
  EXPECT_EQ(status_of(answer_to(server, "GET /metrics HTTP/1.0\r\n\r\n")), 200)
      << "an older program names none";
}

TEST(DebugServer, WrongRequestsAreEndedAndDoNoHarm) {
  const steady::debug_server server(0);
  const std::string host = "Host: localhost\r\n";
  EXPECT_EQ(status_of(answer_to(server, "what is this\r\n\r\n")), 400);
  EXPECT_EQ(status_of(answer_to(server, "GET / HTTP/9.9\r\n" + host + "\r\n")), 400);
  EXPECT_EQ(status_of(answer_to(server, "GET /" + std::string(9'000, 'a') + " HTTP/1.1\r\n" + host + "\r\n")),
            414);
  EXPECT_EQ(status_of(answer_to(server, "GET / HTTP/1.1\r\nX: " + std::string(10'000, 'a') + "\r\n\r\n")),
            400);
  // Each line is short, but there are many.
  std::string long_one = "GET /metrics HTTP/1.1\r\n" + host;
  for (int line = 0; line < 100'000; ++line) long_one += "X-" + std::to_string(line) + ": y\r\n";
  EXPECT_NE(status_of(answer_to(server, long_one + "\r\n")), 200);
  EXPECT_NE(status_of(answer_to(server, std::string(1'000'000, 'a'))), 200) << "a first line without an end";
  // A body is not read, and not taken for another request.
  const std::string body = "GET /metrics HTTP/1.1\r\n" + host + "\r\n";
  const std::string one =
      answer_to(server, "POST / HTTP/1.1\r\n" + host + "Content-Length: " + std::to_string(body.size()) +
                            "\r\n\r\n" + body);
  EXPECT_EQ(status_of(one), 405);
  EXPECT_EQ(one.find("HTTP/1.1 ", 1), std::string::npos) << "one answer";
  // Pieces of an answer, as often as asked, would be large: it is always whole. And a long list of them is refused before it is parsed,
  // which would recurse for each character.
  const auto with_ranges = [&](const std::string& header, int pieces) {
    std::string request = "GET /debug/maps HTTP/1.1\r\n" + host + header + " bytes=0-";
    for (int piece = 1; piece < pieces; ++piece) request += ",0-";
    return answer_to(server, request + "\r\nX-After: y\r\n\r\n");
  };
  const std::string whole = with_ranges("Range:", 20);
  EXPECT_EQ(status_of(whole), 200);
  EXPECT_LT(whole.size(), 100'000u);
  EXPECT_EQ(status_of(with_ranges("X-Range:", 1'000)), 200) << "another header";
  for (const char* header : {"Range:", "rAnGe:", "X-Before: y\r\nRANGE:"})
    for (const int pieces : {100, 2'500}) {  // the longer one in several reads
      const std::string refused = with_ranges(header, pieces);
      EXPECT_EQ(status_of(refused), 400) << header << ' ' << pieces;
      EXPECT_LT(refused.size(), 1'000u);
    }
  // Gone before it has asked, and before it has read.
  for (const char* part :
       {"", "G", "GET /debug/maps HTTP/1.1\r\n", "GET /debug/maps HTTP/1.1\r\nHost: localhost\r\n\r\n"}) {
    const int there = connected_to(server);
    (void)::send(there, part, std::string_view(part).size(), MSG_NOSIGNAL);
    ::close(there);
  }
  EXPECT_EQ(http_get(server.url(), "/metrics").status, 200) << "it goes on";
}

// It is bounded by time, not by its silence: 16 KiB would come in five minutes.
TEST(DebugServer, ARequestThatTricklesIsLeft) {
  const steady::debug_server server(0);
  const int there = connected_to(server);
  constexpr std::size_t all = 16 * 1024;
  std::size_t sent = 0;
  for (char answer = 0; sent < all; ++sent) {
    if (::send(there, "a", 1, MSG_NOSIGNAL) <= 0) break;
    std::this_thread::sleep_for(20ms);
    if (const ssize_t count = ::recv(there, &answer, 1, MSG_DONTWAIT);
        count == 0 || (count < 0 && errno != EAGAIN))
      break;
  }
  ::close(there);
  EXPECT_LT(sent, all);
}

// Connections that wait keep descriptors of the program, so only a few may; and the server goes on when they are gone.
TEST(DebugServer, HasRoomForAFew) {
  const steady::debug_server server(0);
  std::vector<int> there;
  for (int each = 0; each < 100; ++each) there.push_back(connected_to(server));
  std::size_t turned_away = 0;
  while (turned_away <
         70) {  // 100 less those who are served and those who wait, and some that the kernel had not told of
    turned_away = 0;
    for (const int each : there) {
      char byte = 0;
      const ssize_t count = ::recv(each, &byte, 1, MSG_DONTWAIT | MSG_PEEK);
      turned_away += count == 0 || (count < 0 && errno == ECONNRESET);
    }
    std::this_thread::yield();
  }
  for (const int each : there) ::close(each);
  while (status_of(answer_to(server, "GET /metrics HTTP/1.0\r\n\r\n")) != 200) {
  }
}

// Whatever accept() says, the server tries again: after pauses that get longer, until it succeeds.
TEST(DebugServer, NoErrorOfAcceptEndsIt) {
  std::atomic<bool> ends{false};
  const std::vector<int> errors = {EINTR,   ECONNABORTED, EMFILE, ENFILE,  ENOMEM,
                                   ENOBUFS, EPERM,        EPROTO, ENETDOWN};
  std::size_t calls = 0;
  std::vector<int> taken;
  std::vector<std::int64_t> pauses;
  steady::detail::serving::accept_until(
      ends,
      [&] {
        const std::size_t call = calls++;
        if (call == errors.size() + 3) ends = true;
        if (call == 1 || call == errors.size() + 2) return static_cast<int>(call);
        errno = errors[call % errors.size()];
        return -1;
      },
      [&](int socket) { taken.push_back(socket); },
      [&](std::chrono::milliseconds pause) { pauses.push_back(pause.count()); });
  EXPECT_EQ(taken, (std::vector<int>{1, static_cast<int>(errors.size() + 2)}));
  EXPECT_EQ(pauses, (std::vector<std::int64_t>{1, 1, 2, 4, 8, 16, 32, 64, 100, 100}));
}

TEST(DebugServer, GoesOnWhenTheProgramIsOutOfDescriptors) {
  const steady::debug_server server(
      0);  // nobody has asked it: a connection that is just being closed would leave a descriptor
  std::vector<int> there(3);
  for (int& each : there) each = ::socket(AF_INET, SOCK_STREAM, 0);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const int next = ::dup(there[0]);
  ::close(next);
  rlimit none = before;
  none.rlim_cur = static_cast<rlim_t>(next);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  EXPECT_EQ(::dup(there[0]), -1) << "there is none left";
  for (const int each : there) connect_to(server, each);
  std::this_thread::sleep_for(50ms);  // for it to fail some times; nothing hangs on how often
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  for (const int each : there)
    EXPECT_EQ(status_of(answer_on(each, "GET /metrics HTTP/1.0\r\n\r\n")), 200) << "it was waited for";
}

// The child of a fork has none of its threads, and may have locks that nobody opens.
TEST(DebugServer, IsLeftBehindInTheChildOfAFork) {
  std::optional<steady::debug_server> server(std::in_place, std::uint16_t{0});
  std::atomic<bool> stop{false};
  std::thread asking([&, url = server->url()] {  // so that its locks are in use
    while (!stop) EXPECT_EQ(http_get(url, "/debug/maps.json").status, 200);
  });
  for (int times = 0; times < 5; ++times) {
    const pid_t child = ::fork();
    if (child == 0) {
      ::alarm(20);  // it hangs
      server.reset();
      ::_exit(7);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 7) << "killed by signal " << WTERMSIG(status);
    EXPECT_EQ(http_get(server->url(), "/metrics").status, 200) << "the parent's goes on";
  }
  stop = true;
  asking.join();
}

TEST(DebugServer, APortInUseAndAWrongAddressAreSaid) {
  const steady::debug_server server(0);
  EXPECT_NE(server.port(), 0);
  EXPECT_EQ(server.url(), "http://127.0.0.1:" + std::to_string(server.port()));
  try {
    const steady::debug_server second(server.port());
    FAIL() << "two on one port";
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code(), std::errc::address_in_use);
    const std::string what = error.what();
    EXPECT_NE(what.find("cannot listen at 127.0.0.1:" + std::to_string(server.port())), std::string::npos)
        << what;
    EXPECT_NE(what.find("choose another port"), std::string::npos) << what;
  }
  EXPECT_THROW(steady::debug_server(0, "192.0.2.1"), std::system_error)
      << "an address for documents, of no machine";
  EXPECT_THROW(steady::debug_server(0, "no address"), std::system_error);
  EXPECT_EQ(http_get(server.url(), "/metrics").status, 200);
  std::uint16_t again = 0;
  {
    const steady::debug_server first(0);
    again = first.port();
  }
  const steady::debug_server after(again);
  EXPECT_EQ(http_get(after.url(), "/metrics").status, 200);
}

TEST(DebugServer, SignalsAreTheProgramsOwn) {
  struct sigaction before{};
  struct sigaction after{};
  ::sigaction(SIGPIPE, nullptr, &before);
  const steady::debug_server server(0);
  ::sigaction(SIGPIPE, nullptr, &after);
  EXPECT_EQ(before.sa_handler, after.sa_handler);
}

TEST(DebugServer, ShowsWhoIsBlocked) {
  const steady::debug_server server(0);
  EXPECT_EQ(http_get(server.url(), "/debug/waiters").body, "nobody is blocked\n");
  const steady::chan<int> jobs{0, "jobs"};
  std::thread waiting([jobs] { (void)jobs.recv(); });
  while (steady::blocked_operations().empty()) std::this_thread::yield();
  const std::string waiters = http_get(server.url(), "/debug/waiters").body;
  EXPECT_NE(waiters.find("chan receive"), std::string::npos) << waiters;
  EXPECT_NE(waiters.find("jobs"), std::string::npos) << waiters;
  jobs.send(1);
  waiting.join();
}

TEST(DebugServer, ProfilesAreTheProgramsToGive) {
  steady::debug_server server(0);
  const std::string bytes("\x1f\x8b\0\xff", 4);
  server.profile("heap", [bytes] { return bytes; });
  server.profile("broken", []() -> std::string { throw std::runtime_error("no memory left to profile"); });
  const http_answer heap = http_get(server.url(), "/debug/pprof/heap");
  EXPECT_EQ(heap.status, 200);
  EXPECT_EQ(heap.body, bytes);
  EXPECT_EQ(heap.content_type, "application/octet-stream");
  expect_sentence(server, "/debug/pprof/broken", 500, "no memory left to profile");
  expect_sentence(server, "/debug/pprof/mutex", 404, "no profile \"mutex\"");
}

TEST(DebugServer, TracesWhatHappensMeanwhile) {
  steady::debug_server server(0);
  const steady::chan<int> ball{0, "ball"};
  std::thread throwing([ball] {
    for (int n = 0; ball.send(std::nothrow, n); ++n) std::this_thread::sleep_for(1ms);
  });
  std::thread catching([ball] {
    for (const int each : ball) (void)each;
  });
  const auto trace = json_at(server, "/debug/trace?seconds=0.2");
  ball.close();
  throwing.join();
  catching.join();
  std::size_t waits = 0;
  for (const auto& each : trace.at("traceEvents"))
    waits += each.contains("args") && each["args"].contains("channel") && each["args"]["channel"] == "ball";
  EXPECT_GT(waits, 0u);

  std::atomic<int> begun{0};
  std::atomic<bool> hold{false};
  server.trace("maps", [&]() -> steady::debug_server::trace_end {
    ++begun;
    while (hold) std::this_thread::sleep_for(1ms);
    return [] { return std::string("{\"traceEvents\":[]}"); };
  });
  EXPECT_TRUE(json_at(server, "/debug/trace?seconds=0.01&of=maps").at("traceEvents").empty());
  EXPECT_EQ(begun, 1);

  // One at a time.
  hold = true;
  std::thread recording([&] { (void)http_get(server.url(), "/debug/trace?seconds=0.01&of=maps"); });
  while (begun < 2) std::this_thread::yield();
  expect_sentence(server, "/debug/trace?seconds=0.01", 409, "one at a time");
  hold = false;
  recording.join();
  EXPECT_EQ(http_get(server.url(), "/debug/trace?seconds=0.01").status, 200);

  // The program's own observer is left alone.
  struct silent final : steady::wait_observer {
    void changed(const steady::wait_event&) noexcept override {}
  } own;
  steady::observe_waits(&own);
  expect_sentence(server, "/debug/trace?seconds=0.01", 409, "watches the waits");
  EXPECT_TRUE(steady::detail::channel::wait_post.taken());
  steady::observe_waits(nullptr);
}

TEST(DebugServer, EndsARecordingWhenItEnds) {
  std::atomic<bool> begun{false};
  std::optional<steady::debug_server> server(std::in_place, std::uint16_t{0});
  server->trace("long", [&]() -> steady::debug_server::trace_end {
    begun = true;
    return [] { return std::string("{}"); };
  });
  const std::string url = server->url();
  std::thread asking([&] {
    try {
      (void)http_get(url, "/debug/trace?seconds=60&of=long");
    } catch (const std::exception&) {
      // it may end before it has answered
    }
  });
  while (!begun) std::this_thread::yield();
  const int idle = connected_to(*server);  // asks nothing
  const auto before = std::chrono::steady_clock::now();
  server.reset();
  asking.join();
  EXPECT_LT(std::chrono::steady_clock::now() - before, 50s)
      << "neither the minute nor the idle one was waited for";
  ::close(idle);
}

TEST(DebugServer, InUse) {
  steady::debug_server server(0);
  const auto ask = [&](const std::string& name) {
    return json_at(server, "/debug/in-use?seconds=0.05&name=" + name);
  };
  EXPECT_FALSE(ask("sessions").at("in_use"));
  EXPECT_TRUE(ask("sessions").at("lock_waits").is_null());
  map sessions;
  sessions.name("sessions");
  std::optional<map> second(std::in_place);
  second->name("sessions");
  EXPECT_EQ(ask("sessions").at("maps"), (std::vector<std::string>{"sessions", "sessions#2"}));
  sessions.name("");
  EXPECT_EQ(ask("sessions").at("maps"), std::vector<std::string>{"sessions#2"}) << "it was named so too";
  EXPECT_FALSE(ask("session").at("in_use"));
  second.reset();
  EXPECT_FALSE(ask("sessions").at("in_use"));

  {
    const steady::chan<int> jobs{0, "jobs"};
    auto use = ask("jobs");
    EXPECT_TRUE(use.at("in_use"));
    EXPECT_EQ(use.at("channels"), 1);
    EXPECT_TRUE(use.at("waiters").empty());
    std::thread waiting([jobs] { (void)jobs.recv(); });
    while (steady::blocked_operations().empty()) std::this_thread::yield();
    use = ask("jobs");
    ASSERT_EQ(use.at("waiters").size(), 1u);
    EXPECT_NE(use["waiters"][0].get<std::string>().find("chan receive"), std::string::npos);
    jobs.send(1);
    waiting.join();
  }
  EXPECT_FALSE(ask("jobs").at("in_use"));

  {
    steady::span_resource heap;
    heap.name("pages");
    steady::span_resource another;
    another.name("pages");
    EXPECT_EQ(ask("pages").at("heaps"), (std::vector<std::string>{"pages", "pages#2"}));
    EXPECT_TRUE(ask("pages").at("in_use"));
    EXPECT_FALSE(ask("page").at("in_use"));
  }
  EXPECT_FALSE(ask("pages").at("in_use"));

  std::atomic<std::uint64_t> waits{5};
  server.contention([&](std::string_view name) { return name == "busy" ? waits++ : 0; });
  EXPECT_EQ(ask("busy").at("lock_waits"), 1);
  EXPECT_TRUE(ask("busy").at("in_use"));
  EXPECT_EQ(ask("quiet").at("lock_waits"), 0);
  EXPECT_FALSE(ask("quiet").at("in_use"));

  // What is born after the first look and dies before the last one is seen.
  steady::detail::serving::use_of_name brief("brief");
  brief.look();
  {
    map mortal;
    mortal.name("brief");
    brief.look();
  }
  brief.look();
  EXPECT_TRUE(nlohmann::json::parse(brief.json(1s, std::nullopt)).at("in_use"));
}

// The thread sanitizer's: maps and channels are born and die while everything is asked by several at once.
TEST(DebugServer, MapsAreBornAndDieWhileItIsPolled) {
  steady::debug_server server(0);
  std::atomic<bool> stop{false};
  std::atomic<std::uint64_t> died{0};
  const auto live = [&](unsigned number) {
    const std::string name = "mortal " + std::to_string(number);
    while (!stop.load(std::memory_order_relaxed)) {
      map mortal;
      mortal.name(name);
      const steady::chan<int> brief{1, name};
      brief.send(1);
      steady::span_resource heap;
      heap.name(name);
      heap.deallocate(heap.allocate(100), 100);
      steady::sync_map<int, int> shared{4};
      shared.name("shared " + std::to_string(number));
      shared.store(1, 1);
      for (std::uint64_t key = 0; key < 600; ++key) mortal.try_emplace(key, key);
      mortal.publish();
      for (auto& entry : mortal) mortal.erase(entry.first);
      (void)brief.recv();
      died.fetch_add(1, std::memory_order_relaxed);
    }
  };
  std::vector<std::thread> threads;
  threads.emplace_back(live, 1);
  threads.emplace_back(live, 2);
  const auto poll = [&] {
    for (int round = 0; round < 12; ++round) {
      const auto seen = json_at(server, "/debug/maps.json");
      for (const auto& each : seen.at("maps")) EXPECT_LE(each.at("size"), 600);
      const http_answer one = http_get(server.url(), "/debug/maps.json?name=mortal%201");
      EXPECT_TRUE(one.status == 200 || one.status == 404) << one.body;
      EXPECT_EQ(http_get(server.url(), "/metrics").status, 200);
      EXPECT_EQ(http_get(server.url(), "/debug/waiters").status, 200);
      (void)json_at(server, "/debug/in-use?seconds=0.03&name=mortal%202");
      server.profile("heap", [] { return std::string("bytes"); });
      EXPECT_EQ(http_get(server.url(), "/debug/pprof/heap").body, "bytes");
    }
  };
  std::vector<std::thread> polling;
  for (int client = 0; client < 3; ++client) polling.emplace_back(poll);
  for (std::thread& each : polling) each.join();
  EXPECT_EQ(http_get(server.url(), "/debug/trace?seconds=0.05").status, 200);
  stop = true;
  for (std::thread& each : threads) each.join();
  EXPECT_GT(died, 0u);
  EXPECT_TRUE(json_at(server, "/debug/maps.json").at("maps").empty());
}
