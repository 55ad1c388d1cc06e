// steady::hash gives equal values equal hashes, whatever form they come in, and tells unequal ones apart; and
// it is callable for the types it promises, and for no others.
#include <gtest/gtest.h>

#include <array>
#include <bitset>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <limits>
#include <memory>
#include <memory_resource>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <steady/hash.hpp>

namespace {

constexpr std::uint64_t seed = 0x0123'4567'89AB'CDEF;

template <class T>
std::uint64_t hash_of(const T& value) {
  return steady::hash<T>{}(value, seed);
}

TEST(HashEquality, FloatingPointZerosAreOne) {
  EXPECT_EQ(hash_of(0.0F), hash_of(-0.0F));
  EXPECT_EQ(hash_of(0.0), hash_of(-0.0));
  EXPECT_EQ(hash_of(0.0L), hash_of(-0.0L));
  EXPECT_NE(hash_of(1.0), hash_of(-1.0));
  EXPECT_NE(hash_of(1.0L), hash_of(-1.0L));
  EXPECT_NE(hash_of(1.0F), hash_of(-1.0F));
}

TEST(HashEquality, LongDoubleIsHashedByValueNotByPadding) {
  alignas(long double) unsigned char storage[2][sizeof(long double)];
  std::memset(storage[0], 0x00, sizeof storage[0]);
  std::memset(storage[1], 0xFF, sizeof storage[1]);
  auto* first = new (storage[0]) long double(1.1L);
  auto* second = new (storage[1]) long double(1.1L);
  EXPECT_EQ(hash_of(*first), hash_of(*second));
}

TEST(HashEquality, LongDoubleTellsApartWhatADoubleCannot) {
  std::set<std::uint64_t> seen;
  long double value = 1.0L;
  for (int step = 0; step < 100; ++step) {
    seen.insert(hash_of(value));
    value = std::nextafter(value, 2.0L);
  }
  EXPECT_EQ(seen.size(), 100u);
  EXPECT_NE(hash_of(std::numeric_limits<long double>::max()),
            hash_of(std::numeric_limits<long double>::infinity()));
  EXPECT_NE(hash_of(std::numeric_limits<long double>::max()),
            hash_of(std::numeric_limits<long double>::max() / 2));
  EXPECT_NE(hash_of(std::numeric_limits<long double>::infinity()),
            hash_of(-std::numeric_limits<long double>::infinity()));
}

TEST(HashEquality, LongDoubleIsTakenApartAsByFrexp) {
  using limits = std::numeric_limits<long double>;
  const auto expect_same = [](long double value) {
    for (const long double each : {value, -value}) {
      int exponent = 0;
      const long double fraction = std::frexp(each, &exponent);
      const auto parts = steady::detail::parts_of(each);
      ASSERT_EQ(parts.fraction, fraction) << each;
      ASSERT_EQ(parts.exponent, exponent) << each;
    }
  };
  for (const long double edge :
       {0.0L, limits::denorm_min(), limits::min(), limits::max(), limits::epsilon(), 0.5L, 1.0L, 2.0L})
    expect_same(edge);
  // Every power of two, those below the normal numbers too, and its neighbours.
  for (int exponent = limits::min_exponent - limits::digits; exponent < limits::max_exponent; ++exponent) {
    const long double power = std::ldexp(1.0L, exponent);
    expect_same(power);
    expect_same(std::nextafter(power, 0.0L));
    expect_same(std::nextafter(power, limits::max()));
    expect_same(power * 1.7L);
  }
}

template <class C>
void expect_all_forms_of_text_equal(const C* literal) {
  const std::basic_string_view<C> view{literal};
  const std::basic_string<C> string{literal};
  const std::basic_string<C, std::char_traits<C>, std::pmr::polymorphic_allocator<C>> other{literal};
  const auto expected = steady::hash<std::basic_string<C>>{}(string, seed);
  EXPECT_EQ(expected, steady::hash<std::basic_string<C>>{}(view, seed));
  EXPECT_EQ(expected, steady::hash<std::basic_string<C>>{}(literal, seed));
  EXPECT_EQ(expected, hash_of(view));
  EXPECT_EQ(expected, hash_of(other));
  EXPECT_EQ(expected, steady::hash<>{}(string, seed));
  EXPECT_EQ(expected, steady::hash<>{}(view, seed));
  EXPECT_EQ(expected, steady::hash<>{}(literal, seed));
  using of_string = steady::hash<std::basic_string<C>>;
  static_assert(requires { typename of_string::is_transparent; });
}

TEST(HashEquality, StringViewAndLiteralAgreeForEveryCharacterType) {
  expect_all_forms_of_text_equal("steady");
  expect_all_forms_of_text_equal(L"steady");
  expect_all_forms_of_text_equal(u8"steady");
  expect_all_forms_of_text_equal(u"steady");
  expect_all_forms_of_text_equal(U"steady");
  EXPECT_EQ(steady::hash<>{}("steady", seed), hash_of(std::string{"steady"}));  // an array, not a pointer
}

TEST(HashEquality, LengthsAndZeroBytesAreToldApart) {
  std::set<std::uint64_t> seen;
  for (std::size_t length = 0; length <= 300; ++length) seen.insert(hash_of(std::string(length, '\0')));
  EXPECT_EQ(seen.size(), 301u);
}

TEST(HashEquality, EveryByteOfATextCounts) {
  for (std::size_t length = 1; length <= 260; ++length) {
    std::string text(length, 'a');
    std::set<std::uint64_t> seen{hash_of(text)};
    for (auto& letter : text) {
      letter = 'b';
      seen.insert(hash_of(text));
      letter = 'a';
    }
    EXPECT_EQ(seen.size(), length + 1) << "length " << length;
  }
}

TEST(HashEquality, TextIsReadOnlyWithinItsBounds) {  // an overrun is what AddressSanitizer would see
  for (std::size_t length = 0; length <= 260; ++length) {
    const auto exact = std::make_unique<char[]>(length);
    std::memset(exact.get(), 'x', length);
    EXPECT_EQ(hash_of(std::string_view{exact.get(), length}), hash_of(std::string(length, 'x')));
  }
}

TEST(HashEquality, SpanOfBytesHashesAsTheStringOfThoseBytes) {
  const std::string text = "some bytes, more than sixteen of them";
  const std::span<const char> characters{text};
  EXPECT_EQ(hash_of(std::as_bytes(characters)), hash_of(text));
  EXPECT_EQ(hash_of(characters), hash_of(text));
}

TEST(HashEquality, PointersOfEveryKindHashTheAddress) {
  auto owned = std::make_unique<int>(1);
  int* raw = owned.get();
  const int* to_const = raw;
  EXPECT_EQ(hash_of(owned), hash_of(raw));
  EXPECT_EQ(hash_of(to_const), hash_of(raw));
  EXPECT_EQ(hash_of(static_cast<void*>(raw)), hash_of(raw));
  const auto shared = std::make_shared<int>(2);
  EXPECT_EQ(hash_of(shared), hash_of(shared.get()));
  EXPECT_EQ(hash_of(nullptr), hash_of(static_cast<int*>(nullptr)));
  const char first[] = "same", second[] = "same";
  EXPECT_NE(hash_of<const char*>(first), hash_of<const char*>(second));
}

enum class colour : std::int8_t { red = -1, green = 1 };
enum plain_enum : unsigned { nothing, something };

TEST(HashEquality, IntegersAndEnumsOfEveryWidth) {
  EXPECT_NE(hash_of(colour::red), hash_of(colour::green));
  EXPECT_NE(hash_of(nothing), hash_of(something));
  EXPECT_NE(hash_of(true), hash_of(false));
  EXPECT_NE(hash_of('a'), hash_of('b'));
  EXPECT_NE(hash_of(char32_t{1}), hash_of(char32_t{2}));
  EXPECT_EQ(hash_of(std::int8_t{-5}), hash_of(std::int64_t{-5}));
  EXPECT_EQ(hash_of(5U), hash_of(5L));
#if defined(__SIZEOF_INT128__)
  using steady::detail::int128, steady::detail::uint128;
  EXPECT_NE(hash_of(int128{1}), hash_of(int128{1} << 64));
  EXPECT_NE(hash_of(uint128{1}), hash_of(uint128{1} << 127));
  EXPECT_EQ(hash_of(int128{-7}), hash_of(static_cast<uint128>(int128{-7})));
#endif
}

TEST(HashEquality, PartsCountByPlaceAndKind) {
  EXPECT_NE(hash_of(std::pair{1, 2}), hash_of(std::pair{2, 1}));
  EXPECT_NE(hash_of(std::array{1, 2, 3}), hash_of(std::array{3, 2, 1}));
  EXPECT_NE(hash_of(std::tuple{1, 2, 3}), hash_of(std::tuple{1, 3, 2}));
  EXPECT_NE(hash_of(std::tuple{1, 2}), hash_of(std::tuple{1, 2, 0}));
  EXPECT_NE(hash_of(std::pair{std::string{"a"}, std::string{"bc"}}),
            hash_of(std::pair{std::string{"ab"}, std::string{"c"}}));
  EXPECT_NE(hash_of(std::optional<int>{}), hash_of(std::optional<int>{0}));
  using either = std::variant<int, unsigned, std::monostate>;
  EXPECT_NE(hash_of(either{std::in_place_index<0>, 1}), hash_of(either{std::in_place_index<1>, 1U}));
  EXPECT_NE(hash_of(either{std::monostate{}}), hash_of(either{0}));
  const int one = 1;
  const std::string text = "two";
  EXPECT_EQ(steady::hash<>{}(std::tie(one, text), seed), hash_of(std::tuple{1, std::string{"two"}}));
}

struct point {
  int x, y;
  friend std::uint64_t steady_hash(const point& p, std::uint64_t under) noexcept {
    return steady::hash<>{}(std::tie(p.x, p.y), under);
  }
};

struct specialised {
  int value;
};

struct unknown {};

}  // namespace

template <>
struct steady::hash<specialised> {
  std::uint64_t operator()(const specialised& key, std::uint64_t under) const noexcept {
    return steady::hash<int>{}(key.value, under);
  }
};

namespace {

TEST(HashEquality, AUsersTypeIsHashedByItsOwnRule) {
  EXPECT_EQ(hash_of(point{1, 2}), hash_of(std::tuple{1, 2}));
  EXPECT_NE(hash_of(point{1, 2}), hash_of(point{2, 1}));
  EXPECT_EQ(hash_of(std::optional{point{1, 2}}), hash_of(std::optional{std::tuple{1, 2}}));
  EXPECT_EQ(hash_of(std::pair{specialised{3}, 4}), hash_of(std::pair{3, 4}));
}

TEST(HashEquality, StdHashServesWhereNothingBetterExists) {
  std::vector<bool> bits{true, false};
  EXPECT_NE(hash_of(bits), steady::hash<std::vector<bool>>{}(bits, seed + 1));
  EXPECT_EQ(hash_of(std::bitset<9>{5}), hash_of(std::bitset<9>{5}));
}

TEST(HashEquality, IsCallableForWhatCanBeHashedAndNothingElse) {
  using steady::detail::hashable;
  static_assert(!hashable<unknown> && !hashable<std::pair<int, unknown>> && !hashable<std::vector<int>>);
  static_assert(!hashable<std::variant<int, unknown>> && !hashable<std::array<unknown, 2>>);
  static_assert(!std::is_invocable_v<steady::hash<unknown>, unknown>);
  static_assert(std::is_nothrow_invocable_v<steady::hash<std::pair<int, std::string>>,
                                            const std::pair<int, std::string>&, std::uint64_t>);
  static_assert(std::is_empty_v<steady::hash<int>> && std::is_empty_v<steady::hash<std::string>>);
  static_assert(steady::hash<int>{}(1, 2) != steady::hash<int>{}(2, 2));
}

TEST(HashEquality, WithoutASeedItIsAFixedFunction) {
  EXPECT_EQ(steady::hash<int>{}(1), steady::hash<int>{}(1));
  EXPECT_EQ(steady::hash<std::string>{}("a"), steady::hash<std::string_view>{}("a"));
  EXPECT_EQ(steady::hash<>{}("a"), steady::hash<std::string>{}("a"));
}

TEST(HashFold, PortableMultiplicationGivesTheSameNumbers) {
  std::uint64_t state = 1;
  const auto next = [&state] {
    return state = steady::detail::fold_portable(state + 1, 0x9E37'79B9'7F4A'7C15);
  };
  for (int round = 0; round < 100'000; ++round) {
    const auto a = next() >> (round % 64), b = next();
    ASSERT_EQ(steady::detail::fold(a, b), steady::detail::fold_portable(a, b));
  }
  constexpr auto all = ~std::uint64_t{0};
  EXPECT_EQ(steady::detail::fold(all, all), steady::detail::fold_portable(all, all));
  EXPECT_EQ(steady::detail::fold_portable(all, all), all);  // (2^64-1)^2 = (2^64-2) 2^64 + 1
}

}  // namespace
