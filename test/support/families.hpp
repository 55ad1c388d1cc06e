// The containers that the typed suites run on.
//
// A family names one container template in the standard's parameter order. The suites run on
// std::unordered_map and std::unordered_set too: that proves the suites themselves, since what the standard
// library fails would be wrong to ask. What the standard's containers lack before C++23 or C++26 is asked of
// the steady families alone (`is_steady`).
//
// `keyed` hides the difference of maps and sets for the suites that do not care: a map's value follows from
// its key, so entries are made from a key and compared by key.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#if __has_include(<steady/map.hpp>)
#include <steady/map.hpp>
#include <steady/set.hpp>
#define STEADY_TEST_HAS_CORE 1
#endif

namespace steady_test {

template <class K>
struct key_maker {
  static K make(int n) { return K(n); }
};
template <>
struct key_maker<std::string> {
  // Past the small-string room, so that a lost or doubled string is a leak or a double free.
  static std::string make(int n) {
    return "a key that is long enough to be allocated, number " + std::to_string(n);
  }
};

template <template <class...> class Template, bool IsSteady, bool HasStableAddresses>
struct map_family {
  static constexpr bool is_map = true;
  static constexpr bool is_steady = IsSteady;
  static constexpr bool has_stable_addresses = HasStableAddresses;

  template <class K, class V, class H = std::hash<K>, class E = std::equal_to<K>,
            class A = std::allocator<std::pair<const K, V>>>
  using type = Template<K, V, H, E, A>;
  template <class K>
  using entry = std::pair<const K, int>;
  template <class K, class H = std::hash<K>, class E = std::equal_to<K>,
            template <class> class A = std::allocator>
  using keyed = Template<K, int, H, E, A<entry<K>>>;

  template <class K>
  static entry<K> make(K key) {
    return entry<K>(std::move(key), 0);
  }
  template <class Entry>
  static const auto& key_of(const Entry& entry) {
    return entry.first;
  }
  template <class Node>
  static auto& node_key(Node& node) {
    return node.key();
  }
};

template <template <class...> class Template, bool IsSteady, bool HasStableAddresses>
struct set_family {
  static constexpr bool is_map = false;
  static constexpr bool is_steady = IsSteady;
  static constexpr bool has_stable_addresses = HasStableAddresses;

  template <class K, class H = std::hash<K>, class E = std::equal_to<K>, class A = std::allocator<K>>
  using type = Template<K, H, E, A>;
  template <class K>
  using entry = K;
  template <class K, class H = std::hash<K>, class E = std::equal_to<K>,
            template <class> class A = std::allocator>
  using keyed = Template<K, H, E, A<K>>;

  template <class K>
  static K make(K key) {
    return key;
  }
  template <class Entry>
  static const Entry& key_of(const Entry& entry) {
    return entry;
  }
  template <class Node>
  static auto& node_key(Node& node) {
    return node.value();
  }
};

struct std_maps : map_family<std::unordered_map, false, true> {};
struct std_sets : set_family<std::unordered_set, false, true> {};

#ifdef STEADY_TEST_HAS_CORE
struct steady_maps : map_family<steady::map, true, false> {};
struct steady_node_maps : map_family<steady::node_map, true, true> {};
struct steady_sets : set_family<steady::set, true, false> {};
struct steady_node_sets : set_family<steady::node_set, true, true> {};

using map_families = ::testing::Types<std_maps, steady_maps, steady_node_maps>;
using all_families =
    ::testing::Types<std_maps, std_sets, steady_maps, steady_node_maps, steady_sets, steady_node_sets>;
#else
using map_families = ::testing::Types<std_maps>;
using all_families = ::testing::Types<std_maps, std_sets>;
#endif

template <class Family, class Container>
auto sorted_keys(const Container& container) {
  using key_type = typename Container::key_type;
  std::vector<key_type> keys;
  keys.reserve(container.size());
  for (const auto& entry : container) keys.push_back(Family::key_of(entry));
  std::sort(keys.begin(), keys.end());
  return keys;
}

// Keys first, first + 1 ... last - 1, as a sorted vector to compare with.
template <class K = int>
std::vector<K> keys_between(int first, int last) {
  std::vector<K> keys;
  for (int n = first; n < last; ++n) keys.push_back(key_maker<K>::make(n));
  std::sort(keys.begin(), keys.end());
  return keys;
}

template <class Family, class Container>
void fill(Container& container, int first, int last) {
  using key_type = typename Container::key_type;
  for (int n = first; n < last; ++n) container.insert(Family::make(key_maker<key_type>::make(n)));
}

}  // namespace steady_test
