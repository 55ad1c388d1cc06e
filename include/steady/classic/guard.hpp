// Misuse detection of the classic map: Go's hashWriting bit (claims R1-R5).
//
// A write flips the bit when the hash is known, and flips it back at its end; whoever finds it set, or no longer set at
// the end, reports. So a hash that throws leaves the map as it was. Reads look at the bit once and leave no trace. Best
// effort as in Go: relaxed, no lock. What is asked of an empty map is answered before the check, and size() never checks.
#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>

#include "../misuse.hpp"
#include "header.hpp"

namespace steady::classic {

template <class Config>
[[noreturn]] STEADY_COLD inline void report(misuse kind, std::string_view operation) {
  detail::report_misuse(kind, detail::type_name<typename Config::container>(), operation, "a write");
}

template <class Config>
STEADY_INLINE void check_no_write(const header<Config>& map, misuse kind, std::string_view operation) {
  if constexpr (Config::checked) {
    if (map.has_flag(flag_hash_writing)) [[unlikely]]
      report<Config>(kind, operation);
  }
}

template <class Config>
class write_scope {
 public:
  STEADY_INLINE write_scope(header<Config>& map, std::string_view operation)
      : map_(map), operation_(operation) {
    resume();
  }
  write_scope(const write_scope&) = delete;
  write_scope& operator=(const write_scope&) = delete;
  STEADY_INLINE ~write_scope() { pause(); }

  // While code of the user's builds an entry, the map may be used.
  STEADY_INLINE void pause() {
    if constexpr (Config::checked) {
      if (!map_.has_flag(flag_hash_writing)) [[unlikely]]
        report<Config>(misuse::concurrent_writes, operation_);
      map_.drop_flag(flag_hash_writing);
    }
  }
  STEADY_INLINE void resume() {
    if constexpr (Config::checked) {
      check_no_write(map_, misuse::concurrent_writes, operation_);
      map_.store_flags(map_.flags.load(std::memory_order_relaxed) ^ unsigned{flag_hash_writing});
    }
  }

 private:
  header<Config>& map_;
  std::string_view operation_;
};

}  // namespace steady::classic
