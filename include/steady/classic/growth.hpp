// How the map grows: hashGrow, growWork, evacuate, and where overflow buckets come from.
//
// A growth begins when a new key would exceed the load factor (the array doubles) or when there are as many overflow
// buckets as main ones (a new array of the same size). Nothing moves at that moment. Every later write evacuates the old
// bucket of its own key, and the one at nevacuate; reads move nothing (claims M23-M37). A bucket's entries go, packed and
// in the order of the chain, to X, the bucket of the same number, or to Y, that number plus the old size, by the next
// bit of their hash.
//
// Exceptions: everything that may throw (hashes, copies of keys for loops, memory for overflow buckets) happens before
// the first entry of a bucket moves. A write that throws here has evacuated whole buckets or none.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "lookup.hpp"

namespace steady::classic {

template <class Config>
class growth : public lookup<Config> {
  using base = lookup<Config>;

 public:
  using base::base;
  using typename base::array;
  using typename base::bucket;
  using typename base::key_type;
  using typename base::owned;
  using typename base::place;

  [[nodiscard]] bool over_load_factor(std::uint64_t entries) const noexcept {
    return Config::policy::load.exceeded(entries, this->B);
  }
  // Whether a new key has to start a growth first.
  [[nodiscard]] bool must_grow() const noexcept {
    return !this->growing() &&
           (over_load_factor(this->count + 1) || too_many_overflow_buckets(this->noverflow, this->B));
  }

  // A new array of twice the size, or of the same, and the present one becomes the old one. Loops that stood in the main
  // array now stand in the old one.
  void hash_grow() {
    const bool bigger = over_load_factor(this->count + 1);
    array* const made = this->make_array(this->B + (bigger ? 1u : 0u));
    unsigned kept =
        this->flags.load(std::memory_order_relaxed) & ~unsigned{flag_iterator | flag_old_iterator};
    if (this->has_flag(flag_iterator)) kept |= flag_old_iterator;
    if (!bigger) kept |= flag_same_size_grow;
    this->store_flags(kept);
    this->oldbuckets = std::exchange(this->buckets, made);
    this->B = static_cast<std::uint8_t>(this->B + bigger);
    this->nevacuate = 0;
    this->noverflow = 0;
    this->next_overflow = this->arm_overflow(*made);
    ++(bigger ? this->counted.doublings : this->counted.same_size_growths);
    this->note(bigger ? event_kind::growth_started : event_kind::same_size_growth);
  }

  // Evacuates the old bucket that belongs to a main bucket, and one more. `followed`, if it lies there, is kept up to
  // date. Precondition: the map is growing.
  void grow_work(std::uint64_t hash, place* followed = nullptr) {
    const std::size_t old_count = this->old_bucket_count();
    const std::size_t own = static_cast<std::size_t>(hash) & (old_count - 1);
    constexpr std::size_t in_no_cache = 4096;  // buckets
    if (old_count >= in_no_cache) ask_for(own, old_count);
    evacuate(own, followed);
    if (!this->growing()) return;
    evacuate(this->nevacuate, followed);
    // The next write's, far enough ahead.
    if (old_count >= in_no_cache && this->growing() && this->nevacuate + 1 < old_count)
      ask_for(this->nevacuate + 1, old_count);
  }

  // A new overflow bucket at the end of a chain.
  bucket* new_overflow(bucket* after) {
    bucket* added = nullptr;
    if (this->next_overflow != nullptr) {
      added = this->next_overflow;
      if (added->overflow == nullptr) {
        this->next_overflow = added + 1;
      } else {  // the last one, which carries the mark
        added->overflow = nullptr;
        this->next_overflow = nullptr;
      }
    } else {
      if (this->spare == nullptr) add_spare();
      owned* const block = std::exchange(this->spare, this->spare->next);
      block->next = std::exchange(this->buckets->overflow, block);
      added = &block->bucket;
    }
    count_overflow();
    after->overflow = added;
    return added;
  }

  void evacuate(std::size_t number, place* followed) {
    bucket* const head = this->oldbuckets->at(number);
    const std::size_t old_count = this->old_bucket_count();
    if (!head->evacuated()) {
      if (this->same_size()) {
        evacuate_chain<false>(head, number, old_count, followed);
      } else {
        evacuate_chain<true>(head, number, old_count, followed);
      }
      this->note_evacuated(number, old_count);
    }
    if (number == this->nevacuate) advance_evacuation_mark(old_count);
  }

 protected:
  void need_spares(std::size_t number) {
    for (std::size_t free = spares(); free < number; ++free) add_spare();
  }

 private:
  // An evacuation reads one bucket and writes two, nine lines in all that are in no cache if the map is large. Asked for
  // together they come together.
  STEADY_INLINE void ask_for(std::size_t number, std::size_t old_count) const noexcept {
    ask_for(this->oldbuckets->at(number));
    ask_for(this->buckets->at(number));
    if (!this->same_size()) ask_for(this->buckets->at(number + old_count));
  }
  STEADY_INLINE static void ask_for(const bucket* lines) noexcept {
    constexpr std::size_t line = 64;
    constexpr std::size_t most = 4;  // of long buckets the beginning
    const auto* const at = reinterpret_cast<const std::byte*>(lines);
    for (std::size_t each = 0; each < most && each * line < sizeof(bucket); ++each)
      detail::prefetch_line(at + each * line);
  }

  struct destination {
    bool upper;  // Y
    std::uint8_t top;
  };

  void count_overflow() {
    if (this->B < approximate_B) {
      ++this->noverflow;
      return;
    }
    const std::uint64_t mask = (std::uint64_t{1} << (this->B - (approximate_B - 1))) - 1;
    if ((this->random(draw::overflow_count) & mask) == 0) ++this->noverflow;
  }

  void add_spare() {
    owned* const block = this->template allocate_one<owned>();
    clear_buckets(block, 1);
    block->next = std::exchange(this->spare, block);
    this->note_owned(1);
  }

  [[nodiscard]] std::size_t spares() const noexcept {
    std::size_t number = 0;
    for (const owned* at = this->spare; at != nullptr; at = at->next) ++number;
    return number;
  }
  [[nodiscard]] std::size_t free_preallocated() const noexcept {
    if (this->next_overflow == nullptr) return 0;
    return static_cast<std::size_t>(this->buckets->at(this->buckets->total) - this->next_overflow);
  }

  // Where each entry of a chain goes, in the order of the chain. Mostly there are at most eight.
  class plan {
   public:
    void add(destination to) {
      if (size_ < few_.size()) {
        few_[size_] = to;
      } else {
        more_.push_back(to);
      }
      ++size_;
      ++going_[to.upper];
    }
    [[nodiscard]] destination at(std::size_t entry) const noexcept {
      return entry < few_.size() ? few_[entry] : more_[entry - few_.size()];
    }
    [[nodiscard]] std::size_t overflow_needed() const noexcept {
      const auto beyond_first = [](std::size_t entries) {
        return entries == 0 ? 0 : (entries - 1) / slots_per_bucket;
      };
      return beyond_first(going_[0]) + beyond_first(going_[1]);
    }

   private:
    std::array<destination, slots_per_bucket> few_;
    std::vector<destination> more_;
    std::size_t size_ = 0;
    std::size_t going_[2] = {0, 0};
  };

  template <class Visit>
  static void for_each_slot(bucket* head, Visit&& visit) {
    for (bucket* at = head; at != nullptr; at = at->overflow)
      for (unsigned index = 0; index < slots_per_bucket; ++index) visit(place{at, index});
  }

  template <bool Doubling>
  [[nodiscard]] destination destination_of(const place& at, std::size_t old_count) const {
    const std::uint8_t top = at.bucket->tophash[at.index];
    if constexpr (!Doubling) {
      return {false, top};
    } else {
      const key_type& key = at.bucket->keys[at.index].get();
      const std::uint64_t hash = this->hash_key(key);
      if constexpr (!Config::reflexive) {
        // A key that differs from itself has another hash each time. Loops that started during this growth have to
        // come to the same result, so the old tophash decides; the new one lets it decide otherwise next time.
        if (this->has_flag(flag_iterator) && !this->equal(key, key)) return {(top & 1) != 0, top_hash(hash)};
      }
      return {(hash & old_count) != 0, top};
    }
  }

  template <bool Doubling>
  STEADY_NOINLINE void evacuate_chain(bucket* head, std::size_t number, std::size_t old_count,
                                      place* followed) {
    const bool keep = this->oldbuckets->shared();
    if constexpr (Config::hash_never_throws) {
      if (head->overflow == nullptr && !keep)
        return evacuate_alone<Doubling>(head, number, old_count, followed);
    }
    plan moves;
    for_each_slot(head, [&](const place& at) {
      if (!is_empty(at.bucket->tophash[at.index])) moves.add(destination_of<Doubling>(at, old_count));
    });
    const std::size_t needed = moves.overflow_needed();
    if (needed > 0)
      if (const std::size_t free = free_preallocated(); free < needed) need_spares(needed - free);

    constexpr bool copies_may_throw = Config::inline_key && !std::is_nothrow_copy_constructible_v<key_type>;
    std::vector<key_type> copies;
    if constexpr (copies_may_throw) {
      if (keep) {
        for_each_slot(head, [&](const place& at) {
          if (!is_empty(at.bucket->tophash[at.index])) copies.push_back(at.bucket->keys[at.index].get());
        });
      }
    }

    place to[2] = {{this->buckets->at(number), 0}, {nullptr, 0}};
    if constexpr (Doubling) to[1].bucket = this->buckets->at(number + old_count);
    std::size_t entry = 0;
    for_each_slot(head, [&](const place& from) {
      std::uint8_t& tag = from.bucket->tophash[from.index];
      if (is_empty(tag)) {
        this->counted.tombstones -= tag == empty_one;
        tag = evacuated_empty;
        return;
      }
      const destination moves_to = moves.at(entry);
      place& at = to[moves_to.upper];
      if (at.index == slots_per_bucket) {
        at = {new_overflow(at.bucket), 0};
        this->note(event_kind::overflow_made, number + (moves_to.upper ? old_count : 0));
      }
      at.bucket->tophash[at.index] = moves_to.top;
      auto& old_key = from.bucket->keys[from.index];
      auto& old_value = from.bucket->values[from.index];
      if (keep) share_value(old_value);
      this->relocate_cell(old_value, at.bucket->values[at.index]);
      auto& new_key = at.bucket->keys[at.index];
      if constexpr (!Config::inline_key) {
        if (keep) old_key.node->references.fetch_add(1, std::memory_order_relaxed);
        this->relocate_cell(old_key, new_key);
      } else if (!keep) {
        this->relocate_cell(old_key, new_key);
      } else if constexpr (copies_may_throw) {
        this->relocate_cell(old_key, new_key);
        this->begin_cell(old_key, std::move(copies[entry]));
      } else {
        this->begin_cell(new_key, std::as_const(old_key.get()));
      }
      this->note_bucket(at, number + (moves_to.upper ? old_count : 0));
      if (followed != nullptr && *followed == from) [[unlikely]]
        *followed = at;
      tag = moves_to.upper ? evacuated_y : evacuated_x;
      ++at.index;
      ++entry;
    });
    this->counted.entries_evacuated += entry;
    if (!keep) this->keep_nothing(head);
  }

  // A bucket without overflow, as most are: wherever its entries go they fit in, so nothing has to be made ready first.
  template <bool Doubling>
  STEADY_INLINE void evacuate_alone(bucket* from, std::size_t number, std::size_t old_count,
                                    place* followed) {
    place to[2] = {{this->buckets->at(number), 0}, {nullptr, 0}};
    if constexpr (Doubling) to[1].bucket = this->buckets->at(number + old_count);
    for (std::uint32_t deleted = tags::match(from->tophash, empty_one); deleted != 0; deleted &= deleted - 1)
      --this->counted.tombstones;
    std::uint32_t vacant = tags::vacant(from->tophash);
    for (std::uint32_t left = vacant ^ 0xff; left != 0; left &= left - 1) {
      const unsigned index = lowest_slot(left);
      const destination moves_to = destination_of<Doubling>({from, index}, old_count);
      place& at = to[moves_to.upper];
      at.bucket->tophash[at.index] = moves_to.top;
      this->relocate_cell(from->values[index], at.bucket->values[at.index]);
      this->relocate_cell(from->keys[index], at.bucket->keys[at.index]);
      this->note_bucket(at, number + (moves_to.upper ? old_count : 0));
      if (followed != nullptr && *followed == place{from, index}) [[unlikely]]
        *followed = at;
      from->tophash[index] = moves_to.upper ? evacuated_y : evacuated_x;
      ++at.index;
    }
    for (; vacant != 0; vacant &= vacant - 1) from->tophash[lowest_slot(vacant)] = evacuated_empty;
    this->counted.entries_evacuated += to[0].index + to[1].index;
    this->keep_nothing(from);
  }

  static void share_value(typename Config::value_cell& cell) noexcept {
    if constexpr (!Config::reflexive) cell.node->references.fetch_add(1, std::memory_order_relaxed);
  }

  // Past the bucket just evacuated and those that writes evacuated out of turn; after the last one the growth ends.
  void advance_evacuation_mark(std::size_t old_count) noexcept {
    ++this->nevacuate;
    const std::size_t stop = std::min(this->nevacuate + mark_reach, old_count);
    while (this->nevacuate != stop && this->oldbuckets->at(this->nevacuate)->evacuated()) ++this->nevacuate;
    if (this->nevacuate != old_count) return;
    this->let_go(std::exchange(this->oldbuckets, nullptr));
    this->drop_flag(flag_same_size_grow);
    this->note(event_kind::growth_finished);
  }
};

}  // namespace steady::classic
