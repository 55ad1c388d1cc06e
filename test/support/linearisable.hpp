// Whether a recorded history of operations on one key could have happened one at a time.
//
// Wing and Gong's search with Lowe's memory of states: take any operation that began before every other open one
// returned, see whether its result is what the value at that point gives, and go on from there; a (set of operations done, value)
// that was seen before need not be tried again. Histories of different keys are judged apart, which is allowed because the operations
// concern one key each (locality). At most 64 operations a history.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace steady_test {

enum class key_operation : std::uint8_t {
  load,
  store,
  load_or_store,
  load_and_delete,
  erase,
  swap,
  compare_and_swap,
  compare_and_delete
};

struct key_event {
  key_operation what = key_operation::load;
  int argument = 0;  // what was stored, or is expected
  int second = 0;  // what compare_and_swap stores
  std::optional<int> got;  // the value returned
  bool said = false;  // the truth returned
  std::uint64_t begun = 0, ended = 0;  // from one clock that never shows the same time twice
};

// What the operation does to a value; false if it would not have returned what it did.
[[nodiscard]] inline bool happens(const key_event& event, std::optional<int>& value) {
  switch (event.what) {
  case key_operation::load:
    return event.got == value;
  case key_operation::store:
    value = event.argument;
    return true;
  case key_operation::load_or_store:
    if (event.said != value.has_value()) return false;
    if (!value) value = event.argument;
    return event.got == value;
  case key_operation::load_and_delete:
    if (event.got != value) return false;
    value.reset();
    return true;
  case key_operation::erase:
    if (event.said != value.has_value()) return false;
    value.reset();
    return true;
  case key_operation::swap:
    if (event.got != value) return false;
    value = event.argument;
    return true;
  case key_operation::compare_and_swap:
    if (event.said != (value == event.argument)) return false;
    if (event.said) value = event.second;
    return true;
  case key_operation::compare_and_delete:
    if (event.said != (value == event.argument)) return false;
    if (event.said) value.reset();
    return true;
  }
  return false;
}

class linearisability {
 public:
  // Whether there is an order of these events, each at an instant between its begin and its end, that explains all results.
  [[nodiscard]] static bool holds(const std::vector<key_event>& events, std::optional<int> value = {}) {
    linearisability search(events);
    return search.from(0, value);
  }

 private:
  explicit linearisability(const std::vector<key_event>& events) : events_(events) {}

  bool from(std::uint64_t done, std::optional<int> value) {
    if (done == all()) return true;
    if (!seen_.insert({done, value}).second) return false;
    std::uint64_t first_end = ~std::uint64_t{0};
    for (std::size_t i = 0; i < events_.size(); ++i)
      if ((done >> i & 1) == 0 && events_[i].ended < first_end) first_end = events_[i].ended;
    for (std::size_t i = 0; i < events_.size(); ++i) {
      if ((done >> i & 1) != 0 || events_[i].begun > first_end) continue;
      std::optional<int> after = value;
      if (happens(events_[i], after) && from(done | std::uint64_t{1} << i, after)) return true;
    }
    return false;
  }
  [[nodiscard]] std::uint64_t all() const {
    return events_.size() == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << events_.size()) - 1;
  }

  const std::vector<key_event>& events_;
  std::set<std::pair<std::uint64_t, std::optional<int>>> seen_;
};

}  // namespace steady_test
