// The registry as text for Prometheus, and for whatever else reads its format or OpenMetrics.
//
//   std::string body = steady::metrics_text();      // serve it as text/plain; version=0.0.4
//   std::string body = steady::metrics_text(steady::exposition::openmetrics);
//                                                    // as application/openmetrics-text; version=1.0.0; charset=utf-8
//
// One series a named map (channel, heap) and metric, with the label `map` (`channel`, `heap`), the name, which is unique in the
// process; steady_map_info and steady_channel_info have the type beside it. Names follow the rules of both formats: base
// units, _total for counters. docs/see-inside.md lists the metrics. Linear in what is named; no map is touched that threads do not share.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "advise.hpp"
#include "detail/exposition.hpp"
#include "registry.hpp"

namespace steady {

[[nodiscard]] constexpr std::string_view content_type(exposition format) noexcept {
  return format == exposition::prometheus ? "text/plain; version=0.0.4; charset=utf-8"
                                          : "application/openmetrics-text; version=1.0.0; charset=utf-8";
}

namespace detail::metrics {

inline void write_maps(text& out, const std::vector<map_snapshot>& rows) {
  using map = const map_snapshot&;
  const advice_limits limits;
  table all(out, "map", rows);
  // Threads do not share them: all that they do is counted, and their buckets are looked at.
  table own(out, "map", rows, [](map m) { return !m.shared; });
  table sharded(out, "map", rows, [](map m) { return !m.shards.empty(); });

  all.info("steady_map", "The named maps of the program, and their types.");
  all.each("steady_map_entries", kind::gauge, "Entries in the map.", [](map m) { return m.size; });
  all.each_of("steady_map_size_bytes", kind::gauge,
              "Bytes the map asked of its allocator, by what they are for.", "part",
              {"blocks", "overflow", "directory", "entries"}, [](map m, std::size_t part) {
                return std::array{m.block_bytes, m.overflow_bytes, m.directory_bytes, m.entry_bytes}[part];
              });
  all.each("steady_map_buckets", kind::gauge, "Buckets, of fifteen slots each (of a classic map: eight).",
           [](map m) { return m.buckets; });
  all.each("steady_map_load_ratio", kind::gauge, "Entries for each slot.",
           [](map m) { return m.load_factor(); });
  own.each("steady_map_growth_ratio", kind::gauge, "How much of the growth in progress is done.",
           [](map m) { return m.growth_progress(); });
  own.each("steady_map_overflow_ratio", kind::gauge, "Share of the entries that lie in overflow nodes.",
           [](map m) { return m.overflow_share(); });
  all.each("steady_map_overflow_nodes", kind::gauge, "Overflow nodes in use.",
           [](map m) { return m.overflow_nodes; });
  own.lengths("steady_map_probe_groups",
              "Groups of slots looked at to find an entry, for the entries there are.",
              [](map m) -> const auto& { return m.probe_lengths; });
  own.each("steady_map_live_loops", kind::gauge, "Loops over the map in progress.",
           [](map m) { return m.live_loops; });
  own.each("steady_map_seed_age_seconds", kind::gauge, "Time since the hash's seed was drawn or set.",
           [](map m) { return std::chrono::duration<double>(m.seed_age).count(); });
  own.each("steady_map_largest_value_bytes", kind::gauge, "The largest value seen, with what it holds.",
           [](map m) { return m.largest_value; });
  own.each("steady_map_value_limit_bytes", kind::gauge, "The size of a value from which on there is advice.",
           [&](map) { return limits.largest_value; });

  all.each("steady_map_inserts", kind::counter, "Entries inserted.", [](map m) { return m.inserts; });
  all.each("steady_map_erases", kind::counter, "Entries erased.", [](map m) { return m.erases; });
  own.each("steady_map_absent_erases", kind::counter, "Erases of keys that were not there.",
           [](map m) { return m.absent_erases; });
  own.each("steady_map_iter", kind::counter, "Loops over the map begun.", [](map m) { return m.loops; });
  own.each("steady_map_clears", kind::counter, "Times the map was cleared.", [](map m) { return m.clears; });
  own.each("steady_map_splits", kind::counter, "Buckets split (of a classic map: evacuated).",
           [](map m) { return m.splits; });
  own.each("steady_map_merges", kind::counter, "Buckets merged.", [](map m) { return m.merges; });
  all.each("steady_map_moved_entries", kind::counter, "Entries moved by structural work.",
           [](map m) { return m.entries_moved; });
  own.each("steady_map_growths", kind::counter, "Growths begun.", [](map m) { return m.growths; });
  own.each("steady_map_same_size_growths", kind::counter, "Growths to the same size begun (classic maps).",
           [](map m) { return m.same_size_growths; });
  own.each("steady_map_shrinks", kind::counter, "Times the number of buckets fell under a power of two.",
           [](map m) { return m.shrinks; });
  own.each("steady_map_reseeds", kind::counter, "Seeds drawn or set.", [](map m) { return m.reseeds; });
  own.each("steady_map_long_probes", kind::counter, "Inserts that made a bucket take eight looks or more.",
           [](map m) { return m.long_probes; });

  // In the order of advice_kind. Rates need two looks and are left to whoever keeps the series.
  all.each_of("steady_map_advice", kind::gauge, "Whether there is advice of the kind, see steady::advise.",
              "advice",
              {"deleted_share", "mean_probe", "mostly_erases", "colliding_hash", "oversize", "fixed_seed",
               "large_value"},
              [](map m, std::size_t wanted) {
                std::uint64_t given = 0;
                for (const advice& each : advise(m)) given += static_cast<std::size_t>(each.kind) == wanted;
                return given;
              });

  sharded.each("steady_map_shards", kind::gauge, "Parts of a sync_map, each with a lock of its own.",
               [](map m) { return std::uint64_t{m.shards.size()}; });
  sharded.each("steady_map_largest_shard_entries", kind::gauge, "Entries of the shard that has most.",
               [](map m) {
                 std::uint64_t most = 0;
                 for (const shard_snapshot& each : m.shards) most = std::max(most, each.size);
                 return most;
               });
  sharded.each("steady_map_lock_waits", kind::counter,
               "Times that a shard's lock was not free when it was wanted.",
               [](map m) { return m.lock_waits(); });
}

inline void write_channels(text& out, const std::vector<channel_snapshot>& rows) {
  using channel = const channel_snapshot&;
  const auto number = [](std::size_t of) { return std::uint64_t{of}; };
  table all(out, "channel", rows);
  all.info("steady_channel", "The names of channels, and the types of their elements.");
  all.each("steady_channel_instances", kind::gauge, "Channels of the name; all else is their sum.",
           [&](channel c) { return number(c.channels); });
  all.each("steady_channel_capacity", kind::gauge, "Elements that the buffer holds.",
           [&](channel c) { return number(c.capacity); });
  all.each("steady_channel_length", kind::gauge, "Elements in the buffer.",
           [&](channel c) { return number(c.length); });
  all.each("steady_channel_closed", kind::gauge, "Channels of the name that are closed.",
           [&](channel c) { return number(c.closed); });
  all.each("steady_channel_waiting_senders", kind::gauge, "Blocked sends, those of selects among them.",
           [&](channel c) { return number(c.waiting_senders); });
  all.each("steady_channel_waiting_receivers", kind::gauge, "Blocked receives, those of selects among them.",
           [&](channel c) { return number(c.waiting_receivers); });
  all.each("steady_channel_sends", kind::counter, "Values sent.", [](channel c) { return c.sends; });
  all.each("steady_channel_receives", kind::counter, "Values received.",
           [](channel c) { return c.receives; });
}

inline void write_heaps(text& out, const std::vector<heap_snapshot>& rows) {
  using heap = const heap_snapshot&;
  table all(out, "heap", rows);
  all.each("steady_heap_requested_bytes", kind::gauge, "Bytes asked for and not given back.",
           [](heap h) { return std::uint64_t{h.stats.bytes_requested}; });
  all.each("steady_heap_in_use_bytes", kind::gauge, "The same with what rounding adds.",
           [](heap h) { return std::uint64_t{h.stats.bytes_in_use()}; });
  all.each("steady_heap_span_bytes", kind::gauge,
           "Bytes of all spans, and of pieces with pages of their own.",
           [](heap h) { return std::uint64_t{h.stats.bytes_in_spans()}; });
  all.each("steady_heap_large_bytes", kind::gauge, "Bytes of pieces with pages of their own.",
           [](heap h) { return std::uint64_t{h.stats.large_bytes}; });
  std::vector<std::string> sizes;
  for (const std::uint16_t size : classic::size_classes) sizes.push_back(std::to_string(size));
  // A class that nobody ever took from has no series.
  const auto each_class = [&](std::string_view name, kind of_kind, std::string_view help, auto figure) {
    all.each_of(name, of_kind, help, "size", sizes, [&](heap h, std::size_t of_class) {
      const span_class_stats& of = h.stats.by_size[of_class];
      return of.allocations == 0 ? std::nullopt : std::optional<std::uint64_t>{figure(of)};
    });
  };
  using size_class = const span_class_stats&;
  each_class("steady_heap_spans", kind::gauge, "Spans of pieces of so many bytes.",
             [](size_class c) { return c.spans; });
  each_class("steady_heap_pieces", kind::gauge, "Pieces in use, of so many bytes.",
             [](size_class c) { return c.nelems - c.nfree; });
  each_class("steady_heap_allocations", kind::counter, "Pieces of so many bytes taken.",
             [](size_class c) { return c.allocations; });
  each_class("steady_heap_releases", kind::counter, "Pieces of so many bytes given back.",
             [](size_class c) { return c.releases; });
}

}  // namespace detail::metrics

[[nodiscard]] inline std::string metrics_text(exposition format = exposition::prometheus) {
  detail::metrics::text out(format);
  detail::metrics::write_maps(out, registry::maps());
  detail::metrics::write_channels(out, registry::channels());
  detail::metrics::write_heaps(out, registry::heaps());
  return out.take();
}

}  // namespace steady
