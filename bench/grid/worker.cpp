// The worker's loop. Every pass runs in a child process forked from the worker: its heap is fresh, as a map's
// is at the start of a program, and no pass leaves holes for the next. The keys are made in the worker and
// shared with the children by the fork.
#include "bench/grid/worker.hpp"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/grid/protocol.hpp"
#include "measure/latency.hpp"
#include "tools/steady/replay/shared_array.hpp"

namespace steady::grid {
namespace {

using nlohmann::json;

// Runs work in a child and gives back the text that it returns.
template <class Work>
std::string in_child(Work&& work) {
  int ends[2];
  if (::pipe(ends) != 0) throw std::runtime_error("no pipe");
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("no child process");
  if (child == 0) {
    ::close(ends[0]);
    const std::string text = work();
    std::size_t written = 0;
    while (written < text.size()) {
      const ssize_t now = ::write(ends[1], text.data() + written, text.size() - written);
      if (now <= 0) ::_exit(1);
      written += static_cast<std::size_t>(now);
    }
    ::_exit(0);
  }
  ::close(ends[1]);
  std::string text;
  char buffer[65536];
  for (ssize_t got; (got = ::read(ends[0], buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<std::size_t>(got));
  }
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    throw std::runtime_error(WIFSIGNALED(status) ? "died of signal " + std::to_string(WTERMSIG(status))
                                                 : "failed");
  }
  return text;
}

json answer_throughput(const work_times& times) {
  json works = json::object();
  for (std::size_t i = 0; i < work_count; ++i) {
    if (times[i].operations == 0) continue;
    works[work_names[i]] = {
        {"ns", measure::timer::nanoseconds(times[i].ticks) / static_cast<double>(times[i].operations)},
        {"checksum", times[i].checksum}};
  }
  return {{"works", works}};
}

json answer_percentiles(const measure::latency_percentiles& found) {
  return {{"p50", found.p50},
          {"p99", found.p99},
          {"p99.9", found.p999},
          {"p99.99", found.p9999},
          {"max", found.max}};
}

json answer_latency(const worker& self, const any_key_set& keys, const request& asked) {
  const std::size_t size = asked.where.size;
  const replay::shared_array<float> shared{stretch_names.size() * size};
  measure::fastest_samples fastest{stretch_names.size() * size};
  const auto stretch_of = [size](std::span<float> samples, std::size_t which) {
    return samples.subspan(which * size, size);
  };
  json raw = json::array();
  for (unsigned run = 0; run < asked.repeat; ++run) {
    in_child([&] {
      shared.prepare();
      self.time_operations(keys, asked, shared.elements());
      return std::string{};
    });
    fastest.merge(shared.elements());
    json of_run = json::object();
    for (std::size_t i = 0; i < stretch_names.size(); ++i) {
      of_run[stretch_names[i]] =
          answer_percentiles(measure::exact_percentiles(stretch_of(shared.elements(), i)));
    }
    raw.push_back(of_run);
  }
  std::vector<float> values(fastest.values().begin(), fastest.values().end());
  json least = json::object();
  for (std::size_t i = 0; i < stretch_names.size(); ++i) {
    least[stretch_names[i]] = answer_percentiles(measure::exact_percentiles(stretch_of(values, i)));
  }
  return {{"fastest", least}, {"raw", raw}};
}

json answer_memory(const memory_figures& found) {
  json growth = json::array();
  for (const auto& point : found.growth) growth.push_back({point.size, point.live, point.peak});
  return {{"mean_bytes_an_entry", found.mean_bytes_an_entry},
          {"linear_mean_bytes_an_entry", found.linear_mean_bytes_an_entry},
          {"peak_over_held", found.peak_over_held},
          {"final_bytes_an_entry", found.final_bytes_an_entry},
          {"peak", found.peak},
          {"largest_block", found.largest_block},
          {"allocations", found.allocations},
          {"after_erase", found.after_erase},
          {"as_built", found.as_built},
          {"growth", growth}};
}

json answer(const worker& self, const any_key_set& keys, const request& asked) {
  switch (asked.what) {
  case pass::throughput:
    return json::parse(in_child([&] { return answer_throughput(self.run_works(keys, asked)).dump(); }));
  case pass::latency:
    return answer_latency(self, keys, asked);
  case pass::memory:
    return json::parse(in_child([&] { return answer_memory(self.count_bytes(keys, asked)).dump(); }));
  case pass::allocator:
    return json::parse(in_child([&] {
      const allocator_time found = self.time_allocator(keys, asked);
      return json{{"ns", found.nanoseconds}, {"allocations", found.allocations}}.dump();
    }));
  }
  throw std::runtime_error("unknown pass");
}

}  // namespace

int serve(const worker& self) {
  static_cast<void>(measure::timer::nanoseconds_per_tick());  // calibrated once, inherited by every child
  std::cout << json{{"name", self.name}, {"type", self.type}, {"version", self.version}}.dump() << std::endl;
  std::optional<cell> made_for;
  any_key_set keys;
  for (std::string line; std::getline(std::cin, line);) {
    json reply;
    try {
      const request asked = request_from(json::parse(line));
      if (!made_for || made_for->keys != asked.where.keys || made_for->size != asked.where.size) {
        keys = any_key_set{};
        keys = make_any_key_set(asked.where.keys, asked.where.size);
        made_for = asked.where;
      }
      reply = answer(self, keys, asked);
    } catch (const std::exception& failure) {
      reply = {{"error", failure.what()}};
    }
    std::cout << reply.dump() << std::endl;
  }
  return 0;
}

}  // namespace steady::grid
