// The hash of a run of bytes: strings, string views, spans.
//
// Two words are read from every run of 4 to 16 bytes, overlapping where it is shorter than 16, so no length has a loop
// over single bytes and none reads outside the run. Each word is masked with the seed before it is multiplied: a
// product of two masked words is zero, and so forgets its other factor, only for one word in 2^64, and which one
// depends on the seed. The length enters the last multiplication, which is what tells "a" from "a\0".
//
// Longer runs are read in independent lanes, because one multiplication waits for the one before it and the machine
// can start one each cycle.
//
// The words are read in the machine's own byte order: the hash has the same quality everywhere, not the same value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include <steady/detail/fold.hpp>

namespace steady::detail {

// The first digits of pi after the point, in binary: numbers without a pattern and without a choice.
inline constexpr std::uint64_t pi_words[8] = {
    0x243F'6A88'85A3'08D3, 0x1319'8A2E'0370'7344, 0xA409'3822'299F'31D0, 0x082E'FA98'EC4E'6C89,
    0x4528'21E6'38D0'1377, 0xBE54'66CF'34E9'0C6C, 0xC0AC'29B7'C97C'50DD, 0x3F84'D5B5'B547'0917,
};

[[nodiscard]] inline std::uint64_t read_word(const unsigned char* bytes) noexcept {
  std::uint64_t word;
  std::memcpy(&word, bytes, sizeof word);
  return word;
}

[[nodiscard]] inline std::uint64_t read_half_word(const unsigned char* bytes) noexcept {
  std::uint32_t half;
  std::memcpy(&half, bytes, sizeof half);
  return half;
}

[[nodiscard]] inline std::uint64_t hash_bytes(const void* data, std::size_t length, std::uint64_t seed) noexcept {
  const auto* bytes = static_cast<const unsigned char*>(data);
  const auto whole_length = static_cast<std::uint64_t>(length);
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  seed ^= pi_words[0];
  if (length <= 16) {
    if (length >= 8) {
      first = read_word(bytes);
      last = read_word(bytes + length - 8);
    } else if (length >= 4) {
      first = read_half_word(bytes);
      last = read_half_word(bytes + length - 4);
    } else if (length > 0) {
      first = (std::uint64_t{bytes[0]} << 16) | (std::uint64_t{bytes[length / 2]} << 8) | bytes[length - 1];
    }
  } else {
    std::uint64_t lanes[3] = {seed, seed, seed};
    std::size_t left = length;
    while (left > 48) {
      for (std::size_t lane = 0; lane < 3; ++lane) {
        lanes[lane] = fold(read_word(bytes + 16 * lane) ^ pi_words[lane + 1],
                           read_word(bytes + 16 * lane + 8) ^ lanes[lane]);
      }
      bytes += 48;
      left -= 48;
    }
    seed = lanes[0] ^ lanes[1] ^ lanes[2];
    while (left > 16) {
      seed = fold(read_word(bytes) ^ pi_words[1], read_word(bytes + 8) ^ seed);
      bytes += 16;
      left -= 16;
    }
    first = read_word(bytes + left - 16);
    last = read_word(bytes + left - 8);
  }
  return fold(fold(first ^ pi_words[1], last ^ seed) ^ pi_words[4], seed ^ whole_length);
}

}  // namespace steady::detail
