// The channels that experiments are made on: steady::chan with Go's rules, and channels that are wrong in one thing.
//
// Who takes part is a coroutine in the specimen's loop, so an experiment is one thread and each step of it the same in every run: it lets
// parties arrive, which run until they wait, does something to the channel, and looks before and after the loop goes on.
// A fault is one wrong belief, a seed's or another library's way, built around the sound channel by way of its own parts
// (channel_faults.cpp); everything else about such a channel stays as it is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string_view>

#include <steady/run_loop.hpp>
#include <steady/select.hpp>
#include <steady/selector.hpp>
#include <steady/waiters.hpp>

namespace steady::lab {

enum class channel_fault : std::uint8_t {
  none,
  last_come_first_served,
  woken_to_try_again,  // who waits is woken when there is something, and may find it gone
  reason_by_waiter,  // the reason is told from a waiter's side alone
  lock_free_flag,  // closed is an atomic flag beside the channel, set and read without its lock
  closing_empties,  // close drops what is buffered
  tried_as_written,  // a select takes the first case that is ready, in the order of the program
  same_seed,  // each run draws the same random numbers
};

using numbers = chan<std::uint64_t>;

// Who takes part, and what became of it.
struct party {
  bool ended = false;
  std::optional<std::uint64_t> value;  // what it received; none if the channel was closed
  std::size_t chosen = 0;  // of a select
};

class channel_specimen {
 public:
  channel_specimen() = default;
  channel_specimen(const channel_specimen&) = delete;
  channel_specimen& operator=(const channel_specimen&) = delete;
  virtual ~channel_specimen() = default;

  // A party arrives, and runs until it waits or has ended.
  party& receive(const numbers& from);
  party& send(const numbers& to, std::uint64_t value);
  party& select_receive(const numbers& first, const numbers& second);
  // What can go on does.
  void run() { loop_.run_ready(); }

  // Somebody who does not wait.
  virtual bool try_send(const numbers& to, std::uint64_t value) { return to.try_send(value); }
  virtual std::optional<std::uint64_t> try_receive(const numbers& from) { return from.try_recv().take(); }
  virtual void close(const numbers& which) { which.close(); }
  [[nodiscard]] virtual bool is_closed(const numbers& which) { return which.is_closed(); }
  [[nodiscard]] virtual std::string_view reason_of(const detail::channel::waiter& waiting) const {
    return detail::channel::wait_reason(*waiting.owner, &waiting);
  }
  virtual std::size_t choose(selector& cases) { return cases.select(); }
  // At the beginning of what stands for a run of a program: a thread of its own, with random numbers of its own.
  virtual void begin_run() {}

 protected:
  virtual task receiving(numbers from, party& me);
  virtual task selecting(numbers first, numbers second, party& me);
  // After a party has queued.
  virtual void arrived(const numbers&) {}

 private:
  static task sending(numbers to, std::uint64_t value, party& me);
  template <class Make>
  party& start(Make make);

  std::deque<party> parties_;
  run_loop loop_;
};

[[nodiscard]] std::unique_ptr<channel_specimen> make_channel_specimen(channel_fault planted);

// The waiters of one side of a channel, from the first. Nobody else may use the channel meanwhile.
[[nodiscard]] inline const detail::channel::waiter* first_waiter(const numbers& of,
                                                                 detail::channel::direction side) {
  const detail::channel::core& channel = *detail::channel::access::of(of).get();
  return channel.queue(side).first();
}

}  // namespace steady::lab
