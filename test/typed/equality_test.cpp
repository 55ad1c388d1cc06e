// G7, drop-in: ==, !=, erase_if, std::swap.
#include <compare>
#include <string>

#include "../support/families.hpp"
#include "../support/functors.hpp"

namespace steady_test {
namespace {

template <class Family>
class EqualityTest : public ::testing::Test {};
TYPED_TEST_SUITE(EqualityTest, all_families);

TYPED_TEST(EqualityTest, OrderAndHistoryDoNotMatter) {
  using C = typename TypeParam::template keyed<std::string>;
  C a;
  C b;
  EXPECT_TRUE(a == b);
  fill<TypeParam>(a, 0, 500);
  for (int n = 999; n >= 0; --n) b.insert(TypeParam::make(key_maker<std::string>::make(n)));
  EXPECT_TRUE(a != b);
  for (int n = 500; n < 1000; ++n) b.erase(key_maker<std::string>::make(n));
  EXPECT_TRUE(a == b);
  EXPECT_FALSE(a != b);
  b.erase(key_maker<std::string>::make(0));
  EXPECT_FALSE(a == b);
  b.insert(TypeParam::make(key_maker<std::string>::make(5000)));
  EXPECT_FALSE(a == b) << "same size, other keys";
  EXPECT_TRUE(a == a);
}

template <class C>
concept ordered = requires(const C& a, const C& b) { a < b; };

TYPED_TEST(EqualityTest, ThereIsNoOrder) {
  static_assert(!ordered<typename TypeParam::template keyed<int>>);
  static_assert(!std::three_way_comparable<typename TypeParam::template keyed<int>>);
  static_assert(std::equality_comparable<typename TypeParam::template keyed<int>>);
}

TYPED_TEST(EqualityTest, EraseIfErasesExactlyThose) {
  using C = typename TypeParam::template keyed<int>;
  C c;
  EXPECT_EQ(erase_if(c, [](const auto&) { return true; }), 0u);
  fill<TypeParam>(c, 0, 1000);
  std::size_t asked = 0;
  const auto erased = erase_if(c, [&](const auto& entry) {
    ++asked;
    return TypeParam::key_of(entry) >= 100;
  });
  EXPECT_EQ(erased, 900u);
  EXPECT_EQ(asked, 1000u) << "the predicate is asked once an entry";
  EXPECT_EQ(sorted_keys<TypeParam>(c), keys_between(0, 100));
  EXPECT_EQ(erase_if(c, [](const auto&) { return false; }), 0u);
  EXPECT_EQ(erase_if(c, [](const auto&) { return true; }), 100u);
  EXPECT_TRUE(c.empty());
}

template <class Family>
class MapEqualityTest : public ::testing::Test {};
TYPED_TEST_SUITE(MapEqualityTest, map_families);

TYPED_TEST(MapEqualityTest, ValuesCount) {
  typename TypeParam::template type<int, std::string> a{{1, "a"}, {2, "b"}};
  typename TypeParam::template type<int, std::string> b{{2, "b"}, {1, "a"}};
  EXPECT_TRUE(a == b);
  b.at(1) = "c";
  EXPECT_TRUE(a != b);
}

TYPED_TEST(MapEqualityTest, EraseIfSeesMutableEntries) {
  if constexpr (TypeParam::is_steady) {  // libstdc++ 12 hands the predicate const entries
    typename TypeParam::template type<int, int> c;
    for (int n = 0; n < 10; ++n) c[n] = n;
    erase_if(c, [](auto& entry) {
      entry.second *= 10;
      return entry.first % 2 == 0;
    });
    EXPECT_EQ(c.at(3), 30);
    EXPECT_EQ(c.size(), 5u);
  }
}

}  // namespace
}  // namespace steady_test
