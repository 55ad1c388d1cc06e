// The interface of a map whose observer audits: the operations that know where they were called from.
//
// It hides erase, insert and insert_or_assign by the same with one more argument, which callers leave to its default. A map
// that is not audited does not have this layer, so that its calls are what they are without it: an argument that says nothing
// still changed what gcc puts where.
#pragma once

#include <concepts>
#include <initializer_list>
#include <type_traits>
#include <utility>

#include "../channel/call_site.hpp"
#include "container.hpp"

namespace steady::detail {

template <class Container>
class audited : public Container {
 public:
  using typename Container::const_iterator;
  using typename Container::iterator;
  using typename Container::key_type;
  using typename Container::size_type;
  using typename Container::value_type;

  using Container::Container;
  audited() = default;

  size_type erase(const key_type& key, call_site from = call_site::current()) {
    const called here(*this, from);
    return Container::erase(key);
  }
  template <class Key>
    requires(!std::convertible_to<Key, const_iterator> && !std::convertible_to<Key, iterator> &&
             !std::same_as<std::remove_cvref_t<Key>, key_type> && transparent<typename Container::hasher> &&
             transparent<typename Container::key_equal>)
  size_type erase(Key&& key, call_site from = call_site::current()) {
    const called here(*this, from);
    return Container::erase(std::forward<Key>(key));
  }
  iterator erase(const const_iterator& at, call_site from = call_site::current()) noexcept(
      noexcept(std::declval<Container&>().erase(at))) {
    const called here(*this, from);
    return Container::erase(at);
  }
  iterator erase(const iterator& at, call_site from = call_site::current()) noexcept(
      noexcept(std::declval<Container&>().erase(at)))
    requires(!std::same_as<iterator, const_iterator>)
  {
    const called here(*this, from);
    return Container::erase(at);
  }
  iterator erase(const const_iterator& first, const const_iterator& last) {
    return Container::erase(first, last);
  }

  auto insert(const value_type& entry, call_site from = call_site::current()) {
    const called here(*this, from);
    return Container::insert(entry);
  }
  auto insert(value_type&& entry, call_site from = call_site::current()) {
    const called here(*this, from);
    return Container::insert(std::move(entry));
  }
  void insert(std::initializer_list<value_type> entries) { Container::insert(entries); }
  template <class First, class... Rest>
    requires((sizeof...(Rest) > 0 || !std::same_as<std::remove_cvref_t<First>, value_type>) &&
             !(std::same_as<std::remove_cvref_t<Rest>, call_site> || ...))
  decltype(auto) insert(First&& first, Rest&&... rest) {
    return Container::insert(std::forward<First>(first), std::forward<Rest>(rest)...);
  }

  template <class Key, class Value>
    requires(requires(Container& map, Key&& key, Value&& value) {
      map.insert_or_assign(std::forward<Key>(key), std::forward<Value>(value));
    })
  auto insert_or_assign(Key&& key, Value&& value, call_site from = call_site::current()) {
    const called here(*this, from);
    return Container::insert_or_assign(std::forward<Key>(key), std::forward<Value>(value));
  }
  // With a hint, which tells nothing of a place in the source.
  template <class Key, class Value>
    requires(!std::same_as<std::remove_cvref_t<Value>, call_site>)
  iterator insert_or_assign(const_iterator hint, Key&& key, Value&& value) {
    return Container::insert_or_assign(hint, std::forward<Key>(key), std::forward<Value>(value));
  }

  audited(const audited&) = default;
  audited(audited&&) = default;
  audited& operator=(const audited&) = default;
  audited& operator=(audited&&) = default;

 protected:
  ~audited() = default;

 private:
  // The place of one operation. Forgotten when it ends: one that throws before it is told must not leave its place to the next.
  class called {
   public:
    called(audited& map, const call_site& from) noexcept : map_(map) { map_.call_from(from); }
    called(const called&) = delete;
    called& operator=(const called&) = delete;
    ~called() { map_.call_from(call_site{}); }

   private:
    audited& map_;
  };
};

}  // namespace steady::detail
