// G1: popping all n entries of a map by begin() and erase reads at most 8 tag words a pop on average, also with
// shrinking off. Proved by counting.
//
// The map here searches its tag words with a group that counts: each call of match, empty or occupied is one read, the
// same word read twice is two. (The filter byte of a word is looked at only where the group has just read the
// word, or where the popped entry lies.) The group is put in through a member of the Options type; steady::options has
// none, and then the object code is what it would be without this seam.
#include <gtest/gtest.h>

#include <steady/map.hpp>
#include <steady/set.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>

#include "../support/functors.hpp"
#include "../support/random.hpp"
#include "../support/scale.hpp"

namespace steady_test {
namespace {

struct counting_group {
  inline static std::uint64_t reads = 0;

  static std::uint32_t match(const std::uint8_t* tags, steady::detail::tophash top) noexcept {
    ++reads;
    return steady::detail::group::match(tags, top);
  }
  static std::uint32_t empty(const std::uint8_t* tags) noexcept {
    ++reads;
    return steady::detail::group::empty(tags);
  }
  static std::uint32_t occupied(const std::uint8_t* tags) noexcept {
    ++reads;
    return steady::detail::group::occupied(tags);
  }
};

template <auto... Settings>
struct counted_options : steady::options<Settings...> {
  using group = counting_group;
};
template <class Options, class Hash = steady::hash<std::uint64_t>>
using counted_set =
    steady::set<std::uint64_t, Hash, std::equal_to<std::uint64_t>, std::allocator<std::uint64_t>, Options>;
using shrinking = counted_options<>;
using not_shrinking = counted_options<steady::shrink::never>;

constexpr double most_reads_a_pop = 8;

template <class Set>
double reads_a_pop(Set& set) {
  const auto n = static_cast<double>(set.size());
  const std::uint64_t before = counting_group::reads;
  while (!set.empty()) set.erase(set.begin());
  return static_cast<double>(counting_group::reads - before) / n;
}

template <class Options, class Hash = steady::hash<std::uint64_t>, class Key>
double reads_after_filling(std::size_t n, Key key) {
  counted_set<Options, Hash> set;
  set.seed(n + 1);
  for (std::size_t i = 0; i < n; ++i) set.insert(key(i));
  EXPECT_EQ(set.size(), n);
  return reads_a_pop(set);
}
constexpr auto uniform = [](std::size_t i) { return scramble(i); };
constexpr auto sequential = [](std::size_t i) { return static_cast<std::uint64_t>(i); };

TEST(G1PoppingTest, TheCounterSeesEveryLookup) {
  counted_set<shrinking> set;
  for (std::uint64_t i = 0; i < 1'000; ++i) set.insert(i);
  const std::uint64_t before = counting_group::reads;
  for (std::uint64_t i = 0; i < 1'000; ++i) ASSERT_TRUE(set.contains(i));
  EXPECT_EQ(counting_group::reads - before, 1'000u);
}

TEST(G1PoppingTest, EverySmallSize) {
  for (std::size_t n = 1; n <= 2'000; n += 1 + n / 200) {
    EXPECT_LE(reads_after_filling<shrinking>(n, uniform), most_reads_a_pop) << n;
    EXPECT_LE(reads_after_filling<not_shrinking>(n, uniform), most_reads_a_pop) << n;
  }
}

TEST(G1PoppingTest, UniformKeys) {
  for (const std::size_t n : {std::size_t{60'000}, scaled(10'000'000, 200'000)}) {
    const double with = reads_after_filling<shrinking>(n, uniform);
    const double without = reads_after_filling<not_shrinking>(n, uniform);
    EXPECT_LE(with, most_reads_a_pop) << n;
    EXPECT_LE(without, most_reads_a_pop) << n;
    RecordProperty("shrinking", std::to_string(with));
    RecordProperty("not_shrinking", std::to_string(without));
  }
}

TEST(G1PoppingTest, SequentialKeysWithTheIdentityHash) {
  const std::size_t n = scaled(10'000'000, 200'000);
  EXPECT_LE((reads_after_filling<shrinking, identity_hash>(n, sequential)), most_reads_a_pop);
  EXPECT_LE((reads_after_filling<not_shrinking, identity_hash>(n, sequential)), most_reads_a_pop);
}

// A map that is not popped to its end but filled up again, as a pool of free things is: begin() must not search the
// emptied front, nor may an insert into it hide what comes before.
template <class Options>
void prove_a_pool(std::size_t n) {
  counted_set<Options> set;
  set.seed(7);
  std::uint64_t next = 0;
  while (next < n) set.insert(scramble(next++));
  std::uint64_t pops = 0;
  std::uint64_t reads = 0;
  random_source random(3);
  for (int wave = 0; wave < 20; ++wave) {
    const std::uint64_t before = counting_group::reads;
    const std::size_t down = set.size() - random.below(set.size());
    for (std::size_t i = 0; i < down; ++i) set.erase(set.begin());
    reads += counting_group::reads - before;
    pops += down;
    while (set.size() < n) set.insert(scramble(next++));
  }
  EXPECT_LE(static_cast<double>(reads) / static_cast<double>(pops), most_reads_a_pop) << n;
}
TEST(G1PoppingTest, APoolThatIsFilledAgain) {
  prove_a_pool<shrinking>(scaled(1'000'000, 20'000));
  prove_a_pool<not_shrinking>(scaled(1'000'000, 20'000));
}

// clear_some is popping too.
TEST(G1PoppingTest, ClearSome) {
  const std::size_t n = scaled(10'000'000, 200'000);
  counted_set<not_shrinking> set;
  for (std::size_t i = 0; i < n; ++i) set.insert(scramble(i));
  const std::uint64_t before = counting_group::reads;
  while (set.clear_some(1) != 0) {
  }
  EXPECT_LE(static_cast<double>(counting_group::reads - before), most_reads_a_pop * static_cast<double>(n));
}

}  // namespace
}  // namespace steady_test
