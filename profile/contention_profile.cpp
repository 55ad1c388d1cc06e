// The recorder is never destroyed: threads may wait for locks while the program ends.
#include <steady/contention_profile.hpp>

#include <steady/channel/lock.hpp>
#include <steady/map.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <vector>

#include "profile/pprof_writer.hpp"
#include "profile/stack.hpp"

namespace steady::profiling {

class contention_recorder {
 public:
  [[nodiscard]] static contention_recorder& the() {
    static contention_recorder* const one = new contention_recorder;
    return *one;
  }

  void begin(unsigned one_in) {
    const std::lock_guard guard(mutex_);
    samples_.clear();
    one_in_.store(one_in, std::memory_order_relaxed);
    waits_.store(0, std::memory_order_relaxed);
  }

  void waited(std::chrono::nanoseconds time) noexcept {
    // Of all threads together: each thread's own first wait would be one too many.
    const std::uint64_t before = waits_.fetch_add(1, std::memory_order_relaxed);
    if ((before + 1) % one_in_.load(std::memory_order_relaxed) != 0) return;
    const stack_here stack;
    try {
      const std::lock_guard guard(mutex_);
      sample& to = samples_.try_emplace(std::string(stack.bytes())).first->second;
      if (to.stack.empty()) to.stack.assign(stack.frames().begin(), stack.frames().end());
      ++to.contentions;
      to.delay += time;
    } catch (...) {  // no memory: then it is not recorded
    }
  }

  [[nodiscard]] std::string pprof() {
    std::vector<sample> samples;
    std::int64_t one_in = 0;
    {
      const std::lock_guard guard(mutex_);
      one_in = one_in_.load(std::memory_order_relaxed);
      samples.reserve(samples_.size());
      for (const auto& [key, each] : samples_) samples.push_back(each);
    }
    constexpr pprof_writer::value_type values[] = {{"contentions", "count"}, {"delay", "nanoseconds"}};
    pprof_writer profile(values, {"contentions", "count"}, one_in, "delay");
    for (const sample& each : samples) {
      const std::int64_t figures[] = {each.contentions * one_in, each.delay.count() * one_in};
      profile.add(each.stack, figures, {});
    }
    return profile.finish();
  }

 private:
  struct sample {
    std::vector<void*> stack;
    std::int64_t contentions = 0;
    std::chrono::nanoseconds delay{};
  };

  // Not a lock of steady's, which would tell of itself.
  std::mutex mutex_;
  steady::node_map<std::string, sample> samples_;  // by stack
  std::atomic<unsigned> one_in_{1};
  std::atomic<std::uint64_t> waits_{0};  // since begin(), sampled or not
};

void contention_listener(std::chrono::steady_clock::duration time) noexcept {
  contention_recorder::the().waited(time);
}

}  // namespace steady::profiling

namespace steady::contention_profile {

void start(unsigned one_in) {
  profiling::prepare_stacks();
  profiling::contention_recorder::the().begin(std::max(one_in, 1u));
  detail::channel::contention_listening.store(&profiling::contention_listener, std::memory_order_release);
}
void stop() noexcept { detail::channel::contention_listening.store(nullptr, std::memory_order_relaxed); }
bool recording() noexcept {
  return detail::channel::contention_listening.load(std::memory_order_relaxed) != nullptr;
}
std::string pprof() { return profiling::contention_recorder::the().pprof(); }

}  // namespace steady::contention_profile
