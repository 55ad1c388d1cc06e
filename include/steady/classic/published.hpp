// What a named classic map publishes of itself (detail/map_record.hpp), with every write and by one block of buckets at a time.
//
// A block is 128 main buckets, and while the map grows the old buckets of the same numbers that are not evacuated. Only maps
// with an observer in their Policy come here.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "../detail/watch.hpp"
#include "hmap.hpp"

namespace steady::classic {

template <class Config>
class publisher {
  using map = hmap<Config>;
  using bucket = typename map::bucket;
  using figure = typename detail::watch<typename Config::observer>::figure;
  using figures = typename detail::watch<typename Config::observer>::figures;

  static constexpr std::size_t block_buckets = 128;

 public:
  // After a write. `of` may be null: there was none yet.
  template <class Watch>
  static void written(const map* of, const Watch& watch) noexcept {
    auto* const named = watch.named();
    if (named == nullptr) return;
    auto& record = *named->record;
    set_words(of, record);
    if (!named->due()) [[likely]]
      return;
    renew(of, record);
    if (of == nullptr || of->buckets == nullptr) return record.publish({});
    named->walk.step(blocks_of(*of), [&](std::uint64_t block) { return look_at(*of, block); });
    record.publish(named->walk.figures());
  }
  // All of it.
  template <class Watch>
  static void publish(const map* of, const Watch& watch) noexcept {
    auto* const named = watch.named();
    if (named == nullptr) return;
    auto& record = *named->record;
    set_words(of, record);
    renew(of, record);
    if (of == nullptr || of->buckets == nullptr) return record.publish({});
    named->walk.round(blocks_of(*of), [&](std::uint64_t block) { return look_at(*of, block); });
    record.publish(named->walk.figures());
  }

 private:
  template <class Record>
  static void set_words(const map* of, Record& record) noexcept {
    const bool any = of != nullptr && of->buckets != nullptr;
    const std::uint64_t main = any ? of->buckets->main : 0;
    record.set(figure::size, any ? of->count : 0);
    record.set(figure::buckets, main);
    record.set(figure::slots, any ? (main + of->noverflow) * slots_per_bucket : 0);
    record.set(figure::B, any ? of->B : 0);
    record.set(figure::nevacuate, any && of->growing() ? of->nevacuate : 0);
    record.set(figure::old_buckets, any && of->growing() ? of->old_bucket_count() : 0);
    record.set(figure::tombstones, any ? of->counted.tombstones : 0);
    record.set(figure::overflow_nodes, any ? of->noverflow : 0);
  }
  template <class Record>
  static void renew(const map* of, Record& record) noexcept {
    record.count(figure::refreshes);
    record.set(figure::largest_value, sizeof(typename Config::mapped_type));
    if (of == nullptr) return;
    using key_node = counted_node<typename Config::key_type>;
    using value_node = counted_node<typename Config::mapped_type>;
    std::size_t blocks = sizeof(map);
    if (of->buckets != nullptr) blocks += map::array_bytes(*of->buckets);
    if (of->growing()) blocks += map::array_bytes(*of->oldbuckets);
    record.set(figure::block_bytes, blocks);
    record.set(figure::overflow_bytes, of->observation.owned_overflow * sizeof(owned_bucket<bucket>));
    record.set(figure::entry_bytes, of->count * ((Config::inline_key ? 0 : sizeof(key_node)) +
                                                 (Config::inline_value ? 0 : sizeof(value_node))));
    record.set(figure::entries_moved, of->counted.entries_evacuated);
    record.set(figure::seed_fixed, of->seed_fixed() ? 1 : 0);
  }

  [[nodiscard]] static std::uint64_t blocks_of(const map& of) noexcept {
    return (of.buckets->main + block_buckets - 1) / block_buckets;
  }
  [[nodiscard]] static figures look_at(const map& of, std::uint64_t block) noexcept {
    figures seen;
    const auto first = static_cast<std::size_t>(block) * block_buckets;
    add_chains(*of.buckets, first, seen);
    if (of.growing()) add_chains(*of.oldbuckets, first, seen);
    return seen;
  }
  static void add_chains(const typename map::array& array, std::size_t first, figures& seen) noexcept {
    const std::size_t last = std::min(first + block_buckets, array.main);
    for (std::size_t number = first; number < last; ++number) {
      const bucket* at = array.at(number);
      if (at->evacuated()) continue;
      std::uint32_t entries = 0;
      std::size_t length = 0;
      for (; at != nullptr; at = at->overflow, ++length) {
        std::uint32_t here = 0;
        for (const std::uint8_t tag : at->tophash) here += tag >= min_top_hash;
        seen.slots += slots_per_bucket;
        seen.probes[std::min(length, seen.probes.size() - 1)] += here;
        (length == 0 ? seen.in_buckets : seen.overflow_entries) += here;
        entries += here;
      }
      seen.overflow_buckets += length > 1;
      seen.longest_chain = std::max(seen.longest_chain, entries);
      seen.crowded_entries += entries - std::min<std::uint32_t>(entries, slots_per_bucket);
    }
  }
};

}  // namespace steady::classic
