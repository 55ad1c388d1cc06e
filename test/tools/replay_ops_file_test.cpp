// The parser of traces: what it reads, and the one line it says about what it does not.
#include "tools/steady/replay/ops_file.hpp"

#include <gtest/gtest.h>

#include <string>

#include "tools/steady/replay/error.hpp"

using namespace steady::replay;

namespace {

using text_trace = trace<std::string, std::string>;

text_trace parse_text(std::string_view text) { return std::get<text_trace>(parse_operations(text, "t.ops")); }

std::string complaint(std::string_view text) {
  try {
    static_cast<void>(parse_operations(text, "t.ops"));
  } catch (const wrong_input& error) {
    return error.what();
  }
  return "accepted";
}

}  // namespace

TEST(replay_ops_file, reads_every_operation) {
  const text_trace operations = parse_text("put\tk\tv\nput\tk2\nget\tk\ndel\tk\nclear\nsweep\n");
  ASSERT_EQ(operations.size(), 6u);
  EXPECT_EQ(operations[0].code, trace_code::put);
  EXPECT_EQ(operations[0].key, "k");
  EXPECT_EQ(operations[0].value, "v");
  EXPECT_EQ(operations[1].value, "");
  EXPECT_EQ(operations[2].code, trace_code::get);
  EXPECT_EQ(operations[3].code, trace_code::del);
  EXPECT_EQ(operations[4].code, trace_code::clear);
  EXPECT_EQ(operations[5].code, trace_code::sweep);
  for (std::size_t i = 0; i < operations.size(); ++i) EXPECT_EQ(operations[i].end, i + 1);
}

TEST(replay_ops_file, escapes_are_binary_safe) {
  const text_trace operations = parse_text("put\ta\\tb\\\\c\\n\\r\\x00\\xfF\t\n");
  EXPECT_EQ(operations.at(0).key, std::string("a\tb\\c\n\r\0\xff", 9));
  EXPECT_EQ(operations.at(0).value, "");
}

TEST(replay_ops_file, raw_bytes_crlf_comments_and_a_missing_last_newline) {
  const text_trace operations = parse_text(std::string_view{"# a comment\r\nget\t\x01\x80\0z\r\nget\t", 27});
  ASSERT_EQ(operations.size(), 2u);
  EXPECT_EQ(operations[0].key, std::string("\x01\x80\0z", 4));
  EXPECT_EQ(operations[1].key, "");
}

TEST(replay_ops_file, sweeps_hold_what_happens_inside) {
  const text_trace operations =
      parse_text("sweep\tbegin\ndel\ta\nsweep\tbegin\nget\tb\nsweep\tend\nput\tc\nsweep\tend\nget\td\n");
  ASSERT_EQ(operations.size(), 6u);
  EXPECT_EQ(operations[0].end, 5u);
  EXPECT_EQ(operations[2].end, 4u);
  EXPECT_EQ(operations[5].key, "d");
}

TEST(replay_ops_file, the_first_line_declares_the_types) {
  using integers = trace<std::uint64_t, std::uint64_t>;
  const operation_data data =
      parse_operations("#steady-ops\t1\tkeys=integer\tvalues=integer\nput\t18446744073709551615\t-1\nget\t-"
                       "9223372036854775808\n",
                       "t");
  const integers& operations = std::get<integers>(data);
  EXPECT_EQ(operations.at(0).key, UINT64_MAX);
  EXPECT_EQ(operations.at(0).value, UINT64_MAX);
  EXPECT_EQ(operations.at(1).key, std::uint64_t{1} << 63);
  EXPECT_TRUE((std::holds_alternative<trace<std::uint64_t, std::string>>(
      parse_operations("#steady-ops\t1\tkeys=integer\tvalues=text\nget\t1\n", "t"))));
  EXPECT_TRUE((std::holds_alternative<trace<std::string, std::uint64_t>>(
      parse_operations("#steady-ops\t1\tkeys=text\tvalues=integer\r\nput\ta\t1\n", "t"))));
}

TEST(replay_ops_file, says_file_line_and_reason) {
  EXPECT_EQ(complaint("get\ta\nfrob\tb\n"),
            "t.ops:2: unknown operation \"frob\"; known: put, get, del, sweep, clear");
  EXPECT_EQ(complaint("get\ta\n\nget\tb\n"),
            "t.ops:2: no operation in this line; known: put, get, del, sweep, clear");
  EXPECT_EQ(complaint("get\n"), "t.ops:1: the key is missing");
  EXPECT_EQ(complaint("put\n"), "t.ops:1: the key is missing");
  EXPECT_EQ(complaint("get\ta\tb\n"), "t.ops:1: more fields than this operation has: \"b\"");
  EXPECT_EQ(complaint("put\ta\tb\tc\n"), "t.ops:1: more fields than this operation has: \"c\"");
  EXPECT_EQ(complaint("clear\tx\n"), "t.ops:1: more fields than this operation has: \"x\"");
  EXPECT_EQ(complaint("get\ta\\q\n"), "t.ops:1: unknown escape in \"a\\q\"; known: \\\\ \\t \\n \\r \\xHH");
  EXPECT_EQ(complaint("get\ta\\\n"), "t.ops:1: unknown escape in \"a\\\"; known: \\\\ \\t \\n \\r \\xHH");
  EXPECT_EQ(complaint("get\t\\x4\n"), "t.ops:1: \\x needs two hexadecimal digits, in \"\\x4\"");
  EXPECT_EQ(complaint("get\t\\x-1\n"), "t.ops:1: \\x needs two hexadecimal digits, in \"\\x-1\"");
  EXPECT_EQ(complaint("sweep\tagain\n"),
            "t.ops:1: sweep is followed by begin, end or nothing, not \"again\"");
  EXPECT_EQ(complaint("get\ta\nsweep\tend\n"), "t.ops:2: sweep end without a sweep begin");
  EXPECT_EQ(complaint("get\ta\nsweep\tbegin\nget\ta\n"), "t.ops:2: this sweep begins and never ends");
  EXPECT_EQ(complaint("# nothing\n"), "t.ops: holds no operation");
  EXPECT_EQ(complaint(""), "t.ops: holds no operation");
  EXPECT_EQ(complaint("#steady-ops\t2\n"),
            "t.ops:1: this steady reads version 1 of the format: #steady-ops<TAB>1<TAB>...");
  EXPECT_EQ(complaint("#steady-ops\t1\tkeys=float\n"),
            "t.ops:1: unknown declaration \"keys=float\"; known: keys=integer|text, values=integer|text");
  for (const char* number :
       {"", "x", "1x", " 1", "18446744073709551616", "-9223372036854775809", "-", "0x1"}) {
    const std::string said = complaint(std::string{"#steady-ops\t1\tkeys=integer\nget\t"} + number + "\n");
    EXPECT_EQ(said, std::string{"t.ops:2: \""} + number +
                        "\" is not an integer of 64 bits, as the first line declares");
  }
}

TEST(replay_ops_file, a_message_is_one_printable_line) {
  std::string line(500, '\x07');
  line += "\x1b[31m";
  const std::string said = complaint(line);
  EXPECT_LT(said.size(), 120u);
  for (const char c : said) EXPECT_TRUE(c >= ' ' && c <= '~');
}

TEST(replay_ops_file, nesting_has_a_limit) {
  std::string text;
  for (std::size_t i = 0; i < deepest_sweep; ++i) text += "sweep\tbegin\n";
  std::string ends;
  for (std::size_t i = 0; i < deepest_sweep; ++i) ends += "sweep\tend\n";
  EXPECT_EQ(parse_text(text + ends).size(), deepest_sweep);
  EXPECT_EQ(complaint(text + "sweep\tbegin\n" + ends + "sweep\tend\n"),
            "t.ops:65: more than 64 sweeps inside one another");
}
