// G7, drop-in: pmr, fancy pointers, uses-allocator construction, construct and destroy through
// allocator_traits, and an allocator that accounts for every byte.
#include <memory_resource>
#include <scoped_allocator>
#include <string>

#include "../support/counting_allocator.hpp"
#include "../support/families.hpp"
#include "../support/fancy_pointer.hpp"

namespace steady_test {
namespace {

template <class Family>
class AllocatorTest : public ::testing::Test {};
TYPED_TEST_SUITE(AllocatorTest, all_families);

TYPED_TEST(AllocatorTest, EveryBlockComesBackWithItsSize) {
  allocation_log log;
  log.check_sizes = true;
  {
    using C = typename TypeParam::template keyed<std::string, std::hash<std::string>,
                                                 std::equal_to<std::string>, counting_allocator>;
    using A = typename C::allocator_type;
    C c{A(log)};
    fill<TypeParam>(c, 0, 2000);
    EXPECT_GT(log.live_blocks, 0u);
    for (int n = 0; n < 1900; ++n) c.erase(key_maker<std::string>::make(n));
    C copy(c);
    C moved(std::move(c));
    copy.clear();
    copy = moved;
    EXPECT_FALSE(moved.extract(key_maker<std::string>::make(1950)).empty());
    moved.swap(copy);
    c = std::move(moved);
    c.rehash(0);
    c.reserve(3000);
    EXPECT_EQ(c.size() + copy.size(), 199u);
  }
  EXPECT_EQ(log.live_blocks, 0u);
  EXPECT_EQ(log.live_bytes, 0u);
  EXPECT_EQ(log.mismatched, 0u);
}

// Not asked of the standard's containers: libstdc++ 12 has no node handles with fancy pointers, and libc++ asks the
// pointer for conversions that the requirements do not give.
TYPED_TEST(AllocatorTest, FancyPointers) {
  if constexpr (TypeParam::is_steady) {
    const auto before = fancy_counts::live_blocks;
    {
      using C = typename TypeParam::template keyed<std::string, std::hash<std::string>,
                                                   std::equal_to<std::string>, fancy_allocator>;
      C c;
      fill<TypeParam>(c, 0, 1000);
      for (int n = 0; n < 500; ++n) c.erase(key_maker<std::string>::make(n));
      EXPECT_EQ(sorted_keys<TypeParam>(c), keys_between<std::string>(500, 1000));
      C copy(c);
      C moved(std::move(c));
      auto node = copy.extract(key_maker<std::string>::make(700));
      moved.erase(key_maker<std::string>::make(700));
      moved.insert(std::move(node));
      copy.merge(moved);
      EXPECT_EQ(sorted_keys<TypeParam>(copy), keys_between<std::string>(500, 1000));
      swap(moved, copy);
      int steps = 0;
      for (auto it = moved.begin(); it != moved.end();) {
        it = ++steps % 2 == 0 ? moved.erase(it) : std::next(it);
      }
      EXPECT_EQ(moved.size(), 250u);
      moved.clear();
      moved = copy;
      EXPECT_GT(fancy_counts::live_blocks, before);
    }
    EXPECT_EQ(fancy_counts::live_blocks, before);
  }
}

// No memory but the resource's may be used for entries; a pmr string key takes the container's resource.
TYPED_TEST(AllocatorTest, PmrResourcesReachTheKeys) {
  using key = std::pmr::string;
  struct hash {
    std::size_t operator()(const key& k) const { return std::hash<std::string_view>{}(k); }
  };
  using C =
      typename TypeParam::template keyed<key, hash, std::equal_to<key>, std::pmr::polymorphic_allocator>;
  std::pmr::monotonic_buffer_resource arena(1 << 20);
  C c(&arena);
  for (int n = 0; n < 300; ++n) c.emplace(TypeParam::make(key(key_maker<std::string>::make(n).c_str())));
  EXPECT_EQ(c.size(), 300u);
  EXPECT_EQ(c.get_allocator().resource(), &arena);
  for (const auto& entry : c) ASSERT_EQ(TypeParam::key_of(entry).get_allocator().resource(), &arena);
  for (int n = 0; n < 290; ++n) c.erase(key(key_maker<std::string>::make(n).c_str()));
  for (const auto& entry : c) ASSERT_EQ(TypeParam::key_of(entry).get_allocator().resource(), &arena);
  C copy(c);
  EXPECT_NE(copy.get_allocator().resource(), &arena) << "copies take the default resource";
  EXPECT_EQ(copy, c);
  std::pmr::monotonic_buffer_resource other(1 << 16);
  C elsewhere(std::move(c), &other);
  EXPECT_EQ(elsewhere, copy);
  for (const auto& entry : elsewhere) ASSERT_EQ(TypeParam::key_of(entry).get_allocator().resource(), &other);
}

template <class T>
struct constructing_allocator {
  using value_type = T;
  inline static int constructed = 0;
  inline static int destroyed = 0;

  constructing_allocator() = default;
  template <class U>
  constructing_allocator(const constructing_allocator<U>&) noexcept {}
  T* allocate(std::size_t n) { return std::allocator<T>().allocate(n); }
  void deallocate(T* block, std::size_t n) { std::allocator<T>().deallocate(block, n); }
  template <class U, class... Args>
  void construct(U* place, Args&&... args) {
    ++constructing_allocator<int>::constructed;
    ::new (static_cast<void*>(place)) U(std::forward<Args>(args)...);
  }
  template <class U>
  void destroy(U* object) {
    ++constructing_allocator<int>::destroyed;
    object->~U();
  }
  friend bool operator==(const constructing_allocator&, const constructing_allocator&) noexcept {
    return true;
  }
};

TYPED_TEST(AllocatorTest, EntriesAreMadeByTheAllocator) {
  using C =
      typename TypeParam::template keyed<int, std::hash<int>, std::equal_to<int>, constructing_allocator>;
  auto& constructed = constructing_allocator<int>::constructed;
  constructed = constructing_allocator<int>::destroyed = 0;
  {
    C c;
    fill<TypeParam>(c, 0, 100);
    EXPECT_GE(constructed, 100);
  }
  EXPECT_LE(constructing_allocator<int>::destroyed, constructed);
  EXPECT_GE(constructing_allocator<int>::destroyed, 100);
}

#ifdef STEADY_TEST_HAS_CORE
TEST(PmrAliasTest, TheAliasesName) {
  std::pmr::monotonic_buffer_resource arena;
  steady::pmr::map<int, int> m(&arena);
  steady::pmr::node_map<int, int> nm(&arena);
  steady::pmr::set<int> s(&arena);
  steady::pmr::node_set<int> ns(&arena);
  m[1] = 2;
  nm[1] = 2;
  s.insert(1);
  ns.insert(1);
  EXPECT_EQ(m.get_allocator().resource(), &arena);
  EXPECT_EQ(m.at(1) + nm.at(1), 4);
  EXPECT_TRUE(s.contains(1) && ns.contains(1));
}
#endif

}  // namespace
}  // namespace steady_test
