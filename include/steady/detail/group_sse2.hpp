// The group contract (see group.hpp) with SSE2, which every x86-64 has: one compare for all sixteen bytes.
#pragma once

#include <emmintrin.h>

#include <cstdint>

#include "group.hpp"

namespace steady::detail {
inline namespace sse2 {

struct group {
  [[nodiscard]] STEADY_INLINE static std::uint32_t match(const std::uint8_t* tags, tophash top) noexcept {
    return equal(tags, _mm_shuffle_epi32(_mm_cvtsi32_si128(static_cast<int>(top.word)), 0));
  }
  [[nodiscard]] STEADY_INLINE static std::uint32_t empty(const std::uint8_t* tags) noexcept {
    return equal(tags, _mm_setzero_si128());
  }
  [[nodiscard]] STEADY_INLINE static std::uint32_t occupied(const std::uint8_t* tags) noexcept {
    return empty(tags) ^ bucket_mask;
  }

 private:
  [[nodiscard]] STEADY_INLINE static std::uint32_t equal(const std::uint8_t* tags, __m128i wanted) noexcept {
    const __m128i word = _mm_load_si128(reinterpret_cast<const __m128i*>(tags));
    return static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(word, wanted))) & bucket_mask;
  }
};

}  // namespace sse2
}  // namespace steady::detail
