// The threads that answer, and who waits for them.
//
// httplib's own pool takes any number of connections, each of which keeps a file descriptor of the program; it is made in a thread of the
// server, where a thread that cannot be made ends the program; and so does what is thrown outside of httplib's own try. This one
// is made by the constructor that reports such things, has room for a few who wait, and turns the others away.
//
// What it is given is httplib's: a function that serves one connection and closes it. To be turned away, that function is called
// with turned_away() set, in the thread that accepts.
#pragma once

#include <httplib.h>

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

  // Throws std::system_error when a thread cannot be made.
  workers() {
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
  ~workers() { end(); }

  [[nodiscard]] static bool& turned_away() noexcept {
    thread_local bool away = false;
    return away;
  }

  // What httplib is given, to keep and to destroy.
  [[nodiscard]] httplib::TaskQueue* queue() {
    struct entrance final : httplib::TaskQueue {
      explicit entrance(workers& to) : behind(to) {}
      void enqueue(std::function<void()> serve) override { behind.enqueue(std::move(serve)); }
      void shutdown() override {}  // those who wait are answered, or find that the server ends
      workers& behind;
    };
    return new entrance(*this);
  }

 private:
  void enqueue(std::function<void()> serve) noexcept {
    bool taken = false;
    try {
      const std::lock_guard guard(mutex_);
      if (waiting_.size() < most_waiting) {
        waiting_.push_back(serve);
        taken = true;
      }
    } catch (...) {  // no memory
    }
    if (taken) {
      there_.notify_one();
      return;
    }
    turned_away() = true;
    run(serve);
    turned_away() = false;
  }

  void work() noexcept {
    for (;;) {
      std::function<void()> serve;
      {
        std::unique_lock guard(mutex_);
        there_.wait(guard, [&] { return ends_ || !waiting_.empty(); });
        if (waiting_.empty()) return;
        serve = std::move(waiting_.front());
        waiting_.pop_front();
      }
      run(serve);
    }
  }
  // What it throws concerns one connection, which is closed by then.
  static void run(const std::function<void()>& serve) noexcept {
    try {
      serve();
    } catch (...) {
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

  std::mutex mutex_;  // of the following two
  std::deque<std::function<void()>> waiting_;
  bool ends_ = false;
  std::condition_variable there_;
  std::vector<std::thread> threads_;
};

}  // namespace steady::detail::serving
