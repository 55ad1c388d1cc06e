// Every operation of a map, in random order, against std::map.
//
// Two steady maps and two std::maps are led through the same operations; results are compared one by one, and
// the whole contents now and then. Loops with changes inside are the subject of iteration_program.hpp; here
// it is the interface: every way to insert, look up and erase, node handles, bulk operations, copies, and
// what steady has beyond the standard.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <steady/map.hpp>

#include "../support/random.hpp"

namespace steady_test {

struct map_violation : std::runtime_error {
  using std::runtime_error::runtime_error;
};

template <class Key>
Key model_key_from(std::size_t n) {
  if constexpr (std::is_arithmetic_v<Key>) {
    return static_cast<Key>(n);
  } else {
    return Key("a key that is long enough to be allocated, " + std::to_string(n));
  }
}

// Few bits of hash: overflow, long chains, and splits that send everything one way.
template <class Key>
struct poor_hash {
  std::size_t operator()(const Key& key) const noexcept { return std::hash<Key>{}(key) % 13; }
};

template <class Map, class Source>
class map_program {
 public:
  using key_type = typename Map::key_type;
  using mapped_type = typename Map::mapped_type;

  explicit map_program(Source& source) : source_(source), universe_(std::size_t{4} << source.below(10)) {}

  std::size_t run() {
    while (source_.next_step()) step();
    for (std::size_t i = 0; i < maps_.size(); ++i) check(i);
    return steps_;
  }

 private:
  using model = std::map<key_type, mapped_type>;

  [[noreturn]] void violated(const char* what) const {
    throw map_violation(std::string(what) + " (operation " + std::to_string(operation_) + ", step " +
                        std::to_string(steps_) + ", " + std::to_string(models_[0].size()) + " and " +
                        std::to_string(models_[1].size()) + " entries)");
  }
  void demand(bool condition, const char* what) const {
    if (!condition) violated(what);
  }

  key_type any_key() { return model_key_from<key_type>(source_.below(universe_)); }
  mapped_type any_value() { return model_key_from<mapped_type>(source_.below(1000)); }

  void same_entry(std::size_t i, typename Map::iterator it, const key_type& key) const {
    const auto known = models_[i].find(key);
    demand(it != maps_[i].cend(), "an iterator is the end");
    demand(known != models_[i].end(), "an entry is there that must not be");
    demand(it->first == key && it->second == known->second, "an entry differs");
  }

  void check(std::size_t i) const {
    const Map& map = maps_[i];
    demand(map.size() == models_[i].size(), "size differs");
    std::size_t met = 0;
    for (const auto& [key, value] : map) {
      const auto known = models_[i].find(key);
      demand(known != models_[i].end() && known->second == value, "iteration produced a wrong entry");
      ++met;
    }
    demand(met == models_[i].size(), "iteration produced another number of entries");
    for (const auto& [key, value] : models_[i]) {
      const auto found = map.find(key);
      demand(found != map.end() && found->second == value, "find missed an entry");
    }
    demand(map.stats().size == met, "stats() miscounts");
  }

  void step() {
    ++steps_;
    const std::size_t i = source_.below(8) == 0 ? 1 : 0;
    // Long leans to one side bring the map to its larger sizes and back.
    if (source_.below(200) == 0) leaning_ = source_.below(3);
    operation_ = source_.below(48);
    if (operation_ >= 40) {
      for (std::size_t n = source_.below(64); n > 0; --n)
        leaning_ == 1 ? erase(i, 20) : insert(i, source_.below(12));
    } else if (operation_ < 12) {
      leaning_ == 1 && source_.below(3) != 0 ? erase(i, 20 + operation_ % 5) : insert(i, operation_);
    } else if (operation_ < 20) {
      look(i, operation_);
    } else if (operation_ < 25) {
      leaning_ == 2 && source_.below(3) != 0 ? insert(i, operation_ % 12) : erase(i, operation_);
    } else {
      rest(i, operation_);
    }
    demand(maps_[i].size() == models_[i].size(), "size differs");
  }

  void insert(std::size_t i, std::size_t form) {
    Map& map = maps_[i];
    model& books = models_[i];
    key_type key = any_key();
    mapped_type value = any_value();
    const bool present = books.contains(key);
    const auto compare = [&](auto result) {
      demand(result.second == !present, "an insert misjudged whether the key was there");
      same_entry(i, result.first, key);
    };
    switch (form) {
    case 0:
      books.try_emplace(key, value);
      compare(map.insert({key, value}));
      break;
    case 1:
      books.try_emplace(key, value);
      compare(map.emplace(key, value));
      break;
    case 2:
      books.try_emplace(key, value);
      compare(map.try_emplace(key, value));
      break;
    case 3:
      books.insert_or_assign(key, value);
      compare(map.insert_or_assign(key, value));
      break;
    case 4:
      books[key] = value;
      map[key] = value;
      same_entry(i, map.find(key), key);
      break;
    case 5:
      books.try_emplace(key, value);
      compare(map.try_emplace_with(key, [&] { return value; }));
      break;
    case 6:
      books.try_emplace(key, value);
      same_entry(i, map.emplace_hint(map.cbegin(), key, value), key);
      break;
    case 7: {
      const std::array<std::pair<key_type, mapped_type>, 3> list{
          {{key, value}, {any_key(), value}, {any_key(), value}}};
      books.insert(list.begin(), list.end());
      map.insert(list.begin(), list.end());
      break;
    }
    case 8: {
      const typename Map::value_type entry(key, value);
      books.insert(entry);
      compare(map.insert(entry));
      break;
    }
    case 9:
      static_cast<void>(books[key]);
      static_cast<void>(map[key_type(key)]);
      same_entry(i, map.find(key), key);
      break;
    case 10:
      books.try_emplace(key, value);
      compare(
          map.emplace(std::piecewise_construct, std::forward_as_tuple(key), std::forward_as_tuple(value)));
      break;
    default:
      // An argument that lies in the map itself.
      if (const auto first = map.begin(); first != map.end()) {
        books.try_emplace(key, books.at(first->first));
        map.try_emplace(key, first->second);
        same_entry(i, map.find(key), key);
      }
      break;
    }
  }

  void look(std::size_t i, std::size_t form) {
    Map& map = maps_[i];
    const Map& constant = map;
    const model& books = models_[i];
    const key_type key = any_key();
    const auto known = books.find(key);
    const bool present = known != books.end();
    switch (form) {
    case 12:
      demand((map.find(key) != map.end()) == present, "find is wrong");
      break;
    case 13:
      demand(constant.contains(key) == present, "contains is wrong");
      break;
    case 14:
      demand(constant.count(key) == (present ? 1u : 0u), "count is wrong");
      break;
    case 15:
      if (present) {
        demand(map.at(key) == known->second, "at is wrong");
      } else {
        bool threw = false;
        try {
          static_cast<void>(map.at(key));
        } catch (const std::out_of_range&) {
          threw = true;
        }
        demand(threw, "at did not throw");
      }
      break;
    case 16: {
      const mapped_type* value = constant.get(key);
      demand((value != nullptr) == present, "get is wrong");
      if (present) demand(*value == known->second, "get returned another value");
      break;
    }
    case 17: {
      auto range = map.equal_range(key);
      demand((range.first != range.second) == present, "equal_range is wrong");
      break;
    }
    case 18: {
      const auto hash = map.hash_of(key);
      map.prefetch(key);
      demand((map.find(key, hash) != map.end()) == present, "find with a hash is wrong");
      break;
    }
    default:
      if (present) {
        mapped_type value = any_value();
        map.find(key)->second = value;
        models_[i].at(key) = value;
      }
      break;
    }
  }

  void erase(std::size_t i, std::size_t form) {
    Map& map = maps_[i];
    model& books = models_[i];
    key_type key = any_key();
    if (source_.below(4) != 0) {
      // A present one, most of the time.
      const auto near = books.lower_bound(key);
      if (near != books.end()) key = near->first;
    }
    const bool present = books.contains(key);
    switch (form) {
    case 20:
      demand(map.erase(key) == books.erase(key), "erase is wrong");
      break;
    case 21:
      if (present) {
        map.erase(map.find(key));
        books.erase(key);
      }
      break;
    case 22: {
      auto node = map.extract(key);
      demand(node.empty() == !present, "extract is wrong");
      if (present) {
        demand(node.key() == key && node.mapped() == books.at(key), "extract took another entry");
        books.erase(key);
        const std::size_t to = source_.below(2);
        const bool fits = !models_[to].contains(key);
        auto value = node.mapped();
        const auto result = maps_[to].insert(std::move(node));
        demand(result.inserted == fits && result.node.empty() == fits, "insert(node) is wrong");
        if (fits) models_[to].emplace(key, value);
      }
      break;
    }
    case 23:
      if (present) {
        const auto next = map.erase(map.find(key));
        books.erase(key);
        if (next != map.end())
          demand(books.contains(next->first), "erase returned an entry that is not there");
      }
      break;
    default:
      if (const auto first = map.begin(); first != map.end()) {
        books.erase(first->first);
        map.erase(first->first);  // by its own key
      }
      break;
    }
  }

  void rest(std::size_t i, std::size_t form) {
    Map& map = maps_[i];
    Map& other = maps_[1 - i];
    model& books = models_[i];
    model& other_books = models_[1 - i];
    // Most of these are rare, or the maps would never get large.
    if (form < 34 && source_.below(16) != 0) return;
    switch (form) {
    case 25:
      map.clear();
      books.clear();
      break;
    case 26:
      map = other;
      books = other_books;
      break;
    case 27:
      map = std::move(other);
      books = std::move(other_books);
      other_books.clear();
      demand(other.empty(), "a moved-from map is not empty");
      break;
    case 28:
      map.swap(other);
      books.swap(other_books);
      break;
    case 29:
      map.merge(other);
      books.merge(other_books);
      demand(other.size() == other_books.size(), "merge left another number behind");
      break;
    case 30: {
      const Map copy(map);
      demand(copy == map, "a copy is unequal");
      demand((map == other) == (books == other_books), "== is wrong");
      break;
    }
    case 31: {
      Map moved(std::move(map));
      map = std::move(moved);
      break;
    }
    case 32: {
      const std::size_t before = map.size();
      map.clear_some(source_.below(100));
      demand(map.size() <= before, "clear_some made entries");
      for (auto it = books.begin(); it != books.end();)
        it = map.contains(it->first) ? std::next(it) : books.erase(it);
      break;
    }
    case 33: {
      const auto bound = any_value();
      const auto doomed = [&](const auto& entry) { return entry.second < bound; };
      demand(erase_if(map, doomed) == std::erase_if(books, doomed), "erase_if is wrong");
      break;
    }
    case 34:
      map.reserve(source_.below(2 * universe_));
      break;
    case 35:
      map.rehash(source_.below(universe_));
      break;
    case 36:
      map.shrink_to_fit();
      break;
    case 37:
      map.maintain(source_.below(64));
      break;
    case 38:
      map.shrink_policy(source_.below(2) == 0 ? steady::shrink::never : steady::shrink::automatic);
      break;
    default:
      if (source_.below(16) == 0) check(i);
      break;
    }
  }

  Source& source_;
  std::size_t universe_;
  std::array<Map, 2> maps_;
  std::array<model, 2> models_;
  std::size_t leaning_ = 0;
  std::size_t operation_ = 0;
  std::size_t steps_ = 0;
};

}  // namespace steady_test
