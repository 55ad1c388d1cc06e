// Statement 32 of docs/channels-design.md, by counting: after a channel is made, no operation on it allocates, whether it waits or
// not.
#include <gtest/gtest.h>

#include <steady/select.hpp>
#include <steady/selector.hpp>

#include <chrono>
#include <cstddef>
#include <thread>

#include "../support/blocked.hpp"
#include "../support/scale.hpp"
#include "measure/allocation.hpp"

namespace steady_test {
namespace {

using namespace std::chrono_literals;
using steady::chan;
using steady::recv;
using steady::select;
using steady::send;

struct counting {
  counting() { steady::measure::start_allocation_figures(steady::measure::allocation_mode::count); }
  counting(const counting&) = delete;
  counting& operator=(const counting&) = delete;
  ~counting() { EXPECT_EQ(steady::measure::stop_allocation_figures().allocations, 0u); }
};

TEST(Channel32AllocationTest, SendAndReceive) {
  const chan<int> c{8};
  const counting count;
  for (int n = 0; n < 100; ++n) {
    c.send(n);
    (void)c.recv();
    (void)c.try_recv();
    (void)c.recv_for(1us);
  }
}

TEST(Channel32AllocationTest, SelectsThatFindSomethingReadyOrNothing) {
  const chan<int> a{1};
  const chan<int> b{1};
  const chan<int> nil{nullptr};
  auto ticks = steady::tick(1us);
  steady::selector dynamic;
  dynamic.add(recv(a));
  dynamic.add(recv(b));
  dynamic.add(steady::otherwise());
  const counting count;
  for (int n = 0; n < 100; ++n) {
    select(send(a, n), recv(b), recv(nil), steady::otherwise());
    select(recv(a), recv(b), steady::otherwise());
    select(recv(nil), steady::after(1us));
    select(recv(ticks));
    dynamic.select();
  }
}

TEST(Channel32AllocationTest, SelectsThatWait) {
  const chan<int> there;
  const chan<int> back;
  const chan<int> quit;
  const int rounds = static_cast<int>(scaled(100'000, 500));
  thread_group threads;
  threads.start([=] {
    for (bool going = true; going;)
      select(recv(there, [&](std::optional<int> value) { select(send(back, *value), recv(quit)); }),
             recv(quit, [&] { going = false; }));
  });
  wait_until_blocked(there, 1, 0);
  {
    const counting count;
    for (int n = 0; n < rounds; ++n) {
      there.send(n);
      select(recv(back), recv(quit));
    }
  }
  quit.close();
}

}  // namespace
}  // namespace steady_test
