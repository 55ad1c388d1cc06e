#include "figures.hpp"

#include <steady/advise.hpp>
#include <steady/waiters.hpp>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>
#include <utility>

namespace steady::detail::serving {
namespace {

using json = nlohmann::ordered_json;

// Names may be any bytes; JSON is UTF-8. What is shown has U+FFFD in place of what is not; what is asked for is `id`.
std::string text_of(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

std::string percent_encoded(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  constexpr std::string_view unreserved = "-._~";
  std::string encoded;
  for (const char each : bytes) {
    const auto byte = static_cast<unsigned char>(each);
    const bool letter =
        (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9');
    if (letter || unreserved.find(each) != std::string_view::npos) {
      encoded += each;
    } else {
      ((encoded += '%') += digits[byte >> 4]) += digits[byte & 15];
    }
  }
  return encoded;
}

enum class detail_level : std::uint8_t { figures, pictures };

json to_json(const map_snapshot& map, const map_snapshot* earlier, detail_level level) {
  json advices = json::array();
  for (const advice& each : advise(map, earlier)) advices.push_back(each.text);
  // What is not known of a map that threads share is null, and never 0.
  const auto own = [&](auto&& figure) { return map.shared ? json(nullptr) : json(figure); };
  json of = {{"name", map.name},
             {"id", percent_encoded(map.name)},
             {"type", map.type},
             {"classic", map.classic},
             {"shared", map.shared},
             {"size", map.size},
             {"buckets", map.buckets},
             {"slots", map.slots},
             {"B", own(map.B)},
             {"nevacuate", own(map.nevacuate)},
             {"tombstones", own(map.tombstones)},
             {"load", map.load_factor()},
             {"growth", own(map.growth_progress())},
             {"overflow_share", own(map.overflow_share())},
             {"bytes", map.bytes()},
             {"block_bytes", map.block_bytes},
             {"overflow_bytes", map.overflow_bytes},
             {"directory_bytes", map.directory_bytes},
             {"entry_bytes", map.entry_bytes},
             {"probe_mean", own(map.probe_mean())},
             {"probe_p99", own(map.probe_p99())},
             {"probe_max", own(map.probe_max())},
             {"overflow_nodes", map.overflow_nodes},
             {"live_loops", own(map.live_loops)},
             {"seed_age_seconds", own(std::chrono::duration<double>(map.seed_age).count())},
             {"largest_value", own(map.largest_value)},
             {"inserts", map.inserts},
             {"erases", map.erases},
             {"absent_erases", own(map.absent_erases)},
             {"loops", own(map.loops)},
             {"clears", own(map.clears)},
             {"splits", own(map.splits)},
             {"merges", own(map.merges)},
             {"entries_moved", map.entries_moved},
             {"growths", own(map.growths)},
             {"same_size_growths", own(map.same_size_growths)},
             {"shrinks", own(map.shrinks)},
             {"reseeds", own(map.reseeds)},
             {"long_probes", own(map.long_probes)},
             {"lock_waits", map.shards.empty() ? json(nullptr) : json(map.lock_waits())},
             {"advice", std::move(advices)}};
  if (level == detail_level::pictures) {
    of["blocks"] = own(map.blocks);
    of["blocks_seen"] = own(map.blocks_seen);
    of["blocks_per_cell"] = own(map.blocks_per_cell);
    of["fill"] = own(map.fill);
    of["probe_lengths"] = own(map.probe_lengths);
    of["shards"] = json::array();
    for (const shard_snapshot& each : map.shards)
      of["shards"].push_back({{"size", each.size}, {"bytes", each.bytes}, {"lock_waits", each.lock_waits}});
  }
  return of;
}

json to_json(const channel_snapshot& channel) {
  return {{"name", channel.name},
          {"id", percent_encoded(channel.name)},
          {"type", channel.type},
          {"channels", channel.channels},
          {"capacity", channel.capacity},
          {"length", channel.length},
          {"closed", channel.closed},
          {"waiting_senders", channel.waiting_senders},
          {"waiting_receivers", channel.waiting_receivers},
          {"sends", channel.sends},
          {"receives", channel.receives}};
}

json to_json(const heap_snapshot& heap) {
  std::size_t spans = 0;
  std::size_t pieces = heap.stats.large_pieces;
  std::uint64_t allocations = 0;
  std::uint64_t releases = 0;
  for (const span_class_stats& each : heap.stats.by_size) {
    spans += each.spans;
    pieces += each.nelems - each.nfree;
    allocations += each.allocations;
    releases += each.releases;
  }
  return {{"name", heap.name},
          {"id", percent_encoded(heap.name)},
          {"requested_bytes", heap.stats.bytes_requested},
          {"in_use_bytes", heap.stats.bytes_in_use()},
          {"span_bytes", heap.stats.bytes_in_spans()},
          {"large_bytes", heap.stats.large_bytes},
          {"spans", spans},
          {"pieces", pieces},
          {"large_pieces", heap.stats.large_pieces},
          {"allocations", allocations},
          {"releases", releases}};
}

template <class Snapshot>
json all_to_json(const std::vector<Snapshot>& snapshots) {
  json list = json::array();
  for (const Snapshot& each : snapshots) list.push_back(to_json(each));
  return list;
}

const map_snapshot* find(const std::vector<map_snapshot>& maps, std::string_view name) {
  const auto at = std::ranges::lower_bound(
      maps, name, {}, [](const map_snapshot& map) -> std::string_view { return map.name; });
  return at != maps.end() && at->name == name ? &*at : nullptr;
}

std::string describe(const blocked_operation& waiting, std::chrono::steady_clock::time_point now) {
  std::ostringstream text;
  if (waiting.coroutine != nullptr) {
    text << "coroutine " << waiting.coroutine;
  } else {
    text << "thread " << waiting.thread;
  }
  text << ": " << waiting.reason << ", "
       << std::chrono::duration_cast<std::chrono::seconds>(now - waiting.since).count() << " s";
  if (waiting.where.line != 0) text << ", at " << waiting.where.file << ':' << waiting.where.line;
  return std::move(text).str();
}

}  // namespace

std::vector<map_snapshot> registry_figures::earlier(const std::vector<map_snapshot>& now) {
  const std::lock_guard guard(mutex_);
  const clock::time_point time = clock::now();
  if (newer_taken_ == clock::time_point{} || time - newer_taken_ >= apart_) {
    older_ = std::exchange(newer_, now);
    newer_taken_ = time;
  }
  return older_;
}

std::string registry_figures::all() {
  const std::vector<map_snapshot> maps = registry::maps();
  const std::vector<map_snapshot> before = earlier(maps);
  json list = json::array();
  for (const map_snapshot& map : maps)
    list.push_back(to_json(map, find(before, map.name), detail_level::figures));
  return text_of({{"format", "steady-maps"},
                  {"maps", std::move(list)},
                  {"channels", all_to_json(registry::channels())},
                  {"heaps", all_to_json(registry::heaps())}});
}

std::optional<std::string> registry_figures::of(std::string_view name) {
  const std::vector<map_snapshot> maps = registry::maps();
  const map_snapshot* const map = find(maps, name);
  if (map == nullptr) return std::nullopt;
  const std::vector<map_snapshot> before = earlier(maps);
  return text_of({{"format", "steady-maps"},
                  {"maps", json::array({to_json(*map, find(before, name), detail_level::pictures)})}});
}

bool use_of_name::is_it(std::string_view other) const {
  if (!other.starts_with(name_)) return false;
  other.remove_prefix(name_.size());
  return other.empty() || (other.size() > 1 && other[0] == '#' &&
                           other.find_first_not_of("0123456789", 1) == std::string_view::npos);
}

void use_of_name::look() {
  const auto add = [&](std::vector<std::string>& to, const std::string& named) {
    if (is_it(named) && std::ranges::find(to, named) == to.end()) to.push_back(named);
  };
  for (const auto& named : record_list::all().list()) add(maps_, named.first);
  for (const auto& named : heap_name::list::all().list()) add(heaps_, named.first);
  std::size_t channels = 0;
  channel::all_channels.visit(
      [&](channel::registered& each) { channels += static_cast<channel::core&>(each).name() == name_; },
      [](channel::operation&) {});
  channels_ = std::max(channels_, channels);
  std::vector<std::string> waiters;
  const auto now = std::chrono::steady_clock::now();
  for (const blocked_operation& each : blocked_operations())
    if (std::ranges::find(each.channels, name_) != each.channels.end())
      waiters.push_back(describe(each, now));
  if (!waiters.empty()) waiters_ = std::move(waiters);
}

std::string use_of_name::json(std::chrono::duration<double> watched,
                              std::optional<std::uint64_t> waits_for_locks) const {
  nlohmann::ordered_json found = {{"format", "steady-in-use"},
                                  {"name", name_},
                                  {"maps", maps_},
                                  {"channels", channels_},
                                  {"heaps", heaps_},
                                  {"waiters", waiters_},
                                  {"lock_waits", nullptr},
                                  {"watched_seconds", watched.count()}};
  if (waits_for_locks) found["lock_waits"] = *waits_for_locks;
  found["in_use"] = !maps_.empty() || channels_ > 0 || !heaps_.empty() || !waiters_.empty() ||
                    waits_for_locks.value_or(0) > 0;
  return text_of(found);
}

}  // namespace steady::detail::serving
