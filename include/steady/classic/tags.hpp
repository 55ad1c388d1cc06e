// How the eight tag bytes of a bucket are searched at once.
//
//   match(tags, tag)   bit i set where tags[i] == tag
//   vacant(tags)       bit i set where tags[i] is empty_one or empty_rest
//   occupied(tags)     bit i set where an entry is, or was until its bucket was evacuated
// No false positives. With SSE2 in one compare; elsewhere with the arithmetic that detail/group_word.hpp explains.
#pragma once

#include <bit>
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
struct tags {
  [[nodiscard]] STEADY_INLINE static std::uint32_t match(const std::uint8_t* at, std::uint8_t tag) noexcept {
    return mask(_mm_cmpeq_epi8(load(at), _mm_set1_epi8(static_cast<char>(tag))));
  }
  [[nodiscard]] STEADY_INLINE static std::uint32_t vacant(const std::uint8_t* at) noexcept {
    return mask(_mm_cmpeq_epi8(_mm_min_epu8(load(at), _mm_set1_epi8(empty_one)), load(at)));
  }
  [[nodiscard]] STEADY_INLINE static std::uint32_t occupied(const std::uint8_t* at) noexcept {
    const __m128i all = load(at);
    const __m128i vacant = _mm_cmpeq_epi8(_mm_min_epu8(all, _mm_set1_epi8(empty_one)), all);
    return mask(_mm_or_si128(vacant, _mm_cmpeq_epi8(all, _mm_set1_epi8(evacuated_empty)))) ^ 0xff;
  }

 private:
  [[nodiscard]] STEADY_INLINE static __m128i load(const std::uint8_t* at) noexcept {
    return _mm_loadl_epi64(reinterpret_cast<const __m128i*>(at));
  }
  [[nodiscard]] STEADY_INLINE static std::uint32_t mask(__m128i equal) noexcept {
    return static_cast<std::uint32_t>(_mm_movemask_epi8(equal)) & 0xff;
  }
};
}  // namespace sse2
#else
inline namespace word {
struct tags {
  [[nodiscard]] STEADY_INLINE static std::uint32_t match(const std::uint8_t* at, std::uint8_t tag) noexcept {
    return zero_bytes(load(at) ^ tag * 0x0101010101010101u);
  }
  [[nodiscard]] STEADY_INLINE static std::uint32_t vacant(const std::uint8_t* at) noexcept {
    return zero_bytes(load(at) & 0xfefefefefefefefeu);
  }
  [[nodiscard]] STEADY_INLINE static std::uint32_t occupied(const std::uint8_t* at) noexcept {
    return (vacant(at) | match(at, evacuated_empty)) ^ 0xff;
  }

 private:
  [[nodiscard]] STEADY_INLINE static std::uint64_t load(const std::uint8_t* at) noexcept {
    std::uint64_t bytes = 0;
    if constexpr (std::endian::native == std::endian::big) {
      for (unsigned i = 0; i < slots_per_bucket; ++i) bytes |= std::uint64_t{at[i]} << 8 * i;
    } else {
      std::memcpy(&bytes, at, sizeof bytes);
    }
    return bytes;
  }
  [[nodiscard]] STEADY_INLINE static std::uint32_t zero_bytes(std::uint64_t bytes) noexcept {
    constexpr std::uint64_t low_bits = 0x7f7f7f7f7f7f7f7fu;
    const std::uint64_t zero_tops = ~(((bytes & low_bits) + low_bits) | bytes | low_bits);
    return static_cast<std::uint32_t>(((zero_tops >> 7) * 0x0102040810204080u) >> 56);
  }
};
}  // namespace word
#endif

}  // namespace steady::classic
