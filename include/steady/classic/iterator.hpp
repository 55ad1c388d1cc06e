// The iterator that users see: a loop with the types of an input iterator, or a place that find or insert returned.
//
// Keys and values lie in arrays of their own, so there is no pair to refer to: an iterator yields a pair of references
// by value. Hence an input iterator, also because each begin() starts somewhere else.
#pragma once

#include <cstddef>
#include <iterator>
#include <type_traits>
#include <utility>

#include "loop.hpp"

namespace steady::classic {

// An entry as it lies in the map. Good as long as references are: until the next write.
template <class Key, class Value>
struct entry_reference {
  const Key& first;
  Value& second;

  operator std::pair<const Key, std::remove_const_t<Value>>() const { return {first, second}; }
  operator entry_reference<Key, const Value>() const noexcept { return {first, second}; }
};

template <class Config>
class container;

template <class Config, bool Const>
class map_iterator {
  using key = typename Config::key_type;
  using mapped = std::conditional_t<Const, const typename Config::mapped_type, typename Config::mapped_type>;
  using place = classic::place<bmap<Config>>;

 public:
  using iterator_category = std::input_iterator_tag;
  using difference_type = std::ptrdiff_t;
  using value_type = std::pair<const key, typename Config::mapped_type>;
  using reference = entry_reference<key, mapped>;
  class pointer {
   public:
    explicit pointer(reference entry) noexcept : entry_(entry) {}
    [[nodiscard]] const reference* operator->() const noexcept { return std::addressof(entry_); }

   private:
    reference entry_;
  };

  STEADY_INLINE map_iterator() noexcept {}  // an end; defaulted, {} would clear all of it first
  // The first step of a loop.
  map_iterator(hmap<Config>* map, std::uint64_t start) : loop_(map, start) {}
  // A place that was found.
  STEADY_INLINE explicit map_iterator(const place& at) noexcept : loop_(at), at_(at) {}
  template <bool OtherConst>
    requires(Const && !OtherConst)
  map_iterator(const map_iterator<Config, OtherConst>& other) noexcept : loop_(other.loop_), at_(other.at_) {}

  [[nodiscard]] STEADY_INLINE reference operator*() const noexcept { return {*loop_.key(), *loop_.value()}; }
  [[nodiscard]] pointer operator->() const noexcept { return pointer(**this); }

  // A loop goes on; what find and insert return becomes an end.
  STEADY_INLINE map_iterator& operator++() {
    loop_.step();
    return *this;
  }
  map_iterator operator++(int) {
    map_iterator before = *this;
    ++*this;
    return before;
  }

  template <bool OtherConst>
  [[nodiscard]] STEADY_INLINE bool operator==(const map_iterator<Config, OtherConst>& other) const noexcept {
    return loop_.value() == other.loop_.value();
  }

  [[nodiscard]] loop_position position() const noexcept { return loop_.position(); }

 private:
  friend container<Config>;
  friend map_iterator<Config, !Const>;

  loop<Config> loop_;
  place at_;  // if it was found
};

}  // namespace steady::classic
