// G7, drop-in: size, max_size, bucket_count, load factors, rehash, reserve, observers.
//
// Local iterators and the bucket*(n) members are left out by design; max_load_factor's setter is ignored by
// steady.
#include <cmath>
#include <limits>
#include <stdexcept>
#include <type_traits>

#include "../support/families.hpp"
#include "../support/functors.hpp"

namespace steady_test {
namespace {

template <class Family>
class CapacityTest : public ::testing::Test {};
TYPED_TEST_SUITE(CapacityTest, all_families);

TYPED_TEST(CapacityTest, SizeFollowsEveryChange) {
  using C = typename TypeParam::template keyed<int>;
  C c;
  EXPECT_TRUE(c.empty());
  for (int n = 0; n < 1000; ++n) {
    c.insert(TypeParam::make(n));
    ASSERT_EQ(c.size(), static_cast<std::size_t>(n) + 1);
    ASSERT_FALSE(c.empty());
  }
  for (int n = 0; n < 1000; ++n) {
    c.erase(n);
    ASSERT_EQ(c.size(), 999u - static_cast<std::size_t>(n));
  }
  EXPECT_TRUE(c.empty());
  EXPECT_GT(c.max_size(), std::size_t{1} << 30);
}

TYPED_TEST(CapacityTest, LoadFactorIsSizeOverBuckets) {
  using C = typename TypeParam::template keyed<int>;
  C c;
  EXPECT_EQ(c.load_factor(), 0.0f);
  fill<TypeParam>(c, 0, 1000);
  ASSERT_GT(c.bucket_count(), 0u);
  EXPECT_NEAR(c.load_factor(), 1000.0f / static_cast<float>(c.bucket_count()), 1e-3f);
  EXPECT_LE(c.load_factor(), c.max_load_factor());
  static_assert(std::is_same_v<decltype(c.load_factor()), float>);
}

TYPED_TEST(CapacityTest, MaxLoadFactorTakesAValue) {
  using C = typename TypeParam::template keyed<int>;
  C c;
  const float before = c.max_load_factor();
  EXPECT_GT(before, 0.0f);
  c.max_load_factor(0.5f);
  if constexpr (TypeParam::is_steady) {
    EXPECT_EQ(c.max_load_factor(), before) << "the setter is ignored";
  }
  fill<TypeParam>(c, 0, 500);
  EXPECT_EQ(sorted_keys<TypeParam>(c), keys_between(0, 500));
}

TYPED_TEST(CapacityTest, ReservedRoomIsEnough) {
  using C = typename TypeParam::template keyed<int>;
  for (const int size : {1, 10, 1000}) {
    C c;
    c.reserve(static_cast<std::size_t>(size));
    const std::size_t buckets = c.bucket_count();
    EXPECT_GE(static_cast<float>(buckets) * c.max_load_factor(), static_cast<float>(size));
    fill<TypeParam>(c, 0, size);
    EXPECT_EQ(c.bucket_count(), buckets);
    EXPECT_EQ(sorted_keys<TypeParam>(c), keys_between(0, size));
  }
}

TYPED_TEST(CapacityTest, ReserveAndRehashKeepTheEntries) {
  using C = typename TypeParam::template keyed<std::string>;
  C c;
  for (int n = 0; n < 600; n += 100) {
    fill<TypeParam>(c, n, n + 100);
    c.reserve(2000);
    EXPECT_EQ(sorted_keys<TypeParam>(c), keys_between<std::string>(0, n + 100));
    c.rehash(0);
    EXPECT_EQ(sorted_keys<TypeParam>(c), keys_between<std::string>(0, n + 100));
    c.rehash(5000);
    EXPECT_GE(c.bucket_count(), 5000u);
    EXPECT_EQ(sorted_keys<TypeParam>(c), keys_between<std::string>(0, n + 100));
    c.rehash(0);
    EXPECT_LT(c.bucket_count(), 5000u);
  }
}

TYPED_TEST(CapacityTest, TheConstructorReserves) {
  using C = typename TypeParam::template keyed<int>;
  EXPECT_GE(C(100).bucket_count(), 100u);
}

TYPED_TEST(CapacityTest, ImpossibleSizesAreLengthErrors) {
  if constexpr (TypeParam::is_steady) {
    using C = typename TypeParam::template keyed<int>;
    C c;
    fill<TypeParam>(c, 0, 10);
    constexpr std::size_t huge = std::numeric_limits<std::size_t>::max();
    EXPECT_THROW(c.reserve(huge), std::length_error);
    EXPECT_THROW(c.rehash(huge), std::length_error);
    EXPECT_THROW(C c2(huge), std::length_error);
    EXPECT_EQ(sorted_keys<TypeParam>(c), keys_between(0, 10));
  }
}

TYPED_TEST(CapacityTest, Observers) {
  using C = typename TypeParam::template keyed<int, stateful_hash, stateful_equal>;
  const C c(0, stateful_hash(3), stateful_equal(4));
  EXPECT_EQ(c.hash_function()(5), stateful_hash(3)(5));
  EXPECT_TRUE(c.key_eq()(1, 1));
  EXPECT_EQ(c.hash_function(), stateful_hash(3));
  EXPECT_EQ(c.key_eq(), stateful_equal(4));
  static_assert(std::is_same_v<decltype(c.hash_function()), stateful_hash>);
  static_assert(std::is_same_v<decltype(c.key_eq()), stateful_equal>);
}

}  // namespace
}  // namespace steady_test
