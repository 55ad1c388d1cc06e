// Everything here is read from /proc, /sys and the compiler's own macros; what a machine does not tell stays
// "unknown".
#include "measure/machine.hpp"

#include <gnu/libc-version.h>
#include <sched.h>
#include <sys/utsname.h>

#include <cstdio>
#include <fstream>
#include <thread>

#include "measure/timer.hpp"

namespace steady::measure {
namespace {

// The value of the first "name : value" line of a /proc file.
std::string proc_value(const char* path, const std::string& name) {
  std::ifstream file{path};
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(name)) continue;
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    const std::size_t begin = line.find_first_not_of(" \t", colon + 1);
    return begin == std::string::npos ? std::string{} : line.substr(begin);
  }
  return {};
}

unsigned usable_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof set, &set) == 0) return static_cast<unsigned>(CPU_COUNT(&set));
  return std::thread::hardware_concurrency();
}

// The kernel shows all choices with the active one in brackets.
std::string huge_page_mode() {
  std::ifstream file{"/sys/kernel/mm/transparent_hugepage/enabled"};
  std::string text;
  std::getline(file, text);
  const std::size_t open = text.find('[');
  const std::size_t close = text.find(']');
  if (open == std::string::npos || close == std::string::npos || close < open) return "unknown";
  return text.substr(open + 1, close - open - 1);
}

std::string compiler_name() {
#if defined(__clang__)
  return std::string{"clang "} + __clang_version__;
#else
  return std::string{"gcc "} + __VERSION__;
#endif
}

}  // namespace

machine_description describe_machine() {
  machine_description machine;
  struct utsname system{};
  ::uname(&system);
  machine.processor = proc_value("/proc/cpuinfo", "model name");
  if (machine.processor.empty()) machine.processor = system.machine;
  machine.cores = usable_cores();
  const std::string total = proc_value("/proc/meminfo", "MemTotal");
  if (!total.empty()) machine.memory_bytes = std::stoll(total) * 1024;
  machine.virtual_machine =
      proc_value("/proc/cpuinfo", "flags").find(" hypervisor") != std::string::npos ? "yes" : "no";
  machine.kernel = std::string{system.sysname} + ' ' + system.release + ' ' + system.machine;
  machine.compiler = compiler_name();
  machine.flags = STEADY_MEASURE_FLAGS;
  machine.libc = std::string{"glibc "} + ::gnu_get_libc_version();
  machine.huge_pages = huge_page_mode();
  machine.timer = timer::source;
  machine.timer_cost_nanoseconds = timer::own_cost_nanoseconds();
  return machine;
}

std::vector<std::pair<std::string, std::string>> machine_description::lines() const {
  char memory[32];
  std::snprintf(memory, sizeof memory, "%.1f GiB",
                static_cast<double>(memory_bytes) / (1024.0 * 1024 * 1024));
  char cost[64];
  std::snprintf(cost, sizeof cost, "%.0f ns, contained in every latency, not subtracted",
                timer_cost_nanoseconds);
  return {{"processor", processor},
          {"cores", std::to_string(cores)},
          {"memory", memory},
          {"virtual machine", virtual_machine},
          {"kernel", kernel},
          {"compiler", compiler},
          {"flags", flags},
          {"libc", libc},
          {"transparent huge pages", huge_pages},
          {"timer", timer},
          {"timer's own cost", cost}};
}

}  // namespace steady::measure
