// All maps that are measured side by side, steady's own among them, as one list of types.
//
// A peer is a thin description, not a wrapper: peer::map<K, V> is the map itself, with its own default hash
// and allocator, so that nothing of ours stands between a bench and what it measures. A description says
//   name, type_name, version()     how tables call it, what it is, which release was compiled
//   map<K, V>                      the map's type
//   erase_in_loop, insert_in_loop  whether a range loop over it may erase the entry it stands on, may insert
//   value(iterator)                the changeable mapped value
//   erase_and_next(map, iterator)  erase one entry inside a loop, and where the loop goes on
// Everything else is used through the interface they share with std::unordered_map: try_emplace,
// insert_or_assign, operator[], find, erase(key), clear, size, begin, end.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include "peers/absl.hpp"
#include "peers/boost.hpp"
#include "peers/classic.hpp"
#include "peers/robin.hpp"
#include "peers/std.hpp"
#include "peers/steady.hpp"

namespace steady::peers {

// Stands in for a peer whose headers this machine did not have when the program was built.
template <class Description>
struct missing_peer : Description {
  static constexpr bool available = false;
};

struct missing_absl {
  static constexpr std::string_view name = "absl";
  static constexpr std::string_view package = "libabsl-dev";
};
struct missing_boost {
  static constexpr std::string_view name = "boost";
  static constexpr std::string_view package = "libboost1.81-dev";
};
struct missing_robin {
  static constexpr std::string_view name = "robin";
  static constexpr std::string_view package = "robin-map-dev";
};

#if !(defined(STEADY_PEER_ABSL) && __has_include(<absl/container/flat_hash_map.h>))
using absl_peer = missing_peer<missing_absl>;
#endif
#if !__has_include(<boost/unordered/unordered_flat_map.hpp>)
using boost_peer = missing_peer<missing_boost>;
#endif
#if !__has_include(<tsl/robin_map.h>)
using robin_peer = missing_peer<missing_robin>;
#endif

inline constexpr std::array<std::string_view, 6> names = {"steady", "classic", "std",
                                                          "absl",   "boost",   "robin"};

// Calls visit(std::type_identity<Peer>{}) for each of the six, in the order of names; missing ones too,
// which the visitor tells by Peer::available.
template <class Visitor>
void for_each(Visitor&& visit) {
  visit(std::type_identity<steady_peer>{});
  visit(std::type_identity<classic_peer>{});
  visit(std::type_identity<std_peer>{});
  visit(std::type_identity<absl_peer>{});
  visit(std::type_identity<boost_peer>{});
  visit(std::type_identity<robin_peer>{});
}

// Makes runs repeatable where a map draws a seed: op-by-op minima compare operation i of one run with
// operation i of the next. The map must be empty.
template <class Map>
void fix_seed(Map& map) {
  constexpr std::uint64_t any = 0x5eed;
  if constexpr (requires { map.seed(any); }) map.seed(any);
}

}  // namespace steady::peers
