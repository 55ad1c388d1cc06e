// What a named map publishes about itself, and the list of all that do.
//
// One thread writes a record, the one that works on the map (loops of an unchanged map may begin in several: their figures
// are added up atomically); any thread reads it at any time. A reader never touches the map: it copies numbers, all of
// them atomic and relaxed. Those that take a walk over buckets (probe lengths, fill) are in two copies: the writer makes
// the one that is not current, and then makes it current. A version number tells a reader that it was overtaken, which
// takes two refreshes in the time of a copy.
//
// A record is shared: by its map, until that is renamed or gone, and by whoever is reading it. So a map may die at any time.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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

class map_record {
 public:
  map_record(std::string_view type, std::size_t value_bytes, bool classic)
      : type_(type), value_bytes_(value_bytes), classic_(classic) {}
  map_record(const map_record&) = delete;
  map_record& operator=(const map_record&) = delete;

  [[nodiscard]] std::string_view type() const noexcept { return type_; }
  [[nodiscard]] std::size_t value_bytes() const noexcept { return value_bytes_; }
  [[nodiscard]] bool classic() const noexcept { return classic_; }

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
  std::array<std::atomic<std::uint64_t>, static_cast<std::size_t>(figure::number_of_figures)> figures_{};
  std::array<walk_copy, 2> copies_;
  std::atomic<unsigned> current_{0};
  std::recursive_mutex sinks_mutex_;
  std::vector<event_sink*> sinks_;
  std::atomic<bool> has_sinks_{false};
};

// All of them, by name. Never destroyed, so that maps in static objects may leave it as late as they like.
class record_list {
 public:
  using names = std::map<std::string, std::shared_ptr<map_record>, std::less<>>;

  [[nodiscard]] static record_list& all() {
    static record_list* const list = new record_list;
    return *list;
  }

  // The name it got: that one, or with "#2", "#3" ... behind it when there is a map of this name.
  names::const_iterator enter(std::string name, std::shared_ptr<map_record> record) {
    const std::lock_guard guard(mutex_);
    const std::size_t wanted = name.size();
    for (unsigned number = 2;; ++number) {
      const auto [at, entered] = records_.try_emplace(name, record);
      if (entered) return at;
      name.resize(wanted);
      name += '#';
      name += std::to_string(number);
    }
  }
  void leave(names::const_iterator at) noexcept {
    const std::lock_guard guard(mutex_);
    records_.erase(at);
  }
  [[nodiscard]] std::vector<std::pair<std::string, std::shared_ptr<map_record>>> list() const {
    const std::lock_guard guard(mutex_);
    return {records_.begin(), records_.end()};
  }
  [[nodiscard]] std::shared_ptr<map_record> find(std::string_view name) const {
    const std::lock_guard guard(mutex_);
    const auto at = records_.find(name);
    return at == records_.end() ? nullptr : at->second;
  }

 private:
  mutable std::mutex mutex_;
  names records_;
};

}  // namespace detail
}  // namespace steady
