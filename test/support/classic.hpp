// classic_map with its header open, hashes that are chosen, and randomness that is fixed, for tests of the structure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

#include <steady/classic_map.hpp>

namespace steady_test {

// Shows what the interface keeps to itself.
template <class Map>
struct open_map : Map {
  using Map::header;
  using Map::Map;
};

// The key is its hash: low bits the bucket, top byte the tophash.
struct identity_hash {
  std::uint64_t operator()(std::uint64_t key, std::uint64_t) const noexcept { return key; }
};

// An equality that the map does not know, so that it takes the generic probe.
struct unknown_equal {
  template <class T>
  bool operator()(const T& a, const T& b) const {
    return a == b;
  }
};

template <class Key, class Value = int, class Hash = steady::hash<Key>, class Equal = std::equal_to<Key>,
          class Policy = steady::classic::policy>
using open_classic = open_map<
    steady::classic_map<Key, Value, Hash, Equal, std::allocator<std::pair<const Key, Value>>, Policy>>;

// Go's layout for 64-bit integers on both sides: 144 bytes, no pointers.
using word_map = open_classic<std::uint64_t, std::uint64_t>;

}  // namespace steady_test
