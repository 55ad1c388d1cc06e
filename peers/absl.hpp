// absl::flat_hash_map: open addressing in groups of 16, rehashed in one go. Compiled where the build found
// Abseil (STEADY_PEER_ABSL, set by peers/CMakeLists.txt, because its headers alone do not link) and its
// header is there.
#pragma once

#if defined(STEADY_PEER_ABSL) && __has_include(<absl/container/flat_hash_map.h>)
#include <absl/base/config.h>
#include <absl/container/flat_hash_map.h>

#include <string>
#include <string_view>

namespace steady::peers {

struct absl_peer {
  static constexpr std::string_view name = "absl";
  static constexpr std::string_view type_name = "absl::flat_hash_map";
  static constexpr bool available = true;
  static constexpr bool erase_in_loop = true;
  static constexpr bool insert_in_loop = false;

  template <class K, class V>
  using map = absl::flat_hash_map<K, V>;

  static std::string version() {
#if defined(ABSL_LTS_RELEASE_VERSION)
    return "LTS " + std::to_string(ABSL_LTS_RELEASE_VERSION);
#else
    return "unreleased";
#endif
  }

  template <class Iterator>
  static auto& value(Iterator& it) {
    return it->second;
  }

  // Its erase(iterator) returns nothing: the next has to be taken first.
  template <class Map>
  static typename Map::iterator erase_and_next(Map& map, typename Map::iterator it) {
    map.erase(it++);
    return it;
  }
};

}  // namespace steady::peers
#endif
