// Statements 19 to 34 of docs/channels-design.md: select, on threads. Fairness is judged by chi-square with fixed seeds, at the
// level of one in ten thousand; a rotation instead of a uniform choice fails it when ready cases stand side by side.
#include <gtest/gtest.h>

#include <steady/select.hpp>
#include <steady/selector.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "../support/blocked.hpp"
#include "../support/scale.hpp"

namespace steady_test {
namespace {

using namespace std::chrono_literals;
using steady::after;
using steady::chan;
using steady::closed_channel;
using steady::otherwise;
using steady::recv;
using steady::select;
using steady::send;

const chan<int> nil{nullptr};

// Go's TestNonblockSelectRace: one of two channels always has a value, so the default can never be right.
TEST(Channel19DefaultTest, IsJudgedAtOneInstantOverAllCases) {
  const int rounds = static_cast<int>(scaled(50'000, 500));
  const chan<int> done{1};
  for (int n = 0; n < rounds; ++n) {
    const chan<int> a{1};
    const chan<int> b{1};
    a.send(1);
    std::thread mover([=] {
      b.send(1);  // from now on b has one, only then is a emptied
      select(recv(a), otherwise());
    });
    EXPECT_NE(select(recv(a), recv(b), otherwise()), 2u);
    mover.join();
  }
}

TEST(Channel19DefaultTest, CloseCountsAsReadyInTheSameInstant) {
  const int rounds = static_cast<int>(scaled(50'000, 500));
  for (int n = 0; n < rounds; ++n) {
    const chan<int> a{1};
    const chan<int> b;
    a.send(1);
    std::thread mover([=] {
      b.close();
      select(recv(a), otherwise());
    });
    EXPECT_NE(select(recv(a), recv(b), otherwise()), 2u);
    mover.join();
  }
}

TEST(Channel19DefaultTest, RunsIffNothingCanProceed) {
  const chan<int> c{1};
  bool ran = false;
  EXPECT_EQ(select(recv(c), otherwise([&] { ran = true; })), 1u);
  EXPECT_TRUE(ran);
  EXPECT_EQ(select(otherwise(), send(c, 1)), 1u);
  EXPECT_EQ(select(otherwise(), send(c, 1)), 0u);
  EXPECT_EQ(select(otherwise(), recv(c)), 1u);
  EXPECT_EQ(select(otherwise()), 0u);
}

// Go's TestSelectStress, smaller: selects over several channels on both sides; every value once.
TEST(Channel20ExactlyOneTest, EveryValueIsSentAndReceivedOnce) {
  const std::array<chan<int>, 4> channels{chan<int>{}, chan<int>{}, chan<int>{2}, chan<int>{3}};
  const int each = static_cast<int>(scaled(20'000, 200));
  std::array<std::atomic<long>, 4> sums{};
  {
    thread_group threads;
    for (std::size_t n = 0; n < 4; ++n) {
      threads.start([&, n] {
        for (int value = 1; value <= each; ++value) channels[n].send(value);
      });
      threads.start([&, n] {
        for (int value = 0; value < each; ++value) sums[n] += *channels[n].recv();
      });
    }
    threads.start([&] {  // sends to all
      std::array<chan<int>, 4> open = channels;
      std::array<int, 4> next{1, 1, 1, 1};
      for (int left = 4 * each; left > 0; --left) {
        const std::size_t sent = select(send(open[0], next[0]), send(open[1], next[1]),
                                        send(open[2], next[2]), send(open[3], next[3]));
        if (++next[sent] > each) open[sent] = nullptr;
      }
    });
    threads.start([&] {  // receives from all
      std::array<chan<int>, 4> open = channels;
      std::array<int, 4> got{};
      for (int left = 4 * each; left > 0; --left) {
        std::array<std::optional<int>, 4> value;
        const auto into = [&](std::size_t n) { return [&, n](std::optional<int> v) { value[n] = v; }; };
        const std::size_t from = select(recv(open[3], into(3)), recv(open[2], into(2)),
                                        recv(open[1], into(1)), recv(open[0], into(0)));
        sums[3 - from] += *value[3 - from];
        if (++got[3 - from] == each) open[3 - from] = nullptr;
      }
    });
  }
  for (const auto& sum : sums) EXPECT_EQ(sum, 2L * each * (each + 1) / 2);
}

// Go's doubleselect: two receivers through select, and no value twice.
TEST(Channel20ExactlyOneTest, DoubleSelect) {
  const chan<int> a{1};
  const chan<int> b{1};
  const int count = static_cast<int>(scaled(50'000, 500));
  thread_group threads;
  std::atomic<int> received{0};
  threads.start([=] {
    for (int n = 0; n < count; ++n) select(send(a, n), send(b, n));
    a.close();
    b.close();
  });
  std::vector<std::atomic<int>> seen(static_cast<std::size_t>(count));
  for (const chan<int>& c : {a, b})
    threads.start([&, c] {
      for (const int value : c) {
        ++seen[static_cast<std::size_t>(value)];
        ++received;
      }
    });
  threads.join();
  EXPECT_EQ(received, count);
  for (const auto& times : seen) ASSERT_EQ(times, 1);
}

// Critical values of chi-square at 0.0001 for 1 to 7 degrees of freedom.
constexpr std::array<double, 8> critical{0, 15.14, 18.42, 21.11, 23.51, 25.74, 27.86, 29.88};

constexpr std::size_t draws = 80'000;

double chi_square(const std::vector<int>& counts) {
  double sum = 0;
  for (const int count : counts) sum += count;
  const double expected = sum / static_cast<double>(counts.size());
  double result = 0;
  for (const int count : counts) result += (count - expected) * (count - expected) / expected;
  return result;
}

// `ready` neighbouring cases of `cases`, beginning at `first`.
void expect_uniform(std::size_t cases, std::size_t first, std::size_t ready, std::uint64_t seed) {
  steady::seed_select(seed);
  steady::selector all;
  std::vector<chan<int>> channels;
  for (std::size_t n = 0; n < cases; ++n) {
    channels.emplace_back(1);
    all.add(recv(channels.back()));
  }
  std::vector<int> chosen(ready);
  for (std::size_t turn = 0; turn < scaled(draws, 800); ++turn) {
    for (std::size_t n = first; n < first + ready; ++n) (void)channels[n].try_send(0);
    ++chosen.at(all.select() - first);
  }
  EXPECT_LT(chi_square(chosen), critical[ready - 1])
      << ready << " of " << cases << " from " << first << ", seed " << seed;
}

TEST(Channel21FairnessTest, UniformOverTwoToEightReadyCases) {
  for (std::size_t ready = 2; ready <= 8; ++ready)
    for (const std::uint64_t seed : {1u, 2u, 3u}) expect_uniform(ready, 0, ready, seed);
}

TEST(Channel21FairnessTest, UniformWhenReadyCasesStandSideBySide) {
  for (std::size_t ready = 2; ready <= 4; ++ready)
    for (const std::size_t first : {0u, 3u, 6u}) expect_uniform(10, first, ready, 7);
}

// In a process with a second thread the cases are judged under their locks.
TEST(Channel21FairnessTest, UniformBesideAnotherThread) {
  const chan<int> end;
  thread_group threads;
  threads.start([&] { (void)end.recv(); });
  for (const std::size_t ready : {2u, 3u, 8u}) expect_uniform(10, 1, ready, 4);
  end.close();
}

// More cases than are judged by one number: 64 at once.
TEST(Channel21FairnessTest, UniformOverCasesThatStandFarBack) {
  for (const std::size_t first : {60u, 62u, 63u, 64u, 126u}) expect_uniform(140, first, 5, 6);
}

TEST(Channel21FairnessTest, UniformOverSendsAndClosedChannels) {
  steady::seed_select(11);
  std::vector<int> chosen(4);
  const chan<int> closed;
  closed.close();
  for (std::size_t turn = 0; turn < scaled(draws, 800); ++turn) {
    const chan<int> full{1};
    full.send(1);
    const chan<int> room{1};
    ++chosen[select(recv(closed), recv(full), send(room, 1), recv(closed))];
  }
  EXPECT_LT(chi_square(chosen), critical[3]);
}

TEST(Channel21FairnessTest, TheSameSeedMakesTheSameChoices) {
  const auto choices = [] {
    steady::seed_select(5);
    const chan<int> closed;
    closed.close();
    std::vector<std::size_t> chosen;
    chosen.reserve(50);
    for (int n = 0; n < 50; ++n) chosen.push_back(select(recv(closed), recv(closed), recv(closed)));
    return chosen;
  };
  EXPECT_EQ(choices(), choices());
}

// Go's TestPseudoRandomSend: the same channel twice, the select waiting (capacity 0) or not.
TEST(Channel21FairnessTest, BothCasesOfOneChannelHaveTheirTurn) {
  for (const std::size_t capacity : {0u, 100u}) {
    const chan<int> c{capacity};
    constexpr int n = 1000;
    std::array<int, 2> sent{};
    thread_group threads;
    threads.start([&] {
      steady::seed_select(3);
      for (int turn = 0; turn < n; ++turn) ++sent[select(send(c, 0), send(c, 1))];
      c.close();
    });
    std::array<int, 2> received{};
    for (;;) {
      if (capacity == 0 && !c.is_closed()) std::this_thread::yield();
      const std::optional<int> value = c.recv();
      if (!value) break;
      ++received[static_cast<std::size_t>(*value)];
    }
    threads.join();
    EXPECT_EQ(sent, received);
    EXPECT_GT(sent[0], n / 3);
    EXPECT_GT(sent[1], n / 3);
  }
}

TEST(Channel21BiasedTest, TakesTheFirstReadyCase) {
  const chan<int> a{10};
  const chan<int> b{10};
  for (int n = 0; n < 5; ++n) {
    a.send(n);
    b.send(n);
  }
  for (int n = 0; n < 5; ++n) EXPECT_EQ(steady::select_biased(recv(a), recv(b), otherwise()), 0u);
  for (int n = 0; n < 5; ++n) EXPECT_EQ(steady::select_biased(recv(a), recv(b), otherwise()), 1u);
  EXPECT_EQ(steady::select_biased(recv(a), recv(b), otherwise()), 2u);
}

TEST(Channel22ClosedSendTest, ThrowsOnlyIfItIsChosen) {
  steady::seed_select(1);
  int thrown = 0;
  const chan<int> closed;
  closed.close();
  const chan<int> ready{1};
  for (int n = 0; n < 1000; ++n) {
    (void)ready.try_send(1);
    try {
      EXPECT_EQ(select(send(closed, 1), recv(ready)), 1u);
    } catch (const closed_channel&) {
      ++thrown;
    }
  }
  EXPECT_GT(thrown, 400);
  EXPECT_LT(thrown, 600);
  EXPECT_THROW(select(send(closed, 1)), closed_channel);
  EXPECT_THROW(select(send(closed, 1), otherwise()), closed_channel);
}

TEST(Channel23NilTest, NeverChosen) {
  const chan<int> c{1};
  c.send(1);
  for (int n = 0; n < 20; ++n) {
    EXPECT_EQ(select(recv(nil), send(nil, 1), recv(c)), 2u);
    c.send(1);
  }
  EXPECT_EQ(select(recv(nil), send(nil, 2), otherwise()), 2u);
  EXPECT_EQ(select(recv(nil), after(1ms)), 1u);
}

#if defined(__cpp_lib_jthread)
TEST(Channel23NilTest, WithoutCasesOrWithNilOnesItWaitsUntilItIsStopped) {
  std::stop_source source;
  std::atomic<int> stopped{0};
  thread_group threads;
  threads.start([&] { stopped += select(source.get_token()) == steady::stopped ? 1 : 0; });
  threads.start(
      [&] { stopped += select(source.get_token(), recv(nil), send(nil, 1)) == steady::stopped ? 1 : 0; });
  const chan<int> c;
  threads.start([&] { stopped += select(source.get_token(), recv(c)) == steady::stopped ? 1 : 0; });
  wait_until_blocked(c, 1, 0);
  EXPECT_EQ(stopped, 0);
  source.request_stop();
  threads.join();
  EXPECT_EQ(stopped, 3);
  EXPECT_TRUE(c.inspect().recvq.empty());
}

TEST(Channel23StopTest, ARequestMadeBeforeWinsOverWhatIsReady) {
  std::stop_source source;
  const chan<int> c{1};
  c.send(1);
  source.request_stop();
  EXPECT_EQ(select(source.get_token(), recv(c), otherwise()), steady::stopped);
  EXPECT_EQ(c.size(), 1u);
}
#endif

TEST(Channel24EvaluationTest, EachOnceAndTheDestinationOnlyIfChosen) {
  int evaluated = 0;
  const chan<int> empty;
  const chan<int> ready{1};
  ready.send(7);
  const auto channel = [&](const chan<int>& c) {
    ++evaluated;
    return c;
  };
  const auto value = [&] {
    ++evaluated;
    return 1;
  };
  bool wrong = false;
  std::optional<int> got;
  EXPECT_EQ(select(recv(channel(empty), [&](std::optional<int>) { wrong = true; }),
                   send(channel(nil), value()), recv(channel(ready), [&](std::optional<int> v) { got = v; })),
            2u);
  EXPECT_EQ(evaluated, 4);
  EXPECT_FALSE(wrong);
  EXPECT_EQ(got, 7);
}

TEST(Channel24EvaluationTest, AMoveOnlyValueInALosingCaseStaysWithTheCaller) {
  const chan<std::unique_ptr<int>> out;
  const chan<int> in{1};
  auto mine = std::make_unique<int>(5);
  in.send(1);
  EXPECT_EQ(select(send(out, std::move(mine)), recv(in)), 1u);
  ASSERT_NE(mine, nullptr);  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(select(send(out, std::move(mine)), otherwise()), 1u);
  ASSERT_NE(mine, nullptr);
  EXPECT_EQ(select(send(out, std::move(mine)), after(1ms)), 1u);
  ASSERT_NE(mine, nullptr);
  thread_group threads;
  threads.start([&] { EXPECT_EQ(**out.recv(), 5); });
  EXPECT_EQ(select(recv(nil), send(out, std::move(mine))), 1u);
  EXPECT_EQ(mine, nullptr);
}

TEST(Channel24EvaluationTest, AConvertedValueIsMadeForTheCase) {
  const chan<std::string> c{1};
  EXPECT_EQ(select(send(c, "text")), 0u);
  const std::string copied = "copied";
  EXPECT_EQ(c.recv(), "text");
  EXPECT_EQ(select(send(c, copied)), 0u);
  EXPECT_EQ(c.recv(), copied);
}

TEST(Channel25DuplicateTest, TheRightWaiterLeavesTheQueue) {
  const chan<int> c;
  const chan<int> d;
  thread_group threads;
  std::atomic<int> got{0};
  threads.start([&] { select(recv(c), recv(c), recv(d), recv(c)); });
  wait_until_blocked(c, 3, 0);
  threads.start([&] { got = *c.recv(); });
  wait_until_blocked(c, 4, 0);
  d.send(1);
  wait_until_blocked(c, 1, 0);
  c.send(9);
  threads.join();
  EXPECT_EQ(got, 9);
}

TEST(Channel26SelfTest, NeverPairsWithItself) {
  for (const std::size_t capacity : {0u, 10u}) {
    const chan<int> c{capacity};
    if (capacity == 0) {
      EXPECT_EQ(select(recv(c), send(c, 1), after(2ms)), 2u);
      EXPECT_EQ(select(recv(c), send(c, 1), otherwise()), 2u);
    } else {
      for (int n = 0; n < 100; ++n) EXPECT_NE(select(recv(c), send(c, 1), otherwise()), 2u);
    }
  }
}

// Go's TestSelfSelect: two such selects do meet, and each meeting is one send and one receive.
TEST(Channel26SelfTest, TwoOfThemMeet) {
  for (const std::size_t capacity : {0u, 10u}) {
    const chan<int> c{capacity};
    const int rounds = static_cast<int>(scaled(20'000, 300));
    std::atomic<int> sent{0};
    std::atomic<int> received{0};
    thread_group threads;
    for (int p = 0; p < 2; ++p)
      threads.start([&, p] {
        for (int n = 0; n < rounds; ++n) {
          const auto took = [&](std::optional<int> from) {
            EXPECT_TRUE(capacity > 0 || *from == 1 - p);
            ++received;
          };
          if (p == 0 || n % 2 == 0) {
            sent += select(send(c, p), recv(c, took), after(100us)) == 0 ? 1 : 0;
          } else {
            sent += select(recv(c, took), send(c, p), after(100us)) == 1 ? 1 : 0;
          }
        }
      });
    threads.join();
    EXPECT_EQ(sent, received + static_cast<int>(c.size()));
  }
}

TEST(Channel27FacingTest, SelectsOnBothSidesMeetInEveryOrderOfCases) {
  const chan<int> a;
  const chan<int> b;
  const int rounds = static_cast<int>(scaled(20'000, 300));
  thread_group threads;
  threads.start([&] {
    for (int n = 0; n < rounds; ++n) n % 2 == 0 ? select(send(a, 1), recv(b)) : select(recv(b), send(a, 1));
  });
  threads.start([&] {
    for (int n = 0; n < rounds; ++n) n % 3 == 0 ? select(recv(a), send(b, 1)) : select(send(b, 1), recv(a));
  });
  threads.join();
  EXPECT_TRUE(a.inspect().sendq.empty() && b.inspect().recvq.empty());
}

TEST(Channel28LosersTest, LeaveTheQueuesAsTheyWere) {
  const chan<int> popular;
  const chan<int> own{1};
  thread_group threads;
  threads.start([=] { (void)popular.recv(); });
  wait_until_blocked(popular, 1, 0);
  threads.start([=] { EXPECT_EQ(select(recv(popular), recv(own)), 1u); });
  wait_until_blocked(popular, 2, 0);
  own.send(1);
  wait_until_blocked(popular, 1, 0);
  popular.send(1);
  threads.join();
  EXPECT_TRUE(popular.inspect().recvq.empty());
}

// Go's chanlinear, by counting: whoever leaves from the middle of a long queue leaves without looking at it, so a
// thousand waiters beside it change nothing but its neighbours.
TEST(Channel28LosersTest, LeavingFromTheMiddleKeepsTheOrderOfTheOthers) {
  const chan<int> c;
  constexpr std::size_t waiters = 9;
  std::array<int, waiters> got{};
  const chan<int> quit;
  thread_group threads;
  for (std::size_t n = 0; n < waiters; ++n) {
    threads.start([&, n] {
      if (n % 3 == 1) {
        EXPECT_EQ(select(recv(quit), recv(c)), 0u);
      } else {
        got[n] = *c.recv();
      }
    });
    wait_until_blocked(c, n + 1, 0);
  }
  quit.close();
  wait_until_blocked(c, 6, 0);
  for (int value = 1; value <= 6; ++value) EXPECT_TRUE(c.try_send(value));
  threads.join();
  EXPECT_EQ(got, (std::array<int, waiters>{1, 0, 2, 3, 0, 4, 5, 0, 6}));
}

// raven#403: a select waiting on A and B and a receiver on B; one send to A and one to B satisfy both.
TEST(Channel29LostWakeUpTest, AClaimedSelectPassesTheTurnOn) {
  const int rounds = static_cast<int>(scaled(20'000, 200));
  for (int n = 0; n < rounds; ++n) {
    const chan<int> a;
    const chan<int> b;
    thread_group threads;
    std::atomic<int> chosen{0};
    threads.start([&] { chosen = static_cast<int>(select(recv(a), recv(b))); });
    wait_until_blocked(b, 1, 0);
    threads.start([&] { (void)b.recv(); });
    wait_until_blocked(b, 2, 0);
    a.send(1);
    EXPECT_TRUE(b.try_send(1));  // the select's waiter may still stand first in B's queue
    threads.join();
    EXPECT_EQ(chosen, 0);
  }
}

TEST(Channel30CloseTest, WakesABlockedSelect) {
  const chan<int> a;
  const chan<int> b;
  thread_group threads;
  std::atomic<bool> told{false};
  threads.start([&] {
    EXPECT_EQ(select(send(b, 1), recv(a, [&](std::optional<int> v) { told = !v.has_value(); })), 1u);
  });
  wait_until_blocked(a, 1, 0);
  a.close();
  threads.join();
  EXPECT_TRUE(told);

  std::string mine = "mine";
  const chan<std::string> out;
  threads.start([&] { EXPECT_THROW(select(send(out, std::move(mine)), recv(nil)), closed_channel); });
  wait_until_blocked(out, 0, 1);
  out.close();
  threads.join();
  EXPECT_EQ(mine, "mine");

  const chan<int> twice;
  threads.start([&] { EXPECT_LT(select(recv(twice), recv(twice)), 2u); });
  wait_until_blocked(twice, 2, 0);
  twice.close();
}

// A process with one thread selects without locking every channel; a value that begins a second thread as it moves finds its
// channel locked all the same.
struct begins_a_thread {
  begins_a_thread() = default;
  begins_a_thread(begins_a_thread&& from) noexcept : look(std::exchange(from.look, nullptr)) {
    if (look == nullptr) return;
    beside = std::thread(*std::exchange(look, nullptr));
    for (int turns = 0; turns < 100; ++turns) std::this_thread::yield();
  }

  const std::function<void()>* look = nullptr;
  inline static std::thread beside;
};
TEST(Channel31HandlerTest, ASecondThreadBegunByAMoveFindsTheChannelLocked) {
  const chan<begins_a_thread> c{1};
  std::size_t seen = 0;
  const std::function<void()> look = [&] { seen = c.size(); };
  begins_a_thread armed;
  armed.look = &look;
  select(send(c, std::move(armed)));
  begins_a_thread::beside.join();
  EXPECT_EQ(seen, 1u);  // and not 0, as before the send was done
}

TEST(Channel31HandlerTest, RunsWithoutAnyLockAndMayThrow) {
  const chan<int> c{1};
  c.send(1);
  EXPECT_EQ(select(recv(c, [&](std::optional<int> v) { c.send(*v + 1); })), 0u);
  EXPECT_THROW(select(recv(c, [](std::optional<int>) { throw std::string("out of the case"); })),
               std::string);
  EXPECT_EQ(c.size(), 0u);
}

// RT TestSelect of Go's reflect package: every kind of case, ready or not, in a list made at run time.
TEST(Channel33SelectorTest, EveryKindOfCase) {
  const chan<int> full{1};
  full.send(3);
  const chan<int> empty{1};
  const chan<int> closed;
  closed.close();
  {
    steady::selector s;
    s.add(recv(nil));
    s.add(send(nil, 1));
    s.add(recv(empty));
    const auto default_case = s.add(otherwise());
    EXPECT_EQ(s.select(), default_case);
    const auto ready = s.add(recv(full));
    EXPECT_EQ(s.select(), ready);
    EXPECT_EQ(s.select(), default_case);
    const auto sending = s.add(send(empty, 4));
    EXPECT_EQ(s.select(), sending);
    EXPECT_EQ(s.select(), 2u);
    EXPECT_EQ(s.select(), default_case);  // its value is gone
    s.set(sending, send(empty, 5));
    EXPECT_EQ(s.select(), sending);
    s.disable(2);
    EXPECT_EQ(s.select(), default_case);
    EXPECT_EQ(empty.recv(), 5);
    EXPECT_EQ(s.size(), 6u);
  }
  {
    steady::selector s;
    s.add(send(closed, 1));
    EXPECT_THROW(s.select(), closed_channel);
    bool told = false;
    const auto index = s.add(recv(closed, [&](std::optional<int> v) { told = !v; }));
    EXPECT_EQ(s.select_biased(), index);
    EXPECT_TRUE(told);
  }
  {
    steady::selector s;
    s.add(recv(nil));
    const auto timeout = s.add(after(1ms));
    EXPECT_EQ(s.select(), timeout);
  }
}

TEST(Channel33SelectorTest, KeepsItsChannels) {
  steady::selector s;
  chan<int> other{1};
  {
    const chan<int> mine{1};
    mine.send(7);
    s.add(recv(mine, [&](std::optional<int> v) { other.send(*v); }));
    s.add(send(chan<int>{1}, 8));
  }
  EXPECT_LT(s.select(), 2u);
  EXPECT_LT(s.select(), 2u);
  EXPECT_EQ(other.recv(), 7);
}

TEST(Channel33SelectorTest, ManyCases) {
  std::vector<chan<int>> channels(500);
  steady::selector s;
  int got = 0;
  for (const auto& each : channels) s.add(recv(each, [&](std::optional<int> v) { got = *v; }));
  thread_group threads;
  threads.start([&] {
    for (std::size_t n = 0; n < channels.size(); ++n)
      channels[n * 77 % 500].send(static_cast<int>(n * 77 % 500));
  });
  for (std::size_t n = 0; n < channels.size(); ++n) {
    const std::size_t index = s.select();
    EXPECT_EQ(index, n * 77 % 500);
    EXPECT_EQ(got, static_cast<int>(index));
  }
}

TEST(Channel34TimeTest, AfterHappensNotBeforeItsTime) {
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(select(recv(nil), after(3ms)), 1u);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 3ms);
  EXPECT_EQ(select(after(1h), after(1ms), after(2h)), 1u);
  EXPECT_EQ(select(recv(nil), after(-1ms)), 1u);
}

// A deadline kept over many selects is met although a channel is always ready.
TEST(Channel34TimeTest, ADueInstantTakesPartInTheChoice) {
  steady::seed_select(9);
  const chan<int> closed;
  closed.close();
  const auto due = std::chrono::steady_clock::now() - 1ms;
  int timed = 0;
  for (int n = 0; n < 1000; ++n) timed += select(recv(closed), steady::at(due)) == 1 ? 1 : 0;
  EXPECT_GT(timed, 400);
  EXPECT_LT(timed, 600);
}

TEST(Channel34TimeTest, TicksKeepTheirDistanceAndAreNotHoarded) {
  const auto begin = std::chrono::steady_clock::now();
  auto ticks = steady::tick(2ms);
  std::chrono::steady_clock::time_point last{};
  for (int n = 0; n < 5; ++n) {
    EXPECT_EQ(select(recv(nil), recv(ticks,
                                     [&](std::chrono::steady_clock::time_point instant) {
                                       EXPECT_GT(instant, last);
                                       last = instant;
                                     })),
              1u);
    EXPECT_GE(std::chrono::steady_clock::now(), last);
  }
  EXPECT_GE(last - begin, 10ms);
  // Nobody looks for ten periods: one tick is waiting afterwards, not ten.
  select(after(20ms));
  std::vector<std::chrono::steady_clock::time_point> seen;
  for (int n = 0; n < 2; ++n)
    select(recv(ticks, [&](std::chrono::steady_clock::time_point instant) { seen.push_back(instant); }));
  EXPECT_GE(seen[1] - seen[0], 2ms);
  EXPECT_GE(std::chrono::steady_clock::now() + 2ms - seen[0], 20ms);
}

// Who loses the tick begins anew, on channels that nobody else has any more.
TEST(Channel34TimeTest, WhoLosesATickHasItsChannelsStill) {
  steady::ticker shared = steady::tick(20ms);
  thread_group threads;
  std::array<std::unique_ptr<chan<int>>, 2> lent{std::make_unique<chan<int>>(),
                                                 std::make_unique<chan<int>>()};
  std::array<std::size_t, 2> chosen{};
  for (std::size_t n = 0; n < 2; ++n)
    threads.start([&, n, handle = lent[n].get()] {
      chosen[n] = select(recv(*handle), send(*handle, 1), recv(shared));
    });
  for (auto& each : lent) {
    wait_until_blocked(*each, 1, 1);
    each.reset();
  }
  threads.join();
  EXPECT_EQ(chosen, (std::array<std::size_t, 2>{2, 2}));
}

TEST(Channel34TimeTest, ASharedTickGoesToOne) {
  auto ticks = steady::tick(200us);
  std::atomic<int> taken{0};
  const auto begin = std::chrono::steady_clock::now();
  {
    thread_group threads;
    for (int t = 0; t < 3; ++t)
      threads.start([&] {
        for (int n = 0; n < 20; ++n) {
          select(recv(ticks));
          ++taken;
        }
      });
  }
  const auto passed = std::chrono::steady_clock::now() - begin;
  EXPECT_EQ(taken, 60);
  EXPECT_GE(passed / 200us, 60 - 1);  // were a tick handed out twice, it would take a third of that
}

// A case of a selector may happen again and again; what it received before is not there any more.
TEST(Channel11SelectorTest, ReceivesNothingFromAClosedChannelAfterTheLastValue) {
  steady::chan<std::string> c(2);
  c.send("a text that is too long to lie in the string itself");
  c.close();
  std::vector<std::optional<std::string>> got;
  steady::selector s;
  s.add(steady::recv(c, [&](std::optional<std::string> value) { got.push_back(std::move(value)); }));
  for (int times = 0; times < 3; ++times) s.select();
  ASSERT_EQ(got.size(), 3u);
  EXPECT_TRUE(got[0].has_value());
  EXPECT_FALSE(got[1].has_value());
  EXPECT_FALSE(got[2].has_value());
}

// Go's way to leave a closed channel out: the handler that sees it takes its own case away, or puts another there.
TEST(Channel11SelectorTest, AHandlerMayDisableOrReplaceItsOwnCase) {
  steady::chan<int> closed(1);
  closed.close();
  int seen = 0, other = 0;
  steady::selector s;
  std::size_t index = 0;
  std::string kept = "what the handler holds is there until it returns";
  index = s.add(steady::recv(closed, [&s, &index, &seen, kept](std::optional<int>) {
    s.disable(index);
    seen += static_cast<int>(kept.size() != 0);
  }));
  s.add(steady::otherwise([&] { ++other; }));
  s.select();
  s.select();
  EXPECT_EQ(seen, 1);
  EXPECT_EQ(other, 1);
}

// A type that moves and does not copy, although its bytes could be copied.
struct descriptor {
  int number;
  explicit descriptor(int of) : number(of) {}
  descriptor(descriptor&&) = default;
  descriptor& operator=(descriptor&&) = default;
  descriptor(const descriptor&) = delete;
};
TEST(Channel11SelectorTest, TypesThatOnlyMove) {
  steady::chan<descriptor> c(1);
  c.send(descriptor(5));
  int got = 0;
  steady::select(steady::recv(c, [&](std::optional<descriptor> value) { got = value->number; }));
  EXPECT_EQ(got, 5);
}

}  // namespace
}  // namespace steady_test
