// Three ways to go over a steady::map that changes meanwhile: the map itself, a snapshot of it, a copy of it.
#pragma once

#include "tools/steady/lab/experiment.hpp"

namespace steady::lab {

// What each of them produces, and what it costs the writer. The workbench gives the number of loops; its faults are another map's.
[[nodiscard]] table ways_to_loop(const workbench& bench);

}  // namespace steady::lab
