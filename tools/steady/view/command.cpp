#include "tools/steady/view/command.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <new>
#include <optional>
#include <string>

#include "tools/steady/replay/error.hpp"
#include "tools/steady/replay/interrupt.hpp"
#include "tools/steady/replay/output_file.hpp"
#include "tools/steady/view/film.hpp"
#include "tools/steady/view/page.hpp"
#include "tools/steady/view/sources.hpp"
#include "tools/steady/view/terminal.hpp"
#include "tools/steady/view/text.hpp"

namespace steady::view {
namespace {

constexpr const char* explanation = R"(Examples:
  steady view                                     generated operations, stepped through in this terminal
  steady view --html view.html                    the same as a page with a slider
  steady view --trace test/conformance/traces/u64-weak-iter.txt.gz --html trace.html
  steady view --ops recorded.ops --from 1000 --pictures 20 | less

In a terminal: space or right steps, left goes back, r runs, t shows tophashes, q quits. Elsewhere every picture is
printed as plain text.

Exit code: 0 done, 2 wrong input, 130 interrupted. How to read the picture: docs/view.md)";

struct options {
  std::string trace_path;
  std::string ops_path;
  std::optional<std::uint64_t> generate;
  std::uint64_t seed = 1;
  limits bounds;
  std::string html_path;
};

film take_film(const options& chosen) {
  const int sources = !chosen.trace_path.empty() + !chosen.ops_path.empty() + chosen.generate.has_value();
  if (sources > 1) throw replay::wrong_input("give one of --trace FILE, --ops FILE and --generate N");
  const limits& bounds = chosen.bounds;
  if (!chosen.trace_path.empty()) {
    film taken(chosen.trace_path, bounds);
    film_trace(taken, chosen.trace_path);
    return taken;
  }
  if (!chosen.ops_path.empty()) {
    film taken(chosen.ops_path, bounds);
    film_operations(taken, chosen.ops_path);
    return taken;
  }
  const std::uint64_t usual = bounds.first - 1 + bounds.pictures * bounds.every;
  film taken(fmt::format("generated operations, seed {}", chosen.seed), bounds);
  film_generated(taken, chosen.generate.value_or(usual), chosen.seed);
  return taken;
}

void print_text(const film& of) {
  fmt::print("{}: {}\n", of.source(), of.extent());
  for (const std::string& line : text_legend({})) fmt::print("{}\n", line);
  for (std::size_t number = 0; number < of.pictures().size(); ++number) {
    replay::check_interrupted();
    fmt::print("\n");
    for (const std::string& line : draw_text(of, number, {})) fmt::print("{}\n", line);
  }
}

void view(const options& chosen) {
  std::optional<replay::output_file> page;
  if (!chosen.html_path.empty()) page.emplace(chosen.html_path);
  const film taken = take_film(chosen);
  if (taken.pictures().empty())
    throw replay::wrong_input(fmt::format("{}: {}; --from is too high", taken.source(), taken.extent()));
  if (page) {
    page->commit(make_page(taken));
    fmt::print("Page: {} ({})\n", page->path(), taken.extent());
  } else if (::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1) {
    show_on_terminal(taken);
  } else {
    print_text(taken);
  }
}

int run(const options& chosen) {
  constexpr int input_wrong = 2;
  replay::watch_for_interrupts();
  try {
    view(chosen);
    return 0;
  } catch (const replay::interrupted& stop) {
    fmt::print(stderr, "steady view: interrupted\n");
    return 128 + stop.signal;
  } catch (const replay::wrong_input& error) {
    fmt::print(stderr, "steady view: {}\n", error.what());
  } catch (const std::bad_alloc&) {
    fmt::print(stderr, "steady view: there is not enough memory for so many pictures\n");
  }
  return input_wrong;
}

}  // namespace

void add_command(CLI::App& command_line, std::function<int()>& chosen) {
  constexpr std::size_t most_pictures = 10'000;
  constexpr std::size_t most_buckets = 4'096;
  constexpr std::uint64_t most_operations = std::uint64_t{1} << 32;
  auto values = std::make_shared<options>();
  CLI::App* const app = command_line.add_subcommand(
      "view", "What happens inside a classic map? Shows its buckets after each operation.");
  app->add_option("--trace", values->trace_path,
                  "A trace of Go's runtime, plain or gzipped, as conform reads it")
      ->option_text("FILE");
  app->add_option("--ops", values->ops_path, "Operations recorded by steady::recording, as replay reads them")
      ->option_text("FILE");
  app->add_option("--generate", values->generate,
                  "N operations that show all states of the map (the default, as many as are shown)")
      ->option_text("N")
      ->check(CLI::Range(std::uint64_t{1}, most_operations));
  app->add_option("--seed", values->seed, "Of the generated operations (1)")->option_text("N");
  app->add_option("--from", values->bounds.first, "The operation of the first picture (1)")
      ->option_text("N")
      ->check(CLI::Range(std::size_t{1}, static_cast<std::size_t>(most_operations)));
  app->add_option("--pictures", values->bounds.pictures, "At most so many pictures (500)")
      ->option_text("N")
      ->check(CLI::Range(std::size_t{1}, most_pictures));
  app->add_option("--every", values->bounds.every, "A picture of every Nth operation (1)")
      ->option_text("N")
      ->check(CLI::Range(std::size_t{1}, std::size_t{1} << 20));
  app->add_option("--buckets", values->bounds.buckets, "At most so many buckets of an array (64)")
      ->option_text("N")
      ->check(CLI::Range(std::size_t{1}, most_buckets));
  app->add_option("--html", values->html_path,
                  "Write a page with a slider that opens in any browser, offline")
      ->option_text("FILE.html");
  app->footer(explanation);
  app->callback([values, &chosen] { chosen = [values] { return run(*values); }; });
}

}  // namespace steady::view
