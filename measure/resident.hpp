// Memory as the kernel sees it: pages resident in this process, and the page faults that brought them in.
//
// The allocator's bytes (allocation.hpp) say what a map asked for; these say what the machine gave. They
// differ by what malloc keeps after a free, by pages never touched, and by huge pages.
#pragma once

#include <cstdint>

namespace steady::measure {

// From /proc/self/statm; 0 where that cannot be read.
[[nodiscard]] std::int64_t resident_bytes() noexcept;

struct page_faults {
  std::int64_t minor = 0;
  std::int64_t major = 0;
};

// Since the process began.
[[nodiscard]] page_faults page_faults_so_far() noexcept;

}  // namespace steady::measure
