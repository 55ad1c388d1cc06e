// The registry as text for Prometheus, and for whatever else reads its format or OpenMetrics.
//
//   std::string body = steady::metrics_text();      // serve it as text/plain; version=0.0.4
//   std::string body = steady::metrics_text(steady::exposition::openmetrics);
//                                                    // as application/openmetrics-text; version=1.0.0; charset=utf-8
//
// One series a named map and metric, with the label `map`, the name, which is unique in the process; steady_map_info has its
// type beside it. Names follow the rules of both formats: base units, _total for counters. Names of maps
// may be any bytes: quotes, backslashes and line breaks are escaped, what is not UTF-8 becomes U+FFFD and
// its number.
// docs/see-inside.md lists the metrics. Linear in the named maps; no map is touched.
#pragma once

#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "advise.hpp"
#include "detail/utf8.hpp"
#include "registry.hpp"

namespace steady {

// prometheus: the text format 0.0.4. openmetrics: 1.0.0.
enum class exposition : std::uint8_t { prometheus, openmetrics };

[[nodiscard]] constexpr std::string_view content_type(exposition format) noexcept {
  return format == exposition::prometheus ? "text/plain; version=0.0.4; charset=utf-8"
                                          : "application/openmetrics-text; version=1.0.0; charset=utf-8";
}

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

class writer {
 public:
  explicit writer(exposition format)
      : maps_(registry::maps()), openmetrics_(format == exposition::openmetrics) {
    for (const map_snapshot& map : maps_) {
      std::string labels = "map=\"";
      append_escaped(labels, map.name);
      labels += '"';
      labels_.push_back(std::move(labels));
    }
  }

  // A metric with one series a map; of(map) is its value.
  template <class Of>
  void each(std::string_view name, kind of_kind, std::string_view help, Of&& of) {
    begin(name, of_kind == kind::counter ? "counter" : "gauge", help);
    for (std::size_t at = 0; at < maps_.size(); ++at)
      sample(name, of_kind == kind::counter ? "_total" : "", labels_[at], "", of(maps_[at]));
  }
  // What does not change, as labels of a series that is always 1.
  void info(std::string_view name, std::string_view help) {
    begin(openmetrics_ ? name : std::string{name} + "_info", openmetrics_ ? "info" : "gauge", help);
    for (std::size_t at = 0; at < maps_.size(); ++at) {
      std::string type;
      append_escaped(type, maps_[at].type);
      sample(name, "_info", labels_[at], extra("type", type), std::uint64_t{1});
    }
  }
  // One with several series a map, which differ in one label more.
  template <class Of>
  void each_of(std::string_view name, std::string_view help, std::string_view label,
               const std::vector<std::string_view>& values, Of&& of) {
    begin(name, "gauge", help);
    for (std::size_t at = 0; at < maps_.size(); ++at)
      for (std::size_t value = 0; value < values.size(); ++value)
        sample(name, "", labels_[at], extra(label, values[value]), of(maps_[at], value));
  }
  // How many groups are looked at for each entry. A picture of the present: entries come and go, and so do its counts, which
  // OpenMetrics has a type of its own for.
  void probe_lengths(std::string_view name, std::string_view help) {
    begin(name, openmetrics_ ? "gaugehistogram" : "histogram", help);
    for (std::size_t at = 0; at < maps_.size(); ++at) {
      const auto& lengths = maps_[at].probe_lengths;
      std::uint64_t entries = 0;
      std::uint64_t groups = 0;
      for (std::size_t length = 0; length < lengths.size(); ++length) {
        entries += lengths[length];
        groups += lengths[length] * (length + 1);
        const bool last = length + 1 == lengths.size();
        const std::string bound = last ? "+Inf" : std::to_string(length + 1) + (openmetrics_ ? ".0" : "");
        sample(name, "_bucket", labels_[at], extra("le", bound), entries);
      }
      sample(name, openmetrics_ ? "_gsum" : "_sum", labels_[at], "", groups);
      sample(name, openmetrics_ ? "_gcount" : "_count", labels_[at], "", entries);
    }
  }

  [[nodiscard]] std::string take() {
    if (openmetrics_) out_ += "# EOF\n";
    return std::move(out_);
  }

 private:
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
  [[nodiscard]] static std::string extra(std::string_view label, std::string_view value) {
    std::string text = ",";
    (((text += label) += "=\"") += value) += '"';
    return text;
  }

  std::vector<map_snapshot> maps_;
  std::vector<std::string> labels_;
  std::string out_;
  bool openmetrics_;
};

}  // namespace detail::metrics

[[nodiscard]] inline std::string metrics_text(exposition format = exposition::prometheus) {
  using detail::metrics::kind;
  using map = const map_snapshot&;
  detail::metrics::writer out(format);
  const advice_limits limits;

  out.info("steady_map", "The named maps of the program, and their types.");
  out.each("steady_map_entries", kind::gauge, "Entries in the map.", [](map m) { return m.size; });
  out.each_of("steady_map_size_bytes", "Bytes the map asked of its allocator, by what they are for.", "part",
              {"blocks", "overflow", "directory", "entries"}, [](map m, std::size_t part) {
                return std::array{m.block_bytes, m.overflow_bytes, m.directory_bytes, m.entry_bytes}[part];
              });
  out.each("steady_map_buckets", kind::gauge, "Buckets, of fifteen slots each (of a classic map: eight).",
           [](map m) { return m.buckets; });
  out.each("steady_map_load_ratio", kind::gauge, "Entries for each slot.",
           [](map m) { return m.load_factor(); });
  out.each("steady_map_growth_ratio", kind::gauge, "How much of the growth in progress is done.",
           [](map m) { return m.growth_progress(); });
  out.each("steady_map_overflow_ratio", kind::gauge, "Share of the entries that lie in overflow nodes.",
           [](map m) { return m.overflow_share(); });
  out.each("steady_map_overflow_nodes", kind::gauge, "Overflow nodes in use.",
           [](map m) { return m.overflow_nodes; });
  out.probe_lengths("steady_map_probe_groups",
                    "Groups of slots looked at to find an entry, for the entries there are.");
  out.each("steady_map_live_loops", kind::gauge, "Loops over the map in progress.",
           [](map m) { return m.live_loops; });
  out.each("steady_map_seed_age_seconds", kind::gauge, "Time since the hash's seed was drawn or set.",
           [](map m) { return std::chrono::duration<double>(m.seed_age).count(); });
  out.each("steady_map_largest_value_bytes", kind::gauge, "The largest value seen, with what it holds.",
           [](map m) { return m.largest_value; });
  out.each("steady_map_value_limit_bytes", kind::gauge, "The size of a value from which on there is advice.",
           [&](map) { return limits.largest_value; });

  out.each("steady_map_inserts", kind::counter, "Entries inserted.", [](map m) { return m.inserts; });
  out.each("steady_map_erases", kind::counter, "Entries erased.", [](map m) { return m.erases; });
  out.each("steady_map_absent_erases", kind::counter, "Erases of keys that were not there.",
           [](map m) { return m.absent_erases; });
  out.each("steady_map_iter", kind::counter, "Loops over the map begun.", [](map m) { return m.loops; });
  out.each("steady_map_clears", kind::counter, "Times the map was cleared.", [](map m) { return m.clears; });
  out.each("steady_map_splits", kind::counter, "Buckets split (of a classic map: evacuated).",
           [](map m) { return m.splits; });
  out.each("steady_map_merges", kind::counter, "Buckets merged.", [](map m) { return m.merges; });
  out.each("steady_map_moved_entries", kind::counter, "Entries moved by structural work.",
           [](map m) { return m.entries_moved; });
  out.each("steady_map_growths", kind::counter, "Growths begun.", [](map m) { return m.growths; });
  out.each("steady_map_same_size_growths", kind::counter, "Growths to the same size begun (classic maps).",
           [](map m) { return m.same_size_growths; });
  out.each("steady_map_shrinks", kind::counter, "Times the number of buckets fell under a power of two.",
           [](map m) { return m.shrinks; });
  out.each("steady_map_reseeds", kind::counter, "Seeds drawn or set.", [](map m) { return m.reseeds; });
  out.each("steady_map_long_probes", kind::counter, "Inserts that made a bucket take eight looks or more.",
           [](map m) { return m.long_probes; });

  // In the order of advice_kind. Rates need two looks and are left to whoever keeps the series.
  out.each_of("steady_map_advice", "Whether there is advice of the kind, see steady::advise.", "advice",
              {"deleted_share", "mean_probe", "mostly_erases", "colliding_hash", "oversize", "fixed_seed",
               "large_value"},
              [](map m, std::size_t wanted) {
                std::uint64_t given = 0;
                for (const advice& each : advise(m)) given += static_cast<std::size_t>(each.kind) == wanted;
                return given;
              });
  return out.take();
}

}  // namespace steady
