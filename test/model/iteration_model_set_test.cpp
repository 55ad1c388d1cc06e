// G4 for steady::set and node_set: random programs of loops and changes against the oracle of
// iteration_program.hpp.
#include <steady/set.hpp>

#include "iteration_model.hpp"

namespace steady_test {
namespace {

TEST(G4IterationModelTest, Set) {
  run_iteration_programs<steady::set<model_key<key_traits::copyable>, model_hash, model_equal>>(11'000'000,
                                                                                                2'000'000);
}

TEST(G4IterationModelTest, NodeSetOfMoveOnlyKeys) {
  run_iteration_programs<steady::node_set<model_key<key_traits::move_only>, seeded_model_hash, model_equal>>(
      12'000'000, 1'000'000);
}

}  // namespace
}  // namespace steady_test
