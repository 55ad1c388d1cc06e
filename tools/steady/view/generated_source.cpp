#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "tools/steady/replay/interrupt.hpp"
#include "tools/steady/view/shown_map.hpp"
#include "tools/steady/view/sources.hpp"

namespace steady::view {
namespace {

class generator {
 public:
  generator(film& into, std::uint64_t operations, std::uint64_t seed)
      : film_(into), left_(operations), state_(seed), shown_(seed) {}

  void run() {
    while (left_ > 0 && !film_.full()) {
      grow_to(50);
      crowd();
      grow_to(110);
      drain_to(12);
      clear();
    }
    if (left_ > 0) film_.note_more();
  }

 private:
  using map = shown_map<std::uint64_t, std::uint64_t>;

  struct running_loop {
    std::uint64_t number;
    map::iterator at;
  };

  [[nodiscard]] bool going() const { return left_ > 0 && !film_.full(); }
  [[nodiscard]] std::uint64_t below(std::uint64_t limit) { return replay::scatter(++state_) % limit; }

  void take(const told_operation& operation) {
    replay::check_interrupted();
    film_.take(shown_.map, operation);
    --left_;
  }

  void grow_to(std::size_t entries) {
    while (going() && shown_.map.size() < entries) {
      switch (below(12)) {
      case 0:
        look_up();
        break;
      case 1:
        if (!keys_.empty()) erase(below(keys_.size()));
        break;
      case 2:
      case 3:
      case 4:
        loop(entries / 4);
        break;
      default:
        insert();
      }
    }
  }
  // At a constant size, one bucket after the other gets more than it holds, as happens to all of them in the long run;
  // until there are so many overflow buckets that the map grows to the same size.
  void crowd() {
    const std::uint64_t buckets = shown_.map.stats().main_buckets;
    for (std::uint64_t crowded = 0; going() && !growing_to_same_size() && crowded < buckets; ++crowded) {
      const std::uint64_t before = shown_.map.stats().noverflow;
      while (going() && !growing_to_same_size() && shown_.map.stats().noverflow == before) {
        const std::uint64_t outside = find_key([&](std::uint64_t key) { return bucket_of(key) != crowded; });
        erase(outside);
        while (bucket_of(next_) != crowded) ++next_;
        if (going()) insert();
      }
    }
    while (going() && shown_.map.stats().old_buckets > 0) {
      loop(0);
      if (going()) erase(below(keys_.size()));
      if (going()) insert();
    }
  }
  [[nodiscard]] bool growing_to_same_size() const {
    const auto seen = shown_.map.inspect();
    return seen.growing && seen.same_size_growth;
  }
  [[nodiscard]] std::uint64_t bucket_of(std::uint64_t key) {
    return shown_.told({}, key).hash.value_or(0) & (shown_.map.stats().main_buckets - 1);
  }
  template <class Wanted>
  [[nodiscard]] std::size_t find_key(Wanted wanted) {
    std::size_t which = below(keys_.size());
    while (!wanted(keys_[which])) which = (which + 1) % keys_.size();
    return which;
  }

  void drain_to(std::size_t entries) {
    while (going() && keys_.size() > entries) {
      if (below(6) == 0) {
        loop(entries);
      } else {
        erase(below(keys_.size()));
      }
    }
  }
  void clear() {
    if (going() && loops_.empty()) loop(0);
    if (!going()) return;
    shown_.map.clear();
    keys_.clear();
    take(shown_.told("clear"));
    while (going() && !loops_.empty()) step(0);
  }

  void insert() {
    const std::uint64_t key = next_++;
    shown_.map[key] = key * key % 1000;
    keys_.push_back(key);
    take(shown_.told("put " + film::label(key) + " = " + film::label(key * key % 1000), key));
  }
  void look_up() {
    const std::uint64_t key = below(next_ + 2);
    const std::uint64_t* const found = shown_.map.get(key);
    take(shown_.told(
        "get " + film::label(key) + (found == nullptr ? ": absent" : " = " + film::label(*found)), key));
  }
  void erase(std::size_t which) {
    const std::uint64_t key = keys_[which];
    keys_[which] = keys_.back();
    keys_.pop_back();
    shown_.map.erase(key);
    take(shown_.told("delete " + film::label(key), key));
  }
  // Begins a loop or lets one go on.
  void loop(std::size_t least) {
    if (!loops_.empty()) return step(below(loops_.size()));
    if (shown_.map.size() < least) return;
    auto at = shown_.map.begin();
    const std::uint64_t number = at.position().number;
    loops_.push_back({number, std::move(at)});
    take(shown_.told_step(number, loops_.back().at, true));
    if (loops_.back().at == shown_.map.end()) loops_.pop_back();
  }
  void step(std::size_t which) {
    running_loop& going_on = loops_[which];
    ++going_on.at;
    take(shown_.told_step(going_on.number, going_on.at));
    if (going_on.at != shown_.map.end()) return;
    std::swap(going_on, loops_.back());
    loops_.pop_back();
  }

  film& film_;
  std::uint64_t left_;
  std::uint64_t state_;
  map shown_;
  std::uint64_t next_ = 1;
  std::vector<std::uint64_t> keys_;
  std::vector<running_loop> loops_;
};

}  // namespace

void film_generated(film& into, std::uint64_t operations, std::uint64_t seed) {
  generator(into, operations, seed).run();
}

}  // namespace steady::view
