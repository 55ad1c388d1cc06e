// G7, drop-in: keys and values that offer little or demand much. Each type below has exactly the property it
// is named for.
#include <cstdint>
#include <memory>
#include <string>

#include "../support/families.hpp"
#include "../support/functors.hpp"

namespace steady_test {
namespace {

template <class Family>
class DemandingTypesTest : public ::testing::Test {};
TYPED_TEST_SUITE(DemandingTypesTest, map_families);

// The bare minimum: one constructor, a destructor, and functors that know it. No ==, no default, no
// assignment, and an overloaded & and comma that trap careless generic code.
struct minimal {
  explicit minimal(int n) : value(n) {}
  minimal(const minimal&) = default;
  minimal& operator=(const minimal&) = delete;
  void operator&() const = delete;
  template <class T>
  void operator,(T&&) const = delete;
  int value;
};
struct minimal_hash {
  std::size_t operator()(const minimal& m) const { return scramble(static_cast<std::uint64_t>(m.value)); }
};
struct minimal_equal {
  bool operator()(const minimal& a, const minimal& b) const { return a.value == b.value; }
};

TYPED_TEST(DemandingTypesTest, Minimal) {
  typename TypeParam::template type<minimal, minimal, minimal_hash, minimal_equal> c;
  for (int n = 0; n < 200; ++n) EXPECT_TRUE(c.try_emplace(minimal(n), n).second);
  for (int n = 0; n < 200; ++n) EXPECT_EQ(c.at(minimal(n)).value, n);
  auto copy = c;
  for (int n = 0; n < 150; ++n) EXPECT_EQ(c.erase(minimal(n)), 1u);
  c.insert(std::pair<const minimal, minimal>(minimal(1), minimal(2)));
  EXPECT_EQ(c.size(), 51u);
  EXPECT_EQ(copy.size(), 200u);
}

struct move_only {
  explicit move_only(int n) : value(std::make_unique<int>(n)) {}
  friend bool operator==(const move_only& a, const move_only& b) { return *a.value == *b.value; }
  std::unique_ptr<int> value;
};
struct move_only_hash {
  std::size_t operator()(const move_only& m) const { return scramble(static_cast<std::uint64_t>(*m.value)); }
};

TYPED_TEST(DemandingTypesTest, MoveOnlyKeyAndValue) {
  using C = typename TypeParam::template type<move_only, move_only, move_only_hash>;
  static_assert(std::is_nothrow_swappable_v<C>);
  C c;
  for (int n = 0; n < 500; ++n) EXPECT_TRUE(c.emplace(n, n * 2).second);
  EXPECT_FALSE(c.try_emplace(move_only(3), 1).second);
  EXPECT_FALSE(c.insert_or_assign(move_only(3), move_only(7)).second);
  EXPECT_EQ(*c.at(move_only(3)).value, 7);
  for (int n = 0; n < 400; ++n) EXPECT_EQ(c.erase(move_only(n)), 1u);
  C moved = std::move(c);
  for (int n = 400; n < 500; ++n) EXPECT_EQ(*moved.at(move_only(n)).value, n * 2);
  c = std::move(moved);
  EXPECT_EQ(c.size(), 100u);
}

struct immovable {
  immovable(int a, int b) : sum(a + b), self(this) {}
  immovable(immovable&&) = delete;
  int sum;
  immovable* self;
};

TYPED_TEST(DemandingTypesTest, ImmovableValue) {
  using C = typename TypeParam::template type<int, immovable>;
  C c;
  for (int n = 0; n < 500; ++n) {
    EXPECT_TRUE(c.try_emplace(n, n, 1).second);
    EXPECT_FALSE(c.try_emplace(n, 0, 0).second);
  }
  c.emplace(std::piecewise_construct, std::forward_as_tuple(1000), std::forward_as_tuple(1, 2));
  for (int n = 0; n < 400; ++n) c.erase(n);
  C moved = std::move(c);
  for (auto& [key, value] : moved) EXPECT_EQ(value.self, &value);
  EXPECT_EQ(moved.at(1000).sum, 3);
  EXPECT_EQ(moved.at(450).sum, 451);
  c.merge(moved);
  EXPECT_EQ(c.size(), 101u);
}

struct without_default {
  explicit without_default(int n) : value(n) {}
  friend bool operator==(const without_default&, const without_default&) = default;
  int value;
};
struct without_default_hash {
  std::size_t operator()(const without_default& k) const { return static_cast<std::size_t>(k.value); }
};

TYPED_TEST(DemandingTypesTest, NoDefaultConstructor) {
  typename TypeParam::template type<without_default, without_default, without_default_hash> c;
  for (int n = 0; n < 300; ++n) c.insert_or_assign(without_default(n), without_default(n + 1));
  c.insert_or_assign(without_default(5), without_default(50));
  EXPECT_EQ(c.at(without_default(5)).value, 50);
  EXPECT_EQ(c.size(), 300u);
}

struct alignas(64) over_aligned {
  explicit over_aligned(int n = 0) : value(n) {}
  bool is_aligned() const { return reinterpret_cast<std::uintptr_t>(this) % 64 == 0; }
  friend bool operator==(const over_aligned& a, const over_aligned& b) { return a.value == b.value; }
  int value;
};
struct over_aligned_hash {
  std::size_t operator()(const over_aligned& k) const {
    return scramble(static_cast<std::uint64_t>(k.value));
  }
};

TYPED_TEST(DemandingTypesTest, OverAligned) {
  typename TypeParam::template type<over_aligned, over_aligned, over_aligned_hash> c;
  for (int n = 0; n < 1000; ++n) {
    const auto [it, is_new] = c.try_emplace(over_aligned(n), n);
    ASSERT_TRUE(it->first.is_aligned());
    ASSERT_TRUE(it->second.is_aligned());
  }
  for (int n = 0; n < 900; ++n) c.erase(over_aligned(n));
  for (const auto& [key, value] : c) ASSERT_TRUE(key.is_aligned() && value.is_aligned());
  EXPECT_EQ(c.size(), 100u);
  typename TypeParam::template type<char, over_aligned> mixed;
  for (char k = 'a'; k <= 'z'; ++k) ASSERT_TRUE(mixed[k].is_aligned());
}

struct throwing_move {
  throwing_move(int n = 0) : value(n) {}
  throwing_move(const throwing_move& other) : value(other.value) {}
  throwing_move(throwing_move&& other) noexcept(false) : value(other.value) {}
  throwing_move& operator=(const throwing_move&) = default;
  friend bool operator==(const throwing_move& a, const throwing_move& b) { return a.value == b.value; }
  int value;
};
struct throwing_move_hash {
  std::size_t operator()(const throwing_move& k) const { return static_cast<std::size_t>(k.value); }
};

TYPED_TEST(DemandingTypesTest, ThrowingMove) {
  typename TypeParam::template type<throwing_move, throwing_move, throwing_move_hash> c;
  for (int n = 0; n < 500; ++n) c[throwing_move(n)] = throwing_move(n + 1);
  for (int n = 0; n < 400; ++n) c.erase(throwing_move(n));
  for (int n = 400; n < 500; ++n) EXPECT_EQ(c.at(n).value, n + 1);
}

struct huge {
  explicit huge(int n = 0) : value(n) {}
  int value;
  std::byte rest[8192] = {};
};

TYPED_TEST(DemandingTypesTest, HugeValues) {
  typename TypeParam::template type<int, huge> c;
  for (int n = 0; n < 500; ++n) c.try_emplace(n, n);
  for (int n = 0; n < 450; ++n) c.erase(n);
  for (int n = 450; n < 500; ++n) EXPECT_EQ(c.at(n).value, n);
  auto copy = c;
  EXPECT_EQ(copy.at(499).value, 499);
}

struct empty_value {};

TYPED_TEST(DemandingTypesTest, EmptyValuesAndConstPointers) {
  typename TypeParam::template type<const char*, empty_value> c;
  static const char text[100] = {};
  for (const char& letter : text) c.try_emplace(&letter);
  EXPECT_EQ(c.size(), 100u);
  typename TypeParam::template type<bool, bool> flags{{true, false}, {false, true}};
  EXPECT_EQ(flags.size(), 2u);
  EXPECT_FALSE(flags[true]);
}

TYPED_TEST(DemandingTypesTest, ReferencesAndFunctionPointersAsFunctors) {
  using function = std::size_t (*)(const int&);
  typename TypeParam::template type<int, int, function> c(
      0, [](const int& key) { return static_cast<std::size_t>(key) * 31; });
  for (int n = 0; n < 100; ++n) c[n] = n;
  auto copy = c;
  copy.erase(1);
  EXPECT_EQ(copy.size(), 99u);
  EXPECT_EQ(c.at(99), 99);
}

}  // namespace
}  // namespace steady_test
