// hmap: the whole map behind the interface, and what Go has no word for: packing all entries into another array at once.
//
// pack() is what shrinking, compacting and reserving in a filled map come to. It moves every entry, in the order of
// buckets and chains, into a new array. Everything that may throw comes first. It waits while a loop lives, because
// a loop relies on B never falling and on finding moved entries by their marks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "writes.hpp"

namespace steady::classic {

template <class Config>
class hmap : public writes<Config> {
  using base = writes<Config>;

 public:
  using base::base;
  using typename base::allocator_type;
  using typename base::array;
  using typename base::bucket;
  using typename base::place;

  // ---- life ----
  [[nodiscard]] static hmap* make(const typename Config::hasher& hash,
                                  const typename Config::key_equal& equal, const allocator_type& allocator,
                                  const randomness& random) {
    using rebound = typename std::allocator_traits<allocator_type>::template rebind_alloc<hmap>;
    rebound source(allocator);
    hmap* const made = std::construct_at(std::to_address(std::allocator_traits<rebound>::allocate(source, 1)),
                                         hash, equal, allocator);
    made->random = random;
    made->draw_seed();
    return made;
  }
  // The map itself lets go: its entries end now, the header with the last loop.
  static void let_go_of_closed(hmap* map) noexcept {
    map->close();
    let_go_of(map);
  }
  static void let_go_of(hmap* map) noexcept {
    if (map->references.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    using rebound = typename std::allocator_traits<allocator_type>::template rebind_alloc<hmap>;
    using pointer = typename std::allocator_traits<rebound>::pointer;
    rebound source(map->allocator);
    std::destroy_at(map);
    hmap::note_given_back(map);
    std::allocator_traits<rebound>::deallocate(source, std::pointer_traits<pointer>::pointer_to(*map), 1);
  }

  // Calls visit(place) for each entry, in the order of the arrays: old buckets that are not evacuated, then main ones.
  template <class Visit>
  void for_each_entry(Visit&& visit) const {
    if (this->growing()) visit_array(*this->oldbuckets, visit);
    if (this->buckets != nullptr) visit_array(*this->buckets, visit);
  }

  // Fills this new map with copies of another's entries, under the same seed.
  void clone(const hmap& other) {
    check_no_write(other, misuse::clone_and_write, "copy");
    this->seed = other.seed;
    this->seed_set = other.seed_set;
    if (other.count == 0) return;
    write_scope<Config> writing(*this, "copy");
    // A map may hold more than its load factor allows while it grows.
    unsigned exponent = this->exponent_for(other.count);
    if (Config::policy::load.exceeded(other.count, other.B)) exponent = other.B;
    this->make_first_array(exponent);
    other.for_each_entry([&](const place& from) {
      const auto& key = from.bucket->keys[from.index].get();
      const std::uint64_t hash = this->hash_key(key);
      const place at = this->vacancy(this->buckets->at(this->main_bucket(hash)));
      this->build_entry(at.bucket->keys[at.index], at.bucket->values[at.index], key,
                        std::as_const(from.bucket->values[from.index].get()));
      this->commit(at, hash);
    });
  }

  // ---- beyond Go ----
  // Up to `most` old buckets evacuated; how many are left.
  std::size_t finish_growth(std::size_t most) {
    if (!this->growing()) return 0;
    write_scope<Config> writing(*this, "finish_growth");
    for (; most > 0 && this->growing(); --most) this->evacuate(this->nevacuate, nullptr);
    return this->growing() ? this->old_bucket_count() - this->nevacuate : 0;
  }

  // Moves all entries into a new array of 2^exponent buckets; false if a loop lives. Precondition: there are buckets.
  bool pack(unsigned exponent) {
    if (this->live_loops() > 0) return false;
    write_scope<Config> writing(*this, "rebuild");
    array* const made = this->make_array(exponent);
    struct undo {
      hmap& map;
      array* made;
      ~undo() {
        if (made != nullptr) map.let_go(made);
      }
    } unless_packed{*this, made};
    std::vector<std::uint64_t> hashes;
    hashes.reserve(static_cast<std::size_t>(this->count));
    std::vector<std::uint32_t> entries_in(made->main);
    std::size_t overflow = 0;
    this->for_each_entry([&](const place& at) {
      hashes.push_back(this->hash_key(at.bucket->keys[at.index].get()));
      const std::uint32_t before = entries_in[static_cast<std::size_t>(hashes.back()) & (made->main - 1)]++;
      overflow += before > 0 && before % slots_per_bucket == 0;
    });
    const std::size_t preallocated = made->total - made->main;
    if (overflow > preallocated) this->need_spares(overflow - preallocated);

    array* const old = std::exchange(this->oldbuckets, nullptr);
    array* const main = std::exchange(this->buckets, made);
    unless_packed.made = nullptr;
    this->drop_flag(flag_same_size_grow);
    if (exponent < this->B) this->note(event_kind::shrink);
    this->B = static_cast<std::uint8_t>(exponent);
    this->nevacuate = 0;
    this->noverflow = 0;
    this->counted.tombstones = 0;
    this->next_overflow = this->arm_overflow(*made);
    std::size_t entry = 0;
    const auto move = [&](const place& from) {
      const std::uint64_t hash = hashes[entry++];
      const std::size_t number = this->main_bucket(hash);
      const place at = this->vacancy(this->buckets->at(number));
      at.bucket->tophash[at.index] = top_hash(hash);
      this->relocate_cell(from.bucket->keys[from.index], at.bucket->keys[at.index]);
      this->relocate_cell(from.bucket->values[from.index], at.bucket->values[at.index]);
      this->note_bucket(at, number);
      from.bucket->tophash[from.index] = empty_rest;
    };
    if (old != nullptr) visit_array(*old, move);
    visit_array(*main, move);
    if (old != nullptr) this->let_go(old);
    this->let_go(main);
    return true;
  }

 private:
  template <class Visit>
  static void visit_array(const array& of, Visit&& visit) {
    for (std::size_t number = 0; number < of.main; ++number) {
      bucket* at = of.at(number);
      if (at->evacuated()) continue;
      for (; at != nullptr; at = at->overflow)
        for (unsigned index = 0; index < slots_per_bucket; ++index)
          if (at->tophash[index] >= min_top_hash) visit(place{at, index});
    }
  }
};

}  // namespace steady::classic
