// The sound channel, and those that are wrong in one thing. They are specimens for the lab and nothing else.
#include <array>
#include <atomic>

#include "tools/steady/lab/channel_specimen.hpp"

namespace steady::lab {

template <class Make>
party& channel_specimen::start(Make make) {
  party& one = parties_.emplace_back();
  loop_.spawn(make(one));
  loop_.run_ready();
  return one;
}

party& channel_specimen::receive(const numbers& from) {
  party& one = start([&](party& me) { return receiving(from, me); });
  arrived(from);
  return one;
}
party& channel_specimen::send(const numbers& to, std::uint64_t value) {
  return start([&](party& me) { return sending(to, value, me); });
}
party& channel_specimen::select_receive(const numbers& first, const numbers& second) {
  return start([&](party& me) { return selecting(first, second, me); });
}

task channel_specimen::receiving(numbers from, party& me) {
  me.value = co_await from.async_recv();
  me.ended = true;
}
task channel_specimen::sending(numbers to, std::uint64_t value, party& me) {
  co_await to.async_send(value);
  me.ended = true;
}
task channel_specimen::selecting(numbers first, numbers second, party& me) {
  const auto take = [&me](std::optional<std::uint64_t> value) { me.value = value; };
  me.chosen = (co_await async_select(recv(first, take), recv(second, take))).index();
  me.ended = true;
}

namespace {

class last_come_first_served final : public channel_specimen {
 protected:
  // All who came before step behind the last.
  void arrived(const numbers& where) override {
    detail::channel::core& channel = *detail::channel::access::of(where).get();
    const detail::channel::lock_guard guard(channel.mutex());
    const auto first = [&] { return first_waiter(where, detail::channel::direction::receive); };
    const detail::channel::waiter* last = first();
    std::size_t waiting = 0;
    for (auto at = first(); at != nullptr; at = at->next, ++waiting) last = at;
    for (; waiting > 1 && first() != last; --waiting) {
      auto* const stepping = const_cast<detail::channel::waiter*>(first());
      channel.remove(stepping);
      channel.enqueue(stepping);
    }
  }
};

// A buffer of one stands in for the rendezvous, and who waits does so elsewhere.
class woken_to_try_again final : public channel_specimen {
 public:
  bool try_send(const numbers& to, std::uint64_t value) override {
    if (buffered_) return false;
    buffered_ = value;
    channel_ = to;
    (void)woken_.try_send(0);
    return true;
  }
  std::optional<std::uint64_t> try_receive(const numbers& from) override {
    if (from != channel_) return std::nullopt;
    return std::exchange(buffered_, std::nullopt);
  }

 protected:
  task receiving(numbers from, party& me) override {
    while (!(me.value = try_receive(from))) (void)co_await woken_.async_recv();
    me.ended = true;
  }
  task selecting(numbers first, numbers second, party& me) override {
    for (;; (void)co_await woken_.async_recv()) {
      for (const numbers* each : {&first, &second}) {
        if (!(me.value = try_receive(*each))) continue;
        me.chosen = each == &second ? 1 : 0;
        me.ended = true;
        co_return;
      }
    }
  }

 private:
  std::optional<std::uint64_t> buffered_;
  numbers channel_{nullptr};
  numbers woken_;
};

class reason_by_waiter final : public channel_specimen {
 public:
  [[nodiscard]] std::string_view reason_of(const detail::channel::waiter& waiting) const override {
    return waiting.side == detail::channel::direction::send ? "chan send" : "chan receive";
  }
};

class lock_free_flag final : public channel_specimen {
 public:
  void close(const numbers& which) override {
    closed_ = true;
    channel_specimen::close(which);
  }
  [[nodiscard]] bool is_closed(const numbers&) override { return closed_; }

 private:
  std::atomic<bool> closed_{false};
};

class closing_empties final : public channel_specimen {
 public:
  void close(const numbers& which) override {
    while (which.try_recv()) {
    }
    which.close();
  }
};

class tried_as_written final : public channel_specimen {
 public:
  std::size_t choose(selector& cases) override { return cases.select_biased(); }
};

class same_seed final : public channel_specimen {
 public:
  void begin_run() override { seed_select(1); }
};

}  // namespace

std::unique_ptr<channel_specimen> make_channel_specimen(channel_fault planted) {
  switch (planted) {
  case channel_fault::none:
    break;
  case channel_fault::last_come_first_served:
    return std::make_unique<last_come_first_served>();
  case channel_fault::woken_to_try_again:
    return std::make_unique<woken_to_try_again>();
  case channel_fault::reason_by_waiter:
    return std::make_unique<reason_by_waiter>();
  case channel_fault::lock_free_flag:
    return std::make_unique<lock_free_flag>();
  case channel_fault::closing_empties:
    return std::make_unique<closing_empties>();
  case channel_fault::tried_as_written:
    return std::make_unique<tried_as_written>();
  case channel_fault::same_seed:
    return std::make_unique<same_seed>();
  }
  return std::make_unique<channel_specimen>();
}

}  // namespace steady::lab
