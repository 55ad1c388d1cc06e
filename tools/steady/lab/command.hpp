// steady lab: the claims, tried.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace steady::lab {

void add_command(CLI::App& command_line, std::function<int()>& chosen);

}  // namespace steady::lab
