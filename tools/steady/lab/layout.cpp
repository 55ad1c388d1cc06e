// Experiments on how buckets lie in memory: their sizes, what lies in the slot and what behind a pointer, cache lines.
#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <set>
#include <string_view>

#include "tools/steady/lab/clock.hpp"
#include "tools/steady/lab/experiments.hpp"

namespace steady::lab {
namespace {

template <classic::padding Padding>
struct padded : classic::policy {
  static constexpr classic::padding bucket_padding = Padding;
};
constexpr auto unpadded = classic::padding::none;
constexpr auto to_lines = classic::padding::cache_line;
constexpr auto to_powers = classic::padding::power_of_two;

template <class Key, class Value, classic::padding Padding = unpadded>
constexpr std::size_t bucket_bytes = sizeof(
    classic::bmap<classic::config<Key, Value, steady::hash<Key>, std::equal_to<Key>,
                                  std::allocator<std::pair<const Key, Value>>, padded<Padding>, void>>);

// A string is two words to Go, and a view here.
using text = std::string_view;

struct bucket_sizes {
  std::vector<std::pair<std::string, std::size_t>> of;
};
template <classic::padding Padding>
bucket_sizes sizes() {
  return {{{"u64 / u64", bucket_bytes<std::uint64_t, std::uint64_t, Padding>},
           {"u64 / u8", bucket_bytes<std::uint64_t, std::uint8_t, Padding>},
           {"u32 / u32", bucket_bytes<std::uint32_t, std::uint32_t, Padding>},
           {"string / u64", bucket_bytes<text, std::uint64_t, Padding>},
           {"string / string", bucket_bytes<text, text, Padding>}}};
}

constexpr std::uintptr_t line_bytes = 64;
std::uintptr_t line_of(std::uintptr_t address) { return address / line_bytes; }

// The addresses of a bucket's tags and first key, and what a hit touches, in a map of integers.
struct lines {
  double a_hit = 0;  // different lines, on average
  double tags_with_first_key = 0;  // part of the buckets
  double begin_at_line = 0;  // part of the buckets
  double bytes_an_entry = 0;
  double nanoseconds_a_hit = 0;
  std::size_t bucket = 0;
};

template <classic::padding Padding>
lines look_at_lines(const workbench& bench) {
  classic_map<std::uint64_t, std::uint64_t, steady::hash<std::uint64_t>, std::equal_to<std::uint64_t>,
              std::allocator<std::pair<const std::uint64_t, std::uint64_t>>, padded<Padding>>
      map;
  map.seed(1);
  const std::uint64_t entries = bench.size(60'000, 300, 1'000'000);
  for (std::uint64_t index = 0; index < entries; ++index) map[key_at(index)] = index;
  map.finish_growth();
  lines seen;
  seen.bucket = bucket_bytes<std::uint64_t, std::uint64_t, Padding>;
  const auto shown = map.inspect();
  double buckets = 0;
  for (const auto& chain : shown.buckets) {
    for (const auto& one : chain.buckets) {
      std::uintptr_t begin = 0;
      std::set<std::uintptr_t> touched;
      for (unsigned slot = 0; slot < classic::slots_per_bucket; ++slot) {
        if (one.keys[slot] == nullptr) continue;
        const auto key = reinterpret_cast<std::uintptr_t>(one.keys[slot]);
        const auto value = reinterpret_cast<std::uintptr_t>(one.values[slot]);
        begin = key - slot * sizeof(std::uint64_t) - classic::slots_per_bucket;
        seen.a_hit += static_cast<double>(std::set{line_of(begin), line_of(key), line_of(value)}.size());
      }
      if (begin == 0) continue;
      ++buckets;
      seen.tags_with_first_key += line_of(begin) == line_of(begin + classic::slots_per_bucket);
      seen.begin_at_line += begin % line_bytes == 0;
    }
  }
  seen.a_hit /= static_cast<double>(entries);
  seen.tags_with_first_key /= buckets;
  seen.begin_at_line /= buckets;
  seen.bytes_an_entry = static_cast<double>(map.stats().bytes()) / static_cast<double>(entries);
  std::vector<double> times;
  for (unsigned round = 0; round < 5; ++round) {
    bench.tick();
    times.push_back(nanoseconds_of([&] {
      for (std::uint64_t index = 0; index < entries; ++index) keep(*map.get(key_at(index * 7 % entries)));
    }));
  }
  seen.nanoseconds_a_hit = median(times) / static_cast<double>(entries);
  return seen;
}

}  // namespace

finding m5(const workbench& bench) {
  const bucket_sizes measured = bench.choose(sizes<unpadded>, sizes<to_powers>)();
  const auto all = [&](auto condition) { return std::ranges::all_of(measured.of, condition); };
  finding found{
      .setting = "the bytes of a bucket, by key / value; and what padding would cost and bring",
      .claimed = {{"every bucket is a power of two of bytes",
                   all([](const auto& one) { return std::has_single_bit(one.second); })},
                  {"every bucket has 1,024 bytes", all([](const auto& one) { return one.second == 1024; })}}};
  for (const auto& [types, bytes] : measured.of)
    found.figures.push_back({types, static_cast<double>(bytes), "bytes"});
  table prices{"u64 / u64, unpadded and padded",
               {"bucket", "bytes", "bytes an entry", "cache lines a hit", "ns a hit"},
               {}};
  const auto add = [&](const char* name, const lines& seen) {
    prices.rows.push_back({name, text_of(static_cast<double>(seen.bucket)), text_of(seen.bytes_an_entry),
                           text_of(seen.a_hit), text_of(seen.nanoseconds_a_hit)});
  };
  add("unpadded, as Go", look_at_lines<unpadded>(bench));
  add("whole cache lines", look_at_lines<to_lines>(bench));
  add("power of two", look_at_lines<to_powers>(bench));
  found.tables.push_back(std::move(prices));
  return found;
}

finding m6(const workbench& bench) {
  const bucket_sizes measured = bench.choose(sizes<unpadded>, sizes<to_powers>)();
  const bool any = std::ranges::any_of(measured.of, [](const auto& one) { return one.second == 128; });
  const bool by_formula =
      measured.of[0].second == 8 + 64 + 64 + 8 && measured.of[2].second == 8 + 32 + 32 + 8;
  finding found{
      .setting = "the bytes of a bucket, by key / value",
      .claimed = {{"a bucket of one of these types has 128 bytes", any}},
      .rivals = {{"a bucket has the bytes of its parts: 8 tags, keys, values, a link (001)", by_formula}}};
  for (const auto& [types, bytes] : measured.of)
    found.figures.push_back({types, static_cast<double>(bytes), "bytes"});
  return found;
}

finding m7(const workbench& bench) {
  struct pair_of_words {
    std::int64_t a, b;
  };
  const auto with_struct = static_cast<double>(bucket_bytes<pair_of_words, std::int64_t>);
  const auto with_array =
      static_cast<double>(bench.choose(bucket_bytes<std::array<std::int64_t, 2>, std::int64_t>,
                                       bucket_bytes<std::array<std::int64_t, 4>, std::int64_t>));
  const double saved = 1 - with_struct / with_array;
  return {.setting = "the bytes of a bucket with keys of two words, as a struct and as an array",
          .claimed = {{"the struct saves 37 %", saved > 0.36}},
          .figures = {{"bucket with struct keys", with_struct, "bytes"},
                      {"bucket with array keys", with_array, "bytes"},
                      {"saved", 100 * saved, "%"}}};
}

namespace {

template <std::size_t Bytes>
struct plain_value {
  std::array<std::byte, Bytes> bytes;
};
// Its move may throw, so it never lies in a slot.
template <std::size_t Bytes>
struct careful_value {
  std::array<std::byte, Bytes> bytes;
  careful_value(const careful_value& other) noexcept(false) : bytes(other.bytes) {}
};

// Bytes a value takes in its slot, by the size of the value.
template <template <std::size_t> class Value>
std::vector<std::pair<std::size_t, std::size_t>> slot_bytes() {
  const auto one = []<std::size_t Bytes>() {
    constexpr std::size_t others = 8 + 8 * sizeof(std::uint64_t) + 8;
    return std::pair{Bytes, (bucket_bytes<std::uint64_t, Value<Bytes>> - others) / classic::slots_per_bucket};
  };
  return {
    one.template operator()<8>(),
    one.template operator()<64>(),
    one.template operator()<120>(),
    one.template operator()<128>(),
    one.template operator()<136>(),
    one.template operator()<256>(),
    one.template operator()<512>(),
    one.template operator()<1024>()
  };
}

}  // namespace

finding m8(const workbench& bench) {
  const auto measured = bench.choose(slot_bytes<plain_value>, slot_bytes<careful_value>)();
  std::size_t largest_inline = 0;
  std::size_t smallest_indirect = 0;
  series slots{"bytes in the slot", {}};
  for (const auto& [size, slot] : measured) {
    // A slot of a pointer's size holds a small value or a pointer to it: the smallest size tells.
    const bool indirect =
        slot == sizeof(void*) && (size > sizeof(void*) || measured[1].second == sizeof(void*));
    if (!indirect) largest_inline = std::max(largest_inline, size);
    if (indirect && smallest_indirect == 0) smallest_indirect = size;
    slots.points.emplace_back(static_cast<double>(size), static_cast<double>(slot));
  }
  return {.setting = "values of 8 to 1,024 bytes: how many bytes of each lie in its slot",
          .claimed = {{"values of up to 128 bytes lie in the slot", largest_inline == 128},
                      {"what lies elsewhere begins at 512 bytes", smallest_indirect == 512}},
          .figures = {{"largest value in a slot", static_cast<double>(largest_inline), "bytes"},
                      {"smallest value behind a pointer", static_cast<double>(smallest_indirect), "bytes"}},
          .plots = {{"What a value takes of its slot",
                     "bytes of the value",
                     "bytes",
                     {slots},
                     scale::logarithmic,
                     scale::linear}}};
}

finding m16(const workbench& bench) {
  const lines seen = bench.choose(look_at_lines<unpadded>, look_at_lines<to_lines>)(bench);
  return {.setting = "the addresses of the buckets of a map of integers",
          .claimed = {{"the tags share a line with the first key", seen.tags_with_first_key == 1},
                      {"a bucket begins at a line, so that the next six keys are there too",
                       seen.begin_at_line == 1}},
          .figures = {{"buckets whose tags and first key share a line", 100 * seen.tags_with_first_key, "%"},
                      {"buckets that begin at a line", 100 * seen.begin_at_line, "%"},
                      {"cache lines a hit", seen.a_hit}}};
}

}  // namespace steady::lab
