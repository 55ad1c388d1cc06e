// The structure of the classic map against what the real runtime was seen to do (tools/gotrace/facts.log F1-F17) and the
// claims it decides. The traces prove more (tools/conform_command_test.cpp); these say which fact is which.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "support/classic.hpp"
#include "support/random.hpp"
#include "support/scale.hpp"

namespace steady_test {
namespace {

using namespace steady::classic;

// 144 bytes as in Go, whose strings and addresses have other sizes than ours: what the rounding is told.
template <std::size_t Bytes, bool Pointers>
struct told : policy {
  template <class Bucket>
  static std::size_t bucket_bytes() noexcept {
    return Bytes;
  }
  template <class Key, class Value>
  static bool has_pointers() noexcept {
    return Pointers;
  }
};
template <std::size_t Bytes, bool Pointers>
using told_map = open_classic<std::uint64_t, std::uint64_t, steady::hash<std::uint64_t>,
                              std::equal_to<std::uint64_t>, told<Bytes, Pointers>>;

template <class Key, class Value>
constexpr std::size_t bucket_size =
    sizeof(bmap<config<Key, Value, steady::hash<Key>, std::equal_to<Key>,
                       std::allocator<std::pair<const Key, Value>>, policy, void>>);

// M4, M5, M8: eight tags, eight keys, eight values, the link, unpadded; 128 bytes inline, 129 a pointer.
TEST(ClassicLayout, F1BucketsHaveGosSizes) {
  EXPECT_EQ((bucket_size<std::uint64_t, std::uint64_t>), 144u);
  EXPECT_EQ((bucket_size<std::int64_t, std::int8_t>), 88u);
  EXPECT_EQ((bucket_size<std::uint32_t, std::uint32_t>), 80u);
  EXPECT_EQ((bucket_size<std::string_view, std::uint64_t>), 208u);
  EXPECT_EQ((bucket_size<std::string_view, std::string_view>), 272u);
  EXPECT_EQ((bucket_size<std::array<std::uint8_t, 128>, bool>), 1048u);
  EXPECT_EQ((bucket_size<std::array<std::uint8_t, 129>, bool>), 88u);
  EXPECT_EQ((bucket_size<std::uint64_t, std::array<std::uint8_t, 128>>), 1104u);
  EXPECT_EQ((bucket_size<std::uint64_t, std::array<std::uint64_t, 25>>), 144u);
  EXPECT_EQ((bucket_size<double, int>), 8u + 64 + 64 + 8) << "values beside NaN keys lie in nodes";
}

struct lines : policy {
  static constexpr padding bucket_padding = padding::cache_line;
};
struct powers : policy {
  static constexpr padding bucket_padding = padding::power_of_two;
};

TEST(ClassicLayout, M5PaddingIsOffered) {
  open_classic<std::uint64_t, std::uint64_t, steady::hash<std::uint64_t>, std::equal_to<std::uint64_t>, lines>
      a;
  open_classic<std::uint64_t, std::uint64_t, steady::hash<std::uint64_t>, std::equal_to<std::uint64_t>,
               powers>
      b;
  for (std::uint64_t key = 0; key < 1000; ++key) a[key] = b[key] = key;
  EXPECT_EQ(sizeof(*a.header().buckets->at(0)), 192u);
  EXPECT_EQ(sizeof(*b.header().buckets->at(0)), 256u);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(a.header().buckets->at(1)) % 64, 0u);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(b.header().buckets->at(1)) % 256, 0u);
  EXPECT_EQ(a.check(), "");
  EXPECT_EQ(b.check(), "");
  EXPECT_EQ(a.size(), 1000u);
}

TEST(ClassicGrowth, F2DoublesAtGosCounts) {
  const std::map<unsigned, std::size_t> totals = {{4, 18},    {5, 37},    {6, 71},    {7, 142},
                                                  {8, 284},   {9, 568},   {10, 1137}, {11, 2218},
                                                  {12, 4380}, {13, 8704}, {14, 17408}};
  const std::vector<std::uint64_t> growing_at = {9,   14,   27,   53,   105,   209,   417,
                                                 833, 1665, 3329, 6657, 13313, 26625, 53249};
  word_map m;
  std::vector<std::uint64_t> grew;
  for (std::uint64_t key = 1; key <= 53249; ++key) {
    const unsigned before = m.header().B;
    m[key] = key;
    if (m.header().B == before) continue;
    grew.push_back(key);
    const auto total = totals.find(m.header().B);
    EXPECT_EQ(m.header().buckets->total, total == totals.end() ? m.header().buckets->main : total->second);
  }
  EXPECT_EQ(grew, growing_at);
  EXPECT_EQ(m.stats().doublings, growing_at.size());
}

template <std::size_t Bytes, bool Pointers>
std::size_t total_for_hint(std::size_t hint) {
  told_map<Bytes, Pointers> m(hint);
  return m.header().buckets == nullptr ? 0 : m.header().buckets->total;
}

TEST(ClassicGrowth, F3AHintMakesGosArrays) {
  // hint, and the buckets there are for buckets of 144, 208 (with pointers) and 272 bytes (with pointers)
  const std::vector<std::array<std::size_t, 4>> table = {
      {53, 18, 19, 17},         {104, 18, 19, 17},        {105, 37, 39, 34},     {208, 37, 39, 34},
      {416, 71, 68, 70},        {832, 142, 137, 150},     {1664, 284, 275, 301}, {3328, 568, 551, 572},
      {6656, 1137, 1102, 1114}, {13312, 2218, 2205, 2198}};
  for (const auto& [hint, words, texts, pairs] : table) {
    EXPECT_EQ((total_for_hint<144, false>(hint)), words) << hint;
    EXPECT_EQ((total_for_hint<208, true>(hint)), texts) << hint;
    EXPECT_EQ((total_for_hint<272, true>(hint)), pairs) << hint;
  }
  EXPECT_EQ((total_for_hint<144, false>(8)), 0u) << "the first bucket is made by the first write (M11)";
  EXPECT_EQ((total_for_hint<144, false>(9)), 2u);
  EXPECT_EQ((total_for_hint<144, false>(13)), 2u);
  EXPECT_EQ((total_for_hint<144, false>(14)), 4u);
  EXPECT_EQ((total_for_hint<144, false>(52)), 8u) << "no overflow buckets below B = 4";
  EXPECT_EQ((total_for_hint<128, false>(53)), 18u);
  EXPECT_EQ((total_for_hint<128, true>(53)), 17u) << "the header of memory with pointers";
  EXPECT_EQ((total_for_hint<144, false>(std::size_t{1} << 60)), 0u) << "a hint beyond all memory is ignored";
}

TEST(ClassicGrowth, M40AHintAvoidsGrowth) {
  word_map m(10000);
  for (std::uint64_t key = 0; key < 10000; ++key) m[key] = key;
  EXPECT_EQ(m.stats().doublings, 0u);
}

// F4, M47: nothing shrinks, and the seed is drawn anew when the last entry goes.
TEST(ClassicErase, F4NothingShrinksAndTheSeedChangesAtTheEnd) {
  word_map m;
  for (std::uint64_t key = 0; key < 20000; ++key) m[key] = key;
  m.finish_growth();
  const std::size_t bytes = m.stats().bytes();
  const unsigned B = m.header().B;
  const std::uint64_t seed = m.seed();
  for (std::uint64_t key = 0; key < 20000; ++key) {
    EXPECT_EQ(m.seed(), seed);
    m.erase(key);
  }
  EXPECT_NE(m.seed(), seed);
  EXPECT_EQ(m.header().B, B);
  EXPECT_EQ(m.stats().bytes(), bytes);
  EXPECT_EQ(m.check(), "");
  m[1] = 1;
  const std::uint64_t second = m.seed();
  m.clear();
  EXPECT_NE(m.seed(), second);
  EXPECT_EQ(m.header().B, B);
  EXPECT_EQ(m.stats().reseeds, 2u);
}

// C2: clear of an empty map does nothing at all.
TEST(ClassicErase, C2ClearOfAnEmptyMapDoesNothing) {
  word_map m;
  m.clear();
  m[1] = 1;
  m.erase(1);
  const std::uint64_t seed = m.seed();
  m.clear();
  EXPECT_EQ(m.seed(), seed);
}

using chosen_map = open_classic<std::uint64_t, int, identity_hash>;

std::vector<int> tags_of(chosen_map& m, std::size_t number = 0) {
  const auto& tags = m.header().buckets->at(number)->tophash;
  return {std::begin(tags), std::end(tags)};
}
// A key with this tophash in this bucket, told apart by `which`.
constexpr std::uint64_t key_with(std::uint64_t top, std::uint64_t which, std::uint64_t low = 0) {
  return top << 56 | which << 32 | low;
}

// F5, M19-M21: a deleted slot is the next insert's; empty_rest spreads back.
TEST(ClassicErase, F5DeletedSlotsAreReusedAndEmptyRestSpreadsBack) {
  chosen_map m;
  for (std::uint64_t i = 0; i < 8; ++i) m[key_with(100 + i, i)] = 0;
  m.erase(key_with(103, 3));
  EXPECT_EQ(tags_of(m), (std::vector<int>{100, 101, 102, 1, 104, 105, 106, 107}));
  EXPECT_EQ(m.stats().tombstones, 1u);
  m[key_with(200, 9)] = 0;
  EXPECT_EQ(tags_of(m), (std::vector<int>{100, 101, 102, 200, 104, 105, 106, 107}));
  EXPECT_EQ(m.stats().slot_reuses, 1u);
  m.erase(key_with(106, 6));
  EXPECT_EQ(tags_of(m), (std::vector<int>{100, 101, 102, 200, 104, 105, 1, 107}));
  m.erase(key_with(107, 7));
  EXPECT_EQ(tags_of(m), (std::vector<int>{100, 101, 102, 200, 104, 105, 0, 0}));
  EXPECT_EQ(m.stats().tombstones, 0u);
}

// A slot deleted at the end of its chain is empty_rest, like one never used; taking it again is a reuse all the same.
TEST(ClassicSlots, M20EveryReuseIsCounted) {
  chosen_map m;
  const auto reuses_after_insert = [&](std::uint64_t which) {
    m[key_with(100, which)] = 0;
    return m.stats().slot_reuses;
  };
  for (std::uint64_t i = 0; i < 3; ++i) EXPECT_EQ(reuses_after_insert(i), 0u);
  m.erase(key_with(100, 2));
  ASSERT_EQ(tags_of(m)[2], empty_rest);
  EXPECT_EQ(reuses_after_insert(5), 1u);
  EXPECT_EQ(reuses_after_insert(6), 1u) << "the fourth slot was never used";
  m.erase(key_with(100, 5));
  m.erase(key_with(100, 6));
  EXPECT_EQ(reuses_after_insert(7), 2u);
  EXPECT_EQ(reuses_after_insert(8), 3u);
  for (std::uint64_t i = 10; m.header().B == 0; ++i) m[key_with(100, i)] = 0;
  const std::uint64_t before = m.stats().slot_reuses;
  for (std::uint64_t i = 50; i < 53; ++i) EXPECT_EQ(reuses_after_insert(i), before) << "a new array";
  m.clear();
  EXPECT_EQ(reuses_after_insert(1), before) << "a cleared one";
}

// M13: a top byte below 5 is moved up.
TEST(ClassicErase, M13LowTopBytesAreMovedUp) {
  chosen_map m;
  for (std::uint64_t top = 0; top < 7; ++top) m[key_with(top, top)] = static_cast<int>(top);
  EXPECT_EQ(tags_of(m), (std::vector<int>{5, 6, 7, 8, 9, 5, 6, 0}));
  for (std::uint64_t top = 0; top < 7; ++top) EXPECT_EQ(m.at(key_with(top, top)), static_cast<int>(top));
}

// M29, M30, M32: reads and loops move nothing; a write moves two buckets, an erase of an absent key too.
TEST(ClassicGrowth, F6OnlyWritesMoveBuckets) {
  word_map m;
  std::uint64_t key = 0;
  while (!(m.header().growing() && m.header().old_bucket_count() == 1024)) m[++key] = 0;
  ASSERT_EQ(m.header().B, 11u);
  const std::size_t before = m.header().nevacuate;
  for (std::uint64_t probe = 0; probe < 5000; ++probe) (void)m.find(probe);
  for (auto entry : m) (void)entry;
  EXPECT_EQ(m.header().nevacuate, before);
  m.erase(key + 1000);
  EXPECT_EQ(m.header().nevacuate, before + 1);
  std::size_t writes = 0;
  for (; m.header().growing(); ++writes) m[1] = 1;
  EXPECT_LE(writes, 1024u);
  EXPECT_GE(writes, 1015u) << "one old bucket a write, but for those that were moved out of turn";
  EXPECT_EQ(m.check(), "");
}

// M32: an erase starts no growth.
TEST(ClassicGrowth, M32EraseStartsNoGrowth) {
  word_map m;
  for (std::uint64_t key = 0; key < 52; ++key) m[key] = 0;
  m.finish_growth();
  const auto before = m.stats();
  for (std::uint64_t key = 0; key < 52; ++key) m.erase(key);
  EXPECT_EQ(m.stats().doublings, before.doublings);
  EXPECT_EQ(m.stats().same_size_growths, before.same_size_growths);
}

// F16, M43: a sliding window at full load grows to the same size now and then, and B stays.
TEST(ClassicGrowth, F16AWindowAtFullLoadGrowsToTheSameSize) {
  word_map m;
  for (std::uint64_t key = 0; key < 52; ++key) m[key] = 0;
  unsigned peak = 0;
  for (std::uint64_t key = 52; key < 20052; ++key) {
    m.erase(key - 52);
    m[key] = 0;
    peak = std::max<unsigned>(peak, m.header().noverflow);
    ASSERT_EQ(m.header().B, 3u);
    if (key % 97 == 0) {
      ASSERT_EQ(m.check(), "");
    }
  }
  const auto growths = m.stats().same_size_growths;
  EXPECT_GT(growths, 40u) << "the runtime: 73 to 77";
  EXPECT_LT(growths, 120u);
  EXPECT_EQ(peak, 8u);
}

// F17, M72: after mass deletion the overflow buckets stay.
TEST(ClassicGrowth, F17OverflowBucketsStayAfterDeletes) {
  word_map m;
  m.seed(5);
  for (std::uint64_t key = 0; key < 416; ++key) m[key] = 0;
  m.finish_growth();
  const auto full = m.stats();
  for (std::uint64_t key = 8; key < 416; ++key) m.erase(key);
  EXPECT_EQ(m.stats().overflow_buckets, full.overflow_buckets);
  EXPECT_GT(full.overflow_buckets, 0u);
  EXPECT_EQ(m.stats().B, 6u);
  EXPECT_GT(m.stats().slots_per_entry(), 60.0);
}

// F14, M71: from B = 16 on, overflow buckets are counted by chance. The coin is given.
TEST(ClassicGrowth, F14TheOverflowCountIsApproximateFromB16On) {
  struct coin {
    std::uint64_t asked = 0;
    static std::uint64_t draw(void* self, steady::classic::draw purpose) {
      return purpose == steady::classic::draw::overflow_count ? ++static_cast<coin*>(self)->asked : 77;
    }
  } tosses;
  word_map m;
  m.use_randomness({&coin::draw, &tosses});
  for (std::uint64_t key = 0; m.header().B < 16; ++key) m[key] = 0;
  m.finish_growth();
  EXPECT_EQ(tosses.asked, m.stats().overflow_buckets);
  EXPECT_EQ(m.header().noverflow, tosses.asked / 2) << "one in two at B = 16";
  EXPECT_EQ(m.check(), "");
}

// M13-M16 of the header comment: overflow and probes at a full load of 6.5.
TEST(ClassicGrowth, M15TheLoadTableOfTheHeaderComment) {
  word_map m;
  m.seed(9);
  for (std::uint64_t key = 0; key < 13u << 13; ++key) m[key] = 0;  // just before the doubling to B = 15
  m.finish_growth();
  const auto stats = m.stats();
  ASSERT_EQ(stats.B, 14u);
  EXPECT_NEAR(static_cast<double>(stats.overflow_buckets) / static_cast<double>(stats.main_buckets), 0.209,
              0.01);
  EXPECT_NEAR(steady::classic::map_stats::mean(stats.hit_probes), 4.25, 0.1);
  EXPECT_NEAR(stats.load(), 6.5, 0.01);
}

// M28: while a growth goes on no other one starts, so the load may pass the limit, here 52, for a while.
TEST(ClassicGrowth, M28TheLoadMayPassTheLimitWhileTheMapGrows) {
  chosen_map m(52);
  ASSERT_EQ(m.header().B, 3u);
  for (std::uint64_t i = 0; i < 48; ++i) m[key_with(50 + i, i, 0)] = 0;  // five overflow buckets
  for (std::uint64_t i = 0; i < 22; ++i) m.erase(key_with(50 + i, i, 0));
  for (std::uint64_t i = 0; i < 25; ++i) m[key_with(50 + i, i, 1)] = 0;  // three more: as many as main ones
  ASSERT_EQ(m.size(), 51u);
  ASSERT_EQ(m.header().noverflow, 8);
  m[key_with(50, 0, 2)] = 0;
  ASSERT_TRUE(m.header().same_size());
  m[key_with(51, 1, 2)] = 0;
  EXPECT_TRUE(m.header().growing());
  EXPECT_EQ(m.header().B, 3u);
  EXPECT_EQ(m.stats().peak_overload, 1u);
  EXPECT_EQ(m.check(), "");
}

// I9: +0 and -0 are one key, and the key is the one written last; try_emplace writes none.
TEST(ClassicKeys, I9AnOverwriteShowsTheNewZero) {
  steady::classic_map<double, int> m;
  m[0.0] = 1;
  m[-0.0] = 2;
  EXPECT_EQ(m.size(), 1u);
  EXPECT_TRUE(std::signbit(m.find(0.0)->first));
  EXPECT_EQ(m.at(0.0), 2);
  m.try_emplace(0.0, 3);
  EXPECT_TRUE(std::signbit(m.find(0.0)->first));
  m.insert_or_assign(0.0, 4);
  EXPECT_FALSE(std::signbit(m.find(0.0)->first));
  EXPECT_EQ(m.at(-0.0), 4);
  std::string a = "one text";
  std::string b = "one text";
  steady::classic_map<std::string_view, int> views;
  views[a] = 1;
  views[b] = 2;
  EXPECT_EQ(views.begin()->first.data(), b.data());
}

// F10, I10.
TEST(ClassicKeys, F10NanKeysCountAndAreNeverFound) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  open_classic<double, int> m;
  for (int i = 0; i < 20; ++i) m[nan] = i;
  EXPECT_EQ(m.size(), 20u);
  EXPECT_FALSE(m.contains(nan));
  EXPECT_EQ(m.erase(nan), 0u);
  EXPECT_EQ(m.size(), 20u);
  int seen = 0;
  for (auto entry : m) seen += 1 << entry.second;
  EXPECT_EQ(seen, (1 << 20) - 1);
  EXPECT_EQ(m.check(), "");
  m.clear();
  EXPECT_EQ(m.size(), 0u);
}

// M8: both sides over 128 bytes lie in nodes, which is what Go's TestBigItems is about.
TEST(ClassicKeys, M8LargeKeysAndValuesAreIndirect) {
  using large = std::array<std::uint64_t, 40>;
  struct large_hash {
    std::uint64_t operator()(const large& key, std::uint64_t seed) const {
      return steady::hash<std::uint64_t>{}(key[0], seed);
    }
  };
  open_classic<large, large, large_hash> m;
  for (std::uint64_t i = 0; i < 300; ++i) m[large{i}] = large{i * 2};
  for (std::uint64_t i = 0; i < 300; i += 3) m.erase(large{i});
  for (std::uint64_t i = 0; i < 300; ++i) EXPECT_EQ(m.contains(large{i}), i % 3 != 0);
  EXPECT_EQ(m.at(large{1})[0], 2u);
  EXPECT_GT(m.stats().indirect_bytes, 200 * 2 * sizeof(large));
  EXPECT_EQ(m.check(), "");
}

// M79, F11: the probes do not change the structure. Two maps, the same operations and hashes, one of them made to take
// the generic probe.
template <class Key, class Make>
void expect_same_structure(Make make) {
  open_classic<Key, int> special;
  open_classic<Key, int, steady::hash<Key>, unknown_equal> generic;
  special.seed(42);
  generic.seed(42);
  struct fixed {
    static std::uint64_t draw(void*, steady::classic::draw) { return 42; }
  };
  special.use_randomness({&fixed::draw, nullptr});
  generic.use_randomness({&fixed::draw, nullptr});
  std::uint64_t state = 1;
  for (int step = 0; step < 20000; ++step) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    const Key key = make(state >> 33 & 511);
    if (state >> 60 < 9) {
      special[key] = step;
      generic[key] = step;
    } else {
      EXPECT_EQ(special.erase(key), generic.erase(key));
    }
    if (step % 500 != 0) continue;
    const auto a = special.inspect();
    const auto b = generic.inspect();
    ASSERT_EQ(a.B, b.B);
    ASSERT_EQ(a.noverflow, b.noverflow);
    ASSERT_EQ(a.nevacuate, b.nevacuate);
    ASSERT_EQ(a.buckets.size(), b.buckets.size());
    for (std::size_t number = 0; number < a.buckets.size(); ++number) {
      ASSERT_EQ(a.buckets[number].buckets.size(), b.buckets[number].buckets.size());
      for (std::size_t link = 0; link < a.buckets[number].buckets.size(); ++link) {
        const auto& x = a.buckets[number].buckets[link];
        const auto& y = b.buckets[number].buckets[link];
        ASSERT_EQ(x.tophash, y.tophash);
        for (std::size_t slot = 0; slot < 8; ++slot)
          if (x.keys[slot] != nullptr) {
            ASSERT_EQ(*x.keys[slot], *y.keys[slot]);
          }
      }
    }
  }
}
TEST(ClassicProbes, M79TheProbesDoNotChangeTheStructure) {
  expect_same_structure<std::uint32_t>([](std::uint64_t n) { return static_cast<std::uint32_t>(n); });
  expect_same_structure<std::uint64_t>([](std::uint64_t n) { return n << 40; });
  expect_same_structure<std::string>(
      [](std::uint64_t n) { return std::string(n % 50, 'x') + std::to_string(n); });
}

// check() finds what is broken on purpose.
TEST(ClassicCheck, FindsABrokenInvariant) {
  chosen_map m;
  for (std::uint64_t i = 0; i < 8; ++i) m[key_with(100 + i, i)] = 0;
  auto& tags = m.header().buckets->at(0)->tophash;
  EXPECT_EQ(m.check(), "");
  tags[3] = 99;
  EXPECT_EQ(m.check(), "a tophash is not that of the key's hash");
  tags[3] = empty_rest;
  EXPECT_EQ(m.check(), "an entry after empty_rest");
  tags[3] = empty_one;
  EXPECT_EQ(m.check(), "count is not the number of entries");
  tags[3] = 103;
  tags[7] = empty_one;
  EXPECT_EQ(m.check(), "empty_one before empty_rest, which must spread back");
  tags[7] = 107;
  m.header().noverflow = 1;
  EXPECT_EQ(m.check(), "noverflow is not the number of overflow buckets");
  m.header().noverflow = 0;
  EXPECT_EQ(m.check(), "");
}

// inspect() shows the growth as it goes.
TEST(ClassicInspect, ShowsBothArraysAndTheStates) {
  chosen_map m;
  for (std::uint64_t i = 0; i < 9; ++i) m[key_with(100 + i, i, i)] = static_cast<int>(i);
  auto seen = m.inspect();
  EXPECT_EQ(seen.count, 9u);
  EXPECT_EQ(seen.B, 1u);
  EXPECT_FALSE(seen.growing) << "one old bucket, evacuated by the write that began the growth";
  for (std::uint64_t i = 9; i < 14; ++i) m[key_with(100 + i, i, i)] = static_cast<int>(i);
  seen = m.inspect();
  ASSERT_EQ(seen.B, 2u);
  EXPECT_EQ(seen.total_buckets, 4u);
  EXPECT_EQ(seen.next_overflow, -1);
  std::size_t entries = 0;
  for (const auto& chain : seen.buckets)
    for (const auto& bucket : chain.buckets)
      for (std::size_t slot = 0; slot < 8; ++slot) {
        entries += bucket.keys[slot] != nullptr;
        EXPECT_EQ(bucket.keys[slot] != nullptr, bucket.state(slot) == slot_state::filled);
      }
  for (const auto& chain : seen.oldbuckets)
    for (const auto& bucket : chain.buckets)
      for (const auto* key : bucket.keys) entries += key != nullptr;
  EXPECT_EQ(entries, 14u);
  EXPECT_EQ(name_of(slot_state::moved_x), "evacuated_x");
  EXPECT_EQ(name_of(state_of(77)), "filled");
}

// inspect() shows each live loop: where it started, where it stands, and in which array.
TEST(ClassicInspect, ShowsWhereEachLiveLoopStands) {
  chosen_map m;
  for (std::uint64_t i = 0; i < 27; ++i) m[key_with(100, i, i)] = static_cast<int>(i);
  m.finish_growth();
  ASSERT_EQ(m.header().B, 3u);
  EXPECT_TRUE(m.inspect().loops.empty());

  auto first = m.begin_at(5u << 3 | 6);  // bucket 6, offset 5
  auto second = m.begin_at(1);
  auto loops = m.inspect().loops;
  ASSERT_EQ(loops.size(), 2u);
  EXPECT_EQ(loops[0].start_bucket, 6u) << "the oldest first";
  EXPECT_EQ(loops[0].offset, 5u);
  EXPECT_EQ(loops[0].B, 3u);
  EXPECT_EQ(loops[0].bucket, 6u);
  EXPECT_EQ(loops[0].next_bucket, 7u);
  EXPECT_FALSE(loops[0].wrapped);
  EXPECT_EQ(loops[0].standing, loop_array::main);
  EXPECT_EQ(loops[1].start_bucket, 1u);
  EXPECT_EQ(loops[1].slot, 0u);

  // Three entries in bucket 6, four in bucket 0: then the first loop has wrapped.
  for (int step = 0; step < 7; ++step) ++first;
  loops = m.inspect().loops;
  EXPECT_EQ(loops[0].bucket, 0u);
  EXPECT_TRUE(loops[0].wrapped);

  // A growth: the loops stand in the old array; when it is over, in one that the map has given up.
  for (std::uint64_t i = 27; !m.header().growing(); ++i) m[key_with(100, i, i)] = static_cast<int>(i);
  EXPECT_EQ(m.inspect().loops[0].standing, loop_array::old);
  EXPECT_EQ(m.inspect().loops[0].B, 3u) << "as at its start";
  m.finish_growth();
  EXPECT_EQ(m.inspect().loops[0].standing, loop_array::former);

  // Copies are loops too; moved ones are the same loop; ended ones are gone.
  auto copy = first;
  EXPECT_EQ(m.inspect().loops.size(), 3u);
  const auto moved = std::move(copy);
  loops = m.inspect().loops;
  ASSERT_EQ(loops.size(), 3u);
  for (std::uint64_t number = 1; number <= 3; ++number) EXPECT_EQ(loops[number - 1].number, number);
  while (second != m.end()) ++second;
  EXPECT_EQ(m.inspect().loops.size(), 2u);
  m.clear();
  ASSERT_EQ(m.inspect().loops.size(), 2u);
  EXPECT_TRUE(m.inspect().loops[0].over);
  ++first;
  EXPECT_EQ(m.inspect().loops.size(), 1u);
}

TEST(ClassicInspect, ALoopInAnUnevacuatedOldBucketAndInAnOverflowBucketIsShownThere) {
  chosen_map m;
  for (std::uint64_t i = 0; !m.header().growing() || m.header().B < 4; ++i)
    m[key_with(100, i, i % 11)] = static_cast<int>(i);
  std::uint64_t start = 0;
  const auto seen = m.inspect();
  while (seen.oldbuckets[start].evacuated || seen.oldbuckets[start].buckets[0].keys[0] == nullptr) ++start;
  auto loop = m.begin_at(start);
  std::size_t deepest = 0;
  for (; loop != m.end(); ++loop) {
    const auto at = m.inspect().loops.at(0);
    const auto& chains = at.in_old_array ? seen.oldbuckets : seen.buckets;
    const auto& chain = chains[at.bucket & (chains.size() - 1)];
    ASSERT_LT(at.chain_bucket, chain.buckets.size());
    EXPECT_EQ(chain.buckets[at.chain_bucket].keys[at.slot], std::addressof(loop->first));
    EXPECT_EQ(at.standing, at.in_old_array ? loop_array::old : loop_array::main);
    deepest = std::max(deepest, at.chain_bucket);
  }
  EXPECT_GE(deepest, 1u);
}

}  // namespace
}  // namespace steady_test
