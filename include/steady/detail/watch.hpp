// Where the core says what it does: the events, and the place in a map from which they go out.
//
// Structural code says note(event_kind::...), one line, in a member function of every table. Without an observer in the
// map's Options that is empty by `if constexpr`, and the watch below is an empty member: no byte, no instruction
// (scripts/check-observer-cost shows it). With one, the watch is the one of detail/observed.hpp, which <steady/observe.hpp>
// brings; this header stays small because every map includes it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include "../options.hpp"

namespace steady {

// What an event says; the numbers are those of `event` (observe.hpp). Of steady::map and set:
enum class event_kind : std::uint8_t {
  growth_started,  // the first bucket of 2^B is about to be split; classic_map: an array of twice the size is there
  growth_finished,  // all of them are split, the map has 2^(B+1); classic_map: all old buckets are evacuated
  split,  // bucket: which; other: the one that was made; classic_map: an old bucket was evacuated into these two
  merged,  // bucket: which one is left; other: the one that went into it
  same_size_growth,  // classic_map alone: as growth_started, with an array of the same size
  shrink,  // B has become smaller
  overflow_made,  // a bucket got an overflow node (classic_map: an overflow bucket); bucket: which
  overflow_freed,  // classic_map: one that was allocated by itself; the others go with their array
  block_allocated,  // amount: bytes. Buckets, or a slab of overflow nodes; classic_map: an array
  block_freed,  // the same
  reseed,  // the seed was drawn or set
  clear,  // every entry is gone, and every block with it
  ended,  // the map is being destroyed, and every block that it still has with it
  long_probe,  // an insert made a bucket that takes many looks; amount: how many groups (classic_map: buckets)
  misuse,  // found; the report and the end of the process follow
  loop_started,  // begin() of a map that is not const
  loop_ended,  // it came to its end, or was left
  erase,  // asked for by the observer (observe.hpp): key, found, where
  insert,
};

// What a piece of a map's or a heap's memory is for, and what its objects are (memory_listener.hpp).
enum class memory_kind : std::uint8_t {
  buckets,  // blocks of buckets, each an object; classic_map: the main buckets of an array
  overflow,  // slabs of overflow nodes, each node an object; classic_map: overflow buckets, those that come with an array too
  directory,  // arrays of it, each one object; classic_map: the map's header
  entries,  // an entry, key or value that has a place of its own
  loops,  // a list of what a loop has yet to produce
  spans,  // span_resource: a piece of one of its spans
  pages,  // span_resource: a piece that has pages of its own
};

namespace detail {

template <class Types>
class table_storage;
struct whole_map;

// What an event tells of the map it comes from.
struct event_source {
  const void* map;
  std::string_view type;
  std::uint64_t size;
  std::uint64_t buckets;
};

// The place in a map from which events go out; none of it without an observer.
template <class Observer>
class watch;
template <>
class watch<no_observer> {};

// The observer of an Options type; one that does not come from steady::options need not have any.
template <class Options>
struct observer_of {
  using type = no_observer;
};
template <class Options>
  requires requires { typename Options::observer; }
struct observer_of<Options> {
  using type = typename Options::observer;
};
template <class Observer>
inline constexpr bool is_observing = true;
template <>
inline constexpr bool is_observing<no_observer> = false;

// Whether an observer asks for every insert and erase too.
template <class Observer>
inline constexpr bool is_auditing = false;
template <class Observer>
  requires requires { Observer::audits; }
inline constexpr bool is_auditing<Observer> = Observer::audits;

// What a map whose observer audits has above its interface (audited.hpp, which observe.hpp brings).
template <class Container>
class audited;
template <template <class> class Container, class Types>
using audited_or_not =
    typename std::conditional_t<Types::audited, std::type_identity<audited<Container<Types>>>,
                                std::type_identity<Container<Types>>>::type;

}  // namespace detail
}  // namespace steady
