#include "tools/steady/conform/command.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "tools/steady/conform/replay.hpp"
#include "tools/steady/conform/trace.hpp"

namespace steady::conform {
namespace {

constexpr const char* explanation =
    R"(A trace holds what a Go program with the classic map did to one map and, after every operation, the map's whole
state. Each is replayed on steady::classic_map; the state has to be equal after every step. Traces may be gzipped.
  steady conform test/conformance/traces/*.gz

Exit code: 0 all equal, 1 a difference (the first of each file is printed), 2 a file is no trace.
The format: test/conformance/FORMAT.txt; how traces are recorded: tools/gotrace/README.md)";

constexpr int all_equal = 0;
constexpr int different = 1;
constexpr int input_wrong = 2;

int conform_one(const std::string& path) {
  try {
    trace_reader trace(path);
    const outcome result = replay(trace);
    if (!result.first) {
      fmt::print("{}: OK, {} steps equal (B up to {}, {} doublings, {} same-size growths, {} loops)\n", path,
                 result.steps, result.largest_B, result.doublings, result.same_size_growths, result.loops);
      return all_equal;
    }
    const difference& first = *result.first;
    fmt::print("{}: DIFFERENT at step {} (line {}): {}\n{}", path, first.step, first.line, first.what,
               first.dump);
    return different;
  } catch (const wrong_trace& error) {
    fmt::print(stderr, "steady conform: {}: {}\n", path, error.what());
  } catch (const std::bad_alloc&) {
    fmt::print(stderr, "steady conform: {}: there is not enough memory for this trace\n", path);
  }
  return input_wrong;
}

int run(const std::vector<std::string>& paths) {
  int worst = all_equal;
  for (const std::string& path : paths) {
    worst = std::max(worst, conform_one(path));
    std::fflush(stdout);
  }
  return worst;
}

}  // namespace

void add_command(CLI::App& command_line, std::function<int()>& chosen) {
  auto paths = std::make_shared<std::vector<std::string>>();
  CLI::App* const conform = command_line.add_subcommand(
      "conform", "Is classic_map equal to Go's own map? Replays traces of the real runtime, state by state.");
  conform->add_option("TRACE", *paths, "Traces, plain or gzipped")->required();
  conform->footer(explanation);
  conform->callback([paths, &chosen] { chosen = [paths] { return run(*paths); }; });
}

}  // namespace steady::conform
