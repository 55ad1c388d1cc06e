// snapshot(): a read-only view of a map or set at one moment, kept while it changes.
//
//   steady::snapshot_map<std::string, account> accounts;      // a map with steady::snapshots::on in its Options
//   auto then = accounts.snapshot();                           // O(1): nothing is copied
//   accounts.insert_or_assign("a", account{});                 // copies the bucket of "a" first
//   for (const auto& [name, account] : then) write(name, account);  // every entry of that moment once, as it was
//
// Nothing is copied until it is about to change; then its bucket is, once for all snapshots, and the rest stays shared. So while a
// snapshot lives, an operation copies at most two buckets: the one it is about to change, and one for the structural work that is due.
// Each copy is one block, of the map's allocator, at most as large as any block may be (buckets of long chains take more). So an insert
// or erase makes one allocation more than rule G1 allows otherwise, and a node for each entry copied if entries have nodes. Clear,
// destruction and assignment copy nothing: the snapshot takes the memory over. What it copied goes back when it ends.
//
// What is about to change: the bucket of a key that is inserted or erased; of an entry that find, at, get, operator[], try_emplace,
// insert_or_assign and the like give the caller of a map that is not const, because it may be written through them; of an
// entry at which a loop's iterator is dereferenced. Use const members (std::as_const) to read without copying. What was taken
// before the snapshot and is written through after it (references, pointers, iterators from find and insert) is not noticed: such a
// write is seen in the snapshot while the bucket is shared. While a snapshot lives, iterators from find and insert that are
// advanced, and those that erase(iterator) returns, are a loop's.
//
// Exceptions: a copy may throw what the allocator and the entries' copy constructors throw. The operation then throws it, and map and
// snapshot are as before; structural work is put off. So in these maps erase(iterator), extract(iterator) and the dereferencing
// of an iterator may throw. Copy constructors must not use the map. Clear, swap, move and destruction do not throw.
//
// A snapshot may outlive its map, and follows the entries on swap and move. Destruction of what was cleared then comes with the end
// of the last snapshot; the allocator's memory resource must live as long. Any number of snapshots may live at once.
//
// Threads: reading a snapshot is reading its map; taking or ending one, and while one lives any member that is not const, is writing it.
//
// A reference from a snapshot is good until the map changes or is asked for something that may be written through. Its iterators
// are good as long as it lives. Order: by buckets, another than the map's. find, contains, get, at: O(1) expected and, where something was
// copied, O(log n) steps to the copy, for each younger snapshot. Ending: O(copied).
#pragma once

#include "detail/table_snapshot.hpp"
#include "map.hpp"
#include "set.hpp"

namespace steady {

template <class Key, class Value, class Hash = hash<Key>, class KeyEqual = std::equal_to<Key>,
          class Allocator = std::allocator<std::pair<const Key, Value>>>
using snapshot_map = map<Key, Value, Hash, KeyEqual, Allocator, options<snapshots::on>>;
template <class Key, class Value, class Hash = hash<Key>, class KeyEqual = std::equal_to<Key>,
          class Allocator = std::allocator<std::pair<const Key, Value>>>
using snapshot_node_map = node_map<Key, Value, Hash, KeyEqual, Allocator, options<snapshots::on>>;
template <class Key, class Hash = hash<Key>, class KeyEqual = std::equal_to<Key>,
          class Allocator = std::allocator<Key>>
using snapshot_set = set<Key, Hash, KeyEqual, Allocator, options<snapshots::on>>;
template <class Key, class Hash = hash<Key>, class KeyEqual = std::equal_to<Key>,
          class Allocator = std::allocator<Key>>
using snapshot_node_set = node_set<Key, Hash, KeyEqual, Allocator, options<snapshots::on>>;

}  // namespace steady
