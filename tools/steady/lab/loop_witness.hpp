// Changes a map while a loop goes over it, and holds what the loop produces against what was in the map meanwhile.
//
// It knows of each entry of the start whether it was produced or erased since, and its last value; so it can tell what is skipped,
// repeated, produced though erased, or old. It is told how to write to the map, whatever that is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "tools/steady/lab/specimen.hpp"

namespace steady::lab {

// What went wrong, or might have, in loops over a changing map.
struct observations {
  std::uint64_t loops = 0;
  std::uint64_t yields = 0;
  std::uint64_t of_erased = 0;  // produced after it was erased
  std::uint64_t skipped = 0;  // there from start to end and never produced
  std::uint64_t repeated = 0;
  std::uint64_t stale = 0;  // with a value that was overwritten before
  std::uint64_t in_freed_memory = 0;
  std::uint64_t newcomers = 0;

  [[nodiscard]] std::uint64_t broken() const { return of_erased + skipped + repeated; }
};

struct changes {
  bool erase = false;
  bool update = false;
  bool grow = false;
};

class loop_witness {
 public:
  // Fills the map: put(key, value) inserts or overwrites.
  template <class Put>
  loop_witness(std::uint64_t entries, observations& seen, Put&& put) : entries_(entries), seen_(seen) {
    for (std::uint64_t index = 0; index < entries; ++index) {
      const std::uint64_t key = key_at(index);
      put(key, index);
      states_[key] = state::waiting;
      values_[key] = index;
      keys_.push_back(key);
    }
    ++seen_.loops;
  }

  [[nodiscard]] bool knows(std::uint64_t key) const { return states_.contains(key); }
  // An entry of the start was produced.
  void produced(std::uint64_t key, std::uint64_t value) {
    state& now = states_.at(key);
    seen_.of_erased += now == state::erased;
    seen_.repeated += now == state::produced;
    seen_.stale += value != values_[key];
    if (now == state::waiting) now = state::produced;
  }

  // Between two steps: erases an entry, overwrites one and inserts two, as is wanted.
  template <class Put, class Erase>
  void change(const changes& wanted, Put&& put, Erase&& erase) {
    const std::uint64_t one = keys_[key_at(step_) % keys_.size()];
    const std::uint64_t other = keys_[key_at(step_ + 1'000'000) % keys_.size()];
    if (wanted.erase && states_[one] != state::erased) {
      erase(one);
      states_[one] = state::erased;
    }
    if (wanted.update && states_[other] != state::erased) put(other, values_[other] = 1'000'000 + step_);
    // Enough for two doublings; without an end, a loop that follows the newest array would have none either.
    if (wanted.grow && next_new_ < 4 * entries_)
      for (unsigned twice = 0; twice < 2; ++twice) put(key_at(entries_ + next_new_++), std::uint64_t{0});
    ++step_;
  }

  void ended() {
    for (const auto& [key, last] : states_) seen_.skipped += last == state::waiting;
  }

 private:
  enum class state : std::uint8_t { waiting, produced, erased };

  std::uint64_t entries_;
  observations& seen_;
  std::unordered_map<std::uint64_t, state> states_;
  std::unordered_map<std::uint64_t, std::uint64_t> values_;
  std::vector<std::uint64_t> keys_;
  std::uint64_t next_new_ = 0;
  std::uint64_t step_ = 0;
};

}  // namespace steady::lab
