// `steady view`: what a classic map looks like inside while operations run.
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace steady::view {

// Adds the subcommand; `chosen` is set when it is the one asked for.
void add_command(CLI::App& command_line, std::function<int()>& chosen);

}  // namespace steady::view
