// The types one table is made of, worked out once from what the user chose.
#pragma once

#include <cstddef>
#include <memory>
#include <type_traits>

#include "../options.hpp"
#include "layout.hpp"
#include "slot.hpp"
#include "watch.hpp"

namespace steady::detail {

// What searches the tag words of a table: the group, or what its options put in that place. That is for tests, which
// count the tag words that are read by a group of their own; steady::options has no such member.
template <class Options>
struct group_of {
  using type = group;
};
template <class Options>
  requires requires { typename Options::group; }
struct group_of<Options> {
  using type = typename Options::group;
};

// An Options type that does not come from steady::options need not speak of snapshots.
template <class Options>
inline constexpr bool takes_snapshots = false;
template <class Options>
  requires requires { Options::takes_snapshots; }
inline constexpr bool takes_snapshots<Options> = Options::takes_snapshots;

template <class Policy, class Hash, class Equal, class Allocator, class Options, bool AlwaysNodes,
          class Container>
struct table_types {
  using container = Container;  // named in reports
  using policy = Policy;
  using key_type = typename Policy::key_type;
  using value_type = typename Policy::value_type;
  using hasher = Hash;
  using key_equal = Equal;
  using allocator_type = Allocator;
  using options = Options;
  using group = typename group_of<Options>::type;
  using observer = typename observer_of<Options>::type;
  static constexpr bool observed = is_observing<observer>;
  static constexpr bool audited = is_auditing<observer>;
  static constexpr bool snapshots = takes_snapshots<Options>;

  using allocator_traits = std::allocator_traits<Allocator>;
  using void_pointer = typename allocator_traits::void_pointer;

  template <class Slot>
  using layout_of = layout<Slot, void_pointer, Options::largest_block>;

  static constexpr bool entries_in_place = [] {
    if constexpr (AlwaysNodes || !Policy::nothrow_movable || sizeof(value_type) > largest_inline_entry) {
      return false;
    } else {
      return layout_of<inline_slot<Policy, Allocator>>::bucket_fits;
    }
  }();

  using slot =
      std::conditional_t<entries_in_place, inline_slot<Policy, Allocator>, node_slot<Policy, Allocator>>;
  using shape = layout_of<slot>;

  using unit = storage_unit<shape::alignment>;
  using unit_allocator = typename allocator_traits::template rebind_alloc<unit>;
  using unit_traits = std::allocator_traits<unit_allocator>;
  using unit_pointer =
      typename std::pointer_traits<typename unit_traits::pointer>::template rebind<std::byte>;
  using link_pointer = typename std::pointer_traits<unit_pointer>::template rebind<unit_pointer>;

  static_assert(sizeof(unit_pointer) == sizeof(void_pointer) &&
                    alignof(unit_pointer) == alignof(void_pointer),
                "steady: an allocator's pointers must all have one size");
};

// How much structural work one operation may still do. A bounded operation makes at most one allocation and one
// release for structure; what needs a second is put off to the next operation (contract G1).
struct work {
  bool bounded = true;
  bool allocated = false;
  bool released = false;

  [[nodiscard]] bool may_allocate() const noexcept { return !bounded || !allocated; }
  [[nodiscard]] bool may_release() const noexcept { return !bounded || !released; }
};

}  // namespace steady::detail
