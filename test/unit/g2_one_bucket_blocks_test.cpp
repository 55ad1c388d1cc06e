// Contract G2 where a block holds one bucket and the pace asks for a merge at every erase, so that every operation has a
// block to release: the directory's arrays must get their turn too, and everything goes back to the allocator.

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <utility>

#include <steady/map.hpp>

namespace {

std::ptrdiff_t bytes_in_use = 0;

template <class T>
struct counting {
  using value_type = T;
  counting() = default;
  template <class U>
  counting(const counting<U>&) noexcept {}
  T* allocate(std::size_t n) {
    bytes_in_use += static_cast<std::ptrdiff_t>(n * sizeof(T));
    return std::allocator<T>().allocate(n);
  }
  void deallocate(T* at, std::size_t n) noexcept {
    bytes_in_use -= static_cast<std::ptrdiff_t>(n * sizeof(T));
    std::allocator<T>().deallocate(at, n);
  }
  template <class U>
  bool operator==(const counting<U>&) const noexcept {
    return true;
  }
};

TEST(G2OneBucketBlocks, EverythingGoesBack) {
  using value = std::array<char, 48>;
  using entry = std::pair<const int, value>;
  {
    steady::map<int, value, steady::hash<int>, std::equal_to<int>, counting<entry>,
                steady::options<steady::block_limit{1024}, steady::pace{1, 2, 1}>>
        m;
    constexpr int entries = 20000;  // 2,000 blocks and more: several arrays of 128 pointers
    for (int round = 0; round < 2; ++round) {
      for (int key = 0; key < entries; ++key) m.try_emplace(key);
      for (int key = 0; key < entries; ++key) m.erase(key);
      EXPECT_EQ(m.maintain(1000000), 0u);  // at this pace an erase is due more than the one merge it may do
      EXPECT_EQ(bytes_in_use, static_cast<std::ptrdiff_t>(m.memory_usage()));
      EXPECT_LT(bytes_in_use, 8192);
    }
  }
  EXPECT_EQ(bytes_in_use, 0);
}

}  // namespace
