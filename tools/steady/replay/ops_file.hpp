// The parser of recorded traces, format 1. docs/replay.md is the format's description; steady::recording
// writes it.
//
// In short: one operation a line, fields separated by tabs:  put KEY VALUE | put KEY | get KEY | del KEY |
// clear | sweep | sweep begin | sweep end.  Escapes in keys and values: \\ \t \n \r \xHH. A line that starts
// with # is a comment, but a first line "#steady-ops" declares the version and whether keys and values are
// integers or text.
//
// The whole text is checked before anything runs: a wrong line 9,000,000 must not be found after minutes of
// work.
#pragma once

#include <string>
#include <string_view>

#include "tools/steady/replay/operation.hpp"

namespace steady::replay {

// Sweeps inside sweeps; deeper than any program nests its loops, and shallow enough to recurse over.
inline constexpr std::size_t deepest_sweep = 64;

// Throws wrong_input("FILE:LINE: what is wrong"). The data is one of the four traces.
[[nodiscard]] operation_data parse_operations(std::string_view text, const std::string& file_name);

}  // namespace steady::replay
