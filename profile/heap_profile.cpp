// What is recorded, and how it is counted up.
//
// The recorder is never destroyed: maps may be at work while the program ends, and nobody waits for calls that are on their
// way. One lock guards the samples. A piece that is given back takes it only if a sampled piece of about its address is in use: a
// filter of counters says so, of which a counter is raised before the piece's address is known to others, and lowered when the piece
// is forgotten, before its memory is free for others.
//
// An observed map on a named heap tells of memory that the heap has told of. It is the map's as long as the map has it, and counts
// once: while it does, the heap's sample is without it. What the map gives back is the heap's again, until that gets it; so is an entry
// that went on to a map which nobody observes.
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
  case memory_kind::spans:
    return "spans";
  case memory_kind::pages:
    return "pages";
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
    const at_work guard(*this);
    in_use_.clear();
    samples_.clear();
    for (auto& each : filter_) each.store(0, std::memory_order_relaxed);
    mean_.store(mean, std::memory_order_relaxed);
    profile_.fetch_add(1, std::memory_order_relaxed);
  }

  // ---- of a map ----
  void taken(const detail::taken_memory& what) noexcept {
    // What lived there is gone: it went to a map that nobody observes, by a node handle or a merge.
    at_address(what.address, [&](held_memory& held) {
      held.end_of_map();
      if (held.request == what.request) held.cover();
    });
    if (!is_sampled(what)) return;
    const stack_here stack;
    try {
      const at_work guard(*this);
      sample& to = sample_of(what, "map", stack);
      held_memory& held = held_at(what.address);
      if (held.map != nullptr) return;
      held.map = &to;
      ++to.taken;
    } catch (...) {  // no memory: then it is not recorded
    }
  }
  void given_back(const void* address) noexcept {
    at_address(address, [](held_memory& held) {
      held.end_of_map();
      held.uncover();
    });
  }

  // ---- of a heap ----
  void piece_taken(const void* heap, const detail::taken_memory& what) noexcept {
    piece_given_back(what.address);  // of a map, which is gone
    if (!is_sampled(what)) return;
    const stack_here stack;
    try {
      const at_work guard(*this);
      sample& to = sample_of(what, "heap", stack);
      held_memory& held = held_at(what.address);
      held.piece = &to;
      held.heap = heap;
      held.request = what.request;
      ++to.taken;
    } catch (...) {
    }
  }
  void piece_given_back(const void* address) noexcept {
    at_address(address, [](held_memory& held) {
      held.end_of_map();
      held.end_of_piece();
    });
  }
  // Maps that were not destroyed may have memory of it that no sampled piece begins with.
  void heap_ended(const void* heap, bool (*owns)(const void* heap, const void* address) noexcept) noexcept {
    if (at_work::here()) return;
    const at_work guard(*this);
    for (auto at = in_use_.begin(); at != in_use_.end();) {
      auto& [address, held] = *at;
      if (held.heap != heap && !owns(heap, address)) {
        ++at;
        continue;
      }
      held.end_of_map();
      held.end_of_piece();
      filter_of(address).fetch_sub(1, std::memory_order_relaxed);
      at = in_use_.erase(at);
    }
  }

  [[nodiscard]] std::string pprof() {
    std::vector<sample> samples;
    const std::size_t mean = mean_.load(std::memory_order_relaxed);
    {
      const at_work guard(*this);
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
          {each.owner_is, each.owner}, {"type", each.type}, {"memory", word(each.kind)}};
      profile.add(each.stack, figures, labels);
    }
    return profile.finish();
  }

 private:
  // Has the lock, and says so to the calls that come of it.
  class at_work {
   public:
    explicit at_work(heap_recorder& recorder) : guard_(recorder.mutex_) { here_ = true; }
    ~at_work() { here_ = false; }
    at_work(const at_work&) = delete;
    at_work& operator=(const at_work&) = delete;
    [[nodiscard]] static bool here() noexcept { return here_; }

   private:
    static inline thread_local bool here_ = false;
    const std::lock_guard<std::mutex> guard_;
  };

  // All pieces of one size that were taken for one map or heap by one stack.
  struct sample {
    std::vector<void*> stack;
    std::string_view owner_is;  // "map", "heap"
    std::string owner;
    std::string_view type;
    memory_kind kind{};
    std::uint64_t bytes = 0;  // of one piece
    std::uint64_t objects = 0;
    std::uint64_t taken = 0;
    std::uint64_t given_back = 0;
  };

  // Memory in use: a map's, a heap's piece, or both. A piece that is covered is not counted among those that its sample took.
  struct held_memory {
    sample* map = nullptr;
    sample* piece = nullptr;
    const void* heap = nullptr;
    std::size_t request =
        0;  // of the piece: a map's memory of another one is a part of it, by way of another resource
    bool covered = false;  // an observed map has it, whether or not that one's telling was sampled
    bool was_covered = false;

    [[nodiscard]] bool is_over() const noexcept { return map == nullptr && piece == nullptr; }

    void end_of_map() noexcept {
      if (map != nullptr) ++map->given_back;
      map = nullptr;
    }
    void cover() noexcept {
      if (piece == nullptr || covered) return;
      covered = was_covered = true;
      --piece->taken;
    }
    void uncover() noexcept {
      if (!covered) return;
      covered = false;
      ++piece->taken;
    }
    // What a map had counts as taken by the map alone.
    void end_of_piece() noexcept {
      if (piece != nullptr && !covered) {
        if (was_covered) {
          --piece->taken;
        } else {
          ++piece->given_back;
        }
      }
      piece = nullptr;
    }
  };

  [[nodiscard]] bool is_sampled(const detail::taken_memory& what) noexcept {
    if (at_work::here()) return false;
    thread_local sampler decides;
    return decides.takes(what.bytes, mean_.load(std::memory_order_relaxed),
                         profile_.load(std::memory_order_relaxed));
  }

  // Changes what is known of the memory at an address, if anything is.
  template <class Change>
  void at_address(const void* address, Change&& change) noexcept {
    std::atomic<std::uint32_t>& number = filter_of(address);
    if (number.load(std::memory_order_relaxed) == 0) [[likely]]
      return;
    if (at_work::here()) return;
    const at_work guard(*this);
    const auto at = in_use_.find(address);
    if (at == in_use_.end()) return;
    change(at->second);
    if (!at->second.is_over()) return;
    in_use_.erase(at);
    number.fetch_sub(1, std::memory_order_relaxed);
  }

  // These two under the lock.
  [[nodiscard]] sample& sample_of(const detail::taken_memory& what, std::string_view owner_is,
                                  const stack_here& stack) {
    std::string key(what.owner);
    const auto add = [&](const auto& value) {
      key.append(reinterpret_cast<const char*>(&value), sizeof value);
    };
    add(what.type.data());
    add(what.kind);
    add(what.bytes);
    add(what.objects);
    key += stack.bytes();

    const auto [at, fresh] = samples_.try_emplace(std::move(key));
    sample& found = at->second;
    if (fresh) {
      found.stack.assign(stack.frames().begin(), stack.frames().end());
      found.owner_is = owner_is;
      found.owner = what.owner;
      found.type = what.type;
      found.kind = what.kind;
      found.bytes = what.bytes;
      found.objects = what.objects;
    }
    return found;
  }
  [[nodiscard]] held_memory& held_at(const void* address) {
    const auto [at, fresh] = in_use_.try_emplace(address);
    if (fresh) filter_of(address).fetch_add(1, std::memory_order_relaxed);
    return at->second;
  }

  [[nodiscard]] std::atomic<std::uint32_t>& filter_of(const void* address) noexcept {
    constexpr unsigned bits = 14;
    const auto number = reinterpret_cast<std::uintptr_t>(address);
    return filter_[static_cast<std::size_t>((std::uint64_t{number} * 0x9e3779b97f4a7c15u) >> (64 - bits))];
  }

  std::mutex mutex_;
  steady::node_map<std::string, sample> samples_;  // by all that tells them apart
  steady::map<const void*, held_memory> in_use_;
  std::array<std::atomic<std::uint32_t>, 1u << 14>
      filter_{};  // how many of in_use_ have an address of this hash
  std::atomic<std::size_t> mean_{heap_profile::usual_mean_bytes};
  std::atomic<std::uint32_t> profile_{0};
};

constinit const detail::memory_listener heap_listener{
    .taken = [](const detail::taken_memory& what) noexcept { heap_recorder::the().taken(what); },
    .given_back = [](const void* address) noexcept { heap_recorder::the().given_back(address); },
    .piece_taken =
        [](const void* heap, const detail::taken_memory& what) noexcept {
          heap_recorder::the().piece_taken(heap, what);
        },
    .piece_given_back = [](const void* address) noexcept { heap_recorder::the().piece_given_back(address); },
    .heap_ended =
        [](const void* heap, bool (*owns)(const void* heap, const void* address) noexcept) noexcept {
          heap_recorder::the().heap_ended(heap, owns);
        }};

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
