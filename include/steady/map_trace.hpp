// What the observed maps of a program did, drawn over time by chrome://tracing or ui.perfetto.dev: when each of them grew, and how
// full and how large it was meanwhile.
//
//   steady::map_trace trace;           // records from here on, all maps with an observer in their type (observe.hpp)
//   ... the program ...
//   trace.stop();
//   std::ofstream file("maps.json");
//   trace.write_chrome(file);
//
// Every map has a row. Its slices are the times at which it is between two powers of two of buckets: "growth" from the first split to
// the last, "shrinking" from the first merge to the last, "same-size growth" of a classic_map. One that turned round ends where
// it began. Marks: clear, reseed, long probe, misuse, shrink (of a classic_map) and ended. Counters of each map: load, in
// entries a bucket, as Go counts it (a bucket of steady::map has 15 slots, one of a classic_map 8), and bytes of blocks and overflow.
// They are renewed with each slice, mark and block; a single split, an insert and a loop leave nothing.
//
// A named map's row is its name's, wherever the map is moved; an unnamed one's, and that of a shard of a sync_map, is its place's, until
// it ends. The bytes of such a map that was there before the trace are those it took since.
//
// A trace holds a fixed number of events, given to the constructor, and at most 4,096 rows; the memory of the events is taken at once
// (40 bytes each), what finds no room is counted and not kept. Recording an event is a lock, a search among the rows and a copy. One
// trace records at a time. It may not be stopped by an observer that is being called.
#pragma once

#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "chrome_trace.hpp"
#include "observe.hpp"

namespace steady {

class map_trace final : public event_sink {
 public:
  static constexpr std::size_t usual_capacity = 100'000;
  static constexpr std::size_t most_rows = 4'096;

  explicit map_trace(std::size_t capacity = usual_capacity) : begun_(clock::now()), stopped_(begun_) {
    events_.reserve(capacity);
    detail::all_events.put(this);
  }
  map_trace(const map_trace&) = delete;
  map_trace& operator=(const map_trace&) = delete;
  ~map_trace() { stop(); }

  // Ends the recording; afterwards the trace does not change.
  void stop() noexcept {
    if (!std::exchange(recording_, false)) return;
    detail::all_events.take_out(this);
    stopped_ = clock::now();
  }

  // Keeps the event, if it is one of those that are drawn and there is room.
  void on_event(const event& what) override {
    if (!drawn(what)) return;
    const clock::time_point when = clock::now();
    const std::lock_guard guard(mutex_);
    const std::optional<std::uint32_t> at = row_of(what);
    if (!at) return;
    row& of = rows_[*at];
    of.count_bytes(what);
    if (what.kind == event_kind::ended) placed_.erase(what.map);
    if (events_.size() == events_.capacity()) {
      ++dropped_;
      return;
    }
    events_.push_back({when, *at, what.kind, what.size, what.buckets, of.bytes});
  }

  [[nodiscard]] std::size_t size() const {
    const std::lock_guard guard(mutex_);
    return events_.size();
  }
  // Events that found no room.
  [[nodiscard]] std::uint64_t dropped() const {
    const std::lock_guard guard(mutex_);
    return dropped_;
  }

  // Of a trace that was stopped. Linear in the events.
  void write_chrome(std::ostream& to) const {
    chrome_trace file(to, begun());
    add_to(file);
    file.end();
  }
  void add_to(chrome_trace& file) const {
    if (!rows_.empty()) file.name(maps, "maps");
    std::vector<phase> open(rows_.size());
    for (std::size_t at = 0; at < rows_.size(); ++at) file.name(maps, at + 1, rows_[at].name);
    for (const kept& each : events_) {
      draw(file, each, open[each.row]);
      count(file, each);
    }
    // What had not ended at the end of the trace.
    for (std::size_t at = 0; at < rows_.size(); ++at) close(file, at, open[at], stopped_);
  }
  [[nodiscard]] chrome_trace::time begun() const noexcept { return begun_; }

 private:
  using clock = std::chrono::steady_clock;
  static constexpr auto maps = chrome_trace::process::maps;

  struct kept {
    clock::time_point when;
    std::uint32_t row;
    event_kind kind;
    std::uint64_t size;
    std::uint64_t buckets;
    std::int64_t bytes;
  };
  struct row {
    std::string name;
    std::shared_ptr<detail::map_record> record;  // of a named map: knows the bytes, now and then
    std::uint64_t refreshes = 0;
    std::int64_t bytes = 0;

    // What the map says itself, when it has renewed its figures, and what blocks came and went since.
    void count_bytes(const event& what) noexcept {
      if (record != nullptr) {
        const std::uint64_t now = record->get(detail::figure::refreshes);
        if (std::exchange(refreshes, now) != now)
          bytes = static_cast<std::int64_t>(record->get(detail::figure::block_bytes) +
                                            record->get(detail::figure::overflow_bytes));
      }
      if (what.kind == event_kind::block_allocated) bytes += static_cast<std::int64_t>(what.amount);
      if (what.kind == event_kind::block_freed) bytes -= static_cast<std::int64_t>(what.amount);
      if (what.kind == event_kind::clear || what.kind == event_kind::ended) bytes = 0;
    }
  };
  // A slice that has begun; no name: there is none.
  struct phase {
    std::string_view name{};
    clock::time_point from{};
    std::uint64_t buckets = 0;
    std::uint64_t entries = 0;
  };

  [[nodiscard]] static bool drawn(const event& what) noexcept {
    switch (what.kind) {
    case event_kind::merged:
      return std::has_single_bit(what.buckets);  // the last one of a shrinking
    case event_kind::split:
    case event_kind::overflow_made:
    case event_kind::overflow_freed:
    case event_kind::loop_started:
    case event_kind::loop_ended:
    case event_kind::erase:
    case event_kind::insert:
      return false;
    default:
      return true;
    }
  }

  // Nothing, where there is no row and none is to be made.
  [[nodiscard]] std::optional<std::uint32_t> row_of(const event& what) {
    if (what.map_name.empty()) return row_by_place(what);
    auto record = detail::record_list::all().find(what.map_name);
    // Each shard of a map that threads share is a map, and all have the name, perhaps for longer than it is listed.
    if (record == nullptr || record->shared()) return row_by_place(what);
    const auto at = named_.find(what.map_name);
    if (at != named_.end()) {
      // Another map of the name, since that one has ended.
      if (rows_[at->second].record != record) {
        rows_[at->second].record = std::move(record);
        rows_[at->second].refreshes = 0;
      }
      return at->second;
    }
    const auto made = new_row(std::string(what.map_name), std::move(record));
    if (made) named_.emplace(what.map_name, *made);
    return made;
  }
  [[nodiscard]] std::optional<std::uint32_t> row_by_place(const event& what) {
    const auto name = [&](std::size_t number) {
      return std::string(what.map_name.empty() ? what.map_type : what.map_name) + " #" +
             std::to_string(number + 1);
    };
    const auto at = placed_.find(what.map);
    if (at != placed_.end()) {
      // A shard has events before its map has a name.
      if (!what.map_name.empty() && !rows_[at->second].name.starts_with(what.map_name))
        rows_[at->second].name = name(at->second);
      return at->second;
    }
    // Maps that an operation built aside come to their end here too.
    if (what.kind == event_kind::ended || what.kind == event_kind::block_freed) return std::nullopt;
    const auto made = new_row(name(rows_.size()), nullptr);
    if (made) placed_.emplace(what.map, *made);
    return made;
  }
  [[nodiscard]] std::optional<std::uint32_t> new_row(std::string name,
                                                     std::shared_ptr<detail::map_record> record) {
    if (rows_.size() == most_rows) {
      ++dropped_;
      return std::nullopt;
    }
    rows_.push_back({std::move(name), std::move(record)});
    return static_cast<std::uint32_t>(rows_.size() - 1);
  }

  static void draw(chrome_trace& file, const kept& each, phase& open) {
    const auto begin = [&](std::string_view name) {
      close(file, each.row, open, each.when);
      open = {name, each.when, each.buckets, each.size};
    };
    const auto mark = [&] { file.instant(maps, each.row + 1, to_string(each.kind), each.when); };
    switch (each.kind) {
    case event_kind::growth_started:
      return begin("growth");
    case event_kind::same_size_growth:
      return begin("same-size growth");
    case event_kind::growth_finished:
    case event_kind::merged:
      return close(file, each.row, open, each.when, &each);
    case event_kind::shrink:
      // A classic map has its new array at once.
      return std::has_single_bit(each.buckets) ? mark() : begin("shrinking");
    case event_kind::block_allocated:
    case event_kind::block_freed:
      return;
    case event_kind::clear:
    case event_kind::ended:
      close(file, each.row, open, each.when, &each);
      return mark();
    default:
      return mark();
    }
  }
  // `by` null: the trace ended, or another slice begins.
  static void close(chrome_trace& file, std::size_t at, phase& open, clock::time_point until,
                    const kept* by = nullptr) {
    if (open.name.empty()) return;
    if (by == nullptr) {
      file.slice(maps, at + 1, open.name, open.from, until,
                 {{"buckets before", open.buckets}, {"entries before", open.entries}});
    } else {
      file.slice(maps, at + 1, open.name, open.from, until,
                 {{"buckets before", open.buckets},
                  {"buckets", by->buckets},
                  {"entries before", open.entries},
                  {"entries", by->size}});
    }
    open = {};
  }
  void count(chrome_trace& file, const kept& each) const {
    const std::string& name = rows_[each.row].name;
    const bool none = each.kind == event_kind::ended || each.buckets == 0;
    const double load = none ? 0 : static_cast<double>(each.size) / static_cast<double>(each.buckets);
    file.counter(maps, name + ": load", each.when, {{"entries a bucket", load}});
    file.counter(maps, name + ": bytes", each.when, {{"bytes", static_cast<double>(each.bytes)}});
  }

  mutable std::mutex mutex_;
  std::vector<kept> events_;
  std::vector<row> rows_;
  std::map<std::string, std::uint32_t, std::less<>> named_;
  std::map<const void*, std::uint32_t> placed_;
  std::uint64_t dropped_ = 0;
  clock::time_point begun_;
  clock::time_point stopped_;
  bool recording_ = true;
};

}  // namespace steady
