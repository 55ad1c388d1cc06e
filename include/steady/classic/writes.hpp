// Insert, erase and clear.
//
// In Go's order: hash, flag, first bucket, growth work, search, growth if the key is new and it is due, and then once more
// from the growth work on. What is different has a reason of C++: a key or value may refer into the map, so a key
// is looked up, and a new entry built, before anything moves; and user code that builds or destroys entries may come
// back into the map, so it runs outside of the write unless it is known to be quiet.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <tuple>
#include <utility>

#include "../detail/quiet.hpp"
#include "growth.hpp"
#include "guard.hpp"

namespace steady::classic {

template <class Config>
class writes : public growth<Config> {
  using base = growth<Config>;

 public:
  using base::base;
  using typename base::array;
  using typename base::bucket;
  using typename base::key_type;
  using typename base::mapped_type;
  using typename base::place;

  // Destroying entries runs no code of the user's.
  static constexpr bool ends_quietly =
      (detail::is_quiet<key_type> || std::is_trivially_destructible_v<key_type>) &&
      (detail::is_quiet<mapped_type> || std::is_trivially_destructible_v<mapped_type>);

  // An entry outside of the map: not yet in it, or no longer.
  class held_entry {
   public:
    explicit held_entry(writes& map) noexcept : map_(map) {}
    held_entry(const held_entry&) = delete;
    held_entry& operator=(const held_entry&) = delete;
    ~held_entry() {
      if (!held_) return;
      map_.end_cell(key_);
      map_.end_value(value_);
    }

    template <class Build>
    void build(Build& builder) {
      builder(key_, value_);
      held_ = true;
    }
    [[nodiscard]] const key_type& key() const noexcept { return key_.get(); }
    void take(const place& from) noexcept {
      map_.relocate_cell(from.bucket->keys[from.index], key_);
      map_.relocate_cell(from.bucket->values[from.index], value_);
      held_ = true;
    }
    void give(const place& to) noexcept {
      map_.relocate_cell(key_, to.bucket->keys[to.index]);
      map_.relocate_cell(value_, to.bucket->values[to.index]);
      held_ = false;
    }

   private:
    writes& map_;
    bool held_ = false;
    union {
      typename Config::key_cell key_;
    };
    union {
      typename Config::value_cell value_;
    };
  };

  // Key from `key`, value from `arguments`.
  template <class Key, class... Arguments>
  void build_entry(typename Config::key_cell& key_cell, typename Config::value_cell& value_cell, Key&& key,
                   Arguments&&... arguments) {
    this->begin_cell(key_cell, std::forward<Key>(key));
    struct undo {
      writes& map;
      typename Config::key_cell* cell;
      ~undo() {
        if (cell != nullptr) map.end_cell(*cell);
      }
    } unless_built{*this, std::addressof(key_cell)};
    this->begin_cell(value_cell, std::forward<Arguments>(arguments)...);
    unless_built.cell = nullptr;
  }

  // The entry of a key, which build(key cell, value cell) makes if there is none; else found(place) is called, before
  // the entry moves. Quiet: building runs no code of the user's.
  template <bool Quiet, class Key, class Build, class Found>
  std::pair<place, bool> insert(const Key& key, Build&& build, Found&& found) {
    check_no_write(*this, misuse::concurrent_writes, "insert");
    std::uint64_t hash = this->hash_key(key);
    held_entry entry(*this);
    write_scope<Config> writing(*this, "insert");
    if (this->buckets == nullptr) [[unlikely]]
      make_first_array(0);
    if (!this->growing()) [[likely]] {
      const search_result seen = search(this->buckets->at(main_bucket(hash)), key, top_hash(hash));
      if (seen.found) {
        found(seen.found);
        return {seen.found, false};
      }
      if (Quiet && !this->must_grow()) [[likely]] {
        const place at = seen.vacant ? seen.vacant : place{this->new_overflow(seen.last), 0};
        if constexpr (Config::observed)
          if (!seen.vacant) this->note_chain(main_bucket(hash));
        const bool reused = this->was_erased(at);
        build(at.bucket->keys[at.index], at.bucket->values[at.index]);
        this->counted.slot_reuses += reused;
        commit(at, hash);
        return {at, true};
      }
    } else if (place at = this->find(key, hash)) {
      found(at);
      this->grow_work(hash, &at);
      return {at, false};
    }

    const std::uint64_t seed_before = this->seed;
    if constexpr (Quiet) {
      entry.build(build);
    } else {
      writing.pause();
      entry.build(build);
      if (this->seed != seed_before) hash = this->hash_key(entry.key());
      writing.resume();
      // Building it may have changed everything, and even have inserted the key.
      if (place at = this->find(entry.key(), hash)) {
        found(at);
        if (this->growing()) this->grow_work(hash, &at);
        return {at, false};
      }
    }
    if (this->growing()) this->grow_work(hash);
    if (this->must_grow()) {
      this->hash_grow();
      this->grow_work(hash);
    }
    const place at = vacancy(this->buckets->at(main_bucket(hash)));
    this->counted.slot_reuses += this->was_erased(at);
    entry.give(at);
    commit(at, hash);
    return {at, true};
  }

  // Whether an entry of the key was there. Its end comes after the write's.
  template <class Key>
  bool erase(const Key& key) {
    if (this->count == 0) return false;
    check_no_write(*this, misuse::concurrent_writes, "erase");
    const std::uint64_t hash = this->hash_key(key);
    held_entry erased(*this);
    write_scope<Config> writing(*this, "erase");
    place at = this->find(key, hash);
    if (this->growing()) this->grow_work(hash, &at);
    if (!at) return false;
    remove(at, main_bucket(hash), erased);
    return true;
  }

  // Erases an entry that no key finds, because its key differs from itself.
  void erase_by_node(const counted_node<mapped_type>* node)
    requires(!Config::reflexive)
  {
    held_entry erased(*this);
    write_scope<Config> writing(*this, "erase");
    if (this->growing()) this->grow_work(node->bucket);
    for (bucket* at = this->buckets->at(node->bucket); at != nullptr; at = at->overflow) {
      for (unsigned index = 0; index < slots_per_bucket; ++index) {
        if (at->tophash[index] < min_top_hash || at->values[index].node != node) continue;
        remove({at, index}, node->bucket, erased);
        return;
      }
    }
  }

  // Empties the map and keeps its main array. Loops in progress end (claim C6).
  void clear() {
    if (this->count == 0) return;
    write_scope<Config> writing(*this, "clear");
    this->end_array(*this->buckets);
    if (this->growing()) {
      this->end_array(*this->oldbuckets);
      this->let_go(std::exchange(this->oldbuckets, nullptr));
    }
    this->drop_flag(flag_same_size_grow);
    this->nevacuate = 0;
    this->noverflow = 0;
    this->count = 0;
    this->counted.tombstones = 0;
    ++this->clears;
    reseed();
    this->note(event_kind::clear);
    // In Go, a loop may stand in an overflow bucket of the cleared array and go on there.
    if (!(Config::go_clear && this->buckets->shared())) this->release_overflow(this->buckets->overflow);
    clear_buckets(this->buckets->at(0), this->buckets->total);
    this->next_overflow = this->arm_overflow(*this->buckets);
  }

  // The array of a map made with a hint. Precondition: there is none yet.
  void make_first_array(unsigned exponent) {
    this->buckets = this->make_array(exponent);
    this->B = static_cast<std::uint8_t>(exponent);
    this->next_overflow = this->arm_overflow(*this->buckets);
  }
  // The exponent that Go's make(map, hint) chooses; hints that no memory could serve are ignored.
  [[nodiscard]] static unsigned exponent_for(std::uint64_t hint) noexcept {
    constexpr std::uint64_t address_space = std::uint64_t{1} << 48;
    if (hint > address_space / sizeof(bucket)) return 0;
    unsigned exponent = 0;
    while (Config::policy::load.exceeded(hint, exponent)) ++exponent;
    return exponent;
  }

  // Ends everything: the map is gone, loops may be left.
  void close() noexcept {
    if (this->buckets != nullptr) {
      this->end_array(*this->buckets);
      if (this->growing()) this->end_array(*this->oldbuckets);
    }
    this->count = 0;
    this->closed = true;
    ++this->clears;
    if (this->growing()) this->let_go(std::exchange(this->oldbuckets, nullptr));
    if (this->buckets != nullptr) this->let_go(std::exchange(this->buckets, nullptr));
    this->release_overflow(this->spare);
  }

 protected:
  struct search_result {
    place found;
    place vacant;  // the first in the chain
    bucket* last;
  };

  [[nodiscard]] STEADY_INLINE std::size_t main_bucket(std::uint64_t hash) const noexcept {
    return static_cast<std::size_t>(hash) & this->bucket_mask();
  }

  template <class Key>
  [[nodiscard]] STEADY_INLINE search_result search(bucket* at, const Key& key, std::uint8_t top) const {
    search_result result{{}, {}, at};
    for (;;) {
      if (const std::uint32_t mask = this->matching(at, key, top)) {
        result.found = {at, lowest_slot(mask)};
        return result;
      }
      if (!result.vacant)
        if (const std::uint32_t mask = tags::vacant(at->tophash)) result.vacant = {at, lowest_slot(mask)};
      result.last = at;
      if (at->tophash[slots_per_bucket - 1] == empty_rest || at->overflow == nullptr) return result;
      at = at->overflow;
    }
  }

  // An overflow bucket that was added to a chain.
  STEADY_INLINE bucket* told_of(bucket* added, [[maybe_unused]] const bucket* head) const noexcept {
    if constexpr (Config::observed) this->note_chain(static_cast<std::size_t>(head - this->buckets->at(0)));
    return added;
  }
  // The first empty slot of a chain; made, if there is none.
  [[nodiscard]] place vacancy(bucket* const head) {
    for (bucket* at = head;; at = at->overflow) {
      if (const std::uint32_t mask = tags::vacant(at->tophash)) return {at, lowest_slot(mask)};
      if (at->overflow == nullptr) return {told_of(this->new_overflow(at), head), 0};
    }
  }

  STEADY_INLINE void commit(const place& at, std::uint64_t hash) noexcept {
    std::uint8_t& tag = at.bucket->tophash[at.index];
    this->counted.tombstones -= tag == empty_one;
    tag = top_hash(hash);
    this->note_bucket(at, main_bucket(hash));
    ++this->count;
    ++this->counted.inserts;
    if (this->growing()) note_overload();
  }

  void reseed() {
    this->draw_seed();
    ++this->counted.reseeds;
    this->note(event_kind::reseed);
  }

 private:
  void note_overload() noexcept {
    const auto limit = this->policy_limit();
    if (this->count > limit)
      this->counted.peak_overload = std::max(this->counted.peak_overload, this->count - limit);
  }
  [[nodiscard]] std::uint64_t policy_limit() const noexcept {
    return Config::policy::load.numerator * (std::uint64_t{1} << this->B) / Config::policy::load.denominator;
  }

  void remove(const place& at, std::size_t number, held_entry& erased) {
    if constexpr (ends_quietly) {
      this->end_entry(at);
    } else {
      erased.take(at);
    }
    this->note_erased(at);
    mark_empty(at, this->buckets->at(number));
    --this->count;
    ++this->counted.erases;
    if (this->count == 0) reseed();
  }

  // A slot with nothing after it in its chain is empty_rest, and so are then those marked empty_one before it.
  void mark_empty(place at, bucket* head) noexcept {
    std::uint8_t* const tag = at.bucket->tophash;
    if constexpr (std::endian::native == std::endian::little) {
      // Mostly the last slot is empty_rest: then all vacant ones after the last entry are. No branch on what they are,
      // because each would be guessed wrong half of the time, and the guess waits for the bucket.
      if (tag[slots_per_bucket - 1] == empty_rest) [[likely]] {
        const std::uint32_t vacant = tags::vacant(tag);
        const std::uint32_t ones = vacant & ~tags::match(tag, empty_rest);
        const std::uint32_t now_vacant = vacant | 1u << at.index;
        const auto stay = static_cast<unsigned>(std::bit_width(~now_vacant & 0xffu));
        std::uint64_t all = 0;
        std::memcpy(&all, tag, sizeof all);
        all ^= ((all >> 8 * at.index & 0xff) ^ empty_one) << 8 * at.index;
        all &= (std::uint64_t{1} << 8 * stay) - 1;
        std::memcpy(tag, &all, sizeof all);
        this->counted.tombstones += bits_in(now_vacant & ((1u << stay) - 1));
        this->counted.tombstones -= bits_in(ones);
        if (stay > 0 || at.bucket == head) return;
        return spread_back(at.bucket, head);
      }
    }
    tag[at.index] = empty_one;
    ++this->counted.tombstones;
    if (at.index == slots_per_bucket - 1) {
      if (at.bucket->overflow != nullptr && at.bucket->overflow->tophash[0] != empty_rest) return;
    } else if (tag[at.index + 1] != empty_rest) {
      return;
    }
    do {
      at.bucket->tophash[at.index] = empty_rest;
      --this->counted.tombstones;
      if (at.index == 0) {
        if (at.bucket != head) spread_back(at.bucket, head);
        return;
      }
      --at.index;
    } while (at.bucket->tophash[at.index] == empty_one);
  }

  // All of a bucket is empty_rest: so are the slots marked empty_one at the end of the bucket before it.
  STEADY_NOINLINE void spread_back(const bucket* from, bucket* head) noexcept {
    while (from != head) {
      bucket* before = head;
      while (before->overflow != from) before = before->overflow;
      for (unsigned index = slots_per_bucket; index-- > 0;) {
        if (before->tophash[index] != empty_one) return;
        before->tophash[index] = empty_rest;
        --this->counted.tombstones;
      }
      from = before;
    }
  }

  // Of eight.
  [[nodiscard]] STEADY_INLINE static unsigned bits_in(std::uint32_t mask) noexcept {
    static constexpr auto numbers = [] {
      std::array<std::uint8_t, 256> all{};
      for (unsigned each = 0; each < all.size(); ++each)
        all[each] = static_cast<std::uint8_t>(std::popcount(each));
      return all;
    }();
    return numbers[mask];
  }
};

}  // namespace steady::classic
