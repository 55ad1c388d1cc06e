// Runs iteration programs from fixed seeds. A failure names the seed, and the program's last steps.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>

#include "../support/scale.hpp"
#include "iteration_program.hpp"
#include "program_source.hpp"

namespace steady_test {

// So many steps in all at full scale, in programs of varied length: short ones begin many maps, long ones
// grow them.
template <class Map>
void run_iteration_programs(std::uint64_t first_seed, std::size_t full_steps,
                            const iteration_limits& limits = {}) {
  const std::size_t wanted = scaled(full_steps, 20'000);
  std::size_t done = 0;
  for (std::uint64_t seed = first_seed; done < wanted; ++seed) {
    seeded_source source(seed, std::size_t{500} << (seed % 4));
    try {
      iteration_program<Map, seeded_source> program(source, limits);
      done += program.run() + 1;
    } catch (const iteration_violation& violation) {
      FAIL() << "seed " << seed << ": " << violation.what();
    }
  }
}

}  // namespace steady_test
