// The figures of a classic map: what stats() tells. Taking them walks the whole map, but for the counters.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "hmap.hpp"

namespace steady::classic {

struct map_stats {
  std::uint64_t size = 0;
  unsigned B = 0;
  std::uint64_t main_buckets = 0;
  std::uint64_t old_buckets =
      0;  // of the array being evacuated; nevacuate of them are done, and some out of turn
  std::uint64_t nevacuate = 0;
  std::uint64_t noverflow = 0;  // what the header counts: by chance from B = 16 on
  std::uint64_t overflow_buckets = 0;  // linked into chains of the main array, counted exactly
  std::uint64_t slots = 0;  // of main buckets and those overflow buckets
  std::uint64_t tombstones = 0;  // slots marked empty_one
  std::uint64_t crowded_entries =
      0;  // entries beyond eight a chain, wherever in it they lie: what the hash is to blame for
  std::uint64_t live_loops = 0;
  bool seed_fixed =
      false;  // from a source that the program set, or set itself since the map was last emptied

  // Since the map was made.
  std::uint64_t inserts = 0;
  std::uint64_t erases = 0;
  std::uint64_t doublings = 0;
  std::uint64_t same_size_growths = 0;
  std::uint64_t entries_evacuated = 0;
  std::uint64_t slot_reuses =
      0;  // inserts into a slot that held an entry since its array was made or cleared
  std::uint64_t peak_overload = 0;  // most entries above the load factor's limit, which only a growth allows
  std::uint64_t reseeds = 0;

  // Bytes asked of the allocator, by what they are for.
  std::size_t main_bytes = 0;  // both arrays with their preallocated overflow buckets, and the header
  std::size_t overflow_bytes = 0;  // overflow buckets allocated one by one
  std::size_t indirect_bytes = 0;  // keys and values with a node of their own

  // Slots looked at, in the order of the chain, until the entry is found, and until a chain is known not to have a key
  // (its empty_rest included); [i]: i slots, the last counts all that are more.
  std::array<std::uint64_t, 33> hit_probes{};
  std::array<std::uint64_t, 33> miss_probes{};

  [[nodiscard]] std::size_t bytes() const noexcept { return main_bytes + overflow_bytes + indirect_bytes; }
  [[nodiscard]] double load() const noexcept {
    return main_buckets == 0 ? 0 : static_cast<double>(size) / static_cast<double>(main_buckets);
  }
  // Of the slots that hold an entry or are marked empty_one, those marked.
  [[nodiscard]] double deleted_share() const noexcept {
    return tombstones == 0 ? 0 : static_cast<double>(tombstones) / static_cast<double>(tombstones + size);
  }
  [[nodiscard]] double slots_per_entry() const noexcept {
    return size == 0 ? 0 : static_cast<double>(slots) / static_cast<double>(size);
  }
  [[nodiscard]] double growth_progress() const noexcept {
    return old_buckets == 0 ? 0 : static_cast<double>(nevacuate) / static_cast<double>(old_buckets);
  }
  [[nodiscard]] static double mean(const std::array<std::uint64_t, 33>& probes) noexcept {
    std::uint64_t number = 0;
    std::uint64_t sum = 0;
    for (std::size_t length = 0; length < probes.size(); ++length) {
      number += probes[length];
      sum += probes[length] * length;
    }
    return number == 0 ? 0 : static_cast<double>(sum) / static_cast<double>(number);
  }
};

template <class Config>
class stats_taker {
  using map = hmap<Config>;
  using bucket = typename map::bucket;

 public:
  [[nodiscard]] static map_stats take(const map& of) {
    map_stats stats;
    stats.size = of.count;
    stats.B = of.B;
    stats.nevacuate = of.nevacuate;
    stats.noverflow = of.noverflow;
    stats.tombstones = of.counted.tombstones;
    stats.live_loops = of.live_loops();
    stats.seed_fixed = of.seed_fixed();
    stats.inserts = of.counted.inserts;
    stats.erases = of.counted.erases;
    stats.doublings = of.counted.doublings;
    stats.same_size_growths = of.counted.same_size_growths;
    stats.entries_evacuated = of.counted.entries_evacuated;
    stats.slot_reuses = of.counted.slot_reuses;
    stats.peak_overload = of.counted.peak_overload;
    stats.reseeds = of.counted.reseeds;
    stats.main_bytes = sizeof(map);
    for (const auto* spare = of.spare; spare != nullptr; spare = spare->next)
      stats.overflow_bytes += sizeof(*spare);
    if (of.buckets != nullptr) {
      stats.main_buckets = of.buckets->main;
      add_array(stats, *of.buckets, true);
    }
    if (of.growing()) {
      stats.old_buckets = of.old_bucket_count();
      add_array(stats, *of.oldbuckets, false);
    }
    using key_node = counted_node<typename Config::key_type>;
    using value_node = counted_node<typename Config::mapped_type>;
    stats.indirect_bytes =
        static_cast<std::size_t>(of.count) *
        ((Config::inline_key ? 0 : sizeof(key_node)) + (Config::inline_value ? 0 : sizeof(value_node)));
    return stats;
  }

 private:
  static void add_array(map_stats& stats, const typename map::array& array, bool is_main) {
    stats.main_bytes += map::array_bytes(array);
    for (const auto* own = array.overflow; own != nullptr; own = own->next)
      stats.overflow_bytes += sizeof(*own);
    for (std::size_t number = 0; number < array.main; ++number) {
      const bucket* head = array.at(number);
      if (head->evacuated()) continue;
      const std::uint64_t chain = add_probes(stats, head);
      if (!is_main) continue;
      stats.slots += chain * slots_per_bucket;
      stats.overflow_buckets += chain - 1;
    }
  }

  // Walks one chain; the buckets in it.
  static std::uint64_t add_probes(map_stats& stats, const bucket* at) {
    const std::size_t last = stats.hit_probes.size() - 1;
    std::size_t looked = 0;
    std::size_t miss = 0;
    std::uint64_t buckets = 0;
    std::uint64_t entries = 0;
    for (; at != nullptr; at = at->overflow) {
      ++buckets;
      for (const std::uint8_t tag : at->tophash) {
        ++looked;
        if (tag >= min_top_hash) {
          ++entries;
          ++stats.hit_probes[std::min(looked, last)];
        }
        if (tag == empty_rest && miss == 0) miss = looked;
      }
    }
    ++stats.miss_probes[std::min(miss == 0 ? looked : miss, last)];
    stats.crowded_entries += entries - std::min<std::uint64_t>(entries, slots_per_bucket);
    return buckets;
  }
};

}  // namespace steady::classic
