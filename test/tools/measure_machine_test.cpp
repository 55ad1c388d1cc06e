// Resident memory, page faults and the machine's description: present, and moving when memory is touched.
#include "measure/machine.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include "measure/resident.hpp"

using namespace steady::measure;

TEST(measure_resident, sees_pages_that_are_touched) {
  constexpr std::size_t size = 32u << 20;
  const std::int64_t before = resident_bytes();
  const std::int64_t faults_before = page_faults_so_far().minor;
  void* const block = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(block, MAP_FAILED);
  EXPECT_LT(resident_bytes() - before, static_cast<std::int64_t>(size / 2))
      << "untouched pages are not resident";
  for (std::size_t i = 0; i < size; i += 4096) static_cast<volatile char*>(block)[i] = 1;
  EXPECT_GE(resident_bytes() - before, static_cast<std::int64_t>(size * 9 / 10));
  EXPECT_GT(page_faults_so_far().minor, faults_before);
  ::munmap(block, size);
}

TEST(measure_machine, every_line_says_something) {
  const machine_description machine = describe_machine();
  EXPECT_GE(machine.cores, 1u);
  EXPECT_GT(machine.memory_bytes, 0);
  EXPECT_GT(machine.timer_cost_nanoseconds, 0);
  for (const auto& [label, text] : machine.lines()) {
    EXPECT_FALSE(label.empty());
    EXPECT_TRUE(label == "flags" || !text.empty()) << label;
  }
}
