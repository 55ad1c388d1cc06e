// G4 as a program: any number of loops over a few maps, and between their steps any change to those maps,
// checked against an oracle.
//
// The oracle gives every entry an identity when it is inserted (a field of the key that neither hash nor
// equality reads), and knows for each identity which map holds it now. For each loop it keeps the fate of
// every identity:
//
//   owed      present when the loop began and present ever since: must be produced before the loop ends;
//   newcomer  inserted during the loop: may be produced, once;
//   produced  must not be produced again.
//
// What is no longer in the loop's map must not be produced at all. Erasing and inserting the same key makes a
// new identity. A loop belongs to the contents of a map and moves with them: swap, move construction and move
// assignment take it along; destruction ends it. A loop over contents that a clear or an assignment replaced
// is owed nothing and may go on as a loop over newcomers.
//
// Programs mix free loops (iterators stepped in any order, copied, abandoned half way) and the language's own
// range-for, nested, with the changes inside their bodies. A "climate" that changes as the program runs leans
// towards growing, shrinking, or single changes between single steps: the contract is hardest to keep while
// buckets split and merge under a loop, and hardest of all when a map shrinks below the size at which a loop
// began.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "../support/random.hpp"

namespace steady_test {

// Thrown when the map breaks its contract; nothing in a program catches it.
struct iteration_violation : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// ---------------------------------------------------------------------------------------------------- keys
// and values

enum class key_traits : unsigned { copyable, move_only, throwing_move };

// Padding chooses the size of the entry: above 256 bytes the map must keep it in a node.
template <key_traits Traits, std::size_t Padding = 0>
struct model_key {
  std::uint32_t value = 0;
  mutable std::uint32_t identity = 0;
  [[no_unique_address]] std::array<char, Padding> padding{};

  model_key() = default;
  model_key(std::uint32_t the_value, std::uint32_t the_identity) : value(the_value), identity(the_identity) {}
  model_key(const model_key& other)
    requires(Traits != key_traits::move_only)
  = default;
  model_key(model_key&& other) noexcept(Traits != key_traits::throwing_move)
      : value(other.value), identity(other.identity) {
    other.identity = ~0u;  // a moved-from key that is still reachable is a violation
  }
  model_key& operator=(const model_key&) = delete;
};

// What the hash does to the keys, chosen when a map is made; it travels with the map.
enum class hash_kind : std::uint8_t { scattered, constant, identity, few_classes, strided };
inline constexpr std::size_t hash_kinds = 5;

inline std::size_t model_hash_of(hash_kind kind, std::uint32_t value) noexcept {
  switch (kind) {
  case hash_kind::constant:
    return 42;
  case hash_kind::identity:
    return value;
  case hash_kind::few_classes:
    return static_cast<std::size_t>(scramble(value % 7));
  case hash_kind::strided:
    return static_cast<std::size_t>(value) << 12;
  case hash_kind::scattered:
    break;
  }
  return static_cast<std::size_t>(scramble(value));
}

struct model_hash {
  hash_kind kind = hash_kind::scattered;
  template <class Key>
  std::size_t operator()(const Key& key) const noexcept {
    return model_hash_of(kind, key.value);
  }
};

// A hash that takes the map's seed inside, as steady::hash does.
struct seeded_model_hash {
  hash_kind kind = hash_kind::scattered;
  template <class Key>
  std::size_t operator()(const Key& key) const noexcept {
    return model_hash_of(kind, key.value);
  }
  template <class Key>
  std::size_t operator()(const Key& key, std::uint64_t seed) const noexcept {
    const std::size_t plain = model_hash_of(kind, key.value);
    return kind == hash_kind::constant ? plain : static_cast<std::size_t>(scramble(plain ^ seed));
  }
};

// With NaNs, every fifth key is unequal to everything, itself included.
inline bool is_nan(std::uint32_t value) noexcept { return value % 5 == 4; }

struct model_equal {
  bool with_nans = false;
  template <class Key>
  bool operator()(const Key& a, const Key& b) const noexcept {
    return a.value == b.value && !(with_nans && is_nan(a.value));
  }
};

struct model_value {
  std::uint32_t update = 0;
  std::unique_ptr<int> move_only = {};
};
struct copyable_model_value {
  std::uint32_t update = 0;
};

// ------------------------------------------------------------------------------------------------------- the
// program

struct iteration_limits {
  std::size_t largest_universe = 2048;  // distinct keys
  std::size_t largest_run = 300;  // changes in one bulk step
  std::size_t most_loops = 6;
  std::size_t deepest = 3;  // nested range-for loops
};

template <class Map, class Source>
class iteration_program {
 public:
  explicit iteration_program(Source& source, const iteration_limits& limits = {})
      : source_(source), limits_(limits) {
    with_nans_ = source_.below(4) == 0;
    kind_ = static_cast<hash_kind>(source_.below(hash_kinds));
    universe_ = std::size_t{8} << source_.below(9);
    if (universe_ > limits_.largest_universe) universe_ = limits_.largest_universe;
    // Long chains are linear by contract; a small universe keeps programs with them quick.
    if ((kind_ == hash_kind::constant || kind_ == hash_kind::few_classes) && universe_ > 256) universe_ = 256;
    for (std::size_t i = 0; i < slots; ++i) make_map(i);
  }

  // Runs the whole program. Returns the number of steps done; throws iteration_violation.
  std::size_t run() {
    while (source_.next_step()) step(0);
    for (auto it = loops_.begin(); it != loops_.end();) {
      finish(*it);
      it = loops_.erase(it);
    }
    for (std::size_t i = 0; i < slots; ++i) check(i);
    return steps_;
  }

 private:
  static constexpr std::size_t slots = 3;
  static constexpr bool is_map = requires { typename Map::mapped_type; };
  using key_type = typename Map::key_type;
  static constexpr bool copyable = [] {
    if constexpr (is_map) {
      return std::is_copy_constructible_v<key_type> &&
             std::is_copy_constructible_v<typename Map::mapped_type>;
    } else {
      return std::is_copy_constructible_v<key_type>;
    }
  }();
  using iterator = typename Map::iterator;
  static constexpr std::size_t nowhere = ~std::size_t{0};

  enum class fate : std::uint8_t { newcomer, owed, produced };

  struct record {
    std::uint32_t key = 0;
    std::uint32_t update = 0;
    std::size_t owner = nowhere;
    std::size_t position = 0;  // in its slot's list of identities
  };

  struct slot {
    std::unique_ptr<Map> map;
    std::vector<std::uint32_t> identities;
    std::unordered_map<std::uint32_t, std::uint32_t> by_key;  // NaNs left out
  };

  struct loop {
    std::optional<iterator> position;  // none: a range-for of the language holds it
    std::size_t owner = nowhere;
    std::vector<fate> fates;
    std::size_t owed = 0;
    std::uint32_t current = 0;
    bool fresh = false;  // nothing changed since the current entry was produced: the iterator may be read
    bool over = false;
  };

  struct trace_entry {
    const char* what;
    std::size_t a;
    std::size_t b;
  };

  // -------------------------------------------------------------------------------------------------------
  // reporting

  void note(const char* what, std::size_t a = 0, std::size_t b = 0) {
    trace_[traced_++ % trace_.size()] = {what, a, b};
  }

  [[noreturn]] void violated(const std::string& what) const {
    std::string text = what + " (step " + std::to_string(steps_) + ", hash kind " +
                       std::to_string(static_cast<int>(kind_)) + (with_nans_ ? ", with NaNs" : "") +
                       ")\nlast:";
    const std::size_t first = traced_ > trace_.size() ? traced_ - trace_.size() : 0;
    for (std::size_t i = first; i < traced_; ++i) {
      const auto& entry = trace_[i % trace_.size()];
      text +=
          std::string(" ") + entry.what + "(" + std::to_string(entry.a) + "," + std::to_string(entry.b) + ")";
    }
    throw iteration_violation(text);
  }

  void demand(bool condition, const char* what) const {
    if (!condition) violated(what);
  }

  // ------------------------------------------------------------------------------------------------ the
  // oracle's books

  template <class Entry>
  static const key_type& key_of(const Entry& entry) {
    if constexpr (is_map) {
      return entry.first;
    } else {
      return entry;
    }
  }

  bool findable(std::uint32_t key) const { return !(with_nans_ && is_nan(key)); }

  std::uint32_t book_insert(std::size_t s, std::uint32_t key) {
    const auto identity = static_cast<std::uint32_t>(records_.size());
    records_.push_back({key, 0, s, slots_[s].identities.size()});
    slots_[s].identities.push_back(identity);
    if (findable(key)) slots_[s].by_key[key] = identity;
    changed(s);
    return identity;
  }

  void book_erase(std::uint32_t identity) {
    record& gone = records_[identity];
    slot& home = slots_[gone.owner];
    const std::uint32_t last = home.identities.back();
    home.identities[gone.position] = last;
    records_[last].position = gone.position;
    home.identities.pop_back();
    if (findable(gone.key)) home.by_key.erase(gone.key);
    for (loop& l : loops_) {
      if (l.owner != gone.owner) continue;
      if (identity < l.fates.size() && l.fates[identity] == fate::owed) {
        l.fates[identity] = fate::newcomer;
        --l.owed;
      }
    }
    changed(gone.owner);
    gone.owner = nowhere;
  }

  void book_clear(std::size_t s) {
    while (!slots_[s].identities.empty()) book_erase(slots_[s].identities.back());
    changed(s);
  }

  void changed(std::size_t s) {
    for (loop& l : loops_) {
      if (l.owner == s) l.fresh = false;
    }
  }

  // Contents and their loops go from one slot to another, whose own contents are gone already.
  void book_move(std::size_t from, std::size_t to) {
    for (loop& l : loops_) {
      if (l.owner == from) {
        l.owner = to;
        l.fresh = false;
      }
    }
    for (const std::uint32_t identity : slots_[from].identities) records_[identity].owner = to;
    slots_[to].identities = std::move(slots_[from].identities);
    slots_[to].by_key = std::move(slots_[from].by_key);
    slots_[from].identities.clear();
    slots_[from].by_key.clear();
  }

  void end_loops_of(std::size_t s) {
    for (loop& l : loops_) {
      if (l.owner == s) {
        l.owner = nowhere;
        l.owed = 0;
        l.fresh = false;
      }
    }
  }

  // ------------------------------------------------------------------------------------------------- what
  // loops produce

  loop& begin_loop(std::size_t s) {
    loop& l = loops_.emplace_back();
    l.owner = s;
    l.fates.assign(records_.size(), fate::newcomer);
    for (const std::uint32_t identity : slots_[s].identities) l.fates[identity] = fate::owed;
    l.owed = slots_[s].identities.size();
    return l;
  }

  template <class Entry>
  void produced(loop& l, const Entry& entry) {
    demand(l.owner != nowhere, "a loop went on after its map was destroyed");
    const key_type& key = key_of(entry);
    const std::uint32_t identity = key.identity;
    demand(identity < records_.size(), "a loop produced something that was never inserted");
    const record& known = records_[identity];
    demand(known.owner == l.owner, "a loop produced an entry that its map does not hold");
    demand(known.key == key.value, "a loop produced a damaged key");
    if constexpr (is_map) demand(known.update == entry.second.update, "a loop did not see an update");
    if (identity >= l.fates.size()) l.fates.resize(records_.size(), fate::newcomer);
    if (l.fates[identity] == fate::produced)
      note(l.position ? "free loop AGAIN at" : "range-for AGAIN at", l.owner, known.key);
    demand(l.fates[identity] != fate::produced, "a loop produced an entry twice");
    if (l.fates[identity] == fate::owed) --l.owed;
    l.fates[identity] = fate::produced;
    l.current = identity;
    l.fresh = true;
    note(l.position ? "free loop at" : "range-for at", l.owner, known.key);
  }

  void ended(loop& l) {
    l.over = true;
    if (l.owner == nowhere || l.owed == 0) return;
    for (std::size_t identity = 0; identity < l.fates.size(); ++identity) {
      if (l.fates[identity] == fate::owed) {
        violated("a loop ended without producing key " + std::to_string(records_[identity].key) + " (" +
                 std::to_string(l.owed) + " such entries), present from its start to its end");
      }
    }
  }

  // Looks at where a free loop stands after begin(), ++ or erase.
  void arrive(loop& l) {
    if (*l.position == iterator_end(l)) {
      ended(l);
    } else {
      produced(l, **l.position);
    }
  }

  iterator iterator_end(const loop& l) {
    // The end of any map is every map's end; a destroyed map's loop is compared with another's.
    return slots_[l.owner == nowhere ? 0 : l.owner].map->end();
  }

  void advance(loop& l) {
    ++*l.position;
    arrive(l);
    if (l.over) note("free loop ends");
  }

  void finish(loop& l) {
    while (!l.over) advance(l);
  }

  // -------------------------------------------------------------------------------------------------------------
  // changes

  void make_map(std::size_t s) {
    slots_[s].map =
        std::make_unique<Map>(0, typename Map::hasher{kind_}, typename Map::key_equal{with_nans_});
    // A failing program must fail again: the map's own seed is part of the program.
    if constexpr (requires(Map& map) { map.seed(std::uint64_t{1}); }) {
      slots_[s].map->seed(1 + source_.below(std::size_t{1} << 16));
    }
  }

  std::uint32_t any_key() { return static_cast<std::uint32_t>(source_.below(universe_)); }

  void insert(std::size_t s, std::uint32_t key, std::size_t form) {
    note("+", s, key);
    Map& map = *slots_[s].map;
    const auto known = slots_[s].by_key.find(key);
    const bool present = findable(key) && known != slots_[s].by_key.end();
    const auto identity = present ? known->second : static_cast<std::uint32_t>(records_.size());
    key_type made(key, identity);
    const auto verify = [&](auto result) {
      demand(result.second == !present, "insert misjudged whether the key was there");
      demand(key_of(*result.first).identity == identity, "insert returned another entry");
    };
    if constexpr (is_map) {
      switch (form % 4) {
      case 0:
        verify(map.try_emplace(std::move(made)));
        break;
      case 1:
        verify(map.emplace(std::move(made), typename Map::mapped_type()));
        break;
      case 2:
        verify(map.insert(
            std::pair<key_type, typename Map::mapped_type>(std::move(made), typename Map::mapped_type())));
        break;
      default:
        static_cast<void>(map[std::move(made)]);
        break;
      }
    } else if (form % 2 == 0) {
      verify(map.insert(std::move(made)));
    } else {
      verify(map.emplace(key, identity));
    }
    if (!present) book_insert(s, key);
    demand(map.size() == slots_[s].identities.size(), "size is wrong after an insert");
  }

  void erase_key(std::size_t s, std::uint32_t key, std::size_t form) {
    note("-", s, key);
    Map& map = *slots_[s].map;
    const auto known = slots_[s].by_key.find(key);
    const bool present = findable(key) && known != slots_[s].by_key.end();
    const key_type wanted(key, 0);
    if (form % 3 == 0 && present) {
      const auto found = map.find(wanted);
      demand(found != map.end(), "find missed a key");
      map.erase(found);
    } else if constexpr (requires { map.extract(wanted); }) {
      if (form % 3 == 1) {
        const auto node = map.extract(wanted);
        demand(node.empty() == !present, "extract misjudged whether the key was there");
      } else {
        demand(map.erase(wanted) == (present ? 1u : 0u), "erase misjudged whether the key was there");
      }
    } else {
      demand(map.erase(wanted) == (present ? 1u : 0u), "erase misjudged whether the key was there");
    }
    if (present) book_erase(known->second);
    demand(map.size() == slots_[s].identities.size(), "size is wrong after an erase");
  }

  // Erases one present entry, NaN or not.
  void erase_present(std::size_t s, std::size_t form) {
    if (slots_[s].identities.empty()) return;
    const std::uint32_t identity = slots_[s].identities[source_.below(slots_[s].identities.size())];
    const std::uint32_t key = records_[identity].key;
    if (findable(key)) {
      erase_key(s, key, form);
      return;
    }
    // A NaN is reached by iterator alone. Any NaN serves: the first one met.
    Map& map = *slots_[s].map;
    for (auto it = std::as_const(map).begin(); it != std::as_const(map).end(); ++it) {
      const std::uint32_t met = key_of(*it).identity;
      if (findable(key_of(*it).value)) continue;
      demand(met < records_.size() && records_[met].owner == s, "a map holds an entry that was erased");
      map.erase(it);
      note("erase met", s, records_[met].key);
      book_erase(met);
      break;
    }
    demand(map.size() == slots_[s].identities.size(), "size is wrong after an erase by iterator");
  }

  void update(std::size_t s) {
    if constexpr (is_map) {
      if (slots_[s].identities.empty()) return;
      const std::uint32_t identity = slots_[s].identities[source_.below(slots_[s].identities.size())];
      record& known = records_[identity];
      if (!findable(known.key)) return;
      const auto found = slots_[s].map->find(key_type(known.key, 0));
      demand(found != slots_[s].map->end(), "find missed a key");
      found->second.update = ++known.update;
    }
  }

  // After an element-wise copy or merge: entries whose books are not the slot's get identities of their own.
  void adopt(std::size_t s) {
    for (const auto& entry : std::as_const(*slots_[s].map)) {
      const key_type& key = key_of(entry);
      demand(key.identity < records_.size(), "a copy holds a damaged key");
      if (records_[key.identity].owner == s) continue;
      const std::uint32_t update = records_[key.identity].update;
      key.identity = book_insert(s, key.value);
      records_[key.identity].update = update;
    }
    demand(slots_[s].map->size() == slots_[s].identities.size(), "size is wrong after a copy or merge");
  }

  void move_construct(std::size_t to, std::size_t from) {
    if (to == from) return;
    auto made = std::make_unique<Map>(std::move(*slots_[from].map));
    end_loops_of(to);
    book_clear(to);
    book_move(from, to);
    slots_[to].map = std::move(made);
  }

  void move_assign(std::size_t to, std::size_t from) {
    if (to == from) return;
    *slots_[to].map = std::move(*slots_[from].map);
    book_clear(to);
    book_move(from, to);
    demand(slots_[from].map->empty(), "a moved-from map is not empty");
  }

  void swap(std::size_t a, std::size_t b) {
    slots_[a].map->swap(*slots_[b].map);
    if (a == b) return;
    for (loop& l : loops_) {
      if (l.owner == a) {
        l.owner = b;
      } else if (l.owner == b) {
        l.owner = a;
      }
      l.fresh = false;
    }
    std::swap(slots_[a].identities, slots_[b].identities);
    std::swap(slots_[a].by_key, slots_[b].by_key);
    for (const std::size_t s : {a, b}) {
      for (const std::uint32_t identity : slots_[s].identities) records_[identity].owner = s;
    }
  }

  void copy(std::size_t to, std::size_t from, bool assign) {
    if constexpr (copyable) {
      if (to == from) return;
      if (assign) {
        *slots_[to].map = *slots_[from].map;
        book_clear(to);
      } else {
        auto made = std::make_unique<Map>(*slots_[from].map);
        end_loops_of(to);
        book_clear(to);
        slots_[to].map = std::move(made);
      }
      adopt(to);
    }
  }

  void merge(std::size_t to, std::size_t from) {
    if constexpr (requires(Map& m) { m.merge(m); }) {
      if (to == from) return;
      std::vector<std::uint32_t> gone;
      for (const std::uint32_t identity : slots_[from].identities) {
        const std::uint32_t key = records_[identity].key;
        if (!findable(key) || !slots_[to].by_key.contains(key)) gone.push_back(identity);
      }
      slots_[to].map->merge(*slots_[from].map);
      for (const std::uint32_t identity : gone) book_erase(identity);
      adopt(to);
      demand(slots_[from].map->size() == slots_[from].identities.size(), "merge left another number behind");
      changed(to);
      changed(from);
    }
  }

  void destroy(std::size_t s) {
    end_loops_of(s);
    book_clear(s);
    slots_[s].map.reset();
    make_map(s);
  }

  void clear_some(std::size_t s) {
    Map& map = *slots_[s].map;
    if constexpr (requires { map.clear_some(std::size_t{1}); }) {
      map.clear_some(source_.below(40));
      resynchronise(s);
    } else {
      map.clear();
      book_clear(s);
    }
  }

  // For changes that choose their own victims: whatever the map no longer holds was erased.
  void resynchronise(std::size_t s) {
    std::vector<bool> held(records_.size(), false);
    for (const auto& entry : std::as_const(*slots_[s].map)) {
      const std::uint32_t identity = key_of(entry).identity;
      demand(identity < records_.size() && records_[identity].owner == s,
             "a map holds an entry that was erased");
      held[identity] = true;
    }
    const auto before = slots_[s].identities;
    for (const std::uint32_t identity : before) {
      if (!held[identity]) note("gone", s, records_[identity].key);
      if (!held[identity]) book_erase(identity);
    }
    changed(s);
    demand(slots_[s].map->size() == slots_[s].identities.size(), "size is wrong after clear_some");
  }

  void resize(std::size_t s) {
    Map& map = *slots_[s].map;
    switch (source_.below(6)) {
    case 0:
      map.reserve(source_.below(2 * universe_));
      break;
    case 1:
      map.rehash(source_.below(universe_));
      break;
    case 2:
      map.reserve(0);
      break;
    case 3:
      if constexpr (requires { map.maintain(std::size_t{1}); }) map.maintain(source_.below(32));
      break;
    case 4:
      // By turns, and mostly on: a map that never shrinks is the lesser test.
      if constexpr (requires { map.shrink_policy(); }) {
        using policy = decltype(map.shrink_policy());
        map.shrink_policy(source_.below(4) == 0 ? policy::never : policy::automatic);
      }
      break;
    default:
      if constexpr (requires { map.shrink_to_fit(); }) map.shrink_to_fit();
      break;
    }
    changed(s);
  }

  // -------------------------------------------------------------------------------------------------------------
  // checks

  void check(std::size_t s) {
    Map& map = *slots_[s].map;
    const slot& books = slots_[s];
    demand(map.size() == books.identities.size(), "size is wrong");
    std::size_t met = 0;
    std::vector<bool> seen(records_.size(), false);
    for (const auto& entry : std::as_const(map)) {
      const std::uint32_t identity = key_of(entry).identity;
      demand(identity < records_.size() && records_[identity].owner == s,
             "a map holds an entry that was erased");
      demand(!seen[identity], "a map holds an entry twice");
      seen[identity] = true;
      ++met;
    }
    demand(met == books.identities.size(), "a map lost an entry");
    for (const auto& [key, identity] : books.by_key) {
      const auto found = std::as_const(map).find(key_type(key, 0));
      demand(found != std::as_const(map).end(), "find missed a key");
      demand(key_of(*found).identity == identity, "find returned another entry");
    }
  }

  // ----------------------------------------------------------------------------------------------------------
  // the steps

  enum class climate : std::uint8_t { mixed, growing, shrinking, slow, tides };

  bool leans_to_insert() {
    switch (climate_) {
    case climate::growing:
      return source_.below(8) != 0;
    case climate::shrinking:
      return source_.below(8) == 0;
    case climate::tides:
      return (steps_ / 256 % 2 == 0) == (source_.below(16) != 0);
    case climate::slow:
    case climate::mixed:
      break;
    }
    return source_.below(2) == 0;
  }

  void change(std::size_t s, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      if (leans_to_insert()) {
        insert(s, any_key(), source_.below(4));
      } else if (source_.below(4) == 0) {
        erase_key(s, any_key(), source_.below(3));
      } else {
        erase_present(s, source_.below(3));
      }
    }
  }

  loop* any_free_loop() {
    std::size_t free = 0;
    for (loop& l : loops_) free += l.position.has_value() ? 1u : 0u;
    if (free == 0) return nullptr;
    std::size_t wanted = source_.below(free);
    for (loop& l : loops_) {
      if (l.position && wanted-- == 0) return &l;
    }
    return nullptr;
  }

  void drop(loop* gone) {
    loops_.remove_if([gone](const loop& l) { return &l == gone; });
  }

  void start_free_loop(std::size_t s) {
    if (loops_.size() >= limits_.most_loops) return;
    note("loop", s);
    loop& l = begin_loop(s);
    l.position.emplace(slots_[s].map->begin());
    arrive(l);
    if (l.over) drop(&l);
  }

  void step_free_loop(std::size_t times) {
    loop* l = any_free_loop();
    if (l == nullptr) return;
    note("step", times);
    for (std::size_t i = 0; i < times && !l->over; ++i) advance(*l);
    if (l->over) drop(l);
  }

  void copy_free_loop() {
    if (loops_.size() >= limits_.most_loops) return;
    if (const loop* l = any_free_loop()) {
      note("copy loop");
      loops_.push_back(*l);
    }
  }

  // Erases the entry a free loop stands on, through the loop's own iterator: the only way to erase a NaN in a
  // loop.
  void erase_at_free_loop(bool use_result) {
    loop* l = any_free_loop();
    if (l == nullptr) return;
    if (!l->fresh) {
      advance(*l);
      if (l->over) {
        drop(l);
        return;
      }
    }
    note("erase at", use_result ? 1 : 0, records_[l->current].key);
    Map& map = *slots_[l->owner].map;
    if (use_result) {
      *l->position = map.erase(*l->position);
      book_erase(l->current);
      arrive(*l);
    } else {
      map.erase(*l->position);
      book_erase(l->current);
    }
    if (l->over) drop(l);
  }

  // The language's loop, with steps of the program in its body.
  template <class Range>
  void range_for(Range&& range, std::size_t s, std::size_t depth) {
    loop* l = &begin_loop(s);
    std::size_t left = source_.below(200);
    const std::size_t budget = 1 + source_.below(4);
    bool broke = false;
    for (auto& entry : range) {
      produced(*l, entry);
      if (left == 0) {
        // Most loops run to their end undisturbed once they have had their changes: only there does the
        // oracle judge.
        if (source_.below(16) == 0) {
          broke = true;
          break;
        }
        left = ~std::size_t{0};
      }
      if (left > 200) continue;
      --left;
      for (std::size_t i = source_.below(budget + 1); i > 0 && source_.next_step(); --i) step(depth + 1);
    }
    if (!broke) ended(*l);
    drop(l);
  }

  void step(std::size_t depth) {
    ++steps_;
    if (steps_ % 512 == 1) climate_ = static_cast<climate>(source_.below(5));
    if (steps_ % 1024 == 0) check(source_.below(slots));
    const std::size_t s = source_.below(8) < 6 ? 0 : 1 + source_.below(slots - 1);
    const std::size_t choice = source_.below(256);
    if (choice < 70) {
      note("change", s, 1);
      change(s, 1);
    } else if (choice < 90) {
      const std::size_t count = climate_ == climate::slow ? 2 : source_.below(limits_.largest_run);
      note("change", s, count);
      change(s, count);
    } else if (choice < 112) {
      start_free_loop(s);
    } else if (choice < 180) {
      step_free_loop(1);
    } else if (choice < 190) {
      step_free_loop(source_.below(100));
    } else if (choice < 196) {
      step_free_loop(~std::size_t{0});
    } else if (choice < 212) {
      erase_at_free_loop(choice % 2 == 0);
    } else if (choice < 215) {
      copy_free_loop();
    } else if (choice < 217) {
      if (loop* l = any_free_loop()) {
        note("abandon");
        drop(l);
      }
    } else if (choice < 223) {
      note("update", s);
      update(s);
    } else if (choice < 235) {
      if (depth < limits_.deepest && loops_.size() < limits_.most_loops) {
        note("range-for", s, depth);
        Map& map = *slots_[s].map;
        if constexpr (requires { map.shuffled(); }) {
          if (choice % 4 == 0) {
            range_for(map.shuffled(), s, depth);
            return;
          }
        }
        range_for(map, s, depth);
      }
    } else if (choice < 240) {
      note("resize", s);
      resize(s);
    } else {
      rare(choice, s, source_.below(slots));
    }
  }

  void rare(std::size_t choice, std::size_t s, std::size_t other) {
    switch (choice) {
    case 240:
      note("clear", s);
      slots_[s].map->clear();
      book_clear(s);
      break;
    case 241:
      note("clear some", s);
      clear_some(s);
      break;
    case 242:
    case 243:
    case 244:
      note("swap", s, other);
      swap(s, other);
      break;
    case 245:
    case 246:
      note("move construct", s, other);
      move_construct(s, other);
      break;
    case 247:
    case 248:
      note("move assign", s, other);
      move_assign(s, other);
      break;
    case 249:
      note("copy assign", s, other);
      copy(s, other, true);
      break;
    case 250:
      note("copy construct", s, other);
      copy(s, other, false);
      break;
    case 251:
      note("merge", s, other);
      merge(s, other);
      break;
    case 252:
      note("destroy", s);
      destroy(s);
      break;
    default:
      // Refill: the rare steps above empty maps faster than single inserts fill them.
      note("fill", s, universe_);
      for (std::size_t i = 0; i < universe_; ++i) insert(s, static_cast<std::uint32_t>(i), i);
      break;
    }
  }

  Source& source_;
  iteration_limits limits_;
  bool with_nans_ = false;
  hash_kind kind_ = hash_kind::scattered;
  std::size_t universe_ = 64;
  climate climate_ = climate::mixed;
  std::size_t steps_ = 0;
  std::vector<record> records_;
  std::array<slot, slots> slots_;
  std::list<loop> loops_;  // after the maps: iterators go first
  std::array<trace_entry, 256> trace_{};
  std::size_t traced_ = 0;
};

}  // namespace steady_test
