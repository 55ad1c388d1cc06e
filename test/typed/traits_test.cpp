// G7, drop-in: member types, ranges concepts, iterator traits, noexcept properties, deduction guides.
//
// Most of this is checked by the compiler; the tests exist so that a failure has a name.
#include <algorithm>
#include <iterator>
#include <ranges>
#include <string>
#include <type_traits>

#include "../support/counting_allocator.hpp"
#include "../support/families.hpp"
#include "../support/functors.hpp"

namespace steady_test {
namespace {

template <class Family>
class TraitsTest : public ::testing::Test {};
TYPED_TEST_SUITE(TraitsTest, all_families);

TYPED_TEST(TraitsTest, MemberTypes) {
  using C = typename TypeParam::template keyed<int, stateful_hash, stateful_equal>;
  using entry = typename TypeParam::template entry<int>;
  static_assert(std::is_same_v<typename C::key_type, int>);
  static_assert(std::is_same_v<typename C::value_type, entry>);
  static_assert(std::is_same_v<typename C::reference, entry&>);
  static_assert(std::is_same_v<typename C::const_reference, const entry&>);
  static_assert(std::is_same_v<typename C::pointer, entry*>);
  static_assert(std::is_same_v<typename C::const_pointer, const entry*>);
  static_assert(std::is_same_v<typename C::size_type, std::size_t>);
  static_assert(std::is_same_v<typename C::difference_type, std::ptrdiff_t>);
  static_assert(std::is_same_v<typename C::hasher, stateful_hash>);
  static_assert(std::is_same_v<typename C::key_equal, stateful_equal>);
  static_assert(std::is_same_v<typename C::allocator_type, std::allocator<entry>>);
  if constexpr (TypeParam::is_map) {
    static_assert(std::is_same_v<typename C::mapped_type, int>);
  }
}

TYPED_TEST(TraitsTest, Iterators) {
  using C = typename TypeParam::template keyed<int>;
  using entry = typename TypeParam::template entry<int>;
  using iterator = typename C::iterator;
  using const_iterator = typename C::const_iterator;
  static_assert(std::forward_iterator<iterator>);
  static_assert(std::forward_iterator<const_iterator>);
  static_assert(std::is_same_v<std::iter_value_t<iterator>, entry>);
  static_assert(std::is_same_v<typename std::iterator_traits<const_iterator>::reference, const entry&>);
  static_assert(std::is_same_v<typename std::iterator_traits<iterator>::difference_type, std::ptrdiff_t>);
  static_assert(std::is_base_of_v<std::forward_iterator_tag,
                                  typename std::iterator_traits<iterator>::iterator_category>);
  if constexpr (TypeParam::is_map) {
    static_assert(std::is_same_v<std::iter_reference_t<iterator>, entry&>);
  } else {
    static_assert(std::is_same_v<std::iter_reference_t<iterator>, const entry&>);
  }
  static_assert(std::is_convertible_v<iterator, const_iterator>);
  static_assert(!TypeParam::is_map || !std::is_convertible_v<const_iterator, iterator>);
  static_assert(std::equality_comparable_with<iterator, const_iterator>);
  iterator value_initialised{};
  EXPECT_EQ(value_initialised, iterator{});
}

TYPED_TEST(TraitsTest, Ranges) {
  using C = typename TypeParam::template keyed<int>;
  static_assert(std::ranges::forward_range<C>);
  static_assert(std::ranges::forward_range<const C>);
  static_assert(std::ranges::common_range<C>);
  static_assert(std::ranges::sized_range<C>);
  static_assert(!std::ranges::bidirectional_range<C>);
  C c;
  fill<TypeParam>(c, 0, 100);
  EXPECT_EQ(std::ranges::distance(c), 100);
  EXPECT_EQ(std::ranges::count_if(std::as_const(c), [](const auto& e) { return TypeParam::key_of(e) < 10; }),
            10);
  EXPECT_NE(std::ranges::find_if(c, [](const auto& e) { return TypeParam::key_of(e) == 99; }), c.end());
}

TYPED_TEST(TraitsTest, AnUnchangedContainerIteratesTheSameWayEachTime) {
  using C = typename TypeParam::template keyed<int>;
  C c;
  fill<TypeParam>(c, 0, 500);
  std::vector<int> first;
  std::vector<int> second;
  std::vector<int> constant;
  for (const auto& entry : c) first.push_back(TypeParam::key_of(entry));
  for (auto it = c.begin(); it != c.end(); it++) second.push_back(TypeParam::key_of(*it));
  for (const auto& entry : std::as_const(c)) constant.push_back(TypeParam::key_of(entry));
  EXPECT_EQ(first, second);
  EXPECT_EQ(first, constant);
  // The rest of the walk from a found entry is the rest of the walk from begin().
  const auto middle = first.begin() + 250;
  std::vector<int> rest;
  for (auto it = c.find(*middle); it != c.end(); ++it) rest.push_back(TypeParam::key_of(*it));
  EXPECT_EQ(rest, std::vector<int>(middle, first.end()));
  // Multipass: copies of an iterator go the same way.
  auto one = c.begin();
  auto two = one;
  ++one;
  ++two;
  EXPECT_EQ(one, two);
  EXPECT_EQ(&*one, &*two);
}

TYPED_TEST(TraitsTest, Noexcept) {
  using C = typename TypeParam::template keyed<int>;
  static_assert(std::is_nothrow_move_assignable_v<C>);
  static_assert(std::is_nothrow_swappable_v<C>);
  static_assert(std::is_nothrow_destructible_v<C>);
  static_assert(noexcept(std::declval<C&>().clear()));
  static_assert(noexcept(std::declval<C&>().begin()));
  static_assert(noexcept(std::declval<const C&>().end()));
  static_assert(noexcept(std::declval<const C&>().size()));
  static_assert(noexcept(std::declval<const C&>().empty()));
  static_assert(noexcept(std::declval<const C&>().max_size()));
  static_assert(noexcept(std::declval<const C&>().get_allocator()));
  static_assert(std::is_nothrow_move_constructible_v<typename C::iterator>);
  static_assert(std::is_nothrow_move_constructible_v<typename C::node_type>);
  if constexpr (TypeParam::is_steady) {
    static_assert(std::is_nothrow_default_constructible_v<C>,
                  "G6: the default constructor allocates nothing");
    static_assert(std::is_nothrow_move_constructible_v<C>);
  }
}

TYPED_TEST(TraitsTest, CopyingFollowsTheEntries) {
  using C = typename TypeParam::template keyed<int>;
  static_assert(std::copyable<C>);
  static_assert(std::regular<C>);
}

// Deduction through a template template parameter, since the guides belong to the template and not to an
// alias.
template <template <class...> class Map>
void deduce_map() {
  using V = std::string;
  using entry = std::pair<const int, V>;
  using A = counting_allocator<entry>;
  const std::vector<std::pair<int, V>> pairs{{1, "a"}, {2, "b"}};
  Map from_range(pairs.begin(), pairs.end());
  static_assert(std::is_same_v<typename decltype(from_range)::key_type, int>);
  static_assert(std::is_same_v<typename decltype(from_range)::mapped_type, V>);
  EXPECT_EQ(from_range.size(), 2u);
  Map from_list{std::pair<int, V>{1, "a"}, std::pair<int, V>{2, "b"}};
  static_assert(std::is_same_v<decltype(from_list), decltype(from_range)>);
  EXPECT_EQ(from_list.size(), 2u);
  Map with_hash(pairs.begin(), pairs.end(), 10, stateful_hash(1));
  static_assert(std::is_same_v<typename decltype(with_hash)::hasher, stateful_hash>);
  Map with_equal(pairs.begin(), pairs.end(), 10, stateful_hash(1), stateful_equal(1));
  static_assert(std::is_same_v<typename decltype(with_equal)::key_equal, stateful_equal>);
  Map with_allocator(pairs.begin(), pairs.end(), 10, stateful_hash(1), stateful_equal(1), A());
  static_assert(std::is_same_v<typename decltype(with_allocator)::allocator_type, A>);
  Map with_allocator_alone(pairs.begin(), pairs.end(), 10, A());
  static_assert(std::is_same_v<typename decltype(with_allocator_alone)::allocator_type, A>);
  Map with_hash_and_allocator(pairs.begin(), pairs.end(), 10, stateful_hash(1), A());
  static_assert(std::is_same_v<typename decltype(with_hash_and_allocator)::hasher, stateful_hash>);
  Map list_with_allocator({std::pair<int, V>{1, "a"}}, 10, A());
  static_assert(std::is_same_v<typename decltype(list_with_allocator)::allocator_type, A>);
  Map list_with_hash({std::pair<int, V>{1, "a"}}, 10, stateful_hash(2));
  static_assert(std::is_same_v<typename decltype(list_with_hash)::hasher, stateful_hash>);
  Map copied(from_list);
  static_assert(std::is_same_v<decltype(copied), decltype(from_list)>);
}

template <template <class...> class Set>
void deduce_set() {
  using A = counting_allocator<int>;
  const std::vector<int> keys{1, 2};
  Set from_range(keys.begin(), keys.end());
  static_assert(std::is_same_v<typename decltype(from_range)::key_type, int>);
  Set from_list{1, 2, 3};
  static_assert(std::is_same_v<decltype(from_list), decltype(from_range)>);
  EXPECT_EQ(from_list.size(), 3u);
  Set with_hash(keys.begin(), keys.end(), 10, stateful_hash(1));
  static_assert(std::is_same_v<typename decltype(with_hash)::hasher, stateful_hash>);
  Set with_allocator(keys.begin(), keys.end(), 10, stateful_hash(1), stateful_equal(1), A());
  static_assert(std::is_same_v<typename decltype(with_allocator)::allocator_type, A>);
  Set with_allocator_alone(keys.begin(), keys.end(), 10, A());
  static_assert(std::is_same_v<typename decltype(with_allocator_alone)::allocator_type, A>);
  Set list_with_allocator({1, 2}, 10, A());
  static_assert(std::is_same_v<typename decltype(list_with_allocator)::allocator_type, A>);
}

TEST(DeductionTest, Std) {
  deduce_map<std::unordered_map>();
  deduce_set<std::unordered_set>();
}
#ifdef STEADY_TEST_HAS_CORE
TEST(DeductionTest, Steady) {
  deduce_map<steady::map>();
  deduce_map<steady::node_map>();
  deduce_set<steady::set>();
  deduce_set<steady::node_set>();
}
#endif

}  // namespace
}  // namespace steady_test
