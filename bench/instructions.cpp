// The six workloads of the grid, small and with fixed keys and a fixed seed, for callgrind to count: one function each.
// scripts/count-instructions compiles it against the headers of any commit, or with STEADY_COUNT_BOOST for Boost's map, and reads the counts;
// by itself it prints the sum that keeps the work alive.
#if defined(STEADY_COUNT_BOOST)
#include <boost/unordered/unordered_flat_map.hpp>
#else
#include <steady/map.hpp>
#endif

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <random>
#include <string>
#include <vector>

namespace {

template <class Key>
#if defined(STEADY_COUNT_BOOST)
using counted_map = boost::unordered_flat_map<Key, std::uint64_t>;
#else
using counted_map = steady::map<Key, std::uint64_t>;
#endif

std::uint64_t sum = 0;

template <class Key>
[[gnu::noinline]] void count_insert(counted_map<Key>& map, const std::vector<Key>& keys) {
  std::uint64_t value = 0;
  for (const Key& key : keys) map.try_emplace(key, value++);
}
template <class Key>
[[gnu::noinline]] void count_hit(const counted_map<Key>& map, const std::vector<Key>& keys) {
  for (const Key& key : keys)
    if (const auto at = map.find(key); at != map.end()) sum += at->second;
}
template <class Key>
[[gnu::noinline]] void count_miss(const counted_map<Key>& map, const std::vector<Key>& keys) {
  for (const Key& key : keys)
    if (const auto at = map.find(key); at != map.end()) sum += at->second;
}
template <class Key>
[[gnu::noinline]] void count_iterate(counted_map<Key>& map) {
  for (auto& entry : map) sum += entry.second;
}
template <class Key>
[[gnu::noinline]] void count_churn(counted_map<Key>& map, const std::vector<Key>& old,
                                   const std::vector<Key>& fresh) {
  for (std::size_t each = 0; each < old.size(); ++each) {
    sum += map.erase(old[each]);
    map.try_emplace(fresh[each], each);
  }
}
template <class Key>
[[gnu::noinline]] void count_erase(counted_map<Key>& map, const std::vector<Key>& keys) {
  for (const Key& key : keys) sum += map.erase(key);
}

template <class Key, class Make>
void count(Make make) {
  constexpr std::size_t entries = 10'000;
  std::mt19937_64 random(7);
  std::vector<Key> present(entries), absent(entries);
  for (Key& key : present) key = make(random());
  for (Key& key : absent) key = make(random());
  counted_map<Key> map;
#if !defined(STEADY_COUNT_BOOST)
  map.seed(1);
#endif
  count_insert<Key>(map, present);
  std::shuffle(present.begin(), present.end(), random);
  count_hit<Key>(map, present);
  count_miss<Key>(map, absent);
  count_iterate<Key>(map);
  count_churn<Key>(map, present, absent);
  std::shuffle(absent.begin(), absent.end(), random);
  count_erase<Key>(map, absent);
}

}  // namespace

int main(int arguments, char**) {
  if (arguments > 1) {
    count<std::string>([](std::uint64_t number) {
      char text[13];
      std::snprintf(text, sizeof text, "%012llx", static_cast<unsigned long long>(number >> 16));
      return std::string(text);
    });
  } else {
    count<std::uint64_t>([](std::uint64_t number) { return number; });
  }
  std::printf("%llu\n", static_cast<unsigned long long>(sum));
}
