// What would padded buckets be worth (claim M5)? A classic map with its buckets as they are, with each in whole cache lines,
// and with each in a power of two; prints the table of docs/classic_map.md.
//
//   bench_bucket_padding [ENTRIES...]      default: 10000 1000000
// Lines are counted, not measured: the distinct cache lines that hold what a find reads (tags and keys of the chain's buckets up
// to the one that decides, the link of those passed, the value that is found). Times are the fastest of some runs,
// taken in turn; bytes are what the map asked of its allocator.
#include <steady/classic_map.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "measure/timer.hpp"

namespace {

using steady::classic::padding;

template <padding Padding>
struct padded : steady::classic::policy {
  static constexpr padding bucket_padding = Padding;
};

template <class Word, padding Padding>
struct shown_map : steady::classic_map<Word, Word, steady::hash<Word>, std::equal_to<Word>,
                                       std::allocator<std::pair<const Word, Word>>, padded<Padding>> {
  using steady::classic_map<Word, Word, steady::hash<Word>, std::equal_to<Word>,
                            std::allocator<std::pair<const Word, Word>>, padded<Padding>>::header;
};

template <class Word>
Word scattered(std::uint64_t number) {
  number = (number + 1) * 0x9e3779b97f4a7c15u;
  number = (number ^ (number >> 29)) * 0xbf58476d1ce4e5b9u;
  return static_cast<Word>(number ^ (number >> 32));
}

// The lines that a find of the key reads.
template <class Map, class Word>
std::size_t lines_of(Map& map, Word key) {
  constexpr std::uintptr_t line = 64;
  std::set<std::uintptr_t> lines;
  const auto read = [&](const void* at, std::size_t bytes) {
    const auto first = reinterpret_cast<std::uintptr_t>(at);
    for (std::uintptr_t each = first / line; each <= (first + bytes - 1) / line; ++each) lines.insert(each);
  };
  const auto& header = map.header();
  const Word* const value = map.get(key);
  const auto* bucket = header.chain_of(header.hash_key(key));
  for (; bucket != nullptr; bucket = bucket->overflow) {
    read(bucket->tophash, sizeof bucket->tophash);
    read(bucket->keys, sizeof bucket->keys);
    const auto* const values = reinterpret_cast<const Word*>(bucket->values);
    if (value != nullptr && value >= values && value < values + steady::classic::slots_per_bucket) {
      read(value, sizeof *value);
      break;
    }
    if (bucket->tophash[7] == steady::classic::empty_rest) break;
    read(&bucket->overflow, sizeof bucket->overflow);
  }
  return lines.size();
}

struct figures {
  std::size_t bucket_bytes = 0;
  double bytes_per_entry = 0;
  double hit_lines = 0;
  double miss_lines = 0;
  double hit = std::numeric_limits<double>::max();  // ns
  double miss = hit;
  double loop = hit;
};

template <class Word, padding Padding>
class subject {
 public:
  explicit subject(std::uint64_t entries) : entries_(entries) {
    for (std::uint64_t n = 0; n < entries; ++n) map_[scattered<Word>(n)] = static_cast<Word>(n);
    map_.finish_growth();
    found_.bucket_bytes = sizeof(*map_.header().buckets->at(0));
    found_.bytes_per_entry = static_cast<double>(map_.stats().bytes()) / static_cast<double>(map_.size());
    constexpr std::uint64_t samples = 20'000;
    for (std::uint64_t n = 0; n < samples; ++n) {
      found_.hit_lines +=
          static_cast<double>(lines_of(map_, scattered<Word>(n * entries / samples))) / samples;
      found_.miss_lines += static_cast<double>(lines_of(map_, scattered<Word>(entries + n))) / samples;
    }
  }

  void time(const std::vector<Word>& present, const std::vector<Word>& absent) {
    take(found_.hit, [&] { return look_up(present); });
    take(found_.miss, [&] { return look_up(absent); });
    take(found_.loop, [&] {
      std::uint64_t sum = 0;
      for (const auto entry : map_) sum += entry.second;
      return sum;
    });
  }

  void print(const char* word, const char* name) const {
    std::printf("| %s | %llu | %s | %zu | %.1f | %.2f | %.2f | %.1f | %.1f | %.2f |\n", word,
                static_cast<unsigned long long>(entries_), name, found_.bucket_bytes, found_.bytes_per_entry,
                found_.hit_lines, found_.miss_lines, found_.hit, found_.miss, found_.loop);
  }

 private:
  std::uint64_t look_up(const std::vector<Word>& keys) const {
    std::uint64_t sum = 0;
    for (const Word key : keys)
      if (const Word* const value = map_.get(key)) sum += *value;
    return sum;
  }
  template <class Work>
  void take(double& best, Work work) {
    namespace measure = steady::measure;
    const std::uint64_t begin = measure::timer::start();
    checksum_ = checksum_ + work();
    const std::uint64_t end = measure::timer::stop();
    best = std::min(best, measure::timer::nanoseconds(end - begin) / static_cast<double>(entries_));
  }

  std::uint64_t entries_;
  shown_map<Word, Padding> map_;
  figures found_;
  volatile std::uint64_t checksum_ = 0;
};

template <class Word>
void compare(const char* word, std::uint64_t entries) {
  std::vector<Word> present;
  std::vector<Word> absent;
  for (std::uint64_t n = 0; n < entries; ++n) {
    present.push_back(scattered<Word>(n));
    absent.push_back(scattered<Word>(entries + n));
  }
  std::shuffle(present.begin(), present.end(), std::mt19937_64(entries));
  subject<Word, padding::none> none(entries);
  subject<Word, padding::cache_line> line(entries);
  subject<Word, padding::power_of_two> power(entries);
  for (std::uint64_t run = 0; run < std::max<std::uint64_t>(7, 2'000'000 / entries); ++run) {
    none.time(present, absent);
    line.time(present, absent);
    power.time(present, absent);
  }
  none.print(word, "as in Go");
  line.print(word, "whole lines");
  power.print(word, "power of two");
}

}  // namespace

int main(int count, char** arguments) {
  std::vector<std::uint64_t> sizes;
  for (int each = 1; each < count; ++each) sizes.push_back(std::strtoull(arguments[each], nullptr, 10));
  if (sizes.empty()) sizes = {10'000, 1'000'000};
  std::printf(
      "| keys and values | entries | padding | bucket bytes | bytes an entry | lines a hit | lines a miss "
      "| hit ns | miss ns | loop ns |\n|---|---:|---|---:|---:|---:|---:|---:|---:|---:|\n");
  for (const std::uint64_t entries : sizes) {
    if (entries == 0) continue;
    compare<std::uint64_t>("u64", entries);
    compare<std::uint32_t>("u32", entries);
  }
}
