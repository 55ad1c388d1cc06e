// steady::slice with elements that have a life of their own: none is constructed twice, lost, or read after its end, whatever
// throws where; and with allocators.
#include <steady/slice.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <memory>
#include <memory_resource>
#include <new>
#include <string>
#include <type_traits>
#include <utility>

#include "../support/counting_allocator.hpp"
#include "../support/throwing.hpp"

namespace steady_test {
namespace {

template <class Object>
class SliceOfObjects : public ::testing::Test {
 protected:
  using objects = steady::slice<Object, throwing_allocator<Object>>;

  // A slice with room for one more, and another that shares its elements.
  static objects made() {
    objects s = objects::make(0, 4);
    for (std::uint64_t n = 1; n < 4; ++n) s.append(Object(n));
    return s;
  }
  static void expect(const objects& s, std::initializer_list<std::uint64_t> values) {
    ASSERT_EQ(s.size(), values.size());
    for (std::size_t n = 0; n < s.size(); ++n) EXPECT_EQ(s[n].value(), values.begin()[n]);
  }
  // Everything fails once at every point. After a failure the slice is what it was (if `strong`), and so is its other.
  template <class Operation>
  static void fail_everywhere(bool strong, Operation operation) {
    for (std::size_t steps = 0;; ++steps) {
      objects s = made();
      const objects other = s(0, 2);
      s.grow(8);  // now alone
      objects tight = s.clip();
      s = nullptr;
      const Object value(9);
      bool failed = false;
      fuse::arm(steps);
      try {
        operation(tight, value);
      } catch (const injected_failure&) {
        failed = true;
      } catch (const std::bad_alloc&) {
        failed = true;
      }
      fuse::disarm();
      expect(other, {1, 2});
      if (!failed) break;
      if (strong) expect(tight, {1, 2, 3});
    }
    EXPECT_EQ(living::objects, 0u);
    EXPECT_EQ(living::errors, 0u);
    EXPECT_EQ(throwing_allocator_counts::live_bytes, 0);
  }
};

using both = ::testing::Types<throwing_object<true>, throwing_object<false>>;
TYPED_TEST_SUITE(SliceOfObjects, both);

TYPED_TEST(SliceOfObjects, FailuresLeaveNothingBehind) {
  this->fail_everywhere(true, [](auto& s, const auto& value) { s.append(value); });
  this->fail_everywhere(true, [](auto& s, const auto&) { s.append_range(s); });
  this->fail_everywhere(true, [](auto& s, const auto&) { s.grow(5); });
  this->fail_everywhere(true, [](auto& s, const auto&) { (void)s.clone(); });
  this->fail_everywhere(true, [](auto& s, const auto& value) {
    const auto keeps = s;
    s.append(value, value);
  });
  this->fail_everywhere(false, [](auto& s, const auto& value) { s.insert(1, value); });
  this->fail_everywhere(false, [](auto& s, const auto&) { s.erase(0, 1); });
  this->fail_everywhere(true, [](auto& s, const auto&) {
    const auto keeps = s;
    s.erase(0, 1);
  });
  this->fail_everywhere(false, [](auto& s, const auto& value) {
    s = s(0, 1);
    s.append_range_aliasing(std::initializer_list<std::decay_t<decltype(value)>>{value, value, value});
  });
}

TYPED_TEST(SliceOfObjects, ATailOnceClaimedIsNeverGivenBack) {
  auto s = this->made();
  auto other = s;
  fuse::arm(0, static_cast<unsigned>(step_kind::construct));
  EXPECT_THROW(s.append(std::uint64_t{4}), injected_failure);
  fuse::disarm();
  other.append(TypeParam(5));
  s.append(TypeParam(6));
  this->expect(s, {1, 2, 3, 6});
  this->expect(other, {1, 2, 3, 5});
}

TEST(SliceElements, MoveOnly) {
  using pointer = std::unique_ptr<int>;
  steady::slice<pointer> s;
  for (int n = 0; n < 40; ++n) s.append(std::make_unique<int>(n));
  s.insert(3, pointer());
  s.erase(3, 4);
  for (int n = 0; n < 40; ++n) ASSERT_EQ(*s[static_cast<std::size_t>(n)], n);
  auto tight = s.clip();
  EXPECT_THROW(tight.append(pointer()), std::logic_error);  // would have to take what s has
  EXPECT_EQ(*tight[39], 39);
  s = nullptr;
  tight.append(pointer());
  EXPECT_EQ(tight.size(), 41u);
}

TEST(SliceElements, BlocksGoBackWhole) {
  allocation_log log;
  log.check_sizes = true;
  {
    using counted = steady::slice<std::string, counting_allocator<std::string>>;
    counted s{counting_allocator<std::string>(log)};
    for (int n = 0; n < 1000; ++n) s.append(std::to_string(n));
    const counted part = s(10, 20);
    counted other{counting_allocator<std::string>(log)};
    other = part.clone();
    s = part;
    EXPECT_EQ(s.get_allocator(), other.get_allocator());
    EXPECT_EQ(log.live_blocks, 2u);
  }
  EXPECT_EQ(log.live_bytes, 0u);
  EXPECT_EQ(log.mismatched, 0u);
}

// Plain elements are appended by functions that have the slice's parts only, and hand back its share.
TEST(SliceElements, PlainOnesAreAppendedOrNotWhenMemoryIsRefused) {
  using counted = steady::slice<int, counting_allocator<int>>;
  allocation_log log;
  log.check_sizes = true;
  {
    const std::array<int, 3> three{7, 8, 9};
    counted nil{counting_allocator<int>(log)};
    counted full({1, 2}, counting_allocator<int>(log));
    counted wide = counted::make(2, 8, counting_allocator<int>(log));
    counted behind = wide(0, 2);
    wide.append(3);  // claims what follows, so the other has room and no place in it
    for (counted* each : {&nil, &full, &behind}) {
      const counted before = *each;
      const std::size_t blocks = log.live_blocks;
      const auto expect_as_before = [&] {
        EXPECT_TRUE(std::equal(each->begin(), each->end(), before.begin(), before.end()));
        EXPECT_EQ(each->data(), before.data());
        EXPECT_EQ(each->capacity(), before.capacity());
        EXPECT_EQ(log.live_blocks, blocks);
      };
      log.fail_after = 0;
      EXPECT_THROW(each->append(4), std::bad_alloc);
      expect_as_before();
      EXPECT_THROW(each->append_range(three), std::bad_alloc);
      expect_as_before();
      each->append_range(std::array<int, 0>{});
      expect_as_before();
      log.fail_after = allocation_log::never;
      each->append_range(three);
      each->append(4);
      EXPECT_EQ(each->size(), before.size() + 4);
      EXPECT_EQ(each->back(), 4);
      EXPECT_EQ((*each)[before.size()], 7);
    }
    EXPECT_EQ(wide.size(), 3u);
    EXPECT_EQ(wide[2], 3);
  }
  EXPECT_EQ(log.live_bytes, 0u);
  EXPECT_EQ(log.mismatched, 0u);
}

TEST(SliceElements, AMemoryResourceGoesWithTheSlice) {
  std::pmr::monotonic_buffer_resource arena;
  steady::pmr::slice<std::pmr::string> s(&arena);
  s.append("a string that is too long for the room inside of one");
  EXPECT_EQ(s[0].get_allocator().resource(), &arena);
  steady::pmr::slice<std::pmr::string> other;
  other = s;
  other.append("another");
  EXPECT_EQ(other.get_allocator().resource(), &arena);
  EXPECT_EQ(other[1].get_allocator().resource(), &arena);
}

TEST(SliceElements, OverAligned) {
  struct alignas(128) wide {
    char bytes[128];
  };
  steady::slice<wide> s;
  for (int n = 0; n < 10; ++n) {
    s.append(wide{});
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(&s.back()) % 128, 0u);
  }
}

}  // namespace
// Copyable bit by bit, but only by moving: one element goes the same way as many.
struct handle {
  int number;
  explicit handle(int of) : number(of) {}
  handle(handle&&) = default;
  handle& operator=(handle&&) = default;
};
static_assert(std::is_trivially_copyable_v<handle>);

TEST(SliceElements, TriviallyCopyableAndMoveOnly) {
  steady::slice<handle> handles;
  for (int number = 0; number < 100; ++number) handles.append(handle{number});
  ASSERT_EQ(handles.size(), 100u);
  for (int number = 0; number < 100; ++number)
    EXPECT_EQ(handles[static_cast<std::size_t>(number)].number, number);
}

}  // namespace steady_test
