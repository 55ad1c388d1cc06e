// Who keeps an array alive, and when it dies: exactly when the last loop or the growth lets go of it. Every block is
// counted; AddressSanitizer sees what is used afterwards.
#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <steady/classic_map.hpp>

#include "support/classic.hpp"
#include "support/counting_allocator.hpp"

namespace steady_test {
namespace {

template <class Key, class Value, class Hash = steady::hash<Key>>
using counted_map = steady::classic_map<Key, Value, Hash, std::equal_to<Key>,
                                        counting_allocator<std::pair<const Key, Value>>>;

// Keys that are their own hashes, one after the other, fill the buckets evenly: no bucket overflows, so that the blocks of
// these maps are the header and the arrays alone.
class ClassicOwnership : public ::testing::Test {
 protected:
  allocation_log log;
  using map = counted_map<std::uint64_t, std::uint64_t, identity_hash>;
  std::optional<map> m;

  ClassicOwnership() {
    m.emplace(counting_allocator<std::pair<const std::uint64_t, std::uint64_t>>(log));
    log.check_sizes = true;
  }
  ~ClassicOwnership() override {
    m.reset();
    EXPECT_EQ(log.live_blocks, 0u);
    EXPECT_EQ(log.live_bytes, 0u);
    EXPECT_EQ(log.mismatched, 0u);
  }
  void fill(std::uint64_t from, std::uint64_t to) {
    for (std::uint64_t key = from; key < to; ++key) (*m)[key] = key;
  }
  [[nodiscard]] std::size_t arrays() const { return log.live_blocks - 1; }
};

TEST_F(ClassicOwnership, AnEmptyMapOwnsNothing) {
  EXPECT_EQ(log.live_blocks, 0u);
  EXPECT_EQ(m->find(1), m->end());
  EXPECT_EQ(m->erase(1), 0u);
  m->clear();
  for (auto entry : *m) (void)entry;
  EXPECT_EQ(log.allocations, 0u);
}

TEST_F(ClassicOwnership, TheOldArrayDiesWithTheStepThatEndsTheGrowth) {
  fill(0, 27);
  std::uint64_t key = 0;
  ASSERT_EQ(arrays(), 2u) << "both arrays while the map grows";
  while (m->inspect().growing) {
    ASSERT_EQ(arrays(), 2u);
    (*m)[key] = ++key;
  }
  EXPECT_EQ(arrays(), 1u);
}

TEST_F(ClassicOwnership, ALoopKeepsTheArrayItWalksAndLetsGoAtItsEnd) {
  fill(0, 13);
  auto loop = m->begin();
  fill(13, 53);
  m->finish_growth();
  EXPECT_EQ(arrays(), 2u) << "the main one and that of the loop; those between are gone";
  auto copy = loop;
  while (loop != m->end()) ++loop;
  EXPECT_EQ(arrays(), 2u) << "the copy holds it too";
  copy = m->end();
  EXPECT_EQ(arrays(), 1u);
}

TEST_F(ClassicOwnership, ALoopThatIsDroppedLetsGo) {
  fill(0, 13);
  {
    auto loop = m->begin();
    fill(13, 53);
    m->finish_growth();
    EXPECT_EQ(arrays(), 2u);
  }
  EXPECT_EQ(arrays(), 1u);
}

TEST_F(ClassicOwnership, ALoopThatStartedMidGrowthKeepsTheOldArrayItStandsIn) {
  fill(0, 105);
  ASSERT_TRUE(m->inspect().growing);
  // From a bucket that is not evacuated yet.
  std::size_t start = 0;
  const auto seen = m->inspect();
  while (seen.oldbuckets[start].evacuated || seen.oldbuckets[start].buckets[0].keys[0] == nullptr) ++start;
  auto loop = m->begin_at(start);
  if (!loop.position().in_old_array) ++loop;
  while (m->inspect().growing) m->erase(1000);
  EXPECT_EQ(arrays(), 2u) << "the growth is over, but a loop stands in the old array";
  while (loop != m->end() && loop.position().in_old_array) ++loop;
  EXPECT_EQ(arrays(), 1u) << "it has moved on";
}

TEST_F(ClassicOwnership, LoopsOutliveClearAndTheMap) {
  fill(0, 200);
  auto before_clear = m->begin();
  m->clear();
  fill(0, 200);
  auto stays = m->begin();
  ++before_clear;
  EXPECT_EQ(before_clear, m->end()) << "clear ended it";
  auto outlives = m->begin();
  m.reset();
  EXPECT_GT(log.live_blocks, 0u) << "two loops hold the header and the array";
  ++stays;
  EXPECT_EQ(stays, decltype(stays){});
  EXPECT_GT(log.live_blocks, 0u);
  outlives = {};
  EXPECT_EQ(log.live_blocks, 0u);
}

TEST_F(ClassicOwnership, ClearFreesOverflowBucketsAndTheOldArray) {
  fill(0, 833);
  ASSERT_TRUE(m->inspect().growing);
  m->clear();
  EXPECT_EQ(log.live_blocks, 2u) << "the header and the main array";
  EXPECT_EQ(m->check(), "");
}

TEST_F(ClassicOwnership, ALoopFollowsItsEntriesWhenTheMapIsMovedOrSwapped) {
  fill(0, 100);
  auto loop = m->begin();
  std::size_t seen = 0;
  for (; seen < 10; ++seen) ++loop;
  map other(std::move(*m));
  map third(other.get_allocator());
  third[1000] = 1;
  swap(other, third);
  for (; loop != third.end(); ++loop) ++seen;
  EXPECT_EQ(seen, 100u);
}

// Keys and values that own memory: copies kept for loops, moved entries and dropped ones are each destroyed once.
template <class Key, class Value, class MakeKey, class MakeValue>
void expect_nothing_left(MakeKey make_key, MakeValue make_value) {
  allocation_log log;
  log.check_sizes = true;
  {
    counted_map<Key, Value> m{counting_allocator<std::pair<const Key, Value>>(log)};
    using iterator = typename counted_map<Key, Value>::iterator;
    std::vector<iterator> loops;
    for (int round = 0; round < 6; ++round) {
      for (int n = 0; n < 400; ++n) {
        m.insert_or_assign(make_key(n + round * 40), make_value(n));
        if (n % 29 == 0) loops.push_back(m.begin());
        if (n % 31 == 0 && !loops.empty()) {
          iterator& loop = loops[static_cast<std::size_t>(n) % loops.size()];
          ++loop;  // what it yielded last may be gone by now
          for (int i = 0; i < 20 && loop != m.end(); ++i) loop = n % 2 == 0 ? m.erase(loop) : ++loop;
        }
        if (n % 3 == 0) m.erase(make_key(n + round * 40 - 17));
        if (n % 100 == 0) {
          ASSERT_EQ(m.check(), "");
        }
      }
      if (round == 1) loops.erase(loops.begin(), loops.begin() + 5);
      if (round == 2) m.clear();
      if (round == 4) loops.clear();
    }
    ASSERT_EQ(m.check(), "");
    if constexpr (std::is_copy_constructible_v<Value>) {
      counted_map<Key, Value> gone(m);
      loops.push_back(gone.begin());
      gone.clear();
    }
    std::optional<counted_map<Key, Value>> dies(std::move(m));
    loops.push_back(dies->begin());
    dies.reset();
    for (iterator& loop : loops) ++loop;
  }
  EXPECT_EQ(log.live_blocks, 0u);
  EXPECT_EQ(log.mismatched, 0u);
}

std::string text_of(int n) {
  return "a text that is too long to lie inside of a string " + std::to_string(n);
}

TEST(ClassicOwnershipOfEntries, StringsAreEndedOnce) {
  expect_nothing_left<std::string, std::string>(text_of, text_of);
}
TEST(ClassicOwnershipOfEntries, IndirectKeysAndValuesAreEndedOnce) {
  struct large {
    std::string text;
    std::array<char, 200> more{};
    bool operator==(const large& other) const { return text == other.text; }
  };
  using key = std::array<std::uint64_t, 20>;
  expect_nothing_left<key, large>([](int n) { return key{static_cast<std::uint64_t>(n)}; },
                                  [](int n) { return large{text_of(n), {}}; });
}
TEST(ClassicOwnershipOfEntries, ValuesBesideNanKeysAreEndedOnce) {
  expect_nothing_left<double, std::string>(
      [](int n) { return n % 5 == 0 ? std::numeric_limits<double>::quiet_NaN() : n + 0.5; }, text_of);
}
TEST(ClassicOwnershipOfEntries, MoveOnlyValues) {
  expect_nothing_left<std::uint64_t, std::unique_ptr<int>>(
      [](int n) { return static_cast<std::uint64_t>(n); }, [](int n) { return std::make_unique<int>(n); });
}

}  // namespace
}  // namespace steady_test
