// Random programs of all operations against std::map, from fixed seeds (map_program.hpp).
#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "../support/scale.hpp"
#include "map_program.hpp"
#include "program_source.hpp"

namespace steady_test {
namespace {

template <class Map>
void run_map_programs(std::uint64_t first_seed, std::size_t full_steps) {
  const std::size_t wanted = scaled(full_steps, 20'000);
  std::size_t done = 0;
  for (std::uint64_t seed = first_seed; done < wanted; ++seed) {
    seeded_source source(seed, std::size_t{300} << (seed % 5));
    try {
      done += map_program<Map, seeded_source>(source).run() + 1;
    } catch (const map_violation& violation) {
      FAIL() << "seed " << seed << ": " << violation.what();
    }
  }
}

TEST(MapModelTest, Integers) {
  run_map_programs<steady::map<std::uint32_t, std::uint32_t>>(1'000, 4'000'000);
}
TEST(MapModelTest, PoorlyHashedIntegers) {
  run_map_programs<steady::map<std::uint32_t, std::uint32_t, poor_hash<std::uint32_t>>>(1'000'000, 1'000'000);
}
TEST(MapModelTest, Strings) { run_map_programs<steady::map<std::string, std::string>>(2'000'000, 1'000'000); }
TEST(MapModelTest, StringsInNodes) {
  run_map_programs<steady::node_map<std::string, std::string>>(3'000'000, 1'000'000);
}

}  // namespace
}  // namespace steady_test
