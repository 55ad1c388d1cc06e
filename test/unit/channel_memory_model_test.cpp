// Statement 35 of docs/channels-design.md: what happens before what. The data are plain variables: ThreadSanitizer is the judge,
// and without it the values are. Modelled on the facts of Go's race detector tests.
#include <gtest/gtest.h>

#include <steady/chan.hpp>

#include <cstddef>
#include <thread>
#include <vector>

#include "../support/blocked.hpp"
#include "../support/scale.hpp"

namespace steady_test {
namespace {

using steady::chan;

TEST(Channel35HappensBeforeTest, ASendBeforeTheMatchingReceive) {
  for (const std::size_t capacity : {0u, 1u, 10u}) {
    const chan<int> c{capacity};
    int data = 0;
    std::thread other([&] {
      data = 1;
      c.send(0);
    });
    (void)c.recv();
    EXPECT_EQ(data, 1);
    other.join();
  }
}

TEST(Channel35HappensBeforeTest, AReceiveFromAnUnbufferedChannelBeforeTheSendReturns) {
  const chan<int> c;
  int data = 0;
  std::thread other([&] {
    data = 1;
    (void)c.recv();
  });
  c.send(0);
  EXPECT_EQ(data, 1);
  other.join();
}

// A channel as a semaphore: at most `capacity` inside, and each slot of data is written by one at a time.
TEST(Channel35HappensBeforeTest, TheKthReceiveBeforeTheSendOneCapacityLater) {
  const chan<int> slot{1};
  long data = 0;
  const int rounds = static_cast<int>(scaled(100'000, 500));
  {
    thread_group threads;
    for (int n = 0; n < 3; ++n)
      threads.start([&] {
        for (int turn = 0; turn < rounds; ++turn) {
          slot.send(0);
          ++data;
          (void)slot.recv();
        }
      });
  }
  EXPECT_EQ(data, 3L * rounds);
}

TEST(Channel35HappensBeforeTest, CloseBeforeTheReceiveThatReportsIt) {
  for (int round = 0; round < 100; ++round) {
    const chan<int> c{static_cast<std::size_t>(round % 2)};
    int data = 0;
    std::thread other([&] {
      data = 1;
      c.close();
    });
    if (round % 4 < 2) {
      (void)c.recv();
    } else {
      while (!c.try_recv().closed())
        std::this_thread::yield();  // a receive that does not wait counts as well
    }
    EXPECT_EQ(data, 1);
    other.join();
  }
}

TEST(Channel35HappensBeforeTest, ABlockedSenderIsReleasedByTheReceive) {
  const chan<int> c{1};
  int data = 0;
  c.send(0);
  std::thread other([&] {
    c.send(1);
    EXPECT_EQ(data, 2);
  });
  wait_until_blocked(c, 0, 1);
  data = 2;
  (void)c.recv();
  other.join();
}

// Ownership passes with a pointer.
TEST(Channel35HappensBeforeTest, WhatAPointerPointsTo) {
  const chan<std::vector<int>*> there;
  const chan<std::vector<int>*> back;
  std::thread other([=] {
    for (std::vector<int>* mine : there) {
      mine->push_back(static_cast<int>(mine->size()));
      back.send(mine);
    }
  });
  std::vector<int> numbers;
  for (int round = 0; round < 100; ++round) {
    numbers.push_back(static_cast<int>(numbers.size()));
    there.send(&numbers);
    ASSERT_EQ(*back.recv(), &numbers);
  }
  there.close();
  other.join();
  for (std::size_t n = 0; n < numbers.size(); ++n) EXPECT_EQ(numbers[n], static_cast<int>(n));
}

// size(), capacity() and is_closed() may be asked at any time.
TEST(Channel35HappensBeforeTest, AskingIsNoRace) {
  const chan<int> c{4};
  std::thread other([&] {
    for (int n = 0; n < 4; ++n) c.send(n);
    c.close();
  });
  while (!c.is_closed()) EXPECT_LE(c.size(), c.capacity());
  EXPECT_EQ(c.size(), 4u);
  other.join();
}

}  // namespace
}  // namespace steady_test
