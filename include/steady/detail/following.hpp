// How the loops in progress are kept right while entries move (contract G4). All of this is the writer's, who is alone.
//
// Every relocation in the library is told here. A cursor that nothing disturbs needs little: its unit is whole, whatever
// happens to other units. Before the entries of its unit are moved by a split or a merge, it is disturbed: it lists what
// it still owes there (pending_list), and from then on the list is what moves are followed in. Overflow nodes and the
// first block move as wholes, which only shifts positions.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "poison.hpp"
#include "walk.hpp"

namespace steady::detail {

template <class Types>
class table_following : public table_walk<Types> {
 public:
  using base = table_walk<Types>;
  using storage = table_storage<Types>;
  using base::base;
  using typename base::cursor_type;
  using typename base::overflow_node;
  using typename base::place;
  using typename base::slot;

  constexpr table_following() noexcept(base::nothrow_default) = default;

 protected:
  ~table_following() = default;

  // ---- relocation ----

  // Moves an entry, and tells `watched` (the entry an insert just made) and the loops. Counted, because stats show it.
  void relocate(const place& from, const place& to, place* watched) noexcept {
    slot::relocate(this->allocator_, from.entry, to.entry);
    poison_slot(from.entry);
    if (watched != nullptr && watched->entry == from.entry) *watched = to;
    if (this->looped()) [[unlikely]]
      follow(from, to);
  }

  // The entry at `from` is at `to` now.
  STEADY_COLD void follow(const place& from, const place& to) noexcept {
    for (cursor_type* c = this->cursors(); c != nullptr; c = c->next_) {
      if (c->at_.entry == from.entry && !c->from_start_ && !c->chain_done_) c->at_ = to;
    }
    for_each_list([&](pending_list<Types>& list) {
      for (std::uint32_t index = 0; index < list.count; ++index) {
        place& item = list.items()[index];
        if (item.entry == from.entry) {
          item = to;
        } else if (item.entry == to.entry) {
          item.entry = nullptr;  // it was erased before, and what came is listed or not owed
        }
      }
    });
  }

  // Overflow node `from` lies at `to` now, with its entries in the same slots.
  STEADY_COLD void follow_node(overflow_node* from, overflow_node* to, place* watched) noexcept {
    const auto moved = [&](place& at) {
      if (at.node != from) return;
      const unsigned index = at.index();
      at.node = to;
      at.tags = to->tags;
      at.slots = to->slots();
      at.entry = at.slots + index;
    };
    if (watched != nullptr) moved(*watched);
    for_each_followed(moved);
  }

  // Buckets `first` to `last` - 1 of the first block lie elsewhere now, all in the same order.
  STEADY_COLD void follow_buckets(std::uint64_t first, std::uint64_t last, const std::byte* from,
                                  std::byte* to, place* watched) noexcept {
    const std::ptrdiff_t shift = to - from;
    const auto moved = [&](place& at) {
      if (at.node != nullptr || at.bucket < first || at.bucket >= last) return;
      at.tags += shift;
      at.slots = reinterpret_cast<slot*>(reinterpret_cast<std::byte*>(at.slots) + shift);
      at.entry = reinterpret_cast<slot*>(reinterpret_cast<std::byte*>(at.entry) + shift);
    };
    if (watched != nullptr) moved(*watched);
    for_each_followed(moved);
  }

  // An overflow node without entries is about to go: whoever stands there stands before what comes after it.
  STEADY_COLD void leave_node(const overflow_node* gone) noexcept {
    forget_pending([&](const place& item) { return item.node == gone; });
    for (cursor_type* c = this->cursors(); c != nullptr; c = c->next_) {
      if (c->at_.node != gone || c->disturbed_) continue;
      c->run_ = 0;
      c->mask_ = 0;
      // The node's place may soon be another's: nothing may take this loop for standing there.
      if (overflow_node* const after = storage::next_of(gone)) {
        c->from_start_ = true;
        c->at_.node = after;
        c->at_.tags = after->tags;
        c->at_.slots = after->slots();
        c->at_.entry = c->at_.slots;
      } else {
        c->chain_done_ = true;
        c->at_.node = nullptr;
      }
    }
  }

  // Visits every position that loops remember.
  template <class Visit>
  void for_each_followed(Visit&& visit) noexcept {
    for (cursor_type* c = this->cursors(); c != nullptr; c = c->next_) visit(c->at_);
    for_each_list([&](pending_list<Types>& list) {
      for (std::uint32_t index = 0; index < list.count; ++index)
        if (list.items()[index].entry != nullptr) visit(list.items()[index]);
    });
  }

  // Buckets from `bucket` on are about to go, all empty: nobody is owed anything there.
  STEADY_COLD void leave_bucket(std::uint64_t bucket) noexcept {
    forget_pending([&](const place& item) { return item.bucket == bucket; });
  }

  // Nobody is owed what satisfies the predicate.
  template <class Predicate>
  void forget_pending(Predicate&& predicate) noexcept {
    for_each_list([&](pending_list<Types>& list) {
      for (std::uint32_t index = 0; index < list.count; ++index)
        if (predicate(list.items()[index])) list.items()[index].entry = nullptr;
    });
  }

  // Visits every list once, also one that several cursors share.
  template <class Visit>
  void for_each_list(Visit&& visit) noexcept {
    for (cursor_type* c = this->cursors(); c != nullptr; c = c->next_) {
      if (c->pending_ == nullptr) continue;
      bool visited = false;
      if (c->pending_->cursors > 1)
        for (const cursor_type* d = this->cursors(); d != c; d = d->next_)
          visited = visited || d->pending_ == c->pending_;
      if (!visited) visit(*c->pending_);
    }
  }

  // ---- disturbing loops ----

  // Whether an undisturbed loop stands in the unit that `bucket` (a number of `bits` bits) belongs to.
  [[nodiscard]] STEADY_COLD bool stands_in(std::uint64_t bucket, unsigned bits) const noexcept {
    for (const cursor_type* c = this->cursors(); c != nullptr; c = c->next_)
      if (!c->disturbed_ && overlaps(*c, bucket, bits)) return true;
    return false;
  }

  // Before entries with these low hash bits are moved: every loop that stands among them lists what it still owes.
  // False when that must wait (one list is one allocation). Throws what allocation and hash throw.
  [[nodiscard]] STEADY_COLD bool disturb(std::uint64_t bucket, unsigned bits, work& work) {
    const cursor_type* listed = nullptr;
    for (cursor_type* c = this->cursors(); c != nullptr; c = c->next_) {
      if (c->disturbed_ || !overlaps(*c, bucket, bits)) continue;
      if (listed != nullptr && same_way(*c, *listed)) {
        if (listed->pending_ != nullptr) this->share_pending(*c, *listed);
        c->disturbed_ = true;
        c->run_ = 0;
        c->mask_ = 0;
      } else if (!list_pending(*c, work)) {
        return false;
      } else {
        listed = c;
      }
    }
    return true;
  }
  // Two copies of one iterator, as erase(iterator) makes: they owe the same.
  [[nodiscard]] static bool same_way(const cursor_type& a, const cursor_type& b) noexcept {
    return a.at_.entry == b.at_.entry && a.unit_ == b.unit_ && a.bits_ == b.bits_ &&
           a.from_start_ == b.from_start_ && a.chain_done_ == b.chain_done_;
  }

  [[nodiscard]] static bool overlaps(const cursor_type& c, std::uint64_t bucket, unsigned bits) noexcept {
    return ((c.unit_ ^ bucket) & base::low_bits(std::min<unsigned>(c.bits_, bits))) == 0;
  }

  static constexpr std::size_t largest_list = 65536;
  [[nodiscard]] bool list_pending(cursor_type& c, work& work) {
    std::uint32_t owed = 0;
    each_owed(c, [&](const place&) { ++owed; });
    if (owed != 0) {
      if (!work.may_allocate()) return false;
      const std::size_t bytes =
          round_up(pending_list<Types>::header + owed * sizeof(place), sizeof(typename Types::unit));
      // 1,600 entries and more owed in one unit, by a hash that sends them all there: the step waits until the loop has left
      // it, for a list of them would be larger than any block may be (G1).
      if (work.bounded && bytes > largest_list) return false;
      auto* const list = std::construct_at(
          reinterpret_cast<pending_list<Types>*>(storage::allocate_bytes(this->units(), bytes, work)));
      this->note_taken(memory_kind::loops, list, bytes, 1);
      list->bytes = bytes;
      c.pending_ = list;
      c.pending_next_ = 0;
      if (!fill_pending(c, *list, owed)) return false;
    }
    c.disturbed_ = true;
    c.run_ = 0;
    c.mask_ = 0;
    return true;
  }

  [[nodiscard]] bool fill_pending(cursor_type& c, pending_list<Types>& list, std::uint32_t owed) {
    const bool filled = attempt([&] {
      each_owed(c, [&](const place& at) {
        if (list.count < owed) std::construct_at(list.items() + list.count++, at);
      });
    });
    if (!filled) this->drop_pending(c);
    return filled;
  }

  // Calls visit(position) for every entry of the unit that the cursor has not produced yet.
  template <class Visit>
  void each_owed(const cursor_type& c, Visit&& visit) {
    cursor_type ahead;  // a private copy of the cursor's way, never registered
    ahead.at_ = c.at_;
    ahead.map_ = c.map_;
    ahead.bits_ = c.bits_;
    ahead.unit_ = c.unit_;
    ahead.chain_done_ = c.chain_done_;
    std::uint32_t candidates =
        c.chain_done_ ? 0 : this->group_mask(ahead, c.from_start_ ? 0 : c.at_.index() + 1);
    const bool filter = this->filtered(ahead);
    for (;;) {
      for (; candidates != 0; candidates &= candidates - 1) {
        ahead.at_.entry = ahead.at_.slots + lowest(candidates);
        if (!filter || this->in_unit(ahead)) visit(ahead.at_);
      }
      if (!this->next_group(ahead)) return;
      candidates = this->group_mask(ahead, 0);
    }
  }
};

}  // namespace steady::detail
