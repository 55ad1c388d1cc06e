#include "tools/steady/inside/demo_program.hpp"

#include <fmt/format.h>

#include <steady/chan.hpp>
#include <steady/classic_map.hpp>
#include <steady/observe.hpp>
#include <steady/slice.hpp>
#include <steady/span_resource.hpp>
#include <steady/sync_map.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace steady::inside {
namespace {

using namespace std::chrono_literals;

constexpr auto tick = 10ms;
constexpr std::uint64_t at_once = 400;  // operations of a map in a tick

struct session {
  std::array<std::uint64_t, 7> what_it_holds{};
};

// Fills to 200,000 sessions in five seconds, and drains in a loop that erases where it stands.
class sessions {
 public:
  sessions() { map_.name("sessions"); }
  void work() {
    constexpr std::uint64_t most = 200'000;
    if (filling_) {
      for (std::uint64_t n = 0; n < at_once; ++n) map_.try_emplace(next_++);
    } else {
      std::uint64_t left = at_once;
      for (auto& [key, value] : map_) {
        map_.erase(key);
        if (--left == 0) break;
      }
    }
    if (map_.size() >= most) filling_ = false;
    if (map_.empty()) filling_ = true;
  }

 private:
  observed::map<std::uint64_t, session> map_;
  std::uint64_t next_ = 0;
  bool filling_ = true;
};

// Always 20,000 texts, the oldest of which go.
class cache {
 public:
  cache() {
    map_.name("cache");
    while (next_ < 20'000) enter();
  }
  void work() {
    for (std::uint64_t n = 0; n < at_once; ++n) {
      map_.erase(key(oldest_++));
      enter();
    }
  }

 private:
  static std::string key(std::uint64_t number) { return fmt::format("/pages/{}.html", number); }
  void enter() {
    map_.try_emplace(key(next_), "what is cached of page number " + std::to_string(next_));
    ++next_;
  }
  observed::map<std::string, std::string> map_;
  std::uint64_t next_ = 0;
  std::uint64_t oldest_ = 0;
};

// A classic map is emptied by a half, filled again, and keeps the marks of what was erased until it grows.
struct watched_policy : classic::policy {
  using observer = attached_observers;
};
class routes {
 public:
  routes() { map_.name("routes"); }
  void work() {
    constexpr std::uint64_t slowly = at_once / 8;
    constexpr std::uint64_t most = 12'000;
    for (std::uint64_t n = 0; n < slowly; ++n) {
      if (filling_) {
        map_.try_emplace(next_++, 0u);
      } else {
        map_.erase(oldest_++);
      }
    }
    if (map_.size() >= most) filling_ = false;
    if (map_.size() < most / 2) filling_ = true;
  }

 private:
  classic_map<std::uint64_t, std::uint64_t, hash<std::uint64_t>, std::equal_to<std::uint64_t>,
              std::allocator<std::pair<const std::uint64_t, std::uint64_t>>, watched_policy>
      map_;
  std::uint64_t next_ = 0;
  std::uint64_t oldest_ = 0;
  bool filling_ = true;
};

// Its hash gives 64 keys the same value, as one of a text's first letters does.
struct coarse {
  std::uint64_t operator()(std::uint64_t key) const noexcept { return key / 64; }
};
class prices {
 public:
  prices() {
    map_.name("prices by date");
    while (next_ < 4'000) map_.try_emplace(next_++, 0u);
    map_.publish();
  }
  void work() {
    map_.erase(next_ - 4'000);
    map_.try_emplace(next_++, 0u);
  }

 private:
  observed::map<std::uint64_t, std::uint64_t, coarse> map_;
  std::uint64_t next_ = 0;
};

void keep_maps_busy(const std::stop_token& stop) {
  sessions growing;
  cache churning;
  routes emptied;
  prices crowded;
  while (!stop.stop_requested()) {
    growing.work();
    churning.work();
    emptied.work();
    crowded.work();
    std::this_thread::sleep_for(tick);
  }
}

// A map for each request, which lives for a second.
void serve_requests(const std::stop_token& stop) {
  for (std::uint64_t number = 1; !stop.stop_requested(); ++number) {
    observed::map<std::uint64_t, std::uint64_t> seen;
    seen.name(fmt::format("request {}", number));
    for (std::uint64_t key = 0; key < 5'000 && !stop.stop_requested(); ++key) {
      seen.try_emplace(key * key, key);
      if (key % 50 == 0) std::this_thread::sleep_for(tick);
    }
  }
}

// What was worked out last, in memory of a heap of its own: pages of as many numbers as the result says.
void keep_pages(const chan<std::uint64_t>& results, const std::stop_token& stop) {
  constexpr std::size_t kept = 200;
  constexpr std::uint64_t most = 2'000;
  span_resource heap;
  heap.name("pages");
  std::vector<pmr::slice<std::uint64_t>> pages(kept, pmr::slice<std::uint64_t>{&heap});
  for (std::size_t at = 0; const auto result = results.recv(stop); at = (at + 1) % kept) {
    pmr::slice<std::uint64_t> page{&heap};
    for (std::uint64_t number = 0; number < *result % most; ++number) page.append(number);
    pages[at] = std::move(page);
  }
}

}  // namespace

demo_program::demo_program() {
  const chan<std::uint64_t> jobs{16, "jobs"};
  const chan<std::uint64_t> results{0, "results"};
  const chan<std::uint64_t> reload{0, "reload"};
  const auto start = [&](auto&& work) {
    threads_.emplace_back(std::forward<decltype(work)>(work), ends_.get_token());
  };
  start(keep_maps_busy);
  start(serve_requests);
  start([jobs](const std::stop_token& stop) {
    for (std::uint64_t number = 0; jobs.send(number, stop); ++number) {
      constexpr std::uint64_t burst = 40;
      if (number % burst == 0) std::this_thread::sleep_for(10 * tick);
    }
  });
  // Both workers' answers, the last thousands of them.
  const auto answers = std::make_shared<sync_map<std::uint64_t, std::uint64_t>>(16);
  answers->name("answers");
  for (int worker = 0; worker < 2; ++worker)
    start([jobs, results, answers](const std::stop_token& stop) {
      while (const auto job = jobs.recv(stop)) {
        constexpr std::uint64_t kept = 3'000;
        std::this_thread::sleep_for(tick / 2);
        answers->store(*job, *job * *job);
        (void)answers->erase(*job - kept);
        if (!results.send(*job * *job, stop)) return;
      }
    });
  start([results](const std::stop_token& stop) { keep_pages(results, stop); });
  // Nobody ever sends.
  start([reload](const std::stop_token& stop) { (void)reload.recv(stop); });
}

demo_program::~demo_program() {
  ends_.request_stop();
  for (std::thread& each : threads_) each.join();
}

}  // namespace steady::inside
