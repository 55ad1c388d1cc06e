// What is recorded, and how it is counted up.
//
// The recorder is never destroyed: maps may be at work while the program ends, and nobody waits for calls that are on their
// way. One lock guards the samples. A piece that is given back takes it only if a sampled piece of about its address is in use: a
// filter of counters says so, of which a counter is raised before the piece's address is known to others, and lowered when the piece
// is forgotten, before its memory is free for others.
#include <steady/heap_profile.hpp>

#include <steady/detail/memory_listener.hpp>
#include <steady/detail/seed.hpp>
#include <steady/map.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <vector>

#include "profile/pprof_writer.hpp"
#include "profile/stack.hpp"

namespace steady::profiling {

[[nodiscard]] std::string_view word(memory_kind kind) noexcept {
  switch (kind) {
  case memory_kind::buckets:
    return "buckets";
  case memory_kind::overflow:
    return "overflow";
  case memory_kind::directory:
    return "directory";
  case memory_kind::entries:
    return "entries";
  case memory_kind::loops:
    return "loops";
  }
  return "?";
}

// Decides which pieces of memory are sampled: those in which one of the sampled bytes lies, whose distances are exponential.
class sampler {
 public:
  [[nodiscard]] bool takes(std::size_t bytes, std::size_t mean, std::uint32_t profile) noexcept {
    if (mean <= 1) return true;
    if (profile_ != profile) {
      profile_ = profile;
      until_next_ = distance(mean);
    }
    if (static_cast<double>(bytes) < until_next_) {
      until_next_ -= static_cast<double>(bytes);
      return false;
    }
    until_next_ = distance(mean);
    return true;
  }

 private:
  [[nodiscard]] double distance(std::size_t mean) noexcept {
    state_ += 0x9e3779b97f4a7c15u;
    std::uint64_t mixed = state_;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
    mixed ^= mixed >> 31;
    const double uniform = (static_cast<double>(mixed >> 11) + 0.5) * 0x1p-53;
    return -std::log(uniform) * static_cast<double>(mean);
  }

  std::uint64_t state_ = detail::random_seed();
  std::uint32_t profile_ = 0;  // the first profile has number 1
  double until_next_ = 0;
};

class heap_recorder {
 public:
  [[nodiscard]] static heap_recorder& the() {
    static heap_recorder* const one = new heap_recorder;
    return *one;
  }

  void begin(std::size_t mean) {
    const std::lock_guard guard(mutex_);
    in_use_.clear();
    samples_.clear();
    for (auto& each : filter_) each.store(0, std::memory_order_relaxed);
    mean_.store(mean, std::memory_order_relaxed);
    profile_.fetch_add(1, std::memory_order_relaxed);
  }

  void taken(const detail::taken_memory& what) noexcept {
    // What lived there is gone: it went to a map that nobody observes, by a node handle or a merge.
    given_back(what.address);
    thread_local sampler decides;
    if (!decides.takes(what.bytes, mean_.load(std::memory_order_relaxed),
                       profile_.load(std::memory_order_relaxed)))
      return;
    const stack_here stack;
    try {
      record(what, stack);
    } catch (...) {  // no memory: then it is not recorded
    }
  }

  void given_back(const void* address) noexcept {
    std::atomic<std::uint32_t>& number = filter_of(address);
    if (number.load(std::memory_order_relaxed) == 0) [[likely]]
      return;
    const std::lock_guard guard(mutex_);
    const auto at = in_use_.find(address);
    if (at == in_use_.end()) return;
    ++at->second->given_back;
    in_use_.erase(at);
    number.fetch_sub(1, std::memory_order_relaxed);
  }

  [[nodiscard]] std::string pprof() {
    std::vector<sample> samples;
    const std::size_t mean = mean_.load(std::memory_order_relaxed);
    {
      const std::lock_guard guard(mutex_);
      samples.reserve(samples_.size());
      for (const auto& [key, each] : samples_) samples.push_back(each);
    }
    constexpr pprof_writer::value_type values[] = {{"alloc_objects", "count"},
                                                   {"alloc_space", "bytes"},
                                                   {"inuse_objects", "count"},
                                                   {"inuse_space", "bytes"}};
    pprof_writer profile(values, {"space", "bytes"}, static_cast<std::int64_t>(mean), "inuse_space");
    for (const sample& each : samples) {
      if (each.taken == 0) continue;  // there was no memory to keep its address
      const double probability =
          mean <= 1 ? 1 : -std::expm1(-static_cast<double>(each.bytes) / static_cast<double>(mean));
      const auto counted = [&](std::uint64_t number, std::uint64_t of) {
        return std::llround(static_cast<double>(number * of) / probability);
      };
      const std::uint64_t in_use = each.taken - each.given_back;
      const std::int64_t figures[] = {counted(each.taken, each.objects), counted(each.taken, each.bytes),
                                      counted(in_use, each.objects), counted(in_use, each.bytes)};
      const pprof_writer::label labels[] = {
          {"map", each.map_name}, {"type", each.map_type}, {"memory", word(each.kind)}};
      profile.add(each.stack, figures, labels);
    }
    return profile.finish();
  }

 private:
  // All pieces of one size that were taken for one map by one stack.
  struct sample {
    std::vector<void*> stack;
    std::string map_name;
    std::string_view map_type;
    memory_kind kind{};
    std::uint64_t bytes = 0;  // of one piece
    std::uint64_t objects = 0;
    std::uint64_t taken = 0;
    std::uint64_t given_back = 0;
  };

  void record(const detail::taken_memory& what, const stack_here& stack) {
    std::string key(what.map_name);
    const auto add = [&](const auto& value) {
      key.append(reinterpret_cast<const char*>(&value), sizeof value);
    };
    add(what.map_type.data());
    add(what.kind);
    add(what.bytes);
    add(what.objects);
    key += stack.bytes();

    const std::lock_guard guard(mutex_);
    const auto [at, fresh] = samples_.try_emplace(std::move(key));
    sample& to = at->second;
    if (fresh) {
      to.stack.assign(stack.frames().begin(), stack.frames().end());
      to.map_name = what.map_name;
      to.map_type = what.map_type;
      to.kind = what.kind;
      to.bytes = what.bytes;
      to.objects = what.objects;
    }
    if (!in_use_.try_emplace(what.address, &to).second) return;
    ++to.taken;
    filter_of(what.address).fetch_add(1, std::memory_order_relaxed);
  }

  [[nodiscard]] std::atomic<std::uint32_t>& filter_of(const void* address) noexcept {
    constexpr unsigned bits = 14;
    const auto number = reinterpret_cast<std::uintptr_t>(address);
    return filter_[static_cast<std::size_t>((std::uint64_t{number} * 0x9e3779b97f4a7c15u) >> (64 - bits))];
  }

  std::mutex mutex_;
  steady::node_map<std::string, sample> samples_;  // by all that tells them apart
  steady::map<const void*, sample*> in_use_;
  std::array<std::atomic<std::uint32_t>, 1u << 14>
      filter_{};  // how many of in_use_ have an address of this hash
  std::atomic<std::size_t> mean_{heap_profile::usual_mean_bytes};
  std::atomic<std::uint32_t> profile_{0};
};

constinit const detail::memory_listener heap_listener{
    .taken = [](const detail::taken_memory& what) noexcept { heap_recorder::the().taken(what); },
    .given_back = [](const void* address) noexcept { heap_recorder::the().given_back(address); }};

}  // namespace steady::profiling

namespace steady::heap_profile {

void start(std::size_t mean_bytes) {
  profiling::prepare_stacks();
  profiling::heap_recorder::the().begin(std::max<std::size_t>(mean_bytes, 1));
  detail::memory_listening.store(&profiling::heap_listener, std::memory_order_release);
}
void stop() noexcept { detail::memory_listening.store(nullptr, std::memory_order_relaxed); }
bool recording() noexcept { return detail::memory_listening.load(std::memory_order_relaxed) != nullptr; }
std::string pprof() { return profiling::heap_recorder::the().pprof(); }

}  // namespace steady::heap_profile
