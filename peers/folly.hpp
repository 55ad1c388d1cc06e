// folly::F14FastMap: chunks of 14 tags and slots, overflow counters instead of tombstones. No Debian package:
// headers and libraries come from the user's own build (STEADY_FOLLY_INCLUDE, STEADY_FOLLY_LIBRARIES).
#pragma once

#include <folly/container/F14Map.h>

#include <string>
#include <string_view>

namespace steady::peers {

struct folly_peer {
  static constexpr std::string_view name = "folly";
  static constexpr std::string_view type_name = "folly::F14FastMap";
  static constexpr bool available = true;
  static constexpr bool erase_in_loop = true;
  static constexpr bool insert_in_loop = false;

  template <class K, class V>
  using map = folly::F14FastMap<K, V>;

  static std::string version() { return "as checked out"; }

  template <class Iterator>
  static auto& value(Iterator& it) {
    return it->second;
  }

  template <class Map>
  static typename Map::iterator erase_and_next(Map& map, typename Map::iterator it) {
    return map.erase(it);
  }
};

}  // namespace steady::peers
