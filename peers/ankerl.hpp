// ankerl::unordered_dense::map: entries in one vector, an index of 8-byte buckets beside it, erase by moving
// the last entry into the hole. No Debian package: the header comes from a checkout of the user's
// (STEADY_ANKERL_INCLUDE).
#pragma once

#include <ankerl/unordered_dense.h>

#include <string>
#include <string_view>

namespace steady::peers {

struct ankerl_peer {
  static constexpr std::string_view name = "ankerl";
  static constexpr std::string_view type_name = "ankerl::unordered_dense::map";
  static constexpr bool available = true;
  // The last entry comes into the hole, and the loop meets it there: once, if every step is erase or ++.
  static constexpr bool erase_in_loop = true;
  static constexpr bool insert_in_loop = false;

  template <class K, class V>
  using map = ankerl::unordered_dense::map<K, V>;

  static std::string version() {
    return std::to_string(ANKERL_UNORDERED_DENSE_VERSION_MAJOR) + '.' +
           std::to_string(ANKERL_UNORDERED_DENSE_VERSION_MINOR) + '.' +
           std::to_string(ANKERL_UNORDERED_DENSE_VERSION_PATCH);
  }

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
