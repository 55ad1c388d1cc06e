// How the eight keys of a bucket are compared at once, when they are words: 4 or 8 bytes that are equal when their bits are.
//
//   same_words(keys, key)   bit i set where keys[i] has the bits of key
// With SSE2 in four (or two) compares and a few packs: 64-bit words are compared by halves, because SSE2 has no compare
// for them whole, and count where both halves agree. Elsewhere one by one without a branch.
// Places in which there is no key hold bytes all the same; the caller leaves them out by their tags.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "../detail/config.hpp"
#include "states.hpp"

#if defined(__SSE2__) && !defined(STEADY_PLAIN_GROUP)
#include <emmintrin.h>
#endif

namespace steady::classic {

#if defined(__SSE2__) && !defined(STEADY_PLAIN_GROUP)
inline namespace sse2 {
template <class Key>
  requires(sizeof(Key) == 8)
[[nodiscard]] STEADY_INLINE std::uint32_t same_words(const void* keys, const Key& key) noexcept {
  long long bits = 0;
  std::memcpy(&bits, &key, sizeof bits);
  const __m128i wanted = _mm_set1_epi64x(bits);
  const auto* const at = static_cast<const __m128i*>(keys);
  // Two keys a vector, two halves a key.
  const auto compared = [&](int pair) { return _mm_cmpeq_epi32(_mm_loadu_si128(at + pair), wanted); };
  const __m128i halves =
      _mm_packs_epi16(_mm_packs_epi32(compared(0), compared(1)), _mm_packs_epi32(compared(2), compared(3)));
  // A byte for each half; both bytes of a key, as one word of 16 bits.
  const __m128i both = _mm_cmpeq_epi16(halves, _mm_set1_epi16(-1));
  return static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_packs_epi16(both, _mm_setzero_si128())));
}
template <class Key>
  requires(sizeof(Key) == 4)
[[nodiscard]] STEADY_INLINE std::uint32_t same_words(const void* keys, const Key& key) noexcept {
  int bits = 0;
  std::memcpy(&bits, &key, sizeof bits);
  const __m128i wanted = _mm_set1_epi32(bits);
  const auto* const at = static_cast<const __m128i*>(keys);
  const __m128i all = _mm_packs_epi32(_mm_cmpeq_epi32(_mm_loadu_si128(at), wanted),
                                      _mm_cmpeq_epi32(_mm_loadu_si128(at + 1), wanted));
  return static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_packs_epi16(all, _mm_setzero_si128())));
}
}  // namespace sse2
#else
inline namespace word {
template <class Key>
[[nodiscard]] STEADY_INLINE std::uint32_t same_words(const void* keys, const Key& key) noexcept {
  std::uint32_t same = 0;
  for (unsigned index = 0; index < slots_per_bucket; ++index) {
    Key other;
    std::memcpy(&other, static_cast<const std::byte*>(keys) + index * sizeof other, sizeof other);
    same |= std::uint32_t{other == key} << index;
  }
  return same;
}
}  // namespace word
#endif

}  // namespace steady::classic
