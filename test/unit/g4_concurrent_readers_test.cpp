// G4: any number of threads may loop over and look up in one unchanged map, const or not, also while it is
// half way through growing. The thread sanitizer is the judge here; without it the sums are.
#include <gtest/gtest.h>

#include <steady/map.hpp>

#include <atomic>
#include <thread>
#include <utility>
#include <vector>

#include "../support/scale.hpp"

namespace steady_test {
namespace {

TEST(G4ConcurrentReadersTest, SixteenLoopsAndSixteenReadersAfterEachInsert) {
  steady::map<int, int> m;
  const int inserts = static_cast<int>(scaled(250, 40));
  for (int n = 0; n < inserts; ++n) {
    m[n] = n;
    std::atomic<long> looped{0};
    std::atomic<int> found{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 16; ++t) {
      threads.emplace_back([&, t] {
        long sum = 0;
        if (t % 2 == 0) {
          for (const auto& entry : m) sum += entry.second;
        } else {
          for (const auto& entry : std::as_const(m)) sum += entry.second;
        }
        looped += sum;
      });
      threads.emplace_back([&] {
        int hits = 0;
        for (int key = 0; key <= 2 * n + 1; ++key)
          hits += m.contains(key) && m.find(key)->second == key ? 1 : 0;
        found += hits;
      });
    }
    for (std::thread& thread : threads) thread.join();
    ASSERT_EQ(looped, 16L * n * (n + 1) / 2);
    ASSERT_EQ(found, 16 * (n + 1));
    // Erasing half way up and filling again makes some rounds run while the map shrinks.
    if (n % 50 == 49) {
      for (int key = 0; key < n; ++key) m.erase(key);
      for (int key = 0; key < n; ++key) m[key] = key;
    }
  }
}

}  // namespace
}  // namespace steady_test
