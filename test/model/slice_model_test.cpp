// Millions of steps of random programs on slices that share elements, compared with the model of slice_program.hpp after each.
#include <gtest/gtest.h>

#include <cstdint>

#include "../support/scale.hpp"
#include "../support/throwing.hpp"
#include "program_source.hpp"
#include "slice_program.hpp"

namespace steady_test {
namespace {

template <class Element, bool ClaimsRanges>
void run_programs(std::size_t steps) {
  constexpr std::size_t steps_each = 300;
  for (std::size_t seed = 0; seed != scaled(steps / steps_each, 10); ++seed) {
    seeded_source source(seed, steps_each);
    ASSERT_NO_THROW((slice_program<Element, ClaimsRanges, seeded_source>(source).run())) << "seed " << seed;
  }
}

TEST(SliceModel, OfNumbers) { run_programs<int, true>(3'000'000); }

// Each object is registered while it lives: what is constructed twice, never, or read after its end is seen.
TEST(SliceModel, OfObjects) {
  run_programs<throwing_object<true>, false>(1'000'000);
  EXPECT_EQ(living::objects, 0u);
  EXPECT_EQ(living::errors, 0u);
}

}  // namespace
}  // namespace steady_test
