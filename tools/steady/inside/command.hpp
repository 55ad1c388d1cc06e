// steady demo-server, steady top, steady check-delete: into a running program that has a steady::debug_server.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace steady::inside {

void add_commands(CLI::App& command_line, std::function<int()>& chosen);

}  // namespace steady::inside
