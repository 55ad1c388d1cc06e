// An entry outside of any map, and how it gets into one.
//
// What the caller's arguments construct is built before the map is written, and what was erased is destroyed after (contract
// G7, G9): meanwhile the entry lies in a held_entry. A node handle carries one about. Where an entry is to be
// moved in instead of built, the builder says so by `moves_an_entry`, and leaves it with its owner until it has a place.
#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

#include "config.hpp"
#include "watch.hpp"

namespace steady::detail {

// Tells who watches the memory of maps that an entry's own place is about to be given back.
template <class Types>
STEADY_INLINE void note_entry_given_back([[maybe_unused]] typename Types::slot* at) noexcept {
  if constexpr (Types::observed && !Types::entries_in_place)
    watch<typename Types::observer>::tell_given_back(at->get());
}

template <class Types>
class held_entry {
 public:
  using slot = typename Types::slot;

  explicit held_entry(typename Types::allocator_type& allocator) noexcept : allocator_(&allocator) {}
  held_entry(const held_entry&) = delete;
  held_entry& operator=(const held_entry&) = delete;
  ~held_entry() {
    if (held_) drop();
  }

  template <class... Arguments>
  void build(Arguments&&... arguments) {
    slot::construct(*allocator_, at(), std::forward<Arguments>(arguments)...);
    held_ = true;
  }
  // Lets `build` make the entry, as it would in a slot of the map.
  template <class Build>
  void build_by(Build&& build) {
    build(at());
    held_ = true;
  }
  void take(slot* from) noexcept {
    slot::relocate(*allocator_, from, at());
    held_ = true;
  }
  void give(slot* to) noexcept {
    slot::relocate(*allocator_, at(), to);
    held_ = false;
  }
  [[nodiscard]] bool held() const noexcept { return held_; }
  [[nodiscard]] typename Types::value_type& value() noexcept { return *at()->get(); }

 private:
  [[nodiscard]] slot* at() noexcept { return reinterpret_cast<slot*>(memory_); }
  // Out of line: gcc 12 takes an inlined one, never run when nothing is held, for a use of memory not begun.
  STEADY_NOINLINE void drop() noexcept {
    note_entry_given_back<Types>(at());
    slot::destroy(*allocator_, at());
  }

  alignas(slot) std::byte memory_[sizeof(slot)];
  typename Types::allocator_type* allocator_;
  bool held_ = false;
};

// Builds an entry by moving in one that was built before.
template <class Types>
struct give_held {
  using moves_an_entry = void;
  held_entry<Types>& entry;
  void operator()(typename Types::slot* to) const noexcept { entry.give(to); }
};

// The same for an entry that lies in another map of the same allocator. It may lie in its slot there and be a node here,
// or the other way round: then moving it cannot throw, and a node is allocated before.
template <class Types, class Other>
struct take_over {
  using moves_an_entry = void;
  using From = typename Other::slot;
  typename Types::allocator_type& allocator;
  From* from;
  void operator()(typename Types::slot* to) const {
    if constexpr (std::is_same_v<From, typename Types::slot>) {
      note_entry_given_back<Other>(from);
      Types::slot::relocate(allocator, from, to);
    } else {
      Types::policy::move_into(allocator, to, *from->get());
      note_entry_given_back<Other>(from);
      From::destroy(allocator, from);
    }
  }
};

template <class Build>
inline constexpr bool only_moves = requires { typename Build::moves_an_entry; };

}  // namespace steady::detail
