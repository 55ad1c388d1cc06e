// Waiting until others wait. A test that needs a sender to be blocked looks into the channel until it is; no test sleeps
// and hopes.
#pragma once

#include <steady/chan.hpp>

#include <cstddef>
#include <list>
#include <thread>
#include <utility>

namespace steady_test {

template <class Channel>
void wait_until_blocked(const Channel& channel, std::size_t receivers, std::size_t senders) {
  for (;;) {
    const auto seen = channel.inspect();
    if (seen.recvq.size() == receivers && seen.sendq.size() == senders) return;
    std::this_thread::yield();
  }
}

// Threads that are joined at the end of the scope. (std::jthread is not in libc++ 19.)
class thread_group {
 public:
  thread_group() = default;
  thread_group(const thread_group&) = delete;
  thread_group& operator=(const thread_group&) = delete;
  ~thread_group() { join(); }

  template <class Function>
  void start(Function&& function) {
    threads_.emplace_back(std::forward<Function>(function));
  }
  void join() {
    for (std::thread& each : threads_) each.join();
    threads_.clear();
  }

 private:
  std::list<std::thread> threads_;  // gcc 12 warns of a vector of them without reason
};

}  // namespace steady_test
