// What saves the types that need no help, and what a saved_form has: see <steady/save.hpp>.
//
// A form is read from bytes that anyone may have written, so it must not make a value that the type has not: a bool of 2, an
// enumeration beyond its values. That is why a struct is not saved as its bytes unless its user says so, by saved_as_bytes.
#pragma once

#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>

#include "byte_stream.hpp"

namespace steady {

namespace detail {

template <std::size_t Size>
using unsigned_of =
    std::conditional_t<Size == 1, std::uint8_t,
                       std::conditional_t<Size == 2, std::uint16_t,
                                          std::conditional_t<Size == 4, std::uint32_t, std::uint64_t>>>;

// Named by what is in the file, so that a long is the same number wherever it has eight bytes.
template <class Number>
inline constexpr std::string_view number_name = [] {
  constexpr bool is_float = std::is_floating_point_v<Number>;
  constexpr std::array<std::string_view, 4> names =
      is_float                   ? std::array<std::string_view, 4>{"", "", "f32", "f64"}
      : std::is_signed_v<Number> ? std::array<std::string_view, 4>{"i8", "i16", "i32", "i64"}
                                 : std::array<std::string_view, 4>{"u8", "u16", "u32", "u64"};
  return names[std::countr_zero(sizeof(Number))];
}();

// Any value of the underlying type is one of the enumeration's: true exactly where that type is fixed.
template <class Enum>
concept enumeration_of_all_values = std::is_enum_v<Enum> && requires { Enum{0}; };

template <class T>
concept saved_number =
    (std::integral<T> && sizeof(T) <= 8) ||
    (std::floating_point<T> && std::numeric_limits<T>::is_iec559 && (sizeof(T) == 4 || sizeof(T) == 8));

template <class T>
concept has_saved_form = requires(byte_writer& to, byte_reader& from, const T& value) {
  { saved_form<T>::name } -> std::convertible_to<std::string_view>;
  saved_form<T>::write(to, value);
  { saved_form<T>::read(from) } -> std::convertible_to<T>;
};

// The bytes of every value of the type; 0 where they differ.
template <class T>
[[nodiscard]] consteval std::uint32_t saved_bytes() {
  if constexpr (requires { saved_form<T>::bytes; }) {
    return saved_form<T>::bytes;
  } else {
    return 0;
  }
}
// No value has fewer.
template <class T>
[[nodiscard]] consteval std::uint32_t least_saved_bytes() {
  if constexpr (requires { saved_form<T>::least_bytes; }) {
    return saved_form<T>::least_bytes;
  } else {
    return saved_bytes<T>();
  }
}
template <class T>
[[nodiscard]] consteval bool saved_in_machine_order() {
  if constexpr (requires { saved_form<T>::in_machine_order; }) {
    return saved_form<T>::in_machine_order;
  } else {
    return false;
  }
}

}  // namespace detail

template <detail::saved_number T>
struct saved_form<T> {
  static constexpr std::string_view name = detail::number_name<T>;
  static constexpr std::uint32_t bytes = sizeof(T);

  STEADY_INLINE static void write(byte_writer& to, T value) {
    to.number(std::bit_cast<detail::unsigned_of<sizeof(T)>>(value));
  }
  STEADY_INLINE static T read(byte_reader& from) {
    return std::bit_cast<T>(from.number<detail::unsigned_of<sizeof(T)>>());
  }
};

template <>
struct saved_form<bool> {
  static constexpr std::string_view name = "bool";
  static constexpr std::uint32_t bytes = 1;

  static void write(byte_writer& to, bool value) { to.number(static_cast<std::uint8_t>(value)); }
  static bool read(byte_reader& from) {
    const auto value = from.number<std::uint8_t>();
    if (value > 1)
      from.refuse("expected a bool, 0 or 1, before this byte; the file was not written by save()");
    return value == 1;
  }
};

template <detail::enumeration_of_all_values T>
struct saved_form<T> {
  using number = saved_form<std::underlying_type_t<T>>;
  static constexpr std::string_view name = number::name;
  static constexpr std::uint32_t bytes = number::bytes;

  static void write(byte_writer& to, T value) {
    number::write(to, static_cast<std::underlying_type_t<T>>(value));
  }
  static T read(byte_reader& from) { return static_cast<T>(number::read(from)); }
};

template <class Char, class Traits, class Allocator>
  requires(sizeof(Char) == 1)
struct saved_form<std::basic_string<Char, Traits, Allocator>> {
  using string = std::basic_string<Char, Traits, Allocator>;
  static constexpr std::string_view name = "text";
  static constexpr std::uint32_t least_bytes = sizeof(std::uint64_t);

  static void write(byte_writer& to, const string& text) {
    to.number(std::uint64_t{text.size()});
    to.bytes(text.data(), text.size());
  }
  static string read(byte_reader& from) {
    const auto size = from.number<std::uint64_t>();
    const std::byte* const text = from.take(size);  // before anything is allocated
    return string(reinterpret_cast<const Char*>(text), static_cast<std::size_t>(size));
  }
};

// For a type of your own whose values may be copied as bytes:
//   template <> struct steady::saved_form<point> : steady::saved_as_bytes<point> {};
// You say by it that any bytes are a value of the type (it has no bool and no enumeration with gaps), that it holds no
// address, and that its padding may be in the file. Such a file is for machines of the same order of bytes.
template <class T>
struct saved_as_bytes {
  static constexpr std::string_view name = "bytes";
  static constexpr std::uint32_t bytes = sizeof(T);
  static constexpr bool in_machine_order = true;

  STEADY_INLINE static void write(byte_writer& to, const T& value) {
    static_assert(std::is_trivially_copyable_v<T>, "steady::saved_as_bytes is for trivially copyable types");
    to.bytes(std::addressof(value), sizeof(T));
  }
  STEADY_INLINE static T read(byte_reader& from) {
    std::array<std::byte, sizeof(T)> copy;
    std::memcpy(copy.data(), from.take(sizeof(T)), sizeof(T));
    return std::bit_cast<T>(copy);
  }
};

}  // namespace steady
