// std::unordered_map: a node an entry, a table of list heads that is rebuilt in one go when it doubles.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

namespace steady::peers {

struct std_peer {
  static constexpr std::string_view name = "std";
  static constexpr std::string_view type_name = "std::unordered_map";
  static constexpr bool available = true;
  static constexpr bool erase_in_loop = true;
  // Iterators die at a rehash, and any insert may rehash.
  static constexpr bool insert_in_loop = false;

  template <class K, class V>
  using map = std::unordered_map<K, V>;

  static std::string version() {
#if defined(_LIBCPP_VERSION)
    return "libc++ " + std::to_string(_LIBCPP_VERSION);
#elif defined(_GLIBCXX_RELEASE)
    return "libstdc++ " + std::to_string(_GLIBCXX_RELEASE);
#else
    return "unknown";
#endif
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
