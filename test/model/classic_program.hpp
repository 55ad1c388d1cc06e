// A random program on one classic_map with loops alive, against an oracle that knows every entry by a number of its own.
//
// The mapped value is that number, which an overwrite keeps and an insert draws anew; so NaN keys, and a key erased and
// inserted again, are told apart. Of each loop the oracle knows which entries it still owes (there since its start), and
// which it has produced. Rules: I4 nothing erased is produced, I5 what is owed comes exactly once, I6 and I7 nothing comes
// twice, C6 a clear ends all loops. check() runs after every operation, or now and then.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include <steady/classic_map.hpp>

namespace steady_test {

struct classic_violation : std::runtime_error {
  using std::runtime_error::runtime_error;
};

template <class Map, class Source, class MakeKey>
class classic_program {
  using key = typename Map::key_type;
  using number = std::uint64_t;

  struct watched_loop {
    typename Map::iterator at;
    std::set<number> owed;
    std::set<number> produced;
    number current = 0;
  };

 public:
  classic_program(Source& source, MakeKey make_key, std::size_t steps_between_checks)
      : source_(source), make_key_(make_key), steps_between_checks_(steps_between_checks) {
    map_.seed(7);
    map_.use_randomness({[](void* state, steady::classic::draw) {
                           auto& x = *static_cast<std::uint64_t*>(state);
                           x = x * 6364136223846793005u + 1442695040888963407u;
                           return x >> 11;
                         },
                         &random_});
    map_.shrink_policy(source.below(4) == 0 ? steady::shrink::automatic : steady::shrink::never);
    universe_ = 4 + source.below(2000);
  }

  std::size_t run() {
    std::size_t steps = 0;
    for (; source_.next_step(); ++steps) {
      step();
      require(map_.size() == entries_.size(), "size");
      if (steps % steps_between_checks_ == 0) check();
    }
    check();
    while (!loops_.empty()) advance(0);
    return steps;
  }

 private:
  static void require(bool condition, const char* what) {
    if (!condition) throw classic_violation(what);
  }

  void check() {
    const std::string wrong = map_.check();
    if (!wrong.empty()) throw classic_violation(wrong);
  }

  void step() {
    const std::size_t choice = source_.below(64);
    if (choice < 24) return insert();
    if (choice < 36) return erase();
    if (choice < 38) return find();
    if (choice < 41) return begin();
    if (choice < 58) return loops_.empty() ? begin() : advance(source_.below(loops_.size()));
    if (choice < 61) return loops_.empty() ? erase() : erase_in_loop(source_.below(loops_.size()));
    if (choice == 61 && !loops_.empty()) return drop(source_.below(loops_.size()));
    if (choice == 62) return rare();
    return overwrite_in_place();
  }

  void insert() {
    const key k = make_key_(source_.below(universe_));
    const auto [at, fresh] = map_.try_emplace(k, next_);
    if (!(k == k)) {
      require(fresh, "an insert of NaN adds an entry");
      nans_.insert(next_);
      entries_.insert(next_++);
      return;
    }
    const auto known = by_key_.find(k);
    require(fresh == (known == by_key_.end()), "try_emplace");
    if (fresh) {
      by_key_[k] = next_;
      entries_.insert(next_++);
    } else {
      require(at->second == known->second, "try_emplace finds the entry");
    }
  }
  void erase() {
    const key k = make_key_(source_.below(universe_));
    const auto known = k == k ? by_key_.find(k) : by_key_.end();
    const bool there = known != by_key_.end();
    require(map_.erase(k) == there, "erase");
    if (there) forget(known->second);
  }
  void find() {
    const key k = make_key_(source_.below(universe_));
    const number* const found = map_.get(k);
    const auto known = k == k ? by_key_.find(k) : by_key_.end();
    const bool there = known != by_key_.end();
    require((found != nullptr) == there, "find");
    if (there) require(*found == known->second, "find has the value");
  }
  // An overwrite of an entry that is there: the same number, the key written again.
  void overwrite_in_place() {
    const key k = make_key_(source_.below(universe_));
    if (!(k == k)) return;
    if (const auto known = by_key_.find(k); known != by_key_.end()) map_.insert_or_assign(k, known->second);
  }

  void begin() {
    if (loops_.size() > 5) return;
    watched_loop& loop = loops_.emplace_back();
    loop.at = map_.begin();
    loop.owed = entries_;
    note(loops_.size() - 1);
  }
  void advance(std::size_t which) {
    ++loops_[which].at;
    note(which);
  }
  void note(std::size_t which) {
    watched_loop& loop = loops_[which];
    if (loop.at == map_.end()) {
      require(loop.owed.empty(), "I5: a loop ended before it produced all it owed");
      return drop(which);
    }
    const number id = loop.at->second;
    require(entries_.contains(id), "I4: an erased entry was produced");
    if (!nans_.contains(id)) {
      const auto known = by_key_.find(loop.at->first);
      require(known != by_key_.end() && known->second == id, "I8: key and value belong together");
    }
    require(loop.produced.insert(id).second, "I5, I6: an entry was produced twice");
    loop.owed.erase(id);
    loop.current = id;
  }
  void erase_in_loop(std::size_t which) {
    watched_loop& loop = loops_[which];
    if (!entries_.contains(loop.current))
      return advance(which);  // erased since; then there is nothing to erase
    forget(loop.current);
    loop.at = map_.erase(loop.at);
    note(which);
  }
  void drop(std::size_t which) { loops_.erase(loops_.begin() + static_cast<std::ptrdiff_t>(which)); }

  void rare() {
    switch (source_.below(12)) {
    case 0:
      if (map_.empty()) break;
      map_.clear();
      entries_.clear();
      by_key_.clear();
      nans_.clear();
      for (watched_loop& loop : loops_) {
        ++loop.at;
        require(loop.at == map_.end(), "C6: a loop goes on after clear");
      }
      loops_.clear();
      break;
    case 1:
      require(map_.compact() || !loops_.empty(), "compact waits for loops only");
      break;
    case 2:
      (void)map_.rebuild();
      break;
    case 3:
      (void)map_.finish_growth(source_.below(40));
      break;
    case 4: {
      Map moved(std::move(map_));
      map_ = std::move(moved);
      break;
    }
    case 5: {
      if constexpr (std::is_copy_constructible_v<key>) {
        Map copy(map_);
        require(copy.check().empty() && copy.size() == map_.size(), "a copy is whole");
        if (nans_.empty()) require(copy == map_, "a copy is equal");
      }
      break;
    }
    case 6:
      map_.reserve(source_.below(3000));
      break;
    default:
      std::vector<number> all;
      for (const auto entry : map_) all.push_back(entry.second);
      require(std::set<number>(all.begin(), all.end()) == entries_ && all.size() == entries_.size(),
              "I1: a loop over an unchanged map produces each entry once");
    }
  }

  void forget(number id) {
    entries_.erase(id);
    nans_.erase(id);
    std::erase_if(by_key_, [&](const auto& entry) { return entry.second == id; });
    for (watched_loop& loop : loops_) loop.owed.erase(id);
  }

  Source& source_;
  MakeKey make_key_;
  std::size_t steps_between_checks_;
  std::size_t universe_ = 0;
  std::uint64_t random_ = 12345;
  Map map_;
  number next_ = 1;
  std::set<number> entries_;
  std::set<number> nans_;
  std::map<key, number> by_key_;
  std::vector<watched_loop> loops_;
};

}  // namespace steady_test
