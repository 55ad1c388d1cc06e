// `steady conform TRACE...`: is classic_map equal, step by step, to the runtime that a trace was recorded from?
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace steady::conform {

// Adds the subcommand; `chosen` is set when it is the one asked for.
void add_command(CLI::App& command_line, std::function<int()>& chosen);

}  // namespace steady::conform
