// Experiments on select: in which order its cases are tried, what it takes, what it leaves behind.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tools/steady/lab/channel_specimen.hpp"
#include "tools/steady/lab/experiments.hpp"

namespace steady::lab {
namespace {

using detail::channel::direction;

// Of `cases` receive cases those from `first` on are ready, `ready` of them; how often each was chosen.
std::vector<std::size_t> choices(channel_specimen& specimen, std::size_t cases, std::size_t first,
                                 std::size_t ready, std::size_t turns) {
  selector all;
  std::vector<numbers> channels;
  for (std::size_t n = 0; n < cases; ++n) {
    channels.emplace_back(1);
    all.add(recv(channels.back()));
  }
  std::vector<std::size_t> chosen(ready);
  for (std::size_t turn = 0; turn < turns; ++turn) {
    for (std::size_t n = first; n < first + ready; ++n) (void)channels[n].try_send(0);
    ++chosen.at(specimen.choose(all) - first);
  }
  return chosen;
}

double chi_square(const std::vector<std::size_t>& counts) {
  double sum = 0;
  for (const std::size_t count : counts) sum += real(count);
  const double expected = sum / real(counts.size());
  double result = 0;
  for (const std::size_t count : counts)
    result += (real(count) - expected) * (real(count) - expected) / expected;
  return result;
}

// Critical values at one in ten thousand.
constexpr double critical_of_8 = 29.88;
constexpr double critical_of_3 = 18.42;

// What a program prints that selects from four channels, all of them ready, so often.
std::vector<std::size_t> printed_by_a_run(channel_specimen& specimen, std::size_t selects) {
  std::vector<std::size_t> order;
  std::thread([&] {
    specimen.begin_run();
    constexpr std::size_t cases = 4;
    selector all;
    std::array<numbers, cases> channels{numbers(1), numbers(1), numbers(1), numbers(1)};
    for (const numbers& each : channels) all.add(recv(each));
    while (order.size() < selects) {
      for (const numbers& each : channels) (void)each.try_send(0);
      order.push_back(specimen.choose(all));
    }
  }).join();
  return order;
}

}  // namespace

finding m123(const workbench& bench) {
  const auto specimen =
      make_channel_specimen(bench.choose(channel_fault::none, channel_fault::tried_as_written));
  const std::size_t turns = bench.size(80'000, 8'000);
  // Repeatable: what is judged is the choice, not the luck of a seed.
  seed_select(1);
  const auto of_eight = choices(*specimen, 8, 0, 8, turns);
  bench.tick();
  const auto side_by_side = choices(*specimen, 10, 4, 3, turns);
  const auto bars = [](const std::vector<std::size_t>& counts, std::size_t first) {
    series drawn{"chosen", {}, shape::bars};
    for (std::size_t n = 0; n < counts.size(); ++n)
      drawn.points.emplace_back(real(first + n), real(counts[n]));
    return drawn;
  };
  return {.setting = std::to_string(turns) +
                     " selects over 8 cases that are all ready, and as many over 10 of "
                     "which three side by side are",
          .claimed = {{"each ready case is taken equally often", chi_square(of_eight) < critical_of_8},
                      {"also where the ready ones stand side by side, which no rotation of the order can do",
                       chi_square(side_by_side) < critical_of_3}},
          .figures = {{"chi-square of the eight (at one in 10,000: 29.88)", chi_square(of_eight)},
                      {"chi-square of the three (at one in 10,000: 18.42)", chi_square(side_by_side)}},
          .plots = {{"All eight ready", "case", "selects", {bars(of_eight, 0)}},
                    {"Cases 4 to 6 of ten ready", "case", "selects", {bars(side_by_side, 4)}}}};
}

finding m124(const workbench& bench) {
  const auto specimen =
      make_channel_specimen(bench.choose(channel_fault::none, channel_fault::woken_to_try_again));
  const numbers a{1, "a"};
  const numbers b{1, "b"};
  const auto queued = [&] {
    return (first_waiter(a, direction::receive) != nullptr) +
           (first_waiter(b, direction::receive) != nullptr);
  };
  (void)specimen->try_send(b, 1);
  const party& at_once = specimen->select_receive(a, b);
  const bool took_it = at_once.ended && at_once.chosen == 1 && at_once.value == 1u && queued() == 0;
  const party& waiting = specimen->select_receive(a, b);
  const int in_queues = queued();
  (void)specimen->try_send(a, 2);
  specimen->run();
  const bool served = waiting.ended && waiting.chosen == 0 && waiting.value == 2u;
  const int left = queued();
  return {.setting = "a select of two receives, of which the second is ready; then another, with none ready "
                     "until somebody sends",
          .claimed = {{"with one case ready it takes that one, and waits for none", took_it},
                      {"with none ready it waits in the queues of all, and takes the first that is",
                       in_queues == 2 && served},
                      {"and leaves the others", served && left == 0}},
          .figures = {{"queues in which it waits", static_cast<double>(in_queues)},
                      {"queues in which it stands afterwards", static_cast<double>(left)}}};
}

finding m125(const workbench& bench) {
  const auto specimen = make_channel_specimen(bench.choose(channel_fault::none, channel_fault::same_seed));
  constexpr std::size_t runs = 8;
  const std::size_t selects = bench.size(10'000, 1'000);
  std::set<std::vector<std::size_t>> orders;
  table shown{"The first sixteen of each run", {"run", "cases"}, {}};
  double furthest = 0;
  for (std::size_t run = 0; run < runs; ++run) {
    bench.tick();
    const std::vector<std::size_t> order = printed_by_a_run(*specimen, selects);
    std::string begins;
    for (std::size_t n = 0; n < 16; ++n) {
      if (n > 0) begins += ' ';
      begins += std::to_string(order[n]);
    }
    shown.rows.push_back({std::to_string(run + 1), begins});
    const double zeros = real(static_cast<std::size_t>(std::ranges::count(order, 0u)));
    const double sigma = std::sqrt(real(selects) * 0.25 * 0.75);
    furthest = std::max(furthest, std::abs(zeros - real(selects) / 4) / sigma);
    orders.insert(order);
  }
  return {.setting = std::to_string(runs) + " runs of " + std::to_string(selects) +
                     " selects over four channels that are all ready, each in a thread of its own",
          .claimed = {{"no two runs print the same order", orders.size() == runs}},
          .figures = {{"orders that differ", real(orders.size())},
                      {"first case, furthest from a quarter of the selects", furthest, "sigma"}},
          .tables = {shown}};
}

}  // namespace steady::lab
