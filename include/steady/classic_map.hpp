// steady::classic_map: Go's own map of releases 1.0 to 1.23, structure for structure.
//
//   steady::classic_map<std::string, int> words;
//   for (auto [word, number] : words) {           // any change is allowed here, as in Go
//     if (number == 0) words.erase(word);
//   }
//
// The header (hmap), the 8-slot buckets (bmap) with their tophash states, growth by doubling and to the same size,
// evacuation of two old buckets a write, preallocated overflow buckets with Go's size classes, the approximate count of
// overflow buckets, the way deleted slots become reusable, re-seeding of emptied maps: all as in runtime/map.go,
// proved equal step by step on traces of the real runtime by `steady conform` (docs/classic_map.md). It is what people
// study and what steady::map is measured against; for work, use steady::map, which never stops and gives memory back.
//
// What is promised, as in Go:
//  - A loop over the map allows any change of it (claims I1-I16): an entry that is there from its start to its end comes
//    exactly once, one erased before it is reached never, one inserted meanwhile at most once while it stays. Each
//    begin() starts at a bucket and an offset drawn anew. Loops may outlive growths, clear and the map itself. clear ends
//    the loops in progress (Go lets them go on, with the mistakes that claims C4 and C5 describe).
//  - m[key] = value also writes the key where equal keys may differ (-0 for +0). try_emplace and insert leave it alone.
//  - NaN keys: each insert adds an entry; only loops reach it, and erase(iterator) and clear end it.
//  - Writing from one thread while another one writes, reads, loops or copies ends the process with Go's message (best
//    effort, misuse.hpp). Any number of threads may read and loop over an unchanged map.
//
// Invalidation: any write invalidates references and the iterators that find and insert return, because a write may move
// old buckets. The iterators of loops stay valid through everything; what they last yielded does not. An iterator yields
// a pair of references by value, because keys and values lie apart.
//
// Keys are copied when a loop stands in an array that is evacuated. Keys and values over 128 bytes, and those whose move
// may throw, lie in blocks of their own. Complexity: find, insert, erase O(1) expected, but a growth allocates the whole
// new array at once; a loop O(buckets). Errors: at() throws std::out_of_range; a write that cannot get memory, or whose
// hash throws, leaves every entry as it was. Erasing may throw for the same reasons, because it evacuates.
// Mapped values are assigned during the write: their assignment must not use the map.
//
// Beyond Go, and off by default: shrink_policy, compact, finish_growth, rebuild, rebuild_policy, other load factors and
// padded buckets by the Policy (steady::classic::policy).
#pragma once

#include <functional>
#include <memory>
#include <memory_resource>
#include <utility>

#include "classic/container.hpp"
#include "hash.hpp"

namespace steady {

template <class Key, class Value, class Hash = hash<Key>, class KeyEqual = std::equal_to<Key>,
          class Allocator = std::allocator<std::pair<const Key, Value>>, class Policy = classic::policy>
class classic_map
    : public detail::audited_or_not<
          classic::container, classic::config<Key, Value, Hash, KeyEqual, Allocator, Policy,
                                              classic_map<Key, Value, Hash, KeyEqual, Allocator, Policy>>> {
  using base =
      detail::audited_or_not<classic::container,
                             classic::config<Key, Value, Hash, KeyEqual, Allocator, Policy, classic_map>>;

 public:
  using base::base;
  classic_map() = default;
  classic_map(std::initializer_list<typename base::value_type> entries, std::size_t hint = 0,
              const Hash& hash = Hash(), const KeyEqual& equal = KeyEqual(),
              const Allocator& allocator = Allocator())
      : base(entries, hint, hash, equal, allocator) {}
  using base::operator=;
};

namespace pmr {
template <class Key, class Value, class Hash = hash<Key>, class KeyEqual = std::equal_to<Key>,
          class Policy = classic::policy>
using classic_map = steady::classic_map<Key, Value, Hash, KeyEqual,
                                        std::pmr::polymorphic_allocator<std::pair<const Key, Value>>, Policy>;
}  // namespace pmr

}  // namespace steady
