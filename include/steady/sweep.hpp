// steady::sweep: an erase_if that is resumed over many calls, for those who cannot afford it at once.
//
//   steady::sweep expired_sessions{sessions};
//   ... once a millisecond: if (!expired_sessions.run(100, expired)) expired_sessions.restart();
//
// The map may be changed in any way between the calls: a sweep is a loop, with a loop's guarantees (contract G4). So
// between the calls it stands at the entry it visited last, which may be gone by then, and never at the one to come.
#pragma once

#include <cstddef>
#include <functional>

namespace steady {

template <class Map>
class sweep {
 public:
  // Begins a sweep over the map. The map may be destroyed first; the sweep is at its end then.
  explicit sweep(Map& map) noexcept : map_(&map), at_(map.before_begin()) {}

  // Visits up to `entries` entries and erases those that satisfy the predicate. False when there was none left to visit:
  // the sweep has come around. Throws what the predicate throws, and the hash; the next call goes on from there.
  template <class Predicate>
  bool run(std::size_t entries, Predicate&& predicate) {
    for (; entries > 0 && !finished(); --entries) {
      if (++at_ == typename Map::iterator()) break;
      if (std::invoke(predicate, *at_)) {
        Map::erase_followed(at_);  // the map may have been moved since
        ++erased_;
      }
    }
    return !finished();
  }

  // Begins anew. Precondition: the map is alive and where it was when the sweep was made.
  void restart() noexcept { at_ = map_->before_begin(); }

  [[nodiscard]] bool finished() const noexcept { return at_ == typename Map::iterator(); }
  [[nodiscard]] std::size_t erased() const noexcept { return erased_; }

 private:
  Map* map_;
  typename Map::iterator at_;
  std::size_t erased_ = 0;
};

}  // namespace steady
