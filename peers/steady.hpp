// steady::map as one peer among the others: what a bench may assume of it, in the same words. And the same map with other
// Options, to be compared with the first.
#pragma once

#include <steady/map.hpp>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace steady::peers {

template <class Options>
struct steady_peer_of {
  static constexpr bool available = true;
  static constexpr bool erase_in_loop = true;
  static constexpr bool insert_in_loop = true;

  template <class K, class V>
  using map =
      steady::map<K, V, steady::hash<K>, std::equal_to<K>, std::allocator<std::pair<const K, V>>, Options>;

  static std::string version() { return "this build"; }

  template <class Iterator>
  static auto& value(Iterator& it) {
    return it->second;
  }

  template <class Map>
  static typename Map::iterator erase_and_next(Map& map, typename Map::iterator it) {
    return map.erase(it);
  }
};

struct steady_peer : steady_peer_of<steady::options<>> {
  static constexpr std::string_view name = "steady";
  static constexpr std::string_view type_name = "steady::map";
};
struct steady_dense_peer : steady_peer_of<steady::options<steady::dense_pace>> {
  static constexpr std::string_view name = "steady-dense";
  static constexpr std::string_view type_name = "steady::map, steady::dense_pace";
};

}  // namespace steady::peers
