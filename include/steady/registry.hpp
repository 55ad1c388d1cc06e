// steady::registry: the named maps, channels and heaps of the program and what each of them is doing, for any thread at any time.
//
//   sessions.name("sessions");                              // a map with an observer in its Options (observe.hpp), any sync_map
//   for (const steady::map_snapshot& map : steady::registry::maps())
//     std::printf("%s: %llu entries, %zu bytes\n", map.name.c_str(), map.size, map.bytes());
//
//   steady::chan<job> jobs{64, "jobs"};                     // any channel
//   steady::registry::channels();                           // channel/listing.hpp
//   heap.name("parser");                                    // any span_resource
//   steady::registry::heaps();
//
// What threads share is read where it is, under its own locks: channels, sync_map, locked_map, span_resource. No other map is
// read here. A named one publishes: its size and counts with every write, in relaxed stores; the figures that
// take a look at buckets (bytes, probe lengths, fill) when every 32nd write finds that 100 ms have gone by, one block of
// buckets each time. So figures are as old as the map's last write, and those of a large map as old as its last round:
// blocks_seen of blocks in the first one. publish() renews them all. Maps may be made, named, moved and destroyed in other
// threads meanwhile; a map that has died is not listed, or was listed as it was.
// Reads (find, contains) are not counted: they stay what they are.
//
// Complexity: maps() and find() copy about 3 KB a map, and look at each shard of a sync_map; heaps() copies 4 KB a heap. A name and
// its end take a lock for a search among the names.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "channel/listing.hpp"
#include "detail/heap_record.hpp"
#include "observe.hpp"

namespace steady {

// A part of a sync_map.
struct shard_snapshot {
  std::uint64_t size = 0;  // entries
  std::uint64_t buckets = 0;
  std::uint64_t bytes = 0;
  std::uint64_t lock_waits = 0;  // how often its lock was not free when it was wanted
};

// A named span_resource.
struct heap_snapshot {
  std::string name;
  span_stats stats;
};

// A named map at some time of its life. Counts are since it got its name, of a shared one since it was made.
struct map_snapshot {
  std::string name;
  std::string type;  // as the compiler spells it
  bool classic =
      false;  // a classic_map: its groups are buckets of eight slots, its overflow nodes overflow buckets
  // Threads share it (sync_map, locked_map): its buckets are not walked over, and what would cost its users is not counted. So of the
  // figures below there are size, buckets, slots, the four bytes, inserts, erases, overflow_nodes, entries_moved and value_bytes,
  // the sums over its shards; all others are 0 and mean nothing.
  bool shared = false;
  std::vector<shard_snapshot> shards;  // of a sync_map; those that were locked as they were seen last

  std::uint64_t size = 0;  // entries
  std::uint64_t buckets = 0;
  std::uint64_t slots = 0;
  unsigned B = 0;
  std::uint64_t nevacuate = 0;  // growth progress: of 2^B buckets; classic_map: of old_buckets
  std::uint64_t old_buckets = 0;  // classic_map, while it grows
  std::uint64_t reserved = 0;  // entries asked for by reserve()
  std::uint64_t tombstones = 0;  // classic_map
  std::uint64_t live_loops = 0;
  bool seed_fixed = false;  // set by the program, not drawn
  std::chrono::nanoseconds seed_age{};  // since it was drawn or set; 0: before the first insert

  // Bytes asked of the allocator, by what they are for.
  std::uint64_t block_bytes = 0;
  std::uint64_t overflow_bytes = 0;
  std::uint64_t directory_bytes = 0;
  std::uint64_t entry_bytes = 0;

  std::uint64_t inserts = 0;  // of new keys
  std::uint64_t erases = 0;  // of a shared map also by clear()
  std::uint64_t absent_erases = 0;  // that found nothing
  std::uint64_t clears = 0;
  std::uint64_t loops = 0;  // begun
  std::uint64_t splits = 0;
  std::uint64_t merges = 0;
  std::uint64_t growths = 0;
  std::uint64_t same_size_growths = 0;
  std::uint64_t shrinks = 0;
  std::uint64_t reseeds = 0;
  std::uint64_t long_probes = 0;
  std::uint64_t entries_moved = 0;  // by structural work; counted anew when the map has been emptied
  std::uint64_t overflow_nodes = 0;
  std::uint64_t refreshes = 0;  // looks at buckets so far

  std::uint64_t value_bytes = 0;  // of a value (of a set: a key) as its type has it
  std::uint64_t largest_value = 0;  // seen so far; strings and vectors with what they hold

  // Of the blocks looked at so far. probe_lengths[i]: entries found by looking at i + 1 groups; the last: all further ones.
  std::array<std::uint64_t, detail::walk_figures::lengths> probe_lengths{};
  std::uint64_t overflow_entries = 0;
  std::uint64_t overflow_buckets = 0;  // buckets with a chain
  std::uint64_t longest_chain = 0;  // entries in the fullest bucket and its chain
  std::uint64_t crowded_entries = 0;  // those beyond the slots of a bucket, wherever they lie
  std::uint64_t blocks = 0;
  std::uint64_t blocks_seen = 0;
  // The map from its first block to its last, in cells of so many blocks: how many thousandths of the slots are in use.
  std::uint64_t blocks_per_cell = 1;
  std::vector<std::uint16_t> fill;

  [[nodiscard]] std::uint64_t bytes() const noexcept {
    return block_bytes + overflow_bytes + directory_bytes + entry_bytes;
  }
  [[nodiscard]] double load_factor() const noexcept { return ratio(size, slots); }
  [[nodiscard]] std::uint64_t lock_waits() const noexcept {
    std::uint64_t waits = 0;
    for (const shard_snapshot& each : shards) waits += each.lock_waits;
    return waits;
  }
  [[nodiscard]] double growth_progress() const noexcept {
    return ratio(nevacuate, classic ? old_buckets : buckets - nevacuate);
  }
  [[nodiscard]] double overflow_share() const noexcept { return ratio(overflow_entries, probed()); }
  // How many groups are looked at to find an entry: on average, at most in so many of all cases, and at most.
  [[nodiscard]] double probe_mean() const noexcept {
    std::uint64_t groups = 0;
    for (std::size_t length = 0; length < probe_lengths.size(); ++length)
      groups += probe_lengths[length] * (length + 1);
    return ratio(groups, probed());
  }
  [[nodiscard]] unsigned probe_quantile(double of_all) const noexcept {
    const double wanted = of_all * static_cast<double>(probed());
    std::uint64_t entries = 0;
    for (unsigned length = 0; length < probe_lengths.size(); ++length) {
      entries += probe_lengths[length];
      if (entries != 0 && static_cast<double>(entries) >= wanted) return length + 1;
    }
    return 0;
  }
  [[nodiscard]] unsigned probe_p99() const noexcept { return probe_quantile(0.99); }
  [[nodiscard]] unsigned probe_max() const noexcept { return probe_quantile(1); }

 private:
  [[nodiscard]] std::uint64_t probed() const noexcept {
    std::uint64_t entries = 0;
    for (const std::uint64_t number : probe_lengths) entries += number;
    return entries;
  }
  [[nodiscard]] static double ratio(std::uint64_t part, std::uint64_t whole) noexcept {
    return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
  }
};

namespace detail {

inline void add_shards(map_snapshot& to, const std::vector<shard_figures>& shards) {
  for (const shard_figures& each : shards) {
    const map_stats& stats = each.stats;
    if (each.lock_waits) to.shards.push_back({stats.size, stats.buckets, stats.bytes(), *each.lock_waits});
    to.size += stats.size;
    to.buckets += stats.buckets;
    to.slots += stats.slots;
    to.block_bytes += stats.block_bytes;
    to.overflow_bytes += stats.overflow_bytes;
    to.directory_bytes += stats.directory_bytes;
    to.entry_bytes += stats.entry_bytes;
    to.inserts += stats.size + each.erased;
    to.erases += each.erased;
    to.overflow_nodes += stats.overflow_nodes;
    to.entries_moved += stats.entries_moved;
  }
}

[[nodiscard]] inline map_snapshot snapshot_of(std::string name, map_record& record) {
  map_snapshot seen;
  seen.name = std::move(name);
  seen.type = record.type();
  seen.classic = record.classic();
  seen.value_bytes = record.value_bytes();
  if (record.shared()) {
    seen.shared = true;
    add_shards(seen, record.look());
    return seen;
  }
  const auto get = [&](figure which) { return record.get(which); };
  seen.size = get(figure::size);
  seen.buckets = get(figure::buckets);
  seen.slots = get(figure::slots);
  if (seen.classic) {
    seen.B = static_cast<unsigned>(get(figure::B));
    seen.nevacuate = get(figure::nevacuate);
    seen.old_buckets = get(figure::old_buckets);
  } else if (seen.buckets != 0) {
    seen.B = static_cast<unsigned>(std::bit_width(seen.buckets)) - 1;
    seen.nevacuate = seen.buckets - std::bit_floor(seen.buckets);
  }
  seen.reserved = get(figure::reserved);
  seen.tombstones = get(figure::tombstones);
  seen.live_loops = get(figure::live_loops);
  seen.seed_fixed = get(figure::seed_fixed) != 0;
  if (const std::uint64_t drawn = get(figure::seed_drawn_at); drawn != 0)
    seen.seed_age = std::max(std::chrono::nanoseconds{0},
                             std::chrono::nanoseconds(naming::clock::now().time_since_epoch()) -
                                 std::chrono::nanoseconds(drawn));
  seen.block_bytes = get(figure::block_bytes);
  seen.overflow_bytes = get(figure::overflow_bytes);
  seen.directory_bytes = get(figure::directory_bytes);
  seen.entry_bytes = get(figure::entry_bytes);
  seen.inserts = get(figure::inserts);
  seen.erases = get(figure::erases);
  seen.absent_erases = get(figure::absent_erases);
  seen.clears = get(figure::clears);
  seen.loops = get(figure::loops);
  seen.splits = get(figure::splits);
  seen.merges = get(figure::merges);
  seen.growths = get(figure::growths);
  seen.same_size_growths = get(figure::same_size_growths);
  seen.shrinks = get(figure::shrinks);
  seen.reseeds = get(figure::reseeds);
  seen.long_probes = get(figure::long_probes);
  seen.entries_moved = get(figure::entries_moved);
  seen.overflow_nodes = get(figure::overflow_nodes);
  seen.refreshes = get(figure::refreshes);
  seen.largest_value = get(figure::largest_value);
  const walk_figures walk = record.walk();
  seen.probe_lengths = walk.probes;
  seen.overflow_entries = walk.overflow_entries;
  seen.overflow_buckets = walk.overflow_buckets;
  seen.longest_chain = walk.longest_chain;
  seen.crowded_entries = walk.crowded_entries;
  seen.blocks = walk.blocks;
  seen.blocks_seen = walk.blocks_seen;
  seen.blocks_per_cell = walk.blocks_per_cell;
  seen.fill.assign(walk.fill.begin(), walk.fill.begin() + static_cast<std::ptrdiff_t>(walk.cells));
  return seen;
}

}  // namespace detail

namespace registry {

// All named maps, in the order of their names.
[[nodiscard]] inline std::vector<map_snapshot> maps() {
  std::vector<map_snapshot> all;
  for (auto& [name, record] : detail::record_list::all().list())
    all.push_back(detail::snapshot_of(std::move(name), *record));
  return all;
}

// The map of that name; nothing if there is none.
[[nodiscard]] inline std::optional<map_snapshot> find(std::string_view name) {
  const auto record = detail::record_list::all().find(name);
  if (record == nullptr) return std::nullopt;
  return detail::snapshot_of(std::string{name}, *record);
}

// A sink's place at a map: as long as this lives, the sink is told of the map's events. When its destructor has returned
// the sink is not being called any more. The map may go before.
class attachment {
 public:
  attachment() = default;
  attachment(std::shared_ptr<detail::map_record> to, event_sink& sink) : to_(std::move(to)), sink_(&sink) {
    to_->attach(sink);
  }
  attachment(attachment&&) = default;
  attachment& operator=(attachment&& other) noexcept {
    detach();
    to_ = std::move(other.to_);
    sink_ = other.sink_;
    return *this;
  }
  ~attachment() { detach(); }

  // False when there was no map of the name, or it has no observer and so no events.
  [[nodiscard]] explicit operator bool() const noexcept { return to_ != nullptr; }
  void detach() noexcept {
    if (to_ != nullptr) std::exchange(to_, nullptr)->detach(*sink_);
  }

 private:
  std::shared_ptr<detail::map_record> to_;
  event_sink* sink_ = nullptr;
};

// Tells the sink of the events of the map of that name, from its next operation on.
[[nodiscard]] inline attachment attach(std::string_view name, event_sink& sink) {
  auto record = detail::record_list::all().find(name);
  return record == nullptr || !record->told() ? attachment{} : attachment(std::move(record), sink);
}

// All named heaps, in the order of their names.
[[nodiscard]] inline std::vector<heap_snapshot> heaps() {
  std::vector<heap_snapshot> all;
  detail::heap_name::list::all().each([&](const std::string& name, const detail::listed_heap& each) {
    all.push_back({name, each.read(each.heap)});
  });
  return all;
}

}  // namespace registry
}  // namespace steady
