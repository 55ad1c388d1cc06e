// The probes of a program that is built with STEADY_USDT: places that bpftrace, perf and SystemTap can attach to while it runs.
//
// Each is an instruction that does nothing and a note in the file (`readelf -n`), under the provider `steady`. Names are
// given as address and length: str(arg0, arg1) in bpftrace. What is built without the option has none of it, and does not need
// <sys/sdt.h>, which is Debian's systemtap-sdt-dev.
//
// The option changes types, not functions: attached_observers is another one with it, in an inline namespace (observe.hpp). So
// files built with it and without may be linked into one program, as long as they share no observer or class of their own that
// names attached_observers or a map it observes: such a one would be two with one name.
#pragma once

#include <sys/sdt.h>

#include <cstdint>

#include "watch.hpp"

namespace steady::detail {

// Arguments of a map's probe: name, its length, entries, buckets, and the numbers of the event (see event_kind).
template <class Event>
void fire_map_probe(const Event& e) noexcept {
  const char* const name = e.map_name.data();
  const std::uint64_t length = e.map_name.size();
#define STEADY_PROBE(kind)                                                                                   \
  case event_kind::kind:                                                                                     \
    STAP_PROBE7(steady, map_##kind, name, length, e.size, e.buckets, e.bucket, e.other, e.amount);           \
    break
  switch (e.kind) {
    STEADY_PROBE(growth_started);
    STEADY_PROBE(growth_finished);
    STEADY_PROBE(split);
    STEADY_PROBE(merged);
    STEADY_PROBE(same_size_growth);
    STEADY_PROBE(shrink);
    STEADY_PROBE(overflow_made);
    STEADY_PROBE(overflow_freed);
    STEADY_PROBE(block_allocated);
    STEADY_PROBE(block_freed);
    STEADY_PROBE(reseed);
    STEADY_PROBE(clear);
    STEADY_PROBE(ended);
    STEADY_PROBE(long_probe);
    STEADY_PROBE(misuse);
    STEADY_PROBE(loop_started);
    STEADY_PROBE(loop_ended);
    STEADY_PROBE(erase);
    STEADY_PROBE(insert);
  }
#undef STEADY_PROBE
}

}  // namespace steady::detail
