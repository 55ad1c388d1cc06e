// G7, drop-in: find, count, contains, equal_range, at, operator[], and their transparent forms.
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>

#include "../support/families.hpp"
#include "../support/functors.hpp"

namespace steady_test {
namespace {

template <class Family>
class LookupTest : public ::testing::Test {};
TYPED_TEST_SUITE(LookupTest, all_families);

TYPED_TEST(LookupTest, AnEmptyContainerFindsNothing) {
  using C = typename TypeParam::template keyed<int>;
  C c;
  const C& constant = c;
  EXPECT_EQ(c.find(1), c.end());
  EXPECT_EQ(constant.find(1), constant.end());
  EXPECT_EQ(c.count(1), 0u);
  EXPECT_FALSE(c.contains(1));
  const auto [first, last] = c.equal_range(1);
  EXPECT_EQ(first, last);
}

TYPED_TEST(LookupTest, EveryKeyIsFoundAndNoOther) {
  using C = typename TypeParam::template keyed<std::string>;
  C c;
  for (const int size : {1, 2, 5, 16, 17, 100, 1000}) {
    fill<TypeParam>(c, 0, size);
    const C& constant = c;
    for (int n = 0; n < size; ++n) {
      const auto key = key_maker<std::string>::make(n);
      ASSERT_NE(c.find(key), c.end());
      ASSERT_EQ(TypeParam::key_of(*c.find(key)), key);
      ASSERT_EQ(TypeParam::key_of(*constant.find(key)), key);
      ASSERT_EQ(constant.count(key), 1u);
      ASSERT_TRUE(constant.contains(key));
    }
    for (int n = size; n < 2 * size + 10; ++n) {
      const auto key = key_maker<std::string>::make(n);
      ASSERT_EQ(c.find(key), c.end());
      ASSERT_EQ(constant.find(key), constant.end());
      ASSERT_EQ(constant.count(key), 0u);
      ASSERT_FALSE(constant.contains(key));
    }
  }
}

TYPED_TEST(LookupTest, EqualRangeHoldsExactlyOneEntry) {
  using C = typename TypeParam::template keyed<int>;
  C c;
  fill<TypeParam>(c, 0, 200);
  const C& constant = c;
  for (int n = 0; n < 200; ++n) {
    auto [first, last] = c.equal_range(n);
    ASSERT_EQ(first, c.find(n));
    ASSERT_EQ(++first, last);
    auto [const_first, const_last] = constant.equal_range(n);
    ASSERT_EQ(const_first, constant.find(n));
    ASSERT_EQ(++const_first, const_last);
  }
  const auto none = constant.equal_range(200);
  EXPECT_EQ(none.first, none.second);
}

TYPED_TEST(LookupTest, CollidingKeysAreToldApart) {
  using C = typename TypeParam::template keyed<int, constant_hash>;
  C c;
  fill<TypeParam>(c, 0, 300);
  for (int n = 0; n < 300; ++n) ASSERT_TRUE(c.contains(n));
  EXPECT_FALSE(c.contains(300));
  EXPECT_EQ(sorted_keys<TypeParam>(c), keys_between(0, 300));
}

TYPED_TEST(LookupTest, TheResultsConvertToConstIterators) {
  using C = typename TypeParam::template keyed<int>;
  C c;
  fill<TypeParam>(c, 0, 10);
  typename C::const_iterator found = c.find(3);
  EXPECT_EQ(found, std::as_const(c).find(3));
  EXPECT_TRUE(found == c.find(3));
  EXPECT_TRUE(c.find(3) == found);
  EXPECT_TRUE(found != c.end());
  EXPECT_TRUE(c.cend() != found);
}

TYPED_TEST(LookupTest, TransparentLookupTakesAnythingComparable) {
  using C =
      typename TypeParam::template keyed<std::string, transparent_string_hash, transparent_string_equal>;
  C c;
  fill<TypeParam>(c, 0, 50);
  const C& constant = c;
  const std::string text = key_maker<std::string>::make(7);
  const std::string_view view = text;
  EXPECT_EQ(TypeParam::key_of(*c.find(view)), text);
  EXPECT_EQ(TypeParam::key_of(*constant.find(view)), text);
  EXPECT_EQ(constant.count(view), 1u);
  EXPECT_TRUE(constant.contains(view));
  EXPECT_TRUE(constant.contains(text.c_str()));
  EXPECT_FALSE(constant.contains("absent"));
  EXPECT_EQ(TypeParam::key_of(*c.equal_range(view).first), text);
  EXPECT_EQ(TypeParam::key_of(*constant.equal_range(view).first), text);
}

template <class C>
concept finds_by_view = requires(const C& c, std::string_view view) { c.contains(view); };

TYPED_TEST(LookupTest, WithoutTransparencyOnlyKeysAreTaken) {
  static_assert(!finds_by_view<typename TypeParam::template keyed<std::string>>);
  static_assert(!finds_by_view<typename TypeParam::template keyed<std::string, transparent_string_hash,
                                                                  std::equal_to<std::string>>>);
  static_assert(finds_by_view<typename TypeParam::template keyed<std::string, transparent_string_hash,
                                                                 transparent_string_equal>>);
}

template <class Family>
class MapLookupTest : public ::testing::Test {};
TYPED_TEST_SUITE(MapLookupTest, map_families);

TYPED_TEST(MapLookupTest, AtReturnsTheValueOrThrowsOutOfRange) {
  using C = typename TypeParam::template type<int, std::string>;
  C c;
  EXPECT_THROW(static_cast<void>(c.at(1)), std::out_of_range);
  c.emplace(1, "one");
  EXPECT_EQ(c.at(1), "one");
  EXPECT_EQ(std::as_const(c).at(1), "one");
  c.at(1) = "uno";
  EXPECT_EQ(c.find(1)->second, "uno");
  EXPECT_THROW(static_cast<void>(c.at(2)), std::out_of_range);
  EXPECT_THROW(static_cast<void>(std::as_const(c).at(2)), std::out_of_range);
  EXPECT_EQ(c.size(), 1u);
  static_assert(std::is_same_v<decltype(c.at(1)), std::string&>);
  static_assert(std::is_same_v<decltype(std::as_const(c).at(1)), const std::string&>);
}

TYPED_TEST(MapLookupTest, IndexingInsertsAZeroValueOnce) {
  using C = typename TypeParam::template type<std::string, int>;
  C c;
  const std::string lvalue = "lvalue";
  EXPECT_EQ(c[lvalue], 0);
  c[lvalue] = 5;
  EXPECT_EQ(c[lvalue], 5);
  std::string rvalue = "a key that is long enough to be allocated";
  ++c[std::move(rvalue)];
  ++c["a key that is long enough to be allocated"];
  EXPECT_EQ(c.at("a key that is long enough to be allocated"), 2);
  EXPECT_TRUE(rvalue.empty()) << "an rvalue key is moved in";
  EXPECT_EQ(c.size(), 2u);
  static_assert(std::is_same_v<decltype(c[lvalue]), int&>);
}

TYPED_TEST(MapLookupTest, IndexingCountsWords) {
  typename TypeParam::template type<int, int> c;
  for (int n = 0; n < 10'000; ++n) ++c[n % 137];
  EXPECT_EQ(c.size(), 137u);
  int sum = 0;
  for (const auto& [key, count] : c) sum += count;
  EXPECT_EQ(sum, 10'000);
}

TYPED_TEST(MapLookupTest, TransparentAtAndIndexing) {
  if constexpr (TypeParam::is_steady) {
    using C = typename TypeParam::template type<std::string, int, transparent_string_hash,
                                                transparent_string_equal>;
    C c;
    const std::string_view view = "view";
    c[view] = 1;
    ++c["view"];
    EXPECT_EQ(c.at(view), 2);
    EXPECT_EQ(std::as_const(c).at("view"), 2);
    EXPECT_EQ(c.size(), 1u);
    EXPECT_THROW(static_cast<void>(c.at("absent")), std::out_of_range);
  }
}

}  // namespace
}  // namespace steady_test
