// A cursor: where a loop, or an iterator, stands. Its three states, and what it knows of its way.
//
//   end         holds no map state, so a range-for's end survives clear, swap, move and destruction of the map
//   plain       from find and insert: an entry and its place. It learns where it is in the walk when it is advanced.
//   observed    from begin() of a const map: not registered, writes nothing; it carries the map's stamp, and a step
//               after a change reports it
//   registered  from begin() of a non-const map, and copies of that: linked into the map's list of loops, so that
//               structural work can tell it where its entries went
//   ended       was registered; the map was cleared, assigned to or destroyed. The next step makes it an end.
//
// The walk (contract G4). The entries of a map are partitioned by the low `bits_` bits of their hash into units; at the
// time a loop begins, bits_ is the table's B and a unit is one bucket and, while the table grows, the bucket split off
// it. The loop visits unit after unit, from a start drawn from the seed and around. A unit that the loop stands before
// is whole, whatever growth and shrinking do to its buckets, so nothing needs to be kept for it.
//
//  - When the map grows meanwhile, a later unit has more buckets. On entering it, the cursor splits it into sub-units of
//    one bucket each: `boundaries_` has a bit for every place where a finer level of units begins, and the number of
//    the current sub-unit stands in the bits above. So a unit being visited never has more than two buckets.
//  - When the map shrinks below the units, several share a bucket. The cursor then asks each entry's hash whether it is
//    of the unit ("filtered").
//  - When structural work is about to touch the unit in which a loop stands, the cursor first lists the entries
//    that are still owed there (pending_list). From then on, until the unit is done, it follows the list, which every
//    relocation keeps true. Entries that come into that unit later are not owed.
//
// The hot members are few: a step without changes takes the next bit of mask_ and compares the stamp.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <utility>

#include "storage.hpp"

namespace steady::detail {

enum class cursor_state : std::uint8_t { end, plain, observed, registered, ended };

// Where an entry is: enough to erase it.
template <class Types>
struct position {
  typename Types::slot* entry;  // nullptr: nowhere, and the rest is unset
  std::uint8_t* tags;  // the tags of its group
  typename Types::slot* slots;  // the slots of its group
  typename table_storage<Types>::overflow_node* node;  // its overflow node, or nullptr: in the bucket itself
  std::uint64_t bucket;

  [[nodiscard]] STEADY_INLINE unsigned index() const noexcept { return static_cast<unsigned>(entry - slots); }
  [[nodiscard]] STEADY_INLINE std::uint8_t& tag() const noexcept { return tags[index()]; }
};

template <class Types>
class table_walk;

template <class Types>
class table_following;

template <class Types>
struct pending_list;

template <class Types>
class cursor {
 public:
  using walk = table_walk<Types>;
  using group = typename Types::group;

  STEADY_INLINE constexpr cursor() noexcept { at_.entry = nullptr; }

  STEADY_INLINE cursor(const walk* map, const position<Types>& at, std::uint64_t stamp) noexcept
      : at_(at), stamp_(stamp), mask_(0), run_(0), state_(cursor_state::plain), map_(const_cast<walk*>(map)) {
  }

  STEADY_INLINE cursor(const cursor& other) noexcept { copy(other); }
  STEADY_INLINE cursor& operator=(const cursor& other) noexcept {
    if (this != &other) {
      leave();
      copy(other);
    }
    return *this;
  }
  STEADY_INLINE ~cursor() { leave(); }

  [[nodiscard]] STEADY_INLINE typename Types::slot* entry() const noexcept { return at_.entry; }
  [[nodiscard]] STEADY_INLINE const position<Types>& place() const noexcept { return at_; }
  [[nodiscard]] cursor_state state() const noexcept { return state_; }
  [[nodiscard]] walk* map() const noexcept { return map_; }
  // The unit of its walk in which a registered cursor stands, and how fine it is.
  [[nodiscard]] std::pair<std::uint64_t, unsigned> unit() const noexcept { return {unit_, bits_}; }

  // Where a step led: in registers, so that a loop can keep the mask in one. If the mask came back through memory alone, each
  // step would wait for the store of the one before.
  struct stepped {
    typename Types::slot* entry;
    std::uint32_t mask;
  };

  STEADY_INLINE void advance() {
    // 0 stays 0: a cursor that has not looked at its group takes the long way.
    const std::uint32_t rest = mask_ & (mask_ - 1);
    if (rest != 0 && map_->stamp() == stamp_) [[likely]] {
      at_.entry = slot_at(at_.slots, lowest(rest));
      assume(at_.entry != nullptr);  // so that the loop's own test for the end is left out here
      mask_ = rest;
      return;
    }
    stepped next{nullptr, 0};
    if (rest == 0 && run_ > 0 && map_->stamp() == stamp_) next = run_on();
    if (next.entry == nullptr) next = walk::advance(*this, rest);
    at_.entry = next.entry;
    mask_ = next.mask;
  }

 private:
  friend table_walk<Types>;
  friend table_following<Types>;

  // A run: the table is unchanged and the buckets of one block come one after the other, each followed by the one that was split
  // off it, its twin, as far away for all of them. This is the way without twins, through a table within the caches: to the next
  // bucket with entries, and to nowhere when a chain or the end of the run is met. table_walk::run_on goes on from there.
  STEADY_INLINE stepped run_on() noexcept {
    while (at_.node == nullptr && at_.tags[filter_byte] == 0 && run_ > 0) {
      --run_;
      if (const std::uint32_t occupied = to_neighbour(); occupied != 0)
        return {slot_at(at_.slots, lowest(occupied)), occupied};
    }
    return {nullptr, 0};
  }

  // To the bucket of the next unit, or of a run's next bucket; and which slots there have entries.
  STEADY_INLINE std::uint32_t to_neighbour() noexcept {
    at_.bucket = ++unit_;
    return move_by(to_neighbours_tags, to_neighbours_slots);
  }
  std::uint32_t to_twin_or_neighbour() noexcept {
    if (twin_ == 0) return to_neighbour();
    at_twin_ = !at_twin_;
    if (at_twin_) {
      at_.bucket += std::uint64_t{1} << bits_;
      return move_by(twin_, twin_slots_);
    }
    at_.bucket = ++unit_;
    return move_by(to_neighbours_tags - twin_, to_neighbours_slots - twin_slots_);
  }
  STEADY_INLINE std::uint32_t move_by(std::ptrdiff_t tags, std::ptrdiff_t slots) noexcept {
    at_.tags += tags;
    at_.slots = reinterpret_cast<typename Types::slot*>(reinterpret_cast<std::byte*>(at_.slots) + slots);
    const std::uint32_t occupied = group::occupied(at_.tags);
    from_start_ = occupied == 0;
    return occupied;
  }

  // What the processor does not ask for by itself early enough: the slots a page further, and nodes of chains.
  void ask_ahead() const noexcept {
    // So many buckets follow this one in its block.
    const std::uint32_t left = static_cast<std::uint32_t>(std::abs(run_)) / (twin_ != 0 ? 2 : 1);
    if (left >= slots_ahead)
      ask(reinterpret_cast<std::uintptr_t>(at_.slots) + std::size_t{slots_ahead} * stride,
          (std::min<std::size_t>(stride, 1024) + cache_line - 1) / cache_line);
    if (left >= chain_ahead) ask(reinterpret_cast<std::uintptr_t>(walk::node_ahead(*this, chain_ahead)), 2);
  }
  STEADY_INLINE static void ask(std::uintptr_t address, std::size_t lines) noexcept {
    for (std::size_t each = 0; each < lines; ++each)
      prefetch_line(reinterpret_cast<const void*>(address + each * cache_line));
  }
  static constexpr std::size_t stride = Types::shape::bucket_stride;
  static constexpr std::ptrdiff_t to_neighbours_tags = -static_cast<std::ptrdiff_t>(tag_word_bytes);
  static constexpr std::ptrdiff_t to_neighbours_slots = static_cast<std::ptrdiff_t>(stride);
  static constexpr std::size_t cache_line = 64;
  static constexpr std::uint32_t slots_ahead = std::max<std::uint32_t>(4096 / stride, 1);
  static constexpr std::uint32_t chain_ahead = 4;

  STEADY_INLINE void copy(const cursor& other) noexcept {
    at_.entry = other.at_.entry;
    state_ = other.state_;
    if (state_ != cursor_state::end) walk::copy_cursor(*this, other);
  }
  STEADY_INLINE void leave() noexcept {
    if (state_ == cursor_state::registered) walk::unregister(*this);
  }

  // An end has only at_.entry and state_; a plain cursor also the members before `seated_`; the rest is set when it
  // takes its first step. Leaving them unset is what makes the iterator that find() returns as cheap as a pointer.
  position<Types> at_;
  std::uint64_t stamp_;  // of the map when mask_ was read
  std::uint32_t mask_;  // lowest bit: the current slot; the others: occupied slots of its group still to come
  // So many more buckets can be gone to without asking the table where they are; negative: by table_walk::run_on.
  std::int32_t run_;
  cursor_state state_ = cursor_state::end;
  bool seated_ = false;
  bool disturbed_;  // follows pending_ until the unit is done
  bool from_start_;  // all of the current group is still to come (its predecessor went away)
  bool chain_done_;  // nothing of the current bucket is still to come
  bool at_twin_;  // of a run: in the bucket that was split off
  std::uint8_t bits_;
  walk* map_;
  std::uint64_t unit_;
  std::uint64_t start_;
  std::uint64_t boundaries_;
  std::ptrdiff_t twin_;  // of a run: bytes from a bucket's tags to those of the one split off it; 0: none was
  std::ptrdiff_t twin_slots_;  // the same for the slots: in one block tags go down, slots up
  pending_list<Types>* pending_;
  std::uint32_t pending_next_;  // of the list, which copies of a cursor share
  cursor* previous_;
  cursor* next_;
};

}  // namespace steady::detail
