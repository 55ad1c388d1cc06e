// The text formats of Prometheus and OpenMetrics: how metrics of many things with names are written.
//
// A family of metrics is a comment or three and then its samples, all together; so what is written is a table of rows, the
// named things, by families. Every sample has a label with the row's name, which is unique in its table. Names may be any
// bytes: quotes, backslashes and line breaks are escaped, what is not UTF-8 becomes U+FFFD and its number.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "utf8.hpp"

namespace steady {

// prometheus: the text format 0.0.4. openmetrics: 1.0.0.
enum class exposition : std::uint8_t { prometheus, openmetrics };

namespace detail::metrics {

// The text of a label's value.
inline void append_escaped(std::string& out, std::string_view text) {
  append_utf8(out, text, [](std::string& to, char plain) {
    if (plain == '\n') {
      to += "\\n";
    } else {
      if (plain == '\\' || plain == '"') to += '\\';
      to += plain;
    }
  });
}

inline void append_number(std::string& out, std::uint64_t number) { out += std::to_string(number); }
inline void append_number(std::string& out, double number) {
  char digits[32];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

enum class kind : std::uint8_t { gauge, counter };

class text {
 public:
  explicit text(exposition format) : openmetrics_(format == exposition::openmetrics) {}

  [[nodiscard]] bool openmetrics() const noexcept { return openmetrics_; }

  void begin(std::string_view name, kind of_kind, std::string_view help) {
    begin(name, of_kind == kind::counter ? "counter" : "gauge", help);
  }
  void begin(std::string_view name, std::string_view type, std::string_view help) {
    // A counter's family is its name without _total in OpenMetrics, and with it in the older format.
    const std::string_view suffix = type == "counter" && !openmetrics_ ? "_total" : "";
    (((((out_ += "# HELP ") += name) += suffix) += ' ') += help) += '\n';
    (((((out_ += "# TYPE ") += name) += suffix) += ' ') += type) += '\n';
    for (const std::string_view unit : {"bytes", "seconds"})
      if (openmetrics_ && name.ends_with(unit)) ((((out_ += "# UNIT ") += name) += ' ') += unit) += '\n';
  }
  template <class Number>
  void sample(std::string_view name, std::string_view suffix, std::string_view labels, std::string_view more,
              Number number) {
    (((((out_ += name) += suffix) += '{') += labels) += more) += "} ";
    append_number(out_, number);
    out_ += '\n';
  }
  // None without a number.
  template <class Number>
  void sample(std::string_view name, std::string_view suffix, std::string_view labels, std::string_view more,
              const std::optional<Number>& number) {
    if (number) sample(name, suffix, labels, more, *number);
  }

  [[nodiscard]] std::string take() {
    if (openmetrics_) out_ += "# EOF\n";
    return std::move(out_);
  }

 private:
  std::string out_;
  bool openmetrics_;
};

// The things of one kind; they outlive it.
template <class Row>
class table {
 public:
  // `label`: what the rows are called.
  table(text& out, std::string_view label, const std::vector<Row>& rows)
      : table(out, label, rows, [](const Row&) { return true; }) {}
  // Those alone that satisfy the predicate.
  template <class Predicate>
  table(text& out, std::string_view label, const std::vector<Row>& rows, Predicate&& belongs) : out_(out) {
    for (const Row& each : rows) {
      if (!belongs(each)) continue;
      std::string labels{label};
      labels += "=\"";
      append_escaped(labels, each.name);
      labels += '"';
      labels_.push_back(std::move(labels));
      rows_.push_back(&each);
    }
  }

  // A metric with one series a row; of(row) is its value.
  template <class Of>
  void each(std::string_view name, kind of_kind, std::string_view help, Of&& of) {
    out_.begin(name, of_kind, help);
    for (std::size_t at = 0; at < rows_.size(); ++at)
      out_.sample(name, suffix(of_kind), labels_[at], "", of(*rows_[at]));
  }
  // What does not change, the type, as a label of a series that is always 1.
  void info(std::string_view name, std::string_view help) {
    out_.begin(out_.openmetrics() ? name : std::string{name} + "_info", out_.openmetrics() ? "info" : "gauge",
               help);
    for (std::size_t at = 0; at < rows_.size(); ++at) {
      std::string type;
      append_escaped(type, rows_[at]->type);
      out_.sample(name, "_info", labels_[at], extra("type", type), std::uint64_t{1});
    }
  }
  // One with several series a row, which differ in one label more: of(row, index) is the value of the label's values[index].
  template <class Of>
  void each_of(std::string_view name, kind of_kind, std::string_view help, std::string_view label,
               const std::vector<std::string>& values, Of&& of) {
    out_.begin(name, of_kind, help);
    for (std::size_t at = 0; at < rows_.size(); ++at)
      for (std::size_t value = 0; value < values.size(); ++value)
        out_.sample(name, suffix(of_kind), labels_[at], extra(label, values[value]), of(*rows_[at], value));
  }
  // How often each number from 1 on was met, the last counting all further ones. A picture of the present: what is counted
  // comes and goes, and so do its counts, which OpenMetrics has a type of its own for.
  template <class Of>
  void lengths(std::string_view name, std::string_view help, Of&& of) {
    const bool open = out_.openmetrics();
    out_.begin(name, open ? "gaugehistogram" : "histogram", help);
    for (std::size_t at = 0; at < rows_.size(); ++at) {
      const auto& counts = of(*rows_[at]);
      std::uint64_t entries = 0;
      std::uint64_t sum = 0;
      for (std::size_t length = 0; length < counts.size(); ++length) {
        entries += counts[length];
        sum += counts[length] * (length + 1);
        const bool last = length + 1 == counts.size();
        const std::string bound = last ? "+Inf" : std::to_string(length + 1) + (open ? ".0" : "");
        out_.sample(name, "_bucket", labels_[at], extra("le", bound), entries);
      }
      out_.sample(name, open ? "_gsum" : "_sum", labels_[at], "", sum);
      out_.sample(name, open ? "_gcount" : "_count", labels_[at], "", entries);
    }
  }

 private:
  [[nodiscard]] static std::string_view suffix(kind of_kind) noexcept {
    return of_kind == kind::counter ? "_total" : "";
  }
  [[nodiscard]] static std::string extra(std::string_view label, std::string_view value) {
    std::string more = ",";
    (((more += label) += "=\"") += value) += '"';
    return more;
  }

  text& out_;
  std::vector<const Row*> rows_;
  std::vector<std::string> labels_;
};

}  // namespace detail::metrics
}  // namespace steady
