// Which types and functions are known to run no code of the user's. For these a container may build, compare and destroy
// in the middle of a write: nothing can come back into it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>

#include "../hash.hpp"

namespace steady::detail {

// Types whose construction, comparison and destruction run no code of the user's.
template <class Type>
inline constexpr bool is_quiet =
    std::is_arithmetic_v<Type> || std::is_enum_v<Type> || std::is_pointer_v<Type>;
template <class Char, class Traits>
inline constexpr bool is_quiet<std::basic_string<Char, Traits, std::allocator<Char>>> = true;
template <class Char, class Traits>
inline constexpr bool is_quiet<std::basic_string_view<Char, Traits>> = true;

template <class Function, class Key>
inline constexpr bool is_quiet_function =
    is_quiet<Key> &&
    (std::is_same_v<Function, steady::hash<Key>> || std::is_same_v<Function, std::hash<Key>> ||
     std::is_same_v<Function, std::equal_to<Key>> || std::is_same_v<Function, std::equal_to<>>);

template <class Allocator>
inline constexpr bool is_quiet_allocator = false;
template <class Type>
inline constexpr bool is_quiet_allocator<std::allocator<Type>> = true;

// Whether constructing a Type so runs no code of the user's.
template <class Type, class... Arguments>
inline constexpr bool builds_quietly =
    std::is_trivially_constructible_v<Type, Arguments...> ||
    (is_quiet<Type> && (is_quiet<std::remove_cvref_t<std::decay_t<Arguments>>> && ...));

}  // namespace steady::detail
