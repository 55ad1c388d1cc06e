// The first block: how it grows with a small map and shrinks with it.
//
// Blocks are large (layout.hpp), so a small map has a part of one: the first block holds a power of two of buckets, from
// one to a block's full number, and is replaced by one of twice or half as many. Its lone first bucket has 1, 4, 8 or all
// fifteen slots in the same way. Entries keep their slots, so nothing is hashed, and loops only see their addresses shift.
//
// Moving all of it at once would break the bound of G1, so seven buckets (105 entries) are moved an operation, which leaves
// room for what an erase moves to mend its own chain. While the
// first block moves, buckets below `buckets_moved` are in the next home and the others in the old one; `rest_` says so,
// which sends every lookup the long way (bucket_at_last), and no bucket is split or merged. Invariants meanwhile: the map
// has one block; the trunk and the directory's bootstrap arrays are still those of the old home; the limits are such that
// every insert and erase goes on with the move.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

#include "overflow.hpp"

namespace steady::detail {

template <class Types>
class table_first_block : public table_overflow<Types> {
 public:
  using base = table_overflow<Types>;
  using storage = table_storage<Types>;
  using typename base::bucket_address;
  using typename base::place;
  using typename base::slot;
  using typename base::trunk;
  using shape = typename Types::shape;
  using unit_pointer = typename Types::unit_pointer;
  using base::base;

  constexpr table_first_block() noexcept(base::nothrow_default) = default;

 protected:
  ~table_first_block() = default;

  // Buckets that one operation moves: fifteen entries each, so 105 (their overflow nodes stay where they are). An erase may
  // have pulled one entry and moved two overflow nodes before.
  static constexpr std::uint64_t buckets_a_step = 7;

  // ---- the slots of a lone first bucket: first_slots, few_slots, twice as many, all fifteen ----

  static constexpr unsigned few_slots = 4;
  [[nodiscard]] static constexpr unsigned more_slots(unsigned slots) noexcept {
    return slots < few_slots ? few_slots : std::min(slots * 2, bucket_slots);
  }
  [[nodiscard]] static constexpr unsigned fewer_slots(unsigned slots) noexcept {
    unsigned fewer = shape::first_slots;
    while (more_slots(fewer) < slots) fewer = more_slots(fewer);
    return fewer;
  }
  // The fewest for so many entries.
  [[nodiscard]] static constexpr unsigned slots_for(std::uint64_t entries) noexcept {
    unsigned slots = shape::first_slots;
    while (slots < entries && slots < bucket_slots) slots = more_slots(slots);
    return slots;
  }

  // Bytes of a first block.
  [[nodiscard]] static constexpr std::size_t block_bytes_of(std::size_t buckets, unsigned slots) noexcept {
    return slots < bucket_slots ? shape::small_block_bytes(slots) : shape::block_bytes(buckets, true);
  }

  // Gives the only bucket another number of slots. Throws what the allocator throws; false when that must wait.
  STEADY_NOINLINE bool resize_first_bucket(unsigned slots, work& work, place* watched) {
    if (!work.may_allocate() || !work.may_release()) return false;
    std::byte* const fresh = this->make_first_block(this->units(), 1, slots, work);
    this->note(event_kind::block_allocated, 0u, 0u, block_bytes_of(1, slots));
    const std::uint64_t moved = move_between(0, 1, this->home_block(), 1, fresh, 1, watched);
    install(fresh, 1, slots, moved, work);
    return true;
  }

  // Makes a first bucket of few slots smaller still, its entries moved into the lower ones.
  STEADY_NOINLINE bool shrink_first_bucket(work& work, place* watched) {
    const unsigned slots = storage::slots_of_mask(this->slot_mask_);
    const unsigned fewer = fewer_slots(slots);
    const bucket_address at = this->bucket_at(0);
    if (slots == shape::first_slots || this->size_ > fewer || !work.may_allocate() || !work.may_release())
      return false;
    if (!this->may_change(0, work)) return false;  // snapshots count the entries of a bucket
    if (!this->first_bucket_small()) {
      trunk& t = this->trunk_of();
      if (this->trim_directory(this->units(), work)) return false;  // a small bucket has no room for one
      if (at.tags[filter_byte] != 0) {
        if (this->looped() && !this->disturb(0, 0, work)) return false;
        this->pull_in(t, at, 0, watched);
        this->rebuild_filter(at);
      }
      if (this->first_block_buckets() != 1 || t.blocks != 1) return false;
      if (t.spare_slabs) {
        this->release_spare_slab(t, work);
        return false;
      }
    }
    const std::uint32_t high = group::occupied(at.tags) & (~std::uint32_t{0} << fewer);
    if (high != 0) {
      if (this->looped() && !this->disturb(0, 0, work)) return false;
      for (std::uint32_t left = high; left != 0; left &= left - 1) {
        const place source = base::in_bucket(at, 0, lowest(left));
        const place target = base::in_bucket(at, 0, lowest(group::empty(at.tags)));
        this->relocate(source, target, watched);
        target.tag() = source.tag();
        source.tag() = 0;
      }
      if (!work.may_allocate()) return false;
    }
    return resize_first_bucket(fewer, work, watched);
  }

  // ---- the number of its buckets ----

  // Begins to move the first block to one of so many buckets, at least as many as the map has. Throws what the allocator
  // throws; false when that must wait.
  STEADY_NOINLINE bool rehome_first_block(std::uint64_t buckets, work& work) {
    if (!work.may_allocate()) return false;
    std::byte* const fresh = this->make_first_block(this->units(), buckets, bucket_slots, work);
    trunk& t = this->trunk_of();
    t.next_home = storage::pointer_to(fresh);
    t.next_home_log2 = static_cast<std::uint8_t>(std::countr_zero(buckets));
    t.buckets_moved = 0;
    this->found_directly(false);
    this->note(event_kind::block_allocated, 0u, 0u, shape::block_bytes(buckets, true));
    return true;
  }

  // The next step of the move, or all the others of them when the work is not bounded.
  STEADY_NOINLINE void move_buckets(work& work, place* watched) noexcept {
    trunk& t = this->trunk_of();
    std::byte* const fresh = storage::bytes_of(t.next_home);
    const std::uint64_t capacity = std::uint64_t{1} << t.next_home_log2;
    const std::uint64_t first = t.buckets_moved;
    const std::uint64_t last =
        work.bounded ? std::min(first + buckets_a_step, this->buckets()) : this->buckets();
    t.moved +=
        move_between(first, last, this->home_block(), this->first_block_buckets(), fresh, capacity, watched);
    t.buckets_moved = static_cast<std::uint8_t>(last);
    if (last != this->buckets() || !work.may_release()) return;
    t.next_home = unit_pointer{};
    install(fresh, capacity, bucket_slots, 0, work);
  }

  // Ends the move if one is going on and the work may; false when it must wait.
  bool finish_moving(work& work, place* watched) noexcept {
    if (!this->first_block_moving()) return true;
    if (!work.bounded) move_buckets(work, watched);
    return !this->first_block_moving();
  }

  // Gives the next home back, whatever is in it.
  void release_next_home() noexcept {
    if (!this->first_block_moving()) return;
    work any{.bounded = false};
    trunk& t = this->trunk_of();
    const std::size_t buckets = std::size_t{1} << t.next_home_log2;
    storage::release_bytes(
        this->units(), storage::bytes_of(t.next_home) - (shape::front_bytes(buckets, true) - tag_word_bytes),
        shape::block_bytes(buckets, true), any);
    this->found_directly(true);
  }
  [[nodiscard]] std::size_t next_home_bytes() const noexcept {
    return this->first_block_moving()
               ? shape::block_bytes(std::size_t{1} << this->trunk_of().next_home_log2, true)
               : 0;
  }

 private:
  // Moves buckets `first` to `last` - 1 from one first block to another; the number of entries moved.
  std::uint64_t move_between(std::uint64_t first, std::uint64_t last, std::byte* old,
                             std::uint64_t old_buckets, std::byte* fresh, std::uint64_t fresh_buckets,
                             place* watched) noexcept {
    std::uint64_t moved = 0;
    for (std::uint64_t bucket = first; bucket < last; ++bucket) {
      const bucket_address from = storage::within(old, bucket);
      const bucket_address to = storage::within(fresh, bucket);
      std::copy_n(from.tags, tag_word_bytes, to.tags);
      for (std::uint32_t left = group::occupied(from.tags); left != 0; left &= left - 1, ++moved) {
        slot::relocate(this->allocator_, from.slots + lowest(left), to.slots + lowest(left));
        poison_slot(from.slots + lowest(left));
      }
      if (from.tags[filter_byte] == 0) continue;
      unit_pointer& link = storage::link_within(to, fresh_buckets);
      link = storage::link_within(from, old_buckets);
      storage::node_of(link)->owner = storage::link_to(link);
    }
    this->follow_buckets(first, last, old, fresh, watched);
    return moved;
  }

  // Puts a block that has everything in the place of the first block, which is released.
  void install(std::byte* fresh, std::uint64_t buckets, unsigned slots, std::uint64_t moved,
               work& work) noexcept {
    std::byte* const old_begin = this->home_block() - this->first_front_bytes();
    const std::size_t old_bytes = this->first_block_bytes();
    const std::uint64_t floor = this->floor();
    auto* const loops = this->first_cursor();
    trunk kept = this->first_bucket_small() ? trunk{} : this->trunk_of();
    kept.moved += moved;
    if (slots == bucket_slots) {
      trunk& t = storage::trunk_at(fresh, static_cast<std::uint64_t>(std::countr_zero(buckets))) = kept;
      if (t.free_nodes) storage::node_of(t.free_nodes)->owner = storage::link_to(t.free_nodes);
    }
    this->install_first_block(fresh, buckets, slots);
    this->found_directly(true);
    this->first_cursor() = loops;
    this->set_floor(floor);
    storage::release_bytes(this->units(), old_begin, old_bytes, work);
    this->note(event_kind::block_freed, 0u, 0u, old_bytes);
  }
};

}  // namespace steady::detail
