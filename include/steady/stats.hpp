// What a map can tell about itself: the figures of stats().
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace steady {

struct map_stats {
  std::uint64_t size = 0;             // entries
  std::uint64_t buckets = 0;          // of fifteen slots each, but for a small first one
  std::uint64_t slots = 0;            // the slots of these buckets
  unsigned B = 0;                     // the map has at least 2^B buckets and fewer than 2^(B+1)
  std::uint64_t nevacuate = 0;  // buckets split since there were 2^B: growth progress is nevacuate / 2^B
  std::uint64_t overflow_buckets = 0;  // buckets with a chain of overflow nodes
  std::uint64_t overflow_nodes = 0;  // of four slots each
  std::uint64_t overflow_entries = 0;  // entries that lie in overflow nodes
  std::uint64_t longest_chain = 0;  // entries in the fullest bucket and its overflow nodes
  std::uint64_t crowded_entries =
      0;  // those beyond fifteen a bucket, wherever they lie: what the hash is to blame for
  std::uint64_t entries_moved =
      0;  // by splits, merges and overflow, since the first bucket had fifteen slots
  std::uint64_t live_loops = 0;  // registered iterators
  std::uint64_t reserved = 0;  // entries asked for by reserve(): the map does not shrink below room for them
  bool seed_fixed = false;  // set by seed(), not drawn

  // Bytes asked of the allocator, by what they are for.
  std::size_t block_bytes =
      0;  // buckets: tag words, slots, links; with what precedes those of the first block
  std::size_t overflow_bytes = 0;  // slabs of overflow nodes
  std::size_t directory_bytes = 0;  // arrays of pointers to blocks
  std::size_t entry_bytes = 0;  // entries with a node of their own

  // probe_lengths[i]: entries found by looking at i + 1 groups (the bucket, then its overflow nodes one by one); the last
  // counts all that are further.
  std::array<std::uint64_t, 8> probe_lengths{};

  [[nodiscard]] std::size_t bytes() const noexcept {
    return block_bytes + overflow_bytes + directory_bytes + entry_bytes;
  }
  [[nodiscard]] double load_factor() const noexcept {
    return slots == 0 ? 0.0 : static_cast<double>(size) / static_cast<double>(slots);
  }
  [[nodiscard]] double growth_progress() const noexcept {
    return buckets == 0 ? 0.0 : static_cast<double>(nevacuate) / static_cast<double>(buckets - nevacuate);
  }
};

}  // namespace steady
