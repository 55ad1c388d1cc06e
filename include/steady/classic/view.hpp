// What inspect() shows: the header, every bucket with its states, the old array and how far it is evacuated, and where
// each live loop stands.
//
// A view is a copy of the tags and pointers to the entries. It is good until the map changes. Looking is a read, except
// that no other thread may step a loop meanwhile.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "loop.hpp"

namespace steady::classic {

// One bucket of a chain.
template <class Key, class Value>
struct bucket_view {
  std::array<std::uint8_t, slots_per_bucket> tophash{};
  std::array<const Key*, slots_per_bucket> keys{};  // null where no entry is
  std::array<const Value*, slots_per_bucket> values{};
  bool preallocated = true;  // lies in the array's block; else has an allocation of its own
  std::size_t position = 0;  // in the array, if preallocated

  [[nodiscard]] slot_state state(std::size_t slot) const noexcept { return state_of(tophash[slot]); }
};

// A main or old bucket with its overflow buckets. Of an evacuated one only the head is shown.
template <class Key, class Value>
struct chain_view {
  bool evacuated = false;
  std::vector<bucket_view<Key, Value>> buckets;
};

template <class Key, class Value>
struct hmap_view {
  std::uint64_t count = 0;
  std::uint8_t flags = 0;
  unsigned B = 0;
  std::uint16_t noverflow = 0;
  std::uint32_t hash0 = 0;
  std::size_t nevacuate = 0;
  bool growing = false;
  bool same_size_growth = false;
  std::ptrdiff_t next_overflow = -1;  // position of the first free preallocated overflow bucket
  std::size_t total_buckets = 0;  // of the main array, with the preallocated ones
  std::size_t overflow_allocations = 0;  // mapextra.overflow
  std::size_t old_overflow_allocations = 0;  // mapextra.oldoverflow
  std::vector<loop_position> loops;  // the live ones, oldest first
  std::vector<chain_view<Key, Value>> buckets;
  std::vector<chain_view<Key, Value>> oldbuckets;
};

template <class Config>
class viewer {
  using map = hmap<Config>;
  using array = typename map::array;
  using key_type = typename Config::key_type;
  using mapped_type = typename Config::mapped_type;

 public:
  [[nodiscard]] static hmap_view<key_type, mapped_type> view(const map& of) {
    hmap_view<key_type, mapped_type> shown;
    shown.count = of.count;
    shown.flags = of.flags.load(std::memory_order_relaxed);
    shown.B = of.B;
    shown.noverflow = of.noverflow;
    shown.hash0 = of.hash0();
    shown.nevacuate = of.nevacuate;
    shown.growing = of.growing();
    shown.same_size_growth = of.same_size();
    of.loops.for_each(
        [&](const loop_link& link) { shown.loops.push_back(loop<Config>::of(link).position()); });
    std::ranges::reverse(shown.loops);
    if (of.buckets != nullptr) {
      shown.total_buckets = of.buckets->total;
      if (of.next_overflow != nullptr) shown.next_overflow = of.next_overflow - of.buckets->at(0);
      shown.overflow_allocations = view_array(*of.buckets, shown.buckets);
    }
    if (of.growing()) shown.old_overflow_allocations = view_array(*of.oldbuckets, shown.oldbuckets);
    return shown;
  }

 private:
  static std::size_t view_array(const array& of, std::vector<chain_view<key_type, mapped_type>>& chains) {
    chains.reserve(of.main);
    for (std::size_t number = 0; number < of.main; ++number) {
      const auto* at = of.at(number);
      auto& chain = chains.emplace_back();
      chain.evacuated = at->evacuated();
      for (; at != nullptr; at = chain.evacuated ? nullptr : at->overflow) {
        auto& shown = chain.buckets.emplace_back();
        shown.preallocated = of.holds(at);
        if (shown.preallocated) shown.position = static_cast<std::size_t>(at - of.at(0));
        for (unsigned index = 0; index < slots_per_bucket; ++index) {
          shown.tophash[index] = at->tophash[index];
          if (at->tophash[index] < min_top_hash) continue;
          shown.keys[index] = std::addressof(at->keys[index].get());
          shown.values[index] = std::addressof(at->values[index].get());
        }
      }
    }
    std::size_t allocations = 0;
    for (const auto* own = of.overflow; own != nullptr; own = own->next) ++allocations;
    return allocations;
  }
};

}  // namespace steady::classic
