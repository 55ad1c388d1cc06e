// Takes the connections of a listening socket, for as long as the server lives.
//
// Nothing that accept() fails with is a reason to end: the program may be out of descriptors (EMFILE) or the machine (ENFILE),
// memory may be short (ENOMEM, ENOBUFS), a connection may be gone before it was taken (ECONNABORTED), a firewall may say no (EPERM).
// Each of them passes, and who connects meanwhile stays in the kernel's queue. So after a failure there is a pause, longer each
// time up to a tenth of a second, and another try. What accepts, takes and pauses is given, so that a test can.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>

namespace steady::detail::serving {

// `accept` gives a socket, or less than 0; `take` gets it; `pause` waits so many milliseconds.
template <class Accept, class Take, class Pause>
void accept_until(const std::atomic<bool>& ends, Accept&& accept, Take&& take, Pause&& pause) {
  constexpr std::chrono::milliseconds shortest{1};
  constexpr std::chrono::milliseconds longest{100};
  for (auto next = shortest; !ends;) {
    if (const int socket = accept(); socket >= 0) {
      take(socket);
      next = shortest;
    } else if (!ends) {
      pause(next);
      next = std::min(2 * next, longest);
    }
  }
}

}  // namespace steady::detail::serving
