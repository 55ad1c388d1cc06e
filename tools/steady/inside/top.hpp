// The registry of a running program as text: a line a map, and below them what is wrong.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace steady::inside {

// One look at /debug/maps.json.
struct look {
  struct map {
    std::string name;
    std::string id;  // the name, percent-encoded: tells apart what looks the same
    std::uint64_t size = 0;
    std::uint64_t bytes = 0;
    double load = 0;
    double growth = 0;
    double overflow_share = 0;
    std::uint64_t probe_p99 = 0;
    std::uint64_t probe_max = 0;
    std::uint64_t inserts = 0;
    std::uint64_t erases = 0;
    std::vector<std::string> advice;
  };
  std::vector<map> maps;
  double seconds = 0;  // on any clock; two looks are so far apart
};

// Throws replay::wrong_input when the text is no answer of a debug_server.
[[nodiscard]] look read_look(std::string_view json, double seconds);

// Largest first. With an earlier look inserts and erases are per second since then, without one since the map has its name. Lines
// end with no line break.
[[nodiscard]] std::vector<std::string> draw_top(const look& now, const look* before);

// What a terminal may be sent: control characters are gone, and of longer texts there is the beginning.
[[nodiscard]] std::string printable(std::string_view text, std::size_t most_characters);

}  // namespace steady::inside
