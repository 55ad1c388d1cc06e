// hiter, a loop over the map that may be changed in any way meanwhile (claims I1-I16).
//
// A loop walks the array that was the main one at its start, from a bucket and with an offset in each bucket drawn at
// random. In a growth of that array it stands in the old buckets that are not evacuated yet, and takes of them only the
// entries bound for the bucket whose turn it is. An entry that was moved away since is looked up again by its key, so that
// updates are seen and erased entries are not produced; one whose key differs from itself is followed through its
// value's node. Positions are Go's own, so that a loop replays from its start bucket and offset.
//
// A loop holds the header, the array it walks, and the old array it stands in. It lets go of all when it ends, and
// of the old one when it moves on. It is in the map's list of loops meanwhile (loop_list.hpp). After clear, it ends (Go goes on, and may produce entries twice: claims C4 to C6).
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <utility>

#include "guard.hpp"
#include "hmap.hpp"

namespace steady::classic {

template <class Config>
class loop : private loop_link {
  using hmap = classic::hmap<Config>;
  using bucket = typename hmap::bucket;
  using array = typename hmap::array;
  using place = typename hmap::place;
  using key_type = typename Config::key_type;
  using mapped_type = typename Config::mapped_type;

 public:
  STEADY_INLINE loop() noexcept {}  // an ended one
  // No loop, but the entry of a place that was found.
  STEADY_INLINE explicit loop(const place& at) noexcept {
    if (at) point_at(at);
  }

  // Begins a loop and takes its first step. `start` is the random word that decides where.
  loop(hmap* map, std::uint64_t start) {
    if (map == nullptr || map->count == 0) return;
    map_ = map;
    map_->references.fetch_add(1, std::memory_order_relaxed);
    walked_ = hmap::share(map_->buckets);
    map_->loops.add(*this);
    clears_ = map_->clears;
    B_ = map_->B;
    start_ = static_cast<std::size_t>(start) & (bucket_shift(B_) - 1);
    offset_ = static_cast<std::uint8_t>(start >> B_ & (slots_per_bucket - 1));
    bucket_ = start_;
    wrapped_ = false;
    at_ = nullptr;
    standing_ = nullptr;
    constexpr auto both = static_cast<std::uint8_t>(flag_iterator | flag_old_iterator);
    if ((map_->flags.load(std::memory_order_relaxed) & both) != both)
      map_->flags.fetch_or(both, std::memory_order_relaxed);
    check_no_write(*map_, misuse::iteration_and_write, "loop step");
    map_->note(event_kind::loop_started);
    step_on();
  }
  STEADY_INLINE loop(const loop& other) noexcept { copy(other); }
  STEADY_INLINE loop(loop&& other) noexcept { steal(other); }
  loop& operator=(const loop& other) noexcept {
    if (this != &other) {
      end();
      copy(other);
    }
    return *this;
  }
  loop& operator=(loop&& other) noexcept {
    if (this != &other) {
      end();
      steal(other);
    }
    return *this;
  }
  STEADY_INLINE ~loop() {
    if (map_ != nullptr) [[unlikely]]
      leave();
  }

  [[nodiscard]] bool ended() const noexcept { return map_ == nullptr; }
  [[nodiscard]] hmap* map() const noexcept { return map_; }
  [[nodiscard]] const key_type* key() const noexcept { return key_; }
  [[nodiscard]] mapped_type* value() const noexcept { return value_; }

  [[nodiscard]] loop_position position() const noexcept {
    loop_position seen;
    if (map_ == nullptr) return seen;
    seen.number = loop_number;
    seen.start_bucket = start_;
    seen.offset = offset_;
    seen.B = B_;
    seen.wrapped = wrapped_;
    seen.next_bucket = bucket_;
    seen.bucket = (bucket_ - 1) & (bucket_shift(B_) - 1);
    seen.slots_seen = index_;
    seen.slot = (index_ - 1u + offset_) & (slots_per_bucket - 1);
    seen.in_old_array = check_ != no_check;
    const array* const stands = seen.in_old_array ? standing_ : walked_;
    if (stands != map_->buckets)
      seen.standing = stands == map_->oldbuckets ? loop_array::old : loop_array::former;
    // After a clear the chain may be another one.
    const bucket* passed = stands->at(seen.bucket & (stands->main - 1));
    for (; passed != nullptr && passed != at_ && !hmap::keeps_nothing(passed); passed = passed->overflow)
      ++seen.chain_bucket;
    seen.over = over();
    return seen;
  }
  // The loop of a link in the map's list.
  [[nodiscard]] static const loop& of(const loop_link& link) noexcept {
    return static_cast<const loop&>(link);
  }

  // To the next entry, or the end. As long as the bucket's tags are what they were, so is what is left to produce there.
  STEADY_INLINE void step() {
    if (map_ == nullptr || over()) [[unlikely]]
      return end();
    check_no_write(*map_, misuse::iteration_and_write, "loop step");
    if (left_ == 0 || tags_of(at_) != seen_) return step_on();
    take(lowest_slot(left_));
  }

  // Erases the entry produced last. Precondition: it is still in the map.
  void erase() {
    const unsigned slot = (index_ - 1u + offset_) & (slots_per_bucket - 1);
    const key_type& own = at_->keys[slot].get();
    if constexpr (!Config::reflexive) {
      if (!map_->equal(own, own)) return map_->erase_by_node(at_->values[slot].node);
    }
    (void)map_->erase(own);
  }

  STEADY_INLINE void end() noexcept {
    key_ = nullptr;
    value_ = nullptr;
    if (map_ != nullptr) leave();
  }

 private:
  static constexpr std::size_t no_check = std::numeric_limits<std::size_t>::max();

  // Whether the map is gone or was cleared.
  [[nodiscard]] STEADY_INLINE bool over() const noexcept {
    return Config::go_clear ? map_->closed : map_->clears != clears_;
  }

  // Bit i: the i-th slot from the offset on is one to look at, and not done.
  [[nodiscard]] STEADY_INLINE std::uint32_t slots_left() const noexcept {
    const std::uint32_t all = tags::occupied(at_->tophash);
    return ((all | all << slots_per_bucket) >> offset_) & (0xffu << index_) & 0xff;
  }
  [[nodiscard]] STEADY_INLINE static std::uint64_t tags_of(const bucket* of) noexcept {
    std::uint64_t all = 0;
    std::memcpy(&all, of->tophash, sizeof all);
    return all;
  }
  // Produces the entry of a slot, the next of `left_`.
  STEADY_INLINE void take(unsigned index) noexcept {
    left_ &= left_ - 1;
    index_ = static_cast<std::uint8_t>(index + 1);
    point_at({at_, (index + offset_) & (slots_per_bucket - 1)});
  }

  STEADY_INLINE void point_at(const place& at) noexcept {
    key_ = std::addressof(at.bucket->keys[at.index].get());
    value_ = std::addressof(at.bucket->values[at.index].get());
  }

  STEADY_NOINLINE void step_on() {
    for (;;) {
      if (at_ == nullptr) {
        if (bucket_ == start_ && wrapped_) return end();
        enter_bucket();
      }
      left_ = slots_left();
      if (check_ == no_check && !is_evacuated(at_->tophash[0])) {
        if (left_ != 0) {
          seen_ = tags_of(at_);
          return take(lowest_slot(left_));
        }
      } else if (look_through(std::exchange(left_, 0))) {
        return;
      }
      at_ = at_->overflow;
      index_ = 0;
    }
  }

  // Produces the first of the given slots that has an entry for this loop: of an evacuated bucket, those that are still in
  // the map; of one that is to be evacuated, those bound for the bucket whose turn it is. False if there is none.
  STEADY_NOINLINE bool look_through(std::uint32_t slots) {
    for (; slots != 0; slots &= slots - 1) {
      const unsigned index = lowest_slot(slots);
      const unsigned slot = (index + offset_) & (slots_per_bucket - 1);
      if (check_ != no_check && !map_->same_size() && !is_bound_for(check_, slot)) continue;
      if (!produce(slot)) continue;
      index_ = static_cast<std::uint8_t>(index + 1);
      return true;
    }
    return false;
  }

  void enter_bucket() {
    at_ = nullptr;
    check_ = no_check;
    if (map_->growing() && B_ == map_->B) {
      bucket* const old = map_->oldbuckets->at(bucket_ & (map_->old_bucket_count() - 1));
      if (!old->evacuated()) {
        at_ = old;
        check_ = bucket_;
        stand_in(map_->oldbuckets);
      }
    }
    if (at_ == nullptr) {
      at_ = walked_->at(bucket_);
      if (standing_ != nullptr && standing_ != map_->oldbuckets) leave_old_array();
    }
    if (++bucket_ == bucket_shift(B_)) {
      bucket_ = 0;
      wrapped_ = true;
    }
    index_ = 0;
  }

  void stand_in(array* old) noexcept {
    if (old == standing_) return;
    leave_old_array();
    standing_ = hmap::share(old);
  }
  void leave_old_array() noexcept {
    if (standing_ != nullptr) map_->let_go(std::exchange(standing_, nullptr));
  }

  // Whether an entry of an old bucket will go to the given bucket of the array being filled.
  [[nodiscard]] bool is_bound_for(std::size_t number, unsigned slot) const {
    const key_type& key = at_->keys[slot].get();
    if constexpr (!Config::reflexive) {
      if (!map_->equal(key, key)) return number >> (B_ - 1u) == (at_->tophash[slot] & 1u);
    }
    return (static_cast<std::size_t>(map_->hash_key(key)) & (bucket_shift(B_) - 1)) == number;
  }

  // Points at the entry of a slot, wherever it is by now; false if it is gone.
  [[nodiscard]] bool produce(unsigned slot) {
    const std::uint8_t tag = at_->tophash[slot];
    auto& key = at_->keys[slot];
    if (tag != evacuated_x && tag != evacuated_y) {
      point_at({at_, slot});
      return true;
    }
    if constexpr (!Config::reflexive) {
      if (!map_->equal(key.get(), key.get())) {
        auto* const node = at_->values[slot].node;
        if (!node->alive) return false;
        key_ = std::addressof(key.get());
        value_ = std::addressof(node->value);
        return true;
      }
    }
    if (map_->count == 0) return false;
    const place now = map_->find(key.get(), map_->hash_key(key.get()));
    if (!now) return false;
    point_at(now);
    return true;
  }

  // Lets go of all that it holds.
  STEADY_NOINLINE void leave() noexcept {
    map_->loops.remove(*this);
    leave_old_array();
    map_->let_go(std::exchange(walked_, nullptr));
    map_->note_loops();
    hmap::let_go_of(std::exchange(map_, nullptr));
  }

  STEADY_INLINE void copy(const loop& other) noexcept {
    copy_entry(other);
    if (map_ != nullptr) [[unlikely]]
      copy_loop(other);
  }
  STEADY_INLINE void steal(loop& other) noexcept {
    copy_entry(other);
    if (map_ != nullptr) [[unlikely]]
      steal_loop(other);
  }
  STEADY_NOINLINE void copy_loop(const loop& other) noexcept {
    copy_position(other);
    map_->references.fetch_add(1, std::memory_order_relaxed);
    map_->loops.add(*this);
    (void)hmap::share(walked_);
    if (standing_ != nullptr) (void)hmap::share(standing_);
  }
  STEADY_NOINLINE void steal_loop(loop& other) noexcept {
    copy_position(other);
    map_->loops.replace(other, *this);
    other.map_ = nullptr;
    other.key_ = nullptr;
    other.value_ = nullptr;
  }
  STEADY_INLINE void copy_entry(const loop& other) noexcept {
    map_ = other.map_;
    key_ = other.key_;
    value_ = other.value_;
  }
  void copy_position(const loop& other) noexcept {
    seen_ = other.seen_;
    left_ = other.left_;
    walked_ = other.walked_;
    standing_ = other.standing_;
    at_ = other.at_;
    start_ = other.start_;
    bucket_ = other.bucket_;
    check_ = other.check_;
    clears_ = other.clears_;
    B_ = other.B_;
    offset_ = other.offset_;
    index_ = other.index_;
    wrapped_ = other.wrapped_;
  }

  hmap* map_ = nullptr;  // null: ended, and what follows after value_ is not set
  const key_type* key_ = nullptr;
  mapped_type* value_ = nullptr;
  bucket* at_;  // Go's it.bptr
  std::uint64_t seen_;  // its tags when `left_` was found
  std::uint32_t left_;  // slots_left(), where each is an entry's own place; else 0
  std::uint32_t clears_;
  array* walked_;  // Go's it.buckets
  array* standing_;  // the old array in which it stood last
  std::size_t start_;
  std::size_t bucket_;  // the next to enter
  std::size_t check_;
  std::uint8_t B_;
  std::uint8_t offset_;
  std::uint8_t index_;  // slots of at_ that are done
  bool wrapped_;
};

}  // namespace steady::classic
