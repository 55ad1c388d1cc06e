// Random programs on classic_map with loops alive, from fixed seeds (classic_program.hpp): growth of both kinds, shrink,
// compaction, clear, copies and moves under up to six loops.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <limits>
#include <string>

#include "../support/scale.hpp"
#include "classic_program.hpp"
#include "program_source.hpp"

namespace steady_test {
namespace {

template <class Map, class MakeKey>
void run_classic_programs(std::uint64_t first_seed, std::size_t full_steps, MakeKey make_key) {
  const std::size_t wanted = scaled(full_steps, 20'000);
  std::size_t done = 0;
  for (std::uint64_t seed = first_seed; done < wanted; ++seed) {
    seeded_source source(seed, std::size_t{300} << (seed % 6));
    try {
      done += classic_program<Map, seeded_source, MakeKey>(source, make_key, 1 + seed % 40).run() + 1;
    } catch (const classic_violation& violation) {
      FAIL() << "seed " << seed << ": " << violation.what();
    }
  }
}

struct poor {
  std::uint64_t operator()(std::uint64_t key, std::uint64_t) const { return (key & 3) | (key & 7) << 56; }
};

TEST(ClassicModelTest, Words) {
  run_classic_programs<steady::classic_map<std::uint64_t, std::uint64_t>>(
      1'000, 2'000'000, [](std::size_t n) { return std::uint64_t{n}; });
}
TEST(ClassicModelTest, PoorlyHashedWords) {
  run_classic_programs<steady::classic_map<std::uint64_t, std::uint64_t, poor>>(
      2'000, 300'000, [](std::size_t n) { return std::uint64_t{n % 150}; });
}
TEST(ClassicModelTest, Strings) {
  run_classic_programs<steady::classic_map<std::string, std::uint64_t>>(
      3'000, 1'000'000, [](std::size_t n) { return std::string(n % 40, 'k') + std::to_string(n); });
}
TEST(ClassicModelTest, FloatsAndNan) {
  run_classic_programs<steady::classic_map<double, std::uint64_t>>(4'000, 1'000'000, [](std::size_t n) {
    if (n % 5 == 0) return std::numeric_limits<double>::quiet_NaN();
    return static_cast<double>(n) / 3;
  });
}

}  // namespace
}  // namespace steady_test
