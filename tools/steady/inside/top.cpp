#include "tools/steady/inside/top.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <steady/detail/utf8.hpp>

#include "tools/steady/replay/error.hpp"

namespace steady::inside {
namespace {

constexpr std::size_t name_width = 28;

std::string bytes_text(std::uint64_t bytes) {
  constexpr double kibi = 1024;
  auto value = static_cast<double>(bytes);
  if (value < kibi) return fmt::format("{} B", bytes);
  for (const char* unit : {"KiB", "MiB", "GiB"}) {
    value /= kibi;
    if (value < kibi) return fmt::format("{:.{}f} {}", value, value < 10 ? 2 : 1, unit);
  }
  return fmt::format("{:.1f} TiB", value / kibi);
}

// Per second since the earlier look, or the count itself. A count that fell began anew: another map has the name.
std::string rate(std::uint64_t now, std::uint64_t before, double seconds) {
  if (now < before || seconds <= 0) return "-";
  return fmt::format("{:.0f}", static_cast<double>(now - before) / seconds);
}

// Text in a column of so many characters; fmt counts them, not bytes.
std::string row(const look::map& map, const look::map* before, double seconds, bool rates) {
  const std::string inserts = rates ? (before == nullptr ? "-" : rate(map.inserts, before->inserts, seconds))
                                    : fmt::format("{}", map.inserts);
  const std::string erases = rates ? (before == nullptr ? "-" : rate(map.erases, before->erases, seconds))
                                   : fmt::format("{}", map.erases);
  return fmt::format("{:<{}} {:>11} {:>10} {:>5.2f} {:>6.0f}% {:>8.1f}% {:>5}/{:<3} {:>10} {:>10}{}",
                     printable(map.name, name_width), name_width, map.size, bytes_text(map.bytes), map.load,
                     100 * map.growth, 100 * map.overflow_share, map.probe_p99, map.probe_max, inserts,
                     erases, map.advice.empty() ? "" : "  !");
}

}  // namespace

std::string printable(std::string_view text, std::size_t most_characters) {
  std::string shown;
  std::size_t characters = 0;
  while (!text.empty()) {
    if (++characters > most_characters) {
      shown += "...";
      break;
    }
    const std::size_t length = detail::character_length(text);
    const auto byte = static_cast<unsigned char>(text[0]);
    // U+0080 to U+009F are controls too, and some terminals obey them.
    const bool control = byte < ' ' || byte == 0x7f ||
                         (byte == 0xc2 && length == 2 && static_cast<unsigned char>(text[1]) < 0xa0);
    if (length == 0 || control) {
      shown += '?';
    } else {
      shown += text.substr(0, length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return shown;
}

look read_look(std::string_view json, double seconds) {
  look seen;
  seen.seconds = seconds;
  try {
    const auto data = nlohmann::json::parse(json);
    if (data.at("format") != "steady-maps") throw replay::wrong_input("another format");
    for (const auto& each : data.at("maps")) {
      look::map& map = seen.maps.emplace_back();
      each.at("name").get_to(map.name);
      each.at("id").get_to(map.id);
      each.at("size").get_to(map.size);
      each.at("bytes").get_to(map.bytes);
      each.at("load").get_to(map.load);
      each.at("growth").get_to(map.growth);
      each.at("overflow_share").get_to(map.overflow_share);
      each.at("probe_p99").get_to(map.probe_p99);
      each.at("probe_max").get_to(map.probe_max);
      each.at("inserts").get_to(map.inserts);
      each.at("erases").get_to(map.erases);
      each.at("advice").get_to(map.advice);
    }
  } catch (const nlohmann::json::exception& error) {
    throw replay::wrong_input(
        fmt::format("it answers, but not as a steady::debug_server does ({})", error.what()));
  }
  return seen;
}

std::vector<std::string> draw_top(const look& now, const look* before) {
  std::vector<const look::map*> maps;
  std::uint64_t bytes = 0;
  for (const look::map& map : now.maps) {
    maps.push_back(&map);
    bytes += map.bytes;
  }
  std::ranges::sort(maps, [](const look::map* one, const look::map* other) {
    return one->bytes != other->bytes ? one->bytes > other->bytes : one->id < other->id;
  });
  const bool rates = before != nullptr;
  std::vector<std::string> lines;
  lines.push_back(
      fmt::format("{} named map{}, {}", maps.size(), maps.size() == 1 ? "" : "s", bytes_text(bytes)));
  lines.push_back(fmt::format("{:<{}} {:>11} {:>10} {:>5} {:>7} {:>9} {:>5}/{:<3} {:>10} {:>10}", "map",
                              name_width, "entries", "bytes", "load", "growth", "overflow", "p99", "max",
                              rates ? "inserts/s" : "inserts", rates ? "erases/s" : "erases"));
  for (const look::map* map : maps) {
    const look::map* earlier = nullptr;
    if (rates) {
      const auto at = std::ranges::find(before->maps, map->id, &look::map::id);
      if (at != before->maps.end()) earlier = &*at;
    }
    lines.push_back(row(*map, earlier, rates ? now.seconds - before->seconds : 0, rates));
  }
  constexpr std::size_t most = 400;
  for (const look::map* map : maps)
    for (const std::string& advice : map->advice)
      lines.push_back(fmt::format("! {}: {}", printable(map->name, name_width), printable(advice, most)));
  return lines;
}

}  // namespace steady::inside
