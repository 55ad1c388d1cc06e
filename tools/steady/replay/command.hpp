// The subcommand: its options, what it does with them, and how it ends.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace steady::replay {

// Adds `replay` to the command line. If it is chosen, chosen is set to what runs it; that returns the exit
// code: 0 done, 1 the check failed, 2 wrong input, 128 + signal if interrupted.
void add_command(CLI::App& command_line, std::function<int()>& chosen);

}  // namespace steady::replay
