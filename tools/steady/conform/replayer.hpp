// The replay of one trace as a class: step after step, so that others can look at the map between them (steady view).
#pragma once

#include <steady/classic_map.hpp>

#include <array>
#include <bit>
#include <cmath>
#include <cstdio>
#include <string>
#include <unordered_map>

#include "tools/steady/conform/replay.hpp"

namespace steady::conform {

// What the replay says when the map does something the runtime did not.
struct diverged {
  std::string what;
};

// ---- what the map is given ----

// The present epoch's hashes: those recorded since hash0 changed last.
struct recorded {
  std::unordered_map<std::uint64_t, std::uint64_t> hashes;  // by key id
  std::unordered_map<std::string_view, std::uint64_t> ids;  // of the texts
  std::vector<std::uint64_t> nan_hashes;
  std::size_t nan_asked = 0;
  std::uint64_t next_seed = 0;
  std::uint64_t next_start = 0;
  bool in_loop_step = false;

  [[nodiscard]] std::uint64_t hash_of(std::uint64_t id) const {
    const auto found = hashes.find(id);
    // A loop that outlived a clear looks its old keys up under the new seed. One that was not seen since is not in the
    // map, under whatever hash.
    if (found == hashes.end() && in_loop_step) return 0;
    if (found == hashes.end())
      throw diverged{"the map asks for the hash of key " + std::to_string(id) + ", which is not in it"};
    return found->second;
  }
  [[nodiscard]] std::uint64_t nan_hash() {
    if (nan_asked == nan_hashes.size())
      throw diverged{"the map asks for more hashes of NaN than the runtime"};
    return nan_hashes[nan_asked++];
  }

  static std::uint64_t draw(void* context, classic::draw purpose) {
    const recorded& self = *static_cast<recorded*>(context);
    switch (purpose) {
    case classic::draw::seed:
      return self.next_seed;
    case classic::draw::loop_start:
      return self.next_start;
    case classic::draw::overflow_count:
    case classic::draw::nan_hash:  // the trace has it whole
      return 0;
    }
    return 0;
  }
};

struct layout : classic::policy {
  static inline type_facts facts;
  template <class Bucket>
  static std::size_t bucket_bytes() noexcept {
    return facts.bucket_bytes;
  }
  template <class Key, class Value>
  static bool has_pointers() noexcept {
    return facts.pointers;
  }
};

using big_value = std::array<std::uint64_t, 25>;

[[nodiscard]] inline std::uint64_t id_of(const recorded&, std::uint64_t key) { return key; }
[[nodiscard]] inline std::uint64_t id_of(const recorded& book, const std::string& key) {
  return book.ids.at(key);
}
[[nodiscard]] inline std::uint64_t id_of(const recorded&, double key) {
  return std::bit_cast<std::uint64_t>(key);
}
[[nodiscard]] inline std::uint64_t number_of(std::uint64_t value) { return value; }
[[nodiscard]] inline std::uint64_t number_of(const big_value& value) { return value[0]; }

struct recorded_hash {
  recorded* book = nullptr;

  template <class Key>
  [[nodiscard]] std::uint64_t operator()(const Key& key, std::uint64_t /*seed*/) const {
    if constexpr (std::is_same_v<Key, double>) {
      if (std::isnan(key)) return book->nan_hash();
      return book->hash_of(id_of(*book, key == 0 ? 0.0 : key));
    } else {
      return book->hash_of(id_of(*book, key));
    }
  }
};

// ---- the digest of FORMAT.txt ----

class digest {
 public:
  void byte(std::uint8_t value) noexcept { sum_ = (sum_ ^ value) * 1099511628211u; }
  void word(std::uint64_t value) noexcept {
    for (int shift = 0; shift < 64; shift += 8) byte(static_cast<std::uint8_t>(value >> shift));
  }
  [[nodiscard]] std::uint64_t sum() const noexcept { return sum_; }

 private:
  std::uint64_t sum_ = 14695981039346656037u;
};

template <class Key, class Value>
class replayer {
  struct map_type
      : classic::container<
            classic::config<Key, Value, recorded_hash, std::equal_to<Key>,
                            std::allocator<std::pair<const Key, Value>>, layout, map_type, true>> {
    using base = classic::container<
        classic::config<Key, Value, recorded_hash, std::equal_to<Key>,
                        std::allocator<std::pair<const Key, Value>>, layout, map_type, true>>;
    using base::base;
    using base::header;
  };
  using bucket = std::remove_pointer_t<decltype(std::declval<map_type&>().header().next_overflow)>;
  using array = std::remove_pointer_t<decltype(std::declval<map_type&>().header().buckets)>;

 public:
  explicit replayer(trace_reader& trace) : trace_(trace), map_(0, recorded_hash{&book_}) {
    layout::facts = trace.type();
    map_.use_randomness({&recorded::draw, &book_});
  }

  // Replays the next step and compares; false at the trace's end. Throws diverged.
  bool next(record& step) {
    if (!trace_.next(step)) return false;
    replay(step);
    compare(step.state);
    if (step.state.hash0 != hash0_) {
      book_.hashes.clear();
      hash0_ = step.state.hash0;
    }
    return true;
  }
  [[nodiscard]] const map_type& map() const noexcept { return map_; }
  // A loop that the trace does not step again need not be kept; Go's collector takes it.
  void drop_loop(std::uint64_t iterator) { loops_.erase(iterator); }
  // The map's number for a loop of the trace that is alive; else 0.
  [[nodiscard]] std::uint64_t loop_number(std::uint64_t iterator) const {
    const auto found = loops_.find(iterator);
    return found == loops_.end() ? 0 : found->second.position().number;
  }

  [[nodiscard]] outcome run() {
    outcome result;
    record step;
    for (;;) {
      try {
        if (!next(step)) break;
      } catch (const diverged& found) {
        result.first =
            difference{result.steps, step.line, std::string(1, step.kind) + ": " + found.what, dump(step)};
        break;
      }
      result.steps += step.kind != 'N';
      result.loops += step.kind == 'I';
      result.largest_B = std::max(result.largest_B, step.state.B);
    }
    result.doublings = map_.header().counted.doublings;
    result.same_size_growths = map_.header().counted.same_size_growths;
    return result;
  }

 private:
  [[nodiscard]] Key key_of(std::uint64_t id) const {
    if constexpr (std::is_same_v<Key, std::string>) {
      return trace_.text(id);
    } else {
      return std::bit_cast<Key>(id);
    }
  }
  [[nodiscard]] static Value value_of(std::uint64_t number) {
    if constexpr (std::is_same_v<Value, big_value>) {
      return {number};
    } else {
      return number;
    }
  }

  void replay(const record& step) {
    book_.next_seed = step.state.hash0;
    book_.nan_hashes = step.nan_hashes;
    book_.nan_asked = 0;
    book_.in_loop_step = step.kind == 'I' || step.kind == 'i';
    if (step.kind == 'S' || step.kind == 'X' || step.kind == 'G') note_hash(step);
    switch (step.kind) {
    case 'N':
      map_.reserve(static_cast<std::size_t>(step.hint));
      break;
    case 'S':
      map_.insert_or_assign(key_of(step.key), value_of(step.value));
      break;
    case 'X':
      map_.erase(key_of(step.key));
      break;
    case 'G': {
      const Value* const found = map_.get(key_of(step.key));
      expect("found", step.found, found != nullptr);
      if (found != nullptr) expect("value", step.value, number_of(*found));
      break;
    }
    case 'C':
      map_.clear();
      break;
    case 'I': {
      expect("an empty map", step.start_bucket < 0, map_.empty());
      book_.next_start = (step.offset << map_.header().B) |
                         static_cast<std::uint64_t>(std::max<std::int64_t>(step.start_bucket, 0));
      loops_.insert_or_assign(step.iterator, map_.begin());
      compare_yield(step);
      break;
    }
    case 'i': {
      const auto found = loops_.find(step.iterator);
      if (found == loops_.end())
        throw wrong_trace("line " + std::to_string(step.line) + ": this iterator was not made, or has ended");
      ++found->second;
      compare_yield(step);
      break;
    }
    default:
      break;
    }
    if (book_.nan_asked != book_.nan_hashes.size())
      throw diverged{"the map asked for " + std::to_string(book_.nan_asked) +
                     " hashes of NaN, the runtime for " + std::to_string(book_.nan_hashes.size())};
  }

  void note_hash(const record& step) {
    std::uint64_t id = step.key;
    if constexpr (std::is_same_v<Key, std::string>) {
      book_.ids.emplace(trace_.text(id), id);
    } else if constexpr (std::is_same_v<Key, double>) {
      const double key = key_of(id);
      if (std::isnan(key)) return;
      if (key == 0) id = 0;
    }
    book_.hashes.insert_or_assign(id, step.hash);
  }

  void compare_yield(const record& step) {
    const auto found = loops_.find(step.iterator);
    const auto& at = found->second;
    expect("end of the loop", !step.found, at == map_.end());
    if (!step.found) {
      loops_.erase(found);
      return;
    }
    expect("yielded key", step.key, id_of(book_, at->first));
    expect("yielded value", step.value, number_of(at->second));
  }

  template <class Number>
  static void expect(const char* field, Number expected, Number got) {
    if (expected == got) return;
    throw diverged{std::string(field) + ": expected " + std::to_string(expected) + ", got " +
                   std::to_string(got)};
  }
  static void expect_hex(const char* field, std::uint64_t expected, std::uint64_t got) {
    if (expected == got) return;
    char text[80];
    std::snprintf(text, sizeof text, "%s: expected %llx, got %llx", field,
                  static_cast<unsigned long long>(expected), static_cast<unsigned long long>(got));
    throw diverged{text};
  }

  void compare(const map_state& wanted) {
    auto& header = map_.header();
    expect<std::uint64_t>("count", wanted.count, header.count);
    expect<std::uint64_t>("flags", wanted.flags, header.flags.load());
    expect<std::uint64_t>("B", wanted.B, header.B);
    if (header.B >= classic::approximate_B) header.noverflow = static_cast<std::uint16_t>(wanted.noverflow);
    expect<std::uint64_t>("noverflow", wanted.noverflow, header.noverflow);
    expect_hex("hash0", wanted.hash0, header.hash0());
    expect<std::uint64_t>("nevacuate", wanted.nevacuate, header.nevacuate);
    expect<int>("growing", wanted.growing, header.growing());
    std::int64_t next = -1;
    if (header.next_overflow != nullptr) next = header.next_overflow - header.buckets->at(0);
    expect<std::int64_t>("nextOverflow", wanted.next_overflow, next);
    std::int64_t total = header.buckets == nullptr ? 0 : -1;
    if (header.next_overflow != nullptr) total = static_cast<std::int64_t>(header.buckets->total);
    expect<std::int64_t>("totalBuckets", wanted.total_buckets, total);
    if (wanted.digest) expect_hex("digest", *wanted.digest, digest_of_map());
  }

  void add_chain(digest& sum, const bucket* at) const {
    for (; at != nullptr; at = at->overflow) {
      for (const std::uint8_t tag : at->tophash) sum.byte(tag);
      for (unsigned index = 0; index < classic::slots_per_bucket; ++index) {
        if (at->tophash[index] < classic::min_top_hash) continue;
        sum.word(id_of(book_, at->keys[index].get()));
        sum.word(number_of(at->values[index].get()));
      }
    }
    sum.byte(0xfe);
  }
  [[nodiscard]] std::uint64_t digest_of_map() {
    const auto& header = map_.header();
    digest sum;
    if (header.buckets != nullptr)
      for (std::size_t number = 0; number < header.buckets->main; ++number)
        add_chain(sum, header.buckets->at(number));
    sum.byte(0xfd);
    if (header.growing()) {
      for (std::size_t number = 0; number < header.oldbuckets->main; ++number) {
        const bucket* const head = header.oldbuckets->at(number);
        if (!head->evacuated()) {
          add_chain(sum, head);
          continue;
        }
        for (const std::uint8_t tag : head->tophash) sum.byte(tag);
        sum.byte(0xfc);
      }
    }
    return sum.sum();
  }

  // The chains that the step's key belongs to, the old one too while the map grows.
  [[nodiscard]] std::string dump(const record& step) {
    const auto& header = map_.header();
    const auto known = book_.hashes.find(step.key);
    if (header.buckets == nullptr || known == book_.hashes.end()) return {};
    std::string text = dump_chain("bucket ", *header.buckets, known->second);
    if (header.growing()) text += dump_chain("old bucket ", *header.oldbuckets, known->second);
    return text;
  }
  [[nodiscard]] std::string dump_chain(const char* name, const array& of, std::uint64_t hash) const {
    const std::size_t number = static_cast<std::size_t>(hash) & (of.main - 1);
    std::string text = name + std::to_string(number) + ":";
    const bucket* at = of.at(number);
    const bool evacuated = at->evacuated();
    for (; at != nullptr; at = evacuated ? nullptr : at->overflow) {
      text += at == of.at(number) ? " [" : " -> [";
      for (unsigned index = 0; index < classic::slots_per_bucket; ++index) {
        const std::uint8_t tag = at->tophash[index];
        if (index > 0) text += ' ';
        if (tag < classic::min_top_hash) {
          text += classic::name_of(classic::state_of(tag));
        } else {
          text += std::to_string(id_of(book_, at->keys[index].get())) + '=' +
                  std::to_string(number_of(at->values[index].get())) + '/' + std::to_string(tag);
        }
      }
      text += ']';
    }
    return text + '\n';
  }

  trace_reader& trace_;
  recorded book_;
  map_type map_;
  std::unordered_map<std::uint64_t, typename map_type::iterator> loops_;
  std::uint64_t hash0_ = ~std::uint64_t{0};
};

// Calls visit with the replayer for the trace's type.
template <class Visit>
auto with_replayer(trace_reader& trace, Visit&& visit) {
  switch (trace.type().kind) {
  case key_kind::str:
    return visit(replayer<std::string, std::uint64_t>(trace));
  case key_kind::big:
    return visit(replayer<std::uint64_t, big_value>(trace));
  case key_kind::f64:
    return visit(replayer<double, std::uint64_t>(trace));
  case key_kind::u64:
    break;
  }
  return visit(replayer<std::uint64_t, std::uint64_t>(trace));
}

}  // namespace steady::conform
