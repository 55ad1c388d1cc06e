// check(): every invariant of a classic map, looked at entry by entry.
//
// The result names the first thing that is wrong, or is empty. Linear in the map's size, quadratic in a chain's length.
#pragma once

#include <cstddef>
#include <string>

#include "hmap.hpp"

namespace steady::classic {

template <class Config>
class checker {
  using map = hmap<Config>;
  using bucket = typename map::bucket;
  using array = typename map::array;

 public:
  explicit checker(const map& of) noexcept : map_(of) {}

  [[nodiscard]] std::string run() {
    check_header();
    if (wrong_.empty() && map_.buckets != nullptr) check_main();
    if (wrong_.empty() && map_.growing()) check_old();
    if (wrong_.empty() && entries_ != map_.count) fail("count is not the number of entries");
    if (wrong_.empty() && tombstones_ != map_.counted.tombstones)
      fail("the number of empty_one slots is not what was counted");
    return wrong_;
  }

 private:
  void fail(const char* what) {
    if (wrong_.empty()) wrong_ = what;
  }
  void require(bool condition, const char* what) {
    if (!condition) fail(what);
  }

  void check_header() {
    require(!map_.has_flag(flag_hash_writing), "a write is in progress");
    require(map_.buckets != nullptr || (map_.count == 0 && map_.B == 0 && !map_.growing()),
            "no buckets, but entries, a size or a growth");
    require(map_.growing() || (map_.nevacuate == 0 || !map_.same_size()),
            "the same-size flag is set without a growth");
    require(!map_.growing() || map_.nevacuate < map_.old_bucket_count(), "nevacuate is beyond the old array");
    if (map_.buckets != nullptr) {
      require(map_.buckets->main == bucket_shift(map_.B), "the main array has not 2^B buckets");
      require(map_.buckets->main == map_.buckets->total || map_.B >= preallocating_B,
              "a small array has preallocated overflow buckets");
    }
    if (map_.growing())
      require(map_.oldbuckets->main == map_.old_bucket_count(),
              "the old array has not the size the flags say");
  }

  void check_main() {
    const array& of = *map_.buckets;
    std::size_t preallocated = 0;
    std::size_t linked = 0;
    for (std::size_t number = 0; number < of.main && wrong_.empty(); ++number) {
      const bucket* head = of.at(number);
      require(!head->evacuated(), "a main bucket is evacuated");
      const bool awaited =
          map_.growing() && !map_.oldbuckets->at(number & (map_.old_bucket_count() - 1))->evacuated();
      const std::size_t before = entries_;
      check_chain(head, number, of.main - 1);
      require(!awaited || entries_ == before, "entries in a main bucket whose old one is not evacuated");
      for (const bucket* at = head->overflow; at != nullptr; at = at->overflow) {
        ++linked;
        if (of.holds(at)) ++preallocated;
      }
    }
    if (!wrong_.empty()) return;
    const std::size_t tail = of.total - of.main;
    const std::size_t used =
        map_.next_overflow == nullptr ? tail : static_cast<std::size_t>(map_.next_overflow - of.at(of.main));
    require(preallocated == used, "preallocated overflow buckets in use are not those before nextOverflow");
    require(map_.next_overflow == nullptr || of.at(of.total - 1)->overflow == of.at(0),
            "the last free overflow bucket lacks its mark");
    if (map_.B < approximate_B) {
      require(map_.noverflow == static_cast<std::uint16_t>(linked),
              "noverflow is not the number of overflow buckets");
    } else {
      require(map_.noverflow <= linked, "noverflow is more than the overflow buckets there are");
    }
  }

  void check_old() {
    const array& of = *map_.oldbuckets;
    for (std::size_t number = 0; number < of.main && wrong_.empty(); ++number) {
      const bucket* head = of.at(number);
      if (!head->evacuated()) {
        require(number >= map_.nevacuate, "a bucket before nevacuate is not evacuated");
        check_chain(head, number, of.main - 1);
        continue;
      }
      for (const std::uint8_t tag : head->tophash)
        require(is_evacuated(tag), "a slot of an evacuated bucket is not marked evacuated");
    }
  }

  void check_chain(const bucket* head, std::size_t number, std::size_t mask) {
    bool rest = false;
    for (const bucket* at = head; at != nullptr && wrong_.empty(); at = at->overflow) {
      for (unsigned index = 0; index < slots_per_bucket; ++index) {
        const std::uint8_t tag = at->tophash[index];
        if (is_empty(tag)) {
          check_empty(at, index, rest);
          rest = tag == empty_rest;
          tombstones_ += tag == empty_one;
          continue;
        }
        require(!rest, "an entry after empty_rest");
        require(tag >= min_top_hash, "an evacuation mark in a bucket that is not evacuated");
        if (!wrong_.empty()) return;
        ++entries_;
        check_entry(head, at, index, number, mask);
      }
    }
  }

  // The tombstone invariant: empty_one is followed by something that is not empty_rest, empty_rest by nothing else.
  void check_empty(const bucket* at, unsigned index, bool rest) {
    const std::uint8_t tag = at->tophash[index];
    require(!rest || tag == empty_rest, "empty_one after empty_rest");
    if (tag != empty_one) return;
    const bool last = index == slots_per_bucket - 1;
    const bool nothing_after = last ? at->overflow == nullptr || at->overflow->tophash[0] == empty_rest
                                    : at->tophash[index + 1] == empty_rest;
    require(!nothing_after, "empty_one before empty_rest, which must spread back");
  }

  void check_entry(const bucket* head, const bucket* at, unsigned index, std::size_t number,
                   std::size_t mask) {
    const auto& key = at->keys[index].get();
    if constexpr (!Config::reflexive) {
      require(at->values[index].node->alive, "an entry's node is marked as erased");
      if (!map_.equal(key, key)) {
        require(at->values[index].node->bucket == number, "an entry's node names another bucket");
        return;
      }
    }
    const std::uint64_t hash = map_.hash_key(key);
    require((static_cast<std::size_t>(hash) & mask) == number,
            "an entry in a bucket its hash does not choose");
    require(top_hash(hash) == at->tophash[index], "a tophash is not that of the key's hash");
    for (const bucket* other = head;; other = other->overflow) {
      for (unsigned slot = 0; slot < slots_per_bucket; ++slot) {
        if (other == at && slot == index) return;
        if (other->tophash[slot] == at->tophash[index])
          require(!map_.equal(other->keys[slot].get(), key), "one key twice in a chain");
      }
    }
  }

  const map& map_;
  std::string wrong_;
  std::uint64_t entries_ = 0;
  std::uint64_t tombstones_ = 0;
};

}  // namespace steady::classic
