// What is replayed: kinds of operation, workloads, and a recorded trace. Words shared by all files of this
// folder.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace steady::replay {

// Latencies are kept by kind, because a table that mixes lookups with sweeps says nothing about either.
// Whether a put inserted or updated is known after it ran, and is the same for every map.
enum class kind : std::uint8_t { insert, update, find, erase, sweep, clear };
inline constexpr std::array<std::string_view, 6> kind_names = {"insert", "update", "find",
                                                               "erase",  "sweep",  "clear"};
inline constexpr std::string_view name_of(kind what) { return kind_names[static_cast<std::size_t>(what)]; }

// Whole-map operations are linear in every map: they are shown, but never mixed with the others in one curve.
inline constexpr bool whole_map(kind what) { return what == kind::sweep || what == kind::clear; }

enum class workload : std::uint8_t { count, index, sessions, growth, trace };
inline constexpr std::array<std::string_view, 5> workload_names = {"count", "index", "sessions", "growth",
                                                                   "trace"};
inline constexpr std::string_view name_of(workload what) {
  return workload_names[static_cast<std::size_t>(what)];
}

enum class trace_code : std::uint8_t { put, get, del, sweep, clear };

// A sweep's operations are those up to (not including) index end; for all others end is the next index.
template <class K, class V>
struct trace_operation {
  trace_code code;
  std::size_t end;
  K key;
  V value;
};

template <class K, class V>
using trace = std::vector<trace_operation<K, V>>;

using text_keys = std::vector<std::string>;
using integer_keys = std::vector<std::uint64_t>;

using operation_data =
    std::variant<text_keys, integer_keys, trace<std::string, std::string>, trace<std::string, std::uint64_t>,
                 trace<std::uint64_t, std::string>, trace<std::uint64_t, std::uint64_t>>;

struct input {
  workload work = workload::growth;
  operation_data data;
  std::string source;  // as tables show it: a file's name, or what was generated
  std::string key_type;  // "std::string" or "std::uint64_t"
  std::string value_type;
  std::size_t operations = 0;  // timed ones: the length of every array of samples
};

}  // namespace steady::replay
