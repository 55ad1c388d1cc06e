#include "tools/steady/lab/ways_to_loop.hpp"

#include <steady/map.hpp>
#include <steady/snapshot.hpp>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tools/steady/lab/clock.hpp"
#include "tools/steady/lab/loop_witness.hpp"

namespace steady::lab {
namespace {

// A way's row. `begin(map)` gives what is looped over.
template <class Map, class Begin>
std::vector<std::string> row_of(const workbench& bench, std::string name, Begin&& begin) {
  observations seen;
  std::uint64_t writes = 0;
  double beginning = 0;
  double writing = 0;
  const std::uint64_t loops = bench.size(60, 6);
  for (std::uint64_t number = 0; number < loops; ++number) {
    bench.tick();
    Map map;
    const auto put = [&](std::uint64_t key, std::uint64_t value) {
      map.insert_or_assign(key, value);
      ++writes;
    };
    const auto erase = [&](std::uint64_t key) {
      map.erase(key);
      ++writes;
    };
    loop_witness witness(1'000 + 37 * number, seen, put);
    writes -= map.size();
    const auto loop_over = [&](auto&& range) {
      for (const auto& entry : range) {
        ++seen.yields;
        const auto [key, value] = entry;
        if (witness.knows(key)) {
          witness.produced(key, value);
        } else {
          ++seen.newcomers;
        }
        writing += nanoseconds_of(
            [&] { witness.change({.erase = true, .update = true, .grow = true}, put, erase); });
      }
    };
    const auto start = std::chrono::steady_clock::now();
    decltype(auto) range = begin(map);
    beginning += std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start).count();
    loop_over(range);
    witness.ended();
  }
  const auto shown = [](auto number) { return text_of(static_cast<double>(number)); };
  return {std::move(name),
          shown(seen.skipped),
          shown(seen.repeated),
          shown(seen.stale),
          shown(seen.of_erased),
          shown(seen.newcomers),
          shown(beginning / static_cast<double>(loops)),
          shown(writing / static_cast<double>(writes))};
}

}  // namespace

table ways_to_loop(const workbench& bench) {
  using plain = map<std::uint64_t, std::uint64_t>;
  using sharing = snapshot_map<std::uint64_t, std::uint64_t>;
  return {"steady::map with 1,000 entries and more, looped over in three ways while it changes",
          {"looped over", "skipped", "twice", "old values", "erased before", "inserted meanwhile",
           "ns to begin", "ns a write, witness included"},
          {row_of<plain>(bench, "the map", [](plain& map) -> plain& { return map; }),
           row_of<sharing>(bench, "a snapshot", [](sharing& map) { return map.snapshot(); }),
           row_of<plain>(bench, "a copy", [](const plain& map) { return map; })}};
}

}  // namespace steady::lab
