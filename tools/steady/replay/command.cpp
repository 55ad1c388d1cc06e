#include "tools/steady/replay/command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <limits>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <vector>

#include "tools/steady/replay/error.hpp"
#include "tools/steady/replay/interrupt.hpp"
#include "tools/steady/replay/json.hpp"
#include "tools/steady/replay/keys.hpp"
#include "tools/steady/replay/measured_map.hpp"
#include "tools/steady/replay/ops_file.hpp"
#include "tools/steady/replay/output_file.hpp"
#include "tools/steady/replay/report.hpp"
#include "tools/steady/replay/session.hpp"
#include "tools/steady/replay/table.hpp"
#include "tools/steady/replay/workloads.hpp"

namespace steady::replay {
namespace {

constexpr const char* examples = R"(Examples:
  find /usr -type f > paths.txt
  steady replay --keys paths.txt --workload index --report index.html
  steady replay --generate 10000000 --maps steady,boost --repeat 3
  steady replay --ops recorded.ops --json figures.json

Workloads, for the lines of --keys or the numbers of --generate:
  count     m[key]++ for every key
  index     insert all, look all up, then erase seven of eight while iterating
  sessions  a window of live sessions; sweeps erase the expired and re-insert the renewed inside one loop
  growth    insert only

Exit code: 0 done, 1 a map failed the check, 2 wrong input, 130 interrupted.
The format of --ops files and how to read the figures: docs/replay.md)";

struct options {
  std::string keys_path;
  std::string ops_path;
  std::uint64_t generate = 0;
  std::string work_name;
  std::vector<std::string> map_names;
  std::size_t repeats = 5;
  std::string report_path;
  std::string json_path;
};

workload choose_workload(const std::string& name) {
  if (name.empty()) return workload::growth;
  const auto found = std::ranges::find(workload_names, name);
  if (found == workload_names.end() || *found == name_of(workload::trace)) {
    throw wrong_input(fmt::format("unknown workload \"{}\"; known: count, index, sessions, growth", name));
  }
  return static_cast<workload>(found - workload_names.begin());
}

struct map_choice {
  std::vector<measured_map> measured;
  std::vector<measured_map> missing;
};

map_choice choose_maps(const std::vector<std::string>& names) {
  map_choice choice;
  const auto maps = all_maps();
  const auto take = [&](const measured_map& map) {
    std::vector<measured_map>& list = map.available() ? choice.measured : choice.missing;
    if (std::ranges::find(list, map.name, &measured_map::name) == list.end()) list.push_back(map);
  };
  if (names.empty()) std::ranges::for_each(maps, take);
  for (const std::string& name : names) {
    const auto found = std::ranges::find(maps, name, &measured_map::name);
    if (found == maps.end()) {
      throw wrong_input(
          fmt::format("unknown map \"{}\"; known: steady, classic, std, absl, boost, robin", name));
    }
    take(*found);
  }
  if (choice.measured.empty()) throw wrong_input("none of these maps is in this build of the command");
  return choice;
}

input read_input(const options& chosen) {
  const int sources = !chosen.keys_path.empty() + !chosen.ops_path.empty() + (chosen.generate != 0);
  if (sources != 1) throw wrong_input("give one of --keys FILE, --ops FILE and --generate N");
  input work;
  if (!chosen.ops_path.empty()) {
    if (!chosen.work_name.empty())
      throw wrong_input("--workload goes with --keys or --generate: --ops is its own");
    work.work = workload::trace;
    work.source = chosen.ops_path;
    work.data = parse_operations(read_file(chosen.ops_path), chosen.ops_path);
  } else {
    work.work = choose_workload(chosen.work_name);
    if (chosen.generate != 0) {
      work.source = fmt::format("{} generated integers", format_count(chosen.generate));
      work.data = generate_keys(chosen.generate);
    } else {
      work.source = chosen.keys_path;
      work.data = split_lines(read_file(chosen.keys_path));
    }
  }
  std::visit(
      [&]<class Data>(const Data& data) {
        if constexpr (std::is_same_v<Data, text_keys> || std::is_same_v<Data, integer_keys>) {
          work.operations = count_operations(work.work, data.size());
          work.key_type = std::is_same_v<Data, text_keys> ? "std::string" : "std::uint64_t";
          work.value_type = "std::uint64_t";
        } else {
          const auto type_name = []<class T>(const T&) {
            return std::is_same_v<T, std::string> ? "std::string" : "std::uint64_t";
          };
          work.operations = data.size();
          work.key_type = type_name(data.front().key);
          work.value_type = type_name(data.front().value);
        }
      },
      work.data);
  return work;
}

void replay(const options& chosen) {
  const map_choice maps = choose_maps(chosen.map_names);
  if (chosen.repeats == 0) throw wrong_input("--repeat needs at least 1");
  if (!chosen.report_path.empty() && chosen.report_path == chosen.json_path) {
    throw wrong_input(chosen.report_path + ": is named by both --report and --json");
  }
  std::optional<output_file> report;
  std::optional<output_file> json;
  if (!chosen.report_path.empty()) report.emplace(chosen.report_path);
  if (!chosen.json_path.empty()) json.emplace(chosen.json_path);

  const input work = read_input(chosen);
  for (const measured_map& map : maps.missing) {
    fmt::print(
        stderr,
        "steady replay: {} is left out: it was not installed when this command was built (package {})\n",
        map.name, map.package);
  }
  replay_result result = run_replay(work, maps.measured, chosen.repeats);
  result.missing = maps.missing;

  fmt::print("{}", format_table(result));
  if (report) {
    report->commit(make_report(result));
    fmt::print("Report: {}\n", report->path());
  }
  if (json) {
    json->commit(to_json(result, detail_level::table)
                     .dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) +
                 '\n');
  }
}

int run(const options& chosen) {
  constexpr int check_failed = 1;
  constexpr int input_wrong = 2;
  watch_for_interrupts();
  try {
    replay(chosen);
    return 0;
  } catch (const interrupted& stop) {
    fmt::print(stderr, "steady replay: interrupted; nothing was written\n");
    return 128 + stop.signal;
  } catch (const wrong_input& error) {
    fmt::print(stderr, "steady replay: {}\n", error.what());
    return input_wrong;
  } catch (const failed_check& error) {
    fmt::print(stderr, "steady replay: {}\n", error.what());
    return check_failed;
  } catch (const std::bad_alloc&) {
    fmt::print(stderr, "steady replay: there is not enough memory for so many operations\n");
    return input_wrong;
  } catch (const std::length_error&) {
    fmt::print(stderr, "steady replay: there is not enough memory for so many operations\n");
    return input_wrong;
  }
}

}  // namespace

void add_command(CLI::App& command_line, std::function<int()>& chosen) {
  auto values = std::make_shared<options>();
  CLI::App* const replay_app = command_line.add_subcommand(
      "replay",
      "What would this map do to my program? Replays real work against several maps, side by side.");
  replay_app->add_option("--keys", values->keys_path, "Each line of FILE is a key (any bytes; LF or CRLF)")
      ->option_text("FILE");
  replay_app->add_option("--ops", values->ops_path, "Replay a trace recorded by steady::recording")
      ->option_text("FILE");
  replay_app
      ->add_option("--generate", values->generate, "N generated 64-bit integer keys, always the same ones")
      ->option_text("N")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 32));
  replay_app->add_option("--workload", values->work_name, "count, index, sessions or growth (the default)")
      ->option_text("NAME");
  replay_app
      ->add_option("--maps", values->map_names,
                   "Of steady,classic,std,absl,boost,robin; all by default; those not installed "
                   "when this was built are left out")
      ->option_text("LIST")
      ->delimiter(',');
  replay_app->add_option("--repeat", values->repeats, "Runs of each pass, interleaved over the maps (5)")
      ->option_text("R")
      ->check(CLI::Range(std::size_t{1}, std::size_t{1000}));
  replay_app
      ->add_option("--report", values->report_path,
                   "Write a page with charts that opens in any browser, offline")
      ->option_text("FILE.html");
  replay_app->add_option("--json", values->json_path, "Write the figures for programs")
      ->option_text("FILE.json");
  replay_app->footer(examples);
  replay_app->callback([values, &chosen] { chosen = [values] { return run(*values); }; });
}

}  // namespace steady::replay
