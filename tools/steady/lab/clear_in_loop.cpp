// The experiment on clear inside a loop, with the two maps that differ in it: this project's, whose loops know of clears,
// and the one with Go's behaviour, which `steady conform` uses.
#include <cstdint>
#include <unordered_map>

#include "tools/steady/lab/experiments.hpp"

namespace steady::lab {
namespace {

struct chosen_start {
  std::uint64_t next = 1;
  static std::uint64_t draw(void* context, classic::draw) {
    return key_at(static_cast<chosen_start*>(context)->next++) * 0x9e3779b97f4a7c15u;
  }
};

struct go_map;
using go_config =
    classic::config<std::uint64_t, std::uint64_t, steady::hash<std::uint64_t>, std::equal_to<std::uint64_t>,
                    std::allocator<std::pair<const std::uint64_t, std::uint64_t>>, classic::policy, go_map,
                    true>;
struct go_map : classic::container<go_config> {};

struct produced {
  std::uint64_t loops = 0;
  std::uint64_t of_before = 0;
  std::uint64_t twice = 0;
};

// Loops that clear the map halfway and fill it again.
template <class Map>
produced clear_halfway(const workbench& bench) {
  produced seen;
  chosen_start random;
  const std::uint64_t loops = bench.size(4'000, 400);
  for (; seen.loops < loops; ++seen.loops) {
    Map map;
    map.use_randomness({chosen_start::draw, &random});
    const std::uint64_t entries = 100 + seen.loops % 300;
    for (std::uint64_t index = 0; index < entries; ++index) map[key_at(index)] = 0;
    std::unordered_map<std::uint64_t, unsigned> times;
    std::uint64_t step = 0;
    for (auto at = map.begin(); at != map.end(); ++at, ++step) {
      if (step > entries / 2) {
        seen.of_before += at->second == 0;
        seen.twice += ++times[at->first] == 2;
      }
      if (step == entries / 2) {
        map.clear();
        for (std::uint64_t index = 0; index < entries; ++index) map[key_at(1'000 + index)] = 1;
      }
      if (step % 256 == 0) bench.tick();
    }
  }
  return seen;
}

}  // namespace

finding m58(const workbench& bench) {
  const produced seen =
      bench.choose(clear_halfway<classic_map<std::uint64_t, std::uint64_t>>, clear_halfway<go_map>)(bench);
  return {.setting = "loops over 100 to 399 entries that clear the map halfway and fill it again",
          .claimed = {{"a loop survives it: nothing from before the clear, nothing twice",
                       seen.of_before == 0 && seen.twice == 0}},
          .figures = {{"loops", static_cast<double>(seen.loops)},
                      {"entries from before the clear", static_cast<double>(seen.of_before)},
                      {"entries produced twice", static_cast<double>(seen.twice)}}};
}

}  // namespace steady::lab
