// Experiments on where memory comes from: stack buffers, arenas, size classes and the spans that they lie in.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <memory_resource>
#include <random>
#include <utility>
#include <vector>

#include <steady/classic_map.hpp>
#include <steady/slice.hpp>
#include <steady/span_resource.hpp>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

#include "measure/allocation.hpp"
#include "measure/resident.hpp"
#include "tools/steady/lab/clock.hpp"
#include "tools/steady/lab/experiments.hpp"

namespace steady::lab {
namespace {

// Counts what passes through to another resource.
class counting_resource : public std::pmr::memory_resource {
 public:
  explicit counting_resource(std::pmr::memory_resource* to) : to_(to) {}
  std::uint64_t allocations = 0;
  std::size_t live_bytes = 0;

 private:
  void* do_allocate(std::size_t bytes, std::size_t alignment) override {
    ++allocations;
    live_bytes += bytes;
    return to_->allocate(bytes, alignment);
  }
  void do_deallocate(void* memory, std::size_t bytes, std::size_t alignment) override {
    live_bytes -= bytes;
    to_->deallocate(memory, bytes, alignment);
  }
  [[nodiscard]] bool do_is_equal(const memory_resource& other) const noexcept override {
    return this == &other;
  }

  std::pmr::memory_resource* to_;
};

// ---- M33: overflow buckets from a stack buffer ----

using pmr_map = pmr::classic_map<std::uint64_t, std::uint64_t>;

struct overflow_places {
  std::uint64_t growths = 0, overflow = 0, overflow_on_stack = 0, heap_allocations = 0;
  double nanoseconds = 0;
};

// A map of this function's, filled through several growths; with a buffer on the stack in front of the heap, or without.
overflow_places fill_in_a_frame(std::uint64_t entries, bool with_buffer) {
  constexpr std::size_t enough = 96 * 1024;
  alignas(std::max_align_t) std::array<std::byte, enough> buffer;
  overflow_places seen;
  counting_resource heap(std::pmr::new_delete_resource());
  std::pmr::monotonic_buffer_resource in_front(buffer.data(), buffer.size(), &heap);
  pmr_map map(with_buffer ? static_cast<std::pmr::memory_resource*>(&in_front) : &heap);
  seen.nanoseconds = nanoseconds_of([&] {
    for (std::uint64_t index = 0; index < entries; ++index) map[key_at(index)] = index;
  });
  for (const auto& chain : map.inspect().buckets) {
    for (std::size_t at = 1; at < chain.buckets.size(); ++at) {
      for (const std::uint64_t* key : chain.buckets[at].keys) {
        if (key == nullptr) continue;
        ++seen.overflow;
        const auto place = reinterpret_cast<std::uintptr_t>(key);
        const auto first = reinterpret_cast<std::uintptr_t>(buffer.data());
        seen.overflow_on_stack += place - first < enough ? 1 : 0;
        break;
      }
    }
  }
  seen.growths = map.stats().doublings + map.stats().same_size_growths;
  seen.heap_allocations = heap.allocations;
  return seen;
}

// ---- M102: arenas against pools, under inserts and deletes ----

// Arenas of 16 KiB, filled one after the other. Of those whose pieces are all gone one is kept to be used again; the others go,
// as the collector empties a sync.Pool.
class reused_arenas : public std::pmr::memory_resource {
 public:
  static constexpr std::size_t arena_bytes = 16 * 1024;

  explicit reused_arenas(std::pmr::memory_resource* upstream) : upstream_(upstream) {}
  reused_arenas(const reused_arenas&) = delete;
  reused_arenas& operator=(const reused_arenas&) = delete;
  ~reused_arenas() override {
    end(current_);
    end(kept_);
  }

 private:
  struct arena {
    std::size_t used = sizeof(arena);
    std::size_t pieces = 0;
  };

  void* do_allocate(std::size_t bytes, std::size_t alignment) override {
    const auto rounded = [alignment](std::size_t at) { return (at + alignment - 1) / alignment * alignment; };
    if (current_ == nullptr || rounded(current_->used) + bytes > arena_bytes) {
      if (current_ != nullptr && current_->pieces == 0) keep_or_end(current_);
      void* const memory = kept_ != nullptr ? static_cast<void*>(std::exchange(kept_, nullptr))
                                            : upstream_->allocate(arena_bytes, arena_bytes);
      current_ = ::new (memory) arena;
    }
    const std::size_t at = rounded(current_->used);
    current_->used = at + bytes;
    ++current_->pieces;
    return reinterpret_cast<std::byte*>(current_) + at;
  }
  void do_deallocate(void* memory, std::size_t, std::size_t) override {
    auto* const of = reinterpret_cast<arena*>(reinterpret_cast<std::uintptr_t>(memory) & ~(arena_bytes - 1));
    if (--of->pieces == 0 && of != current_) keep_or_end(of);
  }
  void keep_or_end(arena* empty) {
    if (kept_ == nullptr) {
      kept_ = empty;
    } else {
      end(empty);
    }
  }
  void end(arena* of) {
    if (of != nullptr) upstream_->deallocate(of, arena_bytes, arena_bytes);
  }
  [[nodiscard]] bool do_is_equal(const memory_resource& other) const noexcept override {
    return this == &other;
  }

  std::pmr::memory_resource* upstream_;
  arena* current_ = nullptr;
  arena* kept_ = nullptr;
};

// So that each kind of memory begins with what the system gives it, not with what malloc kept of the one before.
void let_malloc_give_back() {
#if defined(__GLIBC__)
  (void)::malloc_trim(0);
#endif
}

enum class order : std::uint8_t { random, of_arrival };

struct held_memory {
  double in_use = 0, peak_in_use = 0;  // asked for and not given back
  double held = 0;  // what the resource has of the allocator, or of the system
  double resident = 0;  // of the process, beyond its start; 0 is no more than at the start
  double nanoseconds = 0;  // an operation
};

struct entry {
  void* memory;
  std::size_t bytes;
};

// Inserts and deletes of entries of 16 to 512 bytes: first mostly inserts, later mostly deletes.
template <class Held>
held_memory insert_and_delete(const workbench& bench, std::pmr::memory_resource& on, order deletes,
                              std::int64_t resident_before, const std::vector<std::uint32_t>& drawn,
                              std::vector<entry>& live, Held&& held) {
  held_memory seen;
  std::size_t in_use = 0, oldest = 0;
  live.clear();
  seen.nanoseconds = nanoseconds_of([&] {
    for (std::size_t step = 0; step < drawn.size(); ++step) {
      if (step % 65'536 == 0) bench.tick();
      const std::uint32_t random = drawn[step];
      const bool filling = step < drawn.size() / 2;
      if (oldest == live.size() || random % 100 < (filling ? 80u : 25u)) {
        const std::size_t bytes = 16 + (random >> 8) % 497;
        live.push_back({on.allocate(bytes, 8), bytes});
        *static_cast<volatile std::byte*>(live.back().memory) = std::byte{1};
        in_use += bytes;
        seen.peak_in_use = std::max(seen.peak_in_use, real(in_use));
      } else {
        entry gone;
        if (deletes == order::of_arrival) {
          gone = live[oldest++];
        } else {
          std::swap(live[(random >> 8) % live.size()], live.back());
          gone = live.back();
          live.pop_back();
        }
        on.deallocate(gone.memory, gone.bytes, 8);
        in_use -= gone.bytes;
      }
    }
  });
  seen.nanoseconds /= real(drawn.size());
  seen.in_use = real(in_use);
  seen.held = held();
  seen.resident = std::max(0.0, static_cast<double>(measure::resident_bytes() - resident_before));
  for (; oldest < live.size(); ++oldest) on.deallocate(live[oldest].memory, live[oldest].bytes, 8);
  return seen;
}

// ---- M112: capacities and size classes ----

// The capacities that a slice has while it is filled, and what its blocks take of a heap of size classes.
struct grown_capacities {
  std::vector<std::size_t> bytes;
  std::size_t element = 0;
  double asked = 0, taken = 0;
};

template <class T, slice_growth Growth>
grown_capacities capacities_of(std::size_t most) {
  grown_capacities seen{{}, sizeof(T), 0, 0};
  span_resource heap;
  slice<T, std::pmr::polymorphic_allocator<T>, Growth> filled(&heap);
  while (filled.size() < most) {
    const std::size_t before = filled.capacity();
    filled.append(T{});
    if (filled.capacity() == before) continue;
    seen.bytes.push_back(filled.capacity() * sizeof(T));
    const span_stats stats = heap.stats();
    seen.asked += real(stats.bytes_requested);
    seen.taken += real(stats.bytes_in_use());
  }
  return seen;
}
using capacities_function = grown_capacities (*)(std::size_t);

// Go's sizes, from the sizes alone: a class, or whole pages.
std::size_t class_that_holds(std::size_t bytes) {
  const auto at = std::ranges::lower_bound(classic::size_classes, bytes);
  if (at != classic::size_classes.end()) return *at;
  return (bytes + classic::size_class_page - 1) / classic::size_class_page * classic::size_class_page;
}

struct three_words {
  std::uint64_t word[3];
};

// ---- M126: one span for arrays and buckets ----

struct pair_of_heaps {
  span_resource one, other;
};

template <class Value>
bool bucket_lies_beside_an_array(pair_of_heaps& heaps, span_resource& of_slices) {
  pmr::classic_map<std::uint64_t, Value> map(&heaps.one);
  map[1] = Value{};
  const auto bucket = heaps.one.span_of(&map[1]);
  if (!bucket) return false;
  // An array that gets pieces of the same size: as many elements as make the block as large.
  for (std::size_t elements = 1; elements <= bucket->size / sizeof(std::uint64_t); ++elements) {
    const auto numbers = pmr::slice<std::uint64_t>::make(elements, elements, &of_slices);
    const auto array = of_slices.span_of(numbers.data());
    if (array && array->base == bucket->base) return true;
  }
  return false;
}

}  // namespace

finding m33(const workbench& bench) {
  const std::uint64_t entries = bench.size(400, 200);
  const overflow_places on_heap = fill_in_a_frame(entries, false);
  const overflow_places on_stack = fill_in_a_frame(entries, true);
  const overflow_places& judged = bench.choose(on_heap, on_stack);
  table both{
      "A map filled through its growths",
      {"memory", "growths", "overflow buckets in use", "of them on the stack", "heap allocations", "us"},
      {}};
  for (const auto& [name, seen] :
       {std::pair{"the heap", &on_heap}, std::pair{"a buffer on the stack", &on_stack}})
    both.rows.push_back({name, text_of(real(seen->growths)), text_of(real(seen->overflow)),
                         text_of(real(seen->overflow_on_stack)), text_of(real(seen->heap_allocations)),
                         text_of(seen->nanoseconds / 1e3)});
  return {.setting = "where a map's overflow buckets lie after several growths; beside it, a map that is "
                     "given a buffer on "
                     "the stack by std::pmr",
          .claimed = {{"after the second growth overflow buckets lie on the stack",
                       judged.growths >= 2 && judged.overflow > 0 &&
                           judged.overflow_on_stack == judged.overflow}},
          .figures = {{"entries", real(entries)}},
          .tables = {both}};
}

finding m102(const workbench& bench) {
  const std::size_t operations = bench.size(1'000'000, 100'000);
  const order deletes = bench.choose(order::random, order::of_arrival);
  std::mt19937 random(1);
  std::vector<std::uint32_t> drawn(operations);
  for (std::uint32_t& each : drawn) each = static_cast<std::uint32_t>(random());
  std::vector<entry> live;
  live.reserve(operations);
  std::fill_n(std::back_inserter(live), operations, entry{});  // resident before anything is measured

  table held{
      "After the last delete",
      {"memory from", "in use, MB", "held, MB", "of that not in use, %", "resident, MB", "ns an operation"},
      {}};
  constexpr double mega = 1e6;
  const auto row = [&](const char* name, const held_memory& seen) {
    held.rows.push_back({name, text_of(seen.in_use / mega), text_of(seen.held / mega),
                         text_of(100 * (1 - seen.in_use / seen.held)), text_of(seen.resident / mega),
                         text_of(seen.nanoseconds)});
    return seen;
  };
  const auto tried = [&](std::pmr::memory_resource& on, auto&& taken) {
    let_malloc_give_back();
    return insert_and_delete(bench, on, deletes, measure::resident_bytes(), drawn, live, taken);
  };

  held_memory spans, arenas, pool;
  {
    span_resource heap;
    spans = row("span_resource", tried(heap, [&] { return real(heap.stats().bytes_in_spans()); }));
  }
  {
    page_resource pages;  // has pieces at multiples of their size; malloc would take twice as much for each
    counting_resource upstream(&pages);
    reused_arenas heap(&upstream);
    arenas = row("arenas of 16 KiB, reused", tried(heap, [&] { return real(upstream.live_bytes); }));
  }
  {
    counting_resource upstream(std::pmr::new_delete_resource());
    std::pmr::unsynchronized_pool_resource heap(&upstream);
    pool = row("std::pmr pool", tried(heap, [&] { return real(upstream.live_bytes); }));
  }
  // Blocks with malloc's rounding. What malloc keeps of freed ones shows in resident bytes alone.
  measure::start_allocation_figures(measure::allocation_mode::count);
  const held_memory plain = tried(*std::pmr::new_delete_resource(), [] {
    return static_cast<double>(measure::current_allocation_figures().live);
  });
  (void)measure::stop_allocation_figures();
  row("malloc (held: its blocks)", plain);

  constexpr double claimed_share = 1.1 / 1.8, claimed_waste = 0.09;
  return {.setting = "inserts and deletes of entries of 16 to 512 bytes, at the end mostly deletes, on four "
                     "kinds of memory",
          .claimed = {{"arenas hold at most 1.1 / 1.8 of what malloc's blocks take",
                       arenas.held <= claimed_share * plain.held},
                      {"of what arenas hold at most 9 % is not in use",
                       arenas.held - arenas.in_use <= claimed_waste * arenas.held}},
          .figures = {{"operations", real(operations)},
                      {"most bytes in use", plain.peak_in_use / mega, "MB"},
                      {"held by arenas for a byte in use", arenas.held / arenas.in_use},
                      {"held by the pool for a byte in use", pool.held / pool.in_use},
                      {"held by spans for a byte in use", spans.held / spans.in_use}},
          .tables = {held}};
}

finding m112(const workbench& bench) {
  const std::size_t most = bench.size(100'000, 20'000);
  constexpr auto exact = slice_growth::size_classes, formula = slice_growth::formula;
  const std::array<capacities_function, 3> rounded = {capacities_of<std::uint8_t, exact>,
                                                      capacities_of<std::uint64_t, exact>,
                                                      capacities_of<three_words, exact>};
  const std::array<capacities_function, 3> unrounded = {capacities_of<std::uint8_t, formula>,
                                                        capacities_of<std::uint64_t, formula>,
                                                        capacities_of<three_words, formula>};
  bool whole = true;
  table sizes{"Slices appended to one by one",
              {"bytes an element", "capacities", "largest rest of a class, bytes",
               "taken for blocks, of what they ask, %"},
              {}};
  for (const capacities_function filled : bench.choose(rounded, unrounded)) {
    bench.tick();
    const grown_capacities seen = filled(most);
    std::size_t largest_rest = 0;
    for (const std::size_t bytes : seen.bytes)
      largest_rest = std::max(largest_rest, class_that_holds(bytes) - bytes);
    whole = whole && largest_rest < seen.element;
    sizes.rows.push_back({text_of(real(seen.element)), text_of(real(seen.bytes.size())),
                          text_of(real(largest_rest)), text_of(100 * seen.taken / seen.asked)});
  }
  return {.setting = "each capacity of a rounded slice, in bytes, beside the size class that holds it; and "
                     "blocks, with the 32 "
                     "bytes of their header, on a span_resource",
          .claimed = {{"a capacity fills its size class: no element more would fit", whole}},
          .figures = {{"elements appended", real(most)}},
          .tables = {sizes}};
}

finding m126(const workbench& bench) {
  pair_of_heaps heaps;
  span_resource& of_slices = *bench.choose(&heaps.one, &heaps.other);
  const bool plain = bucket_lies_beside_an_array<std::uint64_t>(heaps, of_slices);
  const bool pointers = bucket_lies_beside_an_array<const void*>(heaps, of_slices);
  return {.setting = "arrays of numbers and a map's bucket of the same size, from one span_resource",
          .claimed = {{"a bucket of numbers and an array of numbers lie in one span", plain},
                      {"a bucket with pointers and an array without lie in one span", pointers}},
          .figures = {{"size classes", real(detail::heap_classes)}}};
}

}  // namespace steady::lab
