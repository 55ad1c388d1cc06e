// What a map can be told at compile time: its sixth template parameter.
//
//   steady::map<K, V, H, E, A, steady::options<steady::checks::off, steady::shrink::never>>
//
// Settings may be given in any order, each kind once; what is not given has the value named below. They are part of
// the type, never a macro, so that two translation units cannot disagree about one map.
#pragma once

#include <concepts>
#include <cstddef>
#include <type_traits>

namespace steady {

// Misuse detection (overlapping use from two threads, re-entry from hash, equality or allocator). See misuse.hpp.
enum class checks : bool { off, on };

// Whether erasing gives buckets back as it goes. The policy of one map can be changed at run time by shrink_policy().
enum class shrink : bool { never, automatic };

// How full buckets get. Growth of a map of 2^B buckets begins when they hold growth_start entries on average, and has
// split them all when there are growth_end entries for every bucket there was; so one bucket is split in every
// (growth_end - growth_start) inserts. A higher growth_end saves memory and makes more lookups meet an overflow node.
// A lone bucket waits for a quarter more than growth_start. Shrinking begins below shrink_below_twice / 2 entries a bucket.
struct pace {
  unsigned growth_start = 13;
  unsigned growth_end = 15;
  unsigned shrink_below_twice = 14;

  friend constexpr bool operator==(const pace&, const pace&) = default;
};

// For maps that should be small before they are fast: steady::options<steady::dense_pace>. 0.85 times the bytes an entry of the
// default pace. While such a map grows from 2^B buckets to 2^(B+1), which it does at half of all sizes, lookups take up to
// twice (hits) or three times (misses) as long; at the other half hardly longer (docs/benchmarks.md, "What does the dense pace cost?").
inline constexpr pace dense_pace{14, 21};

// The largest block of memory a map asks for, in bytes, an entry's own node apart. Lower values serve tests and
// allocators with small pages; at least 1024.
struct block_limit {
  std::size_t bytes = 65536;

  friend constexpr bool operator==(const block_limit&, const block_limit&) = default;
};

// Whether snapshot() may be called (snapshot.hpp). A map that can be asked for one has a pointer more and looks at it before it changes
// a bucket; the others pay nothing.
enum class snapshots : bool { off, on };

// Who is told what a map does (observe.hpp): steady::observe_by<Observer>. Nobody, and not one instruction, without it.
template <class Observer>
struct observer_setting {};
template <class Observer>
inline constexpr observer_setting<Observer> observe_by{};
struct no_observer {};

namespace detail {

template <auto... Settings>
struct observer_among {
  using type = no_observer;
};
template <auto First, auto... Rest>
struct observer_among<First, Rest...> : observer_among<Rest...> {};
template <class Observer, observer_setting<Observer> First, auto... Rest>
struct observer_among<First, Rest...> {
  using type = Observer;
};
template <class Setting>
inline constexpr bool is_observer_setting = false;
template <class Observer>
inline constexpr bool is_observer_setting<observer_setting<Observer>> = true;

template <class Wanted, auto... Settings>
inline constexpr std::size_t settings_of_kind =
    (std::size_t{0} + ... + std::same_as<std::remove_cv_t<decltype(Settings)>, Wanted>);

template <class Wanted, Wanted Default>
consteval Wanted pick() {
  return Default;
}
template <class Wanted, Wanted Default, auto First, auto... Rest>
consteval Wanted pick() {
  if constexpr (std::same_as<std::remove_cv_t<decltype(First)>, Wanted>) {
    return First;
  } else {
    return pick<Wanted, Default, Rest...>();
  }
}

}  // namespace detail

template <auto... Settings>
struct options {
  static_assert(
      ((std::same_as<std::remove_cv_t<decltype(Settings)>, checks> ||
        std::same_as<std::remove_cv_t<decltype(Settings)>, shrink> ||
        std::same_as<std::remove_cv_t<decltype(Settings)>, pace> ||
        std::same_as<std::remove_cv_t<decltype(Settings)>, block_limit> ||
        std::same_as<std::remove_cv_t<decltype(Settings)>, snapshots> ||
        detail::is_observer_setting<std::remove_cv_t<decltype(Settings)>>) &&
       ...),
      "steady::options takes values of steady::checks, shrink, pace, block_limit, snapshots and observe_by");
  static_assert(detail::settings_of_kind<checks, Settings...> <= 1 &&
                    detail::settings_of_kind<shrink, Settings...> <= 1 &&
                    detail::settings_of_kind<pace, Settings...> <= 1 &&
                    detail::settings_of_kind<block_limit, Settings...> <= 1 &&
                    detail::settings_of_kind<snapshots, Settings...> <= 1 &&
                    (std::size_t{0} + ... +
                     detail::is_observer_setting<std::remove_cv_t<decltype(Settings)>>) <= 1,
                "steady::options: a setting is given twice");

  static constexpr bool checked = detail::pick<checks, checks::on, Settings...>() == checks::on;
  static constexpr shrink shrinking = detail::pick<shrink, shrink::automatic, Settings...>();
  static constexpr pace pacing = detail::pick<pace, pace{}, Settings...>();
  static constexpr std::size_t largest_block = detail::pick<block_limit, block_limit{}, Settings...>().bytes;
  static constexpr bool takes_snapshots =
      detail::pick<snapshots, snapshots::off, Settings...>() == snapshots::on;

  using observer = typename detail::observer_among<Settings...>::type;

  static_assert(largest_block >= 1024, "steady::block_limit: at least 1024 bytes");
  static_assert(pacing.growth_start >= 1 && pacing.growth_start < pacing.growth_end &&
                    pacing.growth_end <= 64,
                "steady::pace: growth_start below growth_end, and growth_end at most 64");
  static_assert(pacing.shrink_below_twice < pacing.growth_end,
                "steady::pace: a map that has just grown must not shrink at once");
};

}  // namespace steady
