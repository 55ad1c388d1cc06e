// Who waited for what, when and how long, drawn over time by a viewer that everybody has: chrome://tracing, or ui.perfetto.dev.
//
//   steady::wait_trace trace;          // records from here on
//   ... the program ...
//   trace.stop();
//   std::ofstream file("waits.json");
//   trace.write_chrome(file);
//
// Every thread and every coroutine that waited has a row. Its slices: what it waited for, in Go's words, with channel and source
// line; "runnable", from the end of the wait to its going on, which is what a scheduler or a wake-up costs; "running" in between.
// chrome_trace.hpp has the format, and how a file holds a map_trace too. Times are from the first event.
//
// A trace holds a fixed number of events, given to the constructor; the memory is taken at once (about 120 bytes each), what comes
// after the last one is counted and not kept. Recording an event is a lock and a copy. One trace records at a time.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <ostream>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "channel/lock.hpp"
#include "chrome_trace.hpp"
#include "wait_events.hpp"

namespace steady {

class wait_trace final : public wait_observer {
 public:
  static constexpr std::size_t usual_capacity = 100'000;

  explicit wait_trace(std::size_t capacity = usual_capacity) {
    events_.reserve(capacity);
    observe_waits(this);
  }
  wait_trace(const wait_trace&) = delete;
  wait_trace& operator=(const wait_trace&) = delete;
  ~wait_trace() { stop(); }

  // Ends the recording; afterwards the trace does not change.
  void stop() noexcept {
    if (std::exchange(recording_, false)) stop_observing_waits(this);
  }

  // Keeps the event, if there is room.
  void changed(const wait_event& now) noexcept override {
    const detail::channel::lock_guard guard(lock_);
    if (events_.size() == events_.capacity()) {
      ++dropped_;
      return;
    }
    event& kept = events_.emplace_back();
    kept.state = now.state;
    kept.when = now.when;
    kept.reason = now.reason;
    kept.channel_length = std::min(now.channel.size(), kept.channel.size());
    std::copy_n(now.channel.data(), kept.channel_length, kept.channel.data());
    kept.who = {now.thread, now.coroutine};
    kept.where = now.where;
  }

  [[nodiscard]] std::size_t size() const noexcept {
    const detail::channel::lock_guard guard(lock_);
    return events_.size();
  }
  // Events that found no room.
  [[nodiscard]] std::uint64_t dropped() const noexcept {
    const detail::channel::lock_guard guard(lock_);
    return dropped_;
  }

  // Of a trace that was stopped. Linear in the events, but for the rows, which are found by a binary search.
  void write_chrome(std::ostream& to) const {
    chrome_trace file(to, begun());
    add_to(file);
    file.end();
  }
  void add_to(chrome_trace& file) const {
    const std::vector<identity> rows = all_rows();
    std::vector<const event*> last(rows.size());
    for (std::size_t row = 0; row < rows.size(); ++row) {
      std::ostringstream name;
      if (rows[row].coroutine != nullptr) {
        name << "coroutine " << rows[row].coroutine;
      } else {
        name << "thread " << rows[row].thread;
      }
      file.name(chrome_trace::process::waits, row + 1, name.str());
    }
    for (const event& each : events_) {
      const std::size_t row = row_of(rows, each.who);
      if (last[row] != nullptr) write_slice(file, row, *last[row], each.when, &each);
      last[row] = &each;
    }
    // What had not ended at the end of the trace.
    for (std::size_t row = 0; row < rows.size(); ++row)
      if (last[row]->state != wait_state::gone)
        write_slice(file, row, *last[row], events_.back().when, nullptr);
  }
  // The time of the first event; of the end of the clock's time, if there is none.
  [[nodiscard]] chrome_trace::time begun() const noexcept {
    return events_.empty() ? chrome_trace::time::max() : events_.front().when;
  }

 private:
  struct identity {
    std::thread::id thread;
    const void* coroutine = nullptr;

    friend bool operator==(const identity&, const identity&) = default;
    friend bool operator<(const identity& a, const identity& b) noexcept {
      if (a.coroutine != b.coroutine) return std::less<>()(a.coroutine, b.coroutine);
      return a.thread < b.thread;
    }
  };
  struct event {
    wait_state state{};
    std::chrono::steady_clock::time_point when;
    std::string_view reason;
    std::array<char, 32> channel{};  // longer names are cut: a string would allocate, under a lock
    std::size_t channel_length = 0;
    identity who;
    call_site where;

    [[nodiscard]] std::string_view channel_name() const noexcept { return {channel.data(), channel_length}; }
  };

  [[nodiscard]] std::vector<identity> all_rows() const {
    std::vector<identity> rows;
    for (const event& each : events_) rows.push_back(each.who);
    std::sort(rows.begin(), rows.end());
    rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
    return rows;
  }
  [[nodiscard]] static std::size_t row_of(const std::vector<identity>& rows, const identity& who) {
    return static_cast<std::size_t>(std::lower_bound(rows.begin(), rows.end(), who) - rows.begin());
  }

  // From one event of a row to the next; `ended` null: the trace ended.
  static void write_slice(chrome_trace& to, std::size_t row, const event& began, chrome_trace::time until,
                          const event* ended) {
    constexpr auto waits = chrome_trace::process::waits;
    switch (began.state) {
    case wait_state::gone:  // the frame's place, taken by another
      return;
    case wait_state::runnable:
      return to.slice(waits, row + 1, "runnable", began.when, until);
    case wait_state::running:
      return to.slice(waits, row + 1, "running", began.when, until);
    case wait_state::waiting:
      break;
    }
    // A select's channel is known when it has ended.
    const std::string_view channel =
        began.channel_length == 0 && ended != nullptr ? ended->channel_name() : began.channel_name();
    to.slice(waits, row + 1, began.reason, began.when, until,
             {{"channel", channel},
              {"at", std::string(began.where.file) + ':' + std::to_string(began.where.line)}});
  }

  mutable detail::channel::lock lock_;
  std::vector<event> events_;
  std::uint64_t dropped_ = 0;
  bool recording_ = true;
};

}  // namespace steady
