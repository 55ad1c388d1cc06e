#include "tools/steady/inside/top.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <steady/detail/utf8.hpp>
#include <utility>

#include "tools/steady/replay/error.hpp"

namespace steady::inside {

// How nlohmann-json reads them: each member from the key of its name, all of which must be there.
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(look::channel, name, id, channels, length, capacity, closed,
                                   waiting_senders, waiting_receivers, sends, receives)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(look::heap, name, id, in_use_bytes, span_bytes, spans, pieces, allocations,
                                   releases)

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

// A count, or with an earlier look how much of it came per second. One that fell began anew: something else has the name.
class counts {
 public:
  counts(const look& now, const look* before)
      : rates_(before != nullptr), seconds_(rates_ ? now.seconds - before->seconds : 0) {}

  [[nodiscard]] std::string title(std::string_view count) const {
    return fmt::format("{}{}", count, rates_ ? "/s" : "");
  }
  template <class Of>
  [[nodiscard]] std::string text(std::uint64_t Of::* count, const Of& now, const Of* before) const {
    if (!rates_) return fmt::format("{}", now.*count);
    if (before == nullptr || now.*count < before->*count || seconds_ <= 0) return "-";
    return fmt::format("{:.0f}", static_cast<double>(now.*count - before->*count) / seconds_);
  }

 private:
  bool rates_;
  double seconds_;
};

// Of the same name in the earlier look.
template <class Of>
const Of* earlier(const Of& now, const look* before, std::vector<Of> look::* list) {
  if (before == nullptr) return nullptr;
  const auto at = std::ranges::find(before->*list, now.id, &Of::id);
  return at == (before->*list).end() ? nullptr : &*at;
}

template <class Of>
std::vector<const Of*> largest_first(const std::vector<Of>& list, std::uint64_t Of::* bytes) {
  std::vector<const Of*> order;
  order.reserve(list.size());
  for (const Of& each : list) order.push_back(&each);
  std::ranges::sort(order, [&](const Of* one, const Of* other) {
    return one->*bytes != other->*bytes ? one->*bytes > other->*bytes : one->id < other->id;
  });
  return order;
}

template <class Of>
std::uint64_t sum(const std::vector<Of>& list, std::uint64_t Of::* bytes) {
  std::uint64_t all = 0;
  for (const Of& each : list) all += each.*bytes;
  return all;
}

std::string several(std::size_t number, std::string_view what) {
  return fmt::format("{} named {}{}", number, what, number == 1 ? "" : "s");
}

// Text in a column of so many characters; fmt counts them, not bytes.
std::string in_name_column(std::string_view name) {
  return fmt::format("{:<{}}", printable(name, name_width), name_width);
}

std::string percent(const std::optional<double>& share, int digits) {
  return share ? fmt::format("{:.{}f}%", 100 * *share, digits) : "-";
}

void add_maps(std::vector<std::string>& lines, const look& now, const look* before) {
  const counts of(now, before);
  lines.push_back(fmt::format("{:<{}} {:>11} {:>10} {:>5} {:>7} {:>9} {:>5}/{:<3} {:>10} {:>10}", "map",
                              name_width, "entries", "bytes", "load", "growth", "overflow", "p99", "max",
                              of.title("inserts"), of.title("erases")));
  const auto number = [](const std::optional<std::uint64_t>& figure) {
    return figure ? fmt::format("{}", *figure) : "-";
  };
  for (const look::map* map : largest_first(now.maps, &look::map::bytes)) {
    const look::map* was = earlier(*map, before, &look::maps);
    lines.push_back(fmt::format("{} {:>11} {:>10} {:>5.2f} {:>7} {:>9} {:>5}/{:<3} {:>10} {:>10}{}",
                                in_name_column(map->name), map->size, bytes_text(map->bytes), map->load,
                                percent(map->growth, 0), percent(map->overflow_share, 1),
                                number(map->probe_p99), number(map->probe_max),
                                of.text(&look::map::inserts, *map, was),
                                of.text(&look::map::erases, *map, was), map->advice.empty() ? "" : "  !"));
  }
}

void add_channels(std::vector<std::string>& lines, const look& now, const look* before) {
  const counts of(now, before);
  lines.push_back(fmt::format("{:<{}} {:>11} {:>10} {:>5} {:>7} {:>9} {:>9} {:>10} {:>10}", "channel",
                              name_width, "length", "capacity", "of", "closed", "senders", "receivers",
                              of.title("sends"), of.title("receives")));
  for (const look::channel& channel : now.channels) {
    const look::channel* was = earlier(channel, before, &look::channels);
    lines.push_back(fmt::format("{} {:>11} {:>10} {:>5} {:>7} {:>9} {:>9} {:>10} {:>10}",
                                in_name_column(channel.name), channel.length, channel.capacity,
                                channel.channels, channel.closed, channel.waiting_senders,
                                channel.waiting_receivers, of.text(&look::channel::sends, channel, was),
                                of.text(&look::channel::receives, channel, was)));
  }
}

void add_heaps(std::vector<std::string>& lines, const look& now, const look* before) {
  const counts of(now, before);
  lines.push_back(fmt::format("{:<{}} {:>11} {:>10} {:>13} {:>19} {:>10} {:>10}", "heap", name_width,
                              "in use", "in spans", "spans", "pieces", of.title("taken"),
                              of.title("released")));
  for (const look::heap* heap : largest_first(now.heaps, &look::heap::in_use_bytes)) {
    const look::heap* was = earlier(*heap, before, &look::heaps);
    lines.push_back(fmt::format("{} {:>11} {:>10} {:>13} {:>19} {:>10} {:>10}", in_name_column(heap->name),
                                bytes_text(heap->in_use_bytes), bytes_text(heap->span_bytes), heap->spans,
                                heap->pieces, of.text(&look::heap::allocations, *heap, was),
                                of.text(&look::heap::releases, *heap, was)));
  }
}

// A figure of a map that threads share may be null.
template <class Figure>
void read(const nlohmann::json& from, std::optional<Figure>& to) {
  if (!from.is_null()) to = from.get<Figure>();
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
      read(each.at("growth"), map.growth);
      read(each.at("overflow_share"), map.overflow_share);
      read(each.at("probe_p99"), map.probe_p99);
      read(each.at("probe_max"), map.probe_max);
      each.at("inserts").get_to(map.inserts);
      each.at("erases").get_to(map.erases);
      each.at("advice").get_to(map.advice);
    }
    data.at("channels").get_to(seen.channels);
    data.at("heaps").get_to(seen.heaps);
  } catch (const nlohmann::json::exception& error) {
    throw replay::wrong_input(
        fmt::format("it answers, but not as a steady::debug_server does ({})", error.what()));
  }
  return seen;
}

std::vector<std::string> draw_top(const look& now, const look* before) {
  std::string summary =
      fmt::format("{}, {}", several(now.maps.size(), "map"), bytes_text(sum(now.maps, &look::map::bytes)));
  if (!now.channels.empty()) summary += "; " + several(now.channels.size(), "channel");
  if (!now.heaps.empty())
    summary += fmt::format("; {}, {} in use", several(now.heaps.size(), "heap"),
                           bytes_text(sum(now.heaps, &look::heap::in_use_bytes)));
  std::vector<std::string> lines;
  lines.push_back(std::move(summary));
  add_maps(lines, now, before);
  if (!now.channels.empty()) add_channels(lines, now, before);
  if (!now.heaps.empty()) add_heaps(lines, now, before);
  constexpr std::size_t most = 400;
  for (const look::map* map : largest_first(now.maps, &look::map::bytes))
    for (const std::string& advice : map->advice)
      lines.push_back(fmt::format("! {}: {}", printable(map->name, name_width), printable(advice, most)));
  return lines;
}

}  // namespace steady::inside
