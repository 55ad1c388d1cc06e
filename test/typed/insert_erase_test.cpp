// G7, drop-in: insert, emplace, hints, erase, clear, for maps and sets alike.
#include <iterator>
#include <string>
#include <type_traits>

#include "../support/families.hpp"
#include "../support/functors.hpp"

namespace steady_test {
namespace {

template <class Family>
class InsertEraseTest : public ::testing::Test {};
TYPED_TEST_SUITE(InsertEraseTest, all_families);

TYPED_TEST(InsertEraseTest, InsertReportsTheEntryAndWhetherItIsNew) {
  using C = typename TypeParam::template keyed<std::string>;
  C c;
  const auto entry = TypeParam::make(key_maker<std::string>::make(1));
  const auto [first, is_new] = c.insert(entry);
  static_assert(std::is_same_v<decltype(c.insert(entry)), std::pair<typename C::iterator, bool>>);
  EXPECT_TRUE(is_new);
  EXPECT_EQ(*first, entry);
  const auto [again, is_new_again] = c.insert(entry);
  EXPECT_FALSE(is_new_again);
  EXPECT_EQ(again, first);
  EXPECT_EQ(c.size(), 1u);
}

TYPED_TEST(InsertEraseTest, InsertMovesFromAnRvalue) {
  using C = typename TypeParam::template type<
      std::string, std::conditional_t<TypeParam::is_map, std::string, std::hash<std::string>>>;
  C c;
  const std::string text = key_maker<std::string>::make(1);
  if constexpr (TypeParam::is_map) {
    std::pair<std::string, std::string> source(text, text);
    EXPECT_TRUE(c.insert(std::move(source)).second);
    EXPECT_TRUE(source.first.empty());
    EXPECT_TRUE(source.second.empty());
    EXPECT_EQ(c.at(text), text);
  } else {
    std::string source = text;
    EXPECT_TRUE(c.insert(std::move(source)).second);
    EXPECT_TRUE(source.empty());
    EXPECT_TRUE(c.contains(text));
  }
}

TYPED_TEST(InsertEraseTest, HintsChangeNothing) {
  using C = typename TypeParam::template keyed<int>;
  C c;
  fill<TypeParam>(c, 0, 10);
  const auto entry = TypeParam::make(20);
  typename C::iterator made = c.insert(c.begin(), entry);
  EXPECT_EQ(TypeParam::key_of(*made), 20);
  made = c.insert(c.end(), TypeParam::make(21));
  EXPECT_EQ(TypeParam::key_of(*made), 21);
  made = c.insert(c.cbegin(), TypeParam::make(20));
  EXPECT_EQ(TypeParam::key_of(*made), 20);
  made = c.emplace_hint(c.cend(), TypeParam::make(22));
  EXPECT_EQ(TypeParam::key_of(*made), 22);
  made = c.emplace_hint(c.begin(), TypeParam::make(22));
  EXPECT_EQ(TypeParam::key_of(*made), 22);
  EXPECT_EQ(c.size(), 13u);
}

TYPED_TEST(InsertEraseTest, InsertRangeAndList) {
  using C = typename TypeParam::template keyed<int>;
  std::vector<typename C::value_type> entries;
  for (int n = 0; n < 300; ++n) entries.push_back(TypeParam::make(n % 150));
  C c;
  fill<TypeParam>(c, 100, 120);
  c.insert(entries.begin(), entries.end());
  EXPECT_EQ(sorted_keys<TypeParam>(c), keys_between(0, 150));
  c.insert({TypeParam::make(150), TypeParam::make(151), TypeParam::make(150)});
  EXPECT_EQ(sorted_keys<TypeParam>(c), keys_between(0, 152));
  c.insert(entries.begin(), entries.begin());
  EXPECT_EQ(c.size(), 152u);
}

TYPED_TEST(InsertEraseTest, EmplaceBuildsFromArguments) {
  if constexpr (TypeParam::is_map) {
    typename TypeParam::template type<std::string, std::string> c;
    EXPECT_TRUE(c.emplace("a", "1").second);
    EXPECT_FALSE(c.emplace("a", "2").second);
    EXPECT_TRUE(
        c.emplace(std::piecewise_construct, std::forward_as_tuple(3u, 'b'), std::forward_as_tuple(2u, 'x'))
            .second);
    EXPECT_TRUE(c.emplace(std::pair<const char*, const char*>("c", "3")).second);
    EXPECT_EQ(c.at("a"), "1");
    EXPECT_EQ(c.at("bbb"), "xx");
    EXPECT_EQ(c.at("c"), "3");
    typename TypeParam::template type<int, int> zero;
    EXPECT_TRUE(zero.emplace().second);
    EXPECT_EQ(zero.at(0), 0);
  } else {
    typename TypeParam::template type<std::string> c;
    EXPECT_TRUE(c.emplace("a").second);
    EXPECT_TRUE(c.emplace(3u, 'b').second);
    EXPECT_FALSE(c.emplace("bbb").second);
    EXPECT_TRUE(c.emplace().second);
    EXPECT_TRUE(c.contains(""));
  }
}

TYPED_TEST(InsertEraseTest, EraseByKey) {
  using C = typename TypeParam::template keyed<std::string>;
  C c;
  fill<TypeParam>(c, 0, 500);
  for (int n = 0; n < 500; n += 2) {
    EXPECT_EQ(c.erase(key_maker<std::string>::make(n)), 1u);
    EXPECT_EQ(c.erase(key_maker<std::string>::make(n)), 0u);
  }
  EXPECT_EQ(c.size(), 250u);
  for (int n = 0; n < 500; ++n) EXPECT_EQ(c.contains(key_maker<std::string>::make(n)), n % 2 == 1);
}

TYPED_TEST(InsertEraseTest, EraseByIteratorReturnsTheNext) {
  using C = typename TypeParam::template keyed<int>;
  C c;
  fill<TypeParam>(c, 0, 300);
  std::vector<int> seen;
  for (auto it = c.begin(); it != c.end();) {
    seen.push_back(TypeParam::key_of(*it));
    if (TypeParam::key_of(*it) % 3 == 0) {
      it = c.erase(it);
    } else {
      ++it;
    }
  }
  std::sort(seen.begin(), seen.end());
  EXPECT_EQ(seen, keys_between(0, 300)) << "every entry exactly once";
  EXPECT_EQ(c.size(), 200u);
  static_assert(std::is_convertible_v<decltype(c.erase(c.begin())), typename C::iterator>);
}

TYPED_TEST(InsertEraseTest, EraseByConstIterator) {
  using C = typename TypeParam::template keyed<int>;
  C c;
  fill<TypeParam>(c, 0, 20);
  typename C::const_iterator it = std::as_const(c).find(7);
  c.erase(it);
  EXPECT_FALSE(c.contains(7));
  it = c.find(8);
  c.erase(it);
  EXPECT_EQ(c.size(), 18u);
}

TYPED_TEST(InsertEraseTest, EraseEverythingFromTheFront) {
  using C = typename TypeParam::template keyed<int>;
  C c;
  fill<TypeParam>(c, 0, 1000);
  std::size_t left = 1000;
  while (!c.empty()) {
    c.erase(c.begin());
    ASSERT_EQ(c.size(), --left);
  }
  EXPECT_EQ(c.begin(), c.end());
  fill<TypeParam>(c, 0, 10);
  EXPECT_EQ(sorted_keys<TypeParam>(c), keys_between(0, 10));
}

TYPED_TEST(InsertEraseTest, EraseRange) {
  using C = typename TypeParam::template keyed<int>;
  C c;
  fill<TypeParam>(c, 0, 100);
  EXPECT_EQ(c.erase(c.cbegin(), c.cbegin()), c.begin());
  EXPECT_EQ(c.size(), 100u);
  const auto middle = std::next(c.cbegin(), 30);
  const int expected = TypeParam::key_of(*middle);
  const auto next = c.erase(c.cbegin(), middle);
  EXPECT_EQ(TypeParam::key_of(*next), expected);
  EXPECT_EQ(c.size(), 70u);
  EXPECT_EQ(c.erase(c.cbegin(), c.cend()), c.end());
  EXPECT_TRUE(c.empty());
}

TYPED_TEST(InsertEraseTest, ClearLeavesAUsableContainer) {
  using C = typename TypeParam::template keyed<std::string>;
  C c;
  c.clear();
  for (int round = 0; round < 3; ++round) {
    fill<TypeParam>(c, 0, 200);
    c.clear();
    EXPECT_TRUE(c.empty());
    EXPECT_EQ(c.begin(), c.end());
    EXPECT_FALSE(c.contains(key_maker<std::string>::make(0)));
  }
}

TYPED_TEST(InsertEraseTest, LongChurnKeepsExactlyTheLiveKeys) {
  using C = typename TypeParam::template keyed<int, identity_hash>;
  C c;
  for (int n = 0; n < 20'000; ++n) {
    c.insert(TypeParam::make(n));
    if (n >= 100) {
      ASSERT_EQ(c.erase(n - 100), 1u);
    }
  }
  EXPECT_EQ(sorted_keys<TypeParam>(c), keys_between(19'900, 20'000));
}

TYPED_TEST(InsertEraseTest, HeterogeneousErase) {
  if constexpr (TypeParam::is_steady) {
    using C =
        typename TypeParam::template keyed<std::string, transparent_string_hash, transparent_string_equal>;
    C c;
    fill<TypeParam>(c, 0, 10);
    const std::string text = key_maker<std::string>::make(3);
    EXPECT_EQ(c.erase(std::string_view(text)), 1u);
    EXPECT_EQ(c.erase(std::string_view(text)), 0u);
    EXPECT_EQ(c.size(), 9u);
    // An iterator is still an iterator, not a heterogeneous key.
    c.erase(c.begin());
    EXPECT_EQ(c.size(), 8u);
    c.erase(c.cbegin());
    EXPECT_EQ(c.size(), 7u);
  }
}

TYPED_TEST(InsertEraseTest, NodeContainersKeepReferences) {
  if constexpr (TypeParam::has_stable_addresses) {
    using C = typename TypeParam::template keyed<int>;
    C c;
    const auto* first = &*c.insert(TypeParam::make(-1)).first;
    fill<TypeParam>(c, 0, 5000);
    EXPECT_EQ(&*c.find(-1), first);
    for (int n = 0; n < 5000; ++n) c.erase(n);
    EXPECT_EQ(&*c.find(-1), first);
    c.rehash(0);
    EXPECT_EQ(&*c.find(-1), first);
  }
}

}  // namespace
}  // namespace steady_test
