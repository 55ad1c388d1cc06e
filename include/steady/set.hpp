// steady::set and steady::node_set: the sets of the map that never stops. All that <steady/map.hpp> promises holds; an
// entry is its key, and iterators, registered or not, give it as const.
#pragma once

#include <functional>
#include <initializer_list>
#include <memory>
#include <memory_resource>
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

template <class Types>
class set_container : public container<Types> {
  using base = container<Types>;
  using typename base::core;
  using typename base::slot;

 public:
  using typename base::const_iterator;
  using typename base::iterator;
  using typename base::key_type;

  using base::base;
  using base::insert;
  set_container() = default;

  // Inserts a key of another type when no key equal to it is there; it is converted only then.
  template <class Key>
    requires(lookup_key<Key, Types> && std::constructible_from<key_type, Key &&> &&
             !std::convertible_to<Key, const_iterator>)
  std::pair<iterator, bool> insert(Key&& key) {
    return this->placed(core::template insert_unique<builds_quietly<key_type, Key&&>>(
        key, [&](slot* to) { slot::construct(this->allocator_, to, std::forward<Key>(key)); }));
  }

  set_container(const set_container&) = default;
  set_container(set_container&&) = default;
  set_container& operator=(const set_container&) = default;
  set_container& operator=(set_container&&) = default;

 protected:
  ~set_container() = default;
};

}  // namespace detail

template <class Key, class Hash = hash<Key>, class KeyEqual = std::equal_to<Key>,
          class Allocator = std::allocator<Key>, class Options = options<>>
class set;
template <class Key, class Hash = hash<Key>, class KeyEqual = std::equal_to<Key>,
          class Allocator = std::allocator<Key>, class Options = options<>>
class node_set;

namespace detail {
template <class Container, bool Nodes, class Key, class Hash, class KeyEqual, class Allocator, class Options>
using set_base =
    audited_or_not<set_container,
                   table_types<set_policy<Key>, Hash, KeyEqual, Allocator, Options, Nodes, Container>>;
}

template <class Key, class Hash, class KeyEqual, class Allocator, class Options>
class set : public detail::set_base<set<Key, Hash, KeyEqual, Allocator, Options>, false, Key, Hash, KeyEqual,
                                    Allocator, Options> {
  using base = detail::set_base<set, false, Key, Hash, KeyEqual, Allocator, Options>;
  static_assert(std::is_same_v<typename std::allocator_traits<Allocator>::value_type, Key>,
                "steady::set: the allocator's value_type must be Key");

 public:
  using base::base;
  set() = default;
  // Here and not only inherited, because gcc deduces from a braced list only for classes with a list constructor of their own.
  set(std::initializer_list<Key> entries, std::size_t room = 0, const Hash& hash = Hash(),
      const KeyEqual& equal = KeyEqual(), const Allocator& allocator = Allocator())
      : base(entries, room, hash, equal, allocator) {}
  set(const set&) = default;
  set(set&&) = default;
  set(const set& other, const std::type_identity_t<Allocator>& allocator) : base(other, allocator) {}
  set(set&& other, const std::type_identity_t<Allocator>& allocator) : base(std::move(other), allocator) {}
  set& operator=(const set&) = default;
  set& operator=(set&&) = default;
  set& operator=(std::initializer_list<Key> entries) {
    set fresh(entries, 0, this->hash_function(), this->key_eq(), this->get_allocator());
    return *this = std::move(fresh);
  }
  ~set() = default;

  friend void swap(set& a, set& b) noexcept { a.swap(b); }
  friend bool operator==(const set& a, const set& b) { return detail::same_entries(a, b); }
  // A hash set has no order to compare by.
  friend auto operator<=>(const set&, const set&) = delete;
};

template <class Key, class Hash, class KeyEqual, class Allocator, class Options>
class node_set : public detail::set_base<node_set<Key, Hash, KeyEqual, Allocator, Options>, true, Key, Hash,
                                         KeyEqual, Allocator, Options> {
  using base = detail::set_base<node_set, true, Key, Hash, KeyEqual, Allocator, Options>;
  static_assert(std::is_same_v<typename std::allocator_traits<Allocator>::value_type, Key>,
                "steady::node_set: the allocator's value_type must be Key");

 public:
  using base::base;
  node_set() = default;
  // Here and not only inherited, because gcc deduces from a braced list only for classes with a list constructor of their own.
  node_set(std::initializer_list<Key> entries, std::size_t room = 0, const Hash& hash = Hash(),
           const KeyEqual& equal = KeyEqual(), const Allocator& allocator = Allocator())
      : base(entries, room, hash, equal, allocator) {}
  node_set(const node_set&) = default;
  node_set(node_set&&) = default;
  node_set(const node_set& other, const std::type_identity_t<Allocator>& allocator)
      : base(other, allocator) {}
  node_set(node_set&& other, const std::type_identity_t<Allocator>& allocator)
      : base(std::move(other), allocator) {}
  node_set& operator=(const node_set&) = default;
  node_set& operator=(node_set&&) = default;
  node_set& operator=(std::initializer_list<Key> entries) {
    node_set fresh(entries, 0, this->hash_function(), this->key_eq(), this->get_allocator());
    return *this = std::move(fresh);
  }
  ~node_set() = default;

  friend void swap(node_set& a, node_set& b) noexcept { a.swap(b); }
  friend bool operator==(const node_set& a, const node_set& b) { return detail::same_entries(a, b); }
  friend auto operator<=>(const node_set&, const node_set&) = delete;
};

template <class Key, class Hash, class KeyEqual, class Allocator, class Options, class Predicate>
std::size_t erase_if(set<Key, Hash, KeyEqual, Allocator, Options>& entries, Predicate predicate) {
  return detail::erase_entries(entries, std::ref(predicate));
}
template <class Key, class Hash, class KeyEqual, class Allocator, class Options, class Predicate>
std::size_t erase_if(node_set<Key, Hash, KeyEqual, Allocator, Options>& entries, Predicate predicate) {
  return detail::erase_entries(entries, std::ref(predicate));
}

// The arguments a set can be deduced from are those std::unordered_set has guides for.
template <std::input_iterator Input, detail::hash_argument Hash = hash<std::iter_value_t<Input>>,
          detail::equal_argument Equal = std::equal_to<std::iter_value_t<Input>>,
          detail::allocator_argument Allocator = std::allocator<std::iter_value_t<Input>>>
set(Input, Input, std::size_t = 0, Hash = Hash(), Equal = Equal(), Allocator = Allocator())
    -> set<std::iter_value_t<Input>, Hash, Equal, Allocator>;
template <std::input_iterator Input, detail::allocator_argument Allocator>
set(Input, Input, std::size_t, Allocator) -> set<std::iter_value_t<Input>, hash<std::iter_value_t<Input>>,
                                                 std::equal_to<std::iter_value_t<Input>>, Allocator>;
template <std::input_iterator Input, detail::hash_argument Hash, detail::allocator_argument Allocator>
set(Input, Input, std::size_t, Hash, Allocator)
    -> set<std::iter_value_t<Input>, Hash, std::equal_to<std::iter_value_t<Input>>, Allocator>;
template <class Key, detail::hash_argument Hash = hash<Key>,
          detail::equal_argument Equal = std::equal_to<Key>,
          detail::allocator_argument Allocator = std::allocator<Key>>
set(std::initializer_list<Key>, std::size_t = 0, Hash = Hash(), Equal = Equal(), Allocator = Allocator())
    -> set<Key, Hash, Equal, Allocator>;
template <class Key, detail::allocator_argument Allocator>
set(std::initializer_list<Key>, std::size_t, Allocator) -> set<Key, hash<Key>, std::equal_to<Key>, Allocator>;
template <class Key, detail::hash_argument Hash, detail::allocator_argument Allocator>
set(std::initializer_list<Key>, std::size_t, Hash, Allocator)
    -> set<Key, Hash, std::equal_to<Key>, Allocator>;

template <std::input_iterator Input, detail::hash_argument Hash = hash<std::iter_value_t<Input>>,
          detail::equal_argument Equal = std::equal_to<std::iter_value_t<Input>>,
          detail::allocator_argument Allocator = std::allocator<std::iter_value_t<Input>>>
node_set(Input, Input, std::size_t = 0, Hash = Hash(), Equal = Equal(), Allocator = Allocator())
    -> node_set<std::iter_value_t<Input>, Hash, Equal, Allocator>;
template <std::input_iterator Input, detail::allocator_argument Allocator>
node_set(Input, Input, std::size_t, Allocator)
    -> node_set<std::iter_value_t<Input>, hash<std::iter_value_t<Input>>,
                std::equal_to<std::iter_value_t<Input>>, Allocator>;
template <std::input_iterator Input, detail::hash_argument Hash, detail::allocator_argument Allocator>
node_set(Input, Input, std::size_t, Hash, Allocator)
    -> node_set<std::iter_value_t<Input>, Hash, std::equal_to<std::iter_value_t<Input>>, Allocator>;
template <class Key, detail::hash_argument Hash = hash<Key>,
          detail::equal_argument Equal = std::equal_to<Key>,
          detail::allocator_argument Allocator = std::allocator<Key>>
node_set(std::initializer_list<Key>, std::size_t = 0, Hash = Hash(), Equal = Equal(), Allocator = Allocator())
    -> node_set<Key, Hash, Equal, Allocator>;
template <class Key, detail::allocator_argument Allocator>
node_set(std::initializer_list<Key>, std::size_t, Allocator)
    -> node_set<Key, hash<Key>, std::equal_to<Key>, Allocator>;
template <class Key, detail::hash_argument Hash, detail::allocator_argument Allocator>
node_set(std::initializer_list<Key>, std::size_t, Hash, Allocator)
    -> node_set<Key, Hash, std::equal_to<Key>, Allocator>;

namespace pmr {
template <class Key, class Hash = hash<Key>, class KeyEqual = std::equal_to<Key>, class Options = options<>>
using set = steady::set<Key, Hash, KeyEqual, std::pmr::polymorphic_allocator<Key>, Options>;
template <class Key, class Hash = hash<Key>, class KeyEqual = std::equal_to<Key>, class Options = options<>>
using node_set = steady::node_set<Key, Hash, KeyEqual, std::pmr::polymorphic_allocator<Key>, Options>;
}  // namespace pmr

}  // namespace steady
