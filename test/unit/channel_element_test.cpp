// Statements 40 and 41 of docs/channels-design.md: which types a channel carries, what remains when their copy throws, and
// that no channel goes while somebody waits on it.
#include <gtest/gtest.h>

#include <steady/chan.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "../support/blocked.hpp"

namespace steady_test {
namespace {

using namespace std::chrono_literals;
using steady::chan;
using steady::channel_status;

// Counts its objects, has no default constructor, cannot be copied.
class counted {
 public:
  explicit counted(int n) noexcept : number(n) { ++alive; }
  counted(counted&& other) noexcept : number(std::exchange(other.number, -1)) { ++alive; }
  counted& operator=(counted&&) = delete;
  ~counted() { --alive; }

  int number;
  inline static std::atomic<int> alive{0};
};

struct alignas(256) wide {
  int number;
};

// Copies throw on demand; the move does not.
struct throwing_copy {
  explicit throwing_copy(int n) : number(n) {}
  throwing_copy(const throwing_copy& other) : number(other.number) {
    if (throws) throw std::runtime_error("copy");
  }
  throwing_copy(throwing_copy&&) noexcept = default;
  throwing_copy& operator=(const throwing_copy&) = default;
  throwing_copy& operator=(throwing_copy&&) noexcept = default;
  int number;
  inline static bool throws = false;
};

// Nothing but a copy that may throw: travels in a box.
struct copied_only {
  explicit copied_only(int n) : number(n) {}
  copied_only(const copied_only& other) : number(other.number) {
    if (throws) throw std::runtime_error("copy");
  }
  int number;
  inline static bool throws = false;
};

TEST(Channel40ElementTest, MoveOnlyWithoutDefaultConstructor) {
  {
    const chan<counted> c{2};
    c.send(counted(1));
    c.send(counted(2));
    EXPECT_EQ(counted::alive, 2);
    thread_group threads;
    threads.start([=] { c.send(counted(3)); });
    wait_until_blocked(c, 0, 1);
    EXPECT_EQ(c.recv()->number, 1);
    threads.join();
    EXPECT_EQ(c.recv()->number, 2);
    EXPECT_EQ(counted::alive, 1);
  }
  EXPECT_EQ(counted::alive, 0);  // what is left in the buffer goes with the last handle
}

TEST(Channel40ElementTest, AFailedSendLeavesTheValueWithItsOwner) {
  const chan<std::unique_ptr<int>> c{1};
  c.send(std::make_unique<int>(1));
  auto mine = std::make_unique<int>(2);
  EXPECT_FALSE(c.try_send(std::move(mine)));
  ASSERT_NE(mine, nullptr);  // NOLINT(bugprone-use-after-move)
  EXPECT_FALSE(c.send_for(std::move(mine), 1ms));
  ASSERT_NE(mine, nullptr);
  auto result = c.try_send(std::nothrow, std::move(mine));
  EXPECT_EQ(result.status(), channel_status::would_block);
  EXPECT_EQ(*result.value(), 2);
  (void)c.recv();
  EXPECT_TRUE(c.try_send(std::nothrow, std::move(result).value()));
  c.close();
  auto late = std::make_unique<int>(3);
  EXPECT_THROW(c.send(std::move(late)), steady::closed_channel);
  ASSERT_NE(late, nullptr);
  EXPECT_TRUE(c.send(std::nothrow, std::move(late)).closed());
  EXPECT_EQ(**c.recv(), 2);
}

TEST(Channel40ElementTest, OverAligned) {
  const chan<wide> c{3};
  for (int n = 0; n < 3; ++n) c.send(wide{n});
  for (int n = 0; n < 3; ++n) {
    const std::optional<wide> got = c.recv();
    EXPECT_EQ(got->number, n);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(&*got) % 256, 0u);
  }
}

TEST(Channel40ElementTest, AThrowingCopyLeavesTheChannelAsItWas) {
  const chan<throwing_copy> c{2};
  throwing_copy value(1);
  c.send(value);
  throwing_copy::throws = true;
  EXPECT_THROW(c.send(value), std::runtime_error);
  EXPECT_THROW(c.try_send(value), std::runtime_error);
  EXPECT_EQ(c.size(), 1u);
  EXPECT_TRUE(c.try_send(std::move(value)));
  EXPECT_EQ(c.recv()->number, 1);
  throwing_copy::throws = false;
}

TEST(Channel40ElementTest, AThrowingMoveTravelsInABox) {
  const chan<copied_only> c{2};
  const copied_only value(1);
  c.send(value);
  c.send(copied_only(2));
  copied_only::throws = true;
  EXPECT_THROW(c.try_send(value), std::runtime_error);
  EXPECT_THROW(c.try_send(copied_only(3)), std::runtime_error);
  EXPECT_EQ(c.size(), 2u);
  copied_only::throws = false;
  EXPECT_EQ(c.inspect().buffer.at(1).number, 2);
  EXPECT_EQ(c.recv()->number, 1);
  for (const copied_only& each : c) {
    EXPECT_EQ(each.number, 2);
    c.close();
  }
}

TEST(Channel40ElementTest, ABracedValueAndAConvertedOne) {
  const chan<std::vector<std::string>> c{2};
  c.send({"a", "b"});
  c.send(std::vector<std::string>(3));
  EXPECT_EQ(c.recv()->size(), 2u);
  EXPECT_EQ(c.recv()->size(), 3u);
}

TEST(Channel41LifetimeTest, ABlockedThreadKeepsItsChannel) {
  chan<counted> mine;
  std::optional<counted> got;
  thread_group threads;
  {
    // The handle the thread calls through is gone while it waits.
    auto lent = std::make_unique<chan<counted>>(mine);
    threads.start([&got, handle = lent.get()] {
      std::optional<counted> received = handle->recv();
      got.emplace(*std::move(received));
    });
    wait_until_blocked(mine, 1, 0);
    lent.reset();
  }
  mine.send(counted(4));
  mine = nullptr;
  threads.join();
  EXPECT_EQ(got->number, 4);
}

TEST(Channel41LifetimeTest, CopiesShareAndTheLastOneFrees) {
  {
    chan<counted> a{1};
    const chan<counted> b = a;
    a.send(counted(1));
    a = chan<counted>{1};
    EXPECT_EQ(b.size(), 1u);
    EXPECT_NE(a, b);
    EXPECT_EQ(counted::alive, 1);
  }
  EXPECT_EQ(counted::alive, 0);
}

TEST(ChannelInspectTest, ShowsTheBufferInOrderAndBothIndices) {
  const chan<int> c{3, "numbers"};
  for (int n = 0; n < 3; ++n) c.send(n);
  (void)c.recv();
  c.send(3);
  const auto seen = c.inspect();
  EXPECT_EQ(c.name(), "numbers");
  EXPECT_EQ(seen.qcount, 3u);
  EXPECT_EQ(seen.dataqsiz, 3u);
  EXPECT_EQ(seen.buffer, (std::vector<int>{1, 2, 3}));
  EXPECT_EQ(seen.recvx, 1u);
  EXPECT_EQ(seen.sendx, 1u);
  EXPECT_FALSE(seen.closed);
  EXPECT_TRUE(chan<int>(nullptr).inspect().buffer.empty());
}

}  // namespace
}  // namespace steady_test
