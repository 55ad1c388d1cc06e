// A file for chrome://tracing and ui.perfetto.dev, which wait_trace and map_trace write to, together if so wished:
//
//   std::ofstream file("all.json");
//   steady::chrome_trace all(file, std::min(waits.begun(), maps.begun()));
//   waits.add_to(all);
//   maps.add_to(all);
//   all.end();
//
// Format: the Trace Event Format, a JSON object with `traceEvents`: complete events ("ph": "X"), instants ("i"), counters ("C") and
// metadata ("M"), times in microseconds from the origin, to the nanosecond. Names may be any bytes (detail/utf8.hpp). A row is one
// line of the picture; rows are numbered from 1 in each process, and a process here is what kind of thing its rows are.
#pragma once

#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <ostream>
#include <string>
#include <string_view>

#include "detail/utf8.hpp"

namespace steady {

class chrome_trace {
 public:
  using time = std::chrono::steady_clock::time_point;
  enum class process : unsigned { waits = 1, maps = 2 };

  // Something said of an event: text, or a number.
  struct argument {
    std::string_view name;
    std::string_view text{};
    bool is_number = false;
    double number = 0;

    argument(std::string_view of, std::string_view said) : name(of), text(said) {}
    argument(std::string_view of, double value) : name(of), is_number(true), number(value) {}
    argument(std::string_view of, std::uint64_t value) : argument(of, static_cast<double>(value)) {}
  };
  using arguments = std::initializer_list<argument>;

  chrome_trace(std::ostream& to, time origin) : to_(to), origin_(origin) {
    text_ = R"({"displayTimeUnit":"ns","traceEvents":[)";
  }
  chrome_trace(const chrome_trace&) = delete;
  chrome_trace& operator=(const chrome_trace&) = delete;
  ~chrome_trace() = default;

  // Completes the file. Nothing may be written afterwards.
  void end() {
    text_ += "\n]}\n";
    flush();
  }

  void name(process of, std::string_view said) {
    begin("process_name", "M", of);
    finish({{"name", said}});
  }
  void name(process of, std::size_t row, std::string_view said) {
    begin("thread_name", "M", of, row);
    finish({{"name", said}});
  }
  void slice(process of, std::size_t row, std::string_view what, time from, time until,
             arguments about = {}) {
    begin(what, "X", of, row);
    field("ts", from - origin_);
    field("dur", until - from);
    finish(about);
  }
  void instant(process of, std::size_t row, std::string_view what, time when, arguments about = {}) {
    begin(what, "i", of, row);
    text_ += R"(,"s":"t")";
    field("ts", when - origin_);
    finish(about);
  }
  // Its values from then on; they are drawn above one another.
  void counter(process of, std::string_view what, time when, arguments values) {
    begin(what, "C", of);
    field("ts", when - origin_);
    finish(values);
  }

 private:
  void begin(std::string_view what, std::string_view phase, process of) {
    text_ += first_ ? "\n" : ",\n";
    first_ = false;
    text_ += R"({"name":)";
    quote(what);
    ((text_ += R"(,"ph":")") += phase) += R"(","pid":)";
    text_ += std::to_string(static_cast<unsigned>(of));
  }
  void begin(std::string_view what, std::string_view phase, process of, std::size_t row) {
    begin(what, phase, of);
    (text_ += R"(,"tid":)") += std::to_string(row);
  }
  void field(std::string_view of, std::chrono::steady_clock::duration of_time) {
    std::int64_t left = std::chrono::nanoseconds(of_time).count();
    ((text_ += ",\"") += of) += "\":";
    if (left < 0) text_ += '-';
    left = left < 0 ? -left : left;
    text_ += std::to_string(left / 1000);
    const std::string thousandths = std::to_string(1000 + left % 1000);
    (text_ += '.') += std::string_view(thousandths).substr(1);
  }
  void finish(arguments about) {
    const char* separator = R"(,"args":{)";
    for (const argument& each : about) {
      text_ += separator;
      separator = ",";
      quote(each.name);
      text_ += ':';
      if (each.is_number) {
        char digits[32];
        text_.append(digits, std::to_chars(digits, digits + sizeof digits, each.number).ptr);
      } else {
        quote(each.text);
      }
    }
    text_ += about.size() == 0 ? "}" : "}}";
    constexpr std::size_t large = 65536;
    if (text_.size() > large) flush();
  }
  void quote(std::string_view said) {
    text_ += '"';
    detail::append_utf8(text_, said, [](std::string& out, char plain) {
      if (static_cast<unsigned char>(plain) < ' ') {
        constexpr std::string_view digits = "0123456789abcdef";
        out += "\\u00";
        out += digits[static_cast<unsigned char>(plain) >> 4];
        out += digits[static_cast<unsigned char>(plain) & 15];
      } else {
        if (plain == '"' || plain == '\\') out += '\\';
        out += plain;
      }
    });
    text_ += '"';
  }
  void flush() {
    to_.write(text_.data(), static_cast<std::streamsize>(text_.size()));
    text_.clear();
  }

  std::ostream& to_;
  time origin_;
  std::string text_;  // what is not written yet
  bool first_ = true;
};

}  // namespace steady
