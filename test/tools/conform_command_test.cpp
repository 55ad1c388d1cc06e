// `steady conform` from outside, and its parser: exit codes, the first difference, and what is wrong with which line.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "tools/steady/conform/replay.hpp"
#include "tools/steady/conform/trace.hpp"
#include "tools/support/run_command.hpp"

namespace {

using namespace steady::conform;

const std::string conform = std::string{STEADY_COMMAND} + " conform";

const std::string head = "gomap-trace 1\n# go\nT map[uint64]uint64 key=8 bucket=144 pointers=0\n";
const std::string made = head + "N 0 = 0 0 0 0 bbbbffdd 0 0 -1 0 -\n";
// The first steps of u64-native-mixed.
const std::string inserted =
    made + "S 218 11405973855314594478 1 = 1 0 0 0 bbbbffdd 0 0 -1 -1 23892b3f90c000e5\n";

// What the reader says of a trace, or "" if nothing is wrong.
std::string complaint(const std::string& text) {
  const temporary_folder folder;
  try {
    trace_reader trace(folder.write("t", text));
    static_cast<void>(replay(trace));
    return "";
  } catch (const wrong_trace& error) {
    return error.what();
  }
}

}  // namespace

TEST(conform_trace, a_whole_trace_is_read) {
  EXPECT_EQ(complaint(made + "E 0\n"), "");
  EXPECT_EQ(complaint(inserted + "# a dump\nG 218 11405973855314594478 1 1 = 1 0 0 0 bbbbffdd 0 0 -1 -1 -\n"
                                 "I 0 0 2 218 1 = 1 3 0 0 bbbbffdd 0 0 -1 -1 -\n"
                                 "i 0 end = 1 3 0 0 bbbbffdd 0 0 -1 -1 -\nE 4"),
            "")
      << "the last line needs no end, iterator and comment lines are no trouble";
}

TEST(conform_trace, what_is_malformed_is_named_with_its_line) {
  EXPECT_EQ(complaint(""), "line 1: the trace ends where \"gomap-trace 1\" is expected");
  EXPECT_EQ(complaint("hello\n"), "line 1: not a trace: \"gomap-trace 1\" is expected");
  EXPECT_EQ(complaint("gomap-trace 1\nN 0\n"), "line 2: a T record is expected before any other");
  EXPECT_EQ(complaint("gomap-trace 1\nT map[int]int bucket=144 pointers=0\n"),
            "line 2: unknown map type: \"map[int]int\"");
  EXPECT_EQ(complaint("gomap-trace 1\nT map[uint64]uint64 bucket=144\n"),
            "line 2: the type has no usable bucket= and pointers=");
  EXPECT_EQ(complaint(head + "E 0\n"), "line 4: no map was made");
  EXPECT_EQ(complaint(head + "C = 0 0 0 0 0 0 0 -1 0 -\n"), "line 4: an operation before the map is made");
  EXPECT_EQ(complaint(made), "line 5: the trace ends where an E record is expected");
  EXPECT_EQ(complaint(made + "N 0 = 0 0 0 0 0 0 0 -1 0 -\n"), "line 5: a second N record");
  EXPECT_EQ(complaint(made + "Q 1\n"), "line 5: unknown record: \"Q 1\"");
  EXPECT_EQ(complaint(made + "\n"), "line 5: an empty line");
  EXPECT_EQ(complaint(made + "S 218\n"), "line 5: the hash is missing");
  EXPECT_EQ(complaint(made + "S  218 1 1\n"), "line 5: the key is empty");
  EXPECT_EQ(complaint(made + "S x 1 1\n"), "line 5: the key is not a number that fits: \"x\"");
  EXPECT_EQ(complaint(made + "S 99999999999999999999 1 1\n"),
            "line 5: the key is not a number that fits: \"99999999999999999999\"");
  EXPECT_EQ(complaint(made + "S 1 1 1 1 0 0 0\n"), "line 5: \"=\" is expected before the state");
  EXPECT_EQ(complaint(made + "C = 0 16 0 0 0 0 0 -1 0 -\n"), "line 5: flags is over 15");
  EXPECT_EQ(complaint(made + "C = 0 0 0 0 0 0 0 -1 0\n"), "line 5: digest is missing");
  EXPECT_EQ(complaint(made + "C = 0 0 0 0 0 0 0 -1 0 - 7\n"), "line 5: more fields than the record has");
  EXPECT_EQ(complaint(made + "C = 0 0 0 0 bbbbffddd 0 0 -1 0 -\n"),
            "line 5: hash0 is not a number that fits: \"bbbbffddd\"");
  EXPECT_EQ(complaint(made + "K 1 \"a\"\n"), "line 5: a K record in a trace without strings");
  EXPECT_EQ(complaint(made + "H 1\n"), "line 5: an H record in a trace without floats");
  EXPECT_EQ(complaint(made + "i 3 end = 0 0 0 0 bbbbffdd 0 0 -1 0 -\nE 1\n"),
            "line 5: this iterator was not made, or has ended");
  EXPECT_EQ(complaint(inserted + "E 0\n"), "line 6: fewer operations than the trace has");
  EXPECT_EQ(complaint(inserted + "E 1\nE 1\n"), "line 7: something after the end");
}

TEST(conform_trace, texts_are_read_as_go_quotes_them) {
  const std::string strings =
      "gomap-trace 1\nT map[string]uint64 bucket=208 pointers=1\nN 0 = 0 0 0 0 7 0 0 -1 0 -\n";
  const temporary_folder folder;
  trace_reader trace(folder.write("t", strings + "K 1 \"a\\t\\\"\\\\\\x01\\u00e9\\U0001F600\"\n"
                                                 "X 1 5 = 0 0 0 0 7 0 0 -1 0 -\nE 1\n"));
  record step;
  ASSERT_TRUE(trace.next(step));
  ASSERT_TRUE(trace.next(step));
  EXPECT_EQ(trace.text(1), "a\t\"\\\x01\xc3\xa9\xf0\x9f\x98\x80");
  EXPECT_FALSE(trace.next(step));
  EXPECT_EQ(complaint(strings + "K 1 a\n"), "line 4: the text is not quoted");
  EXPECT_EQ(complaint(strings + "K 1 \"\\q\"\n"), "line 4: an unknown escape in the text");
  EXPECT_EQ(complaint(strings + "K 1 \"a\"\nK 1 \"b\"\n"), "line 5: this key id has a text already");
  EXPECT_EQ(complaint(strings + "X 1 5 = 0 0 0 0 7 0 0 -1 0 -\n"), "line 4: this key id has no text");
}

// Every trace of the real runtime, whole states after each step. Where this fails, `steady conform` shows the bucket.
TEST(conform_traces, each_recorded_trace_is_equal_step_by_step) {
  std::size_t traces = 0;
  for (const auto& file : std::filesystem::directory_iterator{STEADY_TRACES}) {
    SCOPED_TRACE(file.path());
    trace_reader trace(file.path());
    const outcome result = replay(trace);
    EXPECT_FALSE(result.first) << result.first->what << " at line " << result.first->line;
    EXPECT_GE(result.steps, 1'500u);
    ++traces;
  }
  EXPECT_EQ(traces, 14u);
}

TEST(conform_command, says_ok_for_plain_and_gzipped_traces) {
  const temporary_folder folder;
  const std::string plain = folder.write("t", inserted + "E 1\n");
  const std::string zipped = std::string{STEADY_TRACES} + "/u64-hint1000.txt.gz";
  const command_outcome outcome = run_command(conform + ' ' + plain + ' ' + zipped);
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.err, "");
  EXPECT_EQ(outcome.out,
            plain + ": OK, 1 steps equal (B up to 0, 0 doublings, 0 same-size growths, 0 loops)\n" + zipped +
                ": OK, 1500 steps equal (B up to 8, 0 doublings, 0 same-size growths, 69 loops)\n");
}

TEST(conform_command, prints_the_first_difference_of_each_file_and_its_bucket) {
  const temporary_folder folder;
  const std::string wrong_digest = folder.write(
      "a", made + "S 218 11405973855314594478 1 = 1 0 0 0 bbbbffdd 0 0 -1 -1 23892b3f90c000e6\nE 1\n");
  const std::string wrong_count =
      folder.write("b", made + "S 218 11405973855314594478 1 = 2 0 0 0 bbbbffdd 0 0 -1 -1 -\nE 1\n");
  const command_outcome outcome = run_command(conform + ' ' + wrong_digest + ' ' + wrong_count);
  const std::string bucket = "bucket 0: [218=1/158 empty_rest empty_rest empty_rest empty_rest empty_rest "
                             "empty_rest empty_rest]\n";
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_EQ(outcome.out, wrong_digest +
                             ": DIFFERENT at step 0 (line 5): S: digest: expected 23892b3f90c000e6, got "
                             "23892b3f90c000e5\n" +
                             bucket + wrong_count +
                             ": DIFFERENT at step 0 (line 5): S: count: expected 2, got 1\n" + bucket);
}

TEST(conform_command, what_is_no_trace_gets_one_line_and_exit_code_2) {
  const temporary_folder folder;
  const std::string bad = folder.write("bad", made + "S 218\n");
  const std::string missing = folder.file("missing");
  const command_outcome outcome = run_command(conform + ' ' + bad + ' ' + missing);
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(outcome.err, "steady conform: " + bad + ": line 5: the hash is missing\n" +
                             "steady conform: " + missing + ": cannot be read: No such file or directory\n");
  EXPECT_EQ(run_command(conform).exit_code, 2);
  EXPECT_EQ(run_command(conform + " --help").exit_code, 0);
}

// A gzipped trace that was cut off in the middle.
TEST(conform_command, a_truncated_file_is_an_error) {
  const temporary_folder folder;
  std::ifstream source(std::string{STEADY_TRACES} + "/u64-hint1000.txt.gz", std::ios::binary);
  std::ostringstream whole;
  whole << source.rdbuf();
  const std::string cut = folder.write("cut.gz", whole.str().substr(0, 5'000));
  const command_outcome outcome = run_command(conform + ' ' + cut);
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_NE(outcome.err.find(cut), std::string::npos) << outcome.err;
}
