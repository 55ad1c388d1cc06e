// grid: times every map on every workload, in interleaved rounds, and writes the tables.
//
// Exit code 0: done. 1: the maps disagree about a workload's outcome, or a worker failed. 2: wrong input.
#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/grid/pair_statistics.hpp"
#include "bench/grid/plan.hpp"
#include "bench/grid/worker_process.hpp"

namespace steady::grid {
namespace {

struct wrong_input : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct options {
  std::vector<std::string> keys{key_names.begin(), key_names.end()};
  std::vector<std::size_t> values{value_sizes.begin(), value_sizes.end()};
  std::vector<std::string> sizes{"1e2..1e7"};
  std::vector<std::string> works{"all"};
  std::vector<std::string> passes{pass_names.begin(), pass_names.end()};
  std::vector<std::string> peers;
  unsigned pairs = 9;
  std::string json_path, markdown_path;
  bool quick = false;
};

// A part that takes less than five minutes with every peer, Go among them: one kind of each key, the core, two sizes.
void make_quick(options& chosen) {
  chosen.keys = {"u64random", "string12"};
  chosen.values = {8};
  chosen.sizes = {"1e3", "1e6"};
  chosen.works = {"core"};
  chosen.pairs = 3;
}

std::size_t parse_size(const std::string& text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number < 1 || number > 4e9) {
    throw wrong_input("--sizes: '" + text + "' is not a number from 1 to 4e9");
  }
  return static_cast<std::size_t>(number);
}

std::vector<std::size_t> parse_sizes(const std::vector<std::string>& texts) {
  std::vector<std::size_t> sizes;
  for (const auto& text : texts) {
    const auto dots = text.find("..");
    if (dots == std::string::npos) {
      sizes.push_back(parse_size(text));
      continue;
    }
    const std::size_t last = parse_size(text.substr(dots + 2));
    for (std::size_t size = parse_size(text.substr(0, dots)); size <= last; size *= 10) sizes.push_back(size);
  }
  return sizes;
}

template <class Enum, std::size_t Count>
Enum parse_or_refuse(const std::string& text, const std::array<std::string_view, Count>& names,
                     const char* option) {
  if (const auto found = parse_name<Enum>(text, names)) return *found;
  throw wrong_input(fmt::format("{}: '{}' is none of {}", option, text, fmt::join(names, ", ")));
}

work_set parse_works(const std::vector<std::string>& names) {
  work_set works;
  for (const auto& name : names) {
    if (name == "all") {
      works.set();
    } else if (name == "core") {
      for (std::size_t i = 0; i < core_count; ++i) works.set(i);
    } else {
      works.set(index(parse_or_refuse<work>(name, work_names, "--workloads")));
    }
  }
  return works;
}

std::vector<std::unique_ptr<worker_process>> start_workers(const std::vector<std::string>& names) {
  const std::filesystem::path folder{STEADY_GRID_WORKERS};
  std::vector<std::string> chosen = names;
  if (chosen.empty()) {
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      // steady with other Options takes part only where it is named: it is no rival to be the best other map.
      if (auto name = entry.path().filename().string(); !name.starts_with("steady-"))
        chosen.push_back(std::move(name));
    }
    std::sort(chosen.begin(), chosen.end());
    if (const auto own = std::find(chosen.begin(), chosen.end(), "steady"); own != chosen.end()) {
      std::rotate(chosen.begin(), own, own + 1);
    }
  }
  std::vector<std::unique_ptr<worker_process>> workers;
  for (const auto& name : chosen) {
    const auto program = folder / name;
    if (!std::filesystem::exists(program)) {
      throw wrong_input("--peers: there is no worker '" + name + "' in " + folder.string());
    }
    workers.push_back(std::make_unique<worker_process>(program));
  }
  return workers;
}

// What the keys of a cell take in all workers together, and the largest map: too much of it would measure the
// swap.
double bytes_needed(const cell& where, std::size_t workers) {
  const double key = where.keys == key_kind::string60 ? 112 : where.keys == key_kind::string12 ? 32 : 8;
  const auto entries = static_cast<double>(where.size);
  return entries * (3 * key + 4) * static_cast<double>(workers) +
         4 * entries * (key + static_cast<double>(where.value_bytes) + 32);
}

double bytes_available() {
  std::ifstream file{"/proc/meminfo"};
  for (std::string label, unit; file >> label;) {
    double kilobytes = 0;
    file >> kilobytes;
    std::getline(file, unit);
    if (label == "MemAvailable:") return kilobytes * 1024;
  }
  return 0;
}

void note_progress(const std::string& text) {
  if (::isatty(STDERR_FILENO) == 1) {
    fmt::print(stderr, "\r\033[K{}", text);
  } else {
    fmt::print(stderr, "{}\n", text);
  }
  std::fflush(stderr);
}

using workers_list = std::vector<std::unique_ptr<worker_process>>;

bool takes_part(const worker_process& worker, const cell& where, pass what) {
  return worker.does(what) && worker.does(where.keys);
}

// The answer of a worker, or null from one that does not do this.
nlohmann::json ask_if_done(worker_process& worker, const request& what) {
  return takes_part(worker, what.where, what.what) ? worker.ask(what) : nlohmann::json();
}

void run_throughput(cell_result& result, const workers_list& workers, const work_set& works,
                    unsigned rounds) {
  std::map<std::string, std::uint64_t> checksums;
  for (unsigned round = 0; round < rounds; ++round) {
    for (std::size_t turn = 0; turn < workers.size(); ++turn) {
      const std::size_t peer = (turn + round) % workers.size();  // everyone is first once
      if (!takes_part(*workers[peer], result.where, pass::throughput)) continue;
      const auto answer = workers[peer]->ask({pass::throughput, result.where, works, 1});
      for (const auto& [name, found] : answer.at("works").items()) {
        const auto which = index(*parse_name<work>(name, work_names));
        auto& times = result.times[which];
        times.resize(workers.size());
        times[peer].push_back(found.at("ns").get<double>());
        const auto checksum = found.at("checksum").get<std::uint64_t>();
        if (const auto [known, fresh] = checksums.try_emplace(name, checksum);
            !fresh && known->second != checksum) {
          throw std::runtime_error(fmt::format(
              "the maps disagree about {} ({}, n = {}): {} found {}, others {}", name,
              name_of(result.where.keys), result.where.size, workers[peer]->name(), checksum, known->second));
        }
      }
    }
  }
}

// Asked before the hours of measuring, not after them.
void require_writable(const std::string& path) {
  if (path.empty()) return;
  const std::string temporary = path + ".part";
  const bool writable = std::ofstream{temporary}.is_open();
  std::error_code ignored;
  std::filesystem::remove(temporary, ignored);
  if (!writable) throw wrong_input("cannot write " + path);
}

// Written beside its place and renamed, so that a file that exists is a whole one.
void write_file(const std::string& path, const std::string& text) {
  const std::string temporary = path + ".part";
  {
    std::ofstream file{temporary};
    file << text;
    file.flush();
    if (!file) throw wrong_input("cannot write " + temporary);
  }
  std::filesystem::rename(temporary, path);
}

grid_result run_grid(const options& chosen, const std::string& command) {
  const auto sizes = parse_sizes(chosen.sizes);
  const auto works = parse_works(chosen.works);
  std::vector<key_kind> kinds;
  for (const auto& name : chosen.keys) kinds.push_back(parse_or_refuse<key_kind>(name, key_names, "--keys"));
  std::vector<pass> passes;
  for (const auto& name : chosen.passes)
    passes.push_back(parse_or_refuse<pass>(name, pass_names, "--passes"));
  for (const auto bytes : chosen.values) {
    if (std::find(value_sizes.begin(), value_sizes.end(), bytes) == value_sizes.end()) {
      throw wrong_input(fmt::format("--values: {} is none of {}", bytes, fmt::join(value_sizes, ", ")));
    }
  }
  const auto wanted = [&](pass which) {
    return std::find(passes.begin(), passes.end(), which) != passes.end();
  };
  const auto workers = start_workers(chosen.peers);
  if (workers.empty()) throw wrong_input("no workers were built");

  grid_result result;
  result.rounds = chosen.pairs;
  result.command = command;
  for (const auto& worker : workers)
    result.peers.push_back({worker->name(), worker->type(), worker->version()});
  for (const auto& worker : workers) {
    for (const auto kind : kinds)
      if (!worker->does(kind))
        result.left_out.push_back(
            fmt::format("{}: it has no keys of kind {}", worker->name(), name_of(kind)));
    for (const auto what : passes)
      if (!worker->does(what))
        result.left_out.push_back(fmt::format("{}: the {} pass is not measured for it", worker->name(),
                                              pass_names[static_cast<std::size_t>(what)]));
  }
  for (const auto kind : kinds)
    for (const auto what : passes)
      if (!workers.front()->does(kind) || !workers.front()->does(what))
        throw wrong_input("--peers: the first is compared with all others, and '" + workers.front()->name() +
                          "' does not take part in all that is asked");
  const double available = 0.7 * bytes_available();
  for (const auto kind : kinds) {
    for (const auto bytes : chosen.values) {
      for (const auto size : sizes) {
        cell_result each;
        each.where = {kind, bytes, size};
        const std::string title = fmt::format("{}, {}-byte values, n = {}", name_of(kind), bytes, size);
        if (bytes_needed(each.where, workers.size()) > available) {
          result.left_out.push_back(title + ": the keys in all workers would not fit into memory");
          continue;
        }
        note_progress(title);
        if (wanted(pass::throughput)) run_throughput(each, workers, works, chosen.pairs);
        for (const auto& worker : workers) {
          if (wanted(pass::latency))
            each.latency.push_back(ask_if_done(*worker, {pass::latency, each.where, {}, 5}));
          if (wanted(pass::memory))
            each.memory.push_back(ask_if_done(*worker, {pass::memory, each.where, {}, 1}));
          if (wanted(pass::allocator))
            each.allocator.push_back(ask_if_done(*worker, {pass::allocator, each.where, {}, 1}));
        }
        result.cells.push_back(std::move(each));
      }
    }
  }
  note_progress("done\n");
  return result;
}

int run(int count, char** arguments) {
  options chosen;
  CLI::App command_line{
      "Times maps side by side: every peer is a worker process, timed in interleaved rounds."};
  command_line.add_flag("--quick", chosen.quick,
                        "a part of the grid in less than five minutes; other options still count");
  auto* keys =
      command_line.add_option("--keys", chosen.keys, "u64random u64sequential pointer string12 string60");
  auto* values = command_line.add_option("--values", chosen.values, "bytes of a value: 8, 56");
  auto* sizes =
      command_line.add_option("--sizes", chosen.sizes, "entries: 1e3,1e6 or 1e2..1e7, a decade a step");
  auto* works = command_line.add_option("--workloads", chosen.works,
                                        fmt::format("core, all, or of {}", fmt::join(work_names, " ")));
  auto* passes = command_line.add_option("--passes", chosen.passes, "throughput latency memory allocator");
  auto* peers =
      command_line.add_option("--peers", chosen.peers, "the first is compared with the others; default: all");
  auto* pairs =
      command_line.add_option("--pairs", chosen.pairs, "interleaved rounds")->check(CLI::Range(1, 1000));
  for (auto* list : {keys, values, sizes, works, passes, peers}) list->delimiter(',');
  command_line.add_option("--json", chosen.json_path, "write everything measured to this file");
  command_line.add_option("--markdown", chosen.markdown_path,
                          "write the tables to this file; default: standard output");
  try {
    command_line.parse(count, arguments);
  } catch (const CLI::ParseError& error) {
    return command_line.exit(error) == 0 ? 0 : 2;
  }
  if (chosen.quick) {
    const options asked = chosen;
    make_quick(chosen);
    if (keys->count() > 0) chosen.keys = asked.keys;
    if (values->count() > 0) chosen.values = asked.values;
    if (sizes->count() > 0) chosen.sizes = asked.sizes;
    if (works->count() > 0) chosen.works = asked.works;
    if (passes->count() > 0) chosen.passes = asked.passes;
    if (pairs->count() > 0) chosen.pairs = asked.pairs;
  }
  std::string command = "grid";
  for (int i = 1; i < count; ++i) command += std::string{' '} + arguments[i];
  try {
    require_writable(chosen.json_path);
    require_writable(chosen.markdown_path);
    const grid_result result = run_grid(chosen, command);
    if (!chosen.json_path.empty()) write_file(chosen.json_path, json_of(result).dump(1) + '\n');
    const std::string page = markdown_of(result);
    if (chosen.markdown_path.empty()) {
      fmt::print("{}", page);
    } else {
      write_file(chosen.markdown_path, page);
    }
    return 0;
  } catch (const wrong_input& error) {
    fmt::print(stderr, "grid: {}\n", error.what());
    return 2;
  } catch (const std::exception& error) {
    fmt::print(stderr, "grid: {}\n", error.what());
    return 1;
  }
}

}  // namespace
}  // namespace steady::grid

int main(int count, char** arguments) {
  std::signal(SIGPIPE, SIG_IGN);  // a worker that died is an error with a name, not the runner's end
  return steady::grid::run(count, arguments);
}
