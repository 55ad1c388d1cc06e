// R1-R5: two threads in one classic map are noticed, with Go's words. Each misuse happens in a child process; a writer is
// held inside its write by the equality, which waits at a gate (the hash comes before the write begins: R3).
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <functional>
#include <new>
#include <stdexcept>
#include <thread>
#include <vector>

#include "support/classic.hpp"

namespace steady_test {
namespace {

constexpr int gate_key = -7;
std::atomic<bool> gate_is_up{false};
std::atomic<bool> someone_waits{false};

// Comparing the gate's key stops the thread for good, inside whatever operation compares.
struct gated_equal {
  bool operator()(int a, int b) const {
    if (gate_is_up && !someone_waits && (a == gate_key || b == gate_key)) {
      someone_waits = true;
      for (;;) std::this_thread::yield();
    }
    return a == b;
  }
};
using gated_map = open_classic<int, int, steady::hash<int>, gated_equal>;

template <class Write, class Action>
void during(Write write, Action action) {
  gate_is_up = true;
  std::thread(write).detach();
  while (!someone_waits) std::this_thread::yield();
  action();
}

class ClassicMisuse : public ::testing::Test {
 protected:
  ClassicMisuse() {
    if (std::getenv("GTEST_DEATH_TEST_STYLE") == nullptr) GTEST_FLAG_SET(death_test_style, "threadsafe");
  }
  gated_map m{{1, 1}, {gate_key, 2}, {3, 3}};
  const gated_map& constant = m;

  auto inserting() {
    return [this] { m[gate_key] = 1; };
  }
  auto erasing() {
    return [this] { m.erase(gate_key); };
  }
};

TEST_F(ClassicMisuse, R1TwoWrites) {
  const char* const message = "fatal error: concurrent map writes";
  EXPECT_DEATH(during(inserting(), [&] { m[1] = 2; }), message);
  EXPECT_DEATH(during(inserting(), [&] { m.erase(1); }), message);
  EXPECT_DEATH(during(erasing(), [&] { m.try_emplace(9, 9); }), message);
  EXPECT_DEATH(during(erasing(), [&] { m.clear(); }), message);
  EXPECT_DEATH(during(erasing(), [&] { m.compact(); }), message);
}
TEST_F(ClassicMisuse, R1AReadDuringAWrite) {
  const char* const message = "fatal error: concurrent map read and map write";
  EXPECT_DEATH(during(inserting(), [&] { static_cast<void>(constant.find(1)); }), message);
  EXPECT_DEATH(during(erasing(), [&] { static_cast<void>(constant.contains(9)); }), message);
  EXPECT_DEATH(during(erasing(), [&] { static_cast<void>(m.get(1)); }), message);
}
TEST_F(ClassicMisuse, R1ALoopsStartOrStepDuringAWrite) {
  const char* const message = "fatal error: concurrent map iteration and map write";
  EXPECT_DEATH(during(inserting(), [&] { static_cast<void>(m.begin()); }), message);
  EXPECT_DEATH(
      {
        auto it = m.begin();
        during(erasing(), [&] { ++it; });
      },
      message);
}
TEST_F(ClassicMisuse, R1ACopyDuringAWrite) {
  EXPECT_DEATH(during(inserting(), [&] { gated_map copy(m); }),
               "fatal error: concurrent map clone and map write");
}

// R2: the process ends whatever a handler does, and the report names the map's type.
TEST_F(ClassicMisuse, R2TheHandlerSeesTheReportAndTheProcessEnds) {
  EXPECT_DEATH(
      {
        steady::set_misuse_handler([](const steady::misuse_report& report) {
          std::fprintf(stderr, "handled: %.*s in %.*s\n", static_cast<int>(report.operation.size()),
                       report.operation.data(), static_cast<int>(report.map_type.size()),
                       report.map_type.data());
        });
        during(inserting(), [&] { m.erase(1); });
      },
      "handled: erase in .*classic_map<int, *int");
}

// R2: what is asked of an empty map returns before the check, and size() never checks. The bit is set by hand.
TEST_F(ClassicMisuse, R2EmptyMapsAndSizeAreNotChecked) {
  gated_map empty{{1, 1}};
  empty.erase(1);
  empty.header().flags = steady::classic::flag_hash_writing;
  EXPECT_EQ(empty.size(), 0u);
  EXPECT_FALSE(empty.contains(1));
  EXPECT_EQ(empty.erase(1), 0u);
  empty.clear();
  for (auto entry : empty) (void)entry;
  m.header().flags = steady::classic::flag_hash_writing;
  EXPECT_EQ(m.size(), 3u);
  m.header().flags = 0;
}

// R3: a hash that throws leaves the map usable and no bit set.
struct throwing_hash {
  std::size_t operator()(int key) const {
    if (key == gate_key) throw std::runtime_error("unhashable");
    return std::hash<int>{}(key);
  }
};
TEST(ClassicMisuseHash, R3AHashThatThrowsLeavesTheMapUsable) {
  open_classic<int, int, throwing_hash> m{{1, 1}, {2, 2}};
  EXPECT_THROW(m[gate_key] = 1, std::runtime_error);
  EXPECT_THROW(m.erase(gate_key), std::runtime_error);
  EXPECT_EQ(m.header().flags, 0);
  m[3] = 3;
  EXPECT_EQ(m.size(), 3u);
  EXPECT_EQ(m.check(), "");
}

// What stands for R4 here: there is no nil map to assign to. A map without a header, new or moved from, is one that a write
// makes usable; all else is answered without one. And an empty map asks nothing of a hash, which might refuse the key.
TEST(ClassicMisuseNil, R4AMapWithoutAHeaderReadsAsEmptyAndIsMadeByAWrite) {
  using map = open_classic<int, int, throwing_hash>;
  map moved_from{{1, 1}};
  const map taken(std::move(moved_from));
  map fresh;
  for (map* m : {&fresh, &moved_from}) {
    EXPECT_EQ(m->size(), 0u);
    EXPECT_FALSE(m->contains(gate_key)) << "Go panics here for an unhashable key";
    EXPECT_EQ(m->get(gate_key), nullptr);
    EXPECT_EQ(m->erase(gate_key), 0u);
    EXPECT_EQ(m->begin(), m->end());
    m->clear();
    EXPECT_EQ(map(*m).size(), 0u);
    EXPECT_EQ(m->inspect().B, 0u);
    (*m)[3] = 3;
    EXPECT_EQ(m->at(3), 3) << "Go panics: assignment to entry in nil map";
    EXPECT_THROW(m->erase(gate_key), std::runtime_error);
  }
}

// Equality that comes back into the map in the middle of a write is the thread's own doing, and is told so.
struct reentrant_equal {
  const std::function<void()>* once = nullptr;
  bool operator()(int a, int b) const {
    if (once != nullptr && *once) (*once)();
    return a == b;
  }
};
TEST_F(ClassicMisuse, ReentryFromEqualityIsToldAsReentry) {
  using map = open_classic<int, int, steady::hash<int>, reentrant_equal>;
  const auto during_a_write = [](auto action) {
    map r(0);
    r[1] = 1;
    const std::function<void()> once = [&] { action(r); };
    r.header().equal.once = &once;
    r[1] = 2;
  };
  const char* const message = "fatal error: re-entrant use of a map";
  EXPECT_DEATH(during_a_write([](map& r) { r.erase(2); }), message);
  EXPECT_DEATH(during_a_write([](map& r) { static_cast<void>(r.contains(2)); }), message);
  EXPECT_DEATH(during_a_write([](map& r) { static_cast<void>(r.begin()); }), message);
}
// Building an entry may use the map: the write has not begun, or pauses.
TEST(ClassicMisuseReentry, BuildingAnEntryMayUseTheMap) {
  struct built {
    int number = 0;
    built() = default;
    explicit built(const std::function<int()>& make) : number(make()) {}
  };
  steady::classic_map<int, built> m;
  m.try_emplace(1, [&] {
    m.try_emplace(2);
    return static_cast<int>(m.size());
  });
  EXPECT_EQ(m.at(1).number, 1);
  EXPECT_EQ(m.size(), 2u);
}

// R5: a writer that finds its bit gone at the exit was not alone.
TEST_F(ClassicMisuse, R5AClearedBitIsNoticedAtTheExit) {
  struct clearing_equal {
    std::atomic<std::uint8_t>* flags = nullptr;
    bool operator()(int a, int b) const {
      if (flags != nullptr) *flags = 0;
      return a == b;
    }
  };
  using map = open_map<steady::classic_map<int, int, steady::hash<int>, clearing_equal>>;
  EXPECT_DEATH(
      {
        map other(0);
        other[1] = 1;
        other.header().equal.flags = &other.header().flags;
        other[1] = 2;
      },
      "fatal error: concurrent map writes");
}

// R5, M76: bulk reads and loops of one unchanged map need no lock, mid-growth included.
TEST(ClassicConcurrentReads, R5ReadersAndLoopsRunInParallel) {
  steady::classic_map<std::uint64_t, std::uint64_t> m;
  for (std::uint64_t key = 0; key < 250; ++key) {
    m[key] = key;
    if (key % 10 != 3) continue;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&m, key] {
        std::uint64_t seen = 0;
        for (auto entry : m) seen += entry.first == entry.second;
        EXPECT_EQ(seen, key + 1);
      });
      threads.emplace_back([&constant = std::as_const(m), key] {
        for (std::uint64_t k = 0; k <= key; ++k) EXPECT_TRUE(constant.contains(k));
      });
    }
    for (auto& thread : threads) thread.join();
  }
}

struct unchecked : steady::classic::policy {
  static constexpr steady::checks misuse_checks = steady::checks::off;
};
TEST(ClassicMisuseOff, ChecksCanBeSwitchedOff) {
  open_classic<int, int, steady::hash<int>, std::equal_to<int>, unchecked> m{{1, 1}};
  m.header().flags = steady::classic::flag_hash_writing;
  m[2] = 2;
  EXPECT_TRUE(m.contains(2));
  EXPECT_EQ(m.erase(1), 1u);
}

}  // namespace
}  // namespace steady_test
