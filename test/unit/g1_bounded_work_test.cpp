// G1: no operation does more than a bounded piece of structural work. Proved by counting, asserted for each
// operation on its own, never on average and never by a clock.
//
// For every single insert, erase, find and iteration step: at most 128 entries moved (two buckets with their
// overflow) besides the operation's own, at most one allocation and one release for structure besides the
// entry's own node, and no block larger than the limit. The map goes from empty to N entries and back to
// empty, with a loop half way through it the whole time, so that the bound includes what live loops cost.
#include <gtest/gtest.h>

#include <steady/map.hpp>
#include <steady/set.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "../support/counting_allocator.hpp"
#include "../support/counting_key.hpp"
#include "../support/scale.hpp"

namespace steady_test {
namespace {

struct bounds {
  std::size_t moves = 128;
  std::size_t structure_allocations = 1;
  std::size_t structure_releases = 1;
  std::size_t largest_block = 65'536;
  std::uint64_t seed = 0;  // 0: drawn
};

// Watches one operation at a time and keeps the worst figures, with the operation that made them.
class meter {
 public:
  meter(allocation_log& log, const bounds& limit) : log_(log), limit_(limit) {}

  // `own_*`: what the operation itself is allowed besides structure.
  template <class Operation>
  auto run(const char* name, std::size_t at, std::size_t own_moves, std::size_t own_allocations,
           std::size_t own_releases, Operation operation) {
    log_.begin_window();
    const std::uint64_t moves = counted().moves + counted().copies;
    struct closing {
      meter& m;
      const char* name;
      std::size_t at;
      std::uint64_t moves;
      std::size_t own_moves, own_allocations, own_releases;
      ~closing() {
        m.judge("moves", name, at, counted().moves + counted().copies - moves, m.limit_.moves + own_moves,
                m.most_moves_);
        m.judge("allocations", name, at, m.log_.window_allocations,
                m.limit_.structure_allocations + own_allocations, m.most_allocations_);
        m.judge("releases", name, at, m.log_.window_releases, m.limit_.structure_releases + own_releases,
                m.most_releases_);
        m.judge("largest block", name, at, m.log_.largest, m.limit_.largest_block, m.largest_);
      }
    } const close{*this, name, at, moves, own_moves, own_allocations, own_releases};
    return operation();
  }

  void report() const {
    EXPECT_EQ(violations_, 0u) << violations_ << " operations over the bound; first: " << first_;
    ::testing::Test::RecordProperty("most_moves", std::to_string(most_moves_));
    ::testing::Test::RecordProperty("largest_block", std::to_string(largest_));
  }
  std::uint64_t most_moves() const { return most_moves_; }
  std::uint64_t largest_block() const { return largest_; }

 private:
  void judge(const char* what, const char* name, std::size_t at, std::uint64_t found, std::uint64_t allowed,
             std::uint64_t& most) {
    if (found > most) most = found;
    if (found <= allowed) return;
    if (violations_++ == 0) {
      first_ = std::string(name) + " number " + std::to_string(at) + ": " + what + " " +
               std::to_string(found) + ", allowed " + std::to_string(allowed);
    }
  }

  allocation_log& log_;
  bounds limit_;
  std::size_t violations_ = 0;
  std::string first_;
  std::uint64_t most_moves_ = 0, most_allocations_ = 0, most_releases_ = 0, largest_ = 0;
};

template <class Map>
auto add(Map& map, typename Map::key_type&& key) {
  if constexpr (requires { typename Map::mapped_type; }) {
    return map.try_emplace(std::move(key));
  } else {
    return map.insert(std::move(key));
  }
}

// 0 -> n -> 0, with finds and a loop along the way. `make(i)` is the i-th key; entries with nodes pay one
// block each.
template <class Map, class Make>
void prove_bounded(std::size_t n, Make make, bool has_nodes, const bounds& limit = {}) {
  using key_type = typename Map::key_type;
  using allocator = typename Map::allocator_type;
  allocation_log log;
  const std::int64_t living_before = counted().live();
  {
    meter watch(log, limit);
    Map map{allocator(log)};
    if (limit.seed != 0) map.seed(limit.seed);
    const std::size_t own_blocks = has_nodes ? 1 : 0;
    std::optional<typename Map::iterator> loop;

    for (std::size_t i = 0; i < n; ++i) {
      key_type key(make(i));
      const bool is_new =
          watch.run("insert", i, 2, own_blocks, 0, [&] { return add(map, std::move(key)).second; });
      ASSERT_TRUE(is_new);
      // A loop begins at some size and takes a step now and then while the map grows on.
      if (i == n / 3) loop = watch.run("begin", i, 0, 0, 0, [&] { return map.begin(); });
      if (loop && i % 4 == 0 && *loop != map.end()) watch.run("step", i, 0, 0, 0, [&] { ++*loop; });
    }
    ASSERT_EQ(map.size(), n);

    const std::size_t lookups = n < 100'000 ? n : 100'000;
    for (std::size_t i = 0; i < lookups; ++i) {
      const key_type key(make(i * (n / lookups)));
      ASSERT_TRUE(watch.run("find", i, 0, 0, 0, [&] { return map.find(key) != map.end(); }));
    }
    std::size_t steps = 0;
    for (auto it = map.begin(); it != map.end() && steps < 1'000'000; ++steps) {
      watch.run("step", steps, 0, 0, 0, [&] { ++it; });
    }
    ASSERT_EQ(steps, n < 1'000'000 ? n : 1'000'000);

    // A second loop watches the map shrink.
    loop.emplace(map.begin());
    for (std::size_t i = 0; i < n; ++i) {
      const key_type key(make(i));
      ASSERT_EQ(watch.run("erase", i, 0, 0, own_blocks, [&] { return map.erase(key); }), 1u);
      if (i % 4 == 0 && *loop != map.end()) watch.run("step", i, 0, 0, 0, [&] { ++*loop; });
    }
    ASSERT_TRUE(map.empty());
    watch.report();
    EXPECT_GT(watch.most_moves(), n > 100 && !has_nodes ? 2u : 0u)
        << "the counters saw no structural work at all";
  }
  EXPECT_EQ(log.live_blocks, 0u);
  EXPECT_EQ(counted().live(), living_before);
}

template <class Value, class Hash, class Options = steady::options<>>
using counted_map = steady::map<counting_key, Value, Hash, std::equal_to<counting_key>,
                                counting_allocator<std::pair<const counting_key, Value>>, Options>;

constexpr std::size_t ten_million = 10'000'000;

TEST(G1BoundedWorkTest, UniformKeysWith8Bytes) {
  prove_bounded<counted_map<payload<8>, counting_hash>>(
      scaled(ten_million, 100'000), [](std::size_t i) { return scramble(i); }, false);
}

TEST(G1BoundedWorkTest, UniformKeysWith56Bytes) {
  prove_bounded<counted_map<payload<56>, counting_hash>>(
      scaled(ten_million, 100'000), [](std::size_t i) { return scramble(i); }, false);
}

TEST(G1BoundedWorkTest, SequentialKeysWithTheIdentityHash) {
  prove_bounded<counted_map<payload<8>, counting_identity_hash>>(
      scaled(ten_million, 100'000), [](std::size_t i) { return i; }, false);
}

TEST(G1BoundedWorkTest, PointerLikeKeysWithTheIdentityHash) {
  prove_bounded<counted_map<payload<8>, counting_identity_hash>>(
      scaled(ten_million, 100'000), [](std::size_t i) { return 0x7f00'0000'0000u + i * 16; }, false);
}

TEST(G1BoundedWorkTest, StringKeys) {
  using map = steady::map<counting_string, payload<8>, counting_string_hash, std::equal_to<counting_string>,
                          counting_allocator<std::pair<const counting_string, payload<8>>>>;
  prove_bounded<map>(scaled(1'000'000, 50'000), [](std::size_t i) { return i; }, false);
}

TEST(G1BoundedWorkTest, SmallBlocksBringSeveralDirectoryLevels) {
  using map = counted_map<payload<8>, counting_hash, steady::options<steady::block_limit{1024}>>;
  bounds limit;
  limit.largest_block = 1024;
  prove_bounded<map>(scaled(ten_million, 200'000), [](std::size_t i) { return scramble(i); }, false, limit);
}

// Fuller buckets have longer chains, and a step moves more.
TEST(G1BoundedWorkTest, TheDensePace) {
  using map = counted_map<payload<8>, counting_hash, steady::options<steady::dense_pace>>;
  prove_bounded<map>(scaled(ten_million, 100'000), [](std::size_t i) { return scramble(i); }, false);
}

TEST(G1BoundedWorkTest, EntriesOf8KiB) {
  bounds limit;
  limit.moves = 0;  // an entry in a node never moves
  prove_bounded<counted_map<payload<8192 - sizeof(counting_key)>, counting_hash>>(
      scaled(100'000, 3'000), [](std::size_t i) { return scramble(i); }, true, limit);
}

TEST(G1BoundedWorkTest, NodeMap) {
  using map = steady::node_map<counting_key, payload<8>, counting_hash, std::equal_to<counting_key>,
                               counting_allocator<std::pair<const counting_key, payload<8>>>>;
  bounds limit;
  limit.moves = 0;
  prove_bounded<map>(scaled(1'000'000, 50'000), [](std::size_t i) { return scramble(i); }, true, limit);
}

TEST(G1BoundedWorkTest, Set) {
  using set =
      steady::set<counting_key, counting_hash, std::equal_to<counting_key>, counting_allocator<counting_key>>;
  prove_bounded<set>(scaled(1'000'000, 50'000), [](std::size_t i) { return scramble(i); }, false);
}

// Equal hashes: chains are linear to search, and still nothing moves more than two buckets' worth.
TEST(G1BoundedWorkTest, OneHashForAllKeys) {
  prove_bounded<counted_map<payload<8>, colliding_hash<1>>>(
      scaled(10'000, 2'000), [](std::size_t i) { return i; }, false);
}

// Chains longer than 64 are linear: here 1/30 of all keys have one hash, and a few hashes may meet in a bucket (fixed
// seeds, so that no more than four do).
TEST(G1BoundedWorkTest, ThirtyHashesForAllKeys) {
  const std::size_t n = scaled(10'000, 2'000);
  for (std::uint64_t seed = 1; seed <= 5; ++seed)
    prove_bounded<counted_map<payload<8>, colliding_hash<30>>>(
        n, [](std::size_t i) { return i; }, false,
        bounds{.moves = std::max<std::size_t>(128, 4 * n / 30), .seed = seed});
}

// An erase in a bucket whose chain a loop has kept from being mended, in the middle of the first block's move: both move
// entries.
TEST(G1BoundedWorkTest, AnEraseWhileTheFirstBlockMoves) {
  steady::map<std::uint64_t, std::uint64_t> map;
  map.seed(5);
  map.reserve(760);
  map.reserve(0);
  ASSERT_EQ(map.stats().buckets, 64u);
  const auto bucket_of = [&](std::uint64_t key) { return map.hash_of(key) & 63; };
  std::uint64_t next = 0;
  const auto insert_into = [&](std::uint64_t bucket, int entries) {
    for (; entries > 0; ++next) {
      if (bucket_of(next) != bucket) continue;
      map[next] = 0;
      --entries;
    }
  };
  insert_into(20, 35);
  for (std::uint64_t bucket = 8; bucket < 16; ++bucket) insert_into(bucket, 18);
  const auto insert_elsewhere = [&] {
    while (bucket_of(next) == 20) ++next;
    map[next++] = 0;
  };
  while (map.size() < 765) insert_elsewhere();
  std::vector<std::uint64_t> there;
  for (const auto& entry : map)
    if (bucket_of(entry.first) == 20) there.push_back(entry.first);
  {
    auto loop = map.begin();
    while (bucket_of(loop->first) != 20) ++loop;
    for (int i = 0; i < 15; ++i) map.erase(there[static_cast<std::size_t>(i)]);
  }
  const std::size_t before = map.stats().block_bytes;
  while (map.stats().block_bytes < before * 2) insert_elsewhere();
  const std::uint64_t moved = map.stats().entries_moved;
  map.erase(there[15]);
  EXPECT_LE(map.stats().entries_moved - moved, 128u);
  EXPECT_GT(map.stats().entries_moved - moved, 60u) << "the erase went on with the move";
}

// A pace that splits before the first bucket has all its slots.
template <unsigned Start, unsigned End, unsigned Shrink>
using paced_map =
    steady::map<std::uint64_t, std::uint64_t, steady::hash<std::uint64_t>, std::equal_to<std::uint64_t>,
                std::allocator<std::pair<const std::uint64_t, std::uint64_t>>,
                steady::options<steady::pace{Start, End, Shrink}>>;
template <class Map>
void grow_and_drain() {
  Map map;
  for (std::uint64_t key = 0; key < 3000; ++key) {
    map[key] = key;
    ASSERT_EQ(map.size(), key + 1);
  }
  for (std::uint64_t key = 0; key < 3000; ++key) {
    ASSERT_EQ(map.at(key), key);
    map.erase(key);
  }
  EXPECT_TRUE(map.empty());
}
TEST(G1BoundedWorkTest, APaceBelowTheSlotsOfASmallFirstBucket) {
  grow_and_drain<paced_map<4, 8, 5>>();
  grow_and_drain<paced_map<1, 2, 1>>();
  grow_and_drain<paced_map<7, 12, 8>>();
}

// Full hashes that agree in their low 40 bits, which choose the bucket.
struct low_bits_hash {
  std::size_t operator()(const counting_key& key) const noexcept {
    ++counted().hashes;
    return static_cast<std::size_t>(key.value() << 40);
  }
  using is_avalanching = void;  // used as it is
};
// What a loop in such a bucket still owes is listed in one block, linear as the chain is.
TEST(G1BoundedWorkTest, HashesThatAgreeInTheirLowBits) {
  const std::size_t n = scaled(10'000, 2'000);
  prove_bounded<counted_map<payload<8>, low_bits_hash>>(
      n, [](std::size_t i) { return i; }, false,
      bounds{.largest_block = std::max<std::size_t>(65'536, 64 * n)});
}

struct never_equal {
  bool operator()(const counting_key&, const counting_key&) const noexcept { return false; }
};

// NaNs can be neither found nor erased by key; they come in, are iterated, and go by iterator.
template <class Hash>
void prove_nans_bounded() {
  using map_type = steady::map<counting_key, payload<8>, Hash, never_equal,
                               counting_allocator<std::pair<const counting_key, payload<8>>>>;
  allocation_log log;
  meter watch(log, bounds{});
  map_type map{typename map_type::allocator_type(log)};
  const std::size_t n = scaled(10'000, 2'000);
  for (std::size_t i = 0; i < n; ++i) {
    counting_key key(i / 2);
    watch.run("insert", i, 2, 0, 0, [&] { map.try_emplace(std::move(key)); });
  }
  ASSERT_EQ(map.size(), n);
  std::size_t met = 0;
  for (auto it = map.begin(); it != map.end(); ++met) {
    if (met % 2 == 0) {
      it = watch.run("erase", met, 0, 0, 0, [&] { return typename map_type::iterator(map.erase(it)); });
    } else {
      watch.run("step", met, 0, 0, 0, [&] { ++it; });
    }
  }
  EXPECT_EQ(met, n);
  while (!map.empty()) {
    const auto first = map.begin();
    watch.run("erase begin", map.size(), 0, 0, 0, [&] { map.erase(first); });
  }
  watch.report();
}
TEST(G1BoundedWorkTest, NaNKeys) { prove_nans_bounded<counting_hash>(); }
TEST(G1BoundedWorkTest, NaNKeysOfOneHash) { prove_nans_bounded<colliding_hash<1>>(); }

// Popping by begin() and erase must not search the emptied front again and again. With shrinking off the
// buckets stay, and a pop that searched from the start would read n^2 / 30 tag words in all: the test would
// not end in its time.
template <class Map>
void prove_popping(std::size_t n) {
  allocation_log log;
  meter watch(log, bounds{});
  Map map{typename Map::allocator_type(log)};
  for (std::size_t i = 0; i < n; ++i) map.try_emplace(counting_key(scramble(i)));
  std::size_t left = n;
  while (!map.empty()) {
    // The loop's own list, if it got one, goes with the iterator: that is not the erase's.
    const auto first = map.begin();
    watch.run("pop", left, 0, 0, 0, [&] { map.erase(first); });
    ASSERT_EQ(map.size(), --left);
  }
  watch.report();
}
TEST(G1BoundedWorkTest, PoppingByBegin) {
  prove_popping<counted_map<payload<8>, counting_hash>>(scaled(ten_million, 200'000));
}
TEST(G1BoundedWorkTest, PoppingByBeginWithShrinkingOff) {
  prove_popping<counted_map<payload<8>, counting_hash, steady::options<steady::shrink::never>>>(
      scaled(ten_million, 300'000));
}

// Churn at constant size, and a map used as a queue: first in, first out.
TEST(G1BoundedWorkTest, QueueOfConstantSize) {
  using map_type = counted_map<payload<8>, counting_hash>;
  allocation_log log;
  meter watch(log, bounds{});
  map_type map{map_type::allocator_type(log)};
  const std::size_t window = 1000;
  const std::size_t n = scaled(ten_million, 200'000);
  for (std::size_t i = 0; i < n; ++i) {
    counting_key key(i);
    watch.run("insert", i, 2, 0, 0, [&] { map.try_emplace(std::move(key)); });
    if (i >= window) {
      const counting_key old(i - window);
      ASSERT_EQ(watch.run("erase", i, 0, 0, 0, [&] { return map.erase(old); }), 1u);
    }
  }
  watch.report();
}

// Growing back and forth over every size at which something structural happens.
TEST(G1BoundedWorkTest, Tides) {
  using map_type = counted_map<payload<8>, counting_hash, steady::options<steady::block_limit{1024}>>;
  allocation_log log;
  bounds limit;
  limit.largest_block = 1024;
  meter watch(log, limit);
  map_type map{map_type::allocator_type(log)};
  std::uint64_t next = 0;
  std::uint64_t oldest = 0;
  for (std::size_t high = 16; high <= scaled(1'000'000, 30'000); high = high * 3 / 2) {
    while (next - oldest < high) {
      counting_key key(next++);
      watch.run("insert", high, 2, 0, 0, [&] { map.try_emplace(std::move(key)); });
    }
    while (next - oldest > high / 10) {
      const counting_key key(oldest++);
      ASSERT_EQ(watch.run("erase", high, 0, 0, 0, [&] { return map.erase(key); }), 1u);
    }
  }
  watch.report();
}

// What the bounded operations leave undone is done by maintain(n), under the same bound a unit of work.
TEST(G1BoundedWorkTest, MaintainAndClearSomeAreBoundedByTheirCount) {
  using map_type = counted_map<payload<8>, counting_hash>;
  allocation_log log;
  map_type map{map_type::allocator_type(log)};
  const std::size_t n = scaled(1'000'000, 50'000);
  for (std::size_t i = 0; i < n; ++i) map.try_emplace(counting_key(scramble(i)));
  meter watch(log, bounds{});
  std::size_t calls = 0;
  while (!map.empty()) {
    const std::size_t before = map.size();
    watch.run("clear_some(1)", calls, 0, 0, 0, [&] { map.clear_some(1); });
    ASSERT_LT(map.size(), before);
    ++calls;
  }
  while (watch.run("maintain(1)", calls, 0, 0, 0, [&] { return map.maintain(1); }) != 0) {
    ASSERT_LT(++calls, 3 * n) << "maintain never came to an end";
  }
  watch.report();
}

}  // namespace
}  // namespace steady_test
