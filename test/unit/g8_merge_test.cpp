// G8: merge moves one entry after the other, and each of these steps is strong. Whatever throws, each entry is in exactly
// one of the two maps, as it was: also between maps with other functors, and between a map whose entries lie in its
// slots and one whose entries are nodes.
#include <gtest/gtest.h>

#include <steady/map.hpp>
#include <steady/set.hpp>

#include <algorithm>
#include <cstdint>
#include <new>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "../support/throwing.hpp"

namespace steady_test {
namespace {

struct other_throwing_hash {
  template <bool N>
  std::size_t operator()(const throwing_object<N>& key) const {
    fuse::step(step_kind::hash);
    return static_cast<std::size_t>(scramble(~key.value()));
  }
};

template <class Source, class Target>
struct pair_of {
  using source = Source;
  using target = Target;
};

template <class Pair>
class G8MergeTest : public ::testing::Test {
 public:
  using contents = std::vector<std::pair<std::uint64_t, std::uint64_t>>;

  void SetUp() override {
    fuse::disarm();
    living::objects = 0;
    living::errors = 0;
    throwing_allocator_counts::live_bytes = 0;
  }
  void TearDown() override {
    fuse::disarm();
    EXPECT_EQ(living::objects, 0u) << "objects leaked";
    EXPECT_EQ(living::errors, 0u);
    EXPECT_EQ(throwing_allocator_counts::live_bytes, 0) << "memory leaked";
  }

  template <class Map>
  static void add(Map& map, std::uint64_t key, std::uint64_t value) {
    if constexpr (requires { typename Map::mapped_type; }) {
      map.try_emplace(typename Map::key_type(key), value);
    } else {
      map.insert(typename Map::key_type(key));
    }
  }
  template <class Map>
  static void collect(const Map& map, contents& all) {
    std::size_t found = 0;
    for (const auto& entry : map) {
      ++found;
      if constexpr (requires { typename Map::mapped_type; }) {
        all.emplace_back(entry.first.value(), entry.second.value());
        ASSERT_TRUE(map.contains(entry.first));
      } else {
        all.emplace_back(entry.value(), 0);
        ASSERT_TRUE(map.contains(entry));
      }
    }
    ASSERT_EQ(found, map.size());
  }
};

using inline_object = throwing_object<true>;
using node_object = throwing_object<false>;
using inline_map = steady::map<inline_object, inline_object, throwing_hash, throwing_equal,
                               throwing_allocator<std::pair<const inline_object, inline_object>>>;
using inline_map_of_other_hash =
    steady::map<inline_object, inline_object, other_throwing_hash, throwing_equal,
                throwing_allocator<std::pair<const inline_object, inline_object>>>;
using nodes_of_inline =
    steady::node_map<inline_object, inline_object, throwing_clustered_hash, throwing_equal,
                     throwing_allocator<std::pair<const inline_object, inline_object>>>;
using node_map = steady::map<node_object, node_object, throwing_hash, throwing_equal,
                             throwing_allocator<std::pair<const node_object, node_object>>>;
using node_map_of_other_hash =
    steady::node_map<node_object, node_object, other_throwing_hash, throwing_equal,
                     throwing_allocator<std::pair<const node_object, node_object>>>;
using inline_set =
    steady::set<inline_object, throwing_hash, throwing_equal, throwing_allocator<inline_object>>;
using nodes_of_set =
    steady::node_set<inline_object, other_throwing_hash, throwing_equal, throwing_allocator<inline_object>>;

using all_pairs =
    ::testing::Types<pair_of<inline_map, inline_map>, pair_of<inline_map, inline_map_of_other_hash>,
                     pair_of<inline_map, nodes_of_inline>, pair_of<nodes_of_inline, inline_map>,
                     pair_of<node_map, node_map_of_other_hash>, pair_of<node_map_of_other_hash, node_map>,
                     pair_of<inline_set, nodes_of_set>, pair_of<nodes_of_set, inline_set>>;
TYPED_TEST_SUITE(G8MergeTest, all_pairs);

TYPED_TEST(G8MergeTest, EveryEntryIsInOneOfTheMapsWhereverItFails) {
  for (const std::uint64_t size : {0u, 1u, 4u, 5u, 9u, 16u, 40u, 61u}) {
    for (std::size_t point = 0;; ++point) {
      typename TypeParam::source source;
      typename TypeParam::target target;
      for (std::uint64_t key = 0; key < size; ++key) {
        TestFixture::add(source, key, key + 5000);
        if (key % 3 == 0) TestFixture::add(target, key, key + 9000);  // stays in the source, as it is
      }
      typename TestFixture::contents expected, held;
      TestFixture::collect(source, expected);
      TestFixture::collect(target, expected);
      fuse::arm(point);
      try {
        target.merge(source);
      } catch (const injected_failure&) {
      } catch (const std::bad_alloc&) {
      }
      const bool done = !fuse::blown();
      fuse::disarm();
      TestFixture::collect(source, held);
      TestFixture::collect(target, held);
      std::sort(expected.begin(), expected.end());
      std::sort(held.begin(), held.end());
      ASSERT_EQ(held, expected) << size << " entries, failing at step " << point;
      if (done) {
        ASSERT_EQ(target.size(), size);
        break;
      }
    }
  }
}

// A node that goes from one map of nodes to another keeps its address, whatever hash the maps have.
TEST(G8MergeNodes, AnEntryInANodeKeepsItsAddress) {
  steady::node_map<std::uint64_t, std::string, steady::hash<std::uint64_t>> source;
  steady::node_map<std::uint64_t, std::string, std::hash<std::uint64_t>> target;
  std::vector<const std::string*> addresses;
  for (std::uint64_t key = 0; key < 200; ++key) addresses.push_back(&source[key]);
  target.merge(source);
  EXPECT_TRUE(source.empty());
  for (std::uint64_t key = 0; key < 200; ++key) EXPECT_EQ(&target.at(key), addresses[key]);
}

// Types that cannot be moved go along in their nodes.
TEST(G8MergeNodes, ImmovableEntriesAreMerged) {
  struct immovable {
    explicit immovable(int n) : value(n) {}
    immovable(const immovable&) = delete;
    immovable& operator=(const immovable&) = delete;
    int value;
  };
  steady::node_map<std::uint64_t, immovable, steady::hash<std::uint64_t>> source;
  steady::map<std::uint64_t, immovable, std::hash<std::uint64_t>> target;
  for (int n = 0; n < 50; ++n) source.try_emplace(static_cast<std::uint64_t>(n), n);
  target.merge(std::move(source));
  ASSERT_EQ(target.size(), 50u);
  for (const auto& [key, value] : target) EXPECT_EQ(static_cast<int>(key), value.value);
}

}  // namespace
}  // namespace steady_test
