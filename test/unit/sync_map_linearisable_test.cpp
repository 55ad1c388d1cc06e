// sync_map, third statement (survey 4.1): every operation on one key takes effect at one instant between call and return.
//
// Threads run random operations on few keys and write down what they asked, what they got, and when; a checker then looks
// for an order that explains it (support/linearisable.hpp). Many short histories rather than one long: the search is exponential in what
// overlaps, and races show at the beginning of things: growth, the first store, a clear of memory.
#include <gtest/gtest.h>

#include <steady/sync_map.hpp>

#include <array>
#include <atomic>
#include <barrier>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <thread>
#include <vector>

#include "support/linearisable.hpp"
#include "support/random.hpp"
#include "support/scale.hpp"

namespace steady_test {
namespace {

constexpr int threads = 3;
constexpr int keys = 3;
constexpr int operations = 18;  // of a thread in a round

using history = std::array<std::vector<key_event>, keys>;

class clock_of_events {
 public:
  std::uint64_t now() { return next_.fetch_add(1); }

 private:
  std::atomic<std::uint64_t> next_{1};
};

key_event run(steady::sync_map<int, int>& m, int key, random_source& random, clock_of_events& clock) {
  key_event event;
  event.what = static_cast<key_operation>(random.below(8));
  event.argument = static_cast<int>(random.below(3));
  event.second = static_cast<int>(random.below(3));
  event.begun = clock.now();
  switch (event.what) {
  case key_operation::load:
    event.got = m.load(key);
    break;
  case key_operation::store:
    m.store(key, event.argument);
    break;
  case key_operation::load_or_store: {
    const auto [value, loaded] = m.load_or_store(key, event.argument);
    event.got = value;
    event.said = loaded;
    break;
  }
  case key_operation::load_and_delete:
    event.got = m.load_and_delete(key);
    break;
  case key_operation::erase:
    event.said = m.erase(key);
    break;
  case key_operation::swap:
    event.got = m.swap(key, event.argument);
    break;
  case key_operation::compare_and_swap:
    event.said = m.compare_and_swap(key, event.argument, event.second);
    break;
  case key_operation::compare_and_delete:
    event.said = m.compare_and_delete(key, event.argument);
    break;
  }
  event.ended = clock.now();
  return event;
}

TEST(SyncMapLinearisable, RecordedHistoriesHaveAnOrder) {
  const std::size_t rounds = scaled(100'000, 1'000);  // 5.4 million operations at full size
  std::vector<history> recorded(threads);
  std::optional<steady::sync_map<int, int>> m;
  clock_of_events clock;
  std::barrier gate(threads);
  std::atomic<std::size_t> checked{0};
  const auto work = [&](int thread) {
    random_source random(static_cast<std::uint64_t>(thread) + 100);
    for (std::size_t round = 0; round < rounds; ++round) {
      history& mine = recorded[static_cast<std::size_t>(thread)];
      for (auto& each : mine) each.clear();
      if (thread == 0) m.emplace(round % 2 + 1);
      gate.arrive_and_wait();
      for (int operation = 0; operation < operations; ++operation) {
        const auto key = random.below(keys);
        mine[key].push_back(run(*m, static_cast<int>(key), random, clock));
      }
      gate.arrive_and_wait();
      if (thread == 0) {
        for (std::size_t key = 0; key < keys; ++key) {
          std::vector<key_event> all;
          for (const auto& each : recorded) all.insert(all.end(), each[key].begin(), each[key].end());
          ASSERT_TRUE(linearisability::holds(all)) << "round " << round << ", key " << key;
          checked += all.size();
        }
      }
      gate.arrive_and_wait();
    }
  };
  std::vector<std::thread> running;
  for (int thread = 0; thread < threads; ++thread) running.emplace_back(work, thread);
  for (auto& each : running) each.join();
  EXPECT_EQ(checked, rounds * threads * operations);
}

// The checker must be able to say no: two swaps that both say they were first.
TEST(SyncMapLinearisable, TheCheckerRefusesWhatCannotHaveHappened) {
  const key_event first{key_operation::swap, 1, 0, std::nullopt, false, 1, 4};
  const key_event second{key_operation::swap, 2, 0, std::nullopt, false, 2, 3};
  EXPECT_FALSE(linearisability::holds({first, second}));
  const key_event later{key_operation::swap, 2, 0, 1, false, 2, 3};
  EXPECT_TRUE(linearisability::holds({first, later}));
  const key_event too_early{key_operation::load, 0, 0, 2, false, 0, 1};
  EXPECT_FALSE(linearisability::holds({first, later, too_early}));
}

}  // namespace
}  // namespace steady_test
