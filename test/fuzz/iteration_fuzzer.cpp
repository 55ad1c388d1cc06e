// libFuzzer: any bytes as a program of loops over maps that change (G4), against the oracle of
// iteration_program.hpp.
//
// The first byte chooses the container; a violation escapes as an exception and is a finding.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include <steady/map.hpp>
#include <steady/set.hpp>

#include "../model/iteration_program.hpp"
#include "../model/program_source.hpp"

namespace {

using namespace steady_test;

using key = model_key<key_traits::copyable>;
using move_only_key = model_key<key_traits::move_only>;
// Small blocks and an eager pace, so that short programs meet splits, merges and directories.
using eager = steady::options<steady::pace{4, 5, 4}, steady::block_limit{1024}>;

template <class Map>
void run(byte_source& source) {
  iteration_limits limits;
  limits.largest_universe = 512;
  iteration_program<Map, byte_source>(source, limits).run();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  byte_source source(data + 1, size - 1);
  switch (data[0] % 3) {
  case 0:
    run<steady::map<key, copyable_model_value, model_hash, model_equal>>(source);
    break;
  case 1:
    run<steady::map<move_only_key, model_value, seeded_model_hash, model_equal,
                    std::allocator<std::pair<const move_only_key, model_value>>, eager>>(source);
    break;
  default:
    run<steady::node_set<key, model_hash, model_equal>>(source);
    break;
  }
  return 0;
}
