// Experiments on channels: queues and what stands in them, closing, hand-over, states, fairness.
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <steady/wait_events.hpp>

#include "tools/steady/lab/channel_specimen.hpp"
#include "tools/steady/lab/experiments.hpp"

namespace steady::lab {
namespace {

using detail::channel::direction;
using detail::channel::waiter;

// Waiters of one side; links that do not lead back are counted.
struct queue_seen {
  std::size_t waiters = 0;
  std::size_t broken_links = 0;
};
queue_seen walk(const numbers& of, direction side) {
  queue_seen seen;
  const waiter* before = nullptr;
  for (const waiter* at = first_waiter(of, side); at != nullptr; before = at, at = at->next) {
    ++seen.waiters;
    seen.broken_links += at->previous != before;
  }
  return seen;
}

// One line of the dump for each blocked operation: does one have both texts?
bool dump_has_line_with(const std::string& dump, std::string_view one, std::string_view other) {
  for (std::size_t begin = 0; begin < dump.size();) {
    const std::size_t end = std::min(dump.find('\n', begin), dump.size());
    const std::string_view line(dump.data() + begin, end - begin);
    if (line.find(one) != line.npos && line.find(other) != line.npos) return true;
    begin = end + 1;
  }
  return false;
}

// The states of those who wait for channels of one name.
class state_watch final : public wait_observer {
 public:
  explicit state_watch(std::string_view channel) : channel_(channel) { observe_waits(this); }
  state_watch(const state_watch&) = delete;
  state_watch& operator=(const state_watch&) = delete;
  ~state_watch() { observe_waits(nullptr); }

  void changed(const wait_event& now) noexcept override {
    if (now.channel == channel_ && count_ < states_.size()) states_[count_++] = now.state;
  }
  [[nodiscard]] bool are(std::initializer_list<wait_state> expected) const {
    return std::equal(states_.begin(), states_.begin() + static_cast<std::ptrdiff_t>(count_),
                      expected.begin(), expected.end());
  }

 private:
  std::string_view channel_;
  std::array<wait_state, 8> states_{};
  std::size_t count_ = 0;
};

// Whether `ask` comes back while this thread holds the channel's lock. Tried on four channels, or a machine that is busy elsewhere
// would decide.
template <class Function>
bool returns_without_the_lock(Function ask) {
  constexpr auto patience = std::chrono::milliseconds(50);
  bool returned_early = false;
  for (int attempt = 0; attempt < 4 && !returned_early; ++attempt) {
    const numbers c;
    std::atomic<bool> returned{false};
    std::thread asking;
    {
      const detail::channel::lock_guard guard(detail::channel::access::of(c).get()->mutex());
      asking = std::thread([&] {
        ask(c);
        returned = true;
      });
      const auto end = std::chrono::steady_clock::now() + patience;
      while (!returned && std::chrono::steady_clock::now() < end) std::this_thread::yield();
      returned_early = returned;
    }
    asking.join();
  }
  return returned_early;
}

}  // namespace

finding m115(const workbench& bench) {
  const auto specimen =
      make_channel_specimen(bench.choose(channel_fault::none, channel_fault::last_come_first_served));
  const std::size_t half = bench.size(32, 8);
  const numbers c{0, "c"};
  const numbers other{0, "other"};
  std::vector<party*> receivers;
  for (std::size_t n = 0; n < half; ++n) receivers.push_back(&specimen->receive(c));
  const party& leaving = specimen->select_receive(c, other);
  for (std::size_t n = 0; n < half; ++n) receivers.push_back(&specimen->receive(c));
  const queue_seen full = walk(c, direction::receive);
  // The select in the middle has another channel's value, and goes.
  (void)specimen->try_send(other, 0);
  const std::size_t before_it_left = walk(c, direction::receive).waiters;
  specimen->run();
  const queue_seen left = walk(c, direction::receive);
  std::size_t in_order = 0;
  series order{"served", {}, shape::dots};
  for (std::size_t n = 0; n < receivers.size(); ++n) {
    bench.tick();
    (void)specimen->try_send(c, n);
    specimen->run();
  }
  for (std::size_t n = 0; n < receivers.size(); ++n) {
    in_order += receivers[n]->value == n;
    order.points.emplace_back(real(n), static_cast<double>(receivers[n]->value.value_or(0)));
  }
  return {
      .setting =
          std::to_string(receivers.size()) +
          " receivers wait, and between them a select that goes when another of its channels is served",
      .claimed = {{"each waiter is linked with the one before it and the one after, also when one has left",
                   full.waiters == 2 * half + 1 && full.broken_links == 0 && leaving.ended &&
                       left.waiters == 2 * half && left.broken_links == 0},
                  {"the first who came is the first who is served", in_order == receivers.size()}},
      .figures = {{"waiters in the queue", real(full.waiters)},
                  {"waiters when the select had been served elsewhere and not run yet", real(before_it_left)},
                  {"waiters when it had left", real(left.waiters)},
                  {"served in the order of arrival", real(in_order)}},
      .plots = {{"Who is served when", "arrival", "turn", {order}}}};
}

finding m116(const workbench& bench) {
  const auto specimen =
      make_channel_specimen(bench.choose(channel_fault::none, channel_fault::reason_by_waiter));
  const numbers a{0, "a"};
  const numbers b{0, "b"};
  specimen->receive(a);
  specimen->select_receive(a, b);
  const waiter& plain = *first_waiter(a, direction::receive);
  const waiter& of_select = *plain.next;
  const waiter& of_same_select = *first_waiter(b, direction::receive);
  // Both receive from a: they differ in who waits, and in nothing by which a waiter could know its reason.
  const bool same_side = plain.side == of_select.side && plain.channel == of_select.channel;
  const std::string_view reasons[] = {specimen->reason_of(plain), specimen->reason_of(of_select),
                                      specimen->reason_of(of_same_select)};
  return {
      .setting = "a receiver and a select wait on one channel, the select on another too",
      .claimed = {{"it says who waits", plain.owner != nullptr && plain.owner != of_select.owner &&
                                            of_select.owner == of_same_select.owner},
                  {"where the value is to go", plain.place != nullptr && of_select.place != nullptr &&
                                                   of_select.place != of_same_select.place},
                  {"and on which channel",
                   plain.channel == detail::channel::access::of(a).get() &&
                       of_same_select.channel == detail::channel::access::of(b).get()},
                  {"and why: waiters that are alike have one reason", same_side && reasons[0] == reasons[1]}},
      .figures = {{"bytes of a waiter", real(sizeof(waiter))},
                  {"bytes of what owns it", real(sizeof(detail::channel::operation))}},
      .tables = {{"Reasons of the three waiters",
                  {"waiter", "reason"},
                  {{"receiver, on a", std::string(reasons[0])},
                   {"select, on a", std::string(reasons[1])},
                   {"select, on b", std::string(reasons[2])}}}}};
}

finding m117(const workbench& bench) {
  const auto specimen =
      make_channel_specimen(bench.choose(channel_fault::none, channel_fault::lock_free_flag));
  bool seen = false;
  const bool reads = returns_without_the_lock([&](const numbers& c) { seen = specimen->is_closed(c); });
  bench.tick();
  const bool writes = returns_without_the_lock([&](const numbers& c) { specimen->close(c); });
  return {.setting =
              "a thread asks whether a channel is closed, another closes one, while a third holds its lock",
          .claimed = {{"the flag is read without the lock", reads}, {"and written without it", writes}},
          .figures = {{"open was seen as closed", real(seen ? 1 : 0)}}};
}

finding m118(const workbench& bench) {
  const auto specimen =
      make_channel_specimen(bench.choose(channel_fault::none, channel_fault::closing_empties));
  const std::size_t sent = bench.size(64, 8);
  const numbers c{2 * sent, "c"};
  for (std::size_t n = 0; n < sent; ++n) (void)c.try_send(n);
  specimen->close(c);
  const std::size_t after = c.size();
  std::size_t received = 0;
  while (const auto value = c.try_recv()) received += *value == received;
  const bool then_closed = c.try_recv().closed();
  return {.setting = std::to_string(sent) + " values in a buffer for " + std::to_string(2 * sent) +
                     ", which is closed and then received from",
          .claimed = {{"after close the buffer is empty", after == 0}},
          .figures = {{"values in the buffer when it was closed", real(sent)},
                      {"values in it afterwards", real(after)},
                      {"values received, in order", real(received)},
                      {"closed was reported after them", real(then_closed ? 1 : 0)}}};
}

finding m119(const workbench& bench) {
  const auto specimen =
      make_channel_specimen(bench.choose(channel_fault::none, channel_fault::woken_to_try_again));
  const numbers jobs{0, "jobs"};
  constexpr std::uint64_t message = 7;
  const state_watch states("jobs");
  const party& receiver = specimen->receive(jobs);
  const waiter* const waiting = first_waiter(jobs, direction::receive);
  const auto* const place =
      waiting == nullptr ? nullptr : static_cast<const std::optional<std::uint64_t>*>(waiting->place);
  const bool sent = specimen->try_send(jobs, message);
  const bool lies_there = place != nullptr && *place == message;
  const bool runnable = states.are({wait_state::waiting, wait_state::runnable}) && !receiver.ended;
  specimen->run();
  return {
      .setting = "a receiver waits; somebody sends, and looks before the receiver runs again",
      .claimed = {{"the value lies in the receiver's own place when the send returns", sent && lies_there},
                  {"and the receiver is runnable, and does not run inside the send", runnable},
                  {"it has the value when it runs", receiver.ended && receiver.value == message}}};
}

finding m120(const workbench& bench) {
  const auto specimen =
      make_channel_specimen(bench.choose(channel_fault::none, channel_fault::woken_to_try_again));
  const numbers in{0, "in"};
  const numbers out{0, "out"};
  specimen->receive(in);
  specimen->send(out, 1);
  const numbers other{0, "other"};
  specimen->select_receive(in, other);
  const numbers nil{nullptr};
  run_loop stranded;
  stranded.spawn([](numbers to) -> task { co_await to.async_send(1); }(nil));
  stranded.spawn([](numbers from) -> task { (void)co_await from.async_recv(); }(nil));
  stranded.spawn([]() -> task { (void)co_await async_select(); }());
  stranded.run_ready();
  const std::string dump = dump_waiters();
  table reasons{"Reasons in the dump", {"reason", "lines"}, {}};
  for (const char* reason : {"chan send", "chan receive", "select", "chan send (nil chan)",
                             "chan receive (nil chan)", "select (no cases)"})
    reasons.rows.push_back(
        {reason, std::to_string(std::ranges::count(blocked_operations(), std::string_view(reason),
                                                   &blocked_operation::reason))});
  return {.setting = "a receiver, a sender, a select, and three that nothing can wake are blocked",
          .claimed = {{"the sender is shown as \"chan send\", with its channel",
                       dump_has_line_with(dump, ": chan send, ", ", out, at ")},
                      {"the receiver as \"chan receive\"",
                       dump_has_line_with(dump, ": chan receive, ", ", in, at ")}},
          .tables = {reasons}};
}

finding m121(const workbench& bench) {
  const auto specimen =
      make_channel_specimen(bench.choose(channel_fault::none, channel_fault::woken_to_try_again));
  const numbers jobs{0, "jobs"};
  const state_watch states("jobs");
  using enum wait_state;
  specimen->receive(jobs);
  const bool waits = states.are({waiting});
  (void)specimen->try_send(jobs, 1);
  const bool may_run = states.are({waiting, runnable});
  specimen->run();
  const bool runs = states.are({waiting, runnable, running});
  return {.setting = "a receiver finds nothing; somebody sends; the receiver's loop goes on",
          .claimed = {{"from running it goes to waiting", waits},
                      {"the send makes it runnable, and no more", may_run},
                      {"and its scheduler running", runs}}};
}

finding m122(const workbench& bench) {
  const auto specimen =
      make_channel_specimen(bench.choose(channel_fault::none, channel_fault::woken_to_try_again));
  constexpr std::size_t parties = 4;
  const std::size_t rounds = bench.size(1'000, 50);
  // Receivers that come again as soon as they were served, and late comers who ask between a send and the turn of whom it is for.
  const numbers c{0, "c"};
  std::vector<party*> waiting;
  for (std::size_t n = 0; n < parties; ++n) waiting.push_back(&specimen->receive(c));
  std::size_t taken_by_late_comers = 0;
  std::size_t out_of_turn = 0;
  std::vector<std::size_t> served(parties);
  for (std::size_t round = 0; round < rounds; ++round) {
    if (round % 64 == 0) bench.tick();
    (void)specimen->try_send(c, round);
    taken_by_late_comers += specimen->try_receive(c).has_value();
    specimen->run();
    for (std::size_t n = 0; n < parties; ++n) {
      if (!waiting[n]->ended) continue;
      ++served[n];
      out_of_turn += n != round % parties;
      waiting[n] = &specimen->receive(c);
    }
  }
  // Senders at a full buffer, and late comers who send as soon as a receive has made room.
  const numbers full{1, "full"};
  (void)full.try_send(0);
  std::size_t overtaken = 0;
  for (std::uint64_t n = 1; n <= parties; ++n) specimen->send(full, n);
  for (std::uint64_t n = 0; n <= parties; ++n) {
    const auto next = full.try_recv();
    overtaken += !next || *next != n;
    if (n < parties) overtaken += full.try_send(1'000);
    specimen->run();
  }
  series bars{"served", {}, shape::bars};
  for (std::size_t n = 0; n < parties; ++n) bars.points.emplace_back(real(n), real(served[n]));
  const auto [least, most] = std::ranges::minmax(served);
  return {
      .setting = "four receivers that come again, " + std::to_string(rounds) +
                 " values, and a late comer at each of them; four senders at a full buffer, likewise",
      .claimed = {{"who came first is served first", out_of_turn == 0 && overtaken == 0 && most - least <= 1},
                  {"no late comer has what was meant for one who waits", taken_by_late_comers == 0}},
      .figures = {{"values taken by late comers", real(taken_by_late_comers)},
                  {"served out of turn", real(out_of_turn)},
                  {"senders overtaken", real(overtaken)},
                  {"served, the least of the four", real(least)},
                  {"served, the most", real(most)}},
      .plots = {{"How often each was served", "receiver", "values", {bars}}}};
}

}  // namespace steady::lab
