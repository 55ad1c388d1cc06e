// What lies in a key's or a value's place in a bucket: the thing itself, or a pointer to a node that has it.
//
// Go stores what is over 128 bytes as a pointer; so does this map, and for two reasons of C++ also what cannot be moved
// without throwing (evacuation must not stop halfway) and, as a key, what cannot be copied (an evacuated slot in which
// a loop stands keeps its key, to look it up again).
//
// Nodes are counted, because of such slots. And where a key may differ from itself (NaN), values lie in nodes always:
// such an entry cannot be looked up again, so an evacuated slot finds its value by sharing the node. `alive` says
// whether the entry is still in the map, `bucket` where.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>

#include "../detail/config.hpp"
#include "states.hpp"

namespace steady::classic {

template <class Type>
struct counted_node {
  std::atomic<std::uint32_t> references{1};
  bool alive = true;
  std::size_t bucket = 0;
  union {
    Type value;
  };

  counted_node() noexcept {}
  counted_node(const counted_node&) = delete;
  counted_node& operator=(const counted_node&) = delete;
  ~counted_node() {}
};

// Cells are raw memory: header.hpp begins and ends what lives in them.
template <class Type>
struct inline_cell {
  static constexpr bool in_node = false;
  union {
    Type value;
  };

  inline_cell() = delete;
  inline_cell(const inline_cell&) = delete;
  inline_cell& operator=(const inline_cell&) = delete;
  ~inline_cell() = delete;

  [[nodiscard]] STEADY_INLINE Type& get() noexcept { return value; }
  [[nodiscard]] STEADY_INLINE const Type& get() const noexcept { return value; }
};

template <class Type>
struct node_cell {
  static constexpr bool in_node = true;
  counted_node<Type>* node;

  [[nodiscard]] STEADY_INLINE Type& get() noexcept { return node->value; }
  [[nodiscard]] STEADY_INLINE const Type& get() const noexcept { return node->value; }
};

template <class Type>
inline constexpr bool fits_inline =
    sizeof(Type) <= largest_inline_bytes && std::is_nothrow_move_constructible_v<Type>;

}  // namespace steady::classic
