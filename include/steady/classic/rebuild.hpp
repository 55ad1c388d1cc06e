// When a map that has worn out should be rebuilt by itself: three rules of the seeds (claim M87), off unless asked for.
//
// The rules are those of steady::advise (advise.hpp); here is only how often a map is looked at, and how long a rule must
// hold. Go has none of this, and its maps wear out less than the rules suppose: a deleted slot lengthens no chain. What the
// rules are worth is the lab's to measure. Time comes from a clock that can be replaced.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>

#include "../advise.hpp"
#include "stats.hpp"

namespace steady::classic {

enum class rebuild_reason : std::uint8_t { none, deleted_share, mean_probe, erases };

// The limits of advice (a share of deleted slots counts at once), and for how long the other two must be passed.
struct rebuild_rules : advice_limits {
  using clock = std::chrono::steady_clock;

  clock::duration mean_probe_held = std::chrono::seconds{60};
  clock::duration erases_held = std::chrono::minutes{5};
  std::function<clock::time_point()> now = [] { return clock::now(); };
};

// Watches one map. The map asks it after erases, because an insert returns a place that a rebuild would move. It looks at
// the cheap rule at every 64th, and at the other two when a second has gone by since it last did, because the mean probe
// takes a walk over the map.
class rebuild_watch {
 public:
  using clock = rebuild_rules::clock;

  explicit rebuild_watch(rebuild_rules rules) : rules_(std::move(rules)) {}

  template <class Config>
  [[nodiscard]] rebuild_reason look(const hmap<Config>& map) {
    constexpr unsigned erases_between_looks = 64;
    constexpr auto time_between_walks = std::chrono::seconds{1};
    if (++asked_ % erases_between_looks != 0 || map.count == 0) return rebuild_reason::none;
    namespace health = detail::health;
    if (health::too_many_deleted({.size = map.count, .tombstones = map.counted.tombstones}, rules_))
      return rebuild_reason::deleted_share;
    const clock::time_point now = rules_.now();
    if (walked_ && now - *walked_ < time_between_walks) return rebuild_reason::none;
    walked_ = now;

    const std::uint64_t inserts = map.counted.inserts - inserts_;
    const std::uint64_t erases = map.counted.erases - erases_;
    inserts_ = map.counted.inserts;
    erases_ = map.counted.erases;
    const health::figures figures = health::figures_of(stats_taker<Config>::take(map));
    if (held(probes_since_, health::probes_too_long(figures, rules_), now, rules_.mean_probe_held))
      return rebuild_reason::mean_probe;
    if (held(erases_since_, health::mostly_erases(inserts, erases, rules_), now, rules_.erases_held))
      return rebuild_reason::erases;
    return rebuild_reason::none;
  }

  // The map was rebuilt: what was observed holds no longer.
  void rebuilt() noexcept {
    probes_since_.reset();
    erases_since_.reset();
    ++rebuilds_;
  }
  [[nodiscard]] std::uint64_t rebuilds() const noexcept { return rebuilds_; }

 private:
  [[nodiscard]] static bool held(std::optional<clock::time_point>& since, bool condition,
                                 clock::time_point now, clock::duration for_so_long) noexcept {
    if (!condition) {
      since.reset();
      return false;
    }
    if (!since) since = now;
    return now - *since >= for_so_long;
  }

  rebuild_rules rules_;
  std::uint64_t asked_ = 0;
  std::uint64_t inserts_ = 0;
  std::uint64_t erases_ = 0;
  std::uint64_t rebuilds_ = 0;
  std::optional<clock::time_point> walked_;
  std::optional<clock::time_point> probes_since_;
  std::optional<clock::time_point> erases_since_;
};

}  // namespace steady::classic
