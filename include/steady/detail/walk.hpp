// How a cursor goes through a table, and how it is kept right while the table changes under it. See cursor.hpp for
// what a cursor is, a unit, and the rules.
//
// Readers may walk an unchanged map in any number of threads: registering takes a one-byte lock (two atomic operations
// a loop), steps take none. All that follows a change is done by the writer, who is alone.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <type_traits>

#include "../hash.hpp"
#include "../misuse.hpp"
#include "cursor.hpp"
#include "directory.hpp"
#include "exceptions.hpp"
#include "yield.hpp"

namespace steady::detail {

// The entries a disturbed cursor still owes, in the order of the walk. Made once, of the size needed then; relocations
// rewrite it, it never grows. Copies of the cursor share it, each with its own place in it, so that copying an iterator
// never allocates. An item that is owed no more has no entry.
template <class Types>
struct pending_list {
  std::uint32_t count = 0;
  std::uint32_t cursors = 1;  // that follow this list; changed under the lock
  std::size_t bytes = 0;

  [[nodiscard]] position<Types>* items() noexcept {
    return reinterpret_cast<position<Types>*>(reinterpret_cast<std::byte*>(this) + header);
  }
  static constexpr std::size_t header = round_up(16, alignof(position<Types>));
};

template <class Types>
class table_walk : public table_directory<Types> {
 public:
  using storage = table_storage<Types>;
  using cursor_type = cursor<Types>;
  using place = position<Types>;
  using slot = typename Types::slot;
  using group = typename Types::group;
  using hasher = typename Types::hasher;
  using key_equal = typename Types::key_equal;
  using allocator_type = typename Types::allocator_type;
  using unit_allocator = typename Types::unit_allocator;
  using overflow_node = typename storage::overflow_node;

  static constexpr bool nothrow_default = std::is_nothrow_default_constructible_v<hasher> &&
                                          std::is_nothrow_default_constructible_v<key_equal> &&
                                          std::is_nothrow_default_constructible_v<allocator_type>;

  constexpr table_walk() noexcept(nothrow_default) = default;
  constexpr table_walk(const hasher& hash, const key_equal& equal, const allocator_type& allocator)
      : hash_(hash), equal_(equal), allocator_(allocator) {}

  [[nodiscard]] STEADY_INLINE std::uint64_t stamp() const noexcept { return this->stamp_; }

  // Makes `c`, an end, the beginning of a walk: from the unit that the seed names, so that maps and runs differ and
  // begin() is stable.
  void begin_walk(cursor_type& c, cursor_state state) { begin_walk_at(c, state, this->seed_ >> 7, true); }

  // A walk from the unit that `start` names.
  void begin_walk_at(cursor_type& c, cursor_state state, std::uint64_t start, bool at_usual_start) {
    if (this->size_ == 0) return;
    c.map_ = this;
    c.state_ = state;
    c.seated_ = true;
    c.boundaries_ = 0;
    c.pending_ = nullptr;
    c.bits_ = static_cast<std::uint8_t>(this->table_bits());
    c.start_ = start & low_bits(c.bits_);
    // Another reader may have set the number just now, and then the flag.
    const bool known =
        (this->flags_.load(std::memory_order_acquire) & storage::bit(storage::flag::front_known)) != 0;
    const std::uint64_t empty =
        at_usual_start && known ? this->trunk_of().front_units_empty.get() : std::uint64_t{0};
    c.unit_ = (c.start_ + empty) & low_bits(c.bits_);
    if (state == cursor_state::registered) {
      register_cursor(c);
      this->note(event_kind::loop_started);
    }
    enter_unit(c);
    find_next(c, group_mask(c, 0));
    if (!at_usual_start || state == cursor_state::observed) return;
    const std::uint64_t skipped = (c.unit_ - c.start_) & low_bits(c.bits_);
    if (skipped > empty + 3) note_empty_units(skipped);
  }

  // One step, when it is not simply to the next slot of an unchanged group, of which `rest` is still to come. May throw what
  // the hash throws; the cursor is where it was then.
  STEADY_NOINLINE static typename cursor_type::stepped advance(cursor_type& c, std::uint32_t rest) {
    if (rest == 0 && c.run_ != 0 && c.map_->stamp() == c.stamp_)
      if (const auto next = run_on(c); next.entry != nullptr) return next;
    c.mask_ = rest;
    if (!begin_step(c)) return {nullptr, 0};
    table_walk& map = *c.map_;
    if (c.bits_ > map.table_bits()) [[unlikely]] {  // only then is a hash asked
      stays_on_exception stays(c);
      map.step(c);
      stays.stepped = true;
    } else {
      map.step(c);
    }
    return {c.at_.entry, c.mask_};
  }

  // Of a run: to the next node of the bucket's chain, or else to the next bucket with entries. Nowhere at the end of the run.
  [[nodiscard]] static typename cursor_type::stepped run_on(cursor_type& c) noexcept {
    place& at = c.at_;
    for (;;) {
      if (at.node != nullptr || at.tags[filter_byte] != 0) {
        overflow_node* const next = at.node != nullptr
                                        ? storage::next_of(at.node)
                                        : storage::node_of(c.map_->link_of({at.tags, at.slots, at.bucket}));
        if (next != nullptr) {
          at.node = next;
          at.tags = next->tags;
          at.slots = next->slots();
          c.from_start_ = false;
          const std::uint32_t occupied = node_occupied(*next);
          return {at.slots + lowest(occupied), occupied};
        }
      }
      if (c.run_ == 0) return {nullptr, 0};
      c.run_ += c.run_ > 0 ? -1 : 1;
      if (at.node != nullptr) c.map_->enter_bucket(c, at.bucket);
      const std::uint32_t occupied = c.to_twin_or_neighbour();
      if (c.map_->far()) c.ask_ahead();
      if (occupied != 0) return {at.slots + lowest(occupied), occupied};
    }
  }

  // Of a run in a table of several blocks: the first node of the bucket so many further in the same block, or nullptr.
  [[nodiscard]] STEADY_INLINE static const overflow_node* node_ahead(const cursor_type& c,
                                                                     std::uint32_t further) noexcept {
    const auto& link = storage::link_within(
        {c.at_.tags - std::size_t{further} * tag_word_bytes, c.at_.slots, c.at_.bucket + further},
        storage::block_buckets);
    return link ? storage::node_of(link) : nullptr;
  }

  // The step of erase(iterator), which does not throw: an entry whose hash throws is taken for one of another unit. The
  // loop may miss it; produced twice it is never.
  static void advance_after_erase(cursor_type& c) noexcept {
    if (!begin_step(c)) return;
    table_walk& map = *c.map_;
    // A step that threw has left the cursor on the entry whose hash threw: the next goes on behind it.
    while (!attempt([&] { map.step(c); })) {
    }
  }

  // A cursor at its first entry stands before it from now on.
  static void stand_before(cursor_type& c) noexcept {
    if (c.at_.entry == nullptr) return;
    c.from_start_ = true;  // all before the first entry in its group is empty
    c.mask_ = 0;
    c.run_ = 0;
  }

  static void copy_cursor(cursor_type& to, const cursor_type& from) noexcept {
    to.at_ = from.at_;
    to.mask_ = from.mask_;
    to.stamp_ = from.stamp_;
    to.run_ = from.run_;
    to.seated_ = from.seated_;
    to.map_ = from.map_;
    if (!from.seated_) return;
    to.disturbed_ = from.disturbed_;
    to.from_start_ = from.from_start_;
    to.chain_done_ = from.chain_done_;
    to.bits_ = from.bits_;
    to.unit_ = from.unit_;
    to.start_ = from.start_;
    to.boundaries_ = from.boundaries_;
    to.twin_ = from.twin_;
    to.twin_slots_ = from.twin_slots_;
    to.at_twin_ = from.at_twin_;
    to.pending_ = nullptr;
    if (from.state_ != cursor_state::registered) return;
    to.map_->register_cursor(to);
    if (from.pending_ != nullptr) to.map_->share_pending(to, from);
  }

  // A cursor at the same place, registered.
  [[nodiscard]] cursor_type registered_copy(const cursor_type& from) {
    cursor_type c;
    c.at_ = from.at_;
    c.map_ = this;
    c.run_ = 0;
    c.mask_ = 0;
    seat(c);
    c.state_ = cursor_state::registered;
    register_cursor(c);
    return c;
  }

  STEADY_NOINLINE static void unregister(cursor_type& c) noexcept {
    table_walk& map = *c.map_;
    std::uint8_t flags = map.lock();
    (c.previous_ != nullptr ? c.previous_->next_ : map.first_cursor()) = c.next_;
    if (c.next_ != nullptr) c.next_->previous_ = c.previous_;
    if (map.first_cursor() == nullptr)
      flags &= static_cast<std::uint8_t>(~storage::bit(storage::flag::looped));
    map.unlock(flags);
    map.drop_pending(c);
    map.note_loops();
  }

  // After a swap or a move: the loops of the map that was at another address, and its snapshots, are this map's now.
  void adopt_cursors() noexcept {
    for (cursor_type* c = this->cursors(); c != nullptr; c = c->next_) c->map_ = this;
    this->adopt_snapshots();
  }

  // Ends every loop: the entries are gone.
  void end_cursors() noexcept {
    for (cursor_type* c = this->cursors(); c != nullptr;) {
      cursor_type* const next = c->next_;
      drop_pending(*c);
      c->state_ = cursor_state::ended;
      c->mask_ = 0;
      c->run_ = 0;
      c = next;
    }
    if (this->looped()) this->first_cursor() = nullptr;
    this->set(storage::flag::looped, false);
    note_loops();
  }

  [[nodiscard]] STEADY_INLINE std::uint64_t hash_key(const auto& key) const {
    return hash_with_seed(hash_, key, this->seed_);
  }
  [[nodiscard]] std::uint64_t hash_entry(const slot& entry) const {
    return hash_key(Types::policy::key(*entry.get()));
  }

  [[nodiscard]] std::uint64_t live_loops() const noexcept {
    const std::uint8_t flags = lock();
    std::uint64_t loops = 0;
    for (const cursor_type* c = this->cursors(); c != nullptr; c = c->next_) ++loops;
    unlock(flags);
    return loops;
  }

  [[nodiscard]] static std::string_view name() noexcept { return type_name<typename Types::container>(); }

 protected:
  ~table_walk() = default;

  [[no_unique_address]] hasher hash_{};
  [[no_unique_address]] key_equal equal_{};
  [[no_unique_address]] allocator_type allocator_{};

  [[nodiscard]] unit_allocator units() const noexcept { return unit_allocator(allocator_); }

  [[nodiscard]] static constexpr std::uint64_t low_bits(unsigned bits) noexcept {
    return bits >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
  }

  // ---- lists of what is owed ----

  void share_pending(cursor_type& to, const cursor_type& from) noexcept {
    const std::uint8_t flags = lock();
    ++from.pending_->cursors;
    unlock(flags);
    to.pending_ = from.pending_;
    to.pending_next_ = from.pending_next_;
  }

  void drop_pending(cursor_type& c) noexcept {
    pending_list<Types>* const list = std::exchange(c.pending_, nullptr);
    if (list == nullptr) return;
    const std::uint8_t flags = lock();
    const bool last = --list->cursors == 0;
    unlock(flags);
    work any{.bounded = false};
    if (last) storage::release_bytes(units(), list, list->bytes, any);
  }

  // ---- walking ----

  void register_cursor(cursor_type& c) noexcept {
    const std::uint8_t flags = lock();
    cursor_type*& first = this->first_cursor();
    c.previous_ = nullptr;
    c.next_ = first;
    if (first != nullptr) first->previous_ = &c;
    first = &c;
    unlock(flags | storage::bit(storage::flag::looped));
  }

  // Tells the observer of loops that have ended: when fewer iterators are registered than loops were begun.
  STEADY_INLINE void note_loops() const noexcept {
    if constexpr (Types::observed)
      while (this->watch_.loop_over(live_loops())) this->note(event_kind::loop_ended);
  }

  // Whoever holds it may write the flags of readers: it gives the flags back with unlock().
  [[nodiscard]] std::uint8_t lock() const noexcept {
    constexpr std::uint8_t locked = storage::bit(storage::flag::locked);
    for (;;) {
      const std::uint8_t flags = this->flags_.fetch_or(locked, std::memory_order_acquire);
      if ((flags & locked) == 0) return flags;
      yield();
    }
  }
  void unlock(std::uint8_t flags) const noexcept { this->flags_.store(flags, std::memory_order_release); }

  void check_step(const cursor_type& c) const {
    if constexpr (Types::options::checked) {
      const auto state = static_cast<activity>(this->activity_now());
      if (state != this->rest_) {
        this->note(event_kind::misuse);
        report_misuse(misuse::iteration_and_write, name(), "iterate", activity_name(state));
      }
      if (c.state_ == cursor_state::observed && c.stamp_ != this->stamp_) {
        this->note(event_kind::misuse);
        report_misuse(misuse::iteration_of_changed_map, name(), "iterate", "a change since begin()");
      }
    }
  }

  [[nodiscard]] static std::string_view activity_name(activity what) noexcept {
    constexpr std::string_view names[] = {"none",    "insert",  "erase",   "clear",    "swap",
                                          "move",    "assign",  "reserve", "maintain", "merge",
                                          "extract", "destroy", "snapshot"};
    const auto index = static_cast<std::size_t>(what);
    return index < std::size(names) ? names[index] : "none";
  }

  // False when there is nothing to step to.
  [[nodiscard]] static bool begin_step(cursor_type& c) {
    if (c.state_ == cursor_state::ended || c.state_ == cursor_state::end) {
      c.state_ = cursor_state::end;
      c.at_.entry = nullptr;
      return false;
    }
    c.run_ = 0;  // until the next unit is entered
    if (c.state_ == cursor_state::plain && !c.seated_) c.map_->seat(c);
    c.map_->check_step(c);
    return true;
  }

  void step(cursor_type& c) {
    if (c.disturbed_) {
      next_pending(c);
      return;
    }
    const unsigned from = c.from_start_ ? 0 : c.at_.index() + 1;
    c.from_start_ = false;
    find_next(c, group_mask(c, from));
  }

  // Puts a cursor back if a step of it does not come to its end. A list of owed entries that was used up by then stays
  // given back: without one, a disturbed cursor goes on with the next unit, as with a list at its end.
  struct stays_on_exception {
    explicit stays_on_exception(cursor_type& stepping) noexcept
        : c(stepping), at(c.at_), unit(c.unit_), boundaries(c.boundaries_),
          pending_next(c.disturbed_ ? c.pending_next_ : 0), bits(c.bits_), disturbed(c.disturbed_),
          from_start(c.from_start_), chain_done(c.chain_done_) {}
    stays_on_exception(const stays_on_exception&) = delete;
    stays_on_exception& operator=(const stays_on_exception&) = delete;
    ~stays_on_exception() {
      if (stepped) return;
      c.at_ = at;
      c.mask_ = 0;
      c.run_ = 0;
      c.unit_ = unit;
      c.boundaries_ = boundaries;
      c.pending_next_ = pending_next;
      c.bits_ = bits;
      c.disturbed_ = disturbed;
      c.from_start_ = from_start;
      c.chain_done_ = chain_done;
    }

    cursor_type& c;
    place at;
    std::uint64_t unit;
    std::uint64_t boundaries;
    std::uint32_t pending_next;
    std::uint8_t bits;
    bool disturbed;
    bool from_start;
    bool chain_done;
    bool stepped = false;
  };

  // Where a plain cursor is in the walk: in the unit of its bucket.
  void seat(cursor_type& c) const noexcept {
    c.seated_ = true;
    c.disturbed_ = c.from_start_ = c.chain_done_ = c.at_twin_ = false;
    c.twin_ = c.twin_slots_ = 0;
    c.bits_ = static_cast<std::uint8_t>(this->table_bits());
    c.start_ = (this->seed_ >> 7) & low_bits(c.bits_);
    c.unit_ = c.at_.bucket & low_bits(c.bits_);
    c.boundaries_ = 0;
    c.pending_ = nullptr;
  }

  void note_empty_units(std::uint64_t units) noexcept {
    const std::uint8_t flags = lock();
    this->trunk_of().front_units_empty.set(
        static_cast<std::uint32_t>(std::min<std::uint64_t>(units, 0xffffffffu)));
    unlock(flags | storage::bit(storage::flag::front_known));
  }

  // The first bucket after `bucket` in the order of the walk that has entries, or no_bucket. Reads only; a call whose
  // result is not used is left out by the compiler, so erase(iterator) pays for the next only when it is asked for.
  static constexpr std::uint64_t no_bucket = ~std::uint64_t{0};
#if defined(__GNUC__) || defined(__clang__)
  [[gnu::pure, gnu::noinline]]
#endif
  [[nodiscard]] std::uint64_t
  next_bucket(std::uint64_t bucket) const noexcept {
    const std::uint64_t units = low_bits(this->table_bits());
    const std::uint64_t start = (this->seed_ >> 7) & units;
    for (;;) {
      if (bucket <= units && bucket + units + 1 < this->buckets()) {
        bucket += units + 1;
      } else {
        bucket = (bucket + 1) & units;
        if (bucket == start) return no_bucket;
      }
      const auto at = this->bucket_at(bucket);
      if (group::occupied(at.tags) != 0 || at.tags[filter_byte] != 0) return bucket;
    }
  }

  // The occupied slots of the current group, from slot `from` on.
  [[nodiscard]] std::uint32_t group_mask(const cursor_type& c, unsigned from) const noexcept {
    if (c.chain_done_) return 0;
    const std::uint32_t occupied =
        c.at_.node == nullptr ? group::occupied(c.at_.tags) : node_occupied(*c.at_.node);
    return occupied & (~std::uint32_t{0} << from);
  }
  [[nodiscard]] static std::uint32_t node_occupied(const overflow_node& node) noexcept {
    return node_tags::occupied(node.tags);
  }

  void enter_unit(cursor_type& c) const noexcept {
    c.disturbed_ = false;
    c.from_start_ = false;
    enter_bucket(c, this->bucket_of(c.unit_));
    begin_run(c);
  }

  // Whether the slots take 8 MiB or more, more than the caches hold: a loop that asks for what comes is faster then, and otherwise
  // slower (docs/design.md).
  [[nodiscard]] bool far() const noexcept { return this->buckets() >= far_buckets; }
  static constexpr std::uint64_t far_buckets = (std::uint64_t{1} << 23) / storage::shape::bucket_stride;
  static_assert(far_buckets > storage::block_buckets);  // node_ahead counts on full blocks

  // How far the walk goes on without asking the table where buckets are: to the end of the block, of the units, of the split ones.
  void begin_run(cursor_type& c) const noexcept {
    c.run_ = 0;
    c.twin_ = c.twin_slots_ = 0;
    c.at_twin_ = false;
    const std::uint64_t units = std::uint64_t{1} << c.bits_;
    if (c.boundaries_ != 0 || c.bits_ != this->table_bits() || this->first_block_moving()) return;
    const std::uint64_t split = this->buckets() - units;
    std::uint64_t more = std::min((c.start_ - 1 - c.unit_) & (units - 1), units - 1 - c.unit_);
    more = std::min(more, storage::block_buckets - 1 - (c.unit_ & (storage::block_buckets - 1)));
    if (c.unit_ >= split) {
      c.run_ = far() ? -static_cast<std::int32_t>(more) : static_cast<std::int32_t>(more);
    } else {
      more = std::min(more, split - 1 - c.unit_);
      const auto twin = this->bucket_at(c.unit_ + units);
      c.twin_ = reinterpret_cast<std::byte*>(twin.tags) - reinterpret_cast<std::byte*>(c.at_.tags);
      c.twin_slots_ = reinterpret_cast<std::byte*>(twin.slots) - reinterpret_cast<std::byte*>(c.at_.slots);
      c.run_ = -static_cast<std::int32_t>(2 * more + 1);
    }
  }
  void enter_bucket(cursor_type& c, std::uint64_t bucket) const noexcept {
    const auto address = this->bucket_at(bucket);
    c.at_.bucket = bucket;
    c.at_.node = nullptr;
    c.at_.tags = address.tags;
    c.at_.slots = address.slots;
    c.chain_done_ = false;
  }

  // The next group of the unit: down the chain of overflow nodes, then the bucket that was split off.
  [[nodiscard]] bool next_group(cursor_type& c) const noexcept {
    if (!c.chain_done_) {
      overflow_node* next = nullptr;
      if (c.at_.node != nullptr) {
        next = storage::next_of(c.at_.node);
      } else if (c.at_.tags[filter_byte] != 0) {
        next = storage::node_of(this->link_of({c.at_.tags, c.at_.slots, c.at_.bucket}));
      }
      if (next != nullptr) {
        c.at_.node = next;
        c.at_.tags = next->tags;
        c.at_.slots = next->slots();
        return true;
      }
    }
    const std::uint64_t split_off = c.unit_ + (std::uint64_t{1} << c.bits_);
    if (c.at_.bucket != c.unit_ || split_off >= this->buckets()) return false;
    enter_bucket(c, split_off);
    c.run_ = 0;  // it counted from the unit's first bucket
    return true;
  }

  // Several units share the bucket: the table is smaller than the cursor's units are fine.
  [[nodiscard]] bool filtered(const cursor_type& c) const noexcept {
    const unsigned table = this->table_bits();
    if (c.bits_ <= table) return false;
    const std::uint64_t half = std::uint64_t{1} << table;
    const bool split = c.at_.bucket >= half || c.at_.bucket + half < this->buckets();
    return c.bits_ > table + (split ? 1u : 0u);
  }
  [[nodiscard]] bool in_unit(const cursor_type& c) const {
    return ((hash_entry(*c.at_.entry) ^ c.unit_) & low_bits(c.bits_)) == 0;
  }

  // The next unit of the walk; false after the last.
  [[nodiscard]] bool next_unit(cursor_type& c) const noexcept {
    for (;;) {
      if (c.boundaries_ == 0) {
        c.unit_ = (c.unit_ + 1) & low_bits(c.bits_);
        if (c.unit_ == c.start_) return false;
        break;
      }
      const auto level = static_cast<unsigned>(std::bit_width(c.boundaries_)) - 1;
      c.unit_ += std::uint64_t{1} << level;
      if ((c.unit_ & ~low_bits(c.bits_)) == 0) break;
      c.unit_ &= low_bits(level);
      c.bits_ = static_cast<std::uint8_t>(level);
      c.boundaries_ ^= std::uint64_t{1} << level;
    }
    if (const unsigned table = this->table_bits(); table > c.bits_) {
      c.boundaries_ |= std::uint64_t{1} << c.bits_;
      c.bits_ = static_cast<std::uint8_t>(table);
    }
    return true;
  }

  // From the candidates of the current group to the next entry of the walk, or to the end.
  void find_next(cursor_type& c, std::uint32_t candidates) const {
    bool filter = filtered(c);
    for (;;) {
      for (; candidates != 0; candidates &= candidates - 1) {
        c.at_.entry = c.at_.slots + lowest(candidates);
        if (filter && !in_unit(c)) continue;
        c.mask_ = filter ? 0 : candidates;  // a filtered cursor asks anew at every step
        c.stamp_ = this->stamp_;
        return;
      }
      if (!next_group(c)) {
        if (!next_unit(c)) return finish(c);
        enter_unit(c);
        filter = filtered(c);
      }
      candidates = group_mask(c, 0);
    }
  }

  void next_pending(cursor_type& c) {
    if (pending_list<Types>* const list = c.pending_; list != nullptr) {
      while (c.pending_next_ < list->count) {
        const place& item = list->items()[c.pending_next_++];
        if (item.entry == nullptr || item.tag() == 0) continue;  // erased since
        c.at_ = item;
        // Erased since, and one of another unit came into its slot: that one's turn is when its own unit is entered.
        if (filtered(c) ? !in_unit(c) : ((c.at_.bucket ^ c.unit_) & low_bits(c.bits_)) != 0) continue;
        c.mask_ = 0;
        c.from_start_ = c.chain_done_ =
            false;  // whatever it stood before: it stands on an entry again, and is followed
        return;
      }
      drop_pending(c);
    }
    if (!next_unit(c)) return finish(c);
    enter_unit(c);
    find_next(c, group_mask(c, 0));
  }

  static void finish(cursor_type& c) noexcept {
    if (c.state_ == cursor_state::registered) unregister(c);
    c.state_ = cursor_state::end;
    c.at_.entry = nullptr;
    c.mask_ = 0;
  }
};

}  // namespace steady::detail
