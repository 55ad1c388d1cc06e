// The registry of a running program as text: a line a map, a channel, a heap, and below them what is wrong.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
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
    // Nothing: of a map that threads share it is not known.
    std::optional<double> growth;
    std::optional<double> overflow_share;
    std::optional<std::uint64_t> probe_p99;
    std::optional<std::uint64_t> probe_max;
    std::uint64_t inserts = 0;
    std::uint64_t erases = 0;
    std::vector<std::string> advice;
  };
  struct channel {
    std::string name;
    std::string id;
    std::uint64_t channels = 0;  // that have the name; the figures are their sum
    std::uint64_t length = 0;
    std::uint64_t capacity = 0;
    std::uint64_t closed = 0;
    std::uint64_t waiting_senders = 0;
    std::uint64_t waiting_receivers = 0;
    std::uint64_t sends = 0;
    std::uint64_t receives = 0;
  };
  struct heap {
    std::string name;
    std::string id;
    std::uint64_t in_use_bytes = 0;
    std::uint64_t span_bytes = 0;
    std::uint64_t spans = 0;
    std::uint64_t pieces = 0;
    std::uint64_t allocations = 0;
    std::uint64_t releases = 0;
  };
  std::vector<map> maps;
  std::vector<channel> channels;
  std::vector<heap> heaps;
  double seconds = 0;  // on any clock; two looks are so far apart
};

// Throws replay::wrong_input when the text is no answer of a debug_server.
[[nodiscard]] look read_look(std::string_view json, double seconds);

// Maps and heaps with the largest first, channels by name. With an earlier look counts are per second since then, without one they
// are what they are. Lines end with no line break.
[[nodiscard]] std::vector<std::string> draw_top(const look& now, const look* before);

// What a terminal may be sent: control characters are gone, and of longer texts there is the beginning.
[[nodiscard]] std::string printable(std::string_view text, std::size_t most_characters);

}  // namespace steady::inside
