// Replays a trace of the real runtime on classic_map and compares the whole state after every step.
//
// The map runs on what the trace recorded: each key's hash, each seed, each loop's start, and for NaN keys the hashes the
// runtime asked for, in order. The number of overflow buckets that the header counts is drawn by chance from B = 16 on; there
// the recorded one is adopted. Everything else has to come out by itself. Go's behaviour of loops across clear (claims C4,
// C5) is switched on.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "tools/steady/conform/trace.hpp"

namespace steady::conform {

struct difference {
  std::uint64_t step = 0;  // operations replayed before this one
  std::uint64_t line = 0;
  std::string what;  // operation, field, expected, got
  std::string dump;  // the buckets it concerns
};

struct outcome {
  std::optional<difference> first;
  std::uint64_t steps = 0;
  std::uint64_t loops = 0;
  std::uint64_t doublings = 0;
  std::uint64_t same_size_growths = 0;
  std::uint64_t largest_B = 0;
};

// Throws wrong_trace if the file is not a trace.
[[nodiscard]] outcome replay(trace_reader& trace);

}  // namespace steady::conform
