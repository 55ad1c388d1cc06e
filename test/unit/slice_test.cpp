// steady::slice: what Go's specification and package slices say of slices, and the two appends. The capacities are what Go 1.23
// printed (tools are three lines of Go: append until len is reached, print cap when it changes).
#include <steady/chan.hpp>
#include <steady/slice.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <iterator>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "../support/scale.hpp"

namespace steady_test {
namespace {

using steady::make_slice;
using steady::slice;
using ints = slice<int>;

static_assert(std::ranges::contiguous_range<ints> && std::ranges::sized_range<const ints>);
static_assert(std::is_nothrow_copy_constructible_v<ints> && std::is_nothrow_move_assignable_v<ints>);

template <class Call>
std::string message_of(Call call) {
  try {
    call();
  } catch (const steady::bounds_error& error) {
    return error.what();
  }
  return "no error";
}

template <std::size_t Size>
std::vector<std::size_t> capacities(std::size_t length) {
  struct element {
    char bytes[Size];
  };
  steady::rounded_slice<element> s;
  std::vector<std::size_t> all;
  while (s.size() < length) {
    s.append(element{});
    if (all.empty() || all.back() != s.capacity()) all.push_back(s.capacity());
  }
  return all;
}

// A range that is not contiguous, over the slice that it is appended to. (clang 14 cannot use libstdc++'s views.)
struct backwards {
  const slice<std::string>& of;
  auto begin() const { return std::make_reverse_iterator(of.end()); }
  auto end() const { return std::make_reverse_iterator(of.begin()); }
};

struct read_once {
  std::istream& from;
  auto begin() const { return std::istream_iterator<int>(from); }
  auto end() const { return std::istream_iterator<int>(); }
};

using table = std::vector<std::size_t>;

TEST(SliceGrowth, OneByOneAsGo) {
  EXPECT_EQ(capacities<1>(22000), (table{8, 16, 32, 64, 128, 256, 512, 896, 1408, 2048, 3072, 4096, 5376,
                                         6912, 9472, 12288, 16384, 21760, 28672}));
  EXPECT_EQ(capacities<4>(25000), (table{2,    4,    8,    16,   32,   64,    128,   256,   512,   864,  1344,
                                         2048, 3072, 4096, 5440, 7168, 10240, 14336, 18432, 24576, 32768}));
  EXPECT_EQ(capacities<8>(22000),
            (table{1,    2,    4,    8,    16,   32,   64,   128,   256,   512,   848,
                   1280, 1792, 2560, 3408, 5120, 7168, 9216, 12288, 16384, 21504, 27648}));
  EXPECT_EQ(capacities<24>(12000), (table{1,   2,    4,    8,    16,   32,   64,   128,  256,   512,
                                          853, 1365, 2048, 3072, 4096, 5461, 7168, 9216, 11946, 15360}));
  EXPECT_EQ(capacities<40>(2300), (table{1, 2, 4, 8, 16, 32, 67, 134, 272, 544, 1024, 1638, 2252, 3072}));
}

TEST(SliceGrowth, ManyAtOnceAsGo) {
  constexpr std::array<std::size_t, 7> added = {1, 5, 6, 7, 100, 1000, 10000};
  const std::vector<std::pair<std::size_t, table>> facts = {
      {0, {1, 6, 6, 8, 112, 1024, 10240}},
      {1, {2, 6, 8, 8, 112, 1024, 10240}},
      {4, {8, 10, 10, 12, 112, 1024, 10240}},
      {5, {10, 10, 12, 12, 112, 1024, 10240}},
      {100, {224, 224, 224, 224, 224, 1184, 10240}},
      {255, {512, 512, 512, 512, 512, 1280, 11264}},
      {256, {512, 512, 512, 512, 512, 1280, 11264}},
      {300, {608, 608, 608, 608, 608, 1360, 11264}},
      {512, {848, 848, 848, 848, 848, 1536, 11264}},
      {1000, {1536, 1536, 1536, 1536, 1536, 2720, 11264}},
      {5000, {7168, 7168, 7168, 7168, 7168, 7168, 15360}},
  };
  for (const auto& [length, expected] : facts) {
    for (std::size_t n = 0; n < added.size(); ++n) {
      auto s = steady::rounded_slice<std::int64_t>::make(length, length);
      s.append_range(std::vector<std::int64_t>(added[n]));
      EXPECT_EQ(s.capacity(), expected[n]) << length << " and " << added[n];
    }
  }
}

TEST(SliceGrowth, TheFormulaWithoutRounding) {
  using steady::detail::slices::next_capacity;
  EXPECT_EQ(next_capacity(1, 0), 1u);
  EXPECT_EQ(next_capacity(9, 4), 9u);  // more than double: exactly that
  EXPECT_EQ(next_capacity(8, 4), 8u);
  EXPECT_EQ(next_capacity(256, 255), 510u);
  EXPECT_EQ(next_capacity(257, 256), 512u);
  EXPECT_EQ(next_capacity(258, 257), 513u);
  EXPECT_EQ(next_capacity(513, 512), 832u);
  EXPECT_EQ(next_capacity(1025, 1024), 1472u);
  EXPECT_EQ(next_capacity(1500, 1000), 1994u);  // two steps: 1442 is not enough
}

TEST(Slice, NilAndEmpty) {
  const ints nil;
  EXPECT_TRUE(nil == nullptr);
  EXPECT_EQ(nil.data(), nullptr);
  EXPECT_TRUE(nil(0, 0) == nullptr);
  EXPECT_TRUE(append_range(nil, ints()) == nullptr);
  EXPECT_TRUE(nil.clone() == nullptr);
  const ints empty(std::initializer_list<int>{});
  EXPECT_FALSE(empty == nullptr);
  EXPECT_FALSE(empty(0, 0) == nullptr);
  EXPECT_FALSE(empty.clone() == nullptr);
  EXPECT_FALSE(make_slice<int>(0) == nullptr);
  EXPECT_FALSE((ints{1, 2}(1, 1)) == nullptr);
  EXPECT_EQ(nil, empty);
  ints moved{1};
  const ints taken = std::move(moved);
  EXPECT_TRUE(moved == nullptr);  // NOLINT(bugprone-use-after-move): that is what is promised
  EXPECT_EQ(append(nil, 1), taken);
}

TEST(Slice, PartsShareAndKeepTheirCapacity) {
  ints s{0, 1, 2, 3, 4};
  const ints two = s(1, 3);
  EXPECT_EQ(two, (ints{1, 2}));
  EXPECT_EQ(two.capacity(), 4u);
  EXPECT_EQ(two.data(), s.data() + 1);
  EXPECT_EQ(s(1, 3, 4).capacity(), 3u);
  EXPECT_EQ(s.clip().capacity(), 5u);
  EXPECT_EQ(two(0, 4), (ints{1, 2, 3, 4}));  // up to the capacity
  two[0] = 9;
  EXPECT_EQ(s[1], 9);
  s = std::move(s)(3, 5);
  EXPECT_EQ(s, (ints{3, 4}));
  s = nullptr;
  EXPECT_EQ(two, (ints{9, 2}));  // keeps the elements alive
}

TEST(Slice, BoundsErrorsNameTheIndices) {
  const ints s = make_slice<int>(3, 5);
  EXPECT_EQ(message_of([&] { (void)s(0, 6); }), "slice bounds out of range [:6] with capacity 5");
  EXPECT_EQ(message_of([&] { (void)s(3, 2); }), "slice bounds out of range [3:2]");
  EXPECT_EQ(message_of([&] { (void)s(0, 2, 6); }), "slice bounds out of range [::6] with capacity 5");
  EXPECT_EQ(message_of([&] { (void)s(0, 4, 3); }), "slice bounds out of range [:4:3]");
  EXPECT_EQ(message_of([&] { (void)s(2, 1, 3); }), "slice bounds out of range [2:1:]");
  EXPECT_EQ(message_of([&] { (void)s(0, static_cast<std::size_t>(-1)); }),
            "slice bounds out of range [:-1] with capacity 5");
  EXPECT_EQ(message_of([&] { (void)s.at(3); }), "index out of range [3] with length 3");
  EXPECT_EQ(message_of([&] { (void)s.to_array<4>(); }),
            "cannot convert slice with length 3 to array with length 4");
  EXPECT_EQ(message_of([&] { ints(s).erase(2, 4); }), "slice bounds out of range [:4] with length 3");
  EXPECT_THROW((void)make_slice<int>(4, 3), std::length_error);
  EXPECT_THROW((void)make_slice<int>(std::size_t{1} << 62), std::length_error);
}

TEST(Slice, TheSafeAppendLeavesOthersAsTheyAre) {
  const ints s{1, 2, 3, 4, 5};
  ints head = s(1, 3);
  head.append(99);
  EXPECT_EQ(s, (ints{1, 2, 3, 4, 5}));
  EXPECT_EQ(head, (ints{2, 3, 99}));
  // Two who end where the constructed elements end: the first gets the place.
  const ints room = make_slice<int>(2, 8);
  const ints first = append(room, 1);
  const ints second = append(room, 2);
  EXPECT_EQ(first.data(), room.data());
  EXPECT_NE(second.data(), room.data());
  EXPECT_EQ(first, (ints{0, 0, 1}));
  EXPECT_EQ(second, (ints{0, 0, 2}));
  // Whoever is alone may use its buffer again.
  ints buffer{1, 2, 3};
  const int* const place = buffer.data();
  buffer = std::move(buffer)(0, 0);
  buffer.append(7, 8);
  EXPECT_EQ(buffer.data(), place);
  EXPECT_EQ(buffer(0, 3), (ints{7, 8, 3}));
}

TEST(Slice, TheAliasingAppendIsGos) {
  const ints x{1, 2, 3, 4, 5};
  const ints y = x(1, 3);
  EXPECT_EQ(append_aliasing(y, 99), (ints{2, 3, 99}));
  EXPECT_EQ(x, (ints{1, 2, 3, 99, 5}));
  const ints z = append_aliasing(x(1, 3, 3), 77);
  EXPECT_EQ(x, (ints{1, 2, 3, 99, 5}));
  EXPECT_EQ(z, (ints{2, 3, 77}));
  EXPECT_EQ(y(0, y.capacity()), (ints{2, 3, 99, 5}));
}

TEST(Slice, ItselfAndOverlapping) {
  ints s{1, 2, 3};
  s.append(s[0]);
  s.append_range(s);
  EXPECT_EQ(s, (ints{1, 2, 3, 1, 1, 2, 3, 1}));
  s.append_range(s(1, 3));
  EXPECT_EQ(s(8, 10), (ints{2, 3}));
  // Go: append(s[:1], s...) has memmove's meaning.
  const ints t{1, 2, 3, 4};
  EXPECT_EQ(append_range_aliasing(t(0, 1), t(0, 3)), (ints{1, 1, 2, 3}));
  EXPECT_EQ(t, (ints{1, 1, 2, 3}));
  slice<std::string> words{"a", "b", "c", "d"};
  EXPECT_EQ(append_range_aliasing(words(0, 1), words(0, 3)), (slice<std::string>{"a", "a", "b", "c"}));
  words.append_range(backwards{words});
  EXPECT_EQ(words.size(), 8u);
  EXPECT_EQ(words[4], "c");
}

TEST(Slice, CopyAndClear) {
  const ints s{1, 2, 3, 4, 5};
  EXPECT_EQ(copy(s, s(1, 5)), 4u);
  EXPECT_EQ(s, (ints{2, 3, 4, 5, 5}));
  EXPECT_EQ(copy(s(1, 5), s), 4u);
  EXPECT_EQ(s, (ints{2, 2, 3, 4, 5}));
  EXPECT_EQ(copy(s(3, 5), std::array<int, 3>{7, 8, 9}), 2u);
  EXPECT_EQ(s, (ints{2, 2, 3, 7, 8}));
  clear(s(0, 2));
  EXPECT_EQ(s, (ints{0, 0, 3, 7, 8}));
}

TEST(Slice, ElementsUpToTheCapacityAreZeroOrWhatTheyWere) {
  slice<std::string> s = make_slice<std::string>(1, 3);
  EXPECT_EQ(s(0, 3), (slice<std::string>{"", "", ""}));
  s(0, 3)[2] = "kept";
  EXPECT_EQ(s(2, 3)[0], "kept");
  struct no_default {
    explicit no_default(int) {}
  };
  slice<no_default> fixed;
  fixed.append(no_default(1));
  fixed.grow(3);
  EXPECT_THROW((void)fixed(0, 3), steady::bounds_error);
}

TEST(Slice, InsertEraseCompact) {
  ints s{1, 2, 3};
  const ints before = s;
  s.insert(1, 8, 9);
  EXPECT_EQ(s, (ints{1, 8, 9, 2, 3}));
  EXPECT_EQ(before, (ints{1, 2, 3}));
  s.insert_range(5, s(0, 2));
  s.insert(0, s[6]);
  EXPECT_EQ(s, (ints{8, 1, 8, 9, 2, 3, 1, 8}));
  const ints shared = s(0, 4);
  s.erase(1, 3);
  EXPECT_EQ(s, (ints{8, 9, 2, 3, 1, 8}));
  EXPECT_EQ(shared, (ints{8, 1, 8, 9}));
  const int* const place = s.data();
  s.erase(0, 1);
  EXPECT_EQ(s.data(), place);
  EXPECT_EQ(s(0, 6)[5], 0);  // cleared, as slices.Delete does
  s.insert(1, 9, 9);
  const ints seen = s;
  s.compact();
  EXPECT_EQ(s, (ints{9, 2, 3, 1, 8}));
  EXPECT_EQ(seen.size(), 7u);
  s.erase(0, s.size());
  EXPECT_TRUE(s.empty());
}

TEST(Slice, GrowClipCloneChunk) {
  ints s{1, 2, 3, 4, 5};
  s.grow(10);
  EXPECT_EQ(s.capacity(), 15u);
  const int* const place = s.data();
  for (int n = 0; n < 10; ++n) s.append(n);
  EXPECT_EQ(s.data(), place);
  EXPECT_EQ(s(0, 2).clone().capacity(), 2u);
  std::vector<std::size_t> sizes;
  for (const ints& part : s.chunk(4)) {
    sizes.push_back(part.size());
    EXPECT_EQ(part.capacity(), part.size());
  }
  EXPECT_EQ(sizes, (std::vector<std::size_t>{4, 4, 4, 3}));
  EXPECT_THROW((void)s.chunk(0), steady::bounds_error);
}

TEST(Slice, IsAContiguousRangeAndConverts) {
  ints s(std::vector<int>{3, 1, 2, 2});
  std::ranges::sort(s);
  EXPECT_EQ(std::ranges::find(s, 3) - s.begin(), 3);
#if !defined(__clang__) || __clang_major__ > 14  // whose libstdc++ has no subrange
  const auto rest = std::ranges::unique(s);
  EXPECT_EQ(rest.begin() - s.begin(), 3);
#endif
  const std::span<const int> borrowed = s;
  EXPECT_EQ(borrowed.data(), s.data());
  EXPECT_EQ(ints(borrowed), s);
  EXPECT_EQ(s.to_vector().size(), 4u);
  EXPECT_EQ((s.to_array<2>()), (std::array<int, 2>{1, 2}));
  slice<char> text(std::string_view("some text"));
  text.append_range(std::string_view(" more"));
  EXPECT_EQ(std::string_view(text), "some text more");
  std::istringstream numbers("4 5 6");
  s.append_range(read_once{numbers});
  EXPECT_EQ(s(4, 7), (ints{4, 5, 6}));
}

TEST(Slice, ThreadsAppendToOneBlock) {
  const ints shared = make_slice<int>(1, 64);
  std::array<ints, 4> results;
  {
    std::array<std::thread, 4> threads;
    for (std::size_t t = 0; t < threads.size(); ++t) {
      threads[t] = std::thread([&, t] {
        ints mine = shared;
        for (int n = 0; n < 40; ++n) mine.append(static_cast<int>(t));
        results[t] = mine;
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  for (std::size_t t = 0; t < results.size(); ++t) {
    ASSERT_EQ(results[t].size(), 41u);
    for (const int value : results[t](1, 41)) ASSERT_EQ(value, static_cast<int>(t));
  }
}

// Threads that copy one const slice whose tail is held: the mark is written once, and no copy's append is undone by another's.
TEST(Slice, ThreadsCopyASliceThatHoldsItsTail) {
  // Two threads that meet before each round, so that their copies really coincide.
  std::array<ints, 2> sources;
  std::array<std::array<ints, 2>, 2> results;
  std::atomic<int> arrived{0};
  const int rounds = static_cast<int>(scaled(200'000, 500));
  const auto meet = [&](int times) {
    arrived.fetch_add(1);
    while (arrived.load() < 2 * times) std::this_thread::yield();
  };
  const auto prepare = [&](std::size_t which) {
    sources[which] = ints{1};
    sources[which].grow(8);
    sources[which].append(2);
  };
  const auto copy_and_append = [&](int round, std::size_t thread) {
    const ints& source = sources[static_cast<std::size_t>(round % 2)];
    results[static_cast<std::size_t>(round % 2)][thread] = append(source, static_cast<int>(thread));
  };
  prepare(0);
  std::thread other([&] {
    for (int round = 0; round < rounds; ++round) {
      meet(round + 1);
      copy_and_append(round, 1);
    }
    meet(rounds + 1);
  });
  int wrong = 0;
  for (int round = 0; round < rounds; ++round) {
    meet(round + 1);
    copy_and_append(round, 0);
    // The other thread is at most in this round: what the one before left may be looked at, and made anew.
    if (round != 0) {
      const auto& last = results[static_cast<std::size_t>((round - 1) % 2)];
      if (last[0] != ints{1, 2, 0} || last[1] != ints{1, 2, 1}) ++wrong;
    }
    prepare(static_cast<std::size_t>((round + 1) % 2));
  }
  meet(rounds + 1);
  other.join();
  EXPECT_EQ(wrong, 0);
}

TEST(Slice, GoesThroughChannels) {
  steady::chan<ints> parts{2};
  std::thread producer([&] {
    ints all;
    for (int n = 0; n < 1000; ++n) all.append(n);
    for (const ints& part : all.chunk(100)) parts.send(part);
    parts.close();
  });
  int sum = 0;
  for (ints part : parts) {
    part.append(0);
    for (const int n : part) sum += n;
  }
  producer.join();
  EXPECT_EQ(sum, 499500);
}

}  // namespace
}  // namespace steady_test
