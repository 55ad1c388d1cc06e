// M78: what the probes that are chosen by type look at, proved by counting hashes and comparisons.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "support/classic.hpp"

namespace steady_test {
namespace {

std::uint64_t hashes = 0;

template <class Key>
struct counting {
  std::uint64_t operator()(const Key& key, std::uint64_t seed) const {
    ++hashes;
    return steady::hash<Key>{}(key, seed);
  }
};

template <class Key, class Equal = std::equal_to<Key>, class Value = int>
using counted = open_classic<Key, Value, counting<Key>, Equal>;

template <class Work>
std::uint64_t hashes_of(Work work) {
  hashes = 0;
  work();
  return hashes;
}

template <class Key>
void expect_no_hash_at_B0() {
  counted<Key> m;
  for (Key key = 0; key < 8; ++key) m[key] = static_cast<int>(key);
  ASSERT_EQ(m.header().B, 0u);
  EXPECT_EQ(hashes_of([&] {
              for (Key key = 0; key < 8; ++key) EXPECT_EQ(m.at(key), static_cast<int>(key));
              for (Key key = 8; key < 100; ++key) EXPECT_FALSE(m.contains(key));
            }),
            0u);
  EXPECT_EQ(hashes_of([&] { m.erase(3); }), 1u) << "writes hash always";
  for (Key key = 8; key < 20; ++key) m[key] = 0;
  EXPECT_EQ(hashes_of([&] { (void)m.contains(3); }), 1u);
}
TEST(ClassicProbes, M78AFindOfFourOrEightBytesHashesNothingAtB0) {
  expect_no_hash_at_B0<std::uint32_t>();
  expect_no_hash_at_B0<std::int32_t>();
  expect_no_hash_at_B0<std::uint64_t>();
  expect_no_hash_at_B0<std::int64_t>();
  int here = 0;
  counted<int*> pointers;
  pointers[&here] = 1;
  EXPECT_EQ(hashes_of([&] { EXPECT_TRUE(pointers.contains(&here)); }), 0u);
}

TEST(ClassicProbes, M78OthersHashAlways) {
  counted<std::uint64_t, unknown_equal> generic;
  generic[1] = 1;
  EXPECT_EQ(hashes_of([&] { (void)generic.contains(1); }), 1u);
  counted<std::uint64_t, std::equal_to<std::uint64_t>, std::array<char, 200>> large;
  large[1] = {};
  EXPECT_EQ(hashes_of([&] { (void)large.contains(1); }), 1u)
      << "values over 128 bytes take the generic functions";
  counted<std::uint16_t> two_bytes;
  two_bytes[1] = 1;
  EXPECT_EQ(hashes_of([&] { (void)two_bytes.contains(1); }), 1u);
}

// The 4- and 8-byte probes find a key whatever its tophash says.
TEST(ClassicProbes, M78WordsAreMatchedWithoutTophash) {
  const auto found_with_wrong_tag = []<class Map>(Map m) {
    for (std::uint64_t key = 0; key < 50; ++key) m[key] = 1;
    m.finish_growth();
    const auto at = [&](auto& header) {
      for (std::size_t number = 0;; ++number)
        for (unsigned slot = 0; slot < 8; ++slot)
          if (header.buckets->at(number)->tophash[slot] >= 5)
            return &header.buckets->at(number)->tophash[slot];
    };
    std::uint8_t& tag = *at(m.header());
    tag = static_cast<std::uint8_t>(tag == 255 ? 254 : tag + 1);
    std::size_t found = 0;
    for (std::uint64_t key = 0; key < 50; ++key) found += m.contains(key);
    return found;
  };
  EXPECT_EQ(found_with_wrong_tag(open_classic<std::uint64_t, int>{}), 50u);
  EXPECT_EQ(
      found_with_wrong_tag(open_classic<std::uint64_t, int, steady::hash<std::uint64_t>, unknown_equal>{}),
      49u);
}

// Strings at B = 0: under 32 bytes compared as they are; longer ones by length and both ends first, and hashed only if two
// candidates are left.
TEST(ClassicProbes, M78StringsAtB0) {
  counted<std::string> m;
  for (const char* text : {"a", "b", "", "another text", "a text that has 31 bytes in it."}) m[text] = 1;
  EXPECT_EQ(hashes_of([&] {
              EXPECT_TRUE(m.contains(""));
              EXPECT_TRUE(m.contains("a"));
              EXPECT_TRUE(m.contains("a text that has 31 bytes in it."));
              EXPECT_FALSE(m.contains("c"));
              EXPECT_FALSE(m.contains(std::string(31, 'x')));
            }),
            0u);
  const auto padded = [](std::string_view begin, std::string_view middle, std::string_view end) {
    return std::string(begin) + std::string(30, '-') + std::string(middle) + std::string(end);
  };
  m[padded("aaaa", "1", "zzzz")] = 1;
  EXPECT_EQ(hashes_of([&] {
              EXPECT_TRUE(m.contains(padded("aaaa", "1", "zzzz")));
              EXPECT_FALSE(m.contains(padded("aaaa", "2", "zzzz"))) << "one candidate, compared whole";
              EXPECT_FALSE(m.contains(padded("aaab", "1", "zzzz")));
              EXPECT_FALSE(m.contains(padded("aaaa", "1", "zzzy")));
            }),
            0u);
  m[padded("aaaa", "2", "zzzz")] = 2;
  EXPECT_EQ(hashes_of([&] { EXPECT_EQ(m.at(padded("aaaa", "2", "zzzz")), 2); }), 1u) << "two candidates";
  EXPECT_EQ(hashes_of([&] { EXPECT_FALSE(m.contains(padded("aaaa", "3", "zzzz"))); }), 1u);
  m.erase("b");
  EXPECT_EQ(hashes_of([&] { EXPECT_TRUE(m.contains("")); }), 0u) << "past a deleted slot";
}

TEST(ClassicProbes, TransparentLookupBuildsNoString) {
  steady::classic_map<std::string, int, steady::hash<std::string>, std::equal_to<>> m;
  for (int n = 0; n < 100; ++n) m[std::to_string(n)] = n;
  EXPECT_EQ(*m.get(std::string_view("77")), 77);
  EXPECT_EQ(m.find("12")->second, 12);
  EXPECT_EQ(m.erase(std::string_view("12")), 1u);
  EXPECT_FALSE(m.contains("12"));
}

}  // namespace
}  // namespace steady_test
