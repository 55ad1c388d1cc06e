// How a value becomes 64 bits: the rule for each type, and the adaptor through which the map calls any hash.
//
// A word (integer, enum, pointer, the bits of a float) costs one multiplication: hash_word below. A run of
// bytes is hashed by hash_bytes. Everything else is made of these by passing the hash of one part on as the
// seed of the next. The seed enters the factors of every multiplication; XORed on a finished hash it would
// leave every collision where it is.
//
// Rules: values that compare equal hash equal (so +0.0 and -0.0 do, and a string, its view and its literal
// do), and only the value is read, never padding (so a long double is taken apart, as by frexp).
#pragma once

#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

#include <steady/detail/fold.hpp>
#include <steady/detail/hash_bytes.hpp>

namespace steady {

template <class T = void>
struct hash;

namespace detail {

// A word is multiplied by its own mirror image, the bytes reversed. Multiplied by a constant, keys in equal
// steps (sequences, pointers, values shifted up) land in equal steps, and both ends of the result show it:
// over 110 patterns of such keys and 8 seeds, one product with a constant put as many as 54 keys into a
// bucket meant for 12, and made tags within a bucket agree 51 times too often. A product of two factors that
// both depend on the word is not linear in it: the same patterns give at most 34 keys a bucket (a random
// function gives 31) and tags agree 1.1 times as often as they should. It costs a byte swap and an XOR; a
// second multiplication gives no more for 8 % of the time of a lookup (prototype of the map, 10^6 entries,
// where a hit takes 30 ns). The number is the fraction of the square root of 3, the best of seven tried by
// this measure.
//
// What is left to see: each input bit has its own image among the output bits (bit 8j+b and the even bits
// 56+2b mod 64) which it flips nearly always or nearly never; the other 63 it flips with a probability of one
// half, more or less. Small seeds are as good as others: a mirrored low byte is a high one.
inline constexpr std::uint64_t mirror_mask = 0xBB67'AE85'84CA'A73B;

[[nodiscard]] constexpr std::uint64_t mirrored(
    std::uint64_t word) noexcept {  // compilers make one instruction of it
  word = ((word & 0x00FF'00FF'00FF'00FF) << 8) | ((word >> 8) & 0x00FF'00FF'00FF'00FF);
  word = ((word & 0x0000'FFFF'0000'FFFF) << 16) | ((word >> 16) & 0x0000'FFFF'0000'FFFF);
  return (word << 32) | (word >> 32);
}

[[nodiscard]] constexpr std::uint64_t hash_word(std::uint64_t word, std::uint64_t seed) noexcept {
  word ^= seed;
  return fold(word, mirrored(word) ^ mirror_mask);
}

// The user's own rule for a type: a function steady_hash(value, seed) found by argument-dependent lookup. The
// deleted declaration keeps ordinary lookup from finding anything else of that name.
namespace customisation {
void steady_hash() = delete;

template <class T>
concept provided = requires(const T& value, std::uint64_t seed) {
  { steady_hash(value, seed) } -> std::convertible_to<std::uint64_t>;
};

template <provided T>
[[nodiscard]] std::uint64_t call(const T& value,
                                 std::uint64_t seed) noexcept(noexcept(steady_hash(value, seed))) {
  return static_cast<std::uint64_t>(steady_hash(value, seed));
}
}  // namespace customisation

template <class T>
concept with_std_hash = requires(const T& value) {
  { std::hash<T>{}(value) } -> std::convertible_to<std::size_t>;
};

template <class T>
concept character = std::same_as<T, char> || std::same_as<T, wchar_t> || std::same_as<T, char8_t> ||
                    std::same_as<T, char16_t> || std::same_as<T, char32_t>;

// What is_wide_integer<T> is for: std::is_integral says no for __int128 in strict mode.
template <class T>
inline constexpr bool is_wide_integer = false;
#if defined(__SIZEOF_INT128__)
template <>
inline constexpr bool is_wide_integer<int128> = true;
template <>
inline constexpr bool is_wide_integer<uint128> = true;
#endif

// One specialisation a kind of type; `of` is its hash. The primary template has none: such a type cannot be
// hashed.
template <class T>
struct hash_rule {};

template <class T>
concept has_rule = requires(const T& value, std::uint64_t seed) {
  { hash_rule<T>::of(value, seed) } -> std::same_as<std::uint64_t>;
};

// What can be hashed as a whole or as a part: by steady::hash, so that a user's specialisation of it counts.
template <class T>
concept hashable = requires(const std::remove_cvref_t<T>& value, std::uint64_t seed) {
  { steady::hash<std::remove_cvref_t<T>>{}(value, seed) } -> std::convertible_to<std::uint64_t>;
};

template <class T>
concept nothrow_hashable = hashable<T> && requires(const std::remove_cvref_t<T>& value, std::uint64_t seed) {
  { steady::hash<std::remove_cvref_t<T>>{}(value, seed) } noexcept;
};

template <hashable T>
[[nodiscard]] constexpr std::uint64_t hash_part(const T& value,
                                                std::uint64_t seed) noexcept(nothrow_hashable<T>) {
  return steady::hash<std::remove_cv_t<T>>{}(value, seed);
}

template <class T>
  requires customisation::provided<T>
struct hash_rule<T> {
  static std::uint64_t of(const T& value,
                          std::uint64_t seed) noexcept(noexcept(customisation::call(value, seed))) {
    return customisation::call(value, seed);
  }
};

template <class T>
concept plain = !customisation::provided<T>;

template <plain T>
  requires std::integral<T> && (sizeof(T) <= 8)
struct hash_rule<T> {
  static constexpr std::uint64_t of(T value, std::uint64_t seed) noexcept {
    return hash_word(static_cast<std::uint64_t>(value), seed);
  }
};

template <plain T>
  requires is_wide_integer<T>
struct hash_rule<T> {
  static constexpr std::uint64_t of(T value, std::uint64_t seed) noexcept {
    return hash_word(static_cast<std::uint64_t>(value >> 64),
                     hash_word(static_cast<std::uint64_t>(value), seed));
  }
};

template <plain T>
  requires std::is_enum_v<T>
struct hash_rule<T> {
  static constexpr std::uint64_t of(T value, std::uint64_t seed) noexcept {
    return hash_word(static_cast<std::uint64_t>(value), seed);
  }
};

template <class T>
struct hash_rule<T*> {
  static std::uint64_t of(T* value, std::uint64_t seed) noexcept {
    return hash_word(static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(value)), seed);
  }
};

template <>
struct hash_rule<std::nullptr_t> {
  static std::uint64_t of(std::nullptr_t, std::uint64_t seed) noexcept { return hash_word(0, seed); }
};

template <class T, class Deleter>
  requires hashable<typename std::unique_ptr<T, Deleter>::pointer>
struct hash_rule<std::unique_ptr<T, Deleter>> {
  static std::uint64_t of(const std::unique_ptr<T, Deleter>& value, std::uint64_t seed) noexcept {
    return hash_part(value.get(), seed);
  }
};

template <class T>
struct hash_rule<std::shared_ptr<T>> {
  static std::uint64_t of(const std::shared_ptr<T>& value, std::uint64_t seed) noexcept {
    return hash_part(value.get(), seed);
  }
};

template <>
struct hash_rule<float> {
  static std::uint64_t of(float value, std::uint64_t seed) noexcept {
    std::uint32_t bits;
    value += 0.0F;  // -0 becomes +0
    std::memcpy(&bits, &value, sizeof bits);
    return hash_word(bits, seed);
  }
};

template <>
struct hash_rule<double> {
  static std::uint64_t of(double value, std::uint64_t seed) noexcept {
    std::uint64_t bits;
    value += 0.0;
    std::memcpy(&bits, &value, sizeof bits);
    return hash_word(bits, seed);
  }
};

struct long_double_parts {
  long double fraction;
  int exponent;
};
// std::frexp of a finite value, by powers of two that halve; with <cmath> every user would pay a twentieth of the compilation.
[[nodiscard]] constexpr long_double_parts parts_of(long double value) noexcept {
  constexpr std::size_t count =
      static_cast<std::size_t>(std::bit_width(unsigned{std::numeric_limits<long double>::max_exponent} - 1));
  constexpr auto powers = [] {  // 2, 4, 16, 256, ...
    std::array<long double, count> made{2};
    for (std::size_t n = 1; n < count; ++n) made[n] = made[n - 1] * made[n - 1];
    return made;
  }();
  if (value == 0) return {value, 0};
  int exponent = 1;
  const auto size = [&] { return value < 0 ? -value : value; };
  for (std::size_t n = count; n-- != 0;) {
    for (; size() >= powers[n]; exponent += 1 << n) value /= powers[n];
    // The largest twice, for numbers below the normal ones.
    for (; size() * powers[n] < 2; exponent -= 1 << n) value *= powers[n];
  }
  return {value / 2, exponent};
}

// A long double may have padding (x87: 6 bytes of 16) and more bits than a double: the mantissa is cut into
// doubles, each of which takes the leading 53 bits of what is left, and the exponent follows.
template <>
struct hash_rule<long double> {
  static std::uint64_t of(long double value, std::uint64_t seed) noexcept {
    const bool finite = value - value == 0;
    if (!finite) return hash_rule<double>::of(static_cast<double>(value), seed);
    auto [rest, exponent] = parts_of(value);
    for (int bits = std::numeric_limits<long double>::digits; bits > 0;
         bits -= std::numeric_limits<double>::digits) {
      const auto leading = static_cast<double>(rest);
      seed = hash_rule<double>::of(leading, seed);
      rest -= static_cast<long double>(leading);
    }
    return hash_word(static_cast<std::uint64_t>(exponent), seed);
  }
};

template <character C, class Allocator>
struct hash_rule<std::basic_string<C, std::char_traits<C>, Allocator>> {
  static std::uint64_t of(std::basic_string_view<C> value, std::uint64_t seed) noexcept {
    return hash_bytes(value.data(), value.size() * sizeof(C), seed);
  }
};

template <character C>
struct hash_rule<std::basic_string_view<C, std::char_traits<C>>> {
  static std::uint64_t of(std::basic_string_view<C> value, std::uint64_t seed) noexcept {
    return hash_bytes(value.data(), value.size() * sizeof(C), seed);
  }
};

template <class T>
concept byte_like =
    std::same_as<std::remove_cv_t<T>, std::byte> || std::same_as<std::remove_cv_t<T>, char> ||
    std::same_as<std::remove_cv_t<T>, unsigned char> || std::same_as<std::remove_cv_t<T>, char8_t>;

template <byte_like T, std::size_t Extent>
struct hash_rule<std::span<T, Extent>> {
  static std::uint64_t of(std::span<T, Extent> value, std::uint64_t seed) noexcept {
    return hash_bytes(value.data(), value.size(), seed);
  }
};

template <hashable First, hashable Second>
struct hash_rule<std::pair<First, Second>> {
  static constexpr std::uint64_t of(const std::pair<First, Second>& value,
                                    std::uint64_t seed) noexcept(nothrow_hashable<First> &&
                                                                 nothrow_hashable<Second>) {
    return hash_part(value.second, hash_part(value.first, seed));
  }
};

template <hashable... Parts>
struct hash_rule<std::tuple<Parts...>> {
  static constexpr std::uint64_t of(const std::tuple<Parts...>& value,
                                    std::uint64_t seed) noexcept((nothrow_hashable<Parts> && ...)) {
    return std::apply(
        [seed](const auto&... parts) noexcept((nothrow_hashable<Parts>&&...)) {
          std::uint64_t so_far = hash_word(sizeof...(Parts), seed);
          ((so_far = hash_part(parts, so_far)), ...);
          return so_far;
        },
        value);
  }
};

template <hashable T, std::size_t Size>
struct hash_rule<std::array<T, Size>> {
  static constexpr std::uint64_t of(const std::array<T, Size>& value,
                                    std::uint64_t seed) noexcept(nothrow_hashable<T>) {
    for (const T& element : value) seed = hash_part(element, seed);
    return seed;
  }
};

template <hashable T>
struct hash_rule<std::optional<T>> {
  static constexpr std::uint64_t of(const std::optional<T>& value,
                                    std::uint64_t seed) noexcept(nothrow_hashable<T>) {
    return value ? hash_part(*value, hash_word(1, seed)) : hash_word(0, seed);
  }
};

template <>
struct hash_rule<std::monostate> {
  static constexpr std::uint64_t of(std::monostate, std::uint64_t seed) noexcept {
    return hash_word(0, seed);
  }
};

template <hashable... Alternatives>
struct hash_rule<std::variant<Alternatives...>> {
  static constexpr std::uint64_t of(const std::variant<Alternatives...>& value,
                                    std::uint64_t seed) noexcept((nothrow_hashable<Alternatives> && ...)) {
    seed = hash_word(static_cast<std::uint64_t>(value.index()), seed);
    if (value.valueless_by_exception()) return seed;
    return std::visit([seed](const auto& held) { return hash_part(held, seed); }, value);
  }
};

// What steady::hash<T> does: the rule for T, or else std::hash mixed with the seed.
template <class T>
  requires has_rule<T>
[[nodiscard]] constexpr std::uint64_t hash_value(const T& value, std::uint64_t seed) noexcept(
    noexcept(hash_rule<T>::of(value, seed))) {
  return hash_rule<T>::of(value, seed);
}

template <class T>
  requires(!has_rule<T> && with_std_hash<T>)
[[nodiscard]] constexpr std::uint64_t hash_value(const T& value, std::uint64_t seed) noexcept(
    noexcept(std::hash<T>{}(value))) {
  return hash_word(static_cast<std::uint64_t>(std::hash<T>{}(value)), seed);
}

// The key type that steady::hash<> takes an argument for: text for pointers to and arrays of characters.
template <class T>
struct deduced_key_of {
  using type = T;
};
template <character C>
struct deduced_key_of<C*> {
  using type = std::basic_string_view<C>;
};
template <character C>
struct deduced_key_of<const C*> {
  using type = std::basic_string_view<C>;
};
template <class T>
using deduced_key = typename deduced_key_of<std::decay_t<T>>::type;

// The seed of a hash called without one.
inline constexpr std::uint64_t fixed_seed = pi_words[7];

// is_avalanching counts as declared unless it is a type whose ::value says otherwise.
template <class Hash>
concept avalanching = requires { typename Hash::is_avalanching; } && []<class H = Hash> {
  if constexpr (requires { H::is_avalanching::value; }) {
    return static_cast<bool>(H::is_avalanching::value);
  } else {
    return true;
  }
}();

// The one way the map calls a hash. In order: a hash that takes the seed gets it; one that says its 64 bits
// are good is believed; any other result is mixed with the seed, which spreads it but cannot separate equal
// results.
template <class Hash, class Key>
[[nodiscard]] constexpr std::uint64_t hash_with_seed(const Hash& hash, const Key& key, std::uint64_t seed) {
  if constexpr (requires {
                  { hash(key, seed) } -> std::convertible_to<std::uint64_t>;
                }) {
    return static_cast<std::uint64_t>(hash(key, seed));
  } else if constexpr (avalanching<Hash> && sizeof(hash(key)) >= sizeof(std::uint64_t)) {
    return static_cast<std::uint64_t>(hash(key));
  } else {
    return hash_word(static_cast<std::uint64_t>(hash(key)), seed);
  }
}

}  // namespace detail
}  // namespace steady
