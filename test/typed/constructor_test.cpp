// G7, drop-in: every constructor of C++20's std::unordered_map and std::unordered_set.
#include <initializer_list>
#include <iterator>
#include <sstream>
#include <type_traits>

#include "../support/families.hpp"
#include "../support/functors.hpp"
#include "../support/tracking_allocator.hpp"

namespace steady_test {
namespace {

template <class T>
using tracked = tracking_allocator<T, true, true, true>;

template <class Family>
class ConstructorTest : public ::testing::Test {
 public:
  using container = typename Family::template keyed<int, stateful_hash, stateful_equal, tracked>;
  using allocator = typename container::allocator_type;
  using value_type = typename container::value_type;

  static std::vector<value_type> source(int first, int last) {
    std::vector<value_type> entries;
    for (int n = first; n < last; ++n) entries.push_back(Family::make(n));
    return entries;
  }
  static void expect(const container& c, int size, int hash_id, int equal_id, int allocator_id) {
    EXPECT_EQ(sorted_keys<Family>(c), keys_between(0, size));
    EXPECT_EQ(c.size(), static_cast<std::size_t>(size));
    EXPECT_EQ(c.empty(), size == 0);
    EXPECT_EQ(c.hash_function().id, hash_id);
    EXPECT_EQ(c.key_eq().id, equal_id);
    EXPECT_EQ(c.get_allocator().id(), allocator_id);
    for (int n = 0; n < size; ++n) EXPECT_TRUE(c.contains(n));
    EXPECT_FALSE(c.contains(size));
  }
  void TearDown() override {
    EXPECT_TRUE(tracking_counts::owners().empty()) << "blocks leaked";
    EXPECT_EQ(tracking_counts::foreign_releases, 0u) << "a block went back to an unequal allocator";
    tracking_counts::owners().clear();
    tracking_counts::foreign_releases = 0;
  }
};
TYPED_TEST_SUITE(ConstructorTest, all_families);

TYPED_TEST(ConstructorTest, Default) {
  typename TestFixture::container c;
  TestFixture::expect(c, 0, 0, 0, 0);
  const typename TestFixture::container constant{};
  EXPECT_EQ(constant.begin(), constant.end());
}

TYPED_TEST(ConstructorTest, DefaultIsImplicit) {
  const auto make = []() -> typename TestFixture::container { return {}; };
  TestFixture::expect(make(), 0, 0, 0, 0);
}

TYPED_TEST(ConstructorTest, BucketCountAndFunctors) {
  using C = typename TestFixture::container;
  using A = typename TestFixture::allocator;
  C a(100);
  TestFixture::expect(a, 0, 0, 0, 0);
  C b(100, stateful_hash(1));
  TestFixture::expect(b, 0, 1, 0, 0);
  C c(100, stateful_hash(1), stateful_equal(2));
  TestFixture::expect(c, 0, 1, 2, 0);
  C d(100, stateful_hash(1), stateful_equal(2), A(3));
  TestFixture::expect(d, 0, 1, 2, 3);
  C e(100, A(3));
  TestFixture::expect(e, 0, 0, 0, 3);
  C f(100, stateful_hash(1), A(3));
  TestFixture::expect(f, 0, 1, 0, 3);
  fill<TypeParam>(d, 0, 300);
  TestFixture::expect(d, 300, 1, 2, 3);
  static_assert(!std::is_convertible_v<std::size_t, C>);
}

TYPED_TEST(ConstructorTest, AllocatorAlone) {
  using C = typename TestFixture::container;
  using A = typename TestFixture::allocator;
  C c(A(5));
  TestFixture::expect(c, 0, 0, 0, 5);
  static_assert(!std::is_convertible_v<A, C>);
}

TYPED_TEST(ConstructorTest, Range) {
  using C = typename TestFixture::container;
  using A = typename TestFixture::allocator;
  auto entries = TestFixture::source(0, 200);
  entries.push_back(TypeParam::make(7));  // a repeated key is inserted once
  const auto first = entries.begin();
  const auto last = entries.end();
  TestFixture::expect(C(first, last), 200, 0, 0, 0);
  TestFixture::expect(C(first, last, 10), 200, 0, 0, 0);
  TestFixture::expect(C(first, last, 10, stateful_hash(1)), 200, 1, 0, 0);
  TestFixture::expect(C(first, last, 10, stateful_hash(1), stateful_equal(2)), 200, 1, 2, 0);
  TestFixture::expect(C(first, last, 10, stateful_hash(1), stateful_equal(2), A(3)), 200, 1, 2, 3);
  TestFixture::expect(C(first, last, 10, A(3)), 200, 0, 0, 3);
  TestFixture::expect(C(first, last, 10, stateful_hash(1), A(3)), 200, 1, 0, 3);
  TestFixture::expect(C(first, first), 0, 0, 0, 0);
}

TYPED_TEST(ConstructorTest, InitializerList) {
  using C = typename TestFixture::container;
  using A = typename TestFixture::allocator;
  const std::initializer_list<typename C::value_type> list = {TypeParam::make(0), TypeParam::make(1),
                                                              TypeParam::make(2), TypeParam::make(1)};
  TestFixture::expect(C(list), 3, 0, 0, 0);
  TestFixture::expect(C(list, 10), 3, 0, 0, 0);
  TestFixture::expect(C(list, 10, stateful_hash(1)), 3, 1, 0, 0);
  TestFixture::expect(C(list, 10, stateful_hash(1), stateful_equal(2)), 3, 1, 2, 0);
  TestFixture::expect(C(list, 10, stateful_hash(1), stateful_equal(2), A(3)), 3, 1, 2, 3);
  TestFixture::expect(C(list, 10, A(3)), 3, 0, 0, 3);
  TestFixture::expect(C(list, 10, stateful_hash(1), A(3)), 3, 1, 0, 3);
  C braced{TypeParam::make(0), TypeParam::make(1)};
  TestFixture::expect(braced, 2, 0, 0, 0);
}

TYPED_TEST(ConstructorTest, Copy) {
  using C = typename TestFixture::container;
  using A = typename TestFixture::allocator;
  for (const int size : {0, 1, 3, 20, 500}) {
    C source(0, stateful_hash(1), stateful_equal(2), A(3));
    fill<TypeParam>(source, 0, size);
    C copy(source);
    TestFixture::expect(copy, size, 1, 2, 1003);  // select_on_container_copy_construction
    TestFixture::expect(source, size, 1, 2, 3);
    C with_allocator(source, A(9));
    TestFixture::expect(with_allocator, size, 1, 2, 9);
    copy.insert(TypeParam::make(size));
    EXPECT_FALSE(source.contains(size));
  }
}

TYPED_TEST(ConstructorTest, CopyAfterErasing) {
  using C = typename TestFixture::container;
  C source;
  fill<TypeParam>(source, 0, 1000);
  for (int n = 100; n < 1000; ++n) source.erase(n);
  TestFixture::expect(C(source), 100, 0, 0, 1000);
}

TYPED_TEST(ConstructorTest, Move) {
  using C = typename TestFixture::container;
  using A = typename TestFixture::allocator;
  for (const int size : {0, 1, 3, 20, 500}) {
    C source(0, stateful_hash(1), stateful_equal(2), A(3));
    fill<TypeParam>(source, 0, size);
    const auto* address = size == 0 ? nullptr : &*source.find(0);
    C moved(std::move(source));
    TestFixture::expect(moved, size, 1, 2, 3);
    if (size != 0) {
      EXPECT_EQ(&*moved.find(0), address) << "moving keeps references to elements";
    }
    EXPECT_TRUE(source.empty());
    source.insert(TypeParam::make(1));  // a moved-from container works on
    EXPECT_TRUE(source.contains(1));
    EXPECT_EQ(source.size(), 1u);
    source.clear();
    EXPECT_TRUE(source.empty());
  }
}

TYPED_TEST(ConstructorTest, MoveWithAllocator) {
  using C = typename TestFixture::container;
  using A = typename TestFixture::allocator;
  for (const int size : {0, 3, 500}) {
    C equal_source(0, stateful_hash(1), stateful_equal(2), A(3));
    fill<TypeParam>(equal_source, 0, size);
    const auto* address = size == 0 ? nullptr : &*equal_source.find(0);
    C same(std::move(equal_source), A(3));
    TestFixture::expect(same, size, 1, 2, 3);
    if (size != 0) {
      EXPECT_EQ(&*same.find(0), address);
    }

    C other_source(0, stateful_hash(1), stateful_equal(2), A(3));
    fill<TypeParam>(other_source, 0, size);
    C other(std::move(other_source), A(4));
    TestFixture::expect(other, size, 1, 2, 4);
  }
}

TYPED_TEST(ConstructorTest, InputIterators) {
  using C = typename TypeParam::template keyed<int>;
  std::istringstream text("1 2 3 2 1");
  std::vector<int> numbers{std::istream_iterator<int>(text), std::istream_iterator<int>()};
  if constexpr (TypeParam::is_map) {
    std::vector<std::pair<int, int>> pairs;
    for (const int n : numbers) pairs.emplace_back(n, n);
    C c(pairs.begin(), pairs.end());  // pair<int, int> converts to pair<const int, int>
    EXPECT_EQ(sorted_keys<TypeParam>(c), keys_between(1, 4));
  } else {
    std::istringstream again("1 2 3 2 1");
    C c{std::istream_iterator<int>(again), std::istream_iterator<int>()};
    EXPECT_EQ(sorted_keys<TypeParam>(c), keys_between(1, 4));
  }
}

TYPED_TEST(ConstructorTest, FunctorsWithoutDefaultConstructor) {
  using C = typename TypeParam::template keyed<int, final_hash, final_equal>;
  C c(0, final_hash(11), final_equal(12));
  fill<TypeParam>(c, 0, 300);
  EXPECT_EQ(c.hash_function().offset(), 11u);
  EXPECT_EQ(c.key_eq().id(), 12);
  C copy(c);
  C moved(std::move(c));
  EXPECT_EQ(copy.hash_function().offset(), 11u);
  EXPECT_EQ(moved.key_eq().id(), 12);
  EXPECT_EQ(sorted_keys<TypeParam>(copy), keys_between(0, 300));
  EXPECT_EQ(sorted_keys<TypeParam>(moved), keys_between(0, 300));
}

}  // namespace
}  // namespace steady_test
