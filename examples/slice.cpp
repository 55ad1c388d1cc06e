// Lines of a text, parsed without copying it, and handed to another thread: each line is a part of the one buffer, and keeps it alive.
// Then the trap that the two appends are about.
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <thread>

#include <steady/chan.hpp>
#include <steady/slice.hpp>

namespace {

using text = steady::slice<char>;

void check(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "expected: %s\n", what);
  std::exit(1);
}

void send_lines(const steady::chan<text>& lines) {
  text buffer(std::string_view("one\ntwo\nthree\n"));
  std::size_t start = 0;
  for (std::size_t at = 0; at != buffer.size(); ++at) {
    if (buffer[at] != '\n') continue;
    lines.send(buffer(start, at));  // four words and a count, whatever the length
    start = at + 1;
  }
  lines.close();
}

}  // namespace

int main() {
  const steady::chan<text> lines{8};
  std::thread producer(send_lines, lines);  // the buffer's own slice ends with it
  std::size_t letters = 0;
  for (text line : lines) {
    line.append('!');  // its capacity reaches over the next lines, and yet they stay
    letters += line.size();
    std::printf("%.*s\n", static_cast<int>(line.size()), line.data());
  }
  producer.join();
  check(letters == 14, "the lines as they were, and a mark each");

  const steady::slice<int> s{1, 2, 3};
  steady::slice<int> head = s(0, 2);
  head.append(9);
  check(s[2] == 3, "append leaves s alone");
  head = s(0, 2);
  head.append_aliasing(9);
  check(s[2] == 9, "append_aliasing writes over it, as Go's append does");
  return 0;
}
