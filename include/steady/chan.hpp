// steady::chan<T>: Go's channel, for threads and coroutines.
//
// A chan is a shared handle, as Go's is: copies are the same channel, which lives as long as a handle or a blocked operation
// does; a null one (`chan<T>{nullptr}`, or moved from) is Go's nil channel. Unbuffered by default: a send ends when a
// receiver has the value. With a capacity, a send ends when the buffer has it.
//
//   steady::chan<int> jobs{64}, quit;
//   std::jthread worker([=] { for (int job : jobs) work(job); });   // until jobs is closed and drained
//   for (int job = 0; job < 1000; ++job) jobs.send(job);
//   jobs.close();
//
// Any number of threads and coroutines may use one channel at once; one handle object, like any object, may be read by many
// and must not be assigned meanwhile. Waiters are served in order of arrival, by the operation that makes them
// possible; nobody overtakes. A send happens before the matching receive returns, a receive from an unbuffered channel before
// the send returns, the k-th receive before the (k + capacity)-th send returns, and close before a receive that reports it.
//
// T may be move-only, without default constructor, over-aligned. It must not throw from its destructor. If its move may
// throw, each message is copied into a box and costs an allocation. Its move and destructor run under the channel's
// lock and must not use that channel, nor make a named channel or let one go. A send that throws has sent nothing.
// Complexity: every operation is constant, close and select apart, which are linear in the waiters and in the cases. No
// operation but the construction allocates (boxed T apart).
// Sources: Go's runtime/chan.go and the language's memory model; docs/channels-design.md has the statements, one by one.
#pragma once

#include <concepts>
#include <cstddef>
#include <memory_resource>
#include <string>
#include <utility>

#include "channel/element.hpp"
#include "channel/ends.hpp"
#include "channel/handle.hpp"
#include "channel/result.hpp"

namespace steady {

template <detail::channel::channel_element T>
class sender;
template <detail::channel::channel_element T>
class receiver;

template <detail::channel::channel_element T>
class chan : public detail::channel::any_end<chan<T>, T>,
             public detail::channel::sending_end<chan<T>, T>,
             public detail::channel::receiving_end<chan<T>, T> {
 public:
  using value_type = T;

  chan() : chan(0) {}
  // The name is for those who look from outside: dump_waiters(), registry::channels() and the metrics have it. Any number of
  // channels may have one name; a channel with one counts what passes. Throws std::length_error if the buffer would be larger than
  // memory can be.
  explicit chan(std::size_t capacity, std::string name = {})
      : handle_(detail::channel::core::make(detail::channel::operations_of<T>, capacity, std::move(name))) {}
  // Header and buffer in one block of `memory`, which outlives the channel and may be used by whatever thread drops its
  // last handle: span_resource may, an unsynchronized resource only if all handles stay on one thread.
  chan(std::size_t capacity, std::pmr::memory_resource* memory, std::string name = {})
      : handle_(detail::channel::core::make(detail::channel::operations_of<T>, capacity, std::move(name),
                                            memory)) {}
  // Go's nil channel. A template, so that chan<T>{0} means the capacity.
  template <std::same_as<std::nullptr_t> Null>
  chan(Null) noexcept {}

  friend bool operator==(const chan& a, const chan& b) noexcept { return a.handle_ == b.handle_; }

 private:
  friend class sender<T>;
  friend class receiver<T>;
  friend struct detail::channel::access;

  detail::channel::handle handle_;
};

// Go's chan<- T: made from a chan<T> without asking, and never turned back into one.
template <detail::channel::channel_element T>
class sender : public detail::channel::any_end<sender<T>, T>,
               public detail::channel::sending_end<sender<T>, T> {
 public:
  using value_type = T;

  sender() noexcept = default;
  sender(std::nullptr_t) noexcept {}
  sender(const chan<T>& both) noexcept : handle_(both.handle_) {}

  friend bool operator==(const sender& a, const sender& b) noexcept { return a.handle_ == b.handle_; }

 private:
  friend struct detail::channel::access;

  detail::channel::handle handle_;
};

// Go's <-chan T.
template <detail::channel::channel_element T>
class receiver : public detail::channel::any_end<receiver<T>, T>,
                 public detail::channel::receiving_end<receiver<T>, T> {
 public:
  using value_type = T;

  receiver() noexcept = default;
  receiver(std::nullptr_t) noexcept {}
  receiver(const chan<T>& both) noexcept : handle_(both.handle_) {}

  friend bool operator==(const receiver& a, const receiver& b) noexcept { return a.handle_ == b.handle_; }

 private:
  friend struct detail::channel::access;

  detail::channel::handle handle_;
};

}  // namespace steady
