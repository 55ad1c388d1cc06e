// The heap profile of the maps and heaps of a program: which function made them take how much memory, in the format of pprof.
//
//   steady::heap_profile::start();                       // from here on; a sample every 512 KiB, as Go does
//   ...
//   std::ofstream("heap.pb.gz", std::ios::binary) << steady::heap_profile::pprof();
//
//   $ go tool pprof -top heap.pb.gz                      # or -svg, -http=:8080, -sample_index=alloc_space ...
//
// What is seen is all memory that maps with an observer in their type (observe.hpp) ask of their allocators: blocks of buckets,
// overflow, the directory, entries that have a place of their own; and all pieces that a span_resource with a name hands out, to
// whatever takes from it: slices, classic maps, channels, the standard's containers. Maps of other types, and what keys and values
// allocate themselves, are not in it. Four figures a stack: alloc_objects and alloc_space since start(), inuse_objects and
// inuse_space now. Labels tell the name that the map ("map") or heap ("heap") had when it took the memory, its type ("type") and what
// for ("memory"): buckets, overflow, directory, entries, loops; of a heap spans, or pages for a piece that has pages of its own.
// Objects are buckets, overflow nodes, entries and pieces; so the buckets of a classic_map that is not growing are 2^B objects. Bytes
// are those asked for; of a heap's piece those it has, its size class or whole pages.
//
// Memory that an observed map has from a named heap counts once, as the map's.
//
// Sampled as Go does it: a piece of memory is recorded with probability 1 - exp(-bytes / mean), and the profile counts it so
// many times more; with a mean of 1 everything is recorded, and the figures are exact. What was taken before start() is unknown, and so
// is its return. Stacks begin with the function that called the container: frames of steady's own are left out, as Go leaves out its
// runtime's. Their names come from the symbol tables of the program and its libraries; a stripped one gives addresses.
//
// One profile a program, any number of threads. Cost of a piece of memory while it records: docs/see-inside.md. Memory: a few hundred
// bytes for each different stack, name and size that was sampled, and up to 100 for each sampled piece in use.
#pragma once

#include <cstddef>
#include <string>

namespace steady::heap_profile {

inline constexpr std::size_t usual_mean_bytes = 512 * 1024;

// Begins anew, and forgets what was recorded before. Throws std::bad_alloc.
void start(std::size_t mean_bytes = usual_mean_bytes);
// Records no more; what was recorded stays, in use as it was.
void stop() noexcept;
[[nodiscard]] bool recording() noexcept;

// What was recorded, as profile.proto, gzip: what `go tool pprof` reads, and /debug/pprof/heap serves. Empty of samples, but valid,
// before start(). Reads the symbol tables each time, some milliseconds to tenths of seconds. Throws std::bad_alloc.
[[nodiscard]] std::string pprof();

}  // namespace steady::heap_profile
