// The tables, as docs/benchmarks.md shows them.
#include <fmt/format.h>

#include <cmath>
#include <iterator>

#include "bench/grid/pair_statistics.hpp"
#include "measure/machine.hpp"

namespace steady::grid {
namespace {

using nlohmann::json;

std::string size_name(std::size_t size) {
  const double power = std::log10(static_cast<double>(size));
  return power == std::floor(power) ? fmt::format("10^{:.0f}", power) : fmt::format("{}", size);
}

std::string time_text(double nanoseconds) {
  if (nanoseconds >= 1e6) return fmt::format("{:.1f} ms", nanoseconds / 1e6);
  if (nanoseconds >= 1e4) return fmt::format("{:.1f} us", nanoseconds / 1e3);
  return nanoseconds >= 100 ? fmt::format("{:.0f}", nanoseconds) : fmt::format("{:.1f}", nanoseconds);
}

std::string bytes_text(double bytes) {
  if (bytes >= 1e6) return fmt::format("{:.1f} MB", bytes / 1e6);
  if (bytes >= 1e4) return fmt::format("{:.1f} KB", bytes / 1e3);
  return fmt::format("{:.0f} B", bytes);
}

class page {
 public:
  explicit page(const grid_result& result) : result_(result) {}

  std::string text() {
    head();
    means();
    times();
    latencies();
    memory();
    return out_;
  }

 private:
  template <class... Arguments>
  void add(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<Arguments>(arguments)...);
  }

  void row(const std::vector<std::string>& fields) {
    out_ += '|';
    for (const auto& field : fields) out_ += ' ' + field + " |";
    out_ += '\n';
  }

  // The first `labels` columns are text, the others numbers.
  void header(const std::vector<std::string>& fields, std::size_t labels) {
    row(fields);
    out_ += '|';
    for (std::size_t i = 0; i < fields.size(); ++i) out_ += i < labels ? "---|" : "---:|";
    out_ += '\n';
  }

  [[nodiscard]] const std::string& first() const { return result_.peers[0].name; }

  static std::string group_name(const cell& where) {
    return fmt::format("{}, values of {} bytes", name_of(where.keys), where.value_bytes);
  }

  void head() {
    add("Made by `{}`.\n\n", result_.command);
    header({"map", "type", "release"}, 3);
    for (const auto& peer : result_.peers) row({peer.name, peer.type, peer.version});
    add("\n");
    header({"machine", ""}, 2);
    for (const auto& [label, text] : measure::describe_machine().lines()) row({label, text});
    add("\n");
    for (const auto& note : result_.left_out) add("Left out: {}.\n", note);
    if (!result_.left_out.empty()) add("\n");
  }

  void means() {
    if (result_.peers.size() < 2) return;
    bool any = false;
    for (const auto& each : result_.cells) any = any || core_mean_to_best(each) > 0;
    if (!any) return;
    add("## Geometric means\n\nTime of {} over the time of each other map: insert, hit, miss, iterate, churn "
        "and "
        "erase together; below 1 {} is faster. The last column compares with the best map of each "
        "workload.\n\n",
        first(), first());
    std::vector<std::string> fields{"keys", "value", "n"};
    for (std::size_t peer = 1; peer < result_.peers.size(); ++peer)
      fields.push_back(result_.peers[peer].name);
    fields.emplace_back("best of each");
    header(fields, 1);
    for (const auto& each : result_.cells) {
      if (core_mean_to_best(each) == 0) continue;
      std::vector<std::string> cells{std::string{name_of(each.where.keys)},
                                     std::to_string(each.where.value_bytes), size_name(each.where.size)};
      for (std::size_t peer = 1; peer < result_.peers.size(); ++peer) {
        const double mean = core_mean(each, peer);
        cells.push_back(mean > 0 ? fmt::format("{:.2f}", mean) : "-");
      }
      cells.push_back(fmt::format("{:.2f}", core_mean_to_best(each)));
      row(cells);
    }
    add("\n");
  }

  void times() {
    bool any = false;
    for (const auto& each : result_.cells) {
      for (std::size_t which = 0; which < work_count; ++which) any = any || each.timed(which);
    }
    if (!any) return;
    add("## Time\n\nNanoseconds an operation (an entry, for iterate and copies): the median of {} rounds, in "
        "each of "
        "which every map was timed in turn.",
        result_.rounds);
    if (result_.peers.size() > 1) {
      add(" The ratio is {} over the best other map, the median of the rounds' ratios with their quartiles; "
          "it is bold "
          "where {} is slower by its lower quartile too.",
          first(), first());
    }
    add("\n\n");
    for (std::size_t i = 0; i < result_.cells.size(); ++i) {
      const auto& where = result_.cells[i].where;
      if (i == 0 || group_name(where) != group_name(result_.cells[i - 1].where)) time_table(i);
    }
  }

  void time_table(std::size_t begin) {
    const std::string group = group_name(result_.cells[begin].where);
    add("### {}\n\n", group);
    std::vector<std::string> fields{"workload", "n"};
    for (const auto& peer : result_.peers) fields.push_back(peer.name);
    if (result_.peers.size() > 1) fields.insert(fields.end(), {"best other", "ratio", "quartiles"});
    header(fields, 1);
    for (std::size_t which = 0; which < work_count; ++which) {
      for (std::size_t i = begin; i < result_.cells.size() && group_name(result_.cells[i].where) == group;
           ++i) {
        if (result_.cells[i].timed(which)) time_row(result_.cells[i], which);
      }
    }
    add("\n");
  }

  void time_row(const cell_result& each, std::size_t which) {
    const auto& times = each.times[which];
    std::vector<std::string> cells{std::string{work_names[which]}, size_name(each.where.size)};
    for (const auto& of_peer : times) cells.push_back(of_peer.empty() ? "-" : time_text(median(of_peer)));
    if (const std::size_t best = times.size() > 1 ? best_other(times) : 0; best != 0) {
      const ratio found = paired_ratio(times[0], times[best]);
      cells.push_back(result_.peers[best].name);
      const auto text = fmt::format("{:.2f}", found.median);
      cells.push_back(found.lower_quartile > 1 ? "**" + text + "**" : text);
      cells.push_back(fmt::format("{:.2f}-{:.2f}", found.lower_quartile, found.upper_quartile));
    } else if (times.size() > 1) {
      cells.insert(cells.end(), 3, "-");
    }
    row(cells);
  }

  void latencies() {
    bool titled = false;
    for (const auto& each : result_.cells) {
      if (each.latency.empty()) continue;
      if (!titled) {
        add("## Latency of single operations\n\nNanoseconds. Each operation's least time over identical "
            "runs: what the "
            "machine does once is dropped, what the map does stays. Beside it the raw runs: their median "
            "p99.99 and "
            "maximum, and the worst maximum. grow is inserts from empty, churn an erase and an insert at "
            "constant "
            "size, drain the erase of every entry. The timer's own cost (above) is contained in every "
            "figure.\n\n");
        titled = true;
      }
      add("### {}, n = {}\n\n", group_name(each.where), size_name(each.where.size));
      header({"operations", "map", "p50", "p99", "p99.9", "p99.99", "max", "raw p99.99", "raw max",
              "worst raw max"},
             2);
      for (const std::string stretch : {"grow", "churn", "drain"}) {
        for (std::size_t peer = 0; peer < result_.peers.size(); ++peer)
          if (!each.latency[peer].is_null()) latency_row(each.latency[peer], stretch, peer);
      }
      add("\n");
    }
  }

  void latency_row(const json& found, const std::string& stretch, std::size_t peer) {
    const json& least = found.at("fastest").at(stretch);
    std::vector<std::string> cells{stretch, result_.peers[peer].name};
    for (const char* const fraction : {"p50", "p99", "p99.9", "p99.99", "max"}) {
      cells.push_back(time_text(least.at(fraction).get<double>()));
    }
    std::vector<double> tails, maxima;
    for (const json& run : found.at("raw")) {
      tails.push_back(run.at(stretch).at("p99.99").get<double>());
      maxima.push_back(run.at(stretch).at("max").get<double>());
    }
    cells.push_back(time_text(median(tails)));
    cells.push_back(time_text(median(maxima)));
    cells.push_back(time_text(quantile(maxima, 1)));
    row(cells);
  }

  void memory() {
    bool titled = false;
    for (const auto& each : result_.cells) {
      if (each.memory.empty()) continue;
      if (!titled) {
        add("## Memory\n\nThe allocator's bytes, its rounding included. Mean: bytes an entry over the growth "
            "from n/16 "
            "to n, each size weighing the same on a logarithmic scale. Linear mean: from n/10 to n, each "
            "size weighing "
            "the same. Peak: the most held at any moment while growing, an entry of n. Peak/held: from n/10 "
            "to n, "
            "the most held so far over what is held then, at its highest. Kept: bytes held after erasing 99 "
            "%, over those of a map of that size "
            "built by "
            "inserts.\n\n");
        titled = true;
      }
      add("### {}, n = {}\n\n", group_name(each.where), size_name(each.where.size));
      std::vector<std::string> fields{
          "map",       "mean bytes/entry", "linear mean", "final bytes/entry", "peak bytes/entry",
          "peak/held", "largest block",    "kept"};
      if (!each.allocator.empty())
        fields.insert(fields.end(), {"allocations/insert", "ns in malloc and free/insert"});
      header(fields, 1);
      for (std::size_t peer = 0; peer < result_.peers.size(); ++peer)
        if (!each.memory[peer].is_null()) memory_row(each, peer);
      add("\n");
    }
  }

  void memory_row(const cell_result& each, std::size_t peer) {
    const json& found = each.memory[peer];
    const auto entries = static_cast<double>(each.where.size);
    const auto as_built = found.at("as_built").get<double>();
    std::vector<std::string> cells{
        result_.peers[peer].name,
        fmt::format("{:.1f}", found.at("mean_bytes_an_entry").get<double>()),
        fmt::format("{:.2f}", found.at("linear_mean_bytes_an_entry").get<double>()),
        fmt::format("{:.1f}", found.at("final_bytes_an_entry").get<double>()),
        fmt::format("{:.1f}", found.at("peak").get<double>() / entries),
        fmt::format("{:.2f}", found.at("peak_over_held").get<double>()),
        bytes_text(found.at("largest_block").get<double>()),
        as_built > 0 ? fmt::format("{:.1f}x", found.at("after_erase").get<double>() / as_built) : "-"};
    if (!each.allocator.empty()) {
      cells.push_back(fmt::format("{:.4f}", each.allocator[peer].at("allocations").get<double>()));
      cells.push_back(fmt::format("{:.1f}", each.allocator[peer].at("ns").get<double>()));
    }
    row(cells);
  }

  const grid_result& result_;
  std::string out_;
};

}  // namespace

std::string markdown_of(const grid_result& result) { return page{result}.text(); }

}  // namespace steady::grid
