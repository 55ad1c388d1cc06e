// Lets other threads run: std::this_thread::yield(), without <thread> where that only calls sched_yield. With <thread>, and <chrono>
// that it includes, every file that uses a map would take a twentieth longer to compile.
#pragma once

#if defined(__unix__) || defined(__APPLE__)

#include <sched.h>

namespace steady::detail {

inline void yield() noexcept { (void)::sched_yield(); }

}  // namespace steady::detail

#else

#include <thread>

namespace steady::detail {

inline void yield() noexcept { std::this_thread::yield(); }

}  // namespace steady::detail

#endif
