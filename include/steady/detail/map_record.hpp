// What a named map publishes about itself, and the list of all that do.
//
// One thread writes a record, the one that works on the map (loops of an unchanged map may begin in several: their figures
// are added up atomically); any thread reads it at any time. A reader never touches the map: it copies numbers, all of
// them atomic and relaxed. Those that take a walk over buckets (probe lengths, fill) are in two copies: the writer makes
// the one that is not current, and then makes it current. A version number tells a reader that it was overtaken, which
// takes two refreshes in the time of a copy.
//
// A record is shared: by its map, until that is renamed or gone, and by whoever is reading it. So a map may die at any time.
//
// A map that threads share (sync_map, locked_map) does not publish: it has locks, so whoever reads its record looks at the
// map itself, under them (shared_name.hpp).
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../stats.hpp"
#include "name_list.hpp"

namespace steady {

struct event;

// Told of events at run time (registry.hpp: attach).
class event_sink {
 public:
  // Called by the thread that uses the map, in the middle of the operation; must not use the map. What it throws is
  // dropped. Calls for one map come one after the other.
  virtual void on_event(const event& what) = 0;

 protected:
  event_sink() = default;
  event_sink(const event_sink&) = default;
  event_sink& operator=(const event_sink&) = default;
  ~event_sink() = default;
};

namespace detail {

enum class figure : std::uint8_t {
  size,
  buckets,
  slots,
  B,
  nevacuate,
  old_buckets,
  reserved,
  seed_fixed,
  block_bytes,
  overflow_bytes,
  directory_bytes,
  entry_bytes,
  overflow_nodes,
  tombstones,
  entries_moved,
  live_loops,
  loops,
  inserts,
  erases,
  absent_erases,
  clears,
  splits,
  merges,
  growths,
  same_size_growths,
  shrinks,
  reseeds,
  long_probes,
  refreshes,
  seed_drawn_at,  // nanoseconds of the steady clock
  largest_value,
  number_of_figures,
};

// The figures of a walk, of all blocks of buckets as each was when it was looked at last.
struct walk_figures {
  static constexpr std::size_t lengths = 8;
  static constexpr std::size_t most_cells = 256;

  std::array<std::uint64_t, lengths>
      probes{};  // entries found by looking at i + 1 groups; the last: all further ones
  std::uint64_t overflow_entries = 0;
  std::uint64_t overflow_buckets = 0;  // buckets with a chain
  std::uint64_t longest_chain = 0;  // entries
  std::uint64_t crowded_entries = 0;
  std::uint64_t cells = 0;
  std::uint64_t blocks_per_cell = 1;
  std::uint64_t blocks = 0;
  std::uint64_t blocks_seen = 0;
  std::array<std::uint16_t, most_cells> fill{};  // thousandths of a cell's slots that hold an entry
};

// One of the two copies.
class walk_copy {
 public:
  // Release stores after an odd version, acquire loads before it is looked at again: a fence would do the same, but the
  // thread sanitizer does not know fences.
  void write(const walk_figures& from) noexcept {
    const std::uint64_t begun = version_.load(std::memory_order_relaxed) + 1;
    version_.store(begun, std::memory_order_relaxed);
    std::size_t at = 0;
    each(from, [&](std::uint64_t word) { words_[at++].store(word, std::memory_order_release); });
    version_.store(begun + 1, std::memory_order_release);
  }
  // False when a write came between.
  [[nodiscard]] bool read(walk_figures& to) const noexcept {
    const std::uint64_t before = version_.load(std::memory_order_acquire);
    std::size_t at = 0;
    each(to, [&](auto& word) {
      word =
          static_cast<std::remove_reference_t<decltype(word)>>(words_[at++].load(std::memory_order_acquire));
    });
    return before % 2 == 0 && version_.load(std::memory_order_relaxed) == before;
  }

 private:
  template <class Figures, class Visit>
  static void each(Figures& of, Visit&& visit) {
    for (auto& probes : of.probes) visit(probes);
    visit(of.overflow_entries);
    visit(of.overflow_buckets);
    visit(of.longest_chain);
    visit(of.crowded_entries);
    visit(of.cells);
    visit(of.blocks_per_cell);
    visit(of.blocks);
    visit(of.blocks_seen);
    for (std::size_t cell = 0; cell < of.cells && cell < of.fill.size(); ++cell) visit(of.fill[cell]);
  }

  std::atomic<std::uint64_t> version_{0};
  std::array<std::atomic<std::uint64_t>, walk_figures::lengths + 8 + walk_figures::most_cells> words_{};
};

// A part of a map that threads share, with a lock of its own.
struct shard_figures {
  map_stats stats;  // without what takes a walk
  std::uint64_t erased = 0;
  std::optional<std::uint64_t> lock_waits{};  // nothing: not counted, and no part but the whole
};

class map_record {
 public:
  // Renews them from the map itself, but for those that are locked.
  using look_function = void (*)(const void* map, std::vector<shard_figures>& shards);

  map_record(std::string_view type, std::size_t value_bytes, bool classic)
      : type_(type), value_bytes_(value_bytes), classic_(classic) {}
  // Of a map that threads share. `told`: whether there is an observer in its Options.
  map_record(std::string_view type, std::size_t value_bytes, bool told, const void* map, look_function reader)
      : type_(type), value_bytes_(value_bytes), classic_(false), told_(told), map_(map), look_(reader) {}
  map_record(const map_record&) = delete;
  map_record& operator=(const map_record&) = delete;

  [[nodiscard]] std::string_view type() const noexcept { return type_; }
  [[nodiscard]] std::size_t value_bytes() const noexcept { return value_bytes_; }
  [[nodiscard]] bool classic() const noexcept { return classic_; }
  // Whether its events reach the sinks.
  [[nodiscard]] bool told() const noexcept { return told_; }
  // Whether threads share the map: then it is looked at, and publishes nothing.
  [[nodiscard]] bool shared() const noexcept { return look_ != nullptr; }

  [[nodiscard]] std::uint64_t get(figure which) const noexcept {
    return of(which).load(std::memory_order_relaxed);
  }
  // The writer's.
  void set(figure which, std::uint64_t to) noexcept { of(which).store(to, std::memory_order_relaxed); }
  void count(figure which, std::uint64_t more = 1) noexcept { set(which, get(which) + more); }
  // For what several threads may count.
  void add(figure which, std::uint64_t more = 1) noexcept {
    of(which).fetch_add(more, std::memory_order_relaxed);
  }

  void publish(const walk_figures& figures) noexcept {
    const unsigned other = current_.load(std::memory_order_relaxed) ^ 1u;
    copies_[other].write(figures);
    current_.store(other, std::memory_order_release);
  }
  [[nodiscard]] walk_figures walk() const noexcept {
    walk_figures seen;
    while (!copies_[current_.load(std::memory_order_acquire)].read(seen)) {
    }
    return seen;
  }

  // ---- a map that threads share ----
  [[nodiscard]] std::vector<shard_figures> look() {
    if (!shared()) return {};
    const std::lock_guard guard(look_mutex_);
    if (map_ != nullptr) look_(map_, shards_);
    return shards_;
  }
  // The map is about to end. When this returns nobody looks at it any more.
  void map_ends() noexcept {
    const std::lock_guard guard(look_mutex_);
    map_ = nullptr;
  }

  // ---- sinks ----
  void attach(event_sink& sink) {
    const std::lock_guard guard(sinks_mutex_);
    sinks_.push_back(&sink);
    has_sinks_.store(true, std::memory_order_relaxed);
  }
  void detach(const event_sink& sink) noexcept {
    const std::lock_guard guard(sinks_mutex_);
    std::erase(sinks_, &sink);
    has_sinks_.store(!sinks_.empty(), std::memory_order_relaxed);
  }
  // The lock is held meanwhile, so that whoever has detached a sink may destroy it; recursive, so that a sink may detach
  // itself.
  template <class Visit>
  void each_sink(Visit&& visit) {
    if (!has_sinks_.load(std::memory_order_relaxed)) return;
    const std::lock_guard guard(sinks_mutex_);
    for (std::size_t at = 0; at < sinks_.size(); ++at) visit(*sinks_[at]);
  }

 private:
  [[nodiscard]] std::atomic<std::uint64_t>& of(figure which) noexcept {
    return figures_[static_cast<std::size_t>(which)];
  }
  [[nodiscard]] const std::atomic<std::uint64_t>& of(figure which) const noexcept {
    return figures_[static_cast<std::size_t>(which)];
  }

  std::string_view type_;
  std::size_t value_bytes_;
  bool classic_;
  bool told_ = true;
  std::mutex look_mutex_;
  const void* map_ = nullptr;
  look_function look_ = nullptr;
  std::vector<shard_figures> shards_;
  std::array<std::atomic<std::uint64_t>, static_cast<std::size_t>(figure::number_of_figures)> figures_{};
  std::array<walk_copy, 2> copies_;
  std::atomic<unsigned> current_{0};
  std::recursive_mutex sinks_mutex_;
  std::vector<event_sink*> sinks_;
  std::atomic<bool> has_sinks_{false};
};

// What a part of a map that threads share says in its events: whose part it is, that one's name, and its record, if it is named.
struct whole_map {
  const void* map = nullptr;
  std::string_view name{};
  map_record* record = nullptr;
};

// All of them, by name.
using record_list = name_list<std::shared_ptr<map_record>>;

}  // namespace detail
}  // namespace steady
