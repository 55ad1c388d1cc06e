// What the server tells programs: the registry and the answer to in-use, as JSON.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <steady/registry.hpp>

namespace steady::detail::serving {

// The registry as JSON. Remembers how it was so long ago, or up to twice as long, for the advice that needs two looks.
class registry_figures {
 public:
  explicit registry_figures(std::chrono::milliseconds apart = std::chrono::seconds(10)) : apart_(apart) {}

  // Of all named maps, channels and heaps.
  [[nodiscard]] std::string all();
  // Of one map, with its fill and probe lengths, or its shards; nothing when there is none of that name.
  [[nodiscard]] std::optional<std::string> of(std::string_view name);

 private:
  using clock = std::chrono::steady_clock;

  [[nodiscard]] std::vector<map_snapshot> earlier(const std::vector<map_snapshot>& now);

  std::chrono::milliseconds apart_;
  std::mutex mutex_;
  std::vector<map_snapshot> older_;
  std::vector<map_snapshot> newer_;
  clock::time_point newer_taken_{};
};

// What has a name, or waits for what has it, at any of several looks.
class use_of_name {
 public:
  explicit use_of_name(std::string name) : name_(std::move(name)) {}

  void look();
  // `waits_for_locks`: how often somebody had to wait for one of that name meanwhile; none: nobody counts them.
  [[nodiscard]] std::string json(std::chrono::duration<double> watched,
                                 std::optional<std::uint64_t> waits_for_locks) const;

 private:
  // The name, or one that a map or heap of a taken name is given: "sessions#2".
  [[nodiscard]] bool is_it(std::string_view other) const;

  std::string name_;
  std::vector<std::string> maps_;
  std::vector<std::string> heaps_;
  std::size_t channels_ = 0;
  std::vector<std::string> waiters_;
};

}  // namespace steady::detail::serving
