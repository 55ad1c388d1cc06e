// Writes a profile in the format of pprof: profile.proto (github.com/google/pprof, proto/profile.proto), gzip.
//
// Functions are written with their mangled names, in both places: pprof demangles them then, as shortly as it is asked to. Leading
// frames of steady's own are left out, and those of the standard library that stand between it and a memory_resource. A file all of whose frames have names is marked so; of the others pprof looks for names
// itself, where it has the file.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "profile/images.hpp"

namespace steady::profiling {

class pprof_writer {
 public:
  struct value_type {
    std::string_view type;
    std::string_view unit;
  };
  struct label {
    std::string_view key;
    std::string_view text;
  };

  // The values of each sample; what the sampling counts, and how much of it lies between two samples; the type to be shown first.
  pprof_writer(std::span<const value_type> values, value_type period_type, std::int64_t period,
               std::string_view shown_first);

  // Return addresses, innermost first. Labels without text are left out.
  void add(std::span<void* const> stack, std::span<const std::int64_t> values, std::span<const label> labels);

  // The profile. Nothing may be added afterwards.
  [[nodiscard]] std::string finish();

 private:
  [[nodiscard]] std::int64_t text(std::string_view of);
  [[nodiscard]] std::uint64_t location(std::uintptr_t address);
  [[nodiscard]] std::uint64_t function(std::string_view name);
  [[nodiscard]] std::string_view name_at(std::uintptr_t address);

  struct mapping {
    std::uint64_t id;
    bool all_named = true;
  };

  process_images images_;
  std::string message_;  // its samples, locations and functions so far
  std::map<std::string, std::int64_t, std::less<>> texts_;
  std::map<const image*, mapping> mappings_;
  std::map<std::uintptr_t, std::uint64_t> locations_;
  std::map<std::int64_t, std::uint64_t> functions_;  // by their name's number
};

// Whether a function, by its mangled name, is one of steady's, or one of std::pmr or std::allocator_traits.
[[nodiscard]] bool is_own_function(std::string_view mangled) noexcept;

}  // namespace steady::profiling
