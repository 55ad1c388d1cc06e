#include "tools/steady/replay/ops_file.hpp"

#include <charconv>
#include <optional>

#include "tools/steady/replay/error.hpp"
#include "tools/steady/replay/interrupt.hpp"

namespace steady::replay {
namespace {

constexpr std::string_view header_word = "#steady-ops";

// Takes the text up to the next separator away from the front; nothing if there is no text left.
std::optional<std::string_view> take_until(std::optional<std::string_view>& rest, char separator) {
  if (!rest) return std::nullopt;
  const std::size_t end = rest->find(separator);
  const std::string_view taken = rest->substr(0, end);
  if (end == std::string_view::npos) {
    rest.reset();
  } else {
    rest = rest->substr(end + 1);
  }
  return taken;
}

// Bytes that would make the error message more than one line, or unreadable, are shown as dots.
std::string shown(std::string_view text) {
  constexpr std::size_t longest = 40;
  std::string result{"\""};
  for (const char c : text.substr(0, longest)) result += c >= ' ' && c <= '~' ? c : '.';
  if (text.size() > longest) result += "...";
  return result + '"';
}

struct place {
  const std::string& file;
  std::size_t line;

  [[noreturn]] void reject(const std::string& why) const {
    throw wrong_input(file + ':' + std::to_string(line) + ": " + why);
  }
};

std::optional<unsigned> hexadecimal(std::string_view digits) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  if (digits.size() != 2 || error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

void decode(std::string_view field, const place& where, std::string& out) {
  out.reserve(field.size());
  for (std::size_t i = 0; i < field.size(); ++i) {
    if (field[i] != '\\') {
      out += field[i];
      continue;
    }
    const char escape = ++i < field.size() ? field[i] : '\0';
    switch (escape) {
    case '\\':
      out += '\\';
      break;
    case 't':
      out += '\t';
      break;
    case 'n':
      out += '\n';
      break;
    case 'r':
      out += '\r';
      break;
    case 'x': {
      const std::optional<unsigned> byte = hexadecimal(field.substr(i + 1, 2));
      if (!byte) where.reject("\\x needs two hexadecimal digits, in " + shown(field));
      out += static_cast<char>(*byte);
      i += 2;
      break;
    }
    default:
      where.reject("unknown escape in " + shown(field) + "; known: \\\\ \\t \\n \\r \\xHH");
    }
  }
}

// Negative numbers become what a conversion to unsigned makes of them: distinct, which is all a key needs.
void decode(std::string_view field, const place& where, std::uint64_t& out) {
  const char* const begin = field.data();
  const char* const end = begin + field.size();
  std::from_chars_result result{};
  if (field.starts_with('-')) {
    std::int64_t number = 0;
    result = std::from_chars(begin, end, number);
    out = static_cast<std::uint64_t>(number);
  } else {
    result = std::from_chars(begin, end, out);
  }
  if (field.empty() || result.ec != std::errc{} || result.ptr != end) {
    where.reject(shown(field) + " is not an integer of 64 bits, as the first line declares");
  }
}

template <class K, class V>
class trace_parser {
 public:
  void line(std::string_view text, const place& where) {
    std::optional<std::string_view> rest = text;
    const std::string_view name = *take_until(rest, '\t');
    trace_operation<K, V> operation{};
    if (name == "put") {
      operation.code = trace_code::put;
      decode_key(rest, where, operation.key);
      if (const auto value = take_until(rest, '\t')) decode(*value, where, operation.value);
    } else if (name == "get" || name == "del") {
      operation.code = name == "get" ? trace_code::get : trace_code::del;
      decode_key(rest, where, operation.key);
    } else if (name == "clear") {
      operation.code = trace_code::clear;
    } else if (name == "sweep") {
      operation.code = trace_code::sweep;
      const std::optional<std::string_view> part = take_until(rest, '\t');
      if (part && *part == "end") return end_sweep(rest, where);
      if (part && *part != "begin")
        where.reject("sweep is followed by begin, end or nothing, not " + shown(*part));
      if (part) begin_sweep(where);
    } else if (name.empty()) {
      where.reject("no operation in this line; known: put, get, del, sweep, clear");
    } else {
      where.reject("unknown operation " + shown(name) + "; known: put, get, del, sweep, clear");
    }
    reject_more(rest, where);
    operations_.push_back(std::move(operation));
    operations_.back().end = operations_.size();
  }

  trace<K, V> finish(const std::string& file) {
    if (!open_sweeps_.empty())
      place{file, open_sweeps_.back().line}.reject("this sweep begins and never ends");
    if (operations_.empty()) throw wrong_input(file + ": holds no operation");
    return std::move(operations_);
  }

 private:
  struct open_sweep {
    std::size_t operation;
    std::size_t line;
  };

  static void decode_key(std::optional<std::string_view>& rest, const place& where, K& key) {
    const std::optional<std::string_view> field = take_until(rest, '\t');
    if (!field) where.reject("the key is missing");
    decode(*field, where, key);
  }

  static void reject_more(const std::optional<std::string_view>& rest, const place& where) {
    if (rest) where.reject("more fields than this operation has: " + shown(*rest));
  }

  void begin_sweep(const place& where) {
    if (open_sweeps_.size() == deepest_sweep) {
      where.reject("more than " + std::to_string(deepest_sweep) + " sweeps inside one another");
    }
    open_sweeps_.push_back({operations_.size(), where.line});
  }

  void end_sweep(const std::optional<std::string_view>& rest, const place& where) {
    reject_more(rest, where);
    if (open_sweeps_.empty()) where.reject("sweep end without a sweep begin");
    operations_[open_sweeps_.back().operation].end = operations_.size();
    open_sweeps_.pop_back();
  }

  trace<K, V> operations_;
  std::vector<open_sweep> open_sweeps_;
};

struct declared_types {
  bool integer_keys = false;
  bool integer_values = false;
};

declared_types parse_header(std::string_view line, const place& where) {
  std::optional<std::string_view> rest = line;
  take_until(rest, '\t');
  const auto version = take_until(rest, '\t');
  if (!version || *version != "1")
    where.reject("this steady reads version 1 of the format: #steady-ops<TAB>1<TAB>...");
  declared_types types;
  while (const auto word = take_until(rest, '\t')) {
    if (*word == "keys=integer") {
      types.integer_keys = true;
    } else if (*word == "values=integer") {
      types.integer_values = true;
    } else if (*word != "keys=text" && *word != "values=text") {
      where.reject("unknown declaration " + shown(*word) + "; known: keys=integer|text, values=integer|text");
    }
  }
  return types;
}

// The lines one by one, their ends taken off.
template <class Visitor>
void for_each_line(std::string_view text, const std::string& file, Visitor&& visit) {
  std::size_t number = 0;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (++number % 65'536 == 0) check_interrupted();
    visit(line, place{file, number});
  }
}

template <class K, class V>
operation_data parse_as(std::string_view text, const std::string& file) {
  trace_parser<K, V> parser;
  for_each_line(text, file, [&](std::string_view line, const place& where) {
    if (!line.starts_with('#')) parser.line(line, where);
  });
  return parser.finish(file);
}

}  // namespace

operation_data parse_operations(std::string_view text, const std::string& file_name) {
  declared_types types;
  if (text.starts_with(header_word)) {
    std::string_view first = text.substr(0, text.find('\n'));
    if (first.ends_with('\r')) first.remove_suffix(1);
    types = parse_header(first, place{file_name, 1});
  }
  if (types.integer_keys) {
    return types.integer_values ? parse_as<std::uint64_t, std::uint64_t>(text, file_name)
                                : parse_as<std::uint64_t, std::string>(text, file_name);
  }
  return types.integer_values ? parse_as<std::string, std::uint64_t>(text, file_name)
                              : parse_as<std::string, std::string>(text, file_name);
}

}  // namespace steady::replay
