// steady::sync_map: a map that threads share, with the operations and guarantees of Go's sync.Map.
//
//   steady::sync_map<std::string, session> sessions;
//   sessions.store("a", s);
//   if (auto found = sessions.load("a")) use(*found);
//   sessions.range([&](const std::string& key, const session& each) { if (each.expired()) sessions.erase(key); });
//
// Every operation on one key is linearisable: it takes effect at one instant between its call and its return, and what a
// thread wrote before a store is seen by whoever loads what was stored. Values are returned by copy; nothing points into
// the map after an operation has returned. Operations named in Go's words may be called from anywhere, inside range()
// included. visit, update, compute, erase_if and range_visit run the caller's function under the lock of a part of the
// map: it must not use the same map, which is reported (misuse::inside_visitor), and should be short.
//
// The map is made of shards, each a steady::map with a lock of its own: so growth and shrinking are bounded work an operation, as in
// steady::map, and no operation ever holds more than one lock. The number of shards is fixed: the next power of two above four times
// the processors, at least 64, or what the constructor is told. They are on 128 bytes each.
//
// Neither copyable nor movable: others may be using it.
//
// Complexity: O(1) for one key; range O(n); size O(shards). Memory: as steady::map, and the shards.
// Errors: bad_alloc with the map unchanged; what hash, equality and copies of the user's throw, with the map unchanged.
// Source of the rules: Go's sync/map.go and its tests, survey 4.1 (nine statements, each with a test of that number).
#pragma once

#include <algorithm>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <numeric>
#include <optional>
#include <ranges>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "detail/seed.hpp"
#include "detail/shared_name.hpp"
#include "map.hpp"
#include "sync/shard.hpp"
#include "sync/visiting.hpp"

namespace steady {

template <class Key, class Value, class Hash = hash<Key>, class KeyEqual = std::equal_to<Key>,
          class Allocator = std::allocator<std::pair<const Key, Value>>, class Options = options<>>
class sync_map {
  using map_type = map<Key, Value, Hash, KeyEqual, Allocator, Options>;
  using shard = detail::sync_shard<map_type>;
  using guard = typename shard::lock_guard;
  using shard_allocator = typename std::allocator_traits<Allocator>::template rebind_alloc<shard>;
  using shard_traits = std::allocator_traits<shard_allocator>;
  static constexpr bool observed = detail::is_observing<typename detail::observer_of<Options>::type>;

  // What else than a key finds one: anything, under a transparent hash and equality.
  template <class K>
  static constexpr bool looks_up = !std::same_as<K, Key> && requires {
    typename Hash::is_transparent;
    typename KeyEqual::is_transparent;
  };

 public:
  using key_type = Key;
  using mapped_type = Value;
  using hasher = Hash;
  using key_equal = KeyEqual;
  using allocator_type = Allocator;
  using size_type = std::size_t;

  sync_map() : sync_map(default_shards()) {}
  // `shards` is rounded up to a power of two.
  explicit sync_map(size_type shards, const Hash& hash = Hash(), const KeyEqual& equal = KeyEqual(),
                    const Allocator& allocator = Allocator())
      : hash_(hash), allocator_(allocator), seed_(detail::random_seed() | 1),
        bits_(static_cast<unsigned>(std::bit_width(std::bit_ceil(std::max<size_type>(shards, 1)) - 1))) {
    shard_allocator of(allocator_);
    shards_ = shard_traits::allocate(of, shard_count());
    size_type made = 0;
    struct undo {
      sync_map& map;
      size_type& made;
      ~undo() {
        if (made != map.shard_count()) map.release(made);
      }
    } unless_whole{*this, made};
    for (; made < shard_count(); ++made)
      std::construct_at(std::to_address(shards_) + made, seed_, size_type{0}, hash, equal, allocator);
    tell_shards_their_name();
  }
  sync_map(const sync_map&) = delete;
  sync_map& operator=(const sync_map&) = delete;
  ~sync_map() {
    if (naming_ != nullptr) naming_->map_ends();
    release(shard_count());
  }

  // ---- Go's operations ----

  // A copy of the key's value.
  [[nodiscard]] std::optional<Value> load(const Key& key) const { return load_by(key); }
  template <class K>
    requires looks_up<K>
  [[nodiscard]] std::optional<Value> load(const K& key) const {
    return load_by(key);
  }
  [[nodiscard]] bool contains(const Key& key) const { return contains_by(key); }
  template <class K>
    requires looks_up<K>
  [[nodiscard]] bool contains(const K& key) const {
    return contains_by(key);
  }

  // A key that is moved in is moved from only if it was not there before.
  template <class V = Value>
  void store(const Key& key, V&& value) {
    store_by(key, std::forward<V>(value));
  }
  template <class V = Value>
  void store(Key&& key, V&& value) {
    store_by(std::move(key), std::forward<V>(value));
  }

  // The key's value, and true; or, where it had none, stores the one given, and returns that and false.
  template <class V = Value>
  std::pair<Value, bool> load_or_store(const Key& key, V&& value) {
    return load_or_store_by(key, std::forward<V>(value));
  }
  template <class V = Value>
  std::pair<Value, bool> load_or_store(Key&& key, V&& value) {
    return load_or_store_by(std::move(key), std::forward<V>(value));
  }

  // Erases the key; the value it had.
  std::optional<Value> load_and_delete(const Key& key) { return load_and_delete_by(key); }
  template <class K>
    requires looks_up<K>
  std::optional<Value> load_and_delete(const K& key) {
    return load_and_delete_by(key);
  }
  // Erases the key; whether it was there.
  bool erase(const Key& key) { return erase_by(key); }
  template <class K>
    requires looks_up<K>
  bool erase(const K& key) {
    return erase_by(key);
  }

  // Stores a value; the one it replaces.
  template <class V = Value>
  std::optional<Value> swap(const Key& key, V&& value) {
    return swap_by(key, std::forward<V>(value));
  }
  template <class V = Value>
  std::optional<Value> swap(Key&& key, V&& value) {
    return swap_by(std::move(key), std::forward<V>(value));
  }

  // Stores `fresh` if the key is there and its value equals `expected`; whether it did.
  template <class V = Value>
    requires std::equality_comparable<Value>
  bool compare_and_swap(const Key& key, const Value& expected, V&& fresh) {
    return with(key, "compare_and_swap", [&](shard& in, std::uint64_t hash) {
      const auto at = in.map.find(key, hash);
      if (at == in.map.end() || !(at->second == expected)) return false;
      at->second = std::forward<V>(fresh);
      return true;
    });
  }
  // Erases the key if it is there and its value equals `expected`; whether it did.
  bool compare_and_delete(const Key& key, const Value& expected)
    requires std::equality_comparable<Value>
  {
    return with(key, "compare_and_delete", [&](shard& in, std::uint64_t hash) {
      const auto at = in.map.find(key, hash);
      if (at == in.map.end() || !(at->second == expected)) return false;
      erase_at(in, at);
      return true;
    });
  }

  // Calls f(key, value) for entries of the map, until it returns false (it may return nothing). No key comes twice; one that is
  // there throughout comes; values may be from any time during the call. f may call anything on this map, a range, an erase of the
  // key it got and clear() included, and blocks nobody. Copies a few buckets of entries at a time, never the whole.
  template <class Visit>
    requires std::copy_constructible<Key> && std::copy_constructible<Value>
  void range(Visit&& f) const {
    detail::refuse_inside_visitor(this, "range");
    std::vector<std::pair<Key, Value>> copies;
    for (size_type index = 0; index < shard_count(); ++index) {
      if (is_empty(shard_at(index))) continue;
      detail::sync_walk<map_type> walk(shard_at(index));
      for (bool more = true; more;) {
        copies.clear();
        more = walk.section(section_entries, [&](const auto& at) {
          copies.emplace_back(at->first, std::as_const(at->second));
          return true;
        });
        for (const auto& [key, value] : copies)
          if (!goes_on(f, key, value)) return;
      }
    }
  }

  // Erases all entries. One stored meanwhile may be erased or stay.
  void clear() {
    detail::refuse_inside_visitor(this, "clear");
    for (size_type index = 0; index < shard_count(); ++index) {
      shard& in = shard_at(index);
      if (is_empty(in)) continue;
      // The entries are destroyed when others may go on.
      map_type gone(0, in.map.hash_function(), in.map.key_eq(), in.map.get_allocator());
      const guard locked(in.lock);
      in.erased += in.map.size();
      in.map.clear_into(gone);
    }
  }

  // ---- under the lock ----

  // f(const Value&), if the key is there; whether it is.
  template <class F>
  bool visit(const Key& key, F&& f) const {
    return visit_by(key, std::forward<F>(f));
  }
  template <class K, class F>
    requires looks_up<K>
  bool visit(const K& key, F&& f) const {
    return visit_by(key, std::forward<F>(f));
  }
  // f(Value&), if the key is there; whether it is.
  template <class F>
  bool update(const Key& key, F&& f) {
    return update_by(key, std::forward<F>(f));
  }
  template <class K, class F>
    requires looks_up<K>
  bool update(const K& key, F&& f) {
    return update_by(key, std::forward<F>(f));
  }
  // f(std::optional<Value>&) with the key's value, or without one: what f leaves there is stored, and nothing erases the
  // key. Whether the key is there afterwards. If f throws, a key that was there has what f left, and one that was
  // not stays absent.
  template <class F>
  bool compute(const Key& key, F&& f) {
    return compute_by(key, std::forward<F>(f));
  }
  template <class F>
  bool compute(Key&& key, F&& f) {
    return compute_by(std::move(key), std::forward<F>(f));
  }
  // range() with f(const Key&, Value&) under the lock of a shard, which is given back after every few buckets. Copies nothing.
  template <class Visit>
  void range_visit(Visit&& f) {
    each_section("range_visit", [&](const shard&, const auto& at) {
      const detail::visiting inside(this);
      return goes_on(f, at->first, at->second);
    });
  }
  // Erases what pred(const Key&, const Value&) says, in the same way; how many.
  template <class Predicate>
  size_type erase_if(Predicate&& pred) {
    size_type erased = 0;
    each_section("erase_if", [&](shard& in, const auto& at) {
      const auto asked = [&] {
        const detail::visiting inside(this);
        return static_cast<bool>(std::invoke(pred, at->first, std::as_const(at->second)));
      };
      if (asked()) {
        map_type::erase_followed(at);
        ++in.erased;
        ++erased;
      }
      return true;
    });
    return erased;
  }

  // Erases many keys, each shard's lock taken once; how many were there.
  template <std::ranges::forward_range Keys>
  size_type erase_many(const Keys& keys) {
    detail::refuse_inside_visitor(this, "erase_many");
    struct wanted {
      std::uint64_t hash;
      std::ranges::iterator_t<const Keys> key;
    };
    // In the order of their shards, by counting: end_of[i] moves from where shard i's keys begin to where they end.
    std::vector<size_type> end_of(shard_count() + 1);
    std::vector<std::uint64_t> hashes;
    for (const auto& key : keys) {
      hashes.push_back(hash_of(key));
      ++end_of[shard_of(hashes.back()) + 1];
    }
    std::partial_sum(end_of.begin(), end_of.end(), end_of.begin());
    std::vector<wanted> order(hashes.size());
    auto key = std::ranges::begin(keys);
    for (const std::uint64_t hash : hashes) order[end_of[shard_of(hash)]++] = {hash, key++};
    size_type erased = 0;
    for (size_type index = 0, at = 0; index < shard_count(); ++index) {
      if (at == end_of[index]) continue;
      shard& in = shard_at(index);
      const guard locked(in.lock);
      for (; at < end_of[index]; ++at) erased += erase_in(in, *order[at].key, order[at].hash) ? 1 : 0;
    }
    return erased;
  }

  // ---- figures ----

  // How many entries there are. Approximate: others may store and erase while it adds up the shards.
  [[nodiscard]] size_type size() const {
    return sum("size", [](const map_type& of) { return of.size(); });
  }
  [[nodiscard]] bool empty() const { return size() == 0; }
  [[nodiscard]] size_type memory_usage() const {
    return shard_count() * sizeof(shard) +
           sum("memory_usage", [](const map_type& of) { return of.memory_usage(); });
  }
  [[nodiscard]] size_type shard_count() const noexcept { return size_type{1} << bits_; }

  // Lists the map in steady::registry under this name, with "#2" behind it if there is one of that name; an empty name takes it
  // off. Others may use the map meanwhile, but not name it. It costs its users nothing: whoever reads the registry looks at one
  // shard after the other, and passes by those that are locked.
  void name(std::string text) {
    detail::refuse_inside_visitor(this, "name");
    auto before = std::move(naming_);
    tell_shards_their_name();
    before.reset();
    if (text.empty()) return;
    naming_ = std::make_unique<detail::shared_name>(std::move(text), detail::type_name<sync_map>(),
                                                    sizeof(Value), observed, this, &look);
    tell_shards_their_name();
  }
  [[nodiscard]] std::string_view name() const noexcept {
    return naming_ == nullptr ? std::string_view{} : naming_->name();
  }
  [[nodiscard]] Allocator get_allocator() const { return allocator_; }

 private:
  // ---- by a key, or by what finds one ----
  template <class K>
  std::optional<Value> load_by(const K& key) const {
    return with(key, "load", [&](shard& in, std::uint64_t hash) -> std::optional<Value> {
      const auto at = in.map.find(key, hash);
      if (at == in.map.end()) return std::nullopt;
      return std::optional<Value>(std::as_const(at->second));
    });
  }
  template <class K>
  bool contains_by(const K& key) const {
    return with(key, "contains",
                [&](shard& in, std::uint64_t hash) { return in.map.find(key, hash) != in.map.end(); });
  }
  template <class K, class V>
  void store_by(K&& key, V&& value) {
    with(key, "store", [&](shard& in, std::uint64_t hash) {
      const auto [at, inserted] =
          in.map.try_emplace_hashed(hash, std::forward<K>(key), std::forward<V>(value));
      if (!inserted) at->second = std::forward<V>(value);
    });
  }
  template <class K, class V>
  std::pair<Value, bool> load_or_store_by(K&& key, V&& value) {
    return with(key, "load_or_store", [&](shard& in, std::uint64_t hash) -> std::pair<Value, bool> {
      const auto [at, inserted] =
          in.map.try_emplace_hashed(hash, std::forward<K>(key), std::forward<V>(value));
      return {std::as_const(at->second), !inserted};
    });
  }
  template <class K, class V>
  std::optional<Value> swap_by(K&& key, V&& value) {
    return with(key, "swap", [&](shard& in, std::uint64_t hash) -> std::optional<Value> {
      const auto [at, inserted] =
          in.map.try_emplace_hashed(hash, std::forward<K>(key), std::forward<V>(value));
      if (inserted) return std::nullopt;
      return std::optional<Value>(std::exchange(at->second, std::forward<V>(value)));
    });
  }
  template <class K, class F>
  bool compute_by(K&& key, F&& f) {
    return with(key, "compute", [&](shard& in, std::uint64_t hash) {
      const auto at = in.map.find(key, hash);
      std::optional<Value> value;
      if (at != in.map.end()) {
        struct keep_what_is_left {
          shard& in;
          const typename map_type::iterator& at;
          std::optional<Value>& value;
          ~keep_what_is_left() {
            if (value) {
              at->second = std::move(*value);
            } else {
              erase_at(in, at);
            }
          }
        };
        value.emplace(std::move(at->second));
        const keep_what_is_left afterwards{in, at, value};
        const detail::visiting inside(this);
        std::invoke(std::forward<F>(f), value);
        return value.has_value();
      }
      {
        const detail::visiting inside(this);
        std::invoke(std::forward<F>(f), value);
      }
      if (value) (void)in.map.try_emplace_hashed(hash, std::forward<K>(key), std::move(*value));
      return value.has_value();
    });
  }
  template <class K>
  std::optional<Value> load_and_delete_by(const K& key) {
    return with(key, "load_and_delete", [&](shard& in, std::uint64_t hash) -> std::optional<Value> {
      const auto at = in.map.find(key, hash);
      if (at == in.map.end()) return std::nullopt;
      std::optional<Value> before(std::move(at->second));
      erase_at(in, at);
      return before;
    });
  }
  template <class K>
  bool erase_by(const K& key) {
    return with(key, "erase", [&](shard& in, std::uint64_t hash) { return erase_in(in, key, hash); });
  }
  template <class K, class F>
  bool visit_by(const K& key, F&& f) const {
    return with(key, "visit", [&](shard& in, std::uint64_t hash) {
      const auto at = in.map.find(key, hash);
      if (at == in.map.end()) return false;
      const detail::visiting inside(this);
      std::invoke(std::forward<F>(f), std::as_const(at->second));
      return true;
    });
  }
  template <class K, class F>
  bool update_by(const K& key, F&& f) {
    return with(key, "update", [&](shard& in, std::uint64_t hash) {
      const auto at = in.map.find(key, hash);
      if (at == in.map.end()) return false;
      const detail::visiting inside(this);
      std::invoke(std::forward<F>(f), at->second);
      return true;
    });
  }

  // So many entries a section of a walk; a section is whole units, so some more.
  static constexpr size_type section_entries = 16;

  [[nodiscard]] static size_type default_shards() noexcept {
    return std::max<size_type>(64, size_type{4} * std::thread::hardware_concurrency());
  }
  [[nodiscard]] std::uint64_t hash_of(const auto& key) const {
    return detail::hash_with_seed(hash_, key, seed_);
  }
  // The bits below the tophash: the map's buckets come from the other end.
  [[nodiscard]] size_type shard_of(std::uint64_t hash) const noexcept {
    return static_cast<size_type>(hash >> (56 - bits_)) & (shard_count() - 1);
  }
  [[nodiscard]] shard& shard_at(size_type index) const noexcept { return std::to_address(shards_)[index]; }
  [[nodiscard]] static bool is_empty(const shard& of) {
    const guard locked(of.lock);
    return of.map.empty();
  }

  // Runs an operation on a key's shard, under its lock.
  template <class K, class Operation>
  decltype(auto) with(const K& key, const char* name, Operation&& operation) const {
    detail::refuse_inside_visitor(this, name);
    const std::uint64_t hash = hash_of(key);
    shard& in = shard_at(shard_of(hash));
    const guard locked(in.lock);
    return operation(in, hash);
  }
  template <class K>
  static bool erase_in(shard& in, const K& key, std::uint64_t hash) {
    const auto at = in.map.find(key, hash);
    if (at == in.map.end()) return false;
    erase_at(in, at);
    return true;
  }
  static void erase_at(shard& in, const typename map_type::iterator& at) {
    (void)in.map.erase(at);
    ++in.erased;
  }

  template <class Visit>
  void each_section(const char* name, Visit&& visit) {
    detail::refuse_inside_visitor(this, name);
    bool ended = false;
    for (size_type index = 0; index < shard_count() && !ended; ++index) {
      shard& in = shard_at(index);
      if (is_empty(in)) continue;
      detail::sync_walk<map_type> walk(in);
      while (walk.section(section_entries, [&](const auto& at) {
        ended = !visit(in, at);
        return !ended;
      })) {
      }
    }
  }
  template <class Visit, class... Arguments>
  static bool goes_on(Visit& f, Arguments&&... arguments) {
    if constexpr (std::is_void_v<std::invoke_result_t<Visit&, Arguments&&...>>) {
      std::invoke(f, std::forward<Arguments>(arguments)...);
      return true;
    } else {
      return static_cast<bool>(std::invoke(f, std::forward<Arguments>(arguments)...));
    }
  }
  template <class Figure>
  [[nodiscard]] size_type sum(const char* name, Figure&& figure) const {
    detail::refuse_inside_visitor(this, name);
    size_type total = 0;
    for (size_type index = 0; index < shard_count(); ++index) {
      const guard locked(shard_at(index).lock);
      total += figure(std::as_const(shard_at(index).map));
    }
    return total;
  }

  // ---- for those who look from outside ----
  // Events come from shards, and are the map's.
  void tell_shards_their_name() noexcept {
    if constexpr (observed)
      for (size_type index = 0; index < shard_count(); ++index) {
        shard& in = shard_at(index);
        const guard locked(in.lock);
        in.map.part_of(naming_ == nullptr ? unnamed_ : naming_->whole());
      }
  }
  static void look(const void* map, std::vector<detail::shard_figures>& seen) {
    const auto& looked_at = *static_cast<const sync_map*>(map);
    seen.resize(looked_at.shard_count());
    for (size_type index = 0; index < seen.size(); ++index) {
      const shard& in = looked_at.shard_at(index);
      // The lock counts in 32 bits, which come round: what has been added since the last look is what is shown.
      const std::uint64_t before = seen[index].lock_waits.value_or(0);
      seen[index].lock_waits = before + (in.lock.waits() - static_cast<std::uint32_t>(before));
      if (!in.lock.try_acquire()) continue;
      seen[index].stats = in.map.outline();
      seen[index].erased = in.erased;
      in.lock.release();
    }
  }

  void release(size_type made) noexcept {
    while (made > 0) std::destroy_at(std::to_address(shards_) + --made);
    shard_allocator of(allocator_);
    shard_traits::deallocate(of, shards_, shard_count());
  }

  [[no_unique_address]] Hash hash_;
  [[no_unique_address]] Allocator allocator_;
  typename shard_traits::pointer shards_;
  std::uint64_t seed_;
  unsigned bits_;  // 2^bits_ shards
  [[no_unique_address]] detail::unnamed_whole<observed> unnamed_{this};
  std::unique_ptr<detail::shared_name> naming_;  // goes after the shards, which tell of their end
};

}  // namespace steady
