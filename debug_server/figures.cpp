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
  json of = {{"name", map.name},
             {"id", percent_encoded(map.name)},
             {"type", map.type},
             {"classic", map.classic},
             {"size", map.size},
             {"buckets", map.buckets},
             {"slots", map.slots},
             {"B", map.B},
             {"nevacuate", map.nevacuate},
             {"tombstones", map.tombstones},
             {"load", map.load_factor()},
             {"growth", map.growth_progress()},
             {"overflow_share", map.overflow_share()},
             {"bytes", map.bytes()},
             {"block_bytes", map.block_bytes},
             {"overflow_bytes", map.overflow_bytes},
             {"directory_bytes", map.directory_bytes},
             {"entry_bytes", map.entry_bytes},
             {"probe_mean", map.probe_mean()},
             {"probe_p99", map.probe_p99()},
             {"probe_max", map.probe_max()},
             {"overflow_nodes", map.overflow_nodes},
             {"live_loops", map.live_loops},
             {"seed_age_seconds", std::chrono::duration<double>(map.seed_age).count()},
             {"largest_value", map.largest_value},
             {"inserts", map.inserts},
             {"erases", map.erases},
             {"absent_erases", map.absent_erases},
             {"loops", map.loops},
             {"clears", map.clears},
             {"splits", map.splits},
             {"merges", map.merges},
             {"entries_moved", map.entries_moved},
             {"growths", map.growths},
             {"same_size_growths", map.same_size_growths},
             {"shrinks", map.shrinks},
             {"reseeds", map.reseeds},
             {"long_probes", map.long_probes},
             {"advice", std::move(advices)}};
  if (level == detail_level::pictures) {
    of["blocks"] = map.blocks;
    of["blocks_seen"] = map.blocks_seen;
    of["blocks_per_cell"] = map.blocks_per_cell;
    of["fill"] = map.fill;
    of["probe_lengths"] = map.probe_lengths;
  }
  return of;
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

std::vector<map_snapshot> map_figures::earlier(const std::vector<map_snapshot>& now) {
  const std::lock_guard guard(mutex_);
  const clock::time_point time = clock::now();
  if (newer_taken_ == clock::time_point{} || time - newer_taken_ >= apart_) {
    older_ = std::exchange(newer_, now);
    newer_taken_ = time;
  }
  return older_;
}

std::string map_figures::all() {
  const std::vector<map_snapshot> maps = registry::maps();
  const std::vector<map_snapshot> before = earlier(maps);
  json list = json::array();
  for (const map_snapshot& map : maps)
    list.push_back(to_json(map, find(before, map.name), detail_level::figures));
  return text_of({{"format", "steady-maps"}, {"maps", std::move(list)}});
}

std::optional<std::string> map_figures::of(std::string_view name) {
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
  for (const auto& named : record_list::all().list())
    if (is_it(named.first) && std::ranges::find(maps_, named.first) == maps_.end())
      maps_.push_back(named.first);
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
                                  {"waiters", waiters_},
                                  {"lock_waits", nullptr},
                                  {"watched_seconds", watched.count()}};
  if (waits_for_locks) found["lock_waits"] = *waits_for_locks;
  found["in_use"] = !maps_.empty() || channels_ > 0 || !waiters_.empty() || waits_for_locks.value_or(0) > 0;
  return text_of(found);
}

}  // namespace steady::detail::serving
