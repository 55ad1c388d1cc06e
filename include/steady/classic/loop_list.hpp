// The loops that live on a map, as a list through the loops themselves, and where one of them stands.
//
// Go's map does not know its loops (claim M59); this one does, so that inspect() can show them. A loop links itself in when it
// begins or is copied, and out when it ends; a step touches nothing of it. A number tells it from all others. Loops of an unchanged map may begin and
// end in several threads (M76), so the list has a lock of one byte, as steady::map's has.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "../detail/yield.hpp"

namespace steady::classic {

// The array in whose bucket a loop stands: the map's present one, the one being evacuated, or one that the map has given
// up and that lives on because of the loop.
enum class loop_array : std::uint8_t { main, old, former };

// Where a loop is, for those who watch. It walks the array that was the main one at its start: buckets from
// start_bucket on, wrapping, and in each bucket the slots from `offset` on, wrapping too.
struct loop_position {
  std::uint64_t number = 0;  // from 1 on, in the order in which the map's loops began; 0: no loop
  std::size_t start_bucket = 0;
  unsigned offset = 0;
  unsigned B = 0;  // of the array it walks: the map's at its start
  bool wrapped = false;  // past the last bucket
  std::size_t bucket = 0;  // whose turn it is, of the array it walks
  std::size_t next_bucket = 0;
  unsigned slots_seen = 0;  // of the bucket it stands in
  unsigned slot = 0;  // of the entry it produced last, in that bucket
  std::size_t chain_bucket = 0;  // how many buckets before that one are in its chain
  bool in_old_array =
      false;  // its bucket is not evacuated yet: it stands in the old one, and takes what is bound for it
  loop_array standing = loop_array::main;
  bool over = false;  // the map was cleared: the next step ends it
};

// Set while it is in a list.
struct loop_link {
  loop_link* younger;
  loop_link* older;
  std::uint64_t loop_number;
};

class loop_list {
 public:
  void add(loop_link& loop) noexcept {
    const locked while_linking(lock_);
    loop.loop_number = ++begun_;
    loop.younger = nullptr;
    loop.older = youngest_;
    if (youngest_ != nullptr) youngest_->younger = &loop;
    youngest_ = &loop;
  }
  void remove(loop_link& loop) noexcept {
    const locked while_linking(lock_);
    (loop.younger == nullptr ? youngest_ : loop.younger->older) = loop.older;
    if (loop.older != nullptr) loop.older->younger = loop.younger;
  }
  // The same loop at another address.
  void replace(const loop_link& from, loop_link& to) noexcept {
    const locked while_linking(lock_);
    to.loop_number = from.loop_number;
    to.younger = from.younger;
    to.older = from.older;
    (to.younger == nullptr ? youngest_ : to.younger->older) = &to;
    if (to.older != nullptr) to.older->younger = &to;
  }
  // Youngest first. No loop may be stepped meanwhile; they may begin and end.
  template <class Visit>
  void for_each(Visit&& visit) const {
    const locked while_visiting(lock_);
    for (const loop_link* at = youngest_; at != nullptr; at = at->older) visit(*at);
  }

 private:
  class locked {
   public:
    explicit locked(std::atomic<std::uint8_t>& lock) noexcept : lock_(lock) {
      while (lock_.exchange(1, std::memory_order_acquire) != 0) detail::yield();
    }
    locked(const locked&) = delete;
    locked& operator=(const locked&) = delete;
    ~locked() { lock_.store(0, std::memory_order_release); }

   private:
    std::atomic<std::uint8_t>& lock_;
  };

  loop_link* youngest_ = nullptr;
  std::uint64_t begun_ = 0;
  mutable std::atomic<std::uint8_t> lock_{0};
};

}  // namespace steady::classic
