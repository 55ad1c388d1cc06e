// One run of one map: the map is made, the pass's probe is put around the workload, figures come out.
//
// Runs happen in a child process of their own (isolated.hpp): each begins with the same untouched heap, so
// that no map profits from memory another one has warmed, or a repeat from its own first run. For the same
// reason the map is never destroyed: the process ends, and 10^7 releases nobody asked about are not waited
// for.
#pragma once

#include <chrono>
#include <memory>
#include <type_traits>

#include "peers/peers.hpp"
#include "tools/steady/replay/measured_map.hpp"
#include "tools/steady/replay/workloads.hpp"

namespace steady::replay {

template <class Peer, class Map, class Probe>
std::uint64_t run_operations(Map& map, const input& work, const text_keys& keys, Probe& probe) {
  return run_workload<Peer, std::string>(map, work.work, keys, probe);
}

template <class Peer, class Map, class Probe>
std::uint64_t run_operations(Map& map, const input& work, const integer_keys& keys, Probe& probe) {
  return run_workload<Peer, std::uint64_t>(map, work.work, keys, probe);
}

template <class Peer, class Map, class Probe, class K, class V>
std::uint64_t run_operations(Map& map, const input&, const trace<K, V>& operations, Probe& probe) {
  return trace_run<Peer, K, V, Map, Probe>{map, operations, probe}.run();
}

template <class Data>
struct map_types {
  using key = typename Data::value_type;
  using value = std::uint64_t;
};
template <class K, class V>
struct map_types<trace<K, V>> {
  using key = K;
  using value = V;
};

template <class Peer, class Map, class Data>
run_figures run_pass(Map& map, const Data& data, const run_request& request) {
  run_figures figures;
  const auto timed = [&](auto&& probe) {
    const measure::page_faults before = measure::page_faults_so_far();
    const auto begin = std::chrono::steady_clock::now();
    figures.result = run_operations<Peer>(map, request.work, data, probe);
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
    figures.seconds = elapsed.count();
    const measure::page_faults after = measure::page_faults_so_far();
    figures.faults = {after.minor - before.minor, after.major - before.major};
  };

  switch (request.what) {
  case pass::throughput:
    timed(silent_probe{});
    break;
  case pass::latency:
    timed(latency_probe{request.nanoseconds, request.kinds});
    break;
  case pass::allocator:
    measure::start_allocation_figures(measure::allocation_mode::time);
    timed(silent_probe{});
    figures.allocation = measure::stop_allocation_figures();
    break;
  case pass::memory: {
    figures.resident_before = measure::resident_bytes();
    memory_probe probe{request.points, request.work.operations, figures.resident_before};
    measure::start_allocation_figures(measure::allocation_mode::count);
    timed(probe);
    figures.allocation = measure::stop_allocation_figures();
    figures.resident_after = measure::resident_bytes();
    figures.entries_at_peak = probe.entries_at_peak();
    figures.content = content_checksum(map);
    break;
  }
  }
  figures.entries = map.size();
  return figures;
}

template <class Peer>
run_figures run_map(const run_request& request) {
  return std::visit(
      [&]<class Data>(const Data& data) {
        using types = map_types<Data>;
        using map_type = typename Peer::template map<typename types::key, typename types::value>;
        auto map = std::make_unique<map_type>();
        peers::fix_seed(*map);
        const run_figures figures = run_pass<Peer>(*map, data, request);
        static_cast<void>(map.release());
        return figures;
      },
      request.work.data);
}

template <class Peer>
measured_map measured() {
  measured_map result;
  result.name = Peer::name;
  if constexpr (Peer::available) {
    result.type_name = Peer::type_name;
    result.version = Peer::version();
    result.insert_in_loop = Peer::insert_in_loop;
    result.run = &run_map<Peer>;
  } else {
    result.package = Peer::package;
  }
  return result;
}

}  // namespace steady::replay
