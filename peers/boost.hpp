// boost::unordered_flat_map (since 1.81): open addressing in groups of 15, rehashed in one go. Whatever Boost
// comes first in the include path is measured; the version printed is that header's own.
#pragma once

#if __has_include(<boost/unordered/unordered_flat_map.hpp>)
#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/version.hpp>

#include <string>
#include <string_view>

namespace steady::peers {

struct boost_peer {
  static constexpr std::string_view name = "boost";
  static constexpr std::string_view type_name = "boost::unordered_flat_map";
  static constexpr bool available = true;
  static constexpr bool erase_in_loop = true;
  static constexpr bool insert_in_loop = false;

  template <class K, class V>
  using map = boost::unordered_flat_map<K, V>;

  static std::string version() {
    return std::to_string(BOOST_VERSION / 100000) + '.' + std::to_string(BOOST_VERSION / 100 % 1000) + '.' +
           std::to_string(BOOST_VERSION % 100);
  }

  template <class Iterator>
  static auto& value(Iterator& it) {
    return it->second;
  }

  // Its erase(iterator) returns nothing in the first releases and a proxy later: the next is taken first.
  template <class Map>
  static typename Map::iterator erase_and_next(Map& map, typename Map::iterator it) {
    map.erase(it++);
    return it;
  }
};

}  // namespace steady::peers
#endif
