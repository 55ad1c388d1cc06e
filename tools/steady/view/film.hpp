// A film: what one classic map looked like after each of a row of operations, picture by picture.
//
// It is what the terminal and the page show, whatever it was taken of: a trace of Go's runtime, an operations file, or
// generated operations. A picture holds numbers and words alone, nothing of the map's types. Consecutive pictures differ in a
// chain or two, so chains are kept once, and a picture refers to them by number.
//
// A film has limits, and says what they left out: which operations are shown, and how many buckets of each array.
#pragma once

#include <steady/classic/loop_list.hpp>
#include <steady/classic/states.hpp>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace steady::view {

struct limits {
  std::size_t first = 1;  // the operation of the first picture
  std::size_t pictures = 500;
  std::size_t every = 1;  // a picture of each so manyth operation
  std::size_t buckets = 64;  // shown of each array
};

struct slot_picture {
  std::uint8_t tophash = 0;
  std::string key;  // empty unless the slot is filled
  std::string value;

  friend bool operator==(const slot_picture&, const slot_picture&) = default;
};

struct bucket_picture {
  std::optional<std::size_t> position;  // in the array's block; none: an allocation of its own
  std::array<slot_picture, classic::slots_per_bucket> slots;

  friend bool operator==(const bucket_picture&, const bucket_picture&) = default;
};

struct chain {
  bool evacuated = false;  // then only its head is shown
  std::vector<bucket_picture> buckets;

  friend bool operator==(const chain&, const chain&) = default;
};

enum class growth_kind : std::uint8_t { none, doubling, same_size };

struct picture {
  std::size_t number = 0;  // of the operation, from 1 on
  std::string operation;
  std::optional<std::size_t> bucket;  // the main bucket of the operation's key
  std::uint64_t count = 0;
  unsigned flags = 0;
  unsigned B = 0;
  unsigned noverflow = 0;
  std::uint32_t hash0 = 0;
  std::size_t nevacuate = 0;
  growth_kind growth = growth_kind::none;
  std::ptrdiff_t next_overflow = -1;
  std::size_t total_buckets = 0;  // of the main array, with the preallocated overflow buckets
  std::size_t overflow_allocations = 0;
  std::size_t main_buckets = 0;  // how many there are; as many as the limit says are in `buckets`
  std::size_t old_buckets = 0;
  std::vector<std::size_t> buckets;  // numbers of chains
  std::vector<std::size_t> oldbuckets;
  std::vector<classic::loop_position> loops;
};

// a to z, then a2 to z2, and so on; 0 is a loop over an empty map, which ends at once.
[[nodiscard]] std::string loop_name(std::uint64_t number);

// What an operation is told as. The hash of its key, where there is one, tells its bucket.
struct told_operation {
  std::string text;
  std::optional<std::uint64_t> hash{};
};

class film {
 public:
  film(std::string source, const limits& bounds) : source_(std::move(source)), bounds_(bounds) {}

  // Whether there is no room for another picture.
  [[nodiscard]] bool full() const noexcept { return pictures_.size() == bounds_.pictures; }
  // The next operation was done on the map: takes the picture, if it is one that is wanted.
  template <class Map>
  void take(const Map& map, const told_operation& operation) {
    ++operations_;
    if (full() || operations_ < bounds_.first || (operations_ - bounds_.first) % bounds_.every != 0) return;
    add(map.inspect(), operation);
  }
  // The source goes on after the last operation taken.
  void note_more() noexcept { more_ = true; }

  [[nodiscard]] const std::vector<picture>& pictures() const noexcept { return pictures_; }
  [[nodiscard]] const std::vector<chain>& chains() const noexcept { return chains_; }
  [[nodiscard]] const std::string& source() const noexcept { return source_; }
  // One sentence: which operations and buckets are shown, and what is left out.
  [[nodiscard]] std::string extent() const;

 private:
  template <class View>
  void add(const View& seen, const told_operation& operation) {
    picture& taken = pictures_.emplace_back();
    taken.number = operations_;
    taken.operation = operation.text;
    taken.count = seen.count;
    taken.flags = seen.flags;
    taken.B = seen.B;
    taken.noverflow = seen.noverflow;
    taken.hash0 = seen.hash0;
    taken.nevacuate = seen.nevacuate;
    if (seen.growing) taken.growth = seen.same_size_growth ? growth_kind::same_size : growth_kind::doubling;
    taken.next_overflow = seen.next_overflow;
    taken.total_buckets = seen.total_buckets;
    taken.overflow_allocations = seen.overflow_allocations + seen.old_overflow_allocations;
    taken.main_buckets = seen.buckets.size();
    taken.old_buckets = seen.oldbuckets.size();
    if (operation.hash && !seen.buckets.empty())
      taken.bucket = static_cast<std::size_t>(*operation.hash) & (seen.buckets.size() - 1);
    taken.loops = seen.loops;
    for (const auto& each : seen.buckets) {
      if (taken.buckets.size() == bounds_.buckets) break;
      taken.buckets.push_back(number_of(draw(each)));
    }
    for (const auto& each : seen.oldbuckets) {
      if (taken.oldbuckets.size() == bounds_.buckets) break;
      taken.oldbuckets.push_back(number_of(draw(each)));
    }
  }

  template <class View>
  [[nodiscard]] static chain draw(const View& of) {
    chain drawn;
    drawn.evacuated = of.evacuated;
    for (const auto& bucket : of.buckets) {
      bucket_picture& shown = drawn.buckets.emplace_back();
      if (bucket.preallocated) shown.position = bucket.position;
      for (std::size_t slot = 0; slot < shown.slots.size(); ++slot) {
        shown.slots[slot].tophash = bucket.tophash[slot];
        if (bucket.keys[slot] == nullptr) continue;
        shown.slots[slot].key = label(*bucket.keys[slot]);
        shown.slots[slot].value = label(*bucket.values[slot]);
      }
    }
    return drawn;
  }
  [[nodiscard]] std::size_t number_of(chain drawn);

 public:
  // How keys and values are written. Bytes that are not printable are dots, and what is long is cut.
  [[nodiscard]] static std::string label(std::uint64_t number) { return std::to_string(number); }
  [[nodiscard]] static std::string label(double number);
  [[nodiscard]] static std::string label(const std::string& text);
  template <std::size_t Size>
  [[nodiscard]] static std::string label(const std::array<std::uint64_t, Size>& numbers) {
    return label(numbers.front());
  }

 private:
  std::string source_;
  limits bounds_;
  std::size_t operations_ = 0;
  bool more_ = false;
  std::vector<picture> pictures_;
  std::vector<chain> chains_;
  std::unordered_map<std::string, std::size_t> numbers_;  // of the chains, by all that is in them
};

}  // namespace steady::view
