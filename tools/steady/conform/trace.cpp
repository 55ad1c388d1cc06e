#include "tools/steady/conform/trace.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>

namespace steady::conform {
namespace {

[[noreturn]] void fail(std::uint64_t line, const std::string& what) {
  throw wrong_trace("line " + std::to_string(line) + ": " + what);
}

// The fields of one line, in turn.
class fields {
 public:
  fields(std::string_view text, std::uint64_t line) noexcept : rest_(text), line_(line) {}

  [[nodiscard]] std::string_view take(const char* name) {
    if (done_) fail(line_, std::string(name) + " is missing");
    const std::size_t space = rest_.find(' ');
    const std::string_view field = rest_.substr(0, space);
    if (field.empty()) fail(line_, std::string(name) + " is empty");
    done_ = space == std::string_view::npos;
    if (!done_) rest_.remove_prefix(space + 1);
    return field;
  }
  template <class Number>
  [[nodiscard]] Number number(const char* name, int base = 10) {
    const std::string_view field = take(name);
    return number_in<Number>(field, name, base);
  }
  template <class Number>
  [[nodiscard]] Number number_in(std::string_view field, const char* name, int base = 10) const {
    Number value{};
    const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value, base);
    if (error != std::errc{} || end != field.data() + field.size())
      fail(line_, std::string(name) + " is not a number that fits: \"" + printable(field) + '"');
    return value;
  }
  [[nodiscard]] std::uint64_t at_most(const char* name, std::uint64_t most) {
    const auto value = number<std::uint64_t>(name);
    if (value > most) fail(line_, std::string(name) + " is over " + std::to_string(most));
    return value;
  }
  void expect(std::string_view word) {
    if (take("\"=\"") != word) fail(line_, std::string{'"'}.append(word) + "\" is expected before the state");
  }
  [[nodiscard]] std::string_view rest() noexcept {
    done_ = true;
    return rest_;
  }
  [[nodiscard]] bool done() const noexcept { return done_; }
  void finish() const {
    if (!done_) fail(line_, "more fields than the record has");
  }

  [[nodiscard]] static std::string printable(std::string_view text) {
    constexpr std::size_t longest = 40;
    std::string shown(text.substr(0, longest));
    std::ranges::replace_if(shown, [](char c) { return c < ' ' || c > '~'; }, '?');
    return shown;
  }

 private:
  std::string_view rest_;
  std::uint64_t line_;
  bool done_ = false;
};

map_state parse_state(fields& from) {
  constexpr std::uint64_t largest_B = 48;
  map_state state;
  from.expect("=");
  state.count = from.number<std::uint64_t>("count");
  state.flags = from.at_most("flags", 15);
  state.B = from.at_most("B", largest_B);
  state.noverflow = from.at_most("noverflow", 65535);
  state.hash0 = from.number<std::uint32_t>("hash0", 16);
  state.nevacuate = from.number<std::uint64_t>("nevacuate");
  state.growing = from.at_most("growing", 1) != 0;
  state.next_overflow = from.number<std::int64_t>("nextOverflowIndex");
  state.total_buckets = from.number<std::int64_t>("totalBuckets");
  const std::string_view digest = from.take("digest");
  if (digest != "-") state.digest = from.number_in<std::uint64_t>(digest, "digest", 16);
  from.finish();
  return state;
}

void append_utf8(std::string& to, std::uint32_t code) {
  const auto byte = [&](std::uint32_t value) { to += static_cast<char>(value); };
  if (code < 0x80) {
    byte(code);
  } else if (code < 0x800) {
    byte(0xc0 | code >> 6);
    byte(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    byte(0xe0 | code >> 12);
    byte(0x80 | (code >> 6 & 0x3f));
    byte(0x80 | (code & 0x3f));
  } else {
    byte(0xf0 | code >> 18);
    byte(0x80 | (code >> 12 & 0x3f));
    byte(0x80 | (code >> 6 & 0x3f));
    byte(0x80 | (code & 0x3f));
  }
}

// A string as Go's %q writes it.
std::string unquote(std::string_view quoted, std::uint64_t line) {
  if (quoted.size() < 2 || quoted.front() != '"' || quoted.back() != '"')
    fail(line, "the text is not quoted");
  quoted = quoted.substr(1, quoted.size() - 2);
  std::string text;
  for (std::size_t at = 0; at < quoted.size(); ++at) {
    if (quoted[at] == '"') fail(line, "an unescaped quote in the text");
    if (quoted[at] != '\\') {
      text += quoted[at];
      continue;
    }
    if (++at == quoted.size()) fail(line, "the text ends in an escape");
    constexpr std::string_view names = "abfnrtv\\\"'";
    constexpr std::string_view meanings = "\a\b\f\n\r\t\v\\\"'";
    if (const std::size_t named = names.find(quoted[at]); named != std::string_view::npos) {
      text += meanings[named];
      continue;
    }
    const std::size_t digits = quoted[at] == 'x' ? 2 : quoted[at] == 'u' ? 4 : quoted[at] == 'U' ? 8 : 0;
    const std::string_view hex = quoted.substr(at + 1, digits);
    std::uint32_t code = 0;
    const auto [end, error] = std::from_chars(hex.data(), hex.data() + hex.size(), code, 16);
    if (digits == 0 || hex.size() != digits || error != std::errc{} || end != hex.data() + hex.size() ||
        code > 0x10ffff)
      fail(line, "an unknown escape in the text");
    if (digits == 2) {
      text += static_cast<char>(code);
    } else {
      append_utf8(text, code);
    }
    at += digits;
  }
  return text;
}

}  // namespace

// Lines of a file that may be gzipped; zlib reads plain files as they are.
class trace_reader::input {
 public:
  explicit input(const std::string& path) : file_(::gzopen(path.c_str(), "rb")) {
    if (file_ == nullptr) throw wrong_trace(std::string("cannot be read: ") + std::strerror(errno));
    ::gzbuffer(file_, 1u << 17);
  }
  input(const input&) = delete;
  input& operator=(const input&) = delete;
  ~input() { ::gzclose(file_); }

  // The next line without its end; false at the end of the file. The last line may lack its end.
  bool next(std::string_view& line) {
    for (;;) {
      const std::size_t end = buffer_.find('\n', searched_);
      if (end != std::string::npos) {
        line = std::string_view(buffer_).substr(begin_, end - begin_);
        begin_ = searched_ = end + 1;
        return true;
      }
      searched_ = buffer_.size();
      if (!fill()) {
        line = std::string_view(buffer_).substr(begin_);
        begin_ = buffer_.size();
        return !line.empty();
      }
    }
  }

 private:
  bool fill() {
    constexpr std::size_t longest_line = std::size_t{1} << 24;
    constexpr std::size_t chunk = std::size_t{1} << 17;
    searched_ -= begin_;
    buffer_.erase(0, begin_);
    begin_ = 0;
    const std::size_t before = buffer_.size();
    if (before > longest_line) throw wrong_trace("a line is over 16 MiB long");
    buffer_.resize(before + chunk);
    const int got = ::gzread(file_, buffer_.data() + before, static_cast<unsigned>(chunk));
    buffer_.resize(before + static_cast<std::size_t>(std::max(got, 0)));
    int error = Z_OK;
    const char* const message = ::gzerror(file_, &error);
    if (error != Z_OK && error != Z_STREAM_END) {
      throw wrong_trace(std::string("cannot be read: ") +
                        (error == Z_ERRNO ? std::strerror(errno) : message));
    }
    return got > 0;
  }

  gzFile file_;
  std::string buffer_;
  std::size_t begin_ = 0;
  std::size_t searched_ = 0;
};

trace_reader::trace_reader(const std::string& path) : input_(std::make_unique<input>(path)) {
  if (required_line("\"gomap-trace 1\"") != "gomap-trace 1")
    fail(number_, "not a trace: \"gomap-trace 1\" is expected");
  do {
    if (required_line("a T record").substr(0, 2) == "T ") {
      parse_type();
      return;
    }
  } while (line_.starts_with('#'));
  fail(number_, "a T record is expected before any other");
}

trace_reader::~trace_reader() = default;

bool trace_reader::read_line() {
  if (!input_->next(line_)) return false;
  ++number_;
  return true;
}

std::string_view trace_reader::required_line(const char* expected) {
  if (!read_line()) fail(number_ + 1, std::string("the trace ends where ") + expected + " is expected");
  return line_;
}

void trace_reader::parse_type() {
  fields from(line_.substr(2), number_);
  std::string_view name = from.take("the type");
  name = name.substr(0, name.find('/'));
  constexpr std::array<std::string_view, 4> names = {"map[uint64]uint64", "map[string]uint64",
                                                     "map[uint64][25]uint64", "map[float64]uint64"};
  const auto known = std::ranges::find(names, name);
  if (known == names.end()) fail(number_, "unknown map type: \"" + fields::printable(name) + '"');
  type_.kind = static_cast<key_kind>(known - names.begin());
  bool has_pointers = false;
  while (!from.done()) {
    const std::string_view fact = from.take("a fact of the type");
    const std::size_t equals = fact.find('=');
    if (equals == std::string_view::npos) fail(number_, "a fact of the type is not of the form name=number");
    const auto value = from.number_in<std::uint64_t>(fact.substr(equals + 1), "a fact of the type");
    if (fact.substr(0, equals) == "bucket") type_.bucket_bytes = static_cast<std::size_t>(value);
    if (fact.substr(0, equals) != "pointers") continue;
    type_.pointers = value != 0;
    has_pointers = true;
  }
  constexpr std::size_t smallest = 16;
  constexpr std::size_t largest = 65535;
  if (type_.bucket_bytes < smallest || type_.bucket_bytes > largest || !has_pointers)
    fail(number_, "the type has no usable bucket= and pointers=");
}

void trace_reader::parse_text() {
  fields from(line_.substr(2), number_);
  const auto id = from.number<std::uint64_t>("the key id");
  if (from.done()) fail(number_, "the text is missing");
  if (type_.kind != key_kind::str) fail(number_, "a K record in a trace without strings");
  if (!texts_.emplace(id, unquote(from.rest(), number_)).second)
    fail(number_, "this key id has a text already");
}

bool trace_reader::next(record& into) {
  into.nan_hashes.clear();
  for (;;) {
    const std::string_view line = required_line("an E record");
    if (line.empty()) fail(number_, "an empty line");
    if (line.front() == '#') continue;
    if (line.size() > 1 && line[1] != ' ')
      fail(number_, "unknown record: \"" + fields::printable(line) + '"');
    switch (line.front()) {
    case 'K':
      if (line.size() < 2) fail(number_, "the key id is missing");
      parse_text();
      continue;
    case 'H': {
      if (line.size() < 2) fail(number_, "a hash is missing");
      if (type_.kind != key_kind::f64) fail(number_, "an H record in a trace without floats");
      fields from(line.substr(2), number_);
      while (!from.done()) into.nan_hashes.push_back(from.number<std::uint64_t>("a hash"));
      continue;
    }
    case 'E': {
      fields from(line.size() < 2 ? std::string_view{} : line.substr(2), number_);
      const auto operations = from.number<std::uint64_t>("the number of operations");
      from.finish();
      if (operations < operations_) fail(number_, "fewer operations than the trace has");
      if (!made_) fail(number_, "no map was made");
      while (read_line())
        if (!line_.starts_with('#')) fail(number_, "something after the end");
      return false;
    }
    default:
      parse_record(into);
      return true;
    }
  }
}

void trace_reader::parse_record(record& into) {
  into.kind = line_.front();
  into.line = number_;
  if (made_ == (into.kind == 'N') && std::string_view("NSXGCIi").find(into.kind) != std::string_view::npos)
    fail(number_, made_ ? "a second N record" : "an operation before the map is made");
  if (line_.size() < 2) fail(number_, "unknown record: \"" + fields::printable(line_) + '"');
  fields from(line_.substr(2), number_);
  const auto take_key = [&] {
    into.key = from.number<std::uint64_t>("the key");
    if (type_.kind == key_kind::str && !texts_.contains(into.key)) fail(number_, "this key id has no text");
  };
  const auto take_yield = [&] {
    const std::string_view first = from.take("the key");
    into.found = first != "end";
    if (!into.found) return;
    into.key = from.number_in<std::uint64_t>(first, "the key");
    if (type_.kind == key_kind::str && !texts_.contains(into.key)) fail(number_, "this key id has no text");
    into.value = from.number<std::uint64_t>("the value");
  };
  switch (into.kind) {
  case 'N':
    into.hint = from.number<std::uint64_t>("the hint");
    made_ = true;
    break;
  case 'S':
    take_key();
    into.hash = from.number<std::uint64_t>("the hash");
    into.value = from.number<std::uint64_t>("the value");
    break;
  case 'X':
    take_key();
    into.hash = from.number<std::uint64_t>("the hash");
    break;
  case 'G':
    take_key();
    into.hash = from.number<std::uint64_t>("the hash");
    into.found = from.at_most("found", 1) != 0;
    into.value = from.number<std::uint64_t>("the value");
    break;
  case 'C':
    break;
  case 'I':
    into.iterator = from.number<std::uint64_t>("the iterator");
    into.start_bucket = from.number<std::int64_t>("the start bucket");
    into.offset = from.at_most("the offset", 7);
    take_yield();
    break;
  case 'i':
    into.iterator = from.number<std::uint64_t>("the iterator");
    take_yield();
    break;
  default:
    fail(number_, "unknown record: \"" + fields::printable(line_) + '"');
  }
  into.state = parse_state(from);
  if (into.kind != 'N') ++operations_;
}

}  // namespace steady::conform
