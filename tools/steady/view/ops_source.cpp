#include <algorithm>
#include <cstddef>
#include <string>
#include <variant>

#include "tools/steady/replay/interrupt.hpp"
#include "tools/steady/replay/keys.hpp"
#include "tools/steady/replay/ops_file.hpp"
#include "tools/steady/view/shown_map.hpp"
#include "tools/steady/view/sources.hpp"

namespace steady::view {
namespace {

constexpr std::uint64_t any_seed = 1;

template <class Key, class Value>
class player {
 public:
  player(film& into, const replay::trace<Key, Value>& operations)
      : film_(into), operations_(operations), shown_(any_seed) {}

  void run() {
    play(0, operations_.size());
    if (film_.full() && more_) film_.note_more();
  }

 private:
  // Does the operations from begin to end, those of sweeps inside their loops.
  void play(std::size_t begin, std::size_t end) {
    while (begin < end) {
      replay::check_interrupted();
      if (film_.full()) {
        more_ = true;
        return;
      }
      begin = step(begin);
    }
  }

  // Returns the index after the operation.
  std::size_t step(std::size_t index) {
    const auto& operation = operations_[index];
    const std::string key = film::label(operation.key);
    switch (operation.code) {
    case replay::trace_code::put:
      shown_.map.insert_or_assign(operation.key, operation.value);
      take("put " + key + " = " + film::label(operation.value), operation.key);
      break;
    case replay::trace_code::get: {
      const auto* const found = shown_.map.get(operation.key);
      take("get " + key + (found == nullptr ? ": absent" : " = " + film::label(*found)), operation.key);
      break;
    }
    case replay::trace_code::del:
      shown_.map.erase(operation.key);
      take("del " + key, operation.key);
      break;
    case replay::trace_code::clear:
      shown_.map.clear();
      film_.take(shown_.map, shown_.told("clear"));
      break;
    case replay::trace_code::sweep:
      sweep(index + 1, operation.end);
      break;
    }
    return operation.end;
  }

  void take(std::string text, const Key& key) { film_.take(shown_.map, shown_.told(std::move(text), key)); }

  void sweep(std::size_t next, std::size_t end) {
    const std::size_t steps = std::max<std::size_t>(shown_.map.size(), 1);
    const std::size_t begin = next;
    auto at = shown_.map.begin();
    const std::uint64_t loop = at.position().number;
    film_.take(shown_.map, shown_.told_step(loop, at, true));
    for (std::size_t taken = 1; at != shown_.map.end() && !film_.full(); ++taken) {
      const std::size_t due = begin + std::min(taken, steps) * (end - begin) / steps;
      while (next < due) next = step(next);
      ++at;
      film_.take(shown_.map, shown_.told_step(loop, at));
    }
    if (at != shown_.map.end()) more_ = true;
    play(next, end);
  }

  film& film_;
  const replay::trace<Key, Value>& operations_;
  shown_map<Key, Value> shown_;
  bool more_ = false;
};

template <class Key, class Value>
void play(film& into, const replay::trace<Key, Value>& operations) {
  player<Key, Value>(into, operations).run();
}
// The parser makes traces alone.
void play(film&, const replay::text_keys&) {}
void play(film&, const replay::integer_keys&) {}

}  // namespace

void film_operations(film& into, const std::string& path) {
  const replay::operation_data data = replay::parse_operations(replay::read_file(path), path);
  std::visit([&](const auto& operations) { play(into, operations); }, data);
}

}  // namespace steady::view
