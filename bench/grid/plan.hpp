// What the grid measures, in the words that the runner, its workers and the tables share.
//
// The runner (grid.cpp) holds no map. Each peer is a worker, a program of its own compiled with that peer's
// headers alone (two releases of Boost cannot share a process), and a request for one pass over one cell is a
// line of JSON.
#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace steady::grid {

enum class key_kind : std::uint8_t { u64random, u64sequential, pointer, string12, string60 };
inline constexpr std::array<std::string_view, 5> key_names = {"u64random", "u64sequential", "pointer",
                                                              "string12", "string60"};

inline constexpr std::array<std::size_t, 2> value_sizes = {8, 56};

// What a workload times. n is the size of the cell; times are per entry or per operation.
enum class work : std::uint8_t {
  insert,  // n new keys into an empty map
  hit,  // n lookups of keys that are there, in another order than they were inserted
  miss,  // n lookups of keys that are not
  iterate,  // a range loop over the n entries
  churn,  // n times: erase one entry, insert a new one
  erase,  // all n entries by key
  insert_reserved,  // insert after reserve(n)                                    (hash-table-shootout)
  replace,  // insert_or_assign to n keys that are there                          (Allan)
  erase_missing,  // erase n keys that are not there                                    (Allan)
  find_half,  // n lookups, every second of a key that is there                     (Ankerl)
  random_insert,  // n times at about n entries: insert a random key, erase a random key (Ankerl)
  copy,  // the copy constructor
  copy_by_loop,  // a range loop that inserts into an empty map: quadratic in some      (Ankerl)
  count,  // ++map[key] for n keys, a quarter of them distinct                  (udb3)
  insert_or_erase,  // n keys, a quarter distinct: insert, or erase if it is there        (udb3)
  erase_in_loop,  // a range loop that erases every second entry                        (Boost)
  find_after_erase,  // n lookups after that                                               (Boost, shootout)
};
inline constexpr std::array<std::string_view, 17> work_names = {"insert",
                                                                "hit",
                                                                "miss",
                                                                "iterate",
                                                                "churn",
                                                                "erase",
                                                                "insert_reserved",
                                                                "replace",
                                                                "erase_missing",
                                                                "find_half",
                                                                "random_insert",
                                                                "copy",
                                                                "copy_by_loop",
                                                                "count",
                                                                "insert_or_erase",
                                                                "erase_in_loop",
                                                                "find_after_erase"};
inline constexpr std::size_t work_count = work_names.size();
inline constexpr std::size_t core_count = 6;  // the first six make the geometric means

using work_set = std::bitset<work_count>;

template <class Enum, std::size_t Count>
std::optional<Enum> parse_name(std::string_view text, const std::array<std::string_view, Count>& names) {
  for (std::size_t i = 0; i < Count; ++i) {
    if (names[i] == text) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

constexpr std::size_t index(work which) { return static_cast<std::size_t>(which); }
constexpr std::string_view name_of(key_kind kind) { return key_names[static_cast<std::size_t>(kind)]; }

// throughput: each workload's time. latency: every operation of growth, churn and drain timed alone. memory:
// bytes counted at every step of growth and of an erase of 99 %. allocator: the time inside malloc and free
// while growing.
enum class pass : std::uint8_t { throughput, latency, memory, allocator };
inline constexpr std::array<std::string_view, 4> pass_names = {"throughput", "latency", "memory",
                                                               "allocator"};

struct cell {
  key_kind keys = key_kind::u64random;
  std::size_t value_bytes = 8;
  std::size_t size = 0;

  friend bool operator==(const cell&, const cell&) = default;
};

struct request {
  pass what = pass::throughput;
  cell where;
  work_set works;  // throughput
  unsigned repeat = 5;  // latency: identical runs
};

}  // namespace steady::grid
