// Experiments on load factors and key types: bytes an entry against the length and time of a lookup.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <string>

#include "measure/allocation.hpp"
#include "measure/timer.hpp"
#include "tools/steady/lab/classic_specimen.hpp"
#include "tools/steady/lab/clock.hpp"
#include "tools/steady/lab/experiments.hpp"

namespace steady::lab {
namespace {

// Keys of either type, longer than what a std::string keeps inside.
template <class Key>
Key make_key(std::uint64_t index) {
  if constexpr (std::is_same_v<Key, std::string>) {
    return "customer/" + std::to_string(key_at(index));
  } else {
    return key_at(index);
  }
}

template <class Key, class Hash>
using load_map = classic_map<Key, std::uint64_t, Hash, std::equal_to<Key>,
                             std::allocator<std::pair<const Key, std::uint64_t>>, adjustable_policy>;

struct cost {
  double load;
  double bytes;  // an entry, the keys' own blocks included
  double slots;  // looked at for a hit
  double nanoseconds;  // a hit
  double p99_write;
};

// Means over sizes from just after a doubling to just before the next.
template <class Key, class Hash>
cost cost_of(const workbench& bench, const load_law& law, std::uint64_t about) {
  current_load::set(law);
  const double load = static_cast<double>(law.numerator) / law.denominator;
  // 2^B buckets such that the last size is not over `about`.
  const auto buckets = std::bit_floor(static_cast<std::uint64_t>(static_cast<double>(about) / load));
  const auto last = static_cast<std::uint64_t>(load * static_cast<double>(buckets));
  std::vector<Key> keys;
  for (std::uint64_t index = 0; index < last; ++index) keys.push_back(make_key<Key>(index));
  cost mean{load, 0, 0, 0, 0};
  measure::start_allocation_figures(measure::allocation_mode::count);
  load_map<Key, Hash> map;
  map.seed(1);
  std::vector<float> writes(last);
  std::vector<double> times;
  std::uint64_t next = 0;
  constexpr unsigned steps = 6;
  std::vector<double> bytes, slots;
  for (unsigned step = 1; step <= steps; ++step) {
    // Evenly from half of the last size to the last.
    const std::uint64_t size = last / 2 + last / 2 * step / steps;
    for (; next < size; ++next) {
      const std::uint64_t begin = measure::timer::start();
      map[keys[next]] = next;
      writes[next] = static_cast<float>(measure::timer::stop() - begin);
    }
    bytes.push_back(static_cast<double>(measure::current_allocation_figures().live) /
                    static_cast<double>(size));
    slots.push_back(classic::map_stats::mean(map.stats().hit_probes));
    std::vector<double> rounds;
    for (unsigned round = 0; round < 5; ++round)
      rounds.push_back(nanoseconds_of([&] {
                         for (std::uint64_t index = 0; index < size; ++index)
                           keep(*map.get(keys[index * 7 % size]));
                       }) /
                       static_cast<double>(size));
    times.push_back(median(rounds));
  }
  measure::stop_allocation_figures();
  bench.tick();
  for (unsigned step = 0; step < steps; ++step) {
    mean.bytes += bytes[step] / steps;
    mean.slots += slots[step] / steps;
    mean.nanoseconds += times[step] / steps;
  }
  const std::vector<double> sorted(writes.begin(), writes.begin() + static_cast<std::ptrdiff_t>(next));
  mean.p99_write = quantile(sorted, 0.99) * measure::timer::nanoseconds_per_tick();
  current_load::set({});
  return mean;
}

constexpr unsigned lowest_halves = 6;
constexpr unsigned highest_halves = 16;

// The points that no other beats: none has fewer bytes and no higher a price, or a lower price and no more bytes.
std::vector<bool> pareto_front(const std::vector<cost>& costs, double cost::* price) {
  std::vector<bool> front;
  front.reserve(costs.size());
  for (const cost& one : costs)
    front.push_back(std::ranges::none_of(costs, [&](const cost& other) {
      return other.bytes <= one.bytes && other.*price <= one.*price &&
             (other.bytes < one.bytes || other.*price < one.*price);
    }));
  return front;
}

template <class Key>
std::vector<cost> sweep(const workbench& bench, std::uint64_t about) {
  std::vector<cost> costs;
  for (unsigned halves = lowest_halves; halves <= highest_halves; ++halves) {
    const load_law wanted{.numerator = halves};
    cost one = cost_of<Key, steady::hash<Key>>(bench, bench.choose(wanted, load_law{}), about);
    one.load = halves / 2.0;
    costs.push_back(one);
  }
  return costs;
}

void add_sweep(finding& found, const std::string& name, std::vector<cost> costs) {
  const std::vector<bool> by_slots = pareto_front(costs, &cost::slots);
  const std::vector<bool> by_time = pareto_front(costs, &cost::nanoseconds);
  table all{"Load factors, " + name,
            {"load factor", "bytes an entry", "slots a hit", "ns a hit", "p99 write, ns", "front by slots",
             "by time"},
            {}};
  plot work{"Memory against work, " + name + ": load factors 8.0 (left) to 3.0",
            "bytes an entry",
            "slots a hit",
            {}};
  plot time{"Memory against time, " + name, "bytes an entry", "ns a hit", {}};
  const auto draw = [&](plot& on, const std::vector<bool>& front, double cost::* price) {
    series all_points{"load factors", {}}, marked{"Pareto front", {}, shape::dots};
    for (std::size_t i = 0; i < costs.size(); ++i) {
      all_points.points.emplace_back(costs[i].bytes, costs[i].*price);
      if (front[i]) marked.points.emplace_back(costs[i].bytes, costs[i].*price);
    }
    std::ranges::sort(all_points.points);
    on.lines = {all_points, marked};
    found.plots.push_back(on);
  };
  draw(work, by_slots, &cost::slots);
  draw(time, by_time, &cost::nanoseconds);
  for (std::size_t i = 0; i < costs.size(); ++i) {
    const cost& one = costs[i];
    all.rows.push_back({text_of(one.load), text_of(one.bytes), text_of(one.slots), text_of(one.nanoseconds),
                        text_of(one.p99_write), by_slots[i] ? "yes" : "no", by_time[i] ? "yes" : "no"});
  }
  found.tables.push_back(std::move(all));
}

// A hash as seed 004 has it for integers.
struct xor_hash {
  [[nodiscard]] std::uint64_t operator()(std::uint64_t key, std::uint64_t seed) const noexcept {
    return key ^ seed;
  }
};

}  // namespace

finding m80(const workbench& bench) {
  const std::uint64_t entries = bench.size(60'000, 2'000, 1'000'000);
  const cost numbers = cost_of<std::uint64_t, steady::hash<std::uint64_t>>(bench, {}, entries);
  const cost texts = cost_of<std::string, steady::hash<std::string>>(bench, {}, entries);
  const auto linear = [](auto hash) {
    bool all = true;
    for (std::uint64_t index = 0; index < 1'000; ++index)
      all =
          all && (hash(key_at(index), 7) ^ hash(key_at(index + 1), 7)) == (key_at(index) ^ key_at(index + 1));
    return all;
  };
  const bool xored = bench.choose(linear(steady::hash<std::uint64_t>{}), linear(xor_hash{}));
  table columns{"By the type of the keys", {"keys", "p99 write, ns", "MB", "bytes an entry", "ns a hit"}, {}};
  for (const auto& [name, one] : {std::pair{"64-bit integers", numbers}, {"strings of some 28 bytes", texts}})
    columns.rows.push_back({name, text_of(one.p99_write),
                            text_of(one.bytes * static_cast<double>(entries) / 1e6), text_of(one.bytes),
                            text_of(one.nanoseconds)});
  return {.setting = "maps of about " + text_of(static_cast<double>(entries)) +
                     " entries, with integers and with strings as keys",
          .claimed = {{"maps of integers are smaller than maps of strings", numbers.bytes < texts.bytes},
                      {"integers are hashed by an exclusive or with a random number", xored}},
          .figures = {{"bytes an entry, integers", numbers.bytes},
                      {"bytes an entry, strings", texts.bytes},
                      {"ns a hit, integers", numbers.nanoseconds},
                      {"ns a hit, strings", texts.nanoseconds}},
          .tables = {columns}};
}

finding m108(const workbench& bench) {
  const std::uint64_t about = bench.size(100'000, 1'000, 1'000'000);
  const std::vector<cost> numbers = sweep<std::uint64_t>(bench, about);
  const std::vector<cost> texts = sweep<std::string>(bench, about);
  const auto different = std::ranges::count(pareto_front(numbers, &cost::slots), true);
  const auto [least, most] = std::ranges::minmax(numbers, {}, &cost::bytes);
  constexpr std::ptrdiff_t a_front = 3;
  finding found{.setting = "load factors 3.0 to 8.0, each as the mean over the sizes between two doublings",
                .claimed = {{"memory can be traded for shorter lookups: three load factors or more, none of "
                             "which beats another",
                             different >= a_front && most.bytes > 1.05 * least.bytes}},
                .figures = {{"load factors on the front, by slots looked at", static_cast<double>(different)},
                            {"fewest bytes an entry", least.bytes},
                            {"most bytes an entry", most.bytes}}};
  add_sweep(found, "64-bit integers", numbers);
  add_sweep(found, "strings", texts);
  return found;
}

}  // namespace steady::lab
