// Deadlines of coroutines. A thread that waits keeps its own time; for coroutines one thread of the process does, started by
// the first deadline. It claims the operation as a deadline and schedules it like any other completer.
//
// A binary heap of pointers to entries that lie in the awaiters, each knowing its place, so that leaving is logarithmic. Room is
// made before a coroutine is queued anywhere, so what can fail, fails before. The thread is never joined: it holds
// nothing but this heap, which is never destroyed.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "ticks.hpp"
#include "waiting.hpp"

namespace steady::detail::channel {

// Its owner fills it in when it reserves.
struct timer_entry {
  clock::time_point instant;
  operation* waiting;
  tick_source* ticks;  // the instant is a tick, which another may take first
  clock::time_point* taken;  // then: where to say which tick it was
  std::size_t place = not_armed;

  static constexpr std::size_t not_armed = static_cast<std::size_t>(-1);
};

class timer_service {
 public:
  [[nodiscard]] static timer_service& get() {
    static timer_service* const service = new timer_service;
    return *service;
  }

  // Makes room for one more arm().
  void reserve() {
    const std::lock_guard guard(mutex_);
    if (!started_) {
      std::thread([this] { run(); }).detach();
      started_ = true;
    }
    ++promised_;
    if (heap_.capacity() < promised_) heap_.reserve(2 * promised_);
  }
  // Gives the room back; every reserve() is followed by one of these, after a disarm() if it was armed.
  void unreserve() noexcept {
    const std::lock_guard guard(mutex_);
    --promised_;
  }

  void arm(timer_entry& entry) noexcept {
    const std::lock_guard guard(mutex_);
    push(&entry);
    if (entry.place == 0) changed_.notify_one();
  }

  // Afterwards the service does not touch the entry or its operation any more.
  void disarm(timer_entry& entry) noexcept {
    std::unique_lock guard(mutex_);
    if (entry.place != timer_entry::not_armed) remove(&entry);
    while (firing_ == &entry) fired_.wait(guard);
  }

 private:
  timer_service() = default;

  [[noreturn]] void run() noexcept {
    std::unique_lock guard(mutex_);
    for (;;) {
      if (heap_.empty()) {
        changed_.wait(guard);
        continue;
      }
      timer_entry* const next = heap_.front();
      if (const clock::time_point instant = next->instant; clock::now() < instant) {
        changed_.wait_until(guard, instant);
        continue;
      }
      remove(next);
      std::optional<clock::time_point> next_tick;
      if (next->ticks != nullptr) {
        next_tick = next->ticks->claim(next->instant);
        if (!next_tick) {
          next->instant = next->ticks->next();
          push(next);
          continue;
        }
        *next->taken = next->instant;
      }
      firing_ = next;
      guard.unlock();
      if (next->waiting->claim(&timed_out_marker))
        next->waiting->wake();
      else if (next_tick)
        next->ticks->give_back(next->instant, *next_tick);
      guard.lock();
      firing_ = nullptr;
      fired_.notify_all();
    }
  }

  void put(timer_entry* entry, std::size_t place) noexcept {
    heap_[place] = entry;
    entry->place = place;
  }
  void push(timer_entry* entry) noexcept {
    heap_.push_back(entry);  // there is room
    rise(entry, heap_.size() - 1);
  }
  void rise(timer_entry* entry, std::size_t place) noexcept {
    for (; place > 0 && entry->instant < heap_[(place - 1) / 2]->instant; place = (place - 1) / 2)
      put(heap_[(place - 1) / 2], place);
    put(entry, place);
  }
  void sink(timer_entry* entry, std::size_t place) noexcept {
    for (std::size_t child = 2 * place + 1; child < heap_.size(); child = 2 * place + 1) {
      if (child + 1 < heap_.size() && heap_[child + 1]->instant < heap_[child]->instant) ++child;
      if (!(heap_[child]->instant < entry->instant)) break;
      put(heap_[child], place);
      place = child;
    }
    put(entry, place);
  }
  void remove(timer_entry* entry) noexcept {
    const std::size_t place = std::exchange(entry->place, timer_entry::not_armed);
    timer_entry* const last = heap_.back();
    heap_.pop_back();
    if (last == entry) return;
    sink(last, place);
    rise(last, last->place);
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::condition_variable fired_;
  std::vector<timer_entry*> heap_;
  std::size_t promised_ = 0;
  timer_entry* firing_ = nullptr;
  bool started_ = false;
};

}  // namespace steady::detail::channel
