// Cache misses as valgrind's cachegrind counts them: the command runs itself under it, on a piece of work that is named.
//
// Cachegrind simulates one processor with its caches. So it sees what lookups touch, the same in every run, and it cannot see
// what two processors take from each other.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace steady::lab {

enum class cache_work : std::uint8_t { none, lookups, lookups_perturbed, counters_beside, counters_apart };

inline constexpr std::string_view cache_work_names[] = {"none", "lookups", "lookups-perturbed",
                                                        "counters-beside", "counters-apart"};
inline constexpr std::uint64_t cache_work_operations = 100'000;

// Does the work, in this process.
void do_cache_work(cache_work what);

struct cache_misses {
  double a_hundred_references;  // to data, of the first level
  double an_operation;  // beyond those of the preparation
};

// Empty where there is no valgrind.
[[nodiscard]] std::optional<cache_misses> misses_under_cachegrind(cache_work what);

}  // namespace steady::lab
