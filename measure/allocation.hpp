// What a piece of code asks of the allocator: bytes held, their peak, the largest block, and the time it
// took.
//
// allocation.cpp replaces the global operator new and delete, because that is the one place every map passes
// through with its default allocator: no peer needs an allocator parameter, and all are counted alike.
// Counting is off until start(); then each block counts with what malloc really spends on it,
// malloc_usable_size plus the 8 bytes of the chunk header, so rounding is included.
//
// Counting and timing are two modes, never both: reading the clock twice an allocation would disturb nothing
// that is counted, but malloc_usable_size would sit inside what is timed. The counters are plain, not atomic:
// one thread at a time may allocate while a mode is on, and start() and stop() belong to that thread.
//
// Invariant: live may go below zero, if blocks made before start() are released after it; that is the truth
// about the interval, and no figure is clamped.
#pragma once

#include <cstddef>
#include <cstdint>

namespace steady::measure {

enum class allocation_mode : unsigned char { off, count, time };

struct allocation_figures {
  std::int64_t live = 0;  // bytes held now, of those obtained since start()
  std::int64_t peak = 0;  // highest live
  std::int64_t window_peak = 0;  // highest live since start() or the last take_window_peak()
  std::size_t largest = 0;  // largest single request, as asked for
  std::uint64_t allocations = 0;
  std::uint64_t releases = 0;
  std::uint64_t ticks = 0;  // mode time: inside malloc and free, the timer's own cost included
};

// Zeroes the figures and begins.
void start_allocation_figures(allocation_mode mode) noexcept;

// Ends whatever mode is on; the figures stay readable.
allocation_figures stop_allocation_figures() noexcept;

[[nodiscard]] const allocation_figures& current_allocation_figures() noexcept;

// Transient peaks (old and new array of a doubling) live within one operation, so a series of live bytes
// misses them: a series of window peaks does not.
std::int64_t take_window_peak() noexcept;

// The allocator's bytes for one block, rounding and header included.
[[nodiscard]] std::size_t allocated_bytes(void* block) noexcept;

}  // namespace steady::measure
