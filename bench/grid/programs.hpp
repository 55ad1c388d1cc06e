// The workloads, written once for every map.
//
// Small maps are measured many at a time, side by side in memory, so that the timer is read once in thousands
// of operations; the whole is repeated until it has done enough. Each workload has a checksum that does not
// depend on the map's order, and the runner compares them between the peers: a map that did less work is
// found out.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "bench/grid/keys.hpp"
#include "bench/grid/plan.hpp"
#include "measure/timer.hpp"

namespace steady::grid {

template <std::size_t Bytes>
struct payload {
  std::array<std::uint64_t, Bytes / 8> words{};

  explicit payload(std::uint64_t number) { words.fill(number); }
  payload() = default;
  [[nodiscard]] std::uint64_t glance() const { return words[0]; }
  void add(std::uint64_t number) { words[0] += number; }
};

struct work_time {
  std::uint64_t ticks = 0;
  std::uint64_t operations = 0;
  std::uint64_t checksum = 0;
};
using work_times = std::array<work_time, work_count>;

// Times what it is given and charges it to a workload.
class stopwatch {
 public:
  template <class Timed>
  void operator()(work which, std::size_t operations, Timed&& timed) {
    const std::uint64_t begin = measure::timer::start();
    const std::uint64_t checksum = timed();
    const std::uint64_t end = measure::timer::stop();
    auto& time = times[index(which)];
    time.ticks += end - begin;
    time.operations += operations;
    time.checksum += checksum;
  }

  work_times times{};
};

template <class Peer, class K, std::size_t ValueBytes>
class programs {
 public:
  using value = payload<ValueBytes>;
  using map = typename Peer::template map<K, value>;

  programs(const key_set<K>& keys, const work_set& works)
      : keys_(keys), works_(works), size_(keys.present.size()),
        maps_(std::max<std::size_t>(1, operations_a_reading / size_)) {}

  work_times run() {
    const std::size_t repeats = std::max<std::size_t>(1, operations_a_run / (size_ * maps_));
    for (std::size_t i = 0; i < repeats; ++i) {
      if (any({work::insert, work::hit, work::miss, work::iterate, work::erase, work::replace,
               work::erase_missing, work::find_half, work::copy, work::copy_by_loop, work::erase_in_loop,
               work::find_after_erase})) {
        live_through();
      }
      if (wanted(work::churn)) churn();
      if (wanted(work::insert_reserved)) insert_reserved();
      if (wanted(work::random_insert)) random_insert();
      if (wanted(work::count)) count();
      if (wanted(work::insert_or_erase)) insert_or_erase();
    }
    return watch_.times;
  }

 private:
  static constexpr std::size_t operations_a_reading = 4'000;
  static constexpr std::size_t operations_a_run = 400'000;

  [[nodiscard]] bool wanted(work which) const { return works_[index(which)]; }
  [[nodiscard]] bool any(std::initializer_list<work> which) const {
    return std::any_of(which.begin(), which.end(), [this](work each) { return wanted(each); });
  }
  [[nodiscard]] std::unique_ptr<map[]> empty_maps() const { return std::make_unique<map[]>(maps_); }

  // Times timed(map) over all maps of the array.
  template <class Timed>
  void time(work which, const std::unique_ptr<map[]>& maps, Timed&& timed) {
    if (!wanted(which)) return;
    watch_(which, size_ * maps_, [&] {
      std::uint64_t checksum = 0;
      for (std::size_t i = 0; i < maps_; ++i) checksum += timed(maps[i]);
      return checksum;
    });
  }

  std::uint64_t fill(map& into) const {
    std::uint64_t number = 0;
    for (const K& key : keys_.present) into.try_emplace(key, value{number++});
    return into.size();
  }

  std::uint64_t look_up(const map& in, const std::vector<K>& keys) const {
    std::uint64_t sum = 0;
    for (const K& key : keys) {
      if (const auto found = in.find(key); found != in.end()) sum += found->second.glance();
    }
    return sum;
  }

  // A map's life from empty to empty.
  void live_through() {
    auto maps = empty_maps();
    if (wanted(work::insert)) {
      time(work::insert, maps, [&](map& each) { return fill(each); });
    } else {
      for (std::size_t i = 0; i < maps_; ++i) fill(maps[i]);
    }
    time(work::hit, maps, [&](map& each) { return look_up(each, keys_.shuffled); });
    time(work::miss, maps, [&](map& each) { return look_up(each, keys_.absent); });
    time(work::find_half, maps, [&](map& each) {
      std::uint64_t sum = 0;
      for (std::size_t i = 0; i < size_; ++i) {
        const auto found = each.find(i % 2 == 0 ? keys_.shuffled[i] : keys_.absent[i]);
        if (found != each.end()) sum += found->second.glance();
      }
      return sum;
    });
    time(work::replace, maps, [&](map& each) {
      std::uint64_t number = 0;
      for (const K& key : keys_.present) each.insert_or_assign(key, value{number++});
      return each.size();
    });
    time(work::iterate, maps, [](map& each) {
      std::uint64_t sum = 0;
      for (const auto& entry : each) sum += entry.second.glance();
      return sum;
    });
    time(work::erase_missing, maps, [&](map& each) {
      std::uint64_t erased = 0;
      for (const K& key : keys_.absent) erased += each.erase(key);
      return erased;
    });
    if (wanted(work::copy)) {
      std::vector<std::optional<map>> copies(maps_);
      watch_(work::copy, size_ * maps_, [&] {
        std::uint64_t checksum = 0;
        for (std::size_t i = 0; i < maps_; ++i) checksum += copies[i].emplace(maps[i]).size();
        return checksum;
      });
    }
    if (wanted(work::copy_by_loop)) {
      auto copies = empty_maps();
      watch_(work::copy_by_loop, size_ * maps_, [&] {
        std::uint64_t checksum = 0;
        for (std::size_t i = 0; i < maps_; ++i) {
          for (const auto& entry : maps[i]) copies[i].try_emplace(entry.first, entry.second);
          checksum += copies[i].size();
        }
        return checksum;
      });
    }
    time(work::erase, maps, [&](map& each) {
      std::uint64_t erased = 0;
      for (const K& key : keys_.shuffled) erased += each.erase(key);
      return erased;
    });
    if (!any({work::erase_in_loop, work::find_after_erase})) return;
    maps = empty_maps();
    for (std::size_t i = 0; i < maps_; ++i) fill(maps[i]);
    watch_(work::erase_in_loop, size_ * maps_, [&] {
      std::uint64_t checksum = 0;
      for (std::size_t i = 0; i < maps_; ++i) {
        for (auto entry = maps[i].begin(); entry != maps[i].end();) {
          if (entry->second.glance() % 2 == 1) {
            entry = Peer::erase_and_next(maps[i], entry);
          } else {
            ++entry;
          }
        }
        checksum += maps[i].size();
      }
      return checksum;
    });
    time(work::find_after_erase, maps, [&](map& each) { return look_up(each, keys_.shuffled); });
  }

  void churn() {
    auto maps = empty_maps();
    for (std::size_t i = 0; i < maps_; ++i) fill(maps[i]);
    time(work::churn, maps, [&](map& each) {
      std::uint64_t erased = 0;
      for (std::size_t i = 0; i < size_; ++i) {
        erased += each.erase(keys_.shuffled[i]);
        each.try_emplace(keys_.absent[i], value{i});
      }
      return erased + each.size();
    });
  }

  void insert_reserved() {
    auto maps = empty_maps();
    time(work::insert_reserved, maps, [&](map& each) {
      each.reserve(size_);
      return fill(each);
    });
  }

  // The keys present and absent are one space of twice the size, half of it in the map.
  void random_insert() {
    auto maps = empty_maps();
    for (std::size_t i = 0; i < maps_; ++i) fill(maps[i]);
    const auto drawn = [this](std::uint64_t random) -> const K& {
      const auto place = static_cast<std::size_t>((random >> 32) * (2 * size_) >> 32);
      return place < size_ ? keys_.present[place] : keys_.absent[place - size_];
    };
    time(work::random_insert, maps, [&](map& each) {
      std::uint64_t random = 1;
      for (std::size_t i = 0; i < size_; ++i) {
        random = random * 0x5851'F42D'4C95'7F2D + 0x1405'7B7E'F767'814F;
        each.try_emplace(drawn(random), value{i});
        random = random * 0x5851'F42D'4C95'7F2D + 0x1405'7B7E'F767'814F;
        each.erase(drawn(random));
      }
      return each.size();
    });
  }

  void count() {
    auto maps = empty_maps();
    time(work::count, maps, [&](map& each) {
      for (const auto draw : keys_.draws) each[keys_.present[draw]].add(1);
      return each.size();
    });
  }

  void insert_or_erase() {
    auto maps = empty_maps();
    time(work::insert_or_erase, maps, [&](map& each) {
      for (const auto draw : keys_.draws) {
        const K& key = keys_.present[draw];
        if (!each.try_emplace(key, value{draw}).second) each.erase(key);
      }
      return each.size();
    });
  }

  const key_set<K>& keys_;
  work_set works_;
  std::size_t size_;
  std::size_t maps_;
  stopwatch watch_;
};

}  // namespace steady::grid
