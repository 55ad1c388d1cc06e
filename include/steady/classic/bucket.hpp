// bmap, the bucket, and the array of buckets with its owners.
//
// A bucket is eight tag bytes, eight keys, eight values and the link to its overflow bucket, in this order and unpadded
// unless the policy asks for padding: 144 bytes for 64-bit keys and values, as in Go.
//
// An array is one block: a small head, 2^B main buckets, and from B = 4 on a tail of overflow buckets. When the tail is
// used up, further overflow buckets are allocated one by one and belong to the array too; Go keeps these in two lists
// of its mapextra (overflow, oldoverflow), one for each array it has, which comes to the same. Go's collector frees an
// array when neither the map nor a loop refers to it. Here these references are counted: the map's one, and one for
// each loop that walks the array or stands in it. Whoever lets go last frees it (header.hpp).
#pragma once

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <type_traits>

#include "../detail/quiet.hpp"
#include "../detail/watch.hpp"
#include "cell.hpp"
#include "traits.hpp"

namespace steady::classic {

// The types and choices of one classic map, worked out once. `Container` is named in reports. `GoClear` reproduces what
// Go 1.23 does to loops in progress when the map is cleared (claims C4, C5); classic_map never does.
template <class Key, class Value, class Hash, class KeyEqual, class Allocator, class Policy, class Container,
          bool GoClear = false>
struct config {
  using key_type = Key;
  using mapped_type = Value;
  using hasher = Hash;
  using key_equal = KeyEqual;
  using allocator_type = Allocator;
  using policy = Policy;
  using container = Container;

  static constexpr bool go_clear = GoClear;
  static constexpr bool checked = Policy::misuse_checks == checks::on;
  static constexpr bool hash_never_throws =
      detail::is_quiet_function<Hash, Key> ||
      std::is_nothrow_invocable_v<const Hash&, const Key&, std::uint64_t> ||
      std::is_nothrow_invocable_v<const Hash&, const Key&>;
  // Whether no code of the user's runs in the middle of a write.
  static constexpr bool quiet = detail::is_quiet_function<Hash, Key> &&
                                detail::is_quiet_function<KeyEqual, Key> &&
                                detail::is_quiet_allocator<Allocator> &&
                                (detail::is_quiet<Value> || std::is_trivially_copyable_v<Value>);
  using observer = typename detail::observer_of<Policy>::type;
  static constexpr bool observed = detail::is_observing<observer>;
  static constexpr bool audited = detail::is_auditing<observer>;
  static constexpr bool reflexive = key_traits<Key>::reflexive;
  static constexpr bool updated = key_traits<Key>::updated;
  static constexpr probe_kind probe = choose_probe<Key, Value, KeyEqual>();

  static constexpr bool inline_key = fits_inline<Key> && std::is_copy_constructible_v<Key>;
  static constexpr bool inline_value = fits_inline<Value> && reflexive;
  using key_cell = std::conditional_t<inline_key, inline_cell<Key>, node_cell<Key>>;
  using value_cell = std::conditional_t<inline_value, inline_cell<Value>, node_cell<Value>>;
};

template <class Config>
struct plain_bucket {
  std::uint8_t tophash[slots_per_bucket];
  typename Config::key_cell keys[slots_per_bucket];
  typename Config::value_cell values[slots_per_bucket];
  plain_bucket* overflow;

  plain_bucket() = delete;
};

template <class Config>
inline constexpr std::size_t bucket_alignment = [] {
  using plain = plain_bucket<Config>;
  constexpr std::size_t cache_line = 64;
  switch (Config::policy::bucket_padding) {
  case padding::none:
    return alignof(plain);
  case padding::cache_line:
    return std::max(alignof(plain), cache_line);
  case padding::power_of_two:
    return std::bit_ceil(sizeof(plain));
  }
  return alignof(plain);
}();

template <class Config>
struct alignas(bucket_alignment<Config>) bmap {
  std::uint8_t tophash[slots_per_bucket];
  typename Config::key_cell keys[slots_per_bucket];
  typename Config::value_cell values[slots_per_bucket];
  bmap* overflow;

  // Buckets are made empty in raw memory by clear_buckets().
  bmap() = delete;

  [[nodiscard]] STEADY_INLINE bool evacuated() const noexcept { return is_evacuated(tophash[0]); }
};

// All bytes are 0, which is empty_rest, no link, and keys that may be read though there are none (lookup.hpp).
template <class Bucket>
STEADY_INLINE void clear_buckets(Bucket* first, std::size_t number) noexcept {
  std::memset(static_cast<void*>(first), 0, number * sizeof(Bucket));
}

// An overflow bucket with an allocation of its own.
template <class Bucket>
struct owned_bucket {
  Bucket bucket;
  owned_bucket* next;

  owned_bucket() = delete;
};

template <class Bucket>
struct bucket_array {
  std::atomic<std::uint32_t> references{1};
  std::size_t main;  // 2^B
  std::size_t total;  // with the preallocated overflow buckets
  owned_bucket<Bucket>* overflow = nullptr;  // those allocated one by one

  static constexpr std::size_t head_bytes() noexcept {
    return (sizeof(bucket_array) + alignof(Bucket) - 1) / alignof(Bucket) * alignof(Bucket);
  }
  [[nodiscard]] STEADY_INLINE Bucket* at(std::size_t number) const noexcept {
    return reinterpret_cast<Bucket*>(reinterpret_cast<std::uintptr_t>(this) + head_bytes()) + number;
  }
  [[nodiscard]] bool holds(const Bucket* bucket) const noexcept {
    return !std::less<const Bucket*>{}(bucket, at(0)) && std::less<const Bucket*>{}(bucket, at(total));
  }
  // Whether anyone but the map refers to it.
  [[nodiscard]] bool shared() const noexcept { return references.load(std::memory_order_acquire) > 1; }
};

// Where an entry lies; no bucket: nowhere.
template <class Bucket>
struct place {
  Bucket* bucket = nullptr;
  unsigned index = 0;

  [[nodiscard]] explicit operator bool() const noexcept { return bucket != nullptr; }
  friend bool operator==(const place&, const place&) = default;
};

}  // namespace steady::classic
