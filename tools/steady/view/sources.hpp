// What a film is taken of. Each source does its operations on a classic map of its own, and stops when the film is full.
#pragma once

#include <cstdint>
#include <string>

#include "tools/steady/view/film.hpp"

namespace steady::view {

// A trace of Go's runtime (test/conformance/FORMAT.txt), replayed with all that was recorded and compared step by step.
// Throws replay::wrong_input.
void film_trace(film& into, const std::string& path);

// An operations file, as `steady replay --ops` reads it. A sweep is a loop of which each step is an operation too; what stands
// inside the sweep is spread over its steps.
void film_operations(film& into, const std::string& path);

// So many operations, the same ones for the same seed, that lead the map through all its states: it grows with loops
// alive, is crowded until it grows to the same size, is drained and cleared.
void film_generated(film& into, std::uint64_t operations, std::uint64_t seed);

}  // namespace steady::view
