// How a table grows and shrinks: by splitting or merging buckets, one or a few at a time.
//
// A table of 2^B + s buckets (0 <= s < 2^B) has split buckets 0 .. s-1; s is Go's nevacuate. The next split evacuates
// bucket s: entries whose hash has bit B clear stay (Go's X half), the others go to the new bucket 2^B + s (the Y half).
// A merge undoes the last split. How many buckets a table has follows from its size alone, by two lines that never
// meet (limits(), below), so that churn at constant size does no structural work, and a table that was large is, when
// drained, like one that never was (contracts G2, G3).
//
// One operation does one step at most: a split, a merge, a step of the first block's move, or a release that was
// put off; or, in tables of 256 buckets and more, up to three splits or merges, which have waited for each other; with at most one
// allocation and one release, and at most 128 entries moved (contract G1). A step that finds no memory, or whose hash throws,
// has changed nothing and is tried again by a later operation (contract G8): all that can fail comes first.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

#include "first_block.hpp"

namespace steady::detail {

template <class Types>
class table_evacuation : public table_first_block<Types> {
 public:
  using base = table_first_block<Types>;
  using storage = table_storage<Types>;
  using typename base::bucket_address;
  using typename base::overflow_node;
  using typename base::place;
  using typename base::slot;
  using typename base::trunk;
  using shape = typename Types::shape;
  using unit_pointer = typename Types::unit_pointer;
  using group = typename Types::group;
  using base::base;

  constexpr table_evacuation() noexcept(base::nothrow_default) = default;

  static constexpr pace pacing = Types::options::pacing;

  // So many splits or merges wait for each other in tables of so many buckets. In smaller ones there is one at a time: what they
  // hold would show it. Not more than three: the slowest insert would show it (docs/design.md).
  static constexpr std::uint64_t steps_together = 3;
  static constexpr std::uint64_t steps_together_from = 256;

  // A lone bucket waits longer, though an entry or two overflow: two have twice its bytes.
  static constexpr std::uint64_t lone_capacity = pacing.growth_start + pacing.growth_start / 4;

  // The most entries a table of so many buckets may have before it must split one.
  [[nodiscard]] static constexpr std::uint64_t capacity_of(std::uint64_t buckets) noexcept {
    if (buckets == 1) return lone_capacity;
    const std::uint64_t half = std::bit_floor(buckets);
    return half * pacing.growth_start + (buckets - half) * (pacing.growth_end - pacing.growth_start);
  }

  // The fewest buckets whose capacity is at least so many entries.
  [[nodiscard]] static constexpr std::uint64_t buckets_for(std::uint64_t entries) noexcept {
    if (entries <= lone_capacity) return 1;
    const std::uint64_t full = std::bit_ceil((entries + pacing.growth_start - 1) / pacing.growth_start);
    const std::uint64_t half = full / 2;
    const std::uint64_t above =
        entries > half * pacing.growth_start ? entries - half * pacing.growth_start : 0;
    const std::uint64_t splits =
        (above + (pacing.growth_end - pacing.growth_start) - 1) / (pacing.growth_end - pacing.growth_start);
    return std::min(full, half + splits);
  }

 protected:
  ~table_evacuation() = default;

  // ---- limits ----

  // Sets what follows from the number of buckets: the mask, and the sizes at which the next step is due.
  void limits() noexcept {
    this->set_masks();
    renew_limits();
  }
  // The same where the mask is right already.
  STEADY_INLINE void renew_limits() noexcept {
    std::uint64_t most = capacity();
    std::uint64_t fewest = shrink_limit();
    if (this->buckets() >= steps_together_from) {
      // The first step waits until the last of them is due; not beyond a power of two, where the pace is another.
      most += std::min(steps_together - 1, 2 * this->base_buckets() - 1 - this->buckets()) *
              (pacing.growth_end - pacing.growth_start);
      fewest -= std::min(fewest, merges_wait(this->buckets()));
    }
    if (this->first_block_moving() || (this->is(storage::flag::trim_due) && trim_goes_on())) [[unlikely]]
      most = fewest = this->size_;  // the next operation goes on with it
    this->grows_at_ = near_size(most) + 1;
    this->shrinks_at_ = near_size(fewest) - 1;
  }
  // As far as may be: the buckets there are suffice for what is about to come.
  void put_growth_off() noexcept { this->grows_at_ = near_size(storage::no_limit); }

  // The low half of a limit, or of a nearer one: what asks for it (table.hpp) looks no further, and what comes too early does nothing but renew it.
  [[nodiscard]] STEADY_INLINE std::uint32_t near_size(std::uint64_t limit) const noexcept {
    constexpr std::uint64_t far = std::uint64_t{1} << 30;
    const std::uint64_t least = this->size_ - std::min(this->size_, far);
    return static_cast<std::uint32_t>(std::clamp(limit, least, this->size_ + far));
  }
  // So many entries fewer than its limit a table may have before its merges, which come several at a time.
  [[nodiscard]] static constexpr std::uint64_t merges_wait(std::uint64_t buckets) noexcept {
    return buckets < steps_together_from ? 0 : (steps_together - 1) * pacing.shrink_below_twice / 2;
  }
  STEADY_NOINLINE bool trim_goes_on() noexcept {
    if (split_due()) return false;
    const bool wanted = trim_wanted();
    this->set(storage::flag::trim_due, wanted);
    return wanted;
  }

  // With fewer entries than this a bucket is to be merged, or a lone bucket's slots made fewer.
  [[nodiscard]] std::uint64_t shrink_limit() const noexcept {
    if (!this->is(storage::flag::shrinks)) return 0;
    if (this->buckets() > 1) {
      if (const std::uint64_t floor = this->trunk_of().floor;
          floor != 0 && this->buckets() <= buckets_for(floor))
        return 0;
      return std::max(this->buckets() * pacing.shrink_below_twice / 2, half_is_enough(this->buckets()));
    }
    const unsigned slots = storage::slots_of_mask(this->slot_mask_);
    const unsigned fewer = base::fewer_slots(slots);
    // Not below few_slots by erasing: a map that is filled and emptied again and again would allocate each time.
    return slots <= base::few_slots || this->floor() > fewer ? 0 : fewer / 2 + 1;
  }

  // While memory comes in pieces that double (the first block, and then a second), a map that came from above may have twice
  // the blocks of one that grew to its size, and its overflow nodes besides (G2). So it leaves the larger piece sooner: at nine
  // tenths of what makes it enter. 0 beyond.
  [[nodiscard]] static constexpr std::uint64_t half_is_enough(std::uint64_t buckets) noexcept {
    return buckets > 2 * shape::block_buckets ? 0 : capacity_of(std::bit_floor(buckets - 1)) * 9 / 10;
  }

  // capacity_of(buckets_).
  [[nodiscard]] STEADY_INLINE std::uint64_t capacity() const noexcept {
    if (this->buckets() == 1) return lone_capacity;
    const std::uint64_t half = this->base_buckets();
    return half * pacing.growth_start + (this->buckets() - half) * (pacing.growth_end - pacing.growth_start);
  }
  [[nodiscard]] STEADY_INLINE bool split_due() const noexcept { return this->size_ > capacity(); }

  // Memory that is not needed any more and was not given back yet, for want of budget.
  [[nodiscard]] bool trim_wanted() noexcept {
    if (!this->has_buckets() || this->first_block_moving() || split_due()) return false;
    if (block_due() || first_block_due()) return true;
    if (this->first_bucket_small()) return false;
    if (this->spare_slab_due(this->trunk_of())) return true;
    work none{.bounded = true, .allocated = true, .released = true};
    return this->trim_directory(this->units(), none);
  }
  [[nodiscard]] bool block_due() const noexcept {
    return this->blocks() > 1 && std::uint64_t{this->blocks() - 1} << shape::block_shift >= this->buckets();
  }
  [[nodiscard]] bool first_block_due() const noexcept {
    return this->blocks() == 1 && this->first_block_buckets() > 1 &&
           this->buckets() <= this->first_block_buckets() / 2;
  }

  // Gives back what is due, as far as the budget goes. A smaller first block is only begun
  // unless the work is not bounded: the next operations have their own share of moves.
  STEADY_NOINLINE void trim(work& work, place* watched) noexcept {
    if (!this->is(storage::flag::trim_due) || this->first_bucket_small() || this->first_block_moving() ||
        split_due())
      return;  // while a split is due, what is not needed yet is about to be
    // An unused array before the next block: of two unused ones, only the nearer would be found again.
    (void)this->release_unused_array(this->units(), work);
    if (block_due() && work.may_release()) this->release_last_block(this->units(), work);
    if (trunk& t = this->trunk_of(); work.may_release() && this->spare_slab_due(t))
      this->release_spare_slab(t, work);
    (void)attempt([&] {
      if (this->trim_directory(this->units(), work)) return;
      if (first_block_due() && !block_due() &&
          this->rehome_first_block(this->first_block_buckets() / 2, work))
        (void)this->finish_moving(work, watched);
    });
  }

  // ---- steps ----

  // What an insert or an erase does when a limit is passed: a few steps, and what can be given back. Each step meets
  // memory that is in no cache, and keeps the processor from looking ahead at the operations around it; several in a row
  // do so once, and their memory comes at once. `watched` is followed if it is moved. Never throws.
  STEADY_NOINLINE void settle(work& work, place* watched, std::uint64_t moved_already = 0) noexcept {
    // An erase that had much to mend leaves the steps to the next operation.
    if (moved_already <= most_beside_a_step)
      settle(work, watched, moved_already, this->buckets() < steps_together_from ? 1 : steps_together);
  }
  // The same with so many steps at most, as far as the bound of G1 lets them be of one operation.
  STEADY_NOINLINE void settle(work& work, place* watched, std::uint64_t moved_already,
                              std::uint64_t steps) noexcept {
    if (this->first_block_moving()) {
      this->move_buckets(work, watched);
      renew_limits();
      return;
    }
    (void)attempt([&] {
      if (split_due()) {
        const std::uint64_t before = entries_moved() - moved_already;
        ask_for(this->buckets() - this->base_buckets(), steps);
        while (split_next(work, watched) && --steps != 0 && split_due() && another_split(before)) {
        }
      } else if (this->size_ < this->shrink_limit()) {
        if (this->buckets() == 1) return (void)this->shrink_first_bucket(work, watched);
        const std::uint64_t before = entries_moved() - moved_already;
        const std::uint64_t half = this->hash_mask() / 2 + 1;
        if (const std::uint64_t last = this->buckets() - steps; last >= half) {
          ask_for(last, steps);
          ask_for(last - half, steps);
        }
        while (merge_last(work, watched) && --steps != 0 && this->size_ < this->shrink_limit() &&
               another_merge(before)) {
        }
      }
    });
    if (this->is(storage::flag::trim_due)) [[unlikely]]
      trim(work, watched);
    renew_limits();
  }

  // Begins to load buckets that steps are about to read. Of long ones the beginning.
  STEADY_INLINE void ask_for(std::uint64_t bucket, std::uint64_t count) const noexcept {
    if (count == 1) return;  // of a small map, which is in a cache
    constexpr std::size_t line = 64, most_lines = 4;
    for (const std::uint64_t end = std::min(bucket + count, this->buckets()); bucket < end; ++bucket) {
      const bucket_address at = this->bucket_at(bucket);
      prefetch_line(at.tags);
      for (std::size_t each = 0; each < most_lines && each * line < shape::bucket_stride; ++each)
        prefetch_line(reinterpret_cast<const std::byte*>(at.slots) + each * line);
    }
  }

  // ---- several steps, and the bound of 128 moved entries (G1) ----

  // An operation's own moves with which one step, whatever its chains, stays within the bound: an erase pulls one entry into its hole and
  // moves two overflow nodes. With chains that a loop has kept from being mended it is more.
  static constexpr std::uint64_t most_beside_a_step = 1 + 2 * node_slots;

  // Another step must be a small one. A split of a bucket with two nodes in its chain moves 23 entries at most, and two nodes that become free
  // make the pool take back three. A merge of two buckets without chains moves fifteen, puts what overflows into two nodes, and evens these out.
  [[nodiscard]] bool another_split(std::uint64_t moved_before) const noexcept {
    if (!room_for_a_small_step(moved_before)) return false;
    const overflow_node* node = this->chain_of(this->bucket_at(this->buckets() - this->base_buckets()));
    for (unsigned nodes = 0; node != nullptr; node = storage::next_of(node))
      if (++nodes > 2) return false;
    return true;
  }
  [[nodiscard]] bool another_merge(std::uint64_t moved_before) const noexcept {
    if (this->buckets() <= steps_together_from || !room_for_a_small_step(moved_before)) return false;
    const std::uint64_t y = this->buckets() - 1;
    const std::uint64_t x = y - (this->hash_mask() / 2 + 1);
    return this->bucket_at(y).tags[filter_byte] == 0 && this->bucket_at(x).tags[filter_byte] == 0;
  }
  [[nodiscard]] bool room_for_a_small_step(std::uint64_t moved_before) const noexcept {
    constexpr std::uint64_t bound = 128;
    constexpr std::uint64_t most_of_a_small_step = bucket_slots + 2 * node_slots + 3 * node_slots;
    return entries_moved() - moved_before + most_of_a_small_step <= bound;
  }
  [[nodiscard]] std::uint64_t entries_moved() const noexcept {
    return this->first_bucket_small() ? 0 : this->trunk_of().moved;
  }

  // Steps that are due: splits or merges, and a release.
  [[nodiscard]] std::uint64_t steps_due() noexcept {
    if (!this->has_buckets()) return 0;
    // A move of the first block counts as one: so the number does not grow when a merge makes one due.
    const std::uint64_t due = this->first_block_moving() || trim_wanted() ? 1 : 0;
    if (split_due()) return due + buckets_for(this->size_) - this->buckets();
    if (this->size_ < this->shrink_limit()) {
      if (this->buckets() == 1) return due + 1;
      std::uint64_t least = this->size_ * 2 / pacing.shrink_below_twice;
      if (least > 1 && this->size_ < half_is_enough(least)) least = std::bit_floor(least - 1);
      least = std::max(least, buckets_for(this->floor()));
      return due + this->buckets() - std::clamp<std::uint64_t>(least, 1, this->buckets() - 1);
    }
    return due;
  }

  // One split. False when it must wait.
  bool split_next(work& work, place* watched) {
    const std::uint64_t half = this->base_buckets();
    const std::uint64_t x = this->buckets() - half;
    const std::uint64_t y = this->buckets();
    if (y >= shape::max_buckets) return false;
    if (!this->finish_moving(work, watched)) return false;
    if (this->first_bucket_small()) {  // a pace below its slots: only a bucket of fifteen has the trunk that several need
      if (!this->resize_first_bucket(bucket_slots, work, watched)) return false;
      if (work.bounded) return true;
    }
    if (y == this->home_buckets() && y < shape::block_buckets && this->trunk_of().blocks == 1) {
      if (!this->rehome_first_block(y * 2, work)) return false;
      this->move_buckets(work, watched);
      if (work.bounded) return true;  // its moves are this operation's share
    }
    trunk& t = this->trunk_of();
    if (y >> shape::block_shift >= t.blocks && !this->append_block(this->units(), work)) return false;
    if (!this->may_change(x, work)) return false;
    const bucket_address from = this->bucket_at(x);
    const std::uint32_t going = decide(from, half);
    if (from.tags[filter_byte] != 0) decide_in_chain(from, half);
    if (this->looped() && !this->disturb(x, this->table_bits(), work)) return false;
    this->begin_bucket(y);
    ++this->buckets_;
    if (is_power_of_two(this->buckets())) this->set(storage::flag::front_known, false);
    this->set_masks();
    const bucket_address to = this->bucket_at(y);
    t.moved += count_slots(going);
    if (is_followed(x, watched)) [[unlikely]] {
      (void)deal_followed(from, going, to, bucket_mask, watched);
    } else {
      deal_to_empty(from, going, to);
    }
    if (from.tags[filter_byte] != 0) [[unlikely]]
      evacuate_chain(x, from, y, to, watched);
    this->note(event_kind::split, x, y);
    return true;
  }

  // Which entries go to the Y bucket: a bit a slot. May throw.
  [[nodiscard]] STEADY_NOINLINE std::uint32_t decide(bucket_address from, std::uint64_t half) {
    // No branch on the hash: one in two would be foretold wrongly.
    std::uint32_t going = 0;
    for (std::uint32_t left = group::occupied(from.tags); left != 0; left &= left - 1) {
      const unsigned index = lowest(left);
      going |= std::uint32_t{(this->hash_entry(from.slots[index]) & half) != 0} << index;
    }
    return going;
  }
  // The same for its chain, each node's in the node.
  STEADY_NOINLINE void decide_in_chain(bucket_address from, std::uint64_t half) {
    for (overflow_node* node = this->chain_of(from); node != nullptr; node = storage::next_of(node)) {
      node->moving = 0;
      for (std::uint32_t left = base::node_occupied(*node); left != 0; left &= left - 1) {
        const bool goes = (this->hash_entry(node->slots()[lowest(left)]) & half) != 0;
        node->moving = static_cast<std::uint8_t>(node->moving | std::uint32_t{goes} << lowest(left));
      }
    }
  }

  // Whether anybody is to be told when entries of a bucket move.
  [[nodiscard]] STEADY_INLINE bool is_followed(std::uint64_t bucket, const place* watched) const noexcept {
    return this->looped() || (watched != nullptr && watched->bucket == bucket);
  }

  // Moves the entries of one bucket that are in the slots `going` into the slots `holes` of another, as far as these
  // reach; the slots left.
  STEADY_NOINLINE std::uint32_t deal_followed(bucket_address from, std::uint32_t going, bucket_address to,
                                              std::uint32_t holes, place* watched) noexcept {
    for (; going != 0 && holes != 0; going &= going - 1, holes &= holes - 1) {
      const place source = base::in_bucket(from, from.bucket, lowest(going));
      const place target = base::in_bucket(to, to.bucket, lowest(holes));
      this->relocate(source, target, watched);
      target.tag() = source.tag();
      source.tag() = 0;
    }
    return going;
  }
  // The same where nobody is to be told. The pointers are copied because a tag may lie anywhere, as far as compilers know.
  STEADY_INLINE std::uint32_t deal(bucket_address from, std::uint32_t going, bucket_address to,
                                   std::uint32_t holes) noexcept {
    std::uint8_t* const from_tags = from.tags;
    std::uint8_t* const to_tags = to.tags;
    slot* const from_slots = from.slots;
    slot* const to_slots = to.slots;
    for (; going != 0 && holes != 0; going &= going - 1, holes &= holes - 1) {
      const unsigned source = lowest(going);
      const unsigned target = lowest(holes);
      slot::relocate(this->allocator_, from_slots + source, to_slots + target);
      poison_slot(from_slots + source);
      to_tags[target] = from_tags[source];
      from_tags[source] = 0;
    }
    return going;
  }
  // Into an empty bucket, where the holes need no search.
  STEADY_INLINE void deal_to_empty(bucket_address from, std::uint32_t going, bucket_address to) noexcept {
    std::uint8_t* const from_tags = from.tags;
    slot* const from_slots = from.slots;
    for (; going != 0; going &= going - 1) {
      const unsigned source = lowest(going);
      slot::relocate(this->allocator_, from_slots + source, to.slots++);
      poison_slot(from_slots + source);
      *to.tags++ = from_tags[source];
      from_tags[source] = 0;
    }
  }

  // Deals the entries of X's chain out to X and Y. Each node's entries go to a hole of their bucket, else to a free slot of
  // their bucket's newest node; a node whose remaining entries all go one way is relinked whole. When entries of both
  // ways remain in one node, fifteen entries from earlier nodes must have filled Y's bucket, so an emptied node is there.
  STEADY_NOINLINE void evacuate_chain(std::uint64_t x, bucket_address from, std::uint64_t y,
                                      bucket_address to, place* watched) noexcept {
    trunk& t = this->trunk_of();
    unit_pointer chain = this->link_of(from);
    unit_pointer free{};
    this->link_of(from) = unit_pointer{};
    from.tags[filter_byte] = 0;
    while (chain) {
      overflow_node* const node = storage::node_of(chain);
      chain = node->next;
      std::uint32_t left[2] = {0, 0};
      // A node of entries that all go one way, into a full bucket, goes as it is: filling the newest node from it would
      // leave the same hole in this one, and so on down the chain, two moves a node.
      const std::uint32_t all = base::node_occupied(*node);
      const bool whole = (node->moving & all) == 0
                             ? group::empty(from.tags) == 0
                             : (node->moving & all) == all && group::empty(to.tags) == 0;
      if (whole) {
        if ((node->moving & all) != 0) rehome(node, y, watched);
        chain_whole((node->moving & all) != 0 ? to : from, node);
        continue;
      }
      for (std::uint32_t entries = base::node_occupied(*node); entries != 0; entries &= entries - 1) {
        const unsigned index = lowest(entries);
        const bool goes = (node->moving >> index & 1) != 0;
        const place source = base::in_node(node, x, index);
        if (!place_in(t, goes ? to : from, goes ? y : x, source, watched))
          left[goes ? 1 : 0] |= entries & -entries;
      }
      if (left[0] != 0 && left[1] != 0) {
        overflow_node* const other = storage::node_of(free);
        free = other->next;
        for (; left[1] != 0; left[1] &= left[1] - 1) {
          const place target = base::in_node(other, y, lowest(left[1]));
          this->move_entry(t, base::in_node(node, x, lowest(left[1])), target, watched);
        }
        chain_node(to, other);
        chain_node(from, node);
      } else if (left[0] != 0) {
        chain_node(from, node);
      } else if (left[1] != 0) {
        rehome(node, y, watched);
        chain_node(to, node);
      } else {
        node->next = free;
        free = storage::pointer_to(node);
      }
    }
    while (free) {
      overflow_node* const node = storage::node_of(free);
      free = node->next;
      if (this->looped()) this->leave_node(node);
      base::put_free(t, node);
      this->note(event_kind::overflow_freed, x);
    }
    this->compact_pool(t, watched);
  }

  // Moves an entry into its bucket, or into the newest node of its chain; false when both are full.
  [[nodiscard]] bool place_in(trunk& t, bucket_address at, std::uint64_t bucket, const place& source,
                              place* watched) noexcept {
    if (const std::uint32_t holes = group::empty(at.tags); holes != 0) {
      this->move_entry(t, source, base::in_bucket(at, bucket, lowest(holes)), watched);
      return true;
    }
    overflow_node* const newest = this->chain_of(at);
    if (newest == nullptr || newest == source.node) return false;
    const std::uint32_t holes = node_tags::empty(newest->tags);
    if (holes == 0) return false;
    const std::uint8_t bit = filter_bit_of_tag(source.tag());
    this->move_entry(t, source, base::in_node(newest, bucket, lowest(holes)), watched);
    at.tags[filter_byte] = static_cast<std::uint8_t>(at.tags[filter_byte] | bit);
    return true;
  }

  // Puts a node with entries in front of a bucket's chain, and their bits into its filter.
  STEADY_NOINLINE void chain_node(bucket_address at, overflow_node* node) noexcept {
    this->link_first(at, node, at.tags[filter_byte] != 0);
    add_to_filter(at, node);
  }
  static void add_to_filter(bucket_address at, const overflow_node* node) noexcept {
    at.tags[filter_byte] = static_cast<std::uint8_t>(at.tags[filter_byte] | node_tags::filter(node->tags));
  }

  // The same behind the chain's first node, which stays the one that has room: what evacuate_chain says about emptied
  // nodes depends on every other node it made being full.
  STEADY_NOINLINE void chain_whole(bucket_address at, overflow_node* node) noexcept {
    overflow_node* const first = this->chain_of(at);
    if (first == nullptr) {
      chain_node(at, node);
      return;
    }
    node->next = first->next;
    node->owner = storage::link_to(first->next);
    if (node->next) storage::node_of(node->next)->owner = storage::link_to(node->next);
    first->next = storage::pointer_to(node);
    add_to_filter(at, node);
  }

  // The entries of a node belong to another bucket now, without having moved.
  STEADY_COLD void rehome(overflow_node* node, std::uint64_t bucket, place* watched) noexcept {
    const auto renamed = [&](place& at) {
      if (at.node == node) at.bucket = bucket;
    };
    if (watched != nullptr) renamed(*watched);
    if (this->looped()) this->for_each_followed(renamed);
  }

  // One merge: the last bucket goes back into the one it was split from. False when it must wait.
  bool merge_last(work& work, place* watched) {
    if (!this->finish_moving(work, watched)) return false;
    const std::uint64_t y = this->buckets() - 1;
    const std::uint64_t half = this->hash_mask() / 2 + 1;  // 2^B of the buckets below the last
    const std::uint64_t x = y - half;
    if (!this->may_change(y, work) || !this->may_change(x, work)) return false;
    const bucket_address from = this->bucket_at(y);
    const bucket_address to = this->bucket_at(x);
    trunk& t = this->trunk_of();
    const std::uint32_t going = group::occupied(from.tags);
    const std::uint32_t holes = group::empty(to.tags);
    const unsigned coming = count_slots(going);
    const unsigned room = count_slots(holes);
    const std::uint32_t wanted = coming > room ? (coming - room + node_slots - 1) / node_slots : 0;
    if (this->looped() && !this->disturb(x, static_cast<unsigned>(std::bit_width(half)) - 1, work))
      return false;
    while (wanted != 0 && this->nodes_at_hand(t) < wanted) {
      if (!work.may_allocate()) return false;
      this->add_spare_slab(t, wanted, work);
    }
    t.moved += std::min(coming, room);
    std::uint32_t left = is_followed(y, watched) ? deal_followed(from, going, to, holes, watched)
                                                 : deal(from, going, to, holes);
    for (; left != 0; left &= left - 1) {
      const place source = base::in_bucket(from, y, lowest(left));
      if (place_in(t, to, x, source, watched)) continue;
      overflow_node* const node = this->acquire_node(t, work);
      const place target = base::in_node(node, x, 0);
      this->move_entry(t, source, target, watched);
      chain_node(to, node);
      this->note(event_kind::overflow_made, x);
    }
    if (overflow_node* node = this->chain_of(from)) {
      from.tags[filter_byte] = 0;
      while (node != nullptr) {
        overflow_node* const next = storage::next_of(node);
        rehome(node, x, watched);
        chain_node(to, node);
        node = next;
      }
    }
    if (to.tags[filter_byte] != 0) {
      this->pull_in(t, to, x, watched);
      this->rebuild_filter(to);
    }
    if (this->looped()) this->leave_bucket(y);
    if ((t.spare_slabs && this->spare_slab_due(t)) || (y & (shape::block_buckets - 1)) == 0 ||
        (t.blocks == 1 && is_power_of_two(y)))
      this->set(storage::flag::trim_due, true);
    if (is_power_of_two(this->buckets())) this->set(storage::flag::front_known, false);
    --this->buckets_;
    this->set_masks();
    this->note(event_kind::merged, x, y);
    return true;
  }
};

}  // namespace steady::detail
