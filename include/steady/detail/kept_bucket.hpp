// What a snapshot has of its own: copies of buckets, found by the number of the bucket.
//
// A copy is one block: a header, the entries in the order in which their bucket had them (its slots, then its chain), and their tags.
// Entries that one block has no room for (a long chain, or a small block limit) are in more blocks behind the first. Copies never
// move, so positions in them stay good as long as they live.
//
// The copies of a snapshot are a tree that needs nothing but the copies themselves: at depth d it goes on by bits 3d to 3d + 2 of
// the bucket's number. Numbers of buckets are dense, so it is as deep as they are long, a level for three bits, whatever the order in
// which they come; and a copy can be handed from one snapshot to another without memory, which the end of a snapshot must not need.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "layout.hpp"

namespace steady::detail {

template <class Types>
struct kept_bucket {
  using slot = typename Types::slot;
  using unit = typename Types::unit;

  static constexpr unsigned way_bits = 3;
  static constexpr std::uint64_t ways = std::uint64_t{1} << way_bits;

  kept_bucket* next[ways] = {};
  kept_bucket* more = nullptr;  // the block with the entries after these
  std::uint64_t bucket;
  std::uint32_t capacity;
  std::uint32_t count = 0;

  kept_bucket(std::uint64_t number, std::uint32_t room) noexcept : bucket(number), capacity(room) {}

  [[nodiscard]] static constexpr std::size_t header() noexcept {
    return round_up(sizeof(kept_bucket), alignof(slot));
  }
  [[nodiscard]] static constexpr std::size_t bytes_for(std::uint64_t entries) noexcept {
    return round_up(header() + static_cast<std::size_t>(entries) * (sizeof(slot) + 1), sizeof(unit));
  }
  // The entries of the largest block.
  [[nodiscard]] static constexpr std::uint64_t most() noexcept {
    constexpr std::size_t largest = Types::options::largest_block / sizeof(unit) * sizeof(unit);
    return (largest - header()) / (sizeof(slot) + 1);
  }

  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_for(capacity); }
  [[nodiscard]] slot* slots() noexcept {
    return reinterpret_cast<slot*>(reinterpret_cast<std::byte*>(this) + header());
  }
  [[nodiscard]] std::uint8_t* tags() noexcept { return reinterpret_cast<std::uint8_t*>(slots() + capacity); }
};

template <class Types>
class kept_buckets {
 public:
  using kept = kept_bucket<Types>;

  // Where the copy of a bucket is, or belongs.
  [[nodiscard]] kept** place_of(std::uint64_t bucket) noexcept {
    kept** place = &root_;
    for (std::uint64_t way = bucket; *place != nullptr && (*place)->bucket != bucket; way >>= kept::way_bits)
      place = &(*place)->next[way & (kept::ways - 1)];
    return place;
  }
  [[nodiscard]] kept* find(std::uint64_t bucket) const noexcept {
    return *const_cast<kept_buckets*>(this)->place_of(bucket);
  }

  void put(kept** place, kept* copy) noexcept {
    *place = copy;
    ++count_;
    for (const kept* piece = copy; piece != nullptr; piece = piece->more) bytes_ += piece->bytes();
  }
  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

  // Empties the tree, and calls take(copy) for each copy that was in it.
  template <class Take>
  void take_all(Take&& take) noexcept {
    kept* const root = root_;
    root_ = nullptr;
    count_ = 0;
    bytes_ = 0;
    if (root != nullptr) take_from(root, take);
  }

 private:
  // As deep as the tree: a level for three bits of a bucket's number.
  template <class Take>
  static void take_from(kept* copy, Take& take) noexcept {
    for (kept*& next : copy->next) {
      kept* const below = next;
      next = nullptr;
      if (below != nullptr) take_from(below, take);
    }
    take(copy);
  }

  kept* root_ = nullptr;
  std::uint64_t count_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace steady::detail
