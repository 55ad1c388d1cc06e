// Inserts of a whole range: construction and assignment from one, insert(first, last).
//
// Where two iterators can be subtracted, an empty map makes the buckets for all elements at once, where one insert after the
// other would split each bucket several times. And where the elements lie one behind the other in memory and are pairs with keys as
// the map has them, or such keys, the loads of 32 inserts are under way at the same time, as in find_many.hpp. All other iterators
// may run code of the user's, give elements that do not outlive them, or point into this map: there each element is asked for when
// its turn has come. Either way each is inserted by itself, in order, so all that holds for an insert holds here: the first of
// equal keys stays, and what throws leaves those before it in the map.
//
// Elements may have equal keys, and room for ten million to keep ten would be too much. So at first there is room for 4,096
// elements; how many of these were there already tells how many keys there may be in all, as the birthdays of a school
// class tell the length of the year, and room is made for so many. What was made for nothing is given back at the end, also when
// something was thrown; keys that come again only after the first 4,096 elements, in an order that is not random, may make it up to
// what all elements would need. If it was too little, the map grows as ever.
//
// Hashes are not worked out ahead where the hash may throw: the elements before the one that throws are to be in the map. Code
// of the user's that copies an element may change the map; if its seed is another then, the hashes ahead are worthless.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <type_traits>

#include "quiet.hpp"
#include "table.hpp"

namespace steady::detail {

template <class Hash, class Key>
inline constexpr bool hashes_nothrow =
    std::is_invocable_v<const Hash&, const Key&, std::uint64_t>
        ? std::is_nothrow_invocable_v<const Hash&, const Key&, std::uint64_t>
        : std::is_nothrow_invocable_v<const Hash&, const Key&>;

// Whether a range's elements can be read ahead, and have their keys as the map has them.
template <class Element, class Key>
inline constexpr bool is_pair_with_key = false;
template <class First, class Second, class Key>
inline constexpr bool is_pair_with_key<std::pair<First, Second>, Key> =
    std::same_as<std::remove_const_t<First>, Key>;

template <class Input, class Types>
inline constexpr bool read_ahead = false;
template <std::contiguous_iterator Input, class Types>
  requires std::constructible_from<typename Types::value_type, std::iter_reference_t<Input>>
inline constexpr bool read_ahead<Input, Types> =
    (Types::policy::is_map ? is_pair_with_key<std::iter_value_t<Input>, typename Types::key_type>
                           : std::same_as<std::iter_value_t<Input>, typename Types::key_type>) &&
    hashes_nothrow<typename Types::hasher, typename Types::key_type>;

// `Types` are those of the map, a container of them.
template <class Types>
class range_insert {
 public:
  template <class Map, class Input>
  static void run(Map& map, Input first, const Input& last) {
    if constexpr (std::sized_sentinel_for<Input, Input>) {
      const auto elements = static_cast<std::uint64_t>(last - first);
      if (map.size() == 0 && elements > 1) {
        room<Map> made(map);
        made.make(std::min(first_elements, elements));
        insert_next(map, first, last, first_elements);
        if (first_elements < elements)
          made.make(std::min(elements, keys_expected(first_elements, map.size())));
        return insert_next(map, first, last, elements);
      }
    }
    insert_next(map, first, last, ~std::uint64_t{0});
  }

 private:
  using slot = typename Types::slot;
  using key_type = typename Types::key_type;

  static constexpr std::size_t most_together = 32;
  static constexpr std::uint64_t first_elements = 4096;

  // Of so many keys there are probably in all, when so many elements had so many different ones: among n keys that are drawn, n * n / 2
  // pairs may be equal, each with the probability of one in so many keys as there are.
  [[nodiscard]] static std::uint64_t keys_expected(std::uint64_t elements, std::uint64_t different) noexcept {
    const std::uint64_t equal = elements - std::min(elements, different);
    return equal == 0 ? ~std::uint64_t{0} : elements * elements / (2 * equal);
  }

  // Room that was made, for so many entries; what is too much of it goes back at the end. An eighth too much is not worth merging
  // buckets for.
  template <class Map>
  class room {
   public:
    explicit room(Map& map) noexcept : map_(map), buckets_before_(map.buckets()) {}
    room(const room&) = delete;
    room& operator=(const room&) = delete;
    ~room() {
      if (map_.size() < entries_ - entries_ / 8) map_.give_room_back(buckets_before_);
    }
    void make(std::uint64_t entries) {
      entries_ = std::max(entries_, entries);
      map_.make_room_for(entries_);
    }

   private:
    Map& map_;
    std::uint64_t buckets_before_;
    std::uint64_t entries_ = 0;
  };

  // Inserts what is before `last`, at most so many, and leaves `at` behind them.
  template <class Map, class Input>
  static void insert_next(Map& map, Input& at, const Input& last, std::uint64_t most) {
    if constexpr (read_ahead<Input, Types>) {
      for (std::uint64_t left = std::min(most, static_cast<std::uint64_t>(last - at)); left != 0;) {
        const auto next = static_cast<std::size_t>(std::min<std::uint64_t>(left, most_together));
        insert_some(map, at, next);
        left -= next;
      }
    } else {
      for (; most != 0 && at != last; --most, ++at) (void)map.emplace(*at);
    }
  }

  template <class Map, class Input>
  static void insert_some(Map& map, Input& at, std::size_t count) {
    struct element_ahead {
      std::add_pointer_t<std::iter_reference_t<Input>> element;
      std::uint64_t hash;
    };
    std::array<element_ahead, most_together> ahead;
    map.draw_seed();
    const std::uint64_t seed = map.seed_;
    for (std::size_t each = 0; each < count; ++each, ++at) {
      ahead[each].element = std::to_address(at);
      ahead[each].hash = map.hash_key(key_of(*ahead[each].element));
      map.prefetch_hash(ahead[each].hash);
    }
    for (std::size_t each = 0; each < count; ++each) {
      if (map.seed_ == seed) [[likely]] {
        insert(map, *ahead[each].element, ahead[each].hash);
      } else {
        insert(map, *ahead[each].element);
      }
    }
  }

  template <class Element>
  [[nodiscard]] STEADY_INLINE static const key_type& key_of(const Element& element) noexcept {
    if constexpr (Types::policy::is_map) {
      return element.first;
    } else {
      return element;
    }
  }

  template <class Map, class Element, class... HashIfKnown>
  STEADY_INLINE static void insert(Map& map, Element& element, HashIfKnown... hash) {
    static_cast<typename Map::core&>(map).template insert_unique<builds_quietly_from<Element&>>(
        key_of(element), hash..., [&](slot* to) { slot::construct(map.allocator_, to, element); });
  }
  template <class Element>
  static constexpr bool builds_quietly_from = [] {
    if constexpr (Types::policy::is_map) {
      return builds_quietly<key_type, decltype((std::declval<Element>().first))> &&
             builds_quietly<typename Types::policy::mapped_type, decltype((std::declval<Element>().second))>;
    } else {
      return builds_quietly<key_type, Element>;
    }
  }();
};

}  // namespace steady::detail
