// What surrounds each operation of a workload: one probe a pass.
//
// A workload calls probe(position, map, operation) for every operation it makes; operation() does it and says
// which kind it was. Passes are separate so that none disturbs another: the throughput pass adds nothing at
// all, the latency pass two readings of the clock, the memory pass the counting of allocations. Positions are
// the same in every run and for every map, which is what lets operation i be compared with operation i.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "measure/allocation.hpp"
#include "measure/resident.hpp"
#include "measure/timer.hpp"
#include "tools/steady/replay/operation.hpp"

namespace steady::replay {

struct silent_probe {
  template <class Map, class Operation>
  void operator()(std::size_t, const Map&, Operation&& operation) {
    static_cast<void>(operation());
  }
};

class latency_probe {
 public:
  latency_probe(std::span<float> nanoseconds, std::span<kind> kinds)
      : nanoseconds_(nanoseconds), kinds_(kinds), scale_(measure::timer::nanoseconds_per_tick()) {}

  template <class Map, class Operation>
  void operator()(std::size_t position, const Map&, Operation&& operation) {
    const std::uint64_t begin = measure::timer::start();
    const kind what = operation();
    const std::uint64_t end = measure::timer::stop();
    nanoseconds_[position] = static_cast<float>(static_cast<double>(end - begin) * scale_);
    kinds_[position] = what;
  }

 private:
  std::span<float> nanoseconds_;
  std::span<kind> kinds_;
  double scale_;
};

// One point of the memory series: the highest bytes since the last point, so that no transient peak is
// missed.
struct memory_point {
  std::int64_t peak_bytes;
  std::int64_t live_bytes;
  std::int64_t resident_bytes;
  std::uint64_t entries;
};

class memory_probe {
 public:
  // Points are spread evenly over the operations.
  memory_probe(std::span<memory_point> points, std::size_t operations, std::int64_t resident_before)
      : points_(points), operations_(operations), resident_before_(resident_before) {}

  template <class Map, class Operation>
  void operator()(std::size_t position, const Map& map, Operation&& operation) {
    static_cast<void>(operation());
    const measure::allocation_figures& figures = measure::current_allocation_figures();
    if (figures.peak > seen_peak_) {
      seen_peak_ = figures.peak;
      entries_at_peak_ = map.size();
    }
    // A sweep ends after the operations inside it, and must not take the series back.
    while (next_ < points_.size() && position + 1 >= (next_ + 1) * operations_ / points_.size()) {
      points_[next_++] = {measure::take_window_peak(), figures.live,
                          measure::resident_bytes() - resident_before_, map.size()};
    }
  }

  [[nodiscard]] std::uint64_t entries_at_peak() const { return entries_at_peak_; }

 private:
  std::span<memory_point> points_;
  std::size_t operations_;
  std::int64_t resident_before_;
  std::size_t next_ = 0;
  std::int64_t seen_peak_ = 0;
  std::uint64_t entries_at_peak_ = 0;
};

}  // namespace steady::replay
