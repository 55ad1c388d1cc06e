// What lies in a slot: the entry itself, or a pointer to a node of its own.
//
// An entry is stored in the slot when moving it can neither fail nor cost much: key and value are
// nothrow-move-constructible and the entry has at most 256 bytes (contract G8). Otherwise, and in node_map and
// node_set always, the slot holds a pointer to an entry allocated by itself; it never moves again, so immovable types
// work and references stay good.
//
// Every relocation in the library goes through relocate(): it moves the entry through a const_cast of its key, and
// destroys what is left. That is the one place that takes an entry apart.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <type_traits>
#include <utility>

#include "config.hpp"
#include "poison.hpp"

namespace steady::detail {

template <class Key, class Value>
struct map_policy {
  using key_type = Key;
  using mapped_type = Value;
  using value_type = std::pair<const Key, Value>;
  static constexpr bool is_map = true;
  static constexpr bool nothrow_movable =
      std::is_nothrow_move_constructible_v<Key> && std::is_nothrow_move_constructible_v<Value>;
  static constexpr bool trivial = std::is_trivially_copyable_v<Key> && std::is_trivially_copyable_v<Value>;

  [[nodiscard]] STEADY_INLINE static const Key& key(const value_type& entry) noexcept { return entry.first; }

  template <class Allocator>
  static void move_construct(Allocator& allocator, value_type* to, value_type& from) {
    std::allocator_traits<Allocator>::construct(allocator, to, std::move(const_cast<Key&>(from.first)),
                                                std::move(from.second));
  }
  // The same into an empty slot, of either kind. A pair<const K, V> of move-only types is not move-constructible, but its
  // two halves are.
  template <class Slot, class Allocator>
  static void move_into(Allocator& allocator, Slot* to, value_type& from) {
    Slot::construct(allocator, to, std::move(const_cast<Key&>(from.first)), std::move(from.second));
  }
};

template <class Key>
struct set_policy {
  using key_type = Key;
  using mapped_type = void;
  using value_type = Key;
  static constexpr bool is_map = false;
  static constexpr bool nothrow_movable = std::is_nothrow_move_constructible_v<Key>;
  static constexpr bool trivial = std::is_trivially_copyable_v<Key>;

  [[nodiscard]] STEADY_INLINE static const Key& key(const value_type& entry) noexcept { return entry; }

  template <class Allocator>
  static void move_construct(Allocator& allocator, value_type* to, value_type& from) {
    std::allocator_traits<Allocator>::construct(allocator, to, std::move(const_cast<Key&>(from)));
  }
  template <class Slot, class Allocator>
  static void move_into(Allocator& allocator, Slot* to, value_type& from) {
    Slot::construct(allocator, to, std::move(const_cast<Key&>(from)));
  }
};

inline constexpr std::size_t largest_inline_entry = 256;

// An allocator that wants to construct entries itself (std::pmr's does) must be asked; the others are spared it.
template <class Allocator, class Value>
concept constructs_entries =
    requires(Allocator& allocator, Value* at, Value& from) { allocator.construct(at, std::move(from)); };

template <class Policy, class Allocator>
struct inline_slot {
  using value_type = typename Policy::value_type;
  static constexpr bool in_place = true;

  union {
    value_type entry;
  };

  // Slots are raw memory: what lives in them is begun and ended by construct, relocate and destroy alone.
  inline_slot() = delete;
  inline_slot(const inline_slot&) = delete;
  inline_slot& operator=(const inline_slot&) = delete;
  ~inline_slot() = delete;

  [[nodiscard]] STEADY_INLINE value_type* get() noexcept { return std::addressof(entry); }
  [[nodiscard]] STEADY_INLINE const value_type* get() const noexcept { return std::addressof(entry); }

  template <class... Arguments>
  STEADY_INLINE static void construct(Allocator& allocator, inline_slot* to, Arguments&&... arguments) {
    unpoison(to, sizeof(inline_slot));
    std::allocator_traits<Allocator>::construct(allocator, to->get(), std::forward<Arguments>(arguments)...);
  }

  STEADY_INLINE static void destroy(Allocator& allocator, inline_slot* at) noexcept {
    std::allocator_traits<Allocator>::destroy(allocator, at->get());
  }

  STEADY_INLINE static void relocate(Allocator& allocator, inline_slot* from, inline_slot* to) noexcept {
    unpoison(to, sizeof(inline_slot));
    if constexpr (Policy::trivial && !constructs_entries<Allocator, value_type>) {
      std::memcpy(static_cast<void*>(to), static_cast<const void*>(from), sizeof(inline_slot));
    } else {
      Policy::move_construct(allocator, to->get(), *from->get());
      destroy(allocator, from);
    }
  }
};

template <class Policy, class Allocator>
struct node_slot {
  using value_type = typename Policy::value_type;
  using traits = std::allocator_traits<Allocator>;
  static constexpr bool in_place = false;

  typename traits::pointer node;

  [[nodiscard]] STEADY_INLINE value_type* get() noexcept { return std::to_address(node); }
  [[nodiscard]] STEADY_INLINE const value_type* get() const noexcept { return std::to_address(node); }

  template <class... Arguments>
  static void construct(Allocator& allocator, node_slot* to, Arguments&&... arguments) {
    struct memory {
      Allocator& allocator;
      typename traits::pointer at;
      bool keep = false;
      ~memory() {
        if (!keep) traits::deallocate(allocator, at, 1);
      }
    } fresh{allocator, traits::allocate(allocator, 1)};
    traits::construct(allocator, std::to_address(fresh.at), std::forward<Arguments>(arguments)...);
    fresh.keep = true;
    unpoison(to, sizeof(node_slot));
    std::construct_at(to, node_slot{fresh.at});
  }

  static void destroy(Allocator& allocator, node_slot* at) noexcept {
    traits::destroy(allocator, at->get());
    traits::deallocate(allocator, at->node, 1);
    std::destroy_at(at);
  }

  STEADY_INLINE static void relocate(Allocator&, node_slot* from, node_slot* to) noexcept {
    unpoison(to, sizeof(node_slot));
    std::construct_at(to, node_slot{from->node});
    std::destroy_at(from);
  }
};

// The same as slots + index, whose sign compilers would extend first.
template <class Slot>
[[nodiscard]] STEADY_INLINE Slot* slot_at(Slot* slots, unsigned index) noexcept {
  return reinterpret_cast<Slot*>(reinterpret_cast<std::byte*>(slots) +
                                 index * static_cast<unsigned>(sizeof(Slot)));
}

}  // namespace steady::detail
