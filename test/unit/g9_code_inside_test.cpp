// Contract G9: code of the user's that a map calls may use the same map in two places, where an entry is built and where
// one is destroyed. Whatever it does there, clear, shrink, swap or fill the map, no entry is lost or doubled. And what
// follows a map (a sweep, a hash taken beforehand) still fits it.

#include <gtest/gtest.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <utility>

#include <steady/map.hpp>
#include <steady/sweep.hpp>

namespace {

using steady::map;

TEST(G9CodeInside, AFactoryMayClearTheMap) {
  map<int, int> m;
  for (int i = 0; i < 5; ++i) m[i] = i;
  m.try_emplace_with(77, [&] {
    m.clear();
    return 1;
  });
  EXPECT_EQ(m.size(), 1u);
  EXPECT_TRUE(m.contains(77));
}

TEST(G9CodeInside, AFactoryMayInsertTheSameKey) {
  map<std::string, int> m;
  const std::string key = "a key that is long enough to be moved out of";
  const auto [at, inserted] = m.try_emplace_with(std::string(key), [&] {
    m.try_emplace(key, 7);
    return 1;
  });
  EXPECT_FALSE(inserted);
  EXPECT_EQ(at->second, 7);
  EXPECT_EQ(m.size(), 1u);
}

TEST(G9CodeInside, AFactoryMayFillAMapWithoutChecks) {
  map<int, int, steady::hash<int>, std::equal_to<int>, std::allocator<std::pair<const int, int>>,
      steady::options<steady::checks::off>>
      m;
  m.try_emplace_with(1000, [&] {
    for (int i = 0; i < 100; ++i) m[i] = i;
    return 1;
  });
  std::size_t walked = 0;
  for ([[maybe_unused]] const auto& entry : m) ++walked;
  EXPECT_EQ(walked, 101u);
  EXPECT_TRUE(m.contains(1000));
}

TEST(G9CodeInside, AFactoryMayShrinkTheMapToNothing) {
  map<int, int> m;
  m.try_emplace_with(1, [&] {
    m.shrink_to_fit();
    return 1;
  });
  EXPECT_EQ(m.at(1), 1);
}

TEST(G9CodeInside, AFactoryMaySwapTheMap) {
  map<int, int> m{{1, 1}};
  map<int, int> other{{5, 5}};
  m.try_emplace_with(9, [&] {
    m.swap(other);
    return 1;
  });
  EXPECT_EQ(m.size(), 2u);
  EXPECT_TRUE(m.contains(9) && m.contains(5));
  EXPECT_EQ(other.size(), 1u);

  m.try_emplace_with(10, [&] {
    m.swap(other);
    other = {};
    return 1;
  });
  EXPECT_TRUE(m.contains(10) && m.contains(1));
  EXPECT_TRUE(other.empty());
}

struct looks_when_destroyed {
  inline static map<int, looks_when_destroyed>* watched = nullptr;
  inline static int looks = 0;
  bool live = true;

  looks_when_destroyed() = default;
  looks_when_destroyed(looks_when_destroyed&& other) noexcept { other.live = false; }
  ~looks_when_destroyed() {
    if (!live || watched == nullptr) return;
    ++looks;
    (void)watched->contains(3);
  }
};

TEST(G9CodeInside, ADestructorMayUseAMapThatIsClearedToItsFloor) {
  map<int, looks_when_destroyed> m;
  m.reserve(100);
  m.try_emplace(1);
  m.try_emplace(2);
  looks_when_destroyed::watched = &m;
  m.clear();
  looks_when_destroyed::watched = nullptr;
  EXPECT_EQ(looks_when_destroyed::looks, 2);
  const auto room = m.bucket_count();
  for (int i = 0; i < 100; ++i) m.try_emplace(i);
  EXPECT_EQ(m.bucket_count(), room) << "the floor of reserve() survives clear()";
}

TEST(G9CodeInside, ASweepFollowsItsMapWhenItIsMoved) {
  map<int, int> a;
  for (int i = 0; i < 100; ++i) a[i] = i;
  steady::sweep sweep{a};
  map<int, int> b = std::move(a);
  sweep.run(50, [](const auto&) { return true; });
  EXPECT_EQ(b.size(), 50u);
  std::size_t walked = 0;
  for ([[maybe_unused]] const auto& entry : b) ++walked;
  EXPECT_EQ(walked, 50u);
}

TEST(G9CodeInside, AHashTakenFromAnEmptyMapFitsItsFirstInsert) {
  map<std::string, int, steady::hash<std::string>, std::equal_to<>> m;
  const auto hash = m.hash_of(std::string_view("abc"));
  m.try_emplace_hashed(hash, "abc", 1);
  EXPECT_TRUE(m.contains("abc"));
}

int allocations_left = -1;

template <class T>
struct running_out {
  using value_type = T;
  running_out() = default;
  template <class U>
  running_out(const running_out<U>&) noexcept {}
  T* allocate(std::size_t n) {
    if (allocations_left == 0) throw std::bad_alloc();
    if (allocations_left > 0) --allocations_left;
    return std::allocator<T>().allocate(n);
  }
  void deallocate(T* at, std::size_t n) noexcept { std::allocator<T>().deallocate(at, n); }
  template <class U>
  bool operator==(const running_out<U>&) const noexcept {
    return true;
  }
};

TEST(G9CodeInside, AReserveThatRunsOutOfMemoryLeavesAWholeMap) {
  for (int allowed = 0; allowed < 40; ++allowed) {
    map<int, int, steady::hash<int>, std::equal_to<int>, running_out<std::pair<const int, int>>> m;
    allocations_left = allowed;
    EXPECT_THROW(m.reserve(100000), std::bad_alloc);
    allocations_left = -1;
    for (int i = 0; i < 500; ++i) m[i] = i;
    for (int i = 0; i < 500; ++i) ASSERT_TRUE(m.contains(i)) << i << " after " << allowed << " allocations";
    ASSERT_EQ(m.size(), 500u);
  }
}

}  // namespace
