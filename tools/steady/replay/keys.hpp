// Where keys come from: the lines of a file, or a generator.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tools/steady/replay/operation.hpp"

namespace steady::replay {

// The whole file; wrong_input if it cannot be read or is empty.
[[nodiscard]] std::string read_file(const std::string& path);

// Each line is a key, any bytes; LF or CRLF ends it, and the last line needs no end. An empty line is the
// empty key.
[[nodiscard]] text_keys split_lines(std::string_view text);

// The same distinct numbers on every machine.
[[nodiscard]] integer_keys generate_keys(std::uint64_t count);

// Bijective, so distinct numbers stay distinct (the finalizer of splitmix64).
[[nodiscard]] constexpr std::uint64_t scatter(std::uint64_t number) {
  number += 0x9e3779b97f4a7c15u;
  number = (number ^ (number >> 30)) * 0xbf58476d1ce4e5b9u;
  number = (number ^ (number >> 27)) * 0x94d049bb133111ebu;
  return number ^ (number >> 31);
}

}  // namespace steady::replay
