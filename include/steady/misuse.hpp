// Misuse detection: what a map says when two threads use it at once, or when its own hash, equality or allocator
// comes back into it (contract G9).
//
// As in Go, it is on by default, best effort, and final: the report names the map's type and both operations, and the
// process ends. The four messages about two threads are Go's own (runtime/map.go). A handler may be set, to log or to
// test; if it returns, the process aborts, because the map's state is no longer known.
// Complexity: one byte read by each operation, and written twice by each that changes the map.
// Source of the rule: Go's runtime, claims M74-M76; golang/go#54454 and #31516 on why it is best effort.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "detail/config.hpp"

namespace steady {

enum class misuse : std::uint8_t {
  concurrent_writes,
  read_and_write,
  iteration_and_write,
  clone_and_write,
  reentrant,
  iteration_of_changed_map,
  inside_visitor,
};

struct misuse_report {
  misuse kind;
  std::string_view message;  // Go's words for the first four
  std::string_view map_type;  // as the compiler spells it
  std::string_view operation;  // what was asked for
  std::string_view in_progress;  // what the map was doing
};

using misuse_handler = void (*)(const misuse_report&);

namespace detail {

inline std::atomic<misuse_handler>& misuse_handler_slot() noexcept {
  static std::atomic<misuse_handler> handler{nullptr};
  return handler;
}

[[nodiscard]] constexpr std::string_view misuse_message(misuse kind) noexcept {
  switch (kind) {
  case misuse::concurrent_writes:
    return "concurrent map writes";
  case misuse::read_and_write:
    return "concurrent map read and map write";
  case misuse::iteration_and_write:
    return "concurrent map iteration and map write";
  case misuse::clone_and_write:
    return "concurrent map clone and map write";
  case misuse::reentrant:
    return "re-entrant use of a map from its own hash, equality, allocator or observer";
  case misuse::iteration_of_changed_map:
    return "step of a const iterator after the map was changed";
  case misuse::inside_visitor:
    return "use of a sync_map from inside its own visitor";
  }
  return "misuse of a map";
}

[[noreturn]] STEADY_COLD inline void report_misuse(misuse kind, std::string_view map_type,
                                                   std::string_view operation, std::string_view in_progress) {
  const misuse_report report{kind, misuse_message(kind), map_type, operation, in_progress};
  if (const misuse_handler handler = misuse_handler_slot().load(std::memory_order_acquire)) {
    handler(report);
  } else {
    const auto length = [](std::string_view text) { return static_cast<int>(text.size()); };
    std::fprintf(stderr, "fatal error: %.*s\n  map: %.*s\n  operation: %.*s\n  in progress: %.*s\n",
                 length(report.message), report.message.data(), length(map_type), map_type.data(),
                 length(operation), operation.data(), length(in_progress), in_progress.data());
  }
  std::abort();
}

// The spelling of a type, without run-time type information.
template <class Type>
[[nodiscard]] constexpr std::string_view type_name() noexcept {
#if defined(__GNUC__) || defined(__clang__)
  constexpr std::string_view before = "Type = ";
  std::string_view text =
      __PRETTY_FUNCTION__;  // gcc: [with Type = X; std::string_view = ...], clang: [Type = X]
  text.remove_prefix(text.find(before) + before.size());
  const auto alias = text.find("; std::string_view = ");
  return text.substr(0, alias != std::string_view::npos ? alias : text.rfind(']'));
#else
  return "steady map";
#endif
}

}  // namespace detail

// Sets what is called on misuse in place of the message on stderr; nullptr restores it. Returns the one before.
inline misuse_handler set_misuse_handler(misuse_handler handler) noexcept {
  return detail::misuse_handler_slot().exchange(handler, std::memory_order_acq_rel);
}

}  // namespace steady
