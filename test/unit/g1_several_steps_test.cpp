// G1 where splits and merges come several at a time (tables of 256 buckets and more): together they move no more entries than
// two buckets hold. The keys are made for it: the hash is the key, so that each chain is as long as the worst case wants it.
#include <gtest/gtest.h>

#include <steady/map.hpp>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace steady_test {
namespace {

struct key_as_hash {
  using is_avalanching = void;
  static inline std::uint64_t calls = 0;
  std::uint64_t operator()(std::uint64_t key, std::uint64_t) const noexcept {
    ++calls;
    return key;
  }
};
using placed_map = steady::map<std::uint64_t, int, key_as_hash>;

// A map of 512 buckets, whose entries are put into buckets by number, with the moves of the worst operation.
class placed {
 public:
  placed() {
    map.seed(1);
    map.reserve(13 * 512);
    map.reserve(0);
  }

  std::uint64_t put(std::uint64_t bucket) {
    const std::uint64_t number = ++made_;
    const std::uint64_t key = (number * 37 % 255 + 1) << 56 | number << 30 | bucket;
    watched([&] { map.try_emplace(key, 0); });
    return key;
  }
  std::vector<std::uint64_t> put(std::uint64_t bucket, int entries) {
    std::vector<std::uint64_t> keys;
    for (; entries > 0; --entries) keys.push_back(put(bucket));
    return keys;
  }
  void erase(std::uint64_t key) {
    watched([&] { map.erase(key); });
  }

  placed_map map;
  std::uint64_t most_moved = 0;
  std::uint64_t most_buckets = 0;  // made or merged by one operation

 private:
  template <class Operation>
  void watched(Operation operation) {
    const auto before = map.stats();
    operation();
    const auto after = map.stats();
    most_moved = std::max(most_moved, after.entries_moved - before.entries_moved);
    const std::uint64_t steps =
        std::max(after.buckets, before.buckets) - std::min(after.buckets, before.buckets);
    most_buckets = std::max<std::uint64_t>(most_buckets, steps);
  }

  std::uint64_t made_ = 0;
};

// The first six buckets all go to their Y halves, the last of them with its chain; and the pool has as many free nodes as it may.
TEST(G1SeveralStepsTest, SplitsWithAChainAmongThem) {
  for (int freed = 36; freed < 46; ++freed) {
    placed all;
    for (std::uint64_t x = 0; x < 5; ++x) all.put(x + 512, 15);
    all.put(4, 1);
    all.put(5 + 512, 15);
    all.put(5, 15);
    std::vector<std::vector<std::uint64_t>> chains;
    for (std::uint64_t each = 0; each < 6; ++each) chains.push_back(all.put(300 + each, 15 + 4 * 60));
    for (int node = 0; node < freed; ++node)
      for (int slot = 0; slot < 4; ++slot)
        all.erase(
            chains[static_cast<std::size_t>(node % 6)][static_cast<std::size_t>(254 - node / 6 * 4 - slot)]);
    for (std::uint64_t next = 0; all.map.stats().buckets == 512; ++next)
      all.put(next % 2 == 0 ? 306 + next / 2 % 200 : 6 + next / 2 % 290);
    EXPECT_LE(all.most_moved, 128u) << freed << " nodes freed";
    EXPECT_GT(all.most_buckets, 1u);
  }
}

// A loop keeps a chain from being mended, so that its nodes are thin; then the buckets around it are merged.
TEST(G1SeveralStepsTest, MergesWithAThinChainAmongThem) {
  for (std::uint64_t thin = 250; thin < 256; ++thin) {
    placed all;
    const auto chain = all.put(thin, 15 + 4 * 20);
    std::vector<std::vector<std::uint64_t>> others;
    for (std::uint64_t each = 5; each < 8; ++each) others.push_back(all.put(each, 15 + 4 * 40));
    for (std::uint64_t y = 506; y < 512; ++y)
      if (y - 256 != thin) all.put(y, 15);
    std::vector<std::uint64_t> filler;
    for (std::uint64_t bucket = 8; bucket < 500; ++bucket) {
      if (bucket >= 250 && bucket < 256) continue;
      for (const std::uint64_t key : all.put(bucket, 8)) filler.push_back(key);
    }
    for (std::size_t each = 0; each < 2; ++each)
      for (std::size_t entry = 15; entry < 175; ++entry) all.erase(others[each][entry]);
    {
      auto loop = all.map.begin();
      while ((loop->first & 511) != thin) ++loop;
      for (std::size_t entry = 0; entry < chain.size(); ++entry)
        if ((entry < 15 || (entry - 15) % 4 != 0) && chain[entry] != loop->first) all.erase(chain[entry]);
    }
    for (std::size_t next = 0; all.map.stats().buckets > 490; ++next) all.erase(filler[next]);
    EXPECT_LE(all.most_moved, 128u) << "bucket " << thin;
    EXPECT_GT(all.most_buckets, 1u);
  }
}

// The merges of a map that is being drained wait for each other; a copy of it is no less a copy of what is there, block by block.
TEST(G1SeveralStepsTest, CopiesOfAMapThatIsBeingDrainedHashNothing) {
  steady::map<std::uint64_t, int, key_as_hash> map;
  map.seed(1);
  for (std::uint64_t n = 0; n < 20'000; ++n) map.try_emplace(steady::hash<std::uint64_t>{}(n, 7), 0);
  for (std::uint64_t n = 0; n < 14'000; ++n) {
    map.erase(steady::hash<std::uint64_t>{}(n, 7));
    if (n % 251 != 0) continue;
    key_as_hash::calls = 0;
    const auto copy = map;
    EXPECT_EQ(key_as_hash::calls, 0u) << map.size();
    EXPECT_EQ(copy.size(), map.size());
  }
}

}  // namespace
}  // namespace steady_test
