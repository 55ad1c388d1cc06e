#include "tools/steady/lab/cachegrind.hpp"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>

#include "tools/steady/lab/clock.hpp"
#include "tools/steady/lab/specimen.hpp"

namespace steady::lab {
namespace {

// Larger than a first-level cache, smaller than a last-level one.
constexpr std::uint64_t entries = 20'000;

void look_up(hashing hash, std::uint64_t lookups) {
  const auto map = make_specimen({.hash = hash});
  for (std::uint64_t index = 0; index < entries; ++index) map->insert(key_at(index), index);
  map->finish_growth();
  for (std::uint64_t lookup = 0; lookup < lookups; ++lookup) keep(map->find(key_at(lookup * 7 % entries)));
}

template <std::size_t Alignment>
void count() {
  struct counter {
    alignas(Alignment) std::atomic<std::uint64_t> value{0};
  };
  alignas(64) counter counters[2];
  std::thread other([&] {
    for (std::uint64_t number = 0; number < cache_work_operations; ++number) ++counters[1].value;
  });
  for (std::uint64_t number = 0; number < cache_work_operations; ++number) ++counters[0].value;
  other.join();
}

struct data_references {
  double all = 0;
  double misses = 0;
};

// A line such as "==12== D1  misses:   1,234  ( 1,000 rd + 234 wr)": its first number, if it is the one wanted.
std::optional<double> number_after(const std::string& line, std::string_view label) {
  const std::size_t at = line.find(label);
  if (at == std::string::npos) return {};
  std::string digits;
  for (std::size_t i = at + label.size(); i < line.size() && line[i] != '('; ++i)
    if (line[i] >= '0' && line[i] <= '9') digits += line[i];
  return digits.empty() ? std::nullopt : std::optional{std::stod(digits)};
}

std::optional<data_references> count_references(cache_work what) {
  std::error_code error;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error || self.string().find('\'') != std::string::npos) return {};
  const std::string command = "valgrind --tool=cachegrind --cache-sim=yes --cachegrind-out-file=/dev/null '" +
                              self.string() + "' lab --cache-work " +
                              std::string{cache_work_names[static_cast<std::size_t>(what)]} +
                              " 2>&1 </dev/null";
  const std::unique_ptr<FILE, int (*)(FILE*)> output(::popen(command.c_str(), "r"), ::pclose);
  if (output == nullptr) return {};
  data_references counted;
  char line[512];
  while (std::fgets(line, sizeof line, output.get()) != nullptr) {
    if (const auto all = number_after(line, "D   refs:")) counted.all = *all;
    if (const auto misses = number_after(line, "D1  misses:")) counted.misses = *misses;
  }
  return counted.all > 0 ? std::optional{counted} : std::nullopt;
}

}  // namespace

void do_cache_work(cache_work what) {
  switch (what) {
  case cache_work::none:
    return look_up(hashing::spread, 0);
  case cache_work::lookups:
    return look_up(hashing::spread, cache_work_operations);
  case cache_work::lookups_perturbed:
    return look_up(hashing::perturbed, cache_work_operations);
  case cache_work::counters_beside:
    return count<alignof(std::uint64_t)>();
  case cache_work::counters_apart:
    return count<64>();
  }
}

std::optional<cache_misses> misses_under_cachegrind(cache_work what) {
  const bool prepared = what == cache_work::lookups || what == cache_work::lookups_perturbed;
  const auto before = prepared ? count_references(cache_work::none) : data_references{};
  const auto counted = count_references(what);
  if (!before || !counted) return {};
  const double misses = counted->misses - before->misses;
  const double operations = static_cast<double>(cache_work_operations) * (prepared ? 1 : 2);
  return cache_misses{100 * misses / (counted->all - before->all), misses / operations};
}

}  // namespace steady::lab
