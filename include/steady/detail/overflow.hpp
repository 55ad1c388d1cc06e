// What happens when a bucket is full: overflow nodes, and how they are taken back.
//
// A bucket with fifteen entries puts more into nodes of four slots, chained from its link. Invariants:
//  - the filter byte of a bucket is not zero exactly when it has a chain; it has the bit of every tag in the chain, and,
//    after any erase, no other bit: so churn cannot wear the filter out (contract G3);
//  - no node of a chain is empty;
//  - an erase pulls an entry from the chain's first node into the hole, unless a loop stands in that unit, so that
//    chains are as short as their entries allow.
//
// Nodes lie densely in slabs, a stack of them, each from one allocation of at most the block limit. A node that empties
// joins the free chain, which serves the next need; when more than an eighth of the nodes are free, the last node of the
// top slab is moved into a free one (the link that pointed to it is found through its `owner`). So slabs really become
// free, however entries were erased. A slab without nodes is kept for the next need, or released when it is large for
// what is left. Why an eighth: moving a node at every release, as a first version did, cost a growing map two cache
// misses each, for nodes that the next insert wanted again.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <memory>

#include "following.hpp"

namespace steady::detail {

template <class Types>
class table_overflow : public table_following<Types> {
 public:
  using base = table_following<Types>;
  using storage = table_storage<Types>;
  using typename base::overflow_node;
  using typename base::place;
  using typename base::slot;
  using typename storage::bucket_address;
  using typename storage::overflow_slab;
  using typename storage::trunk;
  using shape = typename Types::shape;
  using unit_pointer = typename Types::unit_pointer;
  using group = typename Types::group;
  using base::base;

  constexpr table_overflow() noexcept(base::nothrow_default) = default;

 protected:
  ~table_overflow() = default;

  // ---- places ----
  [[nodiscard]] static place in_bucket(bucket_address at, std::uint64_t bucket, unsigned index) noexcept {
    return {at.slots + index, at.tags, at.slots, nullptr, bucket};
  }
  [[nodiscard]] static place in_node(overflow_node* node, std::uint64_t bucket, unsigned index) noexcept {
    return {node->slots() + index, node->tags, node->slots(), node, bucket};
  }

  // ---- the pool ----
  [[nodiscard]] static std::uint32_t slab_capacity_limit() noexcept {
    return static_cast<std::uint32_t>((Types::options::largest_block - storage::slab_header) /
                                      sizeof(overflow_node));
  }
  [[nodiscard]] static std::size_t slab_bytes(std::uint32_t capacity) noexcept {
    return round_up(storage::slab_header + capacity * sizeof(overflow_node), sizeof(typename Types::unit));
  }
  [[nodiscard]] static overflow_slab* slab_of(const unit_pointer& pointer) noexcept {
    return pointer ? reinterpret_cast<overflow_slab*>(storage::bytes_of(pointer)) : nullptr;
  }

  // Nodes that can be taken without an allocation.
  [[nodiscard]] std::uint32_t nodes_at_hand(const trunk& t) const noexcept {
    auto nodes = static_cast<std::uint32_t>(std::min<std::uint64_t>(t.free, slab_capacity_limit()));
    if (const overflow_slab* top = slab_of(t.slabs)) nodes += top->capacity - top->used;
    for (const overflow_slab* spare = slab_of(t.spare_slabs); spare != nullptr;
         spare = slab_of(spare->previous))
      nodes += spare->capacity;
    return nodes;
  }

  // Makes a slab, an eighth of the nodes in use or as many as are wanted. Throws what the allocator throws.
  void add_spare_slab(trunk& t, std::uint32_t wanted, work& work) {
    const std::uint64_t least =
        t.nodes == 0 ? 1 : 2;  // a map's first node comes alone: it may stay the only one
    const std::uint64_t proportion = std::max<std::uint64_t>({least, wanted, t.nodes / 8});
    const auto capacity =
        static_cast<std::uint32_t>(std::min<std::uint64_t>(proportion, slab_capacity_limit()));
    auto* const slab =
        reinterpret_cast<overflow_slab*>(storage::allocate_bytes(this->units(), slab_bytes(capacity), work));
    std::construct_at(slab, overflow_slab{t.spare_slabs, capacity, 0});
    t.spare_slabs = storage::pointer_to(slab);
    this->note_taken(memory_kind::overflow, slab, slab_bytes(capacity), capacity);
    this->note(event_kind::block_allocated, 0u, 0u, slab_bytes(capacity));
  }

  // A node from the pool, begun empty and not linked. Throws what the allocator throws. Precondition: a node is at
  // hand, or the work may allocate.
  [[nodiscard]] overflow_node* acquire_node(trunk& t, work& work) {
    overflow_slab* top = slab_of(t.slabs);
    if (t.free_nodes) {
      overflow_node* const node = storage::node_of(t.free_nodes);
      unlink(node);
      --t.free;
      ++t.nodes;
      return node;
    }
    if (top == nullptr || top->used == top->capacity) {
      if (!t.spare_slabs) add_spare_slab(t, 0, work);
      top = slab_of(t.spare_slabs);
      t.spare_slabs = top->previous;
      top->previous = t.slabs;
      t.slabs = storage::pointer_to(top);
    }
    ++t.nodes;
    // Default-initialised: its slots are raw memory and stay as they are.
    auto* const node = ::new (static_cast<void*>(top->node(top->used++))) overflow_node;
    node->next = unit_pointer{};
    std::fill_n(node->tags, node_slots, std::uint8_t{0});
    return node;
  }

  // Returns an empty, unlinked node.
  static void put_free(trunk& t, overflow_node* node) noexcept {
    node->next = t.free_nodes;
    if (node->next) storage::node_of(node->next)->owner = storage::link_to(node->next);
    t.free_nodes = storage::pointer_to(node);
    node->owner = storage::link_to(t.free_nodes);
    ++t.free;
    --t.nodes;
  }

  // Keeps the pool dense. After one node was returned it moves at most two. Precondition: every empty node is in the free
  // chain.
  void compact_pool(trunk& t, place* watched) noexcept {
    while (t.free > (t.nodes == 0 ? 0 : std::max<std::uint64_t>(1, t.nodes / 8))) take_back_last(t, watched);
  }

  // Makes the pool one node shorter, by moving its last node into a free one. Precondition: there is a free one.
  void take_back_last(trunk& t, place* watched) noexcept {
    overflow_slab* const top = slab_of(t.slabs);
    overflow_node* const last = top->node(top->used - 1);
    if (base::node_occupied(*last) == 0) {
      unlink(last);  // only free nodes are empty
    } else {
      overflow_node* const node = storage::node_of(t.free_nodes);
      unlink(node);
      node->next = last->next;
      node->owner = last->owner;
      std::copy_n(last->tags, node_slots, node->tags);
      for (unsigned index = 0; index < node_slots; ++index) {
        if (last->tags[index] == 0) continue;
        slot::relocate(this->allocator_, last->slots() + index, node->slots() + index);
        ++t.moved;
      }
      *node->owner = storage::pointer_to(node);
      if (node->next) storage::node_of(node->next)->owner = storage::link_to(node->next);
      this->follow_node(last, node, watched);
    }
    --t.free;
    if (--top->used == 0) {
      t.slabs = top->previous;
      top->previous = t.spare_slabs;
      t.spare_slabs = storage::pointer_to(top);
      this->set(storage::flag::trim_due, true);
    }
  }

  // Whether more is spare than half of what is in use. A merge wants four nodes at most and may allocate one slab, so a small
  // map keeps none in reserve: they would be as large as its first block. Only where a slab has not room for four must a
  // merge gather spare slabs over several operations.
  [[nodiscard]] bool spare_slab_due(const trunk& t) const noexcept {
    std::uint64_t spare = 0;
    for (const overflow_slab* slab = slab_of(t.spare_slabs); slab != nullptr; slab = slab_of(slab->previous))
      spare += slab->capacity;
    return spare > std::max<std::uint64_t>(slab_capacity_limit() < 4 ? 8 : 0, t.nodes / 2);
  }
  void release_spare_slab(trunk& t, work& work) noexcept {
    overflow_slab* const spare = slab_of(t.spare_slabs);
    t.spare_slabs = spare->previous;
    this->note(event_kind::block_freed, 0u, 0u, slab_bytes(spare->capacity));
    storage::release_bytes(this->units(), spare, slab_bytes(spare->capacity), work);
  }

  // ---- chains ----
  [[nodiscard]] overflow_node* chain_of(bucket_address at) const noexcept {
    return at.tags[filter_byte] == 0 ? nullptr : storage::node_of(this->link_of(at));
  }

  // Links a node in front of a bucket's chain. The caller sets the filter bits of its tags.
  void link_first(bucket_address at, overflow_node* node, bool has_chain) const noexcept {
    unit_pointer& link = this->link_of(at);
    node->next = has_chain ? link : unit_pointer{};
    if (has_chain) storage::node_of(node->next)->owner = storage::link_to(node->next);
    link = storage::pointer_to(node);
    node->owner = storage::link_to(link);
  }
  // Links a node behind a bucket's chain, where a copy wants it: it keeps the order of its source.
  void link_last(bucket_address at, overflow_node* node) const noexcept {
    overflow_node* last = chain_of(at);
    if (last == nullptr) return link_first(at, node, false);
    while (last->next) last = storage::node_of(last->next);
    node->next = unit_pointer{};
    last->next = storage::pointer_to(node);
    node->owner = storage::link_to(last->next);
  }
  static void unlink(overflow_node* node) noexcept {
    *node->owner = node->next;
    if (node->next) storage::node_of(node->next)->owner = node->owner;
  }

  // Makes the filter say what the chain holds, and no more.
  void rebuild_filter(bucket_address at) const noexcept {
    std::uint8_t filter = 0;
    const unit_pointer& link = this->link_of(at);
    for (overflow_node* node = link ? storage::node_of(link) : nullptr; node != nullptr;
         node = storage::next_of(node))
      filter = static_cast<std::uint8_t>(filter | node_tags::filter(node->tags));
    at.tags[filter_byte] = filter;
  }

  // The low bits of the hash that all entries of a bucket share.
  [[nodiscard]] unsigned bits_of_bucket(std::uint64_t bucket) const noexcept {
    const unsigned table = this->table_bits();
    const std::uint64_t half = std::uint64_t{1} << table;
    return bucket >= half || bucket + half < this->buckets() ? table + 1 : table;
  }

  // After an erase in a bucket that has a chain: fills the hole, releases an emptied node, renews the filter. Entries
  // stay where they are while a loop stands in their unit; the next erase, split or merge there makes up for it.
  // The number of entries moved.
  STEADY_NOINLINE std::uint64_t mend_chain(std::uint64_t bucket, overflow_node* node_with_hole) noexcept {
    const bucket_address at = this->bucket_at(bucket);
    trunk& t = this->trunk_of();
    const std::uint64_t moved_before = t.moved;
    if (node_with_hole != nullptr && base::node_occupied(*node_with_hole) == 0) {
      drop_node(t, node_with_hole, nullptr);
    } else if (!this->looped() || !this->stands_in(bucket, bits_of_bucket(bucket))) {
      pull_in(t, at, bucket, nullptr);
    }
    rebuild_filter(at);
    return t.moved - moved_before;
  }

  void drop_node(trunk& t, overflow_node* node, place* watched) noexcept {
    if (this->looped()) this->leave_node(node);
    unlink(node);
    put_free(t, node);
    this->note(event_kind::overflow_freed);
    compact_pool(t, watched);
  }

  // So many entries at most are pulled in by one operation; a chain that loops have kept from being mended may have more
  // holes, which wait for the next erase.
  static constexpr unsigned most_pulled = 16;

  // Moves entries from the first node of a chain into the holes of the bucket and of its other nodes.
  void pull_in(trunk& t, bucket_address at, std::uint64_t bucket, place* watched) noexcept {
    const unit_pointer& link = this->link_of(at);
    unsigned left = this->first_block_moving() ? 1 : most_pulled;  // the move has its own share of 128
    for (std::uint32_t holes = group::empty(at.tags); holes != 0 && link && left != 0;
         holes &= holes - 1, --left)
      pull_one(t, storage::node_of(link), in_bucket(at, bucket, lowest(holes)), watched);
    for (overflow_node* node = link ? storage::next_of(storage::node_of(link)) : nullptr;
         node != nullptr && left != 0;) {
      const std::uint32_t holes = node_tags::empty(node->tags);
      if (holes == 0) {
        node = storage::next_of(node);
        continue;
      }
      // Releasing the first node may move `node`; the walk then begins anew from the new first node.
      --left;
      if (pull_one(t, storage::node_of(link), in_node(node, bucket, lowest(holes)), watched))
        node = link ? storage::next_of(storage::node_of(link)) : nullptr;
    }
  }

  // Moves one entry of a node into a hole; true when that emptied and released the node.
  bool pull_one(trunk& t, overflow_node* from, const place& to, place* watched) noexcept {
    const unsigned index = lowest(base::node_occupied(*from));
    move_entry(t, in_node(from, to.bucket, index), to, watched);
    if (base::node_occupied(*from) != 0) return false;
    drop_node(t, from, watched);
    return true;
  }

  STEADY_NOINLINE void move_entry(trunk& t, const place& from, const place& to, place* watched) noexcept {
    this->relocate(from, to, watched);
    to.tag() = from.tag();
    from.tag() = 0;
    ++t.moved;
  }
};

}  // namespace steady::detail
