// The quality of steady::hash at the two ends a map uses: the low bits (the bucket) and the top 8 (the
// tophash).
//
// Avalanche: flipping any bit of the input flips each bit of the output about half the time. Strings keep
// this for each pair of bits; a word multiplied by its own mirror has, by design, one output bit an input bit
// that it flips nearly always or never (detail/hash.hpp says which), so for words the mean over pairs is
// bounded, and the number of output bits an input bit moves.
//
// Occupancy: structured keys fill buckets as random numbers would. For each pattern, 12 keys a bucket on
// average, the spread of bucket sizes (variance over mean, 1 for random numbers) and the fullest bucket are
// bounded, the same for the 256 tags, and within a bucket two tags agree about as often as one time in 256.
//
// All seeds are fixed; a run gives the same numbers every time and on every machine.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <steady/hash.hpp>

namespace {

struct avalanche_result {
  double mean = 0;  // of |p - 1/2| over all pairs of bits
  double worst = 0;  // the largest
  double worst_input = 0;  // largest |mean number of flipped output bits - 32| of an input bit
};

// Calls hash_with_flip(sample, bit or -1) and counts which output bits the flip changes.
avalanche_result avalanche(int input_bits, int samples,
                           const std::function<std::uint64_t(int, int)>& hash_with_flip) {
  avalanche_result result;
  std::vector<std::uint64_t> unchanged;
  for (int sample = 0; sample < samples; ++sample) unchanged.push_back(hash_with_flip(sample, -1));
  for (int input = 0; input < input_bits; ++input) {
    std::vector<int> flips(64, 0);
    for (int sample = 0; sample < samples; ++sample) {
      const auto changed = unchanged[static_cast<std::size_t>(sample)] ^ hash_with_flip(sample, input);
      for (std::size_t output = 0; output < 64; ++output)
        flips[output] += static_cast<int>((changed >> output) & 1);
    }
    double flipped = 0;
    for (const int count : flips) {
      const double probability = static_cast<double>(count) / samples;
      flipped += probability;
      result.mean += std::abs(probability - 0.5);
      result.worst = std::max(result.worst, std::abs(probability - 0.5));
    }
    result.worst_input = std::max(result.worst_input, std::abs(flipped - 32));
  }
  result.mean /= input_bits * 64;
  return result;
}

template <class T>
avalanche_result word_avalanche(std::uint64_t seed) {
  constexpr int samples = 2'000;
  std::mt19937_64 random{17};
  std::vector<T> words(samples);
  for (auto& word : words) word = static_cast<T>(random());
  return avalanche(sizeof(T) * 8, samples, [&](int sample, int flip) {
    auto word = words[static_cast<std::size_t>(sample)];
    if (flip >= 0) word = static_cast<T>(word ^ static_cast<T>(T{1} << flip));
    return steady::hash<T>{}(word, seed);
  });
}

template <class T>
void expect_word_avalanche() {
  for (const std::uint64_t seed :
       {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{0xD1CE'5EED'0000'0001}}) {
    const auto result = word_avalanche<T>(seed);
    EXPECT_LT(result.mean, 0.1) << sizeof(T) << " bytes, seed " << seed;
    EXPECT_LT(result.worst_input, 4.0) << sizeof(T) << " bytes, seed " << seed;
  }
}

TEST(HashAvalanche, WordsOfEveryWidth) {
  expect_word_avalanche<std::uint64_t>();
  expect_word_avalanche<std::uint32_t>();
}

TEST(HashAvalanche, TheMeanPairOfA64BitWordIsCloseToOneHalf) {
  const auto result = word_avalanche<std::uint64_t>(0xD1CE'5EED'0000'0001);
  EXPECT_LT(result.mean, 0.05);
}

TEST(HashAvalanche, EveryBitOfTheSeed) {
  constexpr int samples = 2'000;
  std::mt19937_64 random{19};
  std::vector<std::pair<std::uint64_t, std::uint64_t>> pairs(samples);
  for (auto& [key, seed] : pairs) key = random(), seed = random();
  const auto result = avalanche(64, samples, [&](int sample, int flip) {
    const auto [key, seed] = pairs[static_cast<std::size_t>(sample)];
    return steady::hash<std::uint64_t>{}(key, flip < 0 ? seed : seed ^ (std::uint64_t{1} << flip));
  });
  EXPECT_LT(result.mean, 0.05);
  EXPECT_LT(result.worst_input, 4.0);
}

TEST(HashAvalanche, EveryBitOfAStringOf1To64Bytes) {
  constexpr int samples = 1'000;  // a standard deviation of 0.016; 0.1 is over six of them
  for (std::size_t length = 1; length <= 64; ++length) {
    std::mt19937_64 random{length};
    std::vector<std::string> texts(samples);
    for (auto& text : texts) {
      for (std::size_t byte = 0; byte < length; ++byte) text.push_back(static_cast<char>(random()));
    }
    const auto result = avalanche(static_cast<int>(length * 8), samples, [&](int sample, int flip) {
      auto text = texts[static_cast<std::size_t>(sample)];
      if (flip >= 0) {
        auto& byte = text[static_cast<std::size_t>(flip / 8)];
        byte = static_cast<char>(byte ^ static_cast<char>(1 << flip % 8));
      }
      return steady::hash<std::string>{}(text,
                                         static_cast<std::uint64_t>(sample));  // length 1 has 256 texts only
    });
    EXPECT_LT(result.worst, 0.1) << "length " << length;
    EXPECT_LT(result.mean, 0.02) << "length " << length;
  }
}

TEST(HashAvalanche, LongStringsInEveryLane) {
  constexpr int samples = 400;
  for (const std::size_t length : {65u, 113u, 130u, 240u}) {
    std::mt19937_64 random{length};
    std::vector<std::string> texts(samples);
    for (auto& text : texts) {
      for (std::size_t byte = 0; byte < length; ++byte) text.push_back(static_cast<char>(random()));
    }
    const auto result = avalanche(static_cast<int>(length * 8), samples, [&](int sample, int flip) {
      auto text = texts[static_cast<std::size_t>(sample)];
      if (flip >= 0) {
        auto& byte = text[static_cast<std::size_t>(flip / 8)];
        byte = static_cast<char>(byte ^ static_cast<char>(1 << flip % 8));
      }
      return steady::hash<std::string>{}(text, 42);
    });
    EXPECT_LT(result.worst, 0.17) << "length " << length;
    EXPECT_LT(result.mean, 0.03) << "length " << length;
  }
}

struct pattern {
  std::string name;
  std::function<std::uint64_t(std::uint64_t)> key;
};

std::vector<pattern> patterns() {
  std::vector<pattern> all;
  for (unsigned shift = 0; shift <= 46; ++shift) {
    all.push_back({"i << " + std::to_string(shift), [shift](std::uint64_t i) { return i << shift; }});
  }
  for (const std::uint64_t step : {3u, 5u, 7u, 10u, 24u, 48u, 56u, 100u, 1000u, 4104u, 65'537u, 1'000'003u}) {
    all.push_back({"i * " + std::to_string(step), [step](std::uint64_t i) { return i * step; }});
  }
  for (const unsigned shift : {8u, 16u, 24u, 32u, 40u}) {
    for (const std::uint64_t step : {3u, 5u, 7u, 9u, 11u, 13u}) {
      all.push_back({"i * " + std::to_string(step) + " << " + std::to_string(shift),
                     [=](std::uint64_t i) { return (i * step) << shift; }});
    }
  }
  for (const unsigned shift : {9u, 16u, 24u, 32u, 40u, 48u}) {
    all.push_back({"8 bits low, the rest from " + std::to_string(shift),
                   [shift](std::uint64_t i) { return (i & 255) | (i >> 8 << shift); }});
  }
  all.push_back({"pointers, 16 apart", [](std::uint64_t i) { return 0x7F12'3456'0000 + i * 16; }});
  all.push_back({"pointers, 80 apart, 50 a page",
                 [](std::uint64_t i) { return 0x7F12'3456'0000 + i / 50 * 4096 + i % 50 * 80; }});
  all.push_back({"bytes reversed", [](std::uint64_t i) { return steady::detail::mirrored(i); }});
  all.push_back({"negative", [](std::uint64_t i) { return ~i; }});
  all.push_back({"gray code", [](std::uint64_t i) { return i ^ (i >> 1); }});
  all.push_back({"bits of doubles",
                 [](std::uint64_t i) { return std::bit_cast<std::uint64_t>(static_cast<double>(i)); }});
  all.push_back({"bits of floats", [](std::uint64_t i) {
                   return std::uint64_t{std::bit_cast<std::uint32_t>(static_cast<float>(i))};
                 }});
  all.push_back({"letters", [](std::uint64_t i) {
                   std::uint64_t text = 0;
                   for (int byte = 0; byte < 8; ++byte, i /= 26) text = text << 8 | ('a' + i % 26);
                   return text;
                 }});
  all.push_back({"three bits set", [](std::uint64_t i) {  // the i-th of the 41,664 such words
                   for (unsigned a = 2; a < 64; ++a) {
                     const std::uint64_t pairs_below = std::uint64_t{a} * (a - 1) / 2;
                     if (i < pairs_below) {
                       unsigned b = 1;
                       for (; i >= b; ++b) i -= b;
                       return std::uint64_t{1} << a | std::uint64_t{1} << b | std::uint64_t{1} << i;
                     }
                     i -= pairs_below;
                   }
                   return std::uint64_t{0};
                 }});
  return all;
}

struct occupancy {
  double bucket_spread, tag_spread, same_tags;
  std::uint32_t fullest;
};

constexpr std::size_t bucket_bits = 11;
constexpr std::size_t bucket_count = std::size_t{1} << bucket_bits;
constexpr std::size_t per_bucket = 12;

double spread(const std::vector<std::uint32_t>& counts, double mean) {
  double squares = 0;
  for (const auto count : counts) squares += (count - mean) * (count - mean);
  return squares / static_cast<double>(counts.size()) / mean;
}

template <class HashOfIndex>
occupancy fill(HashOfIndex&& hash_of_index) {
  std::vector<std::uint32_t> buckets(bucket_count), tags(256), both(bucket_count * 256);
  for (std::size_t i = 0; i < bucket_count * per_bucket; ++i) {
    const std::uint64_t hash = hash_of_index(i);
    const auto bucket = hash % bucket_count;
    const auto tag = hash >> 56;
    ++buckets[bucket];
    ++tags[tag];
    ++both[bucket * 256 + tag];
  }
  double pairs = 0, same = 0;
  for (const auto count : buckets) pairs += 0.5 * count * (count - 1.0);
  for (const auto count : both) same += 0.5 * count * (count - 1.0);
  return {spread(buckets, per_bucket), spread(tags, per_bucket * bucket_count / 256.0), same / (pairs / 256),
          *std::max_element(buckets.begin(), buckets.end())};
}

// Random numbers give a bucket spread of 1 with a deviation of 0.03 (2,048 buckets), a tag spread of 1 with
// 0.09, a same_tags of 1 with 0.04 and a fullest bucket of 25 to 31.
void expect_like_random(const occupancy& seen, const std::string& name) {
  EXPECT_LT(seen.bucket_spread, 1.25) << name;
  EXPECT_LT(seen.tag_spread, 4.0)
      << name;  // at 4, with 96 keys a tag, two keys' tags agree 1 + 3/96 times as often
  EXPECT_LT(seen.same_tags, 1.25) << name;
  EXPECT_LT(seen.fullest, 40u) << name;
}

TEST(HashOccupancy, StructuredWordsSpreadLikeRandomOnes) {
  for (const std::uint64_t seed :
       {0x0ull, 0x1ull, 0x2ull, 0xFFFFull, 0x9E37'79B9'7F4A'7C15ull, 0x5851'F42D'4C95'7F2Dull,
        0xDA94'2042'E4DD'58B5ull, 0xCAFE'F00D'D15E'A5E5ull}) {
    for (const auto& each : patterns()) {
      const auto seen =
          fill([&](std::uint64_t i) { return steady::hash<std::uint64_t>{}(each.key(i), seed); });
      expect_like_random(seen, each.name + ", seed " + std::to_string(seed));
    }
  }
}

TEST(HashOccupancy, StringsOfNumbersSpreadLikeRandomOnes) {
  for (const std::string& tail : {std::string{}, std::string{"/tail"}, std::string(100, '-')}) {
    for (const std::string& head :
         {std::string{}, std::string{"user:"}, std::string{"a longer prefix of a key:"}}) {
      const auto seen = fill(
          [&](std::uint64_t i) { return steady::hash<std::string>{}(head + std::to_string(i) + tail, 7); });
      expect_like_random(seen, head + "#" + tail);
    }
  }
}

TEST(HashOccupancy, PairsOnAGridSpreadLikeRandomOnes) {
  const auto seen = fill([](std::uint64_t i) {
    return steady::hash<std::pair<int, int>>{}({static_cast<int>(i % 157), static_cast<int>(i / 157)}, 7);
  });
  expect_like_random(seen, "grid");
}

}  // namespace
