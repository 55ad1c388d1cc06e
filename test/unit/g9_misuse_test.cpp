// G9: misuse is noticed and ends the process with Go's words.
//
// Each misuse happens in a child process. A writer is held inside its write by its own hash, which waits at a
// gate, so that the overlap is certain and no test depends on how threads are scheduled.
#include <gtest/gtest.h>

#include <steady/map.hpp>
#include <steady/set.hpp>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <thread>
#include <utility>

namespace steady_test {
namespace {

// Hashing this key stops the thread for good, inside whatever operation needed the hash.
constexpr int gate_key = -7;
std::atomic<bool> gate_is_up{false};
std::atomic<bool> someone_waits{false};

struct gated_hash {
  std::size_t operator()(int key) const {
    if (key == gate_key && gate_is_up) {
      someone_waits = true;
      for (;;) std::this_thread::yield();
    }
    return std::hash<int>{}(key);
  }
};

using gated_map = steady::map<int, int, gated_hash>;

// Runs `action` while another thread is in the middle of `write`. Only ever called in a process that is about
// to end.
template <class Write, class Action>
void during(Write write, Action action) {
  gate_is_up = true;
  std::thread(write).detach();
  while (!someone_waits) std::this_thread::yield();
  action();
}

class G9MisuseTest : public ::testing::Test {
 protected:
  // The child starts anew, unless the environment says otherwise: an emulator cannot start its own program.
  G9MisuseTest() {
    if (std::getenv("GTEST_DEATH_TEST_STYLE") == nullptr) GTEST_FLAG_SET(death_test_style, "threadsafe");
  }

  gated_map m{{1, 1}, {2, 2}, {3, 3}};
  const gated_map& constant = m;

  auto inserting() {
    return [this] { m[gate_key] = 1; };
  }
  auto erasing() {
    return [this] { m.erase(gate_key); };
  }
};

TEST_F(G9MisuseTest, TwoWrites) {
  const char* const message = "fatal error: concurrent map writes";
  EXPECT_DEATH(during(inserting(), [&] { m[1] = 2; }), message);
  EXPECT_DEATH(during(inserting(), [&] { m.erase(1); }), message);
  EXPECT_DEATH(during(erasing(), [&] { m.try_emplace(9, 9); }), message);
  EXPECT_DEATH(during(erasing(), [&] { m.erase(m.find(1)); }), "concurrent map");
  EXPECT_DEATH(during(inserting(), [&] { m.clear(); }), message);
  EXPECT_DEATH(during(inserting(), [&] { m.reserve(1000); }), message);
  EXPECT_DEATH(during(inserting(), [&] { m.insert_or_assign(1, 1); }), message);
}

TEST_F(G9MisuseTest, AReadDuringAWrite) {
  const char* const message = "fatal error: concurrent map read and map write";
  EXPECT_DEATH(during(inserting(), [&] { static_cast<void>(constant.find(1)); }), message);
  EXPECT_DEATH(during(inserting(), [&] { static_cast<void>(constant.contains(9)); }), message);
  EXPECT_DEATH(during(erasing(), [&] { static_cast<void>(constant.at(1)); }), message);
  EXPECT_DEATH(during(erasing(), [&] { static_cast<void>(m.get(1)); }), message);
  EXPECT_DEATH(during(erasing(), [&] { static_cast<void>(constant.count(1)); }), message);
}

TEST_F(G9MisuseTest, ALoopStepDuringAWrite) {
  const char* const message = "fatal error: concurrent map iteration and map write";
  // Enough entries that a step has to look for the next one.
  const auto walk = [&](auto it, auto end) {
    for (; it != end; ++it) {
    }
  };
  for (int n = 10; n < 200; ++n) m[n] = n;
  EXPECT_DEATH(
      {
        auto it = m.begin();
        during(inserting(), [&] { walk(it, m.end()); });
      },
      message);
  EXPECT_DEATH(
      {
        auto it = constant.begin();
        during(inserting(), [&] { walk(it, constant.end()); });
      },
      message);
  EXPECT_DEATH(during(erasing(), [&] { walk(m.begin(), m.end()); }), message);
}

TEST_F(G9MisuseTest, ACopyDuringAWrite) {
  EXPECT_DEATH(during(inserting(), [&] { gated_map copy(m); }),
               "fatal error: concurrent map clone and map write");
}

TEST_F(G9MisuseTest, TheReportNamesTheTypeAndBothOperations) {
  EXPECT_DEATH(during(inserting(), [&] { m.erase(1); }), "map: .*steady::map<int, *int.*gated_hash");
  EXPECT_DEATH(during(inserting(), [&] { m.erase(1); }), "operation: .*erase");
  EXPECT_DEATH(during(inserting(), [&] { m.erase(1); }), "in progress: .*insert");
  EXPECT_DEATH(during(erasing(), [&] { static_cast<void>(m.find(1)); }), "operation: .*find");
}

TEST_F(G9MisuseTest, ASetIsNamedASet) {
  steady::set<int, gated_hash> s{1, 2};
  EXPECT_DEATH(during([&] { s.insert(gate_key); }, [&] { s.insert(3); }), "map: .*steady::set<int");
}

// ---------------------------------------------------------------------------------------------------------
// re-entrance

struct reentrant_map;
struct reentrant_hash {
  std::size_t operator()(int key) const;
};
struct reentrant_equal {
  bool operator()(int a, int b) const;
};
struct reentrant_map : steady::map<int, int, reentrant_hash, reentrant_equal> {};
reentrant_map* reentered_by_hash = nullptr;
reentrant_map* reentered_by_equal = nullptr;
bool reenters_by_writing = false;

std::size_t reentrant_hash::operator()(int key) const {
  if (auto* map = std::exchange(reentered_by_hash, nullptr)) {
    if (reenters_by_writing) {
      map->erase(1);
    } else {
      static_cast<void>(map->find(1));
    }
  }
  return std::hash<int>{}(key);
}
bool reentrant_equal::operator()(int a, int b) const {
  if (auto* map = std::exchange(reentered_by_equal, nullptr))
    static_cast<void>(map->size() == 0 || map->erase(1));
  return a == b;
}

TEST_F(G9MisuseTest, HashAndEqualMustNotReenterAWrite) {
  reentrant_map r;
  r.try_emplace(1, 1);
  const char* const message = "fatal error: re-entrant";
  EXPECT_DEATH(
      {
        reentered_by_hash = &r;
        r.try_emplace(2, 2);
      },
      message);
  EXPECT_DEATH(
      {
        reentered_by_hash = &r;
        reenters_by_writing = true;
        r.erase(2);
      },
      message);
  EXPECT_DEATH(
      {
        reentered_by_equal = &r;
        r.try_emplace(1, 2);
      },
      message);
}

TEST_F(G9MisuseTest, AnotherMapMayBeUsedFromAHash) {
  reentrant_map a;
  reentrant_map b;
  b.try_emplace(1, 1);
  reentered_by_hash = &b;
  reenters_by_writing = true;
  a.try_emplace(2, 2);
  EXPECT_EQ(a.size(), 1u);
  EXPECT_TRUE(b.empty());
}

template <class T>
struct reentrant_allocator {
  using value_type = T;
  inline static std::function<void()> hook;
  reentrant_allocator() = default;
  template <class U>
  reentrant_allocator(const reentrant_allocator<U>&) noexcept {}
  T* allocate(std::size_t n) {
    if (auto once = std::exchange(reentrant_allocator<int>::hook, nullptr)) once();
    return std::allocator<T>().allocate(n);
  }
  void deallocate(T* block, std::size_t n) { std::allocator<T>().deallocate(block, n); }
  friend bool operator==(const reentrant_allocator&, const reentrant_allocator&) noexcept { return true; }
};

TEST_F(G9MisuseTest, TheAllocatorMustNotReenter) {
  steady::map<int, int, std::hash<int>, std::equal_to<int>, reentrant_allocator<std::pair<const int, int>>> r;
  r[1] = 1;
  EXPECT_DEATH(
      {
        reentrant_allocator<int>::hook = [&] { r[2] = 2; };
        for (int n = 3; n < 1000; ++n) r[n] = n;
      },
      "fatal error: re-entrant");
}

TEST_F(G9MisuseTest, ConstructorsAndDestructorsMayReenter) {
  struct busy {
    steady::map<int, busy>* map;
    int partner;
    busy(steady::map<int, busy>* the_map, int the_partner) : map(the_map), partner(the_partner) {
      if (partner >= 0) map->try_emplace(partner, map, -1);
    }
    busy(busy&& other) noexcept : map(std::exchange(other.map, nullptr)), partner(other.partner) {}
    ~busy() {
      if (map != nullptr && partner >= 0) map->erase(partner);
    }
  };
  steady::map<int, busy> r;
  for (int n = 0; n < 500; ++n) ASSERT_TRUE(r.try_emplace(n, &r, n + 1000).second);
  EXPECT_EQ(r.size(), 1000u);
  for (int n = 0; n < 500; ++n) ASSERT_EQ(r.erase(n), 1u);
  EXPECT_TRUE(r.empty());
}

TEST_F(G9MisuseTest, AConstructorMayInsertTheVeryKeyThatIsBeingInserted) {
  struct impatient {
    impatient(steady::map<int, impatient>* map, int key, bool again) {
      if (again) map->try_emplace(key, map, key, false);
    }
  };
  steady::map<int, impatient> r;
  for (int n = 0; n < 200; ++n)
    EXPECT_FALSE(r.try_emplace(n, &r, n, true).second) << "the inner insert was first";
  EXPECT_EQ(r.size(), 200u);
}

// ----------------------------------------------------------------------------------------------------- const
// iterators

TEST_F(G9MisuseTest, AStepOfAConstIteratorAfterAChangeIsReported) {
  steady::map<int, int> r;
  for (int n = 0; n < 100; ++n) r[n] = n;
  EXPECT_DEATH(
      {
        auto it = std::as_const(r).begin();
        r[1000] = 1;
        for (; it != std::as_const(r).end(); ++it) {
        }
      },
      "fatal error: step of a const iterator after the map was changed");
  EXPECT_DEATH(
      {
        auto it = std::as_const(r).begin();
        r.erase(50);
        for (; it != std::as_const(r).end(); ++it) {
        }
      },
      "fatal error: step of a const iterator after the map was changed");
}

// -------------------------------------------------------------------------------------------------------------
// handler

void exits_with_three(const steady::misuse_report& report) {
  std::fprintf(stderr, "handled: %.*s / %.*s during %.*s of %.*s\n", static_cast<int>(report.message.size()),
               report.message.data(), static_cast<int>(report.operation.size()), report.operation.data(),
               static_cast<int>(report.in_progress.size()), report.in_progress.data(),
               static_cast<int>(report.map_type.size()), report.map_type.data());
  std::_Exit(report.kind == steady::misuse::concurrent_writes ? 3 : 4);
}
void returns(const steady::misuse_report&) { std::fprintf(stderr, "returned\n"); }

TEST_F(G9MisuseTest, AHandlerIsCalledInPlaceOfTheMessage) {
  EXPECT_EQ(steady::set_misuse_handler(exits_with_three), nullptr);
  EXPECT_EXIT(during(inserting(), [&] { m.erase(1); }), ::testing::ExitedWithCode(3),
              "handled: concurrent map writes / erase during insert of steady::map");
  EXPECT_EQ(steady::set_misuse_handler(returns), exits_with_three);
  EXPECT_EXIT(during(inserting(), [&] { m.erase(1); }), ::testing::KilledBySignal(SIGABRT),
              "^returned\n(qemu: |$)");
  EXPECT_EQ(steady::set_misuse_handler(nullptr), returns);
}

// --------------------------------------------------------------------------------------------------------
// switched off

TEST_F(G9MisuseTest, ItCanBeSwitchedOff) {
  steady::map<int, int, gated_hash, std::equal_to<int>, std::allocator<std::pair<const int, int>>,
              steady::options<steady::checks::off>>
      unchecked{{1, 1}};
  EXPECT_EXIT(
      {
        during([&] { unchecked[gate_key] = 1; }, [&] { static_cast<void>(unchecked.contains(1)); });
        std::_Exit(0);
      },
      ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace steady_test
