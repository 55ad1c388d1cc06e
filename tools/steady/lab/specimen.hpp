// The maps that experiments are made on: Go's map as this project has it, and maps that are wrong in one thing.
//
// A specimen is a classic map of 64-bit integers behind virtual functions, so that one compiled experiment measures the
// sound map and the one made wrong on purpose by the same steps. A fault is one wrong belief, most of them a seed's, built
// around the sound map (faults.cpp); everything else about such a map stays as it is. Randomness comes from a counter,
// so a run can be repeated.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include <steady/classic_map.hpp>

namespace steady::lab {

// What a specimen's allocator was asked for.
struct ledger {
  std::int64_t live_bytes = 0;
  std::int64_t peak_bytes = 0;
  std::uint64_t allocations = 0;
  std::uint64_t releases = 0;
  std::map<std::uintptr_t, std::size_t> blocks;  // those alive, by address

  [[nodiscard]] bool holds(const void* address) const;
};

enum class fault : std::uint8_t {
  none,
  no_slot_reuse,  // a deleted slot stays unusable until a growth leaves it behind
  same_hash_reuse,  // only the key that was deleted may have its slot again
  graves_evacuated,  // deleted slots are moved along by evacuation
  early_same_size,  // grows to the same size at half the overflow buckets
  stop_the_world,  // a growth moves everything at once
  reads_evacuate,  // lookups do growth work
  four_buckets_a_write,
  erase_starts_growth,
  halves_exchanged,  // evacuation mistakes X for Y
  skipping_loops,  // a loop knows its place only, and nothing of what moves
  snapshot_loops,  // a loop shows what there was at its start, by copies and pointers
  fixed_start,  // each loop starts in bucket 0
  hint_ignored,
  overflow_uncounted,  // noverflow stays 0
  erase_takes_neighbour,  // erasing an absent key takes another one
  shrinking,  // erasing halves the array
  tail_unused,  // no preallocated overflow buckets
  collector,  // something that runs by itself frees unneeded overflow buckets
  overflow_unaccounted,  // stats() leaves overflow buckets out
  old_arrays_kept,  // until the map ends
  rebuilt_in_place,  // a rebuild packs, into an array of the same size
};

// How a key of a specimen becomes a hash.
enum class hashing : std::uint8_t {
  spread,  // steady::hash
  identity,  // low bits the bucket, top byte the tophash
  perturbed,  // spread, with the tophash that seed 000 describes: (hash ^ (hash >> 8)) >> 56
  rotated,  // the same with a rotation for the shift: a perturbation that does something
  poor,  // the lowest three bits are always 0: one bucket in eight is used
  clumped,  // spread, but keys with hot_bit set share one chain
  xored,  // key ^ seed
};
inline constexpr std::uint64_t hot_bit = std::uint64_t{1} << 61;

enum class probe : std::uint8_t { word, generic };

// A limit of entries, above which the map doubles.
struct load_law {
  unsigned numerator = 13;
  unsigned denominator = 2;
  bool times_B = false;  // of B buckets instead of 2^B, as a seed has it in one place

  [[nodiscard]] bool exceeded(std::uint64_t count, unsigned B) const noexcept;
};

struct setup {
  fault planted = fault::none;
  hashing hash = hashing::spread;
  load_law load = {};
  probe probed = probe::word;
  std::uint64_t random = 1;
};

// A loop over a specimen.
class cursor {
 public:
  virtual ~cursor() = default;
  [[nodiscard]] virtual bool ended() const = 0;
  [[nodiscard]] virtual std::uint64_t key() const = 0;
  [[nodiscard]] virtual std::uint64_t value() const = 0;
  [[nodiscard]] virtual const void* address() const = 0;  // of the entry's key
  [[nodiscard]] virtual classic::loop_position position() const = 0;
  virtual void next() = 0;
};

using view = classic::hmap_view<std::uint64_t, std::uint64_t>;

class specimen {
 public:
  virtual ~specimen() = default;

  virtual bool insert(std::uint64_t key,
                      std::uint64_t value) = 0;  // Go's m[key] = value; whether the key is new
  [[nodiscard]] virtual const std::uint64_t* find(std::uint64_t key) = 0;
  virtual bool erase(std::uint64_t key) = 0;
  virtual void clear() = 0;
  virtual void reserve(std::size_t hint) = 0;
  [[nodiscard]] virtual std::unique_ptr<cursor> loop() = 0;
  virtual std::uint64_t walk() = 0;  // a whole loop; the sum of the values
  virtual void finish_growth() = 0;
  virtual void rebuild() = 0;
  virtual void rebuild_without(std::uint64_t value) = 0;  // leaves the entries of this value out
  virtual void idle() = 0;  // time passes without any use of the map

  [[nodiscard]] virtual std::size_t size() const = 0;
  [[nodiscard]] virtual unsigned B() const = 0;
  [[nodiscard]] virtual bool growing() const = 0;
  [[nodiscard]] virtual bool same_size_growth() const = 0;
  [[nodiscard]] virtual std::size_t nevacuate() const = 0;
  [[nodiscard]] virtual std::size_t old_buckets() const = 0;
  [[nodiscard]] virtual std::size_t old_buckets_evacuated() const = 0;
  [[nodiscard]] virtual std::size_t counted_overflow() const = 0;  // the header's noverflow
  [[nodiscard]] virtual std::uint64_t growths() const = 0;  // doublings and same-size ones
  [[nodiscard]] virtual std::uint64_t entries_moved() const = 0;  // by evacuation
  [[nodiscard]] virtual classic::map_stats stats() const = 0;
  [[nodiscard]] virtual view inspect() const = 0;
  [[nodiscard]] virtual std::uint64_t hash(std::uint64_t key) const = 0;
  [[nodiscard]] virtual ledger& memory() = 0;
};

[[nodiscard]] std::unique_ptr<specimen> make_specimen(const setup& wanted);

// One number for all of a map's structure: header, states, keys and values of both arrays.
[[nodiscard]] std::uint64_t digest(const view& of);

// Different keys below 2^61, in an order without a pattern.
[[nodiscard]] std::uint64_t key_at(std::uint64_t index);
// Inserts those keys, from `from` to `to` - 1, each with its index.
void fill(specimen& map, std::uint64_t from, std::uint64_t to);

}  // namespace steady::lab
