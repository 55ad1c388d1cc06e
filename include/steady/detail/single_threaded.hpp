// Whether this process has one thread, as glibc knows it: then no read-modify-write has to be atomic. That is worth a third of the
// time of a channel between coroutines, and of a loop over ten entries. (glibc's own mutex and libstdc++'s shared_ptr do the same.)
// Elsewhere the answer is always no.
#pragma once

#if __has_include(<sys/single_threaded.h>)
#include <sys/single_threaded.h>
#define STEADY_SINGLE_THREADED __libc_single_threaded
#else
#define STEADY_SINGLE_THREADED false
#endif

#include "config.hpp"

namespace steady::detail {

[[nodiscard]] STEADY_INLINE bool single_threaded() noexcept { return STEADY_SINGLE_THREADED; }
#undef STEADY_SINGLE_THREADED

}  // namespace steady::detail
