// Misuse detection of the classic map: Go's hashWriting bit (claims R1-R5).
//
// A write flips the bit when the hash is known, and flips it back at its end; whoever finds it set, or no longer set at
// the end, reports. So a hash that throws leaves the map as it was. Reads look at the bit once and leave no trace. Best
// effort as in Go: relaxed, no lock. What is asked of an empty map is answered before the check, and size() never checks.
//
// In Go no code of the user's runs inside a write. Here equality, hash, allocator and a value's assignment may, and when
// one of them comes back into the map, the bit is that of its own thread: that is told as re-entry.
#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include "../detail/writing_frame.hpp"
#include "../misuse.hpp"
#include "header.hpp"

namespace steady::classic {

template <class Config>
[[noreturn]] STEADY_COLD inline void report(const header<Config>& map, misuse kind,
                                            std::string_view operation,
                                            const detail::writing_frame* own = nullptr) {
  map.note(event_kind::misuse);
  if (detail::is_writing(&map, own)) kind = misuse::reentrant;
  detail::report_misuse(kind, detail::type_name<typename Config::container>(), operation, "a write");
}

template <class Config>
STEADY_INLINE void check_no_write(const header<Config>& map, misuse kind, std::string_view operation) {
  if constexpr (Config::checked) {
    if (map.has_flag(flag_hash_writing)) [[unlikely]]
      report(map, kind, operation);
  }
}

template <class Config>
class write_scope {
 public:
  STEADY_INLINE write_scope(header<Config>& map, std::string_view operation)
      : map_(map), operation_(operation), frame_(nullptr) {
    resume();
  }
  write_scope(const write_scope&) = delete;
  write_scope& operator=(const write_scope&) = delete;
  STEADY_INLINE ~write_scope() { pause(); }

  // While code of the user's builds an entry, the map may be used.
  STEADY_INLINE void pause() {
    if constexpr (Config::checked) {
      if (!map_.has_flag(flag_hash_writing)) [[unlikely]]
        report(map_, misuse::concurrent_writes, operation_, frame_.own());
      map_.drop_flag(flag_hash_writing);
      frame_.name(nullptr);
    }
  }
  STEADY_INLINE void resume() {
    if constexpr (Config::checked) {
      check_no_write(map_, misuse::concurrent_writes, operation_);
      map_.store_flags(map_.flags.load(std::memory_order_relaxed) ^ unsigned{flag_hash_writing});
      frame_.name(&map_);
    }
  }

 private:
  using frame = std::conditional_t<Config::quiet, detail::no_frame, detail::noted_frame>;

  header<Config>& map_;
  std::string_view operation_;
  [[no_unique_address]] frame frame_;
};

}  // namespace steady::classic
