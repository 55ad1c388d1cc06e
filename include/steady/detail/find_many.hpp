// Lookups of many keys at once.
//
// A find waits twice for memory, for the tag word and then for the slot, and a program that needs the answer before it can ask the
// next question waits each time. Here up to `lookups_together` keys are on their way at the same time: all are hashed and their tag
// words asked for; then all tag words are compared and the slots that match asked for; then the keys are compared. Nothing
// here looks at a bucket twice, and each key is hashed once.
//
// The answers are addresses, so no code of the caller's runs between the first step and the last, but for hash and equality; what
// these may do to the map is what they may do in a find: nothing.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "table.hpp"

namespace steady::detail {

template <class Types>
class table_lookups : public table<Types> {
 public:
  using base = table<Types>;
  using group = typename Types::group;
  using value_type = typename Types::value_type;
  using base::base;
  using typename base::bucket_address;
  using typename base::slot;

  constexpr table_lookups() noexcept(base::nothrow_default) = default;

  // As many as hide most of the latency of memory: with 16 and with 64 lookups in large maps took longer (bench/find_many).
  static constexpr std::size_t lookups_together = 32;

  // Puts the address of the entry of keys[i], or nullptr, into found[i]; the number of entries found. What hash or equality
  // throw comes out; found[] is then set for the batches before, and perhaps for a part of this one.
  template <class Key, class Entry>
  std::size_t find_many(const Key* keys, std::size_t count, Entry** found) const {
    std::size_t present = 0;
    for (std::size_t done = 0; done < count;) {
      const std::size_t next = count - done < lookups_together ? count - done : lookups_together;
      present += find_batch(keys + done, next, found + done);
      done += next;
    }
    return present;
  }

 protected:
  ~table_lookups() = default;

 private:
  struct lookup {
    std::uint64_t hash;
    bucket_address at;
    std::uint32_t matches;
  };

  template <class Key, class Entry>
  std::size_t find_batch(const Key* keys, std::size_t count, Entry** found) const {
    if (!this->readable()) {
      for (std::size_t each = 0; each < count; ++each) found[each] = nullptr;
      return 0;
    }
    std::array<lookup, lookups_together> lookups;
    for (std::size_t each = 0; each < count; ++each) {
      lookup& one = lookups[each];
      one.hash = this->hash_key(keys[each]);
      one.at = this->address_of(one.hash);
      prefetch_line(one.at.tags);
    }
    for (std::size_t each = 0; each < count; ++each) {
      lookup& one = lookups[each];
      one.matches = group::match(one.at.tags, tophash_of(one.hash));
      if (one.matches != 0) prefetch_line(slot_at(one.at.slots, lowest(one.matches)));
    }
    std::size_t present = 0;
    for (std::size_t each = 0; each < count; ++each) {
      slot* const entry = find_among(keys[each], lookups[each]);
      found[each] = entry == nullptr ? nullptr : entry->get();
      present += entry != nullptr;
    }
    return present;
  }

  template <class Key>
  [[nodiscard]] STEADY_INLINE slot* find_among(const Key& key, const lookup& one) const {
    for (std::uint32_t left = one.matches; left != 0; left &= left - 1)
      if (slot* const entry = slot_at(one.at.slots, lowest(left)); this->equals(key, *entry)) [[likely]]
        return entry;
    if ((one.at.tags[filter_byte] & filter_bit_of_hash(one.hash)) == 0) [[likely]]
      return nullptr;
    return this->template find_in_chain<Key>(one.at.bucket, key, one.hash).entry;
  }
};

}  // namespace steady::detail
