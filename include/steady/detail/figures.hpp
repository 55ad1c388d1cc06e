// What a table says of itself: sizes, bytes by kind, how long its probes are.
//
// All but stats() follows from a few words, with one step for each piece of memory; stats() looks at every bucket.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "../stats.hpp"
#include "find_many.hpp"

namespace steady::detail {

template <class Types>
class table_figures : public table_lookups<Types> {
 public:
  using base = table_lookups<Types>;
  using storage = table_storage<Types>;
  using shape = typename Types::shape;
  using group = typename Types::group;
  using base::base;
  using typename base::bucket_address;
  using typename base::overflow_node;
  using typename base::overflow_slab;

  constexpr table_figures() noexcept(base::nothrow_default) = default;

  [[nodiscard]] std::uint64_t slots() const noexcept {
    if (this->buckets() <= 1) return this->buckets() == 0 ? 0 : storage::slots_of_mask(this->slot_mask_);
    return this->buckets() * bucket_slots;
  }

  [[nodiscard]] std::size_t structure_bytes() const noexcept {
    map_stats s;
    add_bytes(s);
    return s.bytes();
  }

  // What is known without a walk over the buckets.
  [[nodiscard]] map_stats outline() const noexcept {
    map_stats s;
    s.size = this->size_;
    s.buckets = this->buckets();
    s.slots = slots();
    s.live_loops = this->live_loops();
    s.reserved = this->floor();
    s.seed_fixed = this->is(storage::flag::seed_fixed);
    if (!this->has_buckets()) return s;
    s.B = this->table_bits();
    s.nevacuate = this->buckets() - std::bit_floor(this->buckets());
    add_bytes(s);
    if (!this->first_bucket_small()) {
      s.overflow_nodes = this->trunk_of().nodes;
      s.entries_moved = this->trunk_of().moved;
    }
    return s;
  }

  [[nodiscard]] map_stats stats() const {
    map_stats s = outline();
    for (std::uint64_t bucket = 0; bucket < this->buckets(); ++bucket) {
      const bucket_address at = this->bucket_at(bucket);
      std::uint64_t entries = static_cast<unsigned>(std::popcount(group::occupied(at.tags)));
      s.probe_lengths[0] += entries;
      std::size_t length = 1;
      for (overflow_node* node = this->chain_of(at); node != nullptr;
           node = storage::next_of(node), ++length) {
        const auto here = static_cast<unsigned>(std::popcount(base::node_occupied(*node)));
        s.probe_lengths[std::min(length, s.probe_lengths.size() - 1)] += here;
        s.overflow_entries += here;
        entries += here;
      }
      if (length > 1) ++s.overflow_buckets;
      s.longest_chain = std::max(s.longest_chain, entries);
      s.crowded_entries += entries - std::min<std::uint64_t>(entries, bucket_slots);
    }
    return s;
  }

 protected:
  ~table_figures() = default;

  void add_bytes(map_stats& s) const noexcept {
    if (!this->has_buckets()) return;
    s.block_bytes = this->first_block_bytes() + this->next_home_bytes() +
                    (this->blocks() - 1u) * shape::block_bytes(shape::block_buckets, false);
    if constexpr (!Types::entries_in_place) s.entry_bytes = this->size_ * sizeof(typename Types::value_type);
    if (this->first_bucket_small()) return;
    const auto& t = this->trunk_of();
    for (unsigned level = 0; level < shape::levels; ++level) {
      if (t.directory_log2[level] != 0)
        s.directory_bytes += base::array_bytes(this->first_array_capacity(level));
      if (level + 1 < shape::levels)
        s.directory_bytes +=
            ((this->children_of(level) - 1) >> shape::fan_bits) * base::array_bytes(shape::fan);
    }
    for (const auto* list : {&t.slabs, &t.spare_slabs})
      for (const overflow_slab* slab = base::slab_of(*list); slab != nullptr;
           slab = base::slab_of(slab->previous))
        s.overflow_bytes += base::slab_bytes(slab->capacity);
  }
};

}  // namespace steady::detail
