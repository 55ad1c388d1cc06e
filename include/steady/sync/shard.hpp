// One part of a sync_map: a map, and the lock that every use of it holds.
//
// On cache lines of its own, so that threads at work in two shards do not slow each other. The lock is the channels': one
// word, a few looks, then sleep in the kernel; never a pure spin, which burns the time slice of a holder that was
// interrupted (survey 4.3: libcuckoo#146, crossbeam#821). It counts who has to wait for it. The entries that are gone are counted
// beside the map by whoever erases them, under the lock, and those that were inserted follow from them. Both in what would be padding.
//
// The walk of a shard is resumable, so that range() need not hold the lock while the caller's function runs. It stops
// between two units of the map's own walk (cursor.hpp): a unit is all keys whose hashes agree in their low bits, so a
// key erased and stored again comes back into a unit that is done, or one that is not, but never twice. Between two
// sections the cursor stands before an entry it has not produced, which may go meanwhile.
#pragma once

#include <cstddef>
#include <cstdint>

#include "../channel/lock.hpp"

namespace steady::detail {

inline constexpr std::size_t cache_line = 64;

template <class Map>
struct alignas(cache_line) sync_shard {
  using lock_guard = channel::guard_of<channel::counted_lock>;

  template <class... Arguments>
  explicit sync_shard(std::uint64_t seed, const Arguments&... arguments) : map(arguments...) {
    map.seed(seed);
  }

  mutable channel::counted_lock lock;
  Map map;
  std::uint64_t erased = 0;  // entries so far, one by one or by clear()
};

// A walk of one shard in sections. Used by one thread; the shard may be changed by all.
template <class Map>
class sync_walk {
 public:
  explicit sync_walk(sync_shard<Map>& shard) : shard_(shard) {
    const typename sync_shard<Map>::lock_guard guard(shard_.lock);
    at_ = shard_.map.before_begin();
  }
  sync_walk(const sync_walk&) = delete;
  sync_walk& operator=(const sync_walk&) = delete;
  ~sync_walk() {
    const typename sync_shard<Map>::lock_guard guard(shard_.lock);
    at_ = {};
  }

  // Under the lock: visits whole units until at least so many entries were visited, or all. `visit(at)` gets the iterator
  // and returns false to stop; it may erase that entry. False when nothing is left.
  template <class Visit>
  bool section(std::size_t entries, Visit&& visit) {
    const typename sync_shard<Map>::lock_guard guard(shard_.lock);
    std::size_t visited = 0;
    if (at_ == end() || ++at_ == end()) return false;
    for (auto unit = Map::unit_of(at_);;) {
      if (!visit(at_)) return false;
      ++visited;
      if (++at_ == end()) return false;
      const auto next = Map::unit_of(at_);
      if (next == unit) continue;
      unit = next;
      if (visited < entries) continue;
      Map::stand_before(at_);
      return true;
    }
  }

 private:
  using iterator = typename Map::iterator;
  [[nodiscard]] static iterator end() noexcept { return {}; }

  sync_shard<Map>& shard_;
  iterator at_;
};

}  // namespace steady::detail
