// tsl::robin_map: linear probing with robin-hood displacement and backward-shift erase, rehashed in one go.
#pragma once

#if __has_include(<tsl/robin_map.h>)
#include <tsl/robin_map.h>

#include <string>
#include <string_view>

namespace steady::peers {

struct robin_peer {
  static constexpr std::string_view name = "robin";
  static constexpr std::string_view type_name = "tsl::robin_map";
  static constexpr bool available = true;
  // An erase near the end may shift an entry from the front behind the loop and show it twice: allowed for
  // predicates that depend on the entry alone.
  static constexpr bool erase_in_loop = true;
  static constexpr bool insert_in_loop = false;

  template <class K, class V>
  using map = tsl::robin_map<K, V>;

  static std::string version() {
#if defined(TSL_RH_VERSION_MAJOR)
    return std::to_string(TSL_RH_VERSION_MAJOR) + '.' + std::to_string(TSL_RH_VERSION_MINOR) + '.' +
           std::to_string(TSL_RH_VERSION_PATCH);
#elif defined(STEADY_PEER_ROBIN_VERSION)
    return STEADY_PEER_ROBIN_VERSION;
#else
    return "of no declared version";
#endif
  }

  // Its iterators show const values; the changeable one has a name of its own.
  template <class Iterator>
  static auto& value(Iterator& it) {
    return it.value();
  }

  template <class Map>
  static typename Map::iterator erase_and_next(Map& map, typename Map::iterator it) {
    return map.erase(it);
  }
};

}  // namespace steady::peers
#endif
