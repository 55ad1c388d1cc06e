// The command from outside: exit codes, one-line messages, and what it leaves behind.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "tools/support/run_command.hpp"

namespace {

const std::string replay = std::string{STEADY_COMMAND} + " replay";

void expect_rejected(const std::string& arguments, const std::string& message) {
  SCOPED_TRACE(arguments);
  const command_outcome outcome = run_command(replay + ' ' + arguments);
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(outcome.err, message + '\n');
}

}  // namespace

TEST(replay_command, wrong_input_gets_one_line_and_exit_code_2) {
  const temporary_folder folder;
  const std::string keys = folder.write("keys.txt", "a\nb\n");
  const std::string empty = folder.write("empty", "");
  const std::string missing = folder.file("missing");
  const std::string ops = folder.write("bad.ops", "put\ta\tb\nfrob\tc\n");
  expect_rejected("--keys " + missing,
                  "steady replay: " + missing + ": cannot be read: No such file or directory");
  expect_rejected("--keys " + folder.file(""),
                  "steady replay: " + folder.file("") + ": cannot be read: Is a directory");
  expect_rejected("--keys " + empty, "steady replay: " + empty + ": is empty");
  expect_rejected("--ops " + empty, "steady replay: " + empty + ": is empty");
  expect_rejected("--ops " + ops, "steady replay: " + ops +
                                      ":2: unknown operation \"frob\"; known: put, get, del, sweep, clear");
  expect_rejected("--keys " + keys + " --workload frob",
                  "steady replay: unknown workload \"frob\"; known: count, index, sessions, growth");
  expect_rejected("--keys " + keys + " --workload trace",
                  "steady replay: unknown workload \"trace\"; known: count, index, sessions, growth");
  expect_rejected("--keys " + keys + " --maps std,frob",
                  "steady replay: unknown map \"frob\"; known: steady, classic, std, absl, boost, robin");
  expect_rejected("--keys " + keys + " --report " + folder.file("no/folder/r.html"),
                  "steady replay: " + folder.file("no/folder/r.html") +
                      ": cannot be written: No such file or directory");
  expect_rejected("--keys " + keys + " --json " + folder.file(""),
                  "steady replay: " + folder.file("") + ": cannot be written: it is a directory");
  expect_rejected("--keys " + keys + " --report " + folder.file("x") + " --json " + folder.file("x"),
                  "steady replay: " + folder.file("x") + ": is named by both --report and --json");
  expect_rejected("--keys " + keys + " --generate 5",
                  "steady replay: give one of --keys FILE, --ops FILE and --generate N");
  expect_rejected("", "steady replay: give one of --keys FILE, --ops FILE and --generate N");
  expect_rejected("--ops " + ops + " --workload growth",
                  "steady replay: --workload goes with --keys or --generate: --ops is its own");
  EXPECT_EQ(folder.names().size(), 3u) << "no temporary file is left";
}

TEST(replay_command, wrong_options_get_one_line_and_exit_code_2) {
  for (const char* arguments : {"--generate 0", "--generate x", "--generate -1", "--generate 5 --repeat 0",
                                "--frob", "--generate 5 --repeat x", "--keys"}) {
    SCOPED_TRACE(arguments);
    const command_outcome outcome = run_command(replay + ' ' + arguments);
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_EQ(outcome.out, "");
    EXPECT_EQ(std::ranges::count(outcome.err, '\n'), 1) << outcome.err;
  }
  EXPECT_EQ(run_command(STEADY_COMMAND).exit_code, 2);
  const command_outcome unknown = run_command(std::string{STEADY_COMMAND} + " frob");
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_TRUE(
      unknown.err.starts_with("steady: unknown subcommand \"frob\"; known: replay, conform, lab, view"))
      << unknown.err;
}

TEST(steady_command, says_its_version) {
  const command_outcome outcome = run_command(std::string{STEADY_COMMAND} + " --version");
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.out, "steady " STEADY_PROJECT_VERSION "\n");
}

TEST(replay_command, help_shows_examples) {
  const command_outcome outcome = run_command(replay + " --help");
  EXPECT_EQ(outcome.exit_code, 0);
  for (const char* word : {"Examples:", "--keys FILE", "--ops FILE", "--generate N", "--maps LIST",
                           "--repeat R", "--report FILE.html", "--json FILE.json", "sessions"}) {
    EXPECT_NE(outcome.out.find(word), std::string::npos) << word;
  }
}

TEST(replay_command, prints_a_table_and_writes_both_files) {
  const temporary_folder folder;
  std::string keys;
  for (int i = 0; i < 3'000; ++i) keys += "key " + std::to_string(i % 2'500) + "\r\n";
  folder.write("keys.txt", keys);
  folder.write("report.html", "the report of last week");
  const command_outcome outcome = run_command(
      replay + " --keys " + folder.file("keys.txt") + " --workload sessions --maps steady,std --repeat 2" +
      " --report " + folder.file("report.html") + " --json " + folder.file("figures.json"));
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.err, "") << "no progress bar without a terminal";
  for (const char* words : {"insert: ", "sweep: 40 operations", "p99.99", "op-by-op minimum of the repeats",
                            "raw", "bytes per entry", "erase and insert inside the loop",
                            "erase inside the loop, collect the inserts, then apply them", "costs"}) {
    EXPECT_NE(outcome.out.find(words), std::string::npos) << words << '\n' << outcome.out;
  }
  const auto figures = nlohmann::json::parse(folder.read("figures.json"));
  EXPECT_EQ(figures["workload"], "sessions");
  EXPECT_EQ(figures["operations"], 3'040);
  ASSERT_EQ(figures["maps"].size(), 2u);
  EXPECT_EQ(figures["maps"][0]["name"], "steady");
  EXPECT_EQ(figures["maps"][1]["insert_in_loop"], false);
  EXPECT_EQ(figures["maps"][0]["entries_at_end"], figures["maps"][1]["entries_at_end"]);
  EXPECT_GT(figures["timer_cost_ns"], 0);
  EXPECT_NE(folder.read("report.html").find("\"workload\":\"sessions\""), std::string::npos);
  EXPECT_EQ(folder.names().size(), 3u);
}

TEST(replay_command, replays_a_trace) {
  const temporary_folder folder;
  folder.write("t.ops", "#steady-ops\t1\tkeys=integer\tvalues="
                        "text\nput\t1\tone\nsweep\tbegin\nput\t2\ttwo\ndel\t1\nsweep\tend\nget\t2\n");
  const command_outcome outcome = run_command(replay + " --ops " + folder.file("t.ops") + " --repeat 1");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_NE(outcome.out.find("5 operations on std::uint64_t -> std::string"), std::string::npos)
      << outcome.out;
}

// Ctrl-C reaches the whole group of processes, as from a terminal; kill only the command.
TEST(replay_command, an_interrupt_ends_cleanly) {
  for (const bool whole_group : {true, false}) {
    SCOPED_TRACE(whole_group);
    const temporary_folder folder;
    folder.write("report.html", "the report of last week");
    const std::string report = folder.file("report.html");
    const std::string json = folder.file("figures.json");
    const pid_t id = ::fork();
    ASSERT_GE(id, 0);
    if (id == 0) {
      ::setpgid(0, 0);
      ::freopen("/dev/null", "w", stdout);
      ::freopen("/dev/null", "w", stderr);
      ::execl(STEADY_COMMAND, "steady", "replay", "--generate", "3000000", "--repeat", "1000", "--report",
              report.c_str(), "--json", json.c_str(), nullptr);
      ::_exit(127);
    }
    // It has begun once its temporary files are there.
    for (int i = 0; i < 1'000 && folder.names().size() < 3; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }
    EXPECT_EQ(folder.names().size(), 3u);
    std::this_thread::sleep_for(std::chrono::milliseconds{300});
    ::kill(whole_group ? -id : id, SIGINT);
    int status = 0;
    ASSERT_EQ(::waitpid(id, &status, 0), id);
    ASSERT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 130);
    EXPECT_EQ(folder.names(), std::vector<std::string>{"report.html"});
    EXPECT_EQ(folder.read("report.html"), "the report of last week");
  }
}
