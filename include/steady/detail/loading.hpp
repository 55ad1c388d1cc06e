// A map out of bytes and into them: what save.hpp does inside of a map.
//
// Entries follow each other in the order of their buckets. A map that may have as many buckets as the saved one, whose hash
// and seed are the same, is built with them, and each bucket is filled from its first slot on (place_all); what does not fit
// a bucket goes the way of any insert. Any other map is made with room for all entries, which are then inserted (insert_all).
// Either way each key is hashed once, but for the first, and nothing that the bytes say is believed: where the hash is the
// same, each entry must lie in the bucket that its hash says, and no key may come twice. A wrong entry ends it; the map that
// was being filled is then its owner's to destroy.
#pragma once

#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <tuple>
#include <utility>

#include "container.hpp"
#include "saved_header.hpp"

namespace steady::detail {

// What can be saved. The entries, each once, are those of bucket 0, then those of bucket 1, and so on; `hash` is that of a
// key under the seed.
template <class Source>
concept saved_source = requires(const Source& source, const typename Source::types::key_type& key) {
  { source.size() } -> std::convertible_to<std::uint64_t>;
  { source.buckets() } -> std::convertible_to<std::uint64_t>;
  { source.seed() } -> std::convertible_to<std::uint64_t>;
  { source.hash(key) } -> std::convertible_to<std::uint64_t>;
  source.each_entry([](const typename Source::types::value_type&) {});
};

template <class Types>
class saved_access {
 public:
  using map = container<Types>;
  using table = bulk_table<Types>;
  using policy = typename Types::policy;
  using slot = typename Types::slot;
  using shape = typename Types::shape;
  using key_type = typename Types::key_type;
  using value_type = typename Types::value_type;
  using mapped_type = typename policy::mapped_type;

  // A map that nobody changes meanwhile, as a saved_source.
  class resting_map {
   public:
    using types = Types;
    explicit resting_map(const map& of) : map_(of) {
      if constexpr (table::checked)
        if (!map_.idle()) map_.report_named(misuse::clone_and_write, "save");
    }
    [[nodiscard]] std::uint64_t size() const noexcept { return map_.size_; }
    [[nodiscard]] std::uint64_t buckets() const noexcept { return map_.buckets(); }
    [[nodiscard]] std::uint64_t seed() const noexcept { return map_.seed_; }
    [[nodiscard]] std::uint64_t hash(const key_type& key) const { return map_.hash_key(key); }
    template <class Visit>
    void each_entry(Visit&& visit) const {
      map_.each_place([&](const auto& at) { visit(std::as_const(*at.entry->get())); });
    }

   private:
    const map& map_;
  };

  // What a map was when a snapshot of it was taken.
  class map_of_a_moment {
   public:
    using types = Types;
    using snapshot = table_snapshot<Types>;
    explicit map_of_a_moment(const snapshot& of) : of_(of) {}
    [[nodiscard]] std::uint64_t size() const noexcept { return of_.size(); }
    [[nodiscard]] std::uint64_t buckets() const noexcept {
      return of_.moment_ == nullptr ? 0 : of_.moment_->buckets;
    }
    [[nodiscard]] std::uint64_t seed() const noexcept {
      return of_.moment_ == nullptr ? 0 : of_.moment_->seed;
    }
    [[nodiscard]] std::uint64_t hash(const key_type& key) const {
      return of_.moment_->keeper->hash_key(key, seed());
    }
    template <class Visit>
    void each_entry(Visit&& visit) const {
      for (auto at = of_.begin(); at != of_.end(); ++at) visit(*at);
    }

   private:
    const snapshot& of_;
  };

  [[nodiscard]] static constexpr saved_header header_of_map() {
    return header_of_types<typename Types::hasher, key_type, mapped_type>();
  }

  // Fills an empty map that was just made; with `keep`, under the seed of the file.
  static void fill(map& filled, std::span<const std::byte> file, bool keep) {
    byte_reader from{{}};
    const saved_header header = read_header(file, from);
    check_entries(header, header_of_map(), least_bytes(), from);
    if (keep) {
      filled.seed_ = header.seed;
    } else {
      filled.draw_seed();
    }
    if (header.count != 0) {
      const bool same = keep && hashes_alike(filled, header, from);
      if (same && fits(header)) {
        from = place_all(filled, header, from);
      } else {
        from = insert_all(filled, header, from, same);
      }
    }
    if (from.left() != 0)
      from.refuse(
          std::to_string(from.left()) +
          " bytes are left behind the last entry; they were not written by these saved_forms: load them "
          "with those that wrote them");
  }

 private:
  static constexpr bool is_map = policy::is_map;
  static constexpr std::uint64_t no_bucket = ~std::uint64_t{0};

  // No entry has fewer.
  [[nodiscard]] static constexpr std::uint64_t least_bytes() {
    if constexpr (is_map) {
      return std::uint64_t{least_saved_bytes<key_type>()} + least_saved_bytes<mapped_type>();
    } else {
      return least_saved_bytes<key_type>();
    }
  }

  // Every entry has so many, for the compiler to rely on: only where it does not depend on what a user's form says of itself.
  static constexpr std::uint64_t certain_bytes = [] {
    if constexpr (!saved_number<key_type>) {
      return std::uint64_t{0};
    } else if constexpr (saved_number<mapped_type>) {
      return std::uint64_t{sizeof(key_type) + sizeof(mapped_type)};
    } else {
      return std::uint64_t{is_map ? 0 : sizeof(key_type)};
    }
  }();

  // Whether the saved map asked the same hash. Precondition: there are entries.
  [[nodiscard]] static bool hashes_alike(const map& filled, const saved_header& header, byte_reader from) {
    if (header.layout != saved_layout || header.hash != saved_hash_name<typename Types::hasher>) return false;
    return filled.hash_key(from.template get<key_type>()) == header.first_hash;
  }
  // Whether a map of these types with so many entries may have as many buckets as the saved one: a few less than it would choose by
  // itself, where steps of growth wait for each other, and up to twice as many when it has shrunk.
  [[nodiscard]] static constexpr bool fits(const saved_header& header) {
    const std::uint64_t own = table::buckets_for(header.count);
    return header.buckets + table::steps_together > own && header.buckets <= 2 * own &&
           header.buckets <= shape::max_buckets / 2;
  }

  // The bucket of a hash where there are so many.
  class bucket_order {
   public:
    explicit bucket_order(std::uint64_t buckets) noexcept
        : buckets_(buckets), mask_(std::bit_ceil(buckets) - 1) {}
    [[nodiscard]] std::uint64_t of(std::uint64_t hash) const noexcept {
      const std::uint64_t high = hash & mask_;
      return high < buckets_ ? high : high & mask_ >> 1;
    }

   private:
    std::uint64_t buckets_;
    std::uint64_t mask_;
  };

  // What follows the key of an entry: its value, or nothing.
  struct no_value {};
  using value_read = std::conditional_t<is_map, mapped_type, no_value>;
  [[nodiscard]] STEADY_INLINE static value_read read_value(byte_reader& from) {
    if constexpr (is_map) {
      return from.template get<mapped_type>();
    } else {
      return {};
    }
  }
  STEADY_INLINE static void build(map& filled, slot* to, key_type& key, value_read& value) {
    if constexpr (is_map) {
      slot::construct(filled.allocator_, to, std::piecewise_construct, std::forward_as_tuple(std::move(key)),
                      std::forward_as_tuple(std::move(value)));
    } else {
      slot::construct(filled.allocator_, to, std::move(key));
    }
  }
  static constexpr bool built_quietly =
      builds_quietly<key_type, key_type&&> && builds_quietly<value_read, value_read&&>;

  // The common way: as many buckets as were saved, filled one after the other.
  [[nodiscard]] static byte_reader place_all(map& filled, const saved_header& header, byte_reader from) {
    if (header.buckets == table::buckets_for(header.count)) {
      filled.make_room(header.count);
    } else {
      filled.build_empty(header.buckets, bucket_slots);
    }
    filled.put_growth_off();  // until all is there
    filled.settle_state();
    const bucket_order order(header.buckets);
    const unsigned slots = map::slots_of_mask(filled.slot_mask_);
    auto at = filled.bucket_at(0);
    unsigned used = 0;  // slots of this bucket
    // By tag, the last bucket that had it. (The tag word itself, written a byte at a time, would be waited for if it were read
    // whole, and so would a set of bits.)
    std::array<std::uint64_t, 256> bucket_of_tag;
    bucket_of_tag.fill(no_bucket);
    for (std::uint64_t left = header.count; left != 0; --left) {
      assume(from.left() >= certain_bytes);  // check_entries has seen that all are there
      key_type key = from.template get<key_type>();
      const std::uint64_t hash = filled.hash_key(key);
      const std::uint64_t bucket = order.of(hash);
      if (bucket != at.bucket) {
        if (bucket < at.bucket) [[unlikely]]
          out_of_place(from);
        at = filled.bucket_at(bucket);
        used = 0;
      }
      value_read value = read_value(from);
      if (used < slots) [[likely]] {
        const std::uint8_t tag = tophash_of(hash).tag();
        if (bucket_of_tag[tag] == bucket) [[unlikely]]
          if (is_in(filled, at.tags, at.slots, used, tag, key)) double_key(from);
        bucket_of_tag[tag] = bucket;
        slot* const entry = slot_at(at.slots, used);
        build(filled, entry, key, value);
        at.tags[used] = tag;
        ++used;
        filled.note_entry_taken(entry);
      } else if (!insert_into_full(filled, key, value, hash)) {
        double_key(from);
      }
    }
    filled.size_ = header.count;
    filled.limits();
    filled.settle_state();
    return from;
  }

  // Whether one of the slots used so far has this key, by their tags.
  [[nodiscard]] STEADY_NOINLINE static bool is_in(const map& filled, const std::uint8_t* tags,
                                                  const slot* slots, unsigned used, std::uint8_t tag,
                                                  const key_type& key) {
    for (unsigned each = 0; each < used; ++each)
      if (tags[each] == tag && filled.equal_(policy::key(*slots[each].get()), key)) return true;
    return false;
  }

  // The other way: under another hash, or with another number of buckets. `ordered` says that the hash is the saved map's, so that
  // what its buckets were is known.
  [[nodiscard]] static byte_reader insert_all(map& filled, const saved_header& header, byte_reader from,
                                              bool ordered) {
    filled.make_room(header.count);
    filled.settle_state();
    const bucket_order order(header.buckets);
    std::uint64_t reached = 0;
    for (std::uint64_t left = header.count; left != 0; --left) {
      key_type key = from.template get<key_type>();
      const std::uint64_t hash = filled.hash_key(key);
      if (ordered) {
        if (order.of(hash) < reached) out_of_place(from);
        reached = order.of(hash);
      }
      value_read value = read_value(from);
      if (!insert(filled, key, value, hash)) double_key(from);
    }
    return from;
  }

  // False when the key is there already. The reader stays with the caller, in registers: one that came back was stored by parts and
  // loaded whole, and each such load waited for the slots written before it (300 ns an entry, at 10^6).
  [[nodiscard]] STEADY_INLINE static bool insert(map& filled, key_type& key, value_read& value,
                                                 std::uint64_t hash) {
    const auto placed = static_cast<table&>(filled).template insert_unique<built_quietly>(
        key, hash, [&](slot* to) { build(filled, to, key, value); });
    if (placed.second) filled.note_entry_taken(placed.first.entry);
    return placed.second;
  }
  [[nodiscard]] STEADY_NOINLINE static bool insert_into_full(map& filled, key_type& key, value_read& value,
                                                             std::uint64_t hash) {
    return insert(filled, key, value, hash);
  }

  [[noreturn]] STEADY_COLD static void out_of_place(byte_reader from) {
    from.refuse("the entry of the key before this byte is not in the bucket that its hash says: the file was "
                "not written by save()");
  }
  [[noreturn]] STEADY_COLD static void double_key(byte_reader from) {
    from.refuse("the last key before this byte came before: the file was not written by save()");
  }
};

}  // namespace steady::detail
