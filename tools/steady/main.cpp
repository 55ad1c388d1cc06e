// steady: the command. Each subcommand lives in a folder of its own and adds itself to the command line.
#include <fmt/format.h>
#include <steady/version.hpp>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include "tools/steady/conform/command.hpp"
#include "tools/steady/inside/command.hpp"
#include "tools/steady/lab/command.hpp"
#include "tools/steady/replay/command.hpp"
#include "tools/steady/view/command.hpp"

int main(int argc, char** argv) {
  constexpr int input_wrong = 2;
  CLI::App command_line{"steady measures and shows hash maps that never stop.", "steady"};
  command_line.set_version_flag("--version", fmt::format("steady {}", steady::version));
  command_line.require_subcommand(1);
  std::function<int()> chosen;
  steady::replay::add_command(command_line, chosen);
  steady::conform::add_command(command_line, chosen);
  steady::lab::add_command(command_line, chosen);
  steady::view::add_command(command_line, chosen);
  steady::inside::add_commands(command_line, chosen);
  try {
    command_line.parse(argc, argv);
  } catch (const CLI::Success& help) {
    return command_line.exit(help);
  } catch (const CLI::RequiredError& error) {
    // Of a misspelt subcommand CLI11 says that there is none.
    const std::vector<std::string> unknown = command_line.remaining();
    if (unknown.empty() || !command_line.get_subcommands().empty()) {
      fmt::print(stderr, "steady: {} (try --help)\n", error.what());
      return input_wrong;
    }
    std::string known;
    for (const CLI::App* each : command_line.get_subcommands({}))
      (known += known.empty() ? "" : ", ") += each->get_name();
    fmt::print(stderr, "steady: unknown {} \"{}\"; known: {} (try --help)\n",
               unknown.front().starts_with('-') ? "option" : "subcommand", unknown.front(), known);
    return input_wrong;
  } catch (const CLI::ParseError& error) {
    fmt::print(stderr, "steady: {} (try --help)\n", error.what());
    return input_wrong;
  }
  return chosen();
}
