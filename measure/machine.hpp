// What a reader must know about the machine before believing a figure: every table and report carries it.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace steady::measure {

struct machine_description {
  std::string processor;
  unsigned cores = 0;          // this process may use
  std::int64_t memory_bytes = 0;
  std::string
      virtual_machine;  // hypervisor flag of the processor: "yes" or "no"; timings of guests are noisier
  std::string kernel;
  std::string compiler;
  std::string flags;           // as the build passed them
  std::string libc;
  std::string huge_pages;      // transparent huge pages: always, madvise, never
  std::string timer;
  double timer_cost_nanoseconds = 0;

  // The same as label and text, in the order in which tables show it.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> lines() const;
};

[[nodiscard]] machine_description describe_machine();

}  // namespace steady::measure
