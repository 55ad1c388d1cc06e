// steady::hash<T>: the seeded 64-bit hash that steady's containers use by default.
//
//   steady::hash<std::string>{}("key", seed)      the hash under a seed; this is what a map calls, with its
//   own seed steady::hash<std::string>{}("key")            the hash under a fixed seed, for use where
//   std::hash is used steady::hash<>{}(anything, seed)              the same hash, the type deduced; text may
//   be a literal
//
// It knows integers of every width, enums, pointers and smart pointers (by address), nullptr, floating point,
// strings and string views of every character type, spans of bytes, and pair, tuple, array, optional and
// variant of what it knows. Values that compare equal hash equal: +0.0 and -0.0, a string and its view and
// the literal, a span of bytes and the string of the same bytes. hash<const char*> hashes the address, as ==
// on such keys compares it; hash<std::string> and hash<> hash the text.
//
// A type of your own: give it a function, found by argument-dependent lookup,
//
//   friend std::uint64_t steady_hash(const point& p, std::uint64_t seed) {
//     return steady::hash<>{}(std::tie(p.x, p.y), seed);
//   }
//
// or specialise steady::hash for it. A type that has neither but has std::hash is hashed by that and the
// result is mixed with the seed. That is for easy porting, and it is weaker: mixing spreads values, but two
// keys to which std::hash gives one value collide under every seed.
//
// Both ends of the 64 bits are good (is_avalanching): the low ones choose a bucket, the high ones a tag,
// nothing needs to be mixed afterwards. The seed takes part in the multiplications, so keys that collide
// under one seed part under another: 2,000 keys made to agree in 20 bits fill 256 buckets like random numbers
// under any seed drawn at random (test/unit/hash_seed_test.cpp; under a seed one bit away up to a fifth of
// them still meet). That protects a map with a secret random seed from colliding keys made in advance. It is
// no cryptographic hash: who learns the seed, or can time many operations of his own choice, can make
// collisions; bounds on untrusted keys need more than a hash.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <steady/detail/hash.hpp>

namespace steady {

template <class T>
struct hash {
  using is_avalanching = void;

  [[nodiscard]] constexpr std::uint64_t operator()(const T& value, std::uint64_t seed) const
      noexcept(noexcept(detail::hash_value(value, seed)))
    requires requires { detail::hash_value(value, seed); }
  {
    return detail::hash_value(value, seed);
  }

  [[nodiscard]] constexpr std::size_t operator()(const T& value) const
      noexcept(noexcept(detail::hash_value(value, detail::fixed_seed)))
    requires requires { detail::hash_value(value, detail::fixed_seed); }
  {
    return static_cast<std::size_t>(detail::hash_value(value, detail::fixed_seed));
  }
};

// Strings and views of one character type share a transparent hash: a lookup by view or literal builds no
// string.
namespace detail {
template <character C>
struct text_hash {
  using is_avalanching = void;
  using is_transparent = void;

  [[nodiscard]] std::uint64_t operator()(std::basic_string_view<C> text, std::uint64_t seed) const noexcept {
    return hash_value(text, seed);
  }
  [[nodiscard]] std::size_t operator()(std::basic_string_view<C> text) const noexcept {
    return static_cast<std::size_t>(hash_value(text, fixed_seed));
  }
};
}  // namespace detail

template <detail::character C, class Allocator>
struct hash<std::basic_string<C, std::char_traits<C>, Allocator>> : detail::text_hash<C> {};

template <detail::character C>
struct hash<std::basic_string_view<C, std::char_traits<C>>> : detail::text_hash<C> {};

// The hash of whatever it is given, for maps whose keys are compared across types.
template <>
struct hash<void> {
  using is_avalanching = void;
  using is_transparent = void;

  template <class T>
    requires detail::hashable<detail::deduced_key<T>>
  [[nodiscard]] constexpr std::uint64_t operator()(const T& value, std::uint64_t seed) const
      noexcept(detail::nothrow_hashable<detail::deduced_key<T>>) {
    return hash<detail::deduced_key<T>>{}(value, seed);
  }

  template <class T>
    requires detail::hashable<detail::deduced_key<T>>
  [[nodiscard]] constexpr std::size_t operator()(const T& value) const
      noexcept(detail::nothrow_hashable<detail::deduced_key<T>>) {
    return static_cast<std::size_t>((*this)(value, detail::fixed_seed));
  }
};

}  // namespace steady
