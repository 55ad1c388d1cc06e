// steady::slice against std::vector and absl::InlinedVector: appending one by one and in batches, parts, passing by value.
// docs/slices.md shows the results; bench/slice.go measures the same with Go's slices.
//
// Appends build a container of N elements from nothing and count per element. The bars are those of issue 7: one by one at
// most 1.3 times vector, in batches of 16 at most 1.1 times.
#include <array>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <absl/container/inlined_vector.h>
#include <benchmark/benchmark.h>
#include <steady/slice.hpp>

namespace {

using word = std::uint64_t;

template <class T>
T value_of(std::size_t n) {
  if constexpr (std::is_same_v<T, std::string>) {
    return std::to_string(n);
  } else {
    return static_cast<T>(n);
  }
}

template <class Container, class Append>
void build(benchmark::State& state, Append append) {
  const auto size = static_cast<std::size_t>(state.range(0));
  for (auto _ : state) {
    Container container;
    for (std::size_t n = 0; n < size; ++n) append(container, n);
    benchmark::DoNotOptimize(container.data());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

template <class Container>
void push_back(benchmark::State& state) {
  build<Container>(
      state, [](Container& c, std::size_t n) { c.push_back(value_of<typename Container::value_type>(n)); });
}
// A vector that grows as a slice does: what is left of the difference is not the growth.
void push_back_with_go_growth(benchmark::State& state) {
  build<std::vector<word>>(state, [](std::vector<word>& v, std::size_t n) {
    if (v.size() == v.capacity())
      v.reserve(steady::detail::slices::next_capacity(v.size() + 1, v.capacity()));
    v.push_back(n);
  });
}
template <class Slice>
void append_one(benchmark::State& state) {
  build<Slice>(state, [](Slice& s, std::size_t n) { s.append(value_of<typename Slice::value_type>(n)); });
}
template <class Slice>
void append_by_move(benchmark::State& state) {
  build<Slice>(state, [](Slice& s, std::size_t n) {
    s = append(std::move(s), value_of<typename Slice::value_type>(n));
  });
}
template <class Slice>
void append_by_copy(benchmark::State& state) {
  build<Slice>(state,
               [](Slice& s, std::size_t n) { s = append(s, value_of<typename Slice::value_type>(n)); });
}
template <class Slice>
void append_aliasing(benchmark::State& state) {
  build<Slice>(state,
               [](Slice& s, std::size_t n) { s.append_aliasing(value_of<typename Slice::value_type>(n)); });
}

template <class Container, class Append>
void build_in_batches(benchmark::State& state, Append append) {
  std::array<word, 16> batch;
  std::iota(batch.begin(), batch.end(), word{1});
  const auto size = static_cast<std::size_t>(state.range(0));
  for (auto _ : state) {
    Container container;
    for (std::size_t n = 0; n < size; n += batch.size()) append(container, batch);
    benchmark::DoNotOptimize(container.data());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
template <class Container>
void insert_batches(benchmark::State& state) {
  build_in_batches<Container>(state, [](Container& c, const std::array<word, 16>& batch) {
    c.insert(c.end(), batch.begin(), batch.end());
  });
}
void insert_batches_with_go_growth(benchmark::State& state) {
  build_in_batches<std::vector<word>>(state, [](std::vector<word>& v, const std::array<word, 16>& batch) {
    const std::size_t size = v.size() + batch.size();
    if (size > v.capacity()) v.reserve(steady::detail::slices::next_capacity(size, v.capacity()));
    v.insert(v.end(), batch.begin(), batch.end());
  });
}
void append_batches(benchmark::State& state) {
  build_in_batches<steady::slice<word>>(
      state, [](steady::slice<word>& s, const std::array<word, 16>& batch) { s.append_range(batch); });
}

// Parts of 64 of 64Ki elements: for a vector that is a copy, for a span nothing but arithmetic.
constexpr std::size_t whole = 65536;
constexpr std::size_t part = 64;

template <class Take>
void parts(benchmark::State& state, Take take) {
  std::size_t at = 0;
  for (auto _ : state) {
    auto taken = take(at);
    benchmark::DoNotOptimize(taken.data());
    at = (at + part) % (whole - part);
  }
}
void part_of_slice(benchmark::State& state) {
  const auto s = steady::make_slice<word>(whole);
  parts(state, [&](std::size_t at) { return s(at, at + part); });
}
void part_of_vector(benchmark::State& state) {
  const std::vector<word> v(whole);
  parts(state, [&](std::size_t at) {
    const auto from = v.begin() + static_cast<std::ptrdiff_t>(at);
    return std::vector<word>(from, from + static_cast<std::ptrdiff_t>(part));
  });
}
void part_of_span(benchmark::State& state) {
  const std::vector<word> v(whole);
  parts(state, [&](std::size_t at) { return std::span<const word>(v).subspan(at, part); });
}

// Sixteen elements to a function that takes them by value.
template <class Container>
[[gnu::noinline]] word sum(Container c) {
  benchmark::DoNotOptimize(c.data());
  return c[0] + c[15];
}
template <class Container>
void pass_by_value(benchmark::State& state) {
  const std::array<word, 16> values{};
  const Container c(values.begin(), values.end());
  for (auto _ : state) benchmark::DoNotOptimize(sum(c));
}
template <>
void pass_by_value<steady::slice<word>>(benchmark::State& state) {
  const steady::slice<word> s(std::array<word, 16>{});
  for (auto _ : state) benchmark::DoNotOptimize(sum(s));
}

using words = steady::slice<word>;
using strings = steady::slice<std::string>;

void sizes(benchmark::internal::Benchmark* b) { b->Arg(16)->Arg(1024)->Arg(65536)->Arg(1048576); }

BENCHMARK(push_back<std::vector<word>>)->Apply(sizes);
BENCHMARK(push_back_with_go_growth)->Apply(sizes);
BENCHMARK(push_back<absl::InlinedVector<word, 8>>)->Apply(sizes);
BENCHMARK(append_one<words>)->Apply(sizes);
BENCHMARK(append_one<steady::rounded_slice<word>>)->Apply(sizes);
BENCHMARK(append_by_move<words>)->Apply(sizes);
BENCHMARK(append_by_copy<words>)->Apply(sizes);
BENCHMARK(append_aliasing<words>)->Apply(sizes);
BENCHMARK(insert_batches<std::vector<word>>)->Apply(sizes);
BENCHMARK(insert_batches_with_go_growth)->Apply(sizes);
BENCHMARK(insert_batches<absl::InlinedVector<word, 8>>)->Apply(sizes);
BENCHMARK(append_batches)->Apply(sizes);
BENCHMARK(push_back<std::vector<std::string>>)->Arg(1024);
BENCHMARK(append_one<strings>)->Arg(1024);
BENCHMARK(part_of_slice);
BENCHMARK(part_of_vector);
BENCHMARK(part_of_span);
BENCHMARK(pass_by_value<words>);
BENCHMARK(pass_by_value<std::vector<word>>);
BENCHMARK(pass_by_value<absl::InlinedVector<word, 8>>);

}  // namespace

BENCHMARK_MAIN();
