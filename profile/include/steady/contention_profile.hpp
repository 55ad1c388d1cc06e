// Where threads wait for the locks inside of steady, in the format of pprof: the locks of channels, of a sync_map's shards and of
// what records and traces.
//
//   steady::contention_profile::start();
//   ...
//   std::ofstream("mutex.pb.gz", std::ios::binary) << steady::contention_profile::pprof();     // go tool pprof -top mutex.pb.gz
//
// Two figures a stack: contentions, and delay in nanoseconds. The stack is that of who waited, and begins with the function
// that called the channel or map (Go's mutex profile names who held the lock, which nobody knows here). Waiting for a message
// is no contention; docs/channels.md has what shows that.
//
// A lock that is free costs what it did: only who finds it held looks whether anybody records. One in so many contentions is
// recorded, and counted as so many. A recorded one takes some microseconds longer, with the lock held.
#pragma once

#include <string>

namespace steady::contention_profile {

// Begins anew, and forgets what was recorded before. 0 is taken for 1. Throws std::bad_alloc.
void start(unsigned one_in = 1);
// Records no more; what was recorded stays.
void stop() noexcept;
[[nodiscard]] bool recording() noexcept;

// As heap_profile's.
[[nodiscard]] std::string pprof();

}  // namespace steady::contention_profile
