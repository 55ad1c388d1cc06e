// G7, drop-in: node_type, extract, insert of nodes, merge.
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>

#include "../support/families.hpp"
#include "../support/functors.hpp"

namespace steady_test {
namespace {

template <class Family>
class NodeHandleTest : public ::testing::Test {};
TYPED_TEST_SUITE(NodeHandleTest, all_families);

TYPED_TEST(NodeHandleTest, ExtractByKeyTakesTheEntryOut) {
  using C = typename TypeParam::template keyed<std::string>;
  C c;
  fill<TypeParam>(c, 0, 100);
  const std::string key = key_maker<std::string>::make(42);
  auto node = c.extract(key);
  static_assert(std::is_same_v<decltype(node), typename C::node_type>);
  ASSERT_FALSE(node.empty());
  EXPECT_TRUE(static_cast<bool>(node));
  EXPECT_EQ(TypeParam::node_key(node), key);
  EXPECT_FALSE(c.contains(key));
  EXPECT_EQ(c.size(), 99u);
  EXPECT_TRUE(c.extract(key).empty());
}

TYPED_TEST(NodeHandleTest, AChangedKeyGoesBackIn) {
  using C = typename TypeParam::template keyed<std::string>;
  C c;
  fill<TypeParam>(c, 0, 100);
  auto node = c.extract(c.find(key_maker<std::string>::make(42)));
  TypeParam::node_key(node) = key_maker<std::string>::make(1000);
  const auto result = c.insert(std::move(node));
  static_assert(std::is_same_v<std::remove_const_t<decltype(result)>, typename C::insert_return_type>);
  EXPECT_TRUE(result.inserted);
  EXPECT_TRUE(result.node.empty());
  EXPECT_EQ(TypeParam::key_of(*result.position), key_maker<std::string>::make(1000));
  EXPECT_TRUE(node.empty());
  EXPECT_EQ(c.size(), 100u);
}

TYPED_TEST(NodeHandleTest, ANodeIsHandedBackWhenTheKeyIsPresent) {
  using C = typename TypeParam::template keyed<int>;
  C a;
  C b;
  fill<TypeParam>(a, 0, 10);
  fill<TypeParam>(b, 5, 6);
  auto result = a.insert(b.extract(5));
  EXPECT_FALSE(result.inserted);
  EXPECT_EQ(result.position, a.find(5));
  ASSERT_FALSE(result.node.empty());
  EXPECT_EQ(TypeParam::node_key(result.node), 5);
  EXPECT_EQ(a.size(), 10u);
}

TYPED_TEST(NodeHandleTest, AnEmptyNodeInsertsNothing) {
  using C = typename TypeParam::template keyed<int>;
  C c;
  typename C::node_type empty;
  EXPECT_TRUE(empty.empty());
  const auto result = c.insert(std::move(empty));
  EXPECT_FALSE(result.inserted);
  EXPECT_EQ(result.position, c.end());
  EXPECT_TRUE(result.node.empty());
  EXPECT_EQ(c.insert(c.cbegin(), typename C::node_type()), c.end());
}

TYPED_TEST(NodeHandleTest, HintedNodeInsert) {
  using C = typename TypeParam::template keyed<int>;
  C a;
  C b;
  fill<TypeParam>(a, 0, 3);
  const auto it = b.insert(b.cend(), a.extract(1));
  EXPECT_EQ(TypeParam::key_of(*it), 1);
  EXPECT_EQ(b.size(), 1u);
  EXPECT_EQ(a.size(), 2u);
}

TYPED_TEST(NodeHandleTest, NodesMoveAndSwap) {
  using C = typename TypeParam::template keyed<std::string>;
  C c;
  fill<TypeParam>(c, 0, 3);
  auto one = c.extract(key_maker<std::string>::make(1));
  auto two = c.extract(key_maker<std::string>::make(2));
  using std::swap;
  swap(one, two);
  EXPECT_EQ(TypeParam::node_key(one), key_maker<std::string>::make(2));
  one.swap(two);
  EXPECT_EQ(TypeParam::node_key(one), key_maker<std::string>::make(1));
  auto three = std::move(one);
  EXPECT_TRUE(one.empty());
  two = std::move(three);  // the entry that was in two is destroyed
  EXPECT_EQ(TypeParam::node_key(two), key_maker<std::string>::make(1));
  EXPECT_EQ(two.get_allocator(), c.get_allocator());
  // The rest is destroyed with its entry inside: the leak checker looks.
}

TYPED_TEST(NodeHandleTest, ANodeOutlivesItsContainer) {
  using C = typename TypeParam::template keyed<std::string>;
  auto c = std::make_unique<C>();
  fill<TypeParam>(*c, 0, 3);
  auto node = c->extract(key_maker<std::string>::make(1));
  c.reset();
  EXPECT_EQ(TypeParam::node_key(node), key_maker<std::string>::make(1));
  C other;
  EXPECT_TRUE(other.insert(std::move(node)).inserted);
}

TYPED_TEST(NodeHandleTest, MergeTakesWhatIsMissing) {
  using C = typename TypeParam::template keyed<std::string>;
  C a;
  C b;
  fill<TypeParam>(a, 0, 300);
  fill<TypeParam>(b, 200, 600);
  a.merge(b);
  EXPECT_EQ(sorted_keys<TypeParam>(a), keys_between<std::string>(0, 600));
  EXPECT_EQ(sorted_keys<TypeParam>(b), keys_between<std::string>(200, 300));
  a.merge(C(b));
  EXPECT_EQ(a.size(), 600u);
  a.merge(C());
  EXPECT_EQ(a.size(), 600u);
}

TYPED_TEST(NodeHandleTest, MergeAcrossFunctors) {
  using C = typename TypeParam::template keyed<int>;
  using D = typename TypeParam::template keyed<int, identity_hash, stateful_equal>;
  C a;
  D b;
  fill<TypeParam>(a, 0, 100);
  fill<TypeParam>(b, 50, 200);
  a.merge(b);
  EXPECT_EQ(sorted_keys<TypeParam>(a), keys_between(0, 200));
  EXPECT_EQ(sorted_keys<TypeParam>(b), keys_between(50, 100));
}

TYPED_TEST(NodeHandleTest, MergeIntoItselfChangesNothing) {
  using C = typename TypeParam::template keyed<int>;
  C a;
  fill<TypeParam>(a, 0, 100);
  a.merge(a);
  EXPECT_EQ(sorted_keys<TypeParam>(a), keys_between(0, 100));
}

TYPED_TEST(NodeHandleTest, NodesOfStableContainersKeepTheirAddress) {
  if constexpr (TypeParam::has_stable_addresses) {
    using C = typename TypeParam::template keyed<int>;
    C a;
    C b;
    const auto* address = &*a.insert(TypeParam::make(1)).first;
    b.insert(a.extract(1));
    EXPECT_EQ(&*b.find(1), address);
    a.merge(b);
    EXPECT_EQ(&*a.find(1), address);
  }
}

TYPED_TEST(NodeHandleTest, HeterogeneousExtract) {
  if constexpr (TypeParam::is_steady) {
    using C =
        typename TypeParam::template keyed<std::string, transparent_string_hash, transparent_string_equal>;
    C c;
    fill<TypeParam>(c, 0, 10);
    const std::string text = key_maker<std::string>::make(3);
    auto node = c.extract(std::string_view(text));
    EXPECT_EQ(TypeParam::node_key(node), text);
    EXPECT_TRUE(c.extract(std::string_view("absent")).empty());
    EXPECT_FALSE(c.extract(c.cbegin()).empty());
    EXPECT_FALSE(c.extract(c.begin()).empty());
  }
}

template <class Family>
class MapNodeHandleTest : public ::testing::Test {};
TYPED_TEST_SUITE(MapNodeHandleTest, map_families);

TYPED_TEST(MapNodeHandleTest, KeyAndMappedAreReferences) {
  using C = typename TypeParam::template type<int, std::string>;
  C c;
  c.emplace(1, "one");
  auto node = c.extract(1);
  static_assert(std::is_same_v<decltype(node.key()), int&>);
  static_assert(std::is_same_v<decltype(node.mapped()), std::string&>);
  static_assert(std::is_same_v<typename C::node_type::key_type, int>);
  static_assert(std::is_same_v<typename C::node_type::mapped_type, std::string>);
  static_assert(!std::is_copy_constructible_v<typename C::node_type>);
  node.key() = 2;
  node.mapped() = "two";
  c.insert(std::move(node));
  EXPECT_EQ(c.at(2), "two");
}

TYPED_TEST(MapNodeHandleTest, MoveOnlyValuesTravel) {
  using C = typename TypeParam::template type<int, std::unique_ptr<int>>;
  C a;
  C b;
  a.emplace(1, std::make_unique<int>(7));
  b.insert(a.extract(1));
  a.emplace(2, std::make_unique<int>(8));
  b.merge(a);
  EXPECT_EQ(*b.at(1), 7);
  EXPECT_EQ(*b.at(2), 8);
  EXPECT_TRUE(a.empty());
}

}  // namespace
}  // namespace steady_test
