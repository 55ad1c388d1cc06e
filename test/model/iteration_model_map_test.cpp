// G4 for steady::map and node_map: random programs of loops and changes against the oracle of
// iteration_program.hpp.
#include <steady/map.hpp>

#include "iteration_model.hpp"

namespace steady_test {
namespace {

using copyable_key = model_key<key_traits::copyable>;
using move_only_key = model_key<key_traits::move_only>;
using throwing_key = model_key<key_traits::throwing_move>;
using large_key = model_key<key_traits::copyable, 120>;

template <class Key, class Value>
using pair_allocator = std::allocator<std::pair<const Key, Value>>;

TEST(G4IterationModelTest, Map) {
  run_iteration_programs<steady::map<copyable_key, copyable_model_value, model_hash, model_equal>>(1'000,
                                                                                                   4'000'000);
}

TEST(G4IterationModelTest, MapOfMoveOnlyTypes) {
  run_iteration_programs<steady::map<move_only_key, model_value, seeded_model_hash, model_equal>>(2'000'000,
                                                                                                  2'000'000);
}

// Moving may throw, so every entry has a node of its own although the map is not a node_map.
TEST(G4IterationModelTest, MapOfThrowingMoves) {
  run_iteration_programs<steady::map<throwing_key, model_value, seeded_model_hash, model_equal>>(3'000'000,
                                                                                                 1'000'000);
}

TEST(G4IterationModelTest, NodeMap) {
  run_iteration_programs<steady::node_map<copyable_key, copyable_model_value, model_hash, model_equal>>(
      4'000'000, 1'000'000);
}

// Blocks of few buckets: directories of several levels come and go under the loops.
TEST(G4IterationModelTest, MapOfSmallBlocks) {
  using options = steady::options<steady::block_limit{2048}>;
  run_iteration_programs<steady::map<large_key, copyable_model_value, model_hash, model_equal,
                                     pair_allocator<large_key, copyable_model_value>, options>>(5'000'000,
                                                                                                1'000'000);
}

// Twice as eager to shrink as to grow, and the other way round: the frontiers of both meet the loops more
// often.
TEST(G4IterationModelTest, MapThatResizesEagerly) {
  using options = steady::options<steady::pace{4, 5, 4}, steady::block_limit{1024}>;
  run_iteration_programs<steady::map<copyable_key, copyable_model_value, seeded_model_hash, model_equal,
                                     pair_allocator<copyable_key, copyable_model_value>, options>>(6'000'000,
                                                                                                   2'000'000);
}

TEST(G4IterationModelTest, MapThatNeverShrinks) {
  using options = steady::options<steady::shrink::never>;
  run_iteration_programs<steady::map<copyable_key, copyable_model_value, model_hash, model_equal,
                                     pair_allocator<copyable_key, copyable_model_value>, options>>(7'000'000,
                                                                                                   500'000);
}

}  // namespace
}  // namespace steady_test
