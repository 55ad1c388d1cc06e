// The threads that answer, and the connections that wait for them.
//
// httplib's own pool takes any number of connections, each of which keeps a file descriptor of the program; it is made in a thread of the
// server, where a thread that cannot be made ends the program; and so does what is thrown outside of httplib's own try. This one
// is made by the constructor that reports such things, has room for a few who wait, and turns the others away.
#pragma once

#include <unistd.h>

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace steady::detail::serving {

class workers {
 public:
  static constexpr std::size_t threads = 4;
  static constexpr std::size_t most_waiting = 16;

  // `serve` answers one connection, and closes it whatever comes. Throws std::system_error when a thread cannot be made.
  explicit workers(std::function<void(int socket)> serve) : serve_(std::move(serve)) {
    try {
      threads_.reserve(threads);
      while (threads_.size() < threads) threads_.emplace_back([this] { work(); });
    } catch (...) {
      end();
      throw;
    }
  }
  workers(const workers&) = delete;
  workers& operator=(const workers&) = delete;
  // Those who wait are answered, or find that the server ends.
  ~workers() { end(); }

  void take(int socket) noexcept {
    try {
      const std::lock_guard guard(mutex_);
      if (waiting_.size() < most_waiting) {
        waiting_.push_back(socket);
        there_.notify_one();
        return;
      }
    } catch (...) {  // no memory
    }
    ::close(socket);
  }

 private:
  void work() noexcept {
    for (;;) {
      int socket = -1;
      {
        std::unique_lock guard(mutex_);
        there_.wait(guard, [&] { return ends_ || !waiting_.empty(); });
        if (waiting_.empty()) return;
        socket = waiting_.front();
        waiting_.pop_front();
      }
      try {
        serve_(socket);
      } catch (...) {  // it concerns one connection, which is closed by now
      }
    }
  }

  void end() noexcept {
    {
      const std::lock_guard guard(mutex_);
      ends_ = true;
    }
    there_.notify_all();
    for (std::thread& each : threads_) each.join();
    threads_.clear();
  }

  std::function<void(int socket)> serve_;
  std::mutex mutex_;  // of the following two
  std::deque<int> waiting_;
  bool ends_ = false;
  std::condition_variable there_;
  std::vector<std::thread> threads_;
};

}  // namespace steady::detail::serving
