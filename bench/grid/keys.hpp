// The keys of a cell: those inserted, the same in another order, and as many that are never inserted.
//
// They are made once in a worker and read by the child processes that measure. Lookups read them in the order
// in which they lie in memory, so that what is timed is the map's memory and not the keys'.
#pragma once

#include <cstddef>
#include <cstdint>
#include <numeric>
#include <random>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "bench/grid/plan.hpp"

namespace steady::grid {

// A bijection of 64-bit numbers (the finaliser of splitmix64): distinct inputs give distinct random-looking
// keys.
[[nodiscard]] inline std::uint64_t scattered(std::uint64_t number) {
  number += 0x9E37'79B9'7F4A'7C15;
  number = (number ^ (number >> 30)) * 0xBF58'476D'1CE4'E5B9;
  number = (number ^ (number >> 27)) * 0x94D0'49BB'1331'11EB;
  return number ^ (number >> 31);
}

template <class K>
struct key_set {
  std::vector<K> present;
  std::vector<K> shuffled;  // present, in random order
  std::vector<K> absent;
  std::vector<std::uint32_t> draws;  // as many random indices below a quarter of the size
};

using any_key_set = std::variant<key_set<std::uint64_t>, key_set<const void*>, key_set<std::string>>;

// The i-th key of a kind; 12 and 60 bytes of text are a distinct random number in letters behind a common
// prefix.
template <class K>
K make_key(key_kind kind, std::uint64_t i, std::uint64_t& address) {
  if constexpr (std::is_same_v<K, std::string>) {
    std::string text(kind == key_kind::string12 ? 12 : 60, 'k');
    std::uint64_t number = scattered(i);
    for (std::size_t place = text.size() - 12; place < text.size(); ++place, number >>= 5) {
      text[place] = "abcdefghijklmnopqrstuvwxyz012345"[number & 31];
    }
    return text;
  } else if constexpr (std::is_pointer_v<K>) {
    address += 16 * (1 + scattered(i) % 8);  // objects of 16 to 128 bytes, allocated one after another
    return reinterpret_cast<K>(address);
  } else {
    return kind == key_kind::u64sequential ? i : scattered(i);
  }
}

template <class K>
key_set<K> make_key_set(key_kind kind, std::size_t size) {
  key_set<K> keys;
  keys.present.reserve(size);
  keys.shuffled.reserve(size);
  keys.absent.reserve(size);
  std::uint64_t address = 0x5555'5600'0000;
  for (std::size_t i = 0; i < size; ++i) keys.present.push_back(make_key<K>(kind, i, address));
  for (std::size_t i = size; i < 2 * size; ++i) keys.absent.push_back(make_key<K>(kind, i, address));
  std::mt19937_64 random{size};
  std::vector<std::uint32_t> order(size);
  std::iota(order.begin(), order.end(), 0U);
  for (std::size_t i = size; i > 1; --i) std::swap(order[i - 1], order[random() % i]);
  for (const auto place : order) keys.shuffled.push_back(keys.present[place]);
  keys.draws.resize(size);
  for (auto& draw : keys.draws) draw = static_cast<std::uint32_t>(random() % (size / 4 + 1));
  return keys;
}

inline any_key_set make_any_key_set(key_kind kind, std::size_t size) {
  switch (kind) {
  case key_kind::pointer:
    return make_key_set<const void*>(kind, size);
  case key_kind::string12:
  case key_kind::string60:
    return make_key_set<std::string>(kind, size);
  default:
    return make_key_set<std::uint64_t>(kind, size);
  }
}

}  // namespace steady::grid
