// The iterator that users see: a cursor with the types of a forward iterator. See cursor.hpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <type_traits>

#include "walk.hpp"

namespace steady::detail {

template <class Types>
class container;
template <class Types>
class table;

template <class Types, bool Const>
class table_iterator {
 public:
  using iterator_category = std::forward_iterator_tag;
  using difference_type = std::ptrdiff_t;
  using value_type = typename Types::value_type;
  using reference = std::conditional_t<Const, const value_type&, value_type&>;
  using pointer = std::conditional_t<Const, const value_type*, value_type*>;

  // An end. Not defaulted: `iterator()` would set all of it to zero first.
  constexpr table_iterator() noexcept {}
  explicit table_iterator(const cursor<Types>& at) noexcept : cursor_(at) {}
  // The beginning of a walk, made in place, so that a loop is registered once.
  STEADY_INLINE table_iterator(table_walk<Types>& map, cursor_state state) { map.begin_walk(cursor_, state); }
  table_iterator(table_walk<Types>& map, cursor_state state, std::uint64_t start) {
    map.begin_walk_at(cursor_, state, start, false);
  }
  STEADY_INLINE table_iterator(const table_walk<Types>* map, const position<Types>& at,
                               std::uint64_t stamp) noexcept
      : cursor_(map, at, stamp) {}

  // An iterator converts to a const one, in the same state.
  template <bool OtherConst>
    requires(Const && !OtherConst)
  STEADY_INLINE table_iterator(const table_iterator<Types, OtherConst>& other) noexcept
      : cursor_(other.cursor_) {}

  [[nodiscard]] STEADY_INLINE reference operator*() const noexcept(!copies) {
    about_to_change();
    return *cursor_.entry()->get();
  }
  [[nodiscard]] STEADY_INLINE pointer operator->() const noexcept(!copies) {
    about_to_change();
    return cursor_.entry()->get();
  }

  STEADY_INLINE table_iterator& operator++() {
    follow_if_shared();
    cursor_.advance();
    return *this;
  }
  table_iterator operator++(int) {
    table_iterator before = *this;
    ++*this;
    return before;
  }

  template <bool OtherConst>
  [[nodiscard]] STEADY_INLINE bool operator==(const table_iterator<Types, OtherConst>& other) const noexcept {
    return cursor_.entry() == other.cursor_.entry();
  }

 private:
  friend container<Types>;
  template <class Entries, class Predicate>
  friend typename container<Entries>::size_type erase_entries(container<Entries>& entries,
                                                              Predicate predicate);
  friend table_iterator<Types, !Const>;

  // While a snapshot lives, what this iterator gives to be changed is copied first: by a loop when it is asked for. Of the
  // others, find and insert have seen to it, but for where ++ leads: so they go on as loops.
  static constexpr bool copies = !Const && Types::snapshots;
  STEADY_INLINE void about_to_change() const noexcept(!copies) {
    if constexpr (copies)
      if (cursor_.state() == cursor_state::registered && cursor_.map()->has_snapshots()) [[unlikely]]
        static_cast<table<Types>&>(*cursor_.map()).to_change(cursor_.place());
  }
  STEADY_INLINE void follow_if_shared() noexcept {
    if constexpr (copies)
      if (cursor_.state() == cursor_state::plain && cursor_.map()->has_snapshots()) [[unlikely]]
        cursor_ = cursor_.map()->registered_copy(cursor_);
  }

  cursor<Types> cursor_;
};

}  // namespace steady::detail
