// The hash of a run of bytes: strings, string views, spans.
//
// Every run of at least 4 bytes ends in two words that overlap where it is short, so no length has a loop
// over single bytes and none is read outside its bounds. Each word is masked before it is multiplied, the
// second one with the seed: a product forgets one factor only where the other is zero, which is one word in
// 2^64, and the caller cannot choose it without the seed. The length enters the last multiplication; that is
// what tells "a" from "a\0".
//
// Longer runs are read in seven independent lanes, because a multiplication with what surrounds it takes six
// cycles and a new one can start every cycle. The last 16 bytes do not wait for the lanes, they meet in the
// last multiplication. Measured by bench/hash.cpp (Zen 5, gcc 12): a hash waited for takes 5.5, 5.5, 6.7
// and 26.5 ns at 4, 16, 64 and 1,024 bytes (absl 20220623: 9.1, 9.5, 15.7, 131), one of many 1.2, 1.2, 2.9
// and 23.3 ns (absl 3.2, 3.2, 7.4, 114).
//
// The words are read in the machine's own byte order: the hash has the same quality everywhere, not the same
// value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include <steady/detail/fold.hpp>

namespace steady::detail {

// The first digits of pi after the point, in binary: numbers without a pattern and without a choice.
inline constexpr std::uint64_t pi_words[9] = {
    0x243F'6A88'85A3'08D3, 0x1319'8A2E'0370'7344, 0xA409'3822'299F'31D0,
    0x082E'FA98'EC4E'6C89, 0x4528'21E6'38D0'1377, 0xBE54'66CF'34E9'0C6C,
    0xC0AC'29B7'C97C'50DD, 0x3F84'D5B5'B547'0917, 0x9216'D5D9'8979'FB1B,
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

// One step of a lane: 16 bytes come in.
[[nodiscard]] inline std::uint64_t absorb(std::uint64_t lane, const unsigned char* bytes,
                                          std::uint64_t mask) noexcept {
  return fold(read_word(bytes) ^ mask, read_word(bytes + 8) ^ lane);
}

// All but the last 1 to 16 bytes of a run longer than that; moves `bytes` and `left` on to those.
[[nodiscard]] inline std::uint64_t absorb_all_but_last(const unsigned char*& bytes, std::size_t& left,
                                                       std::uint64_t seed) noexcept {
  std::uint64_t lane0 = seed, lane1 = seed, lane2 = seed;
  if (left > 112) {
    std::uint64_t lane3 = seed, lane4 = seed, lane5 = seed, lane6 = seed;
    do {
      lane0 = absorb(lane0, bytes, pi_words[0]);
      lane1 = absorb(lane1, bytes + 16, pi_words[1]);
      lane2 = absorb(lane2, bytes + 32, pi_words[2]);
      lane3 = absorb(lane3, bytes + 48, pi_words[3]);
      lane4 = absorb(lane4, bytes + 64, pi_words[4]);
      lane5 = absorb(lane5, bytes + 80, pi_words[5]);
      lane6 = absorb(lane6, bytes + 96, pi_words[6]);
      bytes += 112;
      left -= 112;
    } while (left > 112);
    lane0 ^= lane3;
    lane1 ^= lane4;
    lane2 ^= lane5;
    lane0 += lane6;
  }
  while (left > 48) {
    lane0 = absorb(lane0, bytes, pi_words[0]);
    lane1 = absorb(lane1, bytes + 16, pi_words[1]);
    lane2 = absorb(lane2, bytes + 32, pi_words[2]);
    bytes += 48;
    left -= 48;
  }
  if (left > 16) lane0 = absorb(lane0, bytes, pi_words[3]);
  if (left > 32) lane1 = absorb(lane1, bytes + 16, pi_words[4]);
  return lane0 ^ (lane1 + lane2);
}

[[nodiscard]] inline std::uint64_t hash_bytes(const void* data, std::size_t length,
                                              std::uint64_t seed) noexcept {
  const auto* bytes = static_cast<const unsigned char*>(data);
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::uint64_t before = 0;
  seed ^= pi_words[8];
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
    std::size_t left = length;
    before = absorb_all_but_last(bytes, left, seed);
    first = read_word(bytes + left - 16);
    last = read_word(bytes + left - 8);
  }
  return fold(fold(first ^ pi_words[7], last ^ seed) ^ before, seed ^ static_cast<std::uint64_t>(length));
}

}  // namespace steady::detail
