// steady::map and steady::node_map: the hash map that never stops.
//
//   steady::map<std::string, session> sessions;
//   for (auto& [key, session] : sessions) {      // any change is allowed here
//     if (expired(session)) sessions.erase(key);
//     else if (renewed(session)) sessions.try_emplace(next_key(key), session);
//   }
//
// A map of std::unordered_map's interface, without local iterators and bucket access, and more. What it promises
// (docs/design.md has the whole contract, G1-G9, with a test for each rule):
//
//  - Bounded work. No insert, erase, find or step of a loop moves more entries than two buckets hold, makes more than
//    one allocation and one release besides the entry's own, or asks for more than 64 KiB at once. Exempt: construction
//    from a range, destruction, copy, assignment, clear, reserve, rehash, shrink_to_fit, merge, range insert and
//    erase, erase_if, ==, stats. clear_some, maintain and steady::sweep do those a piece at a time.
//  - Erasing gives memory back as it goes. reserve(n) sets a floor; shrink_policy(steady::shrink::never) turns it off.
//  - A loop over a non-const map allows any change of the map: an entry that is there from its start to its end comes
//    exactly once, one erased before it is reached never, one inserted meanwhile at most once.
//  - A map whose Options ask for it can be looked at as it was at one moment while it changes (snapshot.hpp).
//  - Every map has a seed of its own, drawn at its first insert, which enters the hash.
//  - Overlapping use from two threads ends the process with a message, best effort (misuse.hpp).
//
// Invalidation: any insert of a new key and any erase invalidate references, pointers, and iterators from find and
// insert (node_map: not references and pointers). Iterators from begin() of a non-const map, and copies of those, stay
// valid through everything. Swap and move keep references, and what stands in a loop; an iterator from find or insert
// may still be read, and erased through the new owner, but not advanced. In `for (auto& e : m)`, e itself is dead
// after a change; `auto e` copies, as Go does.
//
// Complexity: find, insert, erase O(1) expected; O(n) among entries of one hash. A range of known length goes into an empty map in about
// half the time of its inserts; until that returns the map may hold room for all its elements. Errors: at() throws
// std::out_of_range, impossible sizes std::length_error, memory that runs out std::bad_alloc with the map unchanged.
#pragma once

#include <concepts>
#include <functional>
#include <initializer_list>
#include <memory>
#include <memory_resource>
#include <tuple>
#include <type_traits>
#include <utility>

#include "detail/container.hpp"
#include "detail/deduction.hpp"
#include "hash.hpp"
#include "misuse.hpp"
#include "options.hpp"
#include "stats.hpp"

namespace steady {

namespace detail {

// A map; `Nodes` gives each entry a node of its own, so that it never moves.
template <class Types>
class map_container : public container<Types> {
  using base = container<Types>;
  using typename base::core;
  using typename base::place;
  using typename base::slot;

 public:
  using mapped_type = typename Types::policy::mapped_type;
  using typename base::const_iterator;
  using typename base::iterator;
  using typename base::key_type;
  using typename base::size_type;

  using base::base;
  map_container() = default;

  // The value of a key, or nullptr. Valid until the next insert of a new key or erase.
  [[nodiscard]] STEADY_INLINE mapped_type* get(const key_type& key) {
    return value_at(this->to_change(core::find(key)));
  }
  [[nodiscard]] STEADY_INLINE const mapped_type* get(const key_type& key) const {
    return value_at(core::find(key));
  }
  template <lookup_key<Types> Key>
  [[nodiscard]] STEADY_INLINE mapped_type* get(const Key& key) {
    return value_at(this->to_change(core::find(key)));
  }
  template <lookup_key<Types> Key>
  [[nodiscard]] STEADY_INLINE const mapped_type* get(const Key& key) const {
    return value_at(core::find(key));
  }

  // Throws std::out_of_range when the key is absent.
  [[nodiscard]] mapped_type& at(const key_type& key) { return present(get(key)); }
  [[nodiscard]] const mapped_type& at(const key_type& key) const { return present(get(key)); }
  template <lookup_key<Types> Key>
  [[nodiscard]] mapped_type& at(const Key& key) {
    return present(get(key));
  }
  template <lookup_key<Types> Key>
  [[nodiscard]] const mapped_type& at(const Key& key) const {
    return present(get(key));
  }

  // In m[a] = m[b] the right side may die before it is read, if a is new: use try_emplace(a, m.at(b)).
  STEADY_INLINE mapped_type& operator[](const key_type& key) {
    return inserted(key).first.entry->get()->second;
  }
  mapped_type& operator[](key_type&& key) { return inserted(std::move(key)).first.entry->get()->second; }
  template <class Key>
    requires(lookup_key<Key, Types> && std::constructible_from<key_type, Key &&>)
  mapped_type& operator[](Key&& key) {
    return inserted(std::forward<Key>(key)).first.entry->get()->second;
  }

  // Inserts {key, mapped_type(arguments...)} when the key is absent; otherwise the arguments are not touched.
  template <class... Arguments>
  STEADY_INLINE std::pair<iterator, bool> try_emplace(const key_type& key, Arguments&&... arguments) {
    return this->placed(inserted(key, std::forward<Arguments>(arguments)...));
  }
  template <class... Arguments>
  STEADY_INLINE std::pair<iterator, bool> try_emplace(key_type&& key, Arguments&&... arguments) {
    return this->placed(inserted(std::move(key), std::forward<Arguments>(arguments)...));
  }
  template <class Key, class... Arguments>
    requires(lookup_key<Key, Types> && std::constructible_from<key_type, Key &&> &&
             !std::convertible_to<Key, const_iterator> && !std::convertible_to<Key, iterator>)
  std::pair<iterator, bool> try_emplace(Key&& key, Arguments&&... arguments) {
    return this->placed(inserted(std::forward<Key>(key), std::forward<Arguments>(arguments)...));
  }
  template <class... Arguments>
  iterator try_emplace(const_iterator, const key_type& key, Arguments&&... arguments) {
    return try_emplace(key, std::forward<Arguments>(arguments)...).first;
  }
  template <class... Arguments>
  iterator try_emplace(const_iterator, key_type&& key, Arguments&&... arguments) {
    return try_emplace(std::move(key), std::forward<Arguments>(arguments)...).first;
  }
  template <class Key, class... Arguments>
    requires(lookup_key<Key, Types> && std::constructible_from<key_type, Key &&>)
  iterator try_emplace(const_iterator, Key&& key, Arguments&&... arguments) {
    return try_emplace(std::forward<Key>(key), std::forward<Arguments>(arguments)...).first;
  }

  // The same with a hash from hash_of(key).
  template <class... Arguments>
  std::pair<iterator, bool> try_emplace_hashed(std::uint64_t hash, const key_type& key,
                                               Arguments&&... arguments) {
    return this->placed(core::template insert_unique<quietly<const key_type&, Arguments...>>(
        key, hash, builder(key, std::forward<Arguments>(arguments)...)));
  }
  template <class... Arguments>
  std::pair<iterator, bool> try_emplace_hashed(std::uint64_t hash, key_type&& key, Arguments&&... arguments) {
    return this->placed(core::template insert_unique<quietly<key_type&&, Arguments...>>(
        key, hash, builder(std::move(key), std::forward<Arguments>(arguments)...)));
  }

  // Inserts {key, factory()} when the key is absent; the factory is called only then, and may use the map.
  template <class Key, class Factory>
    requires(std::same_as<std::remove_cvref_t<Key>, key_type> ||
             (lookup_key<Key, Types> && std::constructible_from<key_type, Key &&>))
  std::pair<iterator, bool> try_emplace_with(Key&& key, Factory&& factory) {
    struct made {
      Factory& factory;
      operator mapped_type() const { return std::invoke(std::forward<Factory>(factory)); }
    };
    return this->placed(
        core::template insert_unique<false>(key, builder(std::forward<Key>(key), made{factory})));
  }

  template <class Value>
  std::pair<iterator, bool> insert_or_assign(const key_type& key, Value&& value) {
    return assigned(key, std::forward<Value>(value));
  }
  template <class Value>
  std::pair<iterator, bool> insert_or_assign(key_type&& key, Value&& value) {
    return assigned(std::move(key), std::forward<Value>(value));
  }
  template <class Key, class Value>
    requires(lookup_key<Key, Types> && std::constructible_from<key_type, Key &&>)
  std::pair<iterator, bool> insert_or_assign(Key&& key, Value&& value) {
    return assigned(std::forward<Key>(key), std::forward<Value>(value));
  }
  template <class Value>
  iterator insert_or_assign(const_iterator, const key_type& key, Value&& value) {
    return insert_or_assign(key, std::forward<Value>(value)).first;
  }
  template <class Value>
  iterator insert_or_assign(const_iterator, key_type&& key, Value&& value) {
    return insert_or_assign(std::move(key), std::forward<Value>(value)).first;
  }
  template <class Key, class Value>
    requires(lookup_key<Key, Types> && std::constructible_from<key_type, Key &&>)
  iterator insert_or_assign(const_iterator, Key&& key, Value&& value) {
    return insert_or_assign(std::forward<Key>(key), std::forward<Value>(value)).first;
  }

  map_container(const map_container&) = default;
  map_container(map_container&&) = default;
  map_container& operator=(const map_container&) = default;
  map_container& operator=(map_container&&) = default;

 protected:
  ~map_container() = default;

 private:
  [[nodiscard]] STEADY_INLINE static mapped_type* value_at(const place& at) noexcept {
    return at.entry == nullptr ? nullptr : std::addressof(at.entry->get()->second);
  }
  template <class Value>
  [[nodiscard]] static Value& present(Value* value) {
    if (value == nullptr) raise<std::out_of_range>("steady::map::at: no such key");
    return *value;
  }

  template <class Key, class... Arguments>
  static constexpr bool quietly = builds_quietly<key_type, Key> && builds_quietly<mapped_type, Arguments...>;

  template <class Key, class... Arguments>
  [[nodiscard]] auto builder(Key&& key, Arguments&&... arguments) {
    return [this, &key, &arguments...](slot* to) {
      slot::construct(this->allocator_, to, std::piecewise_construct,
                      std::forward_as_tuple(std::forward<Key>(key)),
                      std::forward_as_tuple(std::forward<Arguments>(arguments)...));
    };
  }

  template <class Key, class... Arguments>
  STEADY_INLINE std::pair<place, bool> inserted(Key&& key, Arguments&&... arguments) {
    return core::template insert_unique<quietly<Key&&, Arguments&&...>>(
        key, builder(std::forward<Key>(key), std::forward<Arguments>(arguments)...));
  }

  template <class Key, class Value>
  std::pair<iterator, bool> assigned(Key&& key, Value&& value) {
    const auto result = inserted(std::forward<Key>(key), std::forward<Value>(value));
    if (!result.second) result.first.entry->get()->second = std::forward<Value>(value);
    return this->placed(result);
  }
};

}  // namespace detail

template <class Key, class Value, class Hash = hash<Key>, class KeyEqual = std::equal_to<Key>,
          class Allocator = std::allocator<std::pair<const Key, Value>>, class Options = options<>>
class map;
template <class Key, class Value, class Hash = hash<Key>, class KeyEqual = std::equal_to<Key>,
          class Allocator = std::allocator<std::pair<const Key, Value>>, class Options = options<>>
class node_map;

namespace detail {
template <class Container, bool Nodes, class Key, class Value, class Hash, class KeyEqual, class Allocator,
          class Options>
using map_base =
    audited_or_not<map_container,
                   table_types<map_policy<Key, Value>, Hash, KeyEqual, Allocator, Options, Nodes, Container>>;
}

template <class Key, class Value, class Hash, class KeyEqual, class Allocator, class Options>
class map : public detail::map_base<map<Key, Value, Hash, KeyEqual, Allocator, Options>, false, Key, Value,
                                    Hash, KeyEqual, Allocator, Options> {
  using base = detail::map_base<map, false, Key, Value, Hash, KeyEqual, Allocator, Options>;
  static_assert(
      std::is_same_v<typename std::allocator_traits<Allocator>::value_type, std::pair<const Key, Value>>,
      "steady::map: the allocator's value_type must be std::pair<const Key, Value>");

 public:
  using base::base;
  map() = default;
  // Here and not only inherited, because gcc deduces from a braced list only for classes with a list constructor of their own.
  map(std::initializer_list<typename base::value_type> entries, std::size_t room = 0,
      const Hash& hash = Hash(), const KeyEqual& equal = KeyEqual(), const Allocator& allocator = Allocator())
      : base(entries, room, hash, equal, allocator) {}
  map(const map&) = default;
  map(map&&) = default;
  map(const map& other, const std::type_identity_t<Allocator>& allocator) : base(other, allocator) {}
  map(map&& other, const std::type_identity_t<Allocator>& allocator) : base(std::move(other), allocator) {}
  map& operator=(const map&) = default;
  map& operator=(map&&) = default;
  map& operator=(std::initializer_list<typename base::value_type> entries) {
    map fresh(entries, 0, this->hash_function(), this->key_eq(), this->get_allocator());
    return *this = std::move(fresh);
  }
  ~map() = default;

  friend void swap(map& a, map& b) noexcept { a.swap(b); }
  friend bool operator==(const map& a, const map& b) { return detail::same_entries(a, b); }
  // A hash map has no order to compare by: two equal maps may walk their entries differently.
  friend auto operator<=>(const map&, const map&) = delete;
};

template <class Key, class Value, class Hash, class KeyEqual, class Allocator, class Options>
class node_map : public detail::map_base<node_map<Key, Value, Hash, KeyEqual, Allocator, Options>, true, Key,
                                         Value, Hash, KeyEqual, Allocator, Options> {
  using base = detail::map_base<node_map, true, Key, Value, Hash, KeyEqual, Allocator, Options>;
  static_assert(
      std::is_same_v<typename std::allocator_traits<Allocator>::value_type, std::pair<const Key, Value>>,
      "steady::node_map: the allocator's value_type must be std::pair<const Key, Value>");

 public:
  using base::base;
  node_map() = default;
  // Here and not only inherited, because gcc deduces from a braced list only for classes with a list constructor of their own.
  node_map(std::initializer_list<typename base::value_type> entries, std::size_t room = 0,
           const Hash& hash = Hash(), const KeyEqual& equal = KeyEqual(),
           const Allocator& allocator = Allocator())
      : base(entries, room, hash, equal, allocator) {}
  node_map(const node_map&) = default;
  node_map(node_map&&) = default;
  node_map(const node_map& other, const std::type_identity_t<Allocator>& allocator)
      : base(other, allocator) {}
  node_map(node_map&& other, const std::type_identity_t<Allocator>& allocator)
      : base(std::move(other), allocator) {}
  node_map& operator=(const node_map&) = default;
  node_map& operator=(node_map&&) = default;
  node_map& operator=(std::initializer_list<typename base::value_type> entries) {
    node_map fresh(entries, 0, this->hash_function(), this->key_eq(), this->get_allocator());
    return *this = std::move(fresh);
  }
  ~node_map() = default;

  friend void swap(node_map& a, node_map& b) noexcept { a.swap(b); }
  friend bool operator==(const node_map& a, const node_map& b) { return detail::same_entries(a, b); }
  friend auto operator<=>(const node_map&, const node_map&) = delete;
};

template <class Key, class Value, class Hash, class KeyEqual, class Allocator, class Options, class Predicate>
std::size_t erase_if(map<Key, Value, Hash, KeyEqual, Allocator, Options>& entries, Predicate predicate) {
  return detail::erase_entries(entries, std::ref(predicate));
}
template <class Key, class Value, class Hash, class KeyEqual, class Allocator, class Options, class Predicate>
std::size_t erase_if(node_map<Key, Value, Hash, KeyEqual, Allocator, Options>& entries, Predicate predicate) {
  return detail::erase_entries(entries, std::ref(predicate));
}

// The arguments a map can be deduced from are those std::unordered_map has guides for.
template <std::input_iterator Input, detail::hash_argument Hash = hash<detail::range_key<Input>>,
          detail::equal_argument Equal = std::equal_to<detail::range_key<Input>>,
          detail::allocator_argument Allocator = std::allocator<detail::range_entry<Input>>>
map(Input, Input, std::size_t = 0, Hash = Hash(), Equal = Equal(), Allocator = Allocator())
    -> map<detail::range_key<Input>, detail::range_value<Input>, Hash, Equal, Allocator>;
template <std::input_iterator Input, detail::allocator_argument Allocator>
map(Input, Input, std::size_t, Allocator)
    -> map<detail::range_key<Input>, detail::range_value<Input>, hash<detail::range_key<Input>>,
           std::equal_to<detail::range_key<Input>>, Allocator>;
template <std::input_iterator Input, detail::hash_argument Hash, detail::allocator_argument Allocator>
map(Input, Input, std::size_t, Hash, Allocator)
    -> map<detail::range_key<Input>, detail::range_value<Input>, Hash,
           std::equal_to<detail::range_key<Input>>, Allocator>;
template <class Key, class Value, detail::hash_argument Hash = hash<std::remove_const_t<Key>>,
          detail::equal_argument Equal = std::equal_to<std::remove_const_t<Key>>,
          detail::allocator_argument Allocator = std::allocator<std::pair<const Key, Value>>>
map(std::initializer_list<std::pair<Key, Value>>, std::size_t = 0, Hash = Hash(), Equal = Equal(),
    Allocator = Allocator()) -> map<std::remove_const_t<Key>, Value, Hash, Equal, Allocator>;
template <class Key, class Value, detail::allocator_argument Allocator>
map(std::initializer_list<std::pair<Key, Value>>, std::size_t, Allocator)
    -> map<std::remove_const_t<Key>, Value, hash<std::remove_const_t<Key>>,
           std::equal_to<std::remove_const_t<Key>>, Allocator>;
template <class Key, class Value, detail::hash_argument Hash, detail::allocator_argument Allocator>
map(std::initializer_list<std::pair<Key, Value>>, std::size_t, Hash, Allocator)
    -> map<std::remove_const_t<Key>, Value, Hash, std::equal_to<std::remove_const_t<Key>>, Allocator>;

template <std::input_iterator Input, detail::hash_argument Hash = hash<detail::range_key<Input>>,
          detail::equal_argument Equal = std::equal_to<detail::range_key<Input>>,
          detail::allocator_argument Allocator = std::allocator<detail::range_entry<Input>>>
node_map(Input, Input, std::size_t = 0, Hash = Hash(), Equal = Equal(), Allocator = Allocator())
    -> node_map<detail::range_key<Input>, detail::range_value<Input>, Hash, Equal, Allocator>;
template <std::input_iterator Input, detail::allocator_argument Allocator>
node_map(Input, Input, std::size_t, Allocator)
    -> node_map<detail::range_key<Input>, detail::range_value<Input>, hash<detail::range_key<Input>>,
                std::equal_to<detail::range_key<Input>>, Allocator>;
template <std::input_iterator Input, detail::hash_argument Hash, detail::allocator_argument Allocator>
node_map(Input, Input, std::size_t, Hash, Allocator)
    -> node_map<detail::range_key<Input>, detail::range_value<Input>, Hash,
                std::equal_to<detail::range_key<Input>>, Allocator>;
template <class Key, class Value, detail::hash_argument Hash = hash<std::remove_const_t<Key>>,
          detail::equal_argument Equal = std::equal_to<std::remove_const_t<Key>>,
          detail::allocator_argument Allocator = std::allocator<std::pair<const Key, Value>>>
node_map(std::initializer_list<std::pair<Key, Value>>, std::size_t = 0, Hash = Hash(), Equal = Equal(),
         Allocator = Allocator()) -> node_map<std::remove_const_t<Key>, Value, Hash, Equal, Allocator>;
template <class Key, class Value, detail::allocator_argument Allocator>
node_map(std::initializer_list<std::pair<Key, Value>>, std::size_t, Allocator)
    -> node_map<std::remove_const_t<Key>, Value, hash<std::remove_const_t<Key>>,
                std::equal_to<std::remove_const_t<Key>>, Allocator>;
template <class Key, class Value, detail::hash_argument Hash, detail::allocator_argument Allocator>
node_map(std::initializer_list<std::pair<Key, Value>>, std::size_t, Hash, Allocator)
    -> node_map<std::remove_const_t<Key>, Value, Hash, std::equal_to<std::remove_const_t<Key>>, Allocator>;

namespace pmr {
template <class Key, class Value, class Hash = hash<Key>, class KeyEqual = std::equal_to<Key>,
          class Options = options<>>
using map = steady::map<Key, Value, Hash, KeyEqual,
                        std::pmr::polymorphic_allocator<std::pair<const Key, Value>>, Options>;
template <class Key, class Value, class Hash = hash<Key>, class KeyEqual = std::equal_to<Key>,
          class Options = options<>>
using node_map = steady::node_map<Key, Value, Hash, KeyEqual,
                                  std::pmr::polymorphic_allocator<std::pair<const Key, Value>>, Options>;
}  // namespace pmr

}  // namespace steady
