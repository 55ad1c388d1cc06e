// How a key is found: the generic probe by tophash, and the two that Go's compiler chooses by type.
//
// While the map grows a key's chain hangs from the old array until its bucket is evacuated; a lookup moves nothing
// (claims M29). The probes differ in what they look at and never in what they find (M78, M79):
//   generic  tophashes first, then keys; ends at the first empty_rest
//   word     the keys themselves, without tophashes, and in a map of one bucket without a hash
//   text     in a map of one bucket without a hash: texts under 32 bytes are compared, longer ones first by length and
//            their first and last four bytes; only when two candidates remain is the hash asked. Else generic.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "../detail/config.hpp"
#include "header.hpp"
#include "tags.hpp"
#include "words.hpp"

namespace steady::classic {

// The lowest slot of a mask that is not 0.
[[nodiscard]] STEADY_INLINE unsigned lowest_slot(std::uint32_t mask) noexcept {
  return static_cast<unsigned>(std::countr_zero(mask));
}

template <class Config>
class lookup : public header<Config> {
  using base = header<Config>;

 public:
  using base::base;
  using typename base::bucket;
  using typename base::key_type;
  using typename base::place;

  [[nodiscard]] std::size_t bucket_mask() const noexcept { return bucket_shift(this->B) - 1; }
  [[nodiscard]] std::size_t old_bucket_count() const noexcept {
    return bucket_shift(this->same_size() ? this->B : this->B - 1u);
  }

  // The head of the chain in which a hash's entries are now.
  [[nodiscard]] STEADY_INLINE bucket* chain_of(std::uint64_t hash) const noexcept {
    const auto low = static_cast<std::size_t>(hash);
    if (this->growing()) [[unlikely]] {
      bucket* const old = this->oldbuckets->at(low & (old_bucket_count() - 1));
      if (!old->evacuated()) return old;
    }
    return this->buckets->at(low & bucket_mask());
  }

  // The entry of a key. Preconditions: the map is not empty.
  template <class Key>
  [[nodiscard]] STEADY_INLINE place find(const Key& key) const {
    if constexpr (Config::probe == probe_kind::word && std::same_as<Key, key_type>) {
      if (this->B == 0) return find_word(this->buckets->at(0), key);
    } else if constexpr (Config::probe == probe_kind::text) {
      if (this->B == 0) return find_one_bucket_text(key);
    }
    return find(key, this->hash_key(key));
  }

  template <class Key>
  [[nodiscard]] STEADY_INLINE place find(const Key& key, std::uint64_t hash) const {
    return find_in(chain_of(hash), key, top_hash(hash));
  }

  template <class Key>
  [[nodiscard]] STEADY_INLINE place find_in(bucket* chain, const Key& key, std::uint8_t top) const {
    if constexpr (Config::probe == probe_kind::word && std::same_as<Key, key_type>) {
      return find_word(chain, key);
    } else {
      return find_tagged(chain, key, top);
    }
  }

  // Of each place of a bucket, whether it has the key.
  template <class Key>
  [[nodiscard]] STEADY_INLINE std::uint32_t matching(const bucket* in, const Key& key,
                                                     std::uint8_t top) const {
    if constexpr (Config::probe == probe_kind::word && std::same_as<Key, key_type>) {
      return same_keys(in, key);
    } else {
      for (std::uint32_t mask = tags::match(in->tophash, top); mask != 0; mask &= mask - 1) {
        const unsigned index = lowest_slot(mask);
        if (this->equal(in->keys[index].get(), key)) return 1u << index;
      }
      return 0;
    }
  }

 private:
  template <class Key>
  [[nodiscard]] STEADY_INLINE place find_tagged(bucket* at, const Key& key, std::uint8_t top) const {
    do {
      if (const std::uint32_t mask = matching(at, key, top)) return {at, lowest_slot(mask)};
      if (at->tophash[slots_per_bucket - 1] == empty_rest) return {};
      at = at->overflow;
    } while (at != nullptr);
    return {};
  }

  // Keys of empty slots are compared too and left out afterwards: cheaper than a branch on each.
  [[nodiscard]] STEADY_INLINE static std::uint32_t same_keys(const bucket* in, key_type key) noexcept {
    const std::uint32_t same = same_words(static_cast<const void*>(in->keys), key);
    return same == 0 ? 0 : same & ~tags::vacant(in->tophash);
  }
  // A full bucket may have an overflow bucket that counts; else there is no need to fetch the link.
  [[nodiscard]] STEADY_INLINE place find_word(bucket* at, key_type key) const noexcept {
    do {
      if (const std::uint32_t mask = same_keys(at, key)) return {at, lowest_slot(mask)};
      if (at->tophash[slots_per_bucket - 1] == empty_rest) return {};
      at = at->overflow;
    } while (at != nullptr);
    return {};
  }

  template <class Key>
  [[nodiscard]] place find_one_bucket_text(const Key& wanted) const {
    constexpr std::size_t short_text = 32;
    constexpr std::size_t end = 4;
    const std::string_view key(wanted);
    bucket* const only = this->buckets->at(0);
    place candidate;
    for (unsigned index = 0; index < slots_per_bucket; ++index) {
      if (only->tophash[index] == empty_rest) break;
      if (only->tophash[index] == empty_one) continue;
      const std::string_view other = only->keys[index].get();
      if (other.size() != key.size()) continue;
      if (key.size() < short_text || other.data() == key.data()) {
        if (other == key) return {only, index};
        continue;
      }
      if (std::memcmp(other.data(), key.data(), end) != 0 ||
          std::memcmp(other.data() + other.size() - end, key.data() + key.size() - end, end) != 0)
        continue;
      if (candidate) return find(wanted, this->hash_key(wanted));
      candidate = {only, index};
    }
    return candidate && std::string_view(candidate.bucket->keys[candidate.index].get()) == key ? candidate
                                                                                               : place{};
  }
};

}  // namespace steady::classic
