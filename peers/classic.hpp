// steady::classic_map, Go's own map structure for structure, as one peer among the others.
#pragma once

#include <steady/classic_map.hpp>

#include <string>
#include <string_view>

namespace steady::peers {

struct classic_peer {
  static constexpr std::string_view name = "classic";
  static constexpr std::string_view type_name = "steady::classic_map";
  static constexpr bool available = true;
  static constexpr bool erase_in_loop = true;
  static constexpr bool insert_in_loop = true;

  template <class K, class V>
  using map = steady::classic_map<K, V>;

  static std::string version() { return "this build"; }

  template <class Iterator>
  static auto& value(Iterator& it) {
    return (*it).second;
  }

  template <class Map>
  static typename Map::iterator erase_and_next(Map& map, typename Map::iterator it) {
    return map.erase(it);
  }
};

}  // namespace steady::peers
