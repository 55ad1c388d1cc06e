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
  loop() noexcept = default;  // an ended one

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
    constexpr auto both = static_cast<std::uint8_t>(flag_iterator | flag_old_iterator);
    if ((map_->flags.load(std::memory_order_relaxed) & both) != both)
      map_->flags.fetch_or(both, std::memory_order_relaxed);
    step();
  }
  loop(const loop& other) noexcept { copy(other); }
  loop(loop&& other) noexcept { steal(other); }
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
  ~loop() { end(); }

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
    seen.over = map_->closed || (!Config::go_clear && map_->clears != clears_);
    return seen;
  }
  // The loop of a link in the map's list.
  [[nodiscard]] static const loop& of(const loop_link& link) noexcept {
    return static_cast<const loop&>(link);
  }

  // To the next entry, or the end.
  void step() {
    if (map_ == nullptr) return;
    if (map_->closed || (!Config::go_clear && map_->clears != clears_)) return end();
    check_no_write(*map_, misuse::iteration_and_write, "loop step");
    for (;;) {
      if (at_ == nullptr) {
        if (bucket_ == start_ && wrapped_) return end();
        enter_bucket();
      }
      for (; index_ < slots_per_bucket; ++index_) {
        const unsigned slot = (index_ + offset_) & (slots_per_bucket - 1);
        const std::uint8_t tag = at_->tophash[slot];
        if (is_empty(tag) || tag == evacuated_empty) continue;
        if (check_ != no_check && !map_->same_size() && !is_bound_for(check_, slot)) continue;
        if (!produce(slot)) continue;
        ++index_;
        return;
      }
      at_ = at_->overflow;
      index_ = 0;
    }
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

  void end() noexcept {
    if (map_ == nullptr) return;
    map_->loops.remove(*this);
    leave_old_array();
    map_->let_go(std::exchange(walked_, nullptr));
    hmap::let_go_of(std::exchange(map_, nullptr));
    key_ = nullptr;
    value_ = nullptr;
    at_ = nullptr;
  }

 private:
  static constexpr std::size_t no_check = std::numeric_limits<std::size_t>::max();

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
      key_ = std::addressof(key.get());
      value_ = std::addressof(at_->values[slot].get());
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
    key_ = std::addressof(now.bucket->keys[now.index].get());
    value_ = std::addressof(now.bucket->values[now.index].get());
    return true;
  }

  void copy(const loop& other) noexcept {
    copy_position(other);
    if (map_ == nullptr) return;
    map_->references.fetch_add(1, std::memory_order_relaxed);
    map_->loops.add(*this);
    (void)hmap::share(walked_);
    if (standing_ != nullptr) (void)hmap::share(standing_);
  }
  void steal(loop& other) noexcept {
    copy_position(other);
    if (map_ == nullptr) return;
    map_->loops.replace(other, *this);
    other.map_ = nullptr;
    other.key_ = nullptr;
    other.value_ = nullptr;
  }
  void copy_position(const loop& other) noexcept {
    map_ = other.map_;
    key_ = other.key_;
    value_ = other.value_;
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

  hmap* map_ = nullptr;
  const key_type* key_ = nullptr;
  mapped_type* value_ = nullptr;
  array* walked_ = nullptr;  // Go's it.buckets
  array* standing_ = nullptr;  // the old array in which it stood last
  bucket* at_ = nullptr;  // Go's it.bptr
  std::size_t start_ = 0;
  std::size_t bucket_ = 0;  // the next to enter
  std::size_t check_ = no_check;
  std::uint32_t clears_ = 0;
  std::uint8_t B_ = 0;
  std::uint8_t offset_ = 0;
  std::uint8_t index_ = 0;  // slots of at_ that are done
  bool wrapped_ = false;
};

}  // namespace steady::classic
