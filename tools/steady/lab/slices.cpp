// Experiments on slices: the header, who shares, and how capacities grow.
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include <steady/slice.hpp>

#include "tools/steady/lab/clock.hpp"
#include "tools/steady/lab/experiments.hpp"

namespace steady::lab {
namespace {

using numbers = slice<std::uint64_t>;

// Go's header alone: it owns nothing, as nothing has to where a collector owns.
struct bare_header {
  std::uint64_t* first;
  std::size_t length;
  std::size_t room;

  [[nodiscard]] std::uint64_t* data() const { return first; }
  [[nodiscard]] std::size_t size() const { return length; }
  [[nodiscard]] std::size_t capacity() const { return room; }
};

struct header_facts {
  std::size_t bytes;
  bool same_elements;
};
header_facts facts_of_slice() {
  const numbers one{1, 2, 3};
  const numbers copy = one;
  return {sizeof(numbers), copy.data() == one.data()};
}
header_facts facts_of_bare_header() {
  std::array<std::uint64_t, 3> elements{};
  const bare_header one{elements.data(), 3, 3};
  const bare_header copy = one;
  return {sizeof(bare_header), copy.data() == one.data()};
}

// ---- sharing ----

struct sharing_facts {
  bool header_apart, elements_shared;
};
template <class Slice>
sharing_facts facts_of_sharing() {
  Slice one{1, 2, 3, 4};
  Slice copy = one;
  copy[0] = 9;
  const bool shared = one[0] == 9;
  const std::size_t length = one.size(), room = one.capacity();
  if constexpr (requires { copy.append(std::uint64_t{5}); }) {
    copy.append(std::uint64_t{5});
  } else {
    copy.push_back(5);
  }
  return {one.size() == length && one.capacity() == room && copy.size() == length + 1, shared};
}

// ---- growth ----

// The capacities of something that is appended to, up to so many elements.
using capacities = std::vector<std::size_t> (*)(std::size_t most);

template <slice_growth Growth>
std::vector<std::size_t> of_slice(std::size_t most) {
  std::vector<std::size_t> seen;
  slice<std::uint64_t, std::allocator<std::uint64_t>, Growth> filled;
  while (filled.size() < most) {
    const std::size_t before = filled.capacity();
    filled.append(std::uint64_t{1});
    if (filled.capacity() != before) seen.push_back(filled.capacity());
  }
  return seen;
}
// Only the arithmetic: copying a million elements a million times takes longer than anyone waits.
template <class Rule>
std::vector<std::size_t> of_rule(std::size_t most, Rule next) {
  std::vector<std::size_t> seen;
  for (std::size_t capacity = 0; capacity < most;) seen.push_back(capacity = next(capacity));
  return seen;
}
std::vector<std::size_t> by_one(std::size_t most) {
  return of_rule(most, [](std::size_t old) { return old + 1; });
}
std::vector<std::size_t> doubling(std::size_t most) {
  return of_rule(most, [](std::size_t old) { return old == 0 ? 1 : 2 * old; });
}
// Before Go 1.18, without size classes.
std::vector<std::size_t> doubling_to_1024(std::size_t most) {
  return of_rule(most, [](std::size_t old) { return old == 0 ? 1 : old < 1024 ? 2 * old : old + old / 4; });
}
std::vector<std::size_t> doubling_from_16(std::size_t most) {
  return of_rule(most, [](std::size_t old) { return old == 0 ? 16 : 2 * old; });
}
// What folly's vector does: half more, but twice below a page and above 32 of them.
std::vector<std::size_t> as_folly(std::size_t most) {
  constexpr std::size_t page = 4096 / 8;
  return of_rule(most, [](std::size_t old) {
    if (old == 0) return std::size_t{8};
    return old < page || old > 32 * page ? 2 * old : (3 * old + 1) / 2;
  });
}

std::size_t capacity_after_1024() {
  auto full = rounded_slice<std::uint64_t>::make(1024, 1024);
  return full.append(std::uint64_t{1}).capacity();
}
std::size_t capacity_by_the_old_rule() { return doubling_to_1024(1025).back(); }

plot capacities_plot(const std::vector<std::pair<const char*, std::vector<std::size_t>>>& all) {
  plot drawn{"Capacities while appending", "allocation", "capacity", {}, scale::linear, scale::logarithmic};
  for (const auto& [name, grown] : all) {
    series line{name, {}};
    for (std::size_t at = 0; at < grown.size(); ++at) line.points.emplace_back(real(at + 1), real(grown[at]));
    drawn.lines.push_back(std::move(line));
  }
  return drawn;
}

}  // namespace

finding m109(const workbench& bench) {
  const header_facts seen = bench.choose(facts_of_slice, facts_of_bare_header)();
  return {.setting = "the size of a slice, and where the elements of its copy are",
          .claimed = {{"a slice is three words", seen.bytes == 3 * sizeof(void*)},
                      {"a copy has other words and the same elements", seen.same_elements}},
          .figures = {{"a slice", real(seen.bytes), "bytes"}}};
}

finding m110(const workbench& bench) {
  const std::vector<std::size_t> seen =
      bench.choose<capacities>(of_slice<slice_growth::formula>, doubling_to_1024)(200'000);
  bool doubles = true, quarter = true;
  double first_less = 0;
  for (std::size_t at = 1; at < seen.size(); ++at) {
    const std::size_t old = seen[at - 1];
    if (old < 1024) {
      doubles = doubles && seen[at] == 2 * old;
      if (seen[at] < 2 * old && first_less == 0) first_less = real(old);
    } else {
      quarter = quarter && seen[at] == old + old / 4;
    }
  }
  return {
      .setting = "a slice of 8-byte elements, appended to one by one; its capacities, without size classes",
      .claimed = {{"below 1,024 a full slice doubles", doubles},
                  {"from 1,024 on it grows by a quarter", quarter}},
      .figures = {{"capacity from which it less than doubles (0: none below 1,024)", first_less}},
      .plots = {capacities_plot({{"as measured", seen}, {"the claim's rule", doubling_to_1024(200'000)}})}};
}

finding m111(const workbench& bench) {
  const std::size_t grown = bench.choose(capacity_after_1024, capacity_by_the_old_rule)();
  return {.setting =
              "a full slice of 1,024 8-byte elements, and one more; capacities rounded to size classes",
          .claimed = {{"its capacity is then 1,280, or 1,272", grown == 1280 || grown == 1272}},
          .figures = {{"capacity after 1,024", real(grown)}}};
}

finding m113(const workbench& bench) {
  constexpr std::size_t appends = 1'000'000;
  const std::size_t one_more = by_one(appends).size();
  const std::vector<std::size_t> twice = doubling(appends), folly = as_folly(appends);
  const std::vector<std::size_t> go =
      bench.choose<capacities>(of_slice<slice_growth::formula>, doubling_from_16)(appends);
  const std::vector<std::size_t> rounded = of_slice<slice_growth::size_classes>(appends);
  table rules{"A million appends of 8 bytes", {"rule", "allocations", "last capacity"}, {}};
  rules.rows.push_back({"capacity + 1", text_of(real(one_more)), text_of(real(appends))});
  for (const auto& [name, seen] :
       {std::pair{"doubling", &twice}, std::pair{"Go's formula", &go},
        std::pair{"Go's, with size classes", &rounded}, std::pair{"folly's rule", &folly}})
    rules.rows.push_back({name, text_of(real(seen->size())), text_of(real(seen->back()))});
  return {.setting = "allocations of a million appends, by rule; Go's counted on a slice, the others by "
                     "their arithmetic",
          .claimed = {{"one by one: 998,421", one_more == 998'421},
                      {"doubling: 20", twice.size() == 20},
                      {"Go's rule: 17", go.size() == 17},
                      {"Go's rule takes fewer than doubling", go.size() < twice.size()}},
          .tables = {rules},
          .plots = {capacities_plot({{"doubling", twice}, {"Go's formula", go}, {"folly's rule", folly}})}};
}

finding m114(const workbench& bench) {
  const sharing_facts seen =
      bench.choose(facts_of_sharing<numbers>, facts_of_sharing<std::vector<std::uint64_t>>)();
  return {.setting = "a copy of a slice is written to, and then appended to",
          .claimed = {{"length and capacity of the first stay as they were", seen.header_apart},
                      {"the first sees what is written to the copy's elements", seen.elements_shared}}};
}

}  // namespace steady::lab
