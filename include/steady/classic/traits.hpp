// What a classic map must know of its key type, and what it can be told by its policy.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

#include "../options.hpp"
#include "states.hpp"

namespace steady::classic {

// Specialise for keys of your own whose == is unusual.
//   reflexive: every key equals itself. Not so for floating point: NaN.
//   updated: equal keys may differ visibly, so an overwrite also writes the key (-0 for +0, another view of equal text).
// Go has strings among the latter, for its collector; a std::string owns its text, and an equal one is no different.
template <class Key>
struct key_traits {
  static constexpr bool reflexive = !std::is_floating_point_v<Key>;
  static constexpr bool updated = std::is_floating_point_v<Key>;
};
template <class Char, class Traits>
struct key_traits<std::basic_string_view<Char, Traits>> {
  static constexpr bool reflexive = true;
  static constexpr bool updated = true;
};
template <class... Parts>
struct key_traits<std::tuple<Parts...>> {
  static constexpr bool reflexive = (key_traits<std::remove_cv_t<Parts>>::reflexive && ...);
  static constexpr bool updated = (key_traits<std::remove_cv_t<Parts>>::updated || ...);
};
template <class First, class Second>
struct key_traits<std::pair<First, Second>> : key_traits<std::tuple<First, Second>> {};
template <class Part, std::size_t Size>
struct key_traits<std::array<Part, Size>> : key_traits<Part> {};
template <class Part>
struct key_traits<std::optional<Part>> : key_traits<Part> {};
template <class... Parts>
struct key_traits<std::variant<Parts...>> : key_traits<std::tuple<Parts...>> {};

// How buckets lie in memory: as small as they are, as Go has them; in whole cache lines; or in powers of two.
enum class padding : std::uint8_t { none, cache_line, power_of_two };

// The sixth template parameter of classic_map. Derive from it and hide what is to be different. The defaults are Go's.
struct policy {
  static constexpr checks misuse_checks = checks::on;
  static constexpr load_factor load{};
  static constexpr padding bucket_padding = padding::none;
  using observer = no_observer;  // see observe.hpp

  // What the rounding of arrays to Go's size classes takes a bucket for. The map's own allocations do not depend on it
  // but for the number of buckets that comes out.
  template <class Bucket>
  [[nodiscard]] static std::size_t bucket_bytes() noexcept {
    return sizeof(Bucket);
  }
  template <class Key, class Value>
  [[nodiscard]] static bool has_pointers() noexcept {
    return !(std::is_arithmetic_v<Key> || std::is_enum_v<Key>) ||
           !(std::is_arithmetic_v<Value> || std::is_enum_v<Value>) || sizeof(Key) > largest_inline_bytes ||
           sizeof(Value) > largest_inline_bytes;
  }
};

// The probes that Go's compiler chooses by type (claims M78). They do not change the structure (M79).
enum class probe_kind : std::uint8_t {
  generic,
  word,  // 4 or 8 bytes that are equal when their bits are: keys are compared without a look at tophashes
  text,  // strings: in a map of one bucket they are compared without a hash
};

template <class Key>
inline constexpr bool is_text = false;
template <class Allocator>
inline constexpr bool is_text<std::basic_string<char, std::char_traits<char>, Allocator>> = true;
template <>
inline constexpr bool is_text<std::string_view> = true;

template <class Key, class Value, class KeyEqual>
[[nodiscard]] consteval probe_kind choose_probe() {
  constexpr bool known_equality =
      std::is_same_v<KeyEqual, std::equal_to<Key>> || std::is_same_v<KeyEqual, std::equal_to<>>;
  if (!known_equality || sizeof(Value) > largest_inline_bytes) return probe_kind::generic;
  if ((std::is_integral_v<Key> || std::is_enum_v<Key> || std::is_pointer_v<Key>) &&
      (sizeof(Key) == 4 || sizeof(Key) == 8))
    return probe_kind::word;
  return is_text<Key> ? probe_kind::text : probe_kind::generic;
}

}  // namespace steady::classic
