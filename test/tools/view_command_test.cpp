// `steady view`: what its pictures show is what the map has, whatever the source; the command from outside, with plain text
// and on a terminal.
#include <gtest/gtest.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tools/steady/conform/trace.hpp"
#include "tools/steady/replay/error.hpp"
#include "tools/steady/view/film.hpp"
#include "tools/steady/view/sources.hpp"
#include "tools/steady/view/text.hpp"
#include "tools/support/run_command.hpp"

namespace {

using namespace steady::view;
namespace classic = steady::classic;

const std::string view = std::string{STEADY_COMMAND} + " view";
const std::string iter_trace = std::string{STEADY_TRACES} + "/u64-weak-iter.txt.gz";

std::size_t entries_of(const film& of, const std::vector<std::size_t>& chains) {
  std::size_t entries = 0;
  for (const std::size_t number : chains)
    for (const auto& bucket : of.chains()[number].buckets)
      for (const auto& slot : bucket.slots) entries += slot.tophash >= classic::min_top_hash;
  return entries;
}

// Where a loop stands there is the entry that it has just come to, or the mark of one that was moved.
void expect_loop_stands_at_its_entry(const film& of, const picture& seen) {
  for (const auto& loop : seen.loops) {
    const std::string told = "loop " + loop_name(loop.number) + " comes to ";
    if (loop.standing == classic::loop_array::former || !seen.operation.starts_with(told)) continue;
    const bool old = loop.standing == classic::loop_array::old;
    const auto& chains = old ? seen.oldbuckets : seen.buckets;
    const auto& chain = of.chains()[chains.at(loop.bucket & (chains.size() - 1))];
    if (chain.evacuated) continue;
    const auto& slot = chain.buckets.at(loop.chain_bucket).slots[loop.slot];
    EXPECT_EQ(told + slot.key + " = " + slot.value, seen.operation);
  }
}

std::string complaint(const std::string& words) {
  const command_outcome outcome = run_command(view + ' ' + words);
  EXPECT_EQ(outcome.exit_code, 2) << words;
  EXPECT_EQ(outcome.out, "") << words;
  return outcome.err;
}

}  // namespace

// A picture has the figures that the runtime had: those of the trace's state lines.
TEST(view_film, pictures_of_a_trace_are_the_states_of_the_runtime) {
  film taken("trace", {1, 10'000, 1, 4'096});
  film_trace(taken, iter_trace);
  steady::conform::trace_reader trace(iter_trace);
  steady::conform::record step;
  std::size_t steps = 0;
  for (; trace.next(step); ++steps) {
    const picture& seen = taken.pictures().at(steps);
    ASSERT_EQ(seen.number, steps + 1);
    ASSERT_EQ(seen.count, step.state.count);
    ASSERT_EQ(seen.B, step.state.B);
    ASSERT_EQ(seen.flags, step.state.flags);
    ASSERT_EQ(seen.noverflow, step.state.noverflow);
    ASSERT_EQ(seen.hash0, step.state.hash0);
    ASSERT_EQ(seen.nevacuate, step.state.nevacuate);
    ASSERT_EQ(seen.growth != growth_kind::none, step.state.growing);
    ASSERT_EQ(seen.next_overflow, step.state.next_overflow);
    ASSERT_EQ(entries_of(taken, seen.buckets) + entries_of(taken, seen.oldbuckets), seen.count);
    expect_loop_stands_at_its_entry(taken, seen);
  }
  EXPECT_EQ(taken.pictures().size(), steps);
  EXPECT_EQ(taken.extent(), "operations 1 to " + std::to_string(steps) + " of " + std::to_string(steps));
}

TEST(view_film, generated_operations_show_everything_there_is) {
  film taken("generated", {});
  film_generated(taken, 500, 1);
  std::set<classic::slot_state> states;
  std::set<growth_kind> growths;
  std::set<classic::loop_array> standing;
  std::size_t overflow = 0;
  bool over = false;
  for (const picture& seen : taken.pictures()) {
    growths.insert(seen.growth);
    ASSERT_EQ(entries_of(taken, seen.buckets) + entries_of(taken, seen.oldbuckets), seen.count);
    expect_loop_stands_at_its_entry(taken, seen);
    for (const auto& loop : seen.loops) {
      standing.insert(loop.standing);
      over |= loop.over;
    }
  }
  for (const chain& each : taken.chains()) {
    overflow += each.buckets.size() > 1;
    for (const auto& bucket : each.buckets)
      for (const auto& slot : bucket.slots) states.insert(classic::state_of(slot.tophash));
  }
  EXPECT_EQ(states.size(), 6u);
  EXPECT_EQ(growths.size(), 3u);
  EXPECT_EQ(standing.size(), 3u);
  EXPECT_GT(overflow, 0u);
  EXPECT_TRUE(over) << "a loop that a clear ends";
  film again("generated", {});
  film_generated(again, 500, 1);
  EXPECT_EQ(again.chains(), taken.chains()) << "the same for the same seed";
}

TEST(view_film, limits_are_kept_and_said) {
  film few("few", {101, 20, 5, 4});
  film_generated(few, 10'000, 1);
  EXPECT_EQ(few.pictures().size(), 20u);
  EXPECT_EQ(few.pictures().front().number, 101u);
  EXPECT_EQ(few.pictures().back().number, 196u);
  for (const picture& seen : few.pictures()) EXPECT_LE(seen.buckets.size(), 4u);
  EXPECT_EQ(few.extent(),
            "operations 101 to 196, one in 5; there are more; of up to 16 buckets of an array the first 4");
  film one("one", {7, 1, 1, 64});
  film_generated(one, 7, 1);
  EXPECT_EQ(one.extent(), "operation 7 of 7");
}

// In a sweep each step of the loop is an operation, and what the sweep does is spread over the steps.
TEST(view_film, sweeps_of_an_operations_file_are_loops) {
  const temporary_folder folder;
  const std::string path =
      folder.write("ops", "put\ta\t1\nput\tb\t2\nput\tc\\x01\t3\nsweep\tbegin\ndel\ta\nget\tb\n"
                          "sweep\tend\nclear\nsweep\n");
  film taken(path, {});
  film_operations(taken, path);
  std::map<std::string, int> told;
  std::size_t most_loops = 0;
  for (const picture& seen : taken.pictures()) {
    ++told[seen.operation.substr(0, seen.operation.find(" = "))];
    most_loops = std::max(most_loops, seen.loops.size());
    expect_loop_stands_at_its_entry(taken, seen);
  }
  EXPECT_EQ(most_loops, 1u);
  for (const char* text :
       {"put a", "put c.", "del a", "get b", "clear", "loop a ends", "loop over nothing ends"})
    EXPECT_EQ(told[text], 1) << text;
}

TEST(view_text, draws_both_arrays_the_mark_chains_and_loops) {
  film taken("generated", {});
  film_generated(taken, 500, 1);
  std::size_t pictures_with_both = 0;
  for (std::size_t number = 0; number < taken.pictures().size(); ++number) {
    const picture& seen = taken.pictures()[number];
    std::string all;
    for (const std::string& line : draw_text(taken, number, {})) {
      EXPECT_EQ(line.find('\x1b'), std::string::npos) << "no colours where they are not asked for";
      EXPECT_TRUE(line.size() <= 90 || line.starts_with("loop ")) << line;
      all += line + '\n';
    }
    for (const auto& loop : seen.loops)
      EXPECT_NE(all.find("\nloop " + loop_name(loop.number) + ": began at bucket "), std::string::npos);
    const bool both = all.find("old buckets (" + std::to_string(seen.old_buckets) + ")") != std::string::npos;
    EXPECT_EQ(both, seen.growth != growth_kind::none);
    if (!both) continue;
    ++pictures_with_both;
    const std::string mark =
        ">" + std::string(seen.nevacuate < 10 ? 3 : 2, ' ') + std::to_string(seen.nevacuate);
    EXPECT_NE(all.find('\n' + mark + ' '), std::string::npos) << all;
  }
  EXPECT_GE(pictures_with_both, 10u);
  const auto coloured = draw_text(taken, 100, {true, true});
  EXPECT_NE(coloured[5].find("\x1b[32m"), std::string::npos) << coloured[5];
}

TEST(view_command, prints_plain_text_where_there_is_no_terminal) {
  const temporary_folder folder;
  const std::string path =
      folder.write("ops", "#steady-ops\t1\tkeys=integer\tvalues=integer\nput\t17\t3\ndel\t17\n");
  const command_outcome outcome = run_command(view + " --ops " + path);
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.err, "");
  EXPECT_TRUE(outcome.out.starts_with(path + ": operations 1 to 2 of 2\n")) << outcome.out;
  EXPECT_NE(outcome.out.find("\n1: put 17 = 3   (bucket 0)\ncount 1  B 0  1.00 entries a bucket"),
            std::string::npos);
  EXPECT_NE(outcome.out.find("\nbuckets (1)\n    0  17   .   .   .   .   .   .   .\n"), std::string::npos)
      << outcome.out;
  EXPECT_NE(outcome.out.find("\n2: del 17   (bucket 0)\ncount 0"), std::string::npos);
}

TEST(view_command, what_is_wrong_gets_one_line_and_exit_code_2) {
  const temporary_folder folder;
  const std::string ops = folder.write("ops", "put\ta\t1\nfetch\ta\n");
  EXPECT_EQ(complaint("--ops " + ops),
            "steady view: " + ops + ":2: unknown operation \"fetch\"; known: put, get, del, sweep, clear\n");
  const std::string trace = folder.write("trace", "gomap-trace 1\nhello\n");
  EXPECT_EQ(complaint("--trace " + trace),
            "steady view: " + trace + ": line 2: a T record is expected before any other\n");
  const std::string wrong = folder.write("wrong", "gomap-trace 1\nT map[uint64]uint64 bucket=144 "
                                                  "pointers=0\nN 0 = 0 0 0 0 7 0 0 -1 0 -\nS 1 9 1 = 2 0 0 0 "
                                                  "7 0 0 -1 -1 -\nE 1\n");
  EXPECT_EQ(
      complaint("--trace " + wrong),
      "steady view: " + wrong +
          ": the map is not the one of the trace (count: expected 2, got 1); steady conform says where\n");
  EXPECT_EQ(complaint("--trace " + folder.file("missing")),
            "steady view: " + folder.file("missing") + ": cannot be read: No such file or directory\n");
  EXPECT_EQ(complaint("--ops " + ops + " --generate 5"),
            "steady view: give one of --trace FILE, --ops FILE and --generate N\n");
  EXPECT_EQ(
      complaint("--generate 5 --from 6"),
      "steady view: generated operations, seed 1: none of its 5 operations are shown; --from is too high\n");
  EXPECT_EQ(complaint("--pictures 0").substr(0, 8), "steady: ");
  const std::string page = folder.file("missing/page.html");
  EXPECT_EQ(complaint("--html " + page).substr(0, 13 + page.size()), "steady view: " + page);
  complaint("--ops " + ops + " --html " + folder.file("page.html"));
  EXPECT_EQ(folder.names().size(), 3u) << "no page, whole or half";
  EXPECT_EQ(run_command(view + " --help").exit_code, 0);
}

// On a terminal the command waits for keys; q ends it and leaves the terminal as it was.
TEST(view_command, is_stepped_through_on_a_terminal) {
  int terminal = -1;
  winsize size{};
  size.ws_row = 40;
  size.ws_col = 100;
  const pid_t child = ::forkpty(&terminal, nullptr, nullptr, &size);
  ASSERT_GE(child, 0);
  if (child == 0) {
    ::execl(STEADY_COMMAND, STEADY_COMMAND, "view", "--pictures", "20", nullptr);
    ::_exit(127);
  }
  std::string seen;
  const auto read_until = [&](std::string_view text) {
    char bytes[4096];
    while (seen.find(text) == std::string::npos) {
      const ssize_t count = ::read(terminal, bytes, sizeof bytes);
      if (count <= 0) return false;
      seen.append(bytes, static_cast<std::size_t>(count));
    }
    return true;
  };
  const auto type = [&](std::string_view keys) {
    seen.clear();
    return ::write(terminal, keys.data(), keys.size()) == static_cast<ssize_t>(keys.size());
  };
  EXPECT_TRUE(read_until("picture 1 of 20"));
  EXPECT_TRUE(type(" ") && read_until("picture 2 of 20"));
  EXPECT_TRUE(type("\x1b[C") && read_until("picture 3 of 20"));
  EXPECT_TRUE(type("\x1b[D") && read_until("picture 2 of 20"));
  EXPECT_TRUE(type("G") && read_until("picture 20 of 20"));
  EXPECT_TRUE(type("gr") && read_until("picture 4 of 20")) << "it runs by itself";
  EXPECT_TRUE(type("q"));
  EXPECT_FALSE(read_until("this is never printed"));
  EXPECT_NE(seen.find("\x1b[?1049l"), std::string::npos) << "the screen from before is back";
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  ::close(terminal);
}
