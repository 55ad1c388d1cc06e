// Seeing what a map does: an observer, chosen by the map's Options, and names.
//
//   struct trace {
//     static void on_event(const steady::event& e) { log(e.map_name, e.kind, e.size); }
//   };
//   steady::map<K, V, H, E, A, steady::options<steady::observe_by<trace>>> sessions;    // told to trace, at compile time
//   steady::observed::map<std::string, session> sessions;                               // told to whoever attaches
//   sessions.name("sessions");                                                           // listed by steady::registry
//
// Without an observer in its Options a map carries nothing of this and pays nothing: not a byte, not an instruction of find,
// insert and erase (scripts/check-observer-cost). With one it pays a branch for each structural event, and, while it has
// a name, some relaxed stores a write (docs/see-inside.md has figures). Reads are never counted or slowed.
//
// on_event is called by the thread that uses the map, in the middle of the operation. It must not use the map: that is
// reported as re-entry, and ends the process like any misuse. What it throws is dropped. Loops of an unchanged map may
// begin and end in several threads at once, so it may be called by several at once for these.
//
// An observer with `static constexpr bool audits = true` is told of every insert and erase too, of absent keys as well,
// with the key's text, which its `static void write_key(std::string& out, const Key& key)` makes, and the call's place in
// the source. erase, insert(value) and insert_or_assign know their place; what takes any number of arguments
// (emplace, try_emplace) and operator[] cannot. A stack is the observer's to take: it is called from inside the operation.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "channel/call_site.hpp"
#include "detail/audited.hpp"
#include "detail/watched.hpp"
#include "map.hpp"
#include "options.hpp"
#include "set.hpp"
#if defined(STEADY_USDT)
#include "detail/probes.hpp"
#endif

namespace steady {

// What happened. The views hold during the call.
struct event {
  event_kind kind;
  std::string_view map_name;  // empty: it has none
  std::string_view map_type;  // as the compiler spells it
  const void* map;  // tells maps apart; a bulk operation may build a map aside and then exchange it
  std::uint64_t size;  // entries
  std::uint64_t buckets;
  std::uint64_t bucket = 0;  // see event_kind (detail/watch.hpp)
  std::uint64_t other = 0;
  std::uint64_t amount = 0;

  // Of erase and insert: whether the key was there before.
  std::string_view key{};
  bool found = false;
  call_site where{};
};

// Observes for those who attach to a named map at run time (registry.hpp); nobody, at first. Built with STEADY_USDT, for bpftrace
// and its like too (detail/probes.hpp); an observer of your own may call this one.
#if defined(STEADY_USDT)
inline namespace with_usdt {
struct attached_observers {
  static void on_event(const event& what) noexcept { detail::fire_map_probe(what); }
};
}  // namespace with_usdt
#else
struct attached_observers {
  static void on_event(const event&) noexcept {}
};
#endif

namespace observed {

using options = steady::options<observe_by<attached_observers>>;

template <class Key, class Value, class Hash = hash<Key>, class KeyEqual = std::equal_to<Key>,
          class Allocator = std::allocator<std::pair<const Key, Value>>>
using map = steady::map<Key, Value, Hash, KeyEqual, Allocator, options>;
template <class Key, class Value, class Hash = hash<Key>, class KeyEqual = std::equal_to<Key>,
          class Allocator = std::allocator<std::pair<const Key, Value>>>
using node_map = steady::node_map<Key, Value, Hash, KeyEqual, Allocator, options>;
template <class Key, class Hash = hash<Key>, class KeyEqual = std::equal_to<Key>,
          class Allocator = std::allocator<Key>>
using set = steady::set<Key, Hash, KeyEqual, Allocator, options>;
template <class Key, class Hash = hash<Key>, class KeyEqual = std::equal_to<Key>,
          class Allocator = std::allocator<Key>>
using node_set = steady::node_set<Key, Hash, KeyEqual, Allocator, options>;

}  // namespace observed

[[nodiscard]] constexpr std::string_view to_string(event_kind kind) noexcept {
  switch (kind) {
  case event_kind::growth_started:
    return "growth started";
  case event_kind::growth_finished:
    return "growth finished";
  case event_kind::split:
    return "split";
  case event_kind::merged:
    return "merged";
  case event_kind::same_size_growth:
    return "same-size growth";
  case event_kind::shrink:
    return "shrink";
  case event_kind::overflow_made:
    return "overflow made";
  case event_kind::overflow_freed:
    return "overflow freed";
  case event_kind::block_allocated:
    return "block allocated";
  case event_kind::block_freed:
    return "block freed";
  case event_kind::reseed:
    return "reseed";
  case event_kind::clear:
    return "clear";
  case event_kind::ended:
    return "ended";
  case event_kind::long_probe:
    return "long probe";
  case event_kind::misuse:
    return "misuse";
  case event_kind::loop_started:
    return "loop started";
  case event_kind::loop_ended:
    return "loop ended";
  case event_kind::erase:
    return "erase";
  case event_kind::insert:
    return "insert";
  }
  return "event";
}

}  // namespace steady
