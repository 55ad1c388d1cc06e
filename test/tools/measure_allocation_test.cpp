// The counting operator new: every form is counted, nothing is counted twice, and the figures are malloc's
// own.
#include "measure/allocation.hpp"

#include <gtest/gtest.h>
#include <malloc.h>

#include <memory>
#include <new>
#include <string>
#include <vector>

using namespace steady::measure;

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool under_sanitizer = true;
#elif defined(__has_feature)
constexpr bool under_sanitizer = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
constexpr bool under_sanitizer = false;
#endif

struct alignas(64) over_aligned {
  char bytes[192];
};

// The compiler may leave out a new whose memory is not used.
template <class T>
T* keep(T* pointer) {
  asm volatile("" : : "r"(pointer) : "memory");
  return pointer;
}

}  // namespace

TEST(measure_allocation, counts_what_malloc_spends) {
  start_allocation_figures(allocation_mode::count);
  char* const block = keep(new char[1000]);
  const allocation_figures held = current_allocation_figures();
  const std::size_t spent = malloc_usable_size(block) + 8;
  delete[] block;
  const allocation_figures after = stop_allocation_figures();
  EXPECT_EQ(held.live, static_cast<std::int64_t>(spent));
  EXPECT_GE(spent, 1008u);
  EXPECT_EQ(held.largest, 1000u);
  EXPECT_EQ(held.allocations, 1u);
  EXPECT_EQ(after.live, 0);
  EXPECT_EQ(after.peak, held.live);
  EXPECT_EQ(after.releases, 1u);
}

TEST(measure_allocation, every_form_of_new_is_counted) {
  start_allocation_figures(allocation_mode::count);
  delete keep(new int{1});
  delete[] keep(new int[3]);
  delete keep(new over_aligned{});
  delete[] keep(new over_aligned[2]);
  delete keep(new (std::nothrow) int{1});
  delete[] keep(new (std::nothrow) over_aligned[2]);
  ::operator delete(keep(::operator new(0)));
  const allocation_figures figures = stop_allocation_figures();
  EXPECT_EQ(figures.allocations, 7u);
  EXPECT_EQ(figures.releases, 7u);
  EXPECT_EQ(figures.live, 0);
}

TEST(measure_allocation, aligned_blocks_are_aligned) {
  for (int i = 0; i < 100; ++i) {
    const std::unique_ptr<over_aligned> block{keep(new over_aligned{})};
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(block.get()) % 64, 0u);
  }
}

TEST(measure_allocation, a_transient_peak_is_seen_once) {
  start_allocation_figures(allocation_mode::count);
  std::vector<char> kept(1000);
  delete[] keep(new char[100'000]);
  const std::int64_t first = take_window_peak();
  const std::int64_t second = take_window_peak();
  const allocation_figures figures = stop_allocation_figures();
  EXPECT_GE(first, 101'000);
  EXPECT_LT(second, 2'000);
  EXPECT_EQ(figures.peak, first);
}

TEST(measure_allocation, blocks_from_before_may_take_live_below_zero) {
  char* const block = keep(new char[500]);
  start_allocation_figures(allocation_mode::count);
  delete[] block;
  EXPECT_LE(stop_allocation_figures().live, -500);
}

TEST(measure_allocation, off_counts_nothing) {
  start_allocation_figures(allocation_mode::count);
  stop_allocation_figures();
  delete[] keep(new char[500]);
  EXPECT_EQ(current_allocation_figures().allocations, 0u);
}

TEST(measure_allocation, time_is_spent_inside) {
  start_allocation_figures(allocation_mode::time);
  for (int i = 0; i < 100; ++i) delete[] keep(new char[500]);
  const allocation_figures figures = stop_allocation_figures();
  EXPECT_GT(figures.ticks, 0u);
  EXPECT_EQ(figures.allocations, 100u);
  EXPECT_EQ(figures.releases, 100u);
  EXPECT_EQ(figures.live, 0);
}

TEST(measure_allocation, an_impossible_request_throws) {
  // The sanitizers' malloc ends the process instead of returning null.
  if (under_sanitizer) GTEST_SKIP() << "the sanitizers' own malloc is in place";
  const std::size_t impossible = static_cast<std::size_t>(-1) / 2;
  EXPECT_THROW(static_cast<void>(keep(::operator new(impossible))), std::bad_alloc);
  EXPECT_EQ(::operator new(impossible, std::nothrow), nullptr);
}
