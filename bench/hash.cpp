// How long one string hash takes, beside absl::Hash and, where its header is in the include path, ankerl's.
//
// Two figures a length. "throughput": the keys are independent, as in a loop over many lookups. "latency":
// which key comes next depends on the hash before, so the whole of it is waited for. 1,024 keys of each
// length, their bytes random, their starting addresses unaligned; "mixed" draws each length anew from 1 to
// 32, so that branches on the length cannot be foreseen.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <absl/hash/hash.h>
#if __has_include(<ankerl/unordered_dense.h>)
#include <ankerl/unordered_dense.h>
#endif

#include <steady/hash.hpp>

namespace {

struct steady_hash_of_text {
  std::uint64_t operator()(std::string_view text) const {
    return steady::hash<std::string_view>{}(text, 0x5EED);
  }
};
struct absl_hash_of_text {
  std::uint64_t operator()(std::string_view text) const { return absl::Hash<std::string_view>{}(text); }
};
struct std_hash_of_text {
  std::uint64_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};

constexpr std::size_t key_count = 1024;
constexpr std::int64_t mixed_lengths = 0;

struct text_keys {
  std::vector<char> bytes;
  std::vector<std::string_view> views;

  explicit text_keys(std::int64_t length) {
    std::mt19937_64 random{42};
    std::vector<std::size_t> lengths(key_count);
    std::size_t total = 0;
    for (auto& each : lengths) {
      each = length == mixed_lengths ? 1 + random() % 32 : static_cast<std::size_t>(length);
      total += each;
    }
    bytes.resize(total);
    for (auto& byte : bytes) byte = static_cast<char>(random());
    const char* start = bytes.data();
    for (const auto each : lengths) {
      views.emplace_back(start, each);
      start += each;
    }
  }
};

template <class Hash>
void throughput(benchmark::State& state) {
  const text_keys keys{state.range(0)};
  std::size_t next = 0;
  std::uint64_t sum = 0;
  for (auto _ : state) sum += Hash{}(keys.views[next++ % key_count]);
  benchmark::DoNotOptimize(sum);
}

template <class Hash>
void latency(benchmark::State& state) {
  const text_keys keys{state.range(0)};
  std::uint64_t last = 0;
  for (auto _ : state) last = Hash{}(keys.views[last % key_count]);
  benchmark::DoNotOptimize(last);
}

void lengths(benchmark::internal::Benchmark* bench) {
  for (const std::int64_t length : {4, 8, 12, 16, 24, 32, 48, 64, 128, 256, 1024}) bench->Arg(length);
  bench->Arg(mixed_lengths);
}

BENCHMARK_TEMPLATE(throughput, steady_hash_of_text)->Apply(lengths);
BENCHMARK_TEMPLATE(throughput, absl_hash_of_text)->Apply(lengths);
BENCHMARK_TEMPLATE(throughput, std_hash_of_text)->Apply(lengths);
BENCHMARK_TEMPLATE(latency, steady_hash_of_text)->Apply(lengths);
BENCHMARK_TEMPLATE(latency, absl_hash_of_text)->Apply(lengths);
BENCHMARK_TEMPLATE(latency, std_hash_of_text)->Apply(lengths);

#if __has_include(<ankerl/unordered_dense.h>)
struct ankerl_hash_of_text {
  std::uint64_t operator()(std::string_view text) const {
    return ankerl::unordered_dense::hash<std::string_view>{}(text);
  }
};
BENCHMARK_TEMPLATE(throughput, ankerl_hash_of_text)->Apply(lengths);
BENCHMARK_TEMPLATE(latency, ankerl_hash_of_text)->Apply(lengths);
#endif

}  // namespace

BENCHMARK_MAIN();
