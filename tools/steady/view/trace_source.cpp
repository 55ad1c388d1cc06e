// A trace is replayed as `steady conform` does it: a film of a trace shows the states that Go's own map went through.
#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include "tools/steady/conform/replayer.hpp"
#include "tools/steady/replay/error.hpp"
#include "tools/steady/replay/interrupt.hpp"
#include "tools/steady/view/sources.hpp"

namespace steady::view {
namespace {

using conform::key_kind;
using conform::record;

std::string key_label(const conform::trace_reader& trace, std::uint64_t key) {
  if (trace.type().kind == key_kind::str) return film::label(trace.text(key));
  if (trace.type().kind == key_kind::f64) return film::label(std::bit_cast<double>(key));
  return film::label(key);
}

// Where a key lies; NaN lies anywhere.
std::optional<std::uint64_t> hash_of(const conform::trace_reader& trace, const record& step) {
  if (trace.type().kind == key_kind::f64 && std::isnan(std::bit_cast<double>(step.key))) return {};
  return step.hash;
}

// The recorder leaves loops unfinished: the line on which each iterator is stepped last.
std::unordered_map<std::uint64_t, std::uint64_t> last_steps(const std::string& path) {
  conform::trace_reader trace(path);
  std::unordered_map<std::uint64_t, std::uint64_t> lines;
  record step;
  while (trace.next(step)) {
    replay::check_interrupted();
    if (step.kind == 'I' || step.kind == 'i') lines[step.iterator] = step.line;
  }
  return lines;
}

told_operation tell(const conform::trace_reader& trace, const record& step, std::uint64_t loop) {
  const auto key = [&] { return key_label(trace, step.key); };
  switch (step.kind) {
  case 'N':
    return {step.hint == 0 ? "make" : fmt::format("make with hint {}", step.hint)};
  case 'S':
    return {fmt::format("put {} = {}", key(), step.value), hash_of(trace, step)};
  case 'X':
    return {"delete " + key(), hash_of(trace, step)};
  case 'G':
    return {step.found ? fmt::format("get {} = {}", key(), step.value) : fmt::format("get {}: absent", key()),
            hash_of(trace, step)};
  case 'C':
    return {"clear"};
  default: {
    const std::string name = "loop " + loop_name(loop);
    if (!step.found) return {name + " ends"};
    return {
        fmt::format("{} {} {} = {}", name, step.kind == 'I' ? "begins at" : "comes to", key(), step.value)};
  }
  }
}

}  // namespace

void film_trace(film& into, const std::string& path) {
  try {
    const auto last_step = last_steps(path);
    conform::trace_reader trace(path);
    conform::with_replayer(trace, [&](auto&& replayer) {
      record step;
      std::unordered_map<std::uint64_t, std::uint64_t> loops;  // the trace's numbers, the map's numbers
      while (replayer.next(step)) {
        replay::check_interrupted();
        if (into.full()) return into.note_more();
        if (step.kind == 'I') loops[step.iterator] = replayer.loop_number(step.iterator);
        into.take(replayer.map(), tell(trace, step, loops[step.iterator]));
        if ((step.kind == 'I' || step.kind == 'i') && last_step.at(step.iterator) == step.line)
          replayer.drop_loop(step.iterator);
      }
    });
  } catch (const conform::wrong_trace& error) {
    throw replay::wrong_input(path + ": " + error.what());
  } catch (const conform::diverged& error) {
    throw replay::wrong_input(fmt::format(
        "{}: the map is not the one of the trace ({}); steady conform says where", path, error.what));
  }
}

}  // namespace steady::view
