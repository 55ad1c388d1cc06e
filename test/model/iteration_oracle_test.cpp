// The iteration oracle, tried on containers whose behaviour is known.
//
// A model that cannot fail proves nothing. The container here keeps its entries in an ordered map and its
// loops by position, so it keeps the contract by construction; then it is given one fault at a time, each a
// mistake that a real map could make, and the oracle has to notice every one of them.
#include <gtest/gtest.h>

#include <cstdint>
#include <iterator>
#include <map>
#include <memory>

#include "iteration_program.hpp"
#include "program_source.hpp"

namespace steady_test {
namespace {

enum class fault {
  none,
  reorders_when_growing,
  reorders_when_shrinking,
  produces_erased_entries,
  leaves_loops_behind_at_swap,
  outlives_its_map,
  skips_now_and_then,
  restarts_after_clear,
  loses_the_next_at_erase,
};
fault active_fault = fault::none;  // one at a time, chosen at run time: one instantiation to compile

class simple_set {
 public:
  using key_type = model_key<key_traits::copyable>;
  using value_type = key_type;
  using hasher = model_hash;
  using key_equal = model_equal;

 private:
  struct entry {
    key_type key;
    bool ghost = false;
  };
  struct state {
    std::map<std::uint64_t, entry> entries;
    std::size_t size = 0;
    std::uint64_t generation = 0;
  };

 public:
  class iterator {
   public:
    iterator() = default;
    iterator(const std::shared_ptr<state>& owner, std::uint64_t place)
        : owner_(owner), place_(place), end_(false) {}
    const key_type& operator*() const { return owner_.lock()->entries.at(place_).key; }
    iterator& operator++() {
      const auto owner = owner_.lock();
      if (owner == nullptr) {
        end_ = true;
        return *this;
      }
      auto next = owner->entries.upper_bound(place_);
      if (active_fault == fault::skips_now_and_then) {
        if (next != owner->entries.end() && next->first % 64 == 0) ++next;
      }
      if (next == owner->entries.end()) {
        end_ = true;
      } else {
        place_ = next->first;
      }
      return *this;
    }
    friend bool operator==(const iterator& a, const iterator& b) {
      return a.end_ == b.end_ && (a.end_ || a.place_ == b.place_);
    }

   private:
    friend simple_set;
    std::weak_ptr<state> owner_;
    std::uint64_t place_ = 0;
    bool end_ = true;
  };
  using const_iterator = iterator;

  simple_set(std::size_t, model_hash, model_equal equal) : equal_(equal) {}
  simple_set(simple_set&& other) noexcept : state_(std::move(other.state_)), equal_(other.equal_) {
    other.state_ = std::make_shared<state>();
  }
  simple_set(const simple_set& other) : equal_(other.equal_) { insert_all(other); }
  simple_set& operator=(simple_set&& other) noexcept {
    state_ = std::move(other.state_);
    other.state_ = std::make_shared<state>();
    equal_ = other.equal_;
    return *this;
  }
  simple_set& operator=(const simple_set& other) {
    clear();
    equal_ = other.equal_;
    insert_all(other);
    return *this;
  }
  ~simple_set() {
    if (active_fault == fault::outlives_its_map) {
      static std::shared_ptr<state> kept;
      if (state_->size > 1) kept = state_;
    }
  }

  iterator begin() const { return first(state_->entries.begin()); }
  iterator end() const { return {}; }
  std::size_t size() const { return state_->size; }
  bool empty() const { return size() == 0; }
  void reserve(std::size_t) {}
  void rehash(std::size_t) {}

  iterator find(const key_type& key) const {
    for (const auto& [place, held] : state_->entries) {
      if (!held.ghost && equal_(held.key, key)) return iterator(state_, place);
    }
    return end();
  }

  std::pair<iterator, bool> insert(key_type&& key) {
    const iterator found = find(key);
    if (found != end()) return {found, false};
    const std::uint64_t place = scramble(++counter_);
    state_->entries.emplace(place, entry{key_type(key.value, key.identity)});
    ++state_->size;
    if (active_fault == fault::reorders_when_growing && (state_->size & (state_->size - 1)) == 0) {
      return {reorder(place), true};
    }
    return {iterator(state_, place), true};
  }
  std::pair<iterator, bool> emplace(std::uint32_t value, std::uint32_t identity) {
    return insert(key_type(value, identity));
  }

  std::size_t erase(const key_type& key) {
    const iterator found = find(key);
    if (found == end()) return 0;
    erase(found);
    return 1;
  }
  iterator erase(const iterator& at) {
    const auto place = state_->entries.find(at.place_);
    iterator next = first(std::next(place));
    if (active_fault == fault::loses_the_next_at_erase) {
      if (next.place_ % 16 == 0 && next != end()) ++next;
    }
    if (active_fault == fault::produces_erased_entries) {
      place->second.ghost = true;
    } else {
      state_->entries.erase(place);
    }
    --state_->size;
    if (active_fault == fault::reorders_when_shrinking && (state_->size & (state_->size - 1)) == 0) {
      reorder(next.place_);
      next = begin();
    }
    return next;
  }
  void clear() {
    if (active_fault == fault::restarts_after_clear) {
      // Loops keep their place in a table that is filled again with the same entries: they are met again.
      if (state_->size > 1 && ++state_->generation % 2 == 0) return;
    }
    state_->entries.clear();
    state_->size = 0;
  }
  void swap(simple_set& other) noexcept {
    if (active_fault == fault::leaves_loops_behind_at_swap) {
      std::swap(*state_, *other.state_);
    } else {
      std::swap(state_, other.state_);
    }
    std::swap(equal_, other.equal_);
  }

 private:
  iterator first(typename std::map<std::uint64_t, entry>::iterator from) const {
    while (from != state_->entries.end() && from->second.ghost) ++from;
    return from == state_->entries.end() ? end() : iterator(state_, from->first);
  }
  void insert_all(const simple_set& other) {
    for (const key_type& key : other) insert(key_type(key.value, key.identity));
  }
  iterator reorder(std::uint64_t wanted) {
    std::map<std::uint64_t, entry> fresh;
    iterator found;
    for (auto& [place, held] : state_->entries) {
      const std::uint64_t moved = scramble(++counter_);
      if (place == wanted) found = iterator(state_, moved);
      fresh.emplace(moved, entry{key_type(held.key.value, held.key.identity), held.ghost});
    }
    state_->entries = std::move(fresh);
    return found;
  }

  std::shared_ptr<state> state_ = std::make_shared<state>();
  model_equal equal_;
  inline static std::uint64_t counter_ = 0;
};

std::size_t violations_in(fault chosen, std::size_t programs) {
  active_fault = chosen;
  iteration_limits limits;
  limits.largest_universe = 64;
  limits.largest_run = 40;
  std::size_t violations = 0;
  for (std::uint64_t seed = 0; seed < programs; ++seed) {
    seeded_source source(seed, 600);
    iteration_program<simple_set, seeded_source> program(source, limits);
    try {
      program.run();
    } catch (const iteration_violation& violation) {
      if (chosen == fault::none) ADD_FAILURE() << "seed " << seed << ": " << violation.what();
      ++violations;
    }
  }
  return violations;
}

TEST(IterationOracleTest, PassesWhatKeepsTheContract) { EXPECT_EQ(violations_in(fault::none, 200), 0u); }

// Nearly every program of some hundred steps ought to meet each mistake; a quarter is asked, to be robust.
TEST(IterationOracleTest, SeesEntriesReorderedByGrowth) {
  EXPECT_GT(violations_in(fault::reorders_when_growing, 40), 10u);
}
TEST(IterationOracleTest, SeesEntriesReorderedByShrinking) {
  EXPECT_GT(violations_in(fault::reorders_when_shrinking, 40), 10u);
}
TEST(IterationOracleTest, SeesErasedEntriesProduced) {
  EXPECT_GT(violations_in(fault::produces_erased_entries, 40), 10u);
}
TEST(IterationOracleTest, SeesLoopsLeftBehindBySwap) {
  EXPECT_GT(violations_in(fault::leaves_loops_behind_at_swap, 40), 10u);
}
TEST(IterationOracleTest, SeesLoopsThatOutliveTheirMap) {
  EXPECT_GT(violations_in(fault::outlives_its_map, 40), 10u);
}
TEST(IterationOracleTest, SeesSkippedEntries) {
  EXPECT_GT(violations_in(fault::skips_now_and_then, 40), 10u);
}
TEST(IterationOracleTest, SeesEntriesThatSurviveClear) {
  EXPECT_GT(violations_in(fault::restarts_after_clear, 40), 10u);
}
TEST(IterationOracleTest, SeesEraseReturningTheWrongNext) {
  EXPECT_GT(violations_in(fault::loses_the_next_at_erase, 120), 10u);
}

}  // namespace
}  // namespace steady_test
