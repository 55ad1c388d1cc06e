// G7, drop-in: try_emplace and insert_or_assign with their hints, rvalue and heterogeneous forms.
#include <memory>
#include <string>
#include <string_view>

#include "../support/families.hpp"
#include "../support/functors.hpp"

namespace steady_test {
namespace {

template <class Family>
class MapModifiersTest : public ::testing::Test {};
TYPED_TEST_SUITE(MapModifiersTest, map_families);

TYPED_TEST(MapModifiersTest, TryEmplaceBuildsOnlyWhenAbsent) {
  typename TypeParam::template type<std::string, std::string> c;
  const std::string key = key_maker<std::string>::make(1);
  EXPECT_TRUE(c.try_emplace(key, 3u, 'x').second);
  EXPECT_EQ(c.at(key), "xxx");
  const auto [it, is_new] = c.try_emplace(key, "other");
  EXPECT_FALSE(is_new);
  EXPECT_EQ(it->second, "xxx");
  EXPECT_TRUE(c.try_emplace("value-initialised").second);
  EXPECT_EQ(c.at("value-initialised"), "");
}

TYPED_TEST(MapModifiersTest, TryEmplaceLeavesItsArgumentsAloneWhenPresent) {
  typename TypeParam::template type<std::string, std::unique_ptr<int>> c;
  std::string key = key_maker<std::string>::make(1);
  auto value = std::make_unique<int>(1);
  EXPECT_TRUE(c.try_emplace(key, std::move(value)).second);
  EXPECT_EQ(value, nullptr);
  value = std::make_unique<int>(2);
  EXPECT_FALSE(c.try_emplace(std::move(key), std::move(value)).second);
  ASSERT_NE(value, nullptr);
  EXPECT_EQ(*value, 2);
  EXPECT_EQ(key, key_maker<std::string>::make(1));
  std::string other = key_maker<std::string>::make(2);
  EXPECT_TRUE(c.try_emplace(std::move(other), std::move(value)).second);
  EXPECT_TRUE(other.empty());
  EXPECT_EQ(value, nullptr);
}

TYPED_TEST(MapModifiersTest, InsertOrAssign) {
  typename TypeParam::template type<std::string, std::string> c;
  const std::string key = key_maker<std::string>::make(1);
  EXPECT_TRUE(c.insert_or_assign(key, "one").second);
  const auto [it, is_new] = c.insert_or_assign(key, std::string("two"));
  EXPECT_FALSE(is_new);
  EXPECT_EQ(it->second, "two");
  std::string moved = key_maker<std::string>::make(2);
  EXPECT_TRUE(c.insert_or_assign(std::move(moved), "three").second);
  EXPECT_TRUE(moved.empty());
  EXPECT_EQ(c.size(), 2u);
}

TYPED_TEST(MapModifiersTest, HintedForms) {
  typename TypeParam::template type<int, std::string> c;
  const int key = 1;
  EXPECT_EQ(c.try_emplace(c.cbegin(), key, "a")->second, "a");
  EXPECT_EQ(c.try_emplace(c.cend(), 1, "b")->second, "a");
  EXPECT_EQ(c.try_emplace(c.cend(), 2, "b")->second, "b");
  EXPECT_EQ(c.insert_or_assign(c.cbegin(), key, "c")->second, "c");
  EXPECT_EQ(c.insert_or_assign(c.cend(), 3, "d")->second, "d");
  EXPECT_EQ(c.size(), 3u);
}

TYPED_TEST(MapModifiersTest, ValuesAreWrittenThroughEveryIterator) {
  typename TypeParam::template type<int, int> c;
  for (int n = 0; n < 100; ++n) c[n] = n;
  for (auto& [key, value] : c) value = 2 * key;
  for (auto it = c.begin(); it != c.end(); ++it) it->second += 1;
  c.find(5)->second = -1;
  for (int n = 0; n < 100; ++n) EXPECT_EQ(c.at(n), n == 5 ? -1 : 2 * n + 1);
}

TYPED_TEST(MapModifiersTest, HeterogeneousForms) {
  if constexpr (TypeParam::is_steady) {
    using C = typename TypeParam::template type<std::string, std::string, transparent_string_hash,
                                                transparent_string_equal>;
    C c;
    const std::string_view view = "view";
    EXPECT_TRUE(c.try_emplace(view, "1").second);
    EXPECT_FALSE(c.try_emplace(view, "2").second);
    EXPECT_EQ(c.at("view"), "1");
    EXPECT_FALSE(c.insert_or_assign(view, "3").second);
    EXPECT_EQ(c.at("view"), "3");
    EXPECT_TRUE(c.insert_or_assign("literal", "4").second);
    c[view] = "5";
    EXPECT_EQ(c.at("view"), "5");
    EXPECT_EQ(c.try_emplace(c.cbegin(), view, "6")->second, "5");
    EXPECT_EQ(c.size(), 2u);
  }
}

}  // namespace
}  // namespace steady_test
