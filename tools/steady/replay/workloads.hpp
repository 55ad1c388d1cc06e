// The work itself, written once for all maps.
//
// Each workload is a function of the keys alone: which operation comes at which position, and what it must
// find, are the same for every map, so one checksum is. What depends on the order of iteration (in which
// order a sweep meets its entries) never enters a result. docs/replay.md describes the workloads for users.
//
// Loops that change the map are where the maps differ. Where a peer allows inserting inside a range loop, the
// sweep does everything inside it; else the entries to insert are collected and applied after the loop.
// Erasing the entry one stands on, all five allow.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/steady/replay/keys.hpp"
#include "tools/steady/replay/operation.hpp"

namespace steady::replay {

inline std::uint64_t digest(std::uint64_t number) { return scatter(number); }
inline std::uint64_t digest(std::string_view text) { return std::hash<std::string_view>{}(text); }

// Enough to have read the value, cheap enough not to be what is measured.
inline std::uint64_t glance(std::uint64_t number) { return number; }
inline std::uint64_t glance(std::string_view text) { return text.size(); }

// Results in the order of the operations.
class checksum {
 public:
  void add(std::uint64_t result) { value_ = (value_ ^ result) * 0x9fb21c651e98df25u + 1; }
  [[nodiscard]] std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 0;
};

// The entries, whatever the order in which they come.
template <class Map>
std::uint64_t content_checksum(const Map& map) {
  std::uint64_t sum = map.size();
  for (const auto& entry : map) sum += scatter(digest(entry.first) ^ scatter(digest(entry.second)));
  return sum;
}

template <class Peer, class K, class Probe>
std::uint64_t run_count(auto& map, std::span<const K> keys, Probe& probe) {
  checksum sum;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    probe(i, map, [&] {
      const std::uint64_t count = ++map[keys[i]];
      sum.add(count);
      return count == 1 ? kind::insert : kind::update;
    });
  }
  return sum.value();
}

template <class Peer, class K, class Probe>
std::uint64_t run_growth(auto& map, std::span<const K> keys, Probe& probe) {
  checksum sum;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    probe(i, map, [&] {
      const bool inserted = map.try_emplace(keys[i], i).second;
      sum.add(inserted);
      return inserted ? kind::insert : kind::update;
    });
  }
  return sum.value();
}

// Seven of eight entries go, so that what remains shows whether memory comes back.
inline constexpr std::uint64_t index_keeps_one_in = 8;

template <class Peer, class K, class Probe>
std::uint64_t run_index(auto& map, std::span<const K> keys, Probe& probe) {
  checksum sum;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    probe(i, map, [&] {
      const bool inserted = map.try_emplace(keys[i], i).second;
      sum.add(inserted);
      return inserted ? kind::insert : kind::update;
    });
  }
  for (std::size_t i = 0; i < keys.size(); ++i) {
    probe(keys.size() + i, map, [&] {
      sum.add(map.find(keys[i])->second);
      return kind::find;
    });
  }
  probe(2 * keys.size(), map, [&] {
    for (auto entry = map.begin(); entry != map.end();) {
      if (entry->second % index_keeps_one_in == 0) {
        ++entry;
      } else {
        entry = Peer::erase_and_next(map, entry);
      }
    }
    return kind::sweep;
  });
  sum.add(map.size());
  return sum.value();
}

// A tenth of the arrivals is the window in which a session lives; four sweeps a window.
struct session_plan {
  explicit session_plan(std::size_t arrivals)
      : window(std::max<std::size_t>(arrivals / 10, 1)), sweep_every(std::max<std::size_t>(window / 4, 1)) {}

  [[nodiscard]] std::size_t sweeps(std::size_t arrivals) const { return arrivals / sweep_every; }

  std::size_t window;
  std::size_t sweep_every;
};

// A session's value: when it was touched last, and in the lowest bit whether it was renewed. A session is
// renewed once, under a new key, as a token that is exchanged for a fresh one.
struct session_stamp {
  static std::uint64_t touched(std::size_t arrival) { return std::uint64_t{arrival} << 1; }
  static std::uint64_t renewed(std::size_t arrival) { return std::uint64_t{arrival} << 1 | 1; }
  static bool expired(std::uint64_t stamp, std::size_t arrival, std::size_t window) {
    return (stamp >> 1) + window <= arrival;
  }
  static bool renews(std::uint64_t stamp) { return (stamp & 1) == 0 && (stamp >> 1) % 8 == 0; }
};

// The stamp makes the new key differ from all others: two sessions that renewed to one key would make the
// result depend on which of them the loop meets first.
inline std::string renewed_key(const std::string& key, std::uint64_t stamp) {
  return key + "\x1erenewed " + std::to_string(stamp);
}
inline std::uint64_t renewed_key(std::uint64_t key, std::uint64_t stamp) {
  return scatter(key ^ scatter(stamp));
}

template <class Peer, class K>
void sweep_sessions(auto& map, std::size_t arrival, std::size_t window) {
  std::vector<K> collected;
  for (auto entry = map.begin(); entry != map.end();) {
    const std::uint64_t stamp = entry->second;
    if (!session_stamp::expired(stamp, arrival, window)) {
      ++entry;
      continue;
    }
    if (!session_stamp::renews(stamp)) {
      entry = Peer::erase_and_next(map, entry);
      continue;
    }
    K key = renewed_key(entry->first, stamp);
    entry = Peer::erase_and_next(map, entry);
    if constexpr (Peer::insert_in_loop) {
      map.try_emplace(std::move(key), session_stamp::renewed(arrival));
    } else {
      collected.push_back(std::move(key));
    }
  }
  for (K& key : collected) map.try_emplace(std::move(key), session_stamp::renewed(arrival));
}

template <class Peer, class K, class Probe>
std::uint64_t run_sessions(auto& map, std::span<const K> keys, Probe& probe) {
  const session_plan plan{keys.size()};
  checksum sum;
  std::size_t position = 0;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    probe(position++, map, [&] {
      const std::uint64_t stamp = session_stamp::touched(i);
      const auto [entry, inserted] = map.try_emplace(keys[i], stamp);
      sum.add(inserted);
      if (inserted) return kind::insert;
      auto found = entry;
      Peer::value(found) = stamp;
      return kind::update;
    });
    if ((i + 1) % plan.sweep_every != 0) continue;
    probe(position++, map, [&] {
      sweep_sessions<Peer, K>(map, i, plan.window);
      return kind::sweep;
    });
    sum.add(map.size());
  }
  return sum.value();
}

// Replays a recorded trace. Operations inside a sweep are made in the order in which they were recorded,
// spread evenly over the steps of the loop: the program's own places in its loop mean nothing to a map with
// another order, and so the result is the same for all. Where a peer forbids inserting in a loop, they follow
// the loop instead.
template <class Peer, class K, class V, class Map, class Probe>
class trace_run {
 public:
  trace_run(Map& map, const trace<K, V>& operations, Probe& probe)
      : map_(map), operations_(operations), probe_(probe) {}

  std::uint64_t run() {
    for (std::size_t i = 0; i < operations_.size();) i = step(i);
    sum_.add(visited_);
    return sum_.value();
  }

 private:
  // Does one operation and returns the index after it.
  std::size_t step(std::size_t index) {
    const trace_operation<K, V>& operation = operations_[index];
    probe_(index, map_, [&] { return apply(index, operation); });
    return operation.end;
  }

  kind apply(std::size_t index, const trace_operation<K, V>& operation) {
    switch (operation.code) {
    case trace_code::put: {
      const bool inserted = map_.insert_or_assign(operation.key, operation.value).second;
      sum_.add(inserted);
      return inserted ? kind::insert : kind::update;
    }
    case trace_code::get: {
      const auto found = map_.find(operation.key);
      sum_.add(found == map_.end() ? 0 : digest(found->second) | 1);
      return kind::find;
    }
    case trace_code::del:
      sum_.add(map_.erase(operation.key));
      return kind::erase;
    case trace_code::clear:
      map_.clear();
      return kind::clear;
    case trace_code::sweep:
      sweep(index + 1, operation.end);
      return kind::sweep;
    }
    return kind::clear;
  }

  void sweep(std::size_t begin, std::size_t end) {
    const std::size_t steps = std::max<std::size_t>(map_.size(), 1);
    std::size_t next = begin;
    std::size_t taken = 0;
    std::uint64_t seen = 0;
    for (auto entry = map_.begin(); entry != map_.end(); ++entry) {
      seen += glance(entry->second);
      if constexpr (Peer::insert_in_loop) {
        const std::size_t due = begin + std::min(++taken, steps) * (end - begin) / steps;
        while (next < due) next = step(next);
      }
    }
    // What a loop meets after a change is a matter of order: only loops that change nothing must agree.
    if (begin == end) visited_ += seen;
    while (next < end) next = step(next);
  }

  Map& map_;
  const trace<K, V>& operations_;
  Probe& probe_;
  checksum sum_;
  std::uint64_t visited_ = 0;
};

[[nodiscard]] inline std::size_t count_operations(workload work, std::size_t keys) {
  switch (work) {
  case workload::index:
    return 2 * keys + 1;
  case workload::sessions:
    return keys + session_plan{keys}.sweeps(keys);
  default:
    return keys;
  }
}

template <class Peer, class K, class Probe>
std::uint64_t run_workload(auto& map, workload work, std::span<const K> keys, Probe& probe) {
  switch (work) {
  case workload::count:
    return run_count<Peer, K>(map, keys, probe);
  case workload::index:
    return run_index<Peer, K>(map, keys, probe);
  case workload::sessions:
    return run_sessions<Peer, K>(map, keys, probe);
  default:
    return run_growth<Peer, K>(map, keys, probe);
  }
}

}  // namespace steady::replay
