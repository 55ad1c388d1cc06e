// G7: arguments may refer into the map itself.
//
// Every member that takes a key, an entry or a value is given a reference to what the map holds, at every
// size from 1 up, so that the call that has to split, move or release the referenced entry is among them. The
// strings are long enough to be allocated: run under ASan, a late read of a vacated slot is reported even
// where the value happens to be right.
#include <gtest/gtest.h>

#include <steady/map.hpp>
#include <steady/set.hpp>

#include <string>
#include <utility>

namespace steady_test {
namespace {

constexpr int largest = 300;

std::string text(int n) {
  return "a string that is long enough to be allocated, number " + std::to_string(n);
}

template <class Map>
class SelfReferenceTest : public ::testing::Test {
 public:
  // Calls body(map, entry) with a map of each size and a reference to one of its entries.
  template <class Body>
  static void at_every_size(Body body) {
    for (int size = 1; size <= largest; ++size) {
      Map m;
      for (int n = 0; n < size; ++n) m.try_emplace(text(n), text(n + 1'000'000));
      auto found = m.find(text(size / 2));
      ASSERT_NE(found, m.end());
      body(m, found, size);
      if (::testing::Test::HasFailure()) return;
    }
  }
  static std::string key(int size) { return text(size / 2); }
  static std::string value(int size) { return text(size / 2 + 1'000'000); }
};
using maps =
    ::testing::Types<steady::map<std::string, std::string>, steady::node_map<std::string, std::string>>;
TYPED_TEST_SUITE(SelfReferenceTest, maps);

TYPED_TEST(SelfReferenceTest, EraseByItsOwnKey) {
  TestFixture::at_every_size([](auto& m, auto it, int size) {
    EXPECT_EQ(m.erase(it->first), 1u);
    EXPECT_EQ(m.size(), static_cast<std::size_t>(size) - 1);
    EXPECT_FALSE(m.contains(TestFixture::key(size)));
  });
}

TYPED_TEST(SelfReferenceTest, EraseEverythingByItsOwnKeyInALoop) {
  TestFixture::at_every_size([](auto& m, auto, int) {
    for (auto& entry : m) m.erase(entry.first);
    EXPECT_TRUE(m.empty());
  });
}

TYPED_TEST(SelfReferenceTest, ExtractByItsOwnKey) {
  TestFixture::at_every_size([](auto& m, auto it, int size) {
    auto node = m.extract(it->first);
    EXPECT_EQ(node.key(), TestFixture::key(size));
    EXPECT_EQ(node.mapped(), TestFixture::value(size));
  });
}

TYPED_TEST(SelfReferenceTest, TryEmplaceWithItsValueAsKeyAndValue) {
  TestFixture::at_every_size([](auto& m, auto it, int size) {
    const auto result = m.try_emplace(it->second, it->second);
    EXPECT_TRUE(result.second);
    EXPECT_EQ(result.first->first, TestFixture::value(size));
    EXPECT_EQ(result.first->second, TestFixture::value(size));
  });
}

TYPED_TEST(SelfReferenceTest, TryEmplaceOfANewKeyWithAnOldValue) {
  TestFixture::at_every_size([](auto& m, auto it, int size) {
    EXPECT_EQ(m.try_emplace(text(-1), it->second).first->second, TestFixture::value(size));
    EXPECT_EQ(m.try_emplace(text(-2), m.find(TestFixture::key(size))->second).first->second,
              TestFixture::value(size));
  });
}

TYPED_TEST(SelfReferenceTest, TryEmplaceMovingAValueOut) {
  TestFixture::at_every_size([](auto& m, auto it, int size) {
    EXPECT_EQ(m.try_emplace(text(-1), std::move(it->second)).first->second, TestFixture::value(size));
    EXPECT_EQ(m.at(TestFixture::key(size)), "");
  });
}

TYPED_TEST(SelfReferenceTest, InsertOrAssign) {
  TestFixture::at_every_size([](auto& m, auto it, int size) {
    EXPECT_EQ(m.insert_or_assign(it->second, it->first).first->second, TestFixture::key(size));
    auto again = m.find(TestFixture::key(size));
    EXPECT_EQ(m.insert_or_assign(again->first, again->second).first->second, TestFixture::value(size));
    EXPECT_EQ(m.size(), static_cast<std::size_t>(size) + 1);
  });
}

TYPED_TEST(SelfReferenceTest, IndexWithItsOwnValueAsKey) {
  TestFixture::at_every_size([](auto& m, auto it, int size) {
    m[it->second] = "new";
    EXPECT_EQ(m.at(TestFixture::value(size)), "new");
    EXPECT_EQ(m[m.find(TestFixture::key(size))->first], TestFixture::value(size));
  });
}

TYPED_TEST(SelfReferenceTest, InsertItsOwnEntry) {
  TestFixture::at_every_size([](auto& m, auto it, int size) {
    EXPECT_FALSE(m.insert(*it).second);
    EXPECT_FALSE(m.insert(*m.begin()).second);
    EXPECT_FALSE(m.emplace(*m.begin()).second);
    EXPECT_FALSE(m.emplace(it->first, it->second).second);
    EXPECT_EQ(m.insert(m.begin(), *m.begin())->first, m.begin()->first);
    EXPECT_EQ(m.size(), static_cast<std::size_t>(size));
  });
}

TYPED_TEST(SelfReferenceTest, EmplaceANewEntryFromOldParts) {
  TestFixture::at_every_size([](auto& m, auto it, int size) {
    const auto result = m.emplace(it->second, it->first);
    EXPECT_TRUE(result.second);
    EXPECT_EQ(result.first->first, TestFixture::value(size));
    EXPECT_EQ(result.first->second, TestFixture::key(size));
    auto again = m.find(TestFixture::key(size));
    EXPECT_TRUE(m.emplace_hint(m.end(), again->first + "!", again->second)->second ==
                TestFixture::value(size));
    again = m.find(TestFixture::key(size));
    EXPECT_TRUE(m.emplace(std::piecewise_construct, std::forward_as_tuple(again->second + "?"),
                          std::forward_as_tuple(again->second))
                    .second);
  });
}

TYPED_TEST(SelfReferenceTest, InsertARangeOfItsOwnEntries) {
  TestFixture::at_every_size([](auto& m, auto, int size) {
    m.insert(m.begin(), m.end());
    EXPECT_EQ(m.size(), static_cast<std::size_t>(size));
  });
}

TYPED_TEST(SelfReferenceTest, LookupsByItsOwnKey) {
  TestFixture::at_every_size([](auto& m, auto it, int size) {
    EXPECT_EQ(m.find(it->first), it);
    EXPECT_EQ(m.count(it->first), 1u);
    EXPECT_EQ(m.at(it->first), TestFixture::value(size));
    EXPECT_EQ(m.equal_range(it->first).first, it);
    EXPECT_EQ(m.get(it->first), &it->second);
  });
}

TYPED_TEST(SelfReferenceTest, TryEmplaceWithAFactoryThatReadsTheMap) {
  TestFixture::at_every_size([](auto& m, auto it, int size) {
    const auto result = m.try_emplace_with(it->second, [&] { return m.at(TestFixture::key(size)); });
    EXPECT_TRUE(result.second);
    EXPECT_EQ(result.first->second, TestFixture::value(size));
  });
}

// User code that the map calls may use the same map where an argument is converted (G9): the conversion
// happens first.
struct reads_the_map {
  const steady::map<std::string, std::string>* map;
  std::string key;
  operator std::string() const { return map->at(key); }
};

TEST(SelfReferenceTest, AConversionMayUseTheMap) {
  steady::map<std::string, std::string> m;
  for (int size = 1; size <= largest; ++size) {
    m.try_emplace(text(size), text(size));
    const auto result = m.try_emplace(text(-size), reads_the_map{&m, text(size)});
    ASSERT_TRUE(result.second);
    ASSERT_EQ(result.first->second, text(size));
    m.erase(text(-size));
  }
}

// An entry is unlinked first and destroyed after the write ended, so its destructor may use the map.
struct uses_the_map_when_destroyed {
  steady::map<int, uses_the_map_when_destroyed>* map = nullptr;
  int partner = -1;

  uses_the_map_when_destroyed(steady::map<int, uses_the_map_when_destroyed>* the_map, int the_partner)
      : map(the_map), partner(the_partner) {}
  uses_the_map_when_destroyed(uses_the_map_when_destroyed&& other) noexcept
      : map(std::exchange(other.map, nullptr)), partner(other.partner) {}
  ~uses_the_map_when_destroyed() {
    if (map != nullptr && partner >= 0) map->erase(partner);
  }
};

TEST(SelfReferenceTest, AnErasedEntryMayErasePartners) {
  steady::map<int, uses_the_map_when_destroyed> m;
  // Chains of ten: erasing the head erases the rest, one from within the other.
  for (int n = 0; n < 1000; ++n) m.try_emplace(n, &m, n % 10 == 9 ? -1 : n + 1);
  for (int n = 0; n < 1000; n += 10) m.erase(n);
  EXPECT_TRUE(m.empty());
}

template <class Set>
class SetSelfReferenceTest : public ::testing::Test {};
using sets = ::testing::Types<steady::set<std::string>, steady::node_set<std::string>>;
TYPED_TEST_SUITE(SetSelfReferenceTest, sets);

TYPED_TEST(SetSelfReferenceTest, EveryMember) {
  for (int size = 1; size <= largest; ++size) {
    TypeParam s;
    for (int n = 0; n < size; ++n) s.insert(text(n));
    const auto it = s.find(text(size / 2));
    ASSERT_FALSE(s.insert(*it).second);
    ASSERT_FALSE(s.emplace(*it).second);
    ASSERT_EQ(s.count(*it), 1u);
    s.insert(s.begin(), s.end());
    ASSERT_EQ(s.erase(*s.find(text(size / 2))), 1u);
    ASSERT_FALSE(s.contains(text(size / 2)));
    for (const auto& key : s) s.erase(key);
    ASSERT_TRUE(s.empty());
  }
}

}  // namespace
}  // namespace steady_test
