// steady::run_loop and steady::task: a small place for coroutines to run, for tests, examples and programs that have none.
//
//   steady::run_loop loop;
//   loop.spawn([](steady::chan<int> in) -> steady::task { while (auto job = co_await in.async_recv()) work(*job); }(jobs));
//   loop.run();   // in this thread, until every task has ended
//
// One loop runs in one thread at a time; its tasks resume there and nowhere else, whoever completed what they waited for. What a task
// throws comes out of run(), the first such exception after all tasks have ended. A loop that is destroyed destroys the tasks
// that have not ended; those that wait leave their channels. spawn() and run() belong to the loop's thread.
// Complexity: scheduling allocates nothing, and takes no lock within the loop's own thread.
#pragma once

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <utility>

#include "channel/lock.hpp"
#include "channel/parking.hpp"
#include "channel/scheduler.hpp"

namespace steady {

class run_loop;

// A coroutine that begins when it is spawned into a loop, and is the loop's from then on.
class [[nodiscard]] task {
 public:
  class promise_type;

  task(task&& other) noexcept : coroutine_(std::exchange(other.coroutine_, nullptr)) {}
  task& operator=(task&&) = delete;
  ~task() {
    if (coroutine_) coroutine_.destroy();
  }

 private:
  friend class run_loop;
  explicit task(std::coroutine_handle<promise_type> coroutine) noexcept : coroutine_(coroutine) {}
  std::coroutine_handle<promise_type> coroutine_;
};

class run_loop {
 public:
  run_loop() noexcept { self_ = as_scheduler(); }
  run_loop(const run_loop&) = delete;
  run_loop& operator=(const run_loop&) = delete;
  ~run_loop();

  void spawn(task started);

  // Until every task has ended.
  void run() {
    const inside here(*this);
    while (tasks_ != nullptr)
      if (!resume_ready()) park();
    rethrow();
  }
  // What can run now, and no more.
  void run_ready() {
    const inside here(*this);
    while (resume_ready()) {
    }
    rethrow();
  }

  [[nodiscard]] scheduler as_scheduler() noexcept { return {this, &schedule, &withdraw}; }

 private:
  friend class task::promise_type;

  // A doubly linked list of resumptions; `mark` says in which of the two one stands.
  struct list {
    static constexpr std::uintptr_t local = 1, remote = 2;
    resumption* first = nullptr;
    resumption* last = nullptr;

    void push(resumption& ready) noexcept {
      ready.next = nullptr;
      ready.previous = last;
      (last != nullptr ? last->next : first) = &ready;
      last = &ready;
    }
    // The first, of some.
    [[nodiscard]] resumption& pop() noexcept {
      resumption& leaving = *first;
      first = leaving.next;
      (first != nullptr ? first->previous : last) = nullptr;
      return leaving;
    }
    void remove(resumption& leaving) noexcept {
      (leaving.previous != nullptr ? leaving.previous->next : first) = leaving.next;
      (leaving.next != nullptr ? leaving.next->previous : last) = leaving.previous;
    }
  };

  // Makes this the thread's loop for as long as it runs.
  class inside {
   public:
    explicit inside(run_loop& loop) noexcept
        : outer_loop_(std::exchange(running_, &loop)),
          outer_scheduler_(std::exchange(detail::channel::this_threads_scheduler, &loop.self_)) {}
    inside(const inside&) = delete;
    inside& operator=(const inside&) = delete;
    ~inside() {
      running_ = outer_loop_;
      detail::channel::this_threads_scheduler = outer_scheduler_;
    }

   private:
    run_loop* outer_loop_;
    const scheduler* outer_scheduler_;
  };

  static void schedule(void* context, resumption& ready) noexcept {
    run_loop& loop = *static_cast<run_loop*>(context);
    if (running_ == &loop) {
      loop.push_local(ready);
    } else {
      loop.push_remote(ready);
    }
  }

  // On the loop's thread, or while it does not run.
  static void withdraw(void* context, resumption& accepted) noexcept {
    run_loop& loop = *static_cast<run_loop*>(context);
    const detail::channel::lock_guard guard(loop.lock_);
    (accepted.mark == list::remote ? loop.remote_ : loop.local_).remove(accepted);
  }

  void push_local(resumption& ready) noexcept {
    ready.mark = list::local;
    local_.push(ready);
    ready.accept();
  }

  // From another thread, which may wake this one.
  STEADY_NOINLINE void push_remote(resumption& ready) noexcept {
    lock_.acquire();
    ready.mark = list::remote;
    remote_.push(ready);
    ready.accept();
    const bool sleeps = sleeping_.exchange(awake, std::memory_order_release) == parked;
    detail::channel::wait_word* const word = &sleeping_;
    lock_.release();
    if (sleeps) detail::channel::parking::wake(word);
  }

  // What is ready in this thread, then what others have sent, so that neither waits for ever.
  bool resume_ready() {
    take_remote();
    if (local_.first == nullptr) return false;
    for (int turns = 0; turns < turns_between_looks && local_.first != nullptr; ++turns) {
      local_.pop().resume();
    }
    return true;
  }
  void take_remote() noexcept {
    const detail::channel::lock_guard guard(lock_);
    while (remote_.first != nullptr) {
      resumption& next = remote_.pop();
      next.mark = list::local;
      local_.push(next);
    }
  }
  void park() {
    lock_.acquire();
    const bool idle = remote_.first == nullptr;
    if (idle) sleeping_.store(looking, std::memory_order_relaxed);
    lock_.release();
    if (!idle || detail::channel::spin_while(sleeping_, looking) ||
        detail::channel::yield_while(sleeping_, looking))
      return;
    std::uint32_t expected = looking;
    if (!sleeping_.compare_exchange_strong(expected, parked, std::memory_order_acquire,
                                           std::memory_order_acquire))
      return;
    while (sleeping_.load(std::memory_order_acquire) != awake)
      detail::channel::parking::wait(sleeping_, parked, detail::channel::never);
  }
  void rethrow() {
    if (failure_ != nullptr && tasks_ == nullptr) std::rethrow_exception(std::exchange(failure_, nullptr));
  }

  static constexpr int turns_between_looks = 64;
  // Of sleeping_: who sends something wakes a parked loop, and need not wake one that still looks.
  static constexpr std::uint32_t awake = 0, looking = 1, parked = 2;
  inline static thread_local run_loop* running_ = nullptr;

  scheduler self_;
  list local_;
  list remote_;  // guarded by lock_
  detail::channel::lock lock_;
  detail::channel::wait_word sleeping_{0};
  task::promise_type* tasks_ = nullptr;
  std::exception_ptr failure_;
};

class task::promise_type {
 public:
  task get_return_object() noexcept { return task(std::coroutine_handle<promise_type>::from_promise(*this)); }
  static std::suspend_always initial_suspend() noexcept { return {}; }
  auto final_suspend() noexcept {
    struct leave {
      static bool await_ready() noexcept { return false; }
      static void await_suspend(std::coroutine_handle<promise_type> ended) noexcept {
        ended.promise().leave_loop();
        ended.destroy();
      }
      static void await_resume() noexcept {}
    };
    return leave{};
  }
  static void return_void() noexcept {}
  void unhandled_exception() noexcept {
    if (loop_->failure_ == nullptr) loop_->failure_ = std::current_exception();
  }
  [[nodiscard]] scheduler steady_scheduler() const noexcept { return loop_->as_scheduler(); }

 private:
  friend class run_loop;

  void enter(run_loop& loop) noexcept {
    loop_ = &loop;
    next_ = loop.tasks_;
    if (next_ != nullptr) next_->previous_ = this;
    loop.tasks_ = this;
    start_.bind(std::coroutine_handle<promise_type>::from_promise(*this));
    loop.push_local(start_);
  }
  void leave_loop() noexcept {
    (previous_ != nullptr ? previous_->next_ : loop_->tasks_) = next_;
    if (next_ != nullptr) next_->previous_ = previous_;
  }

  run_loop* loop_ = nullptr;
  promise_type* previous_ = nullptr;
  promise_type* next_ = nullptr;
  resumption start_;
};

inline void run_loop::spawn(task started) {
  std::exchange(started.coroutine_, nullptr).promise().enter(*this);
}

inline run_loop::~run_loop() {
  while (tasks_ != nullptr) {
    task::promise_type& last = *tasks_;
    last.leave_loop();
    if (last.start_.accepted()) withdraw(this, last.start_);
    std::coroutine_handle<task::promise_type>::from_promise(last).destroy();
  }
}

}  // namespace steady
