// What the core of a channel knows of the type it carries: its size, its alignment, and three functions.
//
// The core moves values between a sender's place, the ring buffer and a receiver's place without knowing their type, so
// that it is compiled once and a chan<T> adds three small functions. A sender's place holds a T that stays an object of
// its owner's, moved from once it is taken; a receiver's place is a std::optional<T>; the ring's places are raw.
//
// Each channel refers to such a table, one a type, but for named channels, which have their own that counts (naming.hpp). What
// delivers is therefore told by which table it was called: one register, and so the channels without a name pay nothing for it.
//
// All of it happens under the channel's lock, hence noexcept. A type whose move may throw is copied into a box of its own
// before the operation begins (one allocation a message), and comes out of it after the operation has ended: what throws
// before leaves the channel as it was. If coming out throws, that message is gone.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

#include "../misuse.hpp"

namespace steady::detail::channel {

struct element_operations {
  std::size_t size;
  std::size_t alignment;
  void (*store)(void* raw, void* from) noexcept;  // T in raw memory <- sender's place
  // Receiver's place <- sender's place or ring. `by`: this table.
  void (*deliver)(void* to, void* from, const element_operations& by) noexcept;
  void (*destroy)(void* element) noexcept;  // in the ring; null if there is nothing to do
  std::string_view type;  // of the channel's T, as the compiler spells it
};

template <class T>
inline constexpr bool travels_in_box = !std::is_nothrow_move_constructible_v<T>;

// The element of the ring for a T.
template <class T>
using element_for = std::conditional_t<travels_in_box<T>, std::unique_ptr<T>, T>;

template <class T, class Element = element_for<T>>
inline constexpr element_operations operations_of{
    sizeof(Element),
    alignof(Element),
    [](void* raw, void* from) noexcept { ::new (raw) Element(std::move(*static_cast<Element*>(from))); },
    [](void* to, void* from, const element_operations&) noexcept {
      static_cast<std::optional<Element>*>(to)->emplace(std::move(*static_cast<Element*>(from)));
    },
    std::is_trivially_destructible_v<Element>
        ? nullptr
        : +[](void* element) noexcept { static_cast<Element*>(element)->~Element(); },
    type_name<T>()};

template <class T>
[[nodiscard]] element_for<T> copied(const T& value) {
  if constexpr (travels_in_box<T>) {
    return std::make_unique<T>(value);
  } else {
    return value;
  }
}

// Calls with the place from which a value is sent. An rvalue is the caller's own object, moved from when a receiver or
// the buffer takes it and not before; an lvalue is copied first.
template <class T, class Function>
decltype(auto) with_place(T&& value, Function function)
  requires(!std::is_lvalue_reference_v<T>)
{
  if constexpr (travels_in_box<T>) {
    element_for<T> element = copied<T>(value);
    return function(static_cast<void*>(&element));
  } else {
    return function(static_cast<void*>(std::addressof(value)));
  }
}
template <class T, class Function>
decltype(auto) with_place(const T& value, Function function) {
  element_for<T> element = copied<T>(value);
  return function(static_cast<void*>(std::addressof(element)));
}

// What came out, as the caller wants it.
template <class T>
[[nodiscard]] std::optional<T> unboxed(std::optional<element_for<T>>&& element) {
  if constexpr (travels_in_box<T>) {
    if (!element) return std::nullopt;
    return std::optional<T>(std::in_place, std::move(**element));
  } else {
    return std::move(element);
  }
}
// The same of one that was written in two parts a moment ago, where a load that spans both would wait for them: not copied whole.
template <class T>
[[nodiscard]] std::optional<T> unboxed_in_parts(std::optional<element_for<T>>&& element) {
  if constexpr (!travels_in_box<T> && std::is_trivially_copyable_v<T>) {
    if (!element) return std::nullopt;
    return std::optional<T>(std::in_place, std::move(*element));
  } else {
    return unboxed<T>(std::move(element));
  }
}

}  // namespace steady::detail::channel
