// A worker: the passes of one peer behind plain functions, and the loop that answers requests.
#pragma once

#include <span>
#include <string>
#include <variant>

#include "bench/grid/keys.hpp"
#include "bench/grid/passes.hpp"
#include "bench/grid/plan.hpp"
#include "bench/grid/programs.hpp"

namespace steady::grid {

struct worker {
  std::string name;
  std::string type;
  std::string version;
  work_times (*run_works)(const any_key_set&, const request&);
  void (*time_operations)(const any_key_set&, const request&, std::span<float>);
  memory_figures (*count_bytes)(const any_key_set&, const request&);
  allocator_time (*time_allocator)(const any_key_set&, const request&);
};

// Calls call.operator()<K, ValueBytes>(keys) for the cell's types.
template <class Call>
auto with_types(const any_key_set& keys, std::size_t value_bytes, Call&& call) {
  return std::visit(
      [&]<class K>(const key_set<K>& set) {
        return value_bytes == value_sizes[0] ? call.template operator()<K, value_sizes[0]>(set)
                                             : call.template operator()<K, value_sizes[1]>(set);
      },
      keys);
}

template <class Peer>
worker describe_worker(std::string name) {
  return {std::move(name),
          std::string{Peer::type_name},
          Peer::version(),
          [](const any_key_set& keys, const request& asked) {
            return with_types(keys, asked.where.value_bytes,
                              [&]<class K, std::size_t Bytes>(const key_set<K>& set) {
                                return programs<Peer, K, Bytes>{set, asked.works}.run();
                              });
          },
          [](const any_key_set& keys, const request& asked, std::span<float> samples) {
            with_types(keys, asked.where.value_bytes, [&]<class K, std::size_t Bytes>(const key_set<K>& set) {
              time_operations<Peer, K, Bytes>(set, samples);
            });
          },
          [](const any_key_set& keys, const request& asked) {
            return with_types(keys, asked.where.value_bytes,
                              []<class K, std::size_t Bytes>(const key_set<K>& set) {
                                return count_bytes<Peer, K, Bytes>(set);
                              });
          },
          [](const any_key_set& keys, const request& asked) {
            return with_types(keys, asked.where.value_bytes,
                              []<class K, std::size_t Bytes>(const key_set<K>& set) {
                                return time_allocator<Peer, K, Bytes>(set);
                              });
          }};
}

// Introduces itself, then answers each line of JSON on standard input with one on standard output, until the
// end.
int serve(const worker& self);

}  // namespace steady::grid
