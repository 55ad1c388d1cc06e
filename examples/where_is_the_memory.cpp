// Where is the memory of this process? A service with three maps, each of them too large for a reason of its own, and how the registry,
// the advice and the audit of erases tell which. docs/see-inside-walkthrough.md goes through what it prints.
//
//   where_is_the_memory [REQUESTS]       20,000,000 of them make it 2.2 GB
#include <steady/audit.hpp>
#include <steady/classic_map.hpp>
#include <steady/observe.hpp>
#include <steady/registry.hpp>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

namespace {

struct session {
  std::uint64_t user = 0;
  std::uint64_t page = 0;
};

// The service's maps: told to the audit; told to whoever attaches; Go's own, which keeps the room it once needed.
using audited = steady::options<steady::observe_by<steady::delete_audit>>;
using session_map = steady::map<std::string, session, steady::hash<std::string>, std::equal_to<std::string>,
                                std::allocator<std::pair<const std::string, session>>, audited>;
struct watched : steady::classic::policy {
  using observer = steady::attached_observers;
};
using price_map = steady::classic_map<std::uint64_t, std::uint64_t, steady::hash<std::uint64_t>,
                                      std::equal_to<std::uint64_t>,
                                      std::allocator<std::pair<const std::uint64_t, std::uint64_t>>, watched>;

struct service {
  session_map sessions;
  price_map prices;
  steady::observed::map<std::uint64_t, std::string> pages;

  service() {
    sessions.name("sessions");
    prices.name("prices");
    pages.name("pages");
  }

  // All figures anew; by itself a map renews those that take a look at its buckets every 100 ms at most, while it is written.
  void publish() {
    sessions.publish();
    prices.publish();
    pages.publish();
  }

  void request(std::uint64_t number) {
    const std::string user = "u-" + std::to_string(number);
    sessions.try_emplace(user, session{number, number % 1000});
    if (number % 1000 == 999) logout("U-" + std::to_string(number));  // whoever wrote this meant "u-"
    if (pages.size() < 1000) pages.try_emplace(number, 2000 + number % 100, ' ');
  }
  void logout(const std::string& user) { sessions.erase(user); }

  // Every price of yesterday goes.
  void new_day(std::uint64_t count) {
    for (std::uint64_t item = 0; item < count; ++item) prices[item] = item * 100;
    erase_if(prices, [](const auto& entry) { return entry.first % 1000 != 0; });
  }
};

// What the process has in memory, in MB; 0 where it is not known.
double resident() {
  double pages_of_all = 0;
  double pages = 0;
  std::ifstream("/proc/self/statm") >> pages_of_all >> pages;
  return pages * 4096 / 1e6;
}

void show_maps(service& running, const char* when) {
  running.publish();
  std::printf("%s: %.0f MB resident\n%-10s %12s %10s %14s %12s %14s\n", when, resident(), "map", "entries",
              "MB", "largest value", "erases", "absent erases");
  for (const steady::map_snapshot& map : steady::registry::maps()) {
    std::printf("%-10s %12llu %10.1f %14llu %12llu %14llu\n", map.name.c_str(),
                static_cast<unsigned long long>(map.size), static_cast<double>(map.bytes()) / 1e6,
                static_cast<unsigned long long>(map.largest_value),
                static_cast<unsigned long long>(map.erases),
                static_cast<unsigned long long>(map.absent_erases));
    for (const steady::advice& each : steady::advise(map)) std::printf("  %s\n", each.text.c_str());
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::uint64_t requests = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 20'000;
  if (requests == 0) {
    std::fputs("usage: where_is_the_memory [REQUESTS]\n", stderr);
    return 2;
  }
  service running;
  running.new_day(requests);
  for (std::uint64_t number = 0; number < requests; ++number) running.request(number);
  running.pages[7].assign(1'000'000, ' ');  // somebody's page is a megabyte
  show_maps(running, "before");

  std::puts("the last erases of sessions");
  const auto erases = steady::delete_audit::records();
  for (std::size_t at = erases.size() - std::min<std::size_t>(3, erases.size()); at < erases.size(); ++at)
    std::printf("  %s\n", erases[at].text().c_str());

  running.prices.rebuild();
  for (std::uint64_t number = 0; number < requests; ++number)
    if (number % 1000 != 0) running.logout("u-" + std::to_string(number));
  running.pages[7].resize(2000);
  show_maps(running, "after");
#ifdef __GLIBC__
  malloc_trim(0);  // what malloc kept
  std::printf("after malloc_trim: %.0f MB resident\n", resident());
#endif

  const auto prices = steady::registry::find("prices");
  const auto sessions = steady::registry::find("sessions");
  return prices && sessions && prices->bytes() < 64 * requests / 100 + 100'000 &&
                 sessions->size == (requests + 999) / 1000
             ? 0
             : 1;
}
