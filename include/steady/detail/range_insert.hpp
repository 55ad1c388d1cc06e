// Inserts of a whole range: construction and assignment from one, insert(first, last).
//
// A range that can be read twice says how many elements it has. An empty map then makes the buckets for them at once, where one
// insert after the other would split each bucket several times; and where the elements hold keys as the map's, the loads of 32
// inserts are under way at the same time, as in find_many.hpp. Either way each element is inserted by itself, in order, so all that
// holds for an insert holds here: the first of equal keys stays, and what throws leaves those before it in the map.
//
// Elements may have equal keys, and room for ten million to keep ten would be too much. So at first there is room for 4,096
// elements; how many of these were there already tells how many keys there may be in all, as the birthdays of a school
// class tell the length of the year, and room is made for so many. What was made for nothing is given back at the end; keys
// that come again only after the first 4,096 elements, in an order that is not random, may make it up to what all elements
// would need. If it was too little, the map grows as ever.
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

// Whether the elements of a range are there to be pointed at, and have their keys as the map has them.
template <class Input, class Types>
inline constexpr bool holds_keys = false;
template <class Input, class Types>
  requires(std::forward_iterator<Input> && std::is_lvalue_reference_v<std::iter_reference_t<Input>> &&
           std::constructible_from<typename Types::value_type, std::iter_reference_t<Input>>)
inline constexpr bool holds_keys<Input, Types> = [] {
  using element = std::iter_value_t<Input>;
  if constexpr (!Types::policy::is_map) {
    return std::same_as<element, typename Types::key_type>;
  } else if constexpr (requires(element& from) { from.first, from.second; }) {
    return std::same_as<std::remove_cvref_t<decltype(std::declval<element&>().first)>,
                        typename Types::key_type>;
  } else {
    return false;
  }
}();

template <class Hash, class Key>
inline constexpr bool hashes_nothrow =
    std::is_invocable_v<const Hash&, const Key&, std::uint64_t>
        ? std::is_nothrow_invocable_v<const Hash&, const Key&, std::uint64_t>
        : std::is_nothrow_invocable_v<const Hash&, const Key&>;

// `Types` are those of the map, a container of them.
template <class Types>
class range_insert {
 public:
  // [first, last) may be of this map: nothing is new then.
  template <class Map, class Input>
  static void run(Map& map, Input first, const Input& last) {
    if constexpr (!std::forward_iterator<Input>) {
      for (; first != last; ++first) (void)map.emplace(*first);
    } else {
      const auto elements = static_cast<std::uint64_t>(std::distance(first, last));
      std::uint64_t made = 0;  // room, for so many entries
      const auto make_room = [&](std::uint64_t entries) {
        made = std::min(entries, elements);
        if (made > map.size()) map.make_room_for(made);
      };
      const std::uint64_t sample = map.size() == 0 ? std::min(first_elements, elements) : 0;
      if (sample != 0) make_room(sample);
      insert_next(map, first, sample);
      if (sample != 0 && sample < elements) make_room(keys_expected(sample, map.size()));
      insert_next(map, first, elements - sample);
      // An eighth too much is not worth merging buckets for.
      if (map.size() < made - made / 8) map.give_room_back();
    }
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

  template <class Map, class Input>
  static void insert_next(Map& map, Input& at, std::uint64_t count) {
    for (std::uint64_t next = 0; count > 0; count -= next) {
      next = std::min<std::uint64_t>(count, most_together);
      insert_some(map, at, static_cast<std::size_t>(next));
    }
  }

  template <class Map, class Input>
  static void insert_some(Map& map, Input& at, std::size_t count) {
    if constexpr (!holds_keys<Input, Types>) {
      for (; count > 0; --count, ++at) (void)map.emplace(*at);
    } else if constexpr (!hashes_nothrow<typename Types::hasher, key_type>) {
      for (; count > 0; --count, ++at) insert(map, *at);
    } else {
      struct element_ahead {
        std::add_pointer_t<std::iter_reference_t<Input>> element;
        std::uint64_t hash;
      };
      std::array<element_ahead, most_together> ahead;
      map.draw_seed();
      const std::uint64_t seed = map.seed_;
      for (std::size_t each = 0; each < count; ++each, ++at) {
        ahead[each].element = std::addressof(*at);
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
