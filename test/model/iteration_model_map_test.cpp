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

// A map as eager to shrink as to grow, of small blocks: both frontiers, and the directory's levels, meet the loops
// more often. The hash takes the map's seed.
TEST(G4IterationModelTest, EagerMapOfMoveOnlyTypes) {
  using options = steady::options<steady::pace{4, 5, 4}, steady::block_limit{1024}>;
  run_iteration_programs<steady::map<move_only_key, model_value, seeded_model_hash, model_equal,
                                     pair_allocator<move_only_key, model_value>, options>>(2'000'000,
                                                                                           4'000'000);
}

// Large entries in small blocks: few buckets a block.
TEST(G4IterationModelTest, MapOfSmallBlocks) {
  using options = steady::options<steady::block_limit{4096}>;
  run_iteration_programs<steady::map<large_key, copyable_model_value, model_hash, model_equal,
                                     pair_allocator<large_key, copyable_model_value>, options>>(5'000'000,
                                                                                                1'000'000);
}

// An entry a node: because it is asked for, and because its moves may throw.
TEST(G4IterationModelTest, NodeMapOfThrowingMoves) {
  run_iteration_programs<steady::node_map<throwing_key, model_value, model_hash, model_equal>>(4'000'000,
                                                                                               2'000'000);
}

}  // namespace
}  // namespace steady_test
