// G7, drop-in: copy, move and list assignment, swap, and the allocator propagation traits in all eight
// combinations.
#include <type_traits>

#include "../support/families.hpp"
#include "../support/functors.hpp"
#include "../support/tracking_allocator.hpp"

namespace steady_test {
namespace {

// A family with one combination of propagation traits; the allocator is what these tests vary.
template <class Family, bool OnCopy, bool OnMove, bool OnSwap>
struct propagation {
  using family = Family;
  static constexpr bool on_copy = OnCopy;
  static constexpr bool on_move = OnMove;
  static constexpr bool on_swap = OnSwap;
  template <class T>
  using allocator_of = tracking_allocator<T, OnCopy, OnMove, OnSwap>;
  using container = typename Family::template keyed<int, stateful_hash, stateful_equal, allocator_of>;
};

template <class Propagation>
class AssignmentTest : public ::testing::Test {
 public:
  using container = typename Propagation::container;
  using allocator = typename container::allocator_type;
  using family = typename Propagation::family;

  static container filled(int first, int last, int id) {
    container c(0, stateful_hash(id), stateful_equal(id), allocator(id));
    fill<family>(c, first, last);
    return c;
  }
  void TearDown() override {
    EXPECT_TRUE(tracking_counts::owners().empty()) << "blocks leaked";
    EXPECT_EQ(tracking_counts::foreign_releases, 0u) << "a block went back to an unequal allocator";
    tracking_counts::owners().clear();
    tracking_counts::foreign_releases = 0;
  }
};

#ifdef STEADY_TEST_HAS_CORE
using combinations = ::testing::Types<
    propagation<std_maps, false, false, false>, propagation<std_sets, true, true, true>,
    propagation<steady_maps, false, false, false>, propagation<steady_maps, true, true, true>,
    propagation<steady_node_maps, false, true, false>, propagation<steady_node_maps, true, false, true>,
    propagation<steady_sets, false, true, true>, propagation<steady_sets, true, false, false>,
    propagation<steady_node_sets, false, false, true>, propagation<steady_node_sets, true, true, false>>;
#else
using combinations =
    ::testing::Types<propagation<std_maps, false, false, false>, propagation<std_maps, true, true, true>,
                     propagation<std_sets, false, true, false>, propagation<std_sets, true, false, true>>;
#endif
TYPED_TEST_SUITE(AssignmentTest, combinations);

TYPED_TEST(AssignmentTest, CopyTakesEntriesAndFunctors) {
  using F = typename TestFixture::family;
  for (const int size : {0, 1, 40, 400}) {
    auto source = TestFixture::filled(0, size, 1);
    auto target = TestFixture::filled(1000, 1050, 2);
    auto& result = (target = source);
    EXPECT_EQ(&result, &target);
    EXPECT_EQ(sorted_keys<F>(target), keys_between(0, size));
    EXPECT_EQ(sorted_keys<F>(source), keys_between(0, size));
    EXPECT_EQ(target.hash_function().id, 1);
    EXPECT_EQ(target.key_eq().id, 1);
    EXPECT_EQ(target.get_allocator().id(), TypeParam::on_copy ? 1 : 2);
    EXPECT_FALSE(target.contains(1000));
    for (int n = 0; n < size; ++n) EXPECT_TRUE(target.contains(n));
  }
}

TYPED_TEST(AssignmentTest, CopyToItselfChangesNothing) {
  using F = typename TestFixture::family;
  auto c = TestFixture::filled(0, 100, 1);
  auto& alias = c;
  c = alias;
  EXPECT_EQ(sorted_keys<F>(c), keys_between(0, 100));
}

TYPED_TEST(AssignmentTest, MoveWithEqualAllocatorsMovesTheTable) {
  using F = typename TestFixture::family;
  for (const int size : {0, 1, 40, 400}) {
    auto source = TestFixture::filled(0, size, 1);
    auto target = TestFixture::filled(1000, 1050, 1);
    const auto* address = size == 0 ? nullptr : &*source.find(0);
    auto& result = (target = std::move(source));
    EXPECT_EQ(&result, &target);
    EXPECT_EQ(sorted_keys<F>(target), keys_between(0, size));
    if (size != 0) {
      EXPECT_EQ(&*target.find(0), address);
    }
    source.insert(F::make(5));
    EXPECT_TRUE(source.contains(5));
    EXPECT_FALSE(target.contains(1000));
  }
}

TYPED_TEST(AssignmentTest, MoveWithUnequalAllocators) {
  using F = typename TestFixture::family;
  for (const int size : {0, 1, 40, 400}) {
    auto source = TestFixture::filled(0, size, 1);
    auto target = TestFixture::filled(1000, 1050, 2);
    target = std::move(source);
    EXPECT_EQ(sorted_keys<F>(target), keys_between(0, size));
    EXPECT_EQ(target.get_allocator().id(), TypeParam::on_move ? 1 : 2);
    EXPECT_EQ(target.hash_function().id, 1);
    for (int n = 0; n < size; ++n) EXPECT_TRUE(target.contains(n));
  }
}

TYPED_TEST(AssignmentTest, ListReplacesEverything) {
  using F = typename TestFixture::family;
  auto target = TestFixture::filled(1000, 1100, 2);
  auto& result = (target = {F::make(0), F::make(1)});
  EXPECT_EQ(&result, &target);
  EXPECT_EQ(sorted_keys<F>(target), keys_between(0, 2));
#if defined(_LIBCPP_VERSION)
  // libc++'s own containers reuse their nodes here, and leak the one of a key that comes twice.
  constexpr bool leaks = std::is_same_v<F, std_maps> || std::is_same_v<F, std_sets>;
#else
  constexpr bool leaks = false;
#endif
  if constexpr (!leaks) target = {F::make(0), F::make(1), F::make(0)};
  EXPECT_EQ(sorted_keys<F>(target), keys_between(0, 2));
  EXPECT_EQ(target.get_allocator().id(), 2);
  target = {};
  EXPECT_TRUE(target.empty());
}

TYPED_TEST(AssignmentTest, SwapExchangesEverything) {
  using F = typename TestFixture::family;
  using std::swap;
  for (const bool by_member : {false, true}) {
    auto a = TestFixture::filled(0, 300, 1);
    // Swapping unequal allocators that do not propagate is undefined in the standard.
    const int other = TypeParam::on_swap ? 2 : 1;
    auto b = TestFixture::filled(1000, 1001, other);
    const auto* address = &*a.find(0);
    if (by_member) {
      a.swap(b);
    } else {
      swap(a, b);
    }
    EXPECT_EQ(sorted_keys<F>(a), keys_between(1000, 1001));
    EXPECT_EQ(sorted_keys<F>(b), keys_between(0, 300));
    EXPECT_EQ(&*b.find(0), address);
    EXPECT_EQ(a.hash_function().id, other);
    EXPECT_EQ(b.hash_function().id, 1);
    EXPECT_EQ(a.get_allocator().id(), other);
    EXPECT_EQ(b.get_allocator().id(), 1);
    fill<F>(a, 1001, 1300);
    EXPECT_EQ(sorted_keys<F>(a), keys_between(1000, 1300));
  }
}

TYPED_TEST(AssignmentTest, SwapWithItself) {
  using F = typename TestFixture::family;
  auto a = TestFixture::filled(0, 300, 1);
  a.swap(a);
  EXPECT_EQ(sorted_keys<F>(a), keys_between(0, 300));
  EXPECT_TRUE(a.contains(299));
}

// Assigning across functors that cannot be assigned themselves (final, with state) still has to work by
// value.
template <class Family>
class AssignmentOfFunctorsTest : public ::testing::Test {};
TYPED_TEST_SUITE(AssignmentOfFunctorsTest, all_families);

TYPED_TEST(AssignmentOfFunctorsTest, FinalFunctorsTravel) {
  using C = typename TypeParam::template keyed<int, final_hash, final_equal>;
  C a(0, final_hash(1), final_equal(1));
  C b(0, final_hash(2), final_equal(2));
  fill<TypeParam>(a, 0, 100);
  fill<TypeParam>(b, 0, 10);
  a.swap(b);
  EXPECT_EQ(a.hash_function().offset(), 2u);
  EXPECT_EQ(sorted_keys<TypeParam>(a), keys_between(0, 10));
  b = a;
  EXPECT_EQ(b.key_eq().id(), 2);
  EXPECT_EQ(sorted_keys<TypeParam>(b), keys_between(0, 10));
  C c(0, final_hash(3), final_equal(3));
  c = std::move(b);
  EXPECT_EQ(c.key_eq().id(), 2);
  EXPECT_EQ(sorted_keys<TypeParam>(c), keys_between(0, 10));
}

}  // namespace
}  // namespace steady_test
