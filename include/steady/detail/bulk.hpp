// What a table does to all of its entries at once: copy, move, clear, reserve, shrink. Exempt from the bound of G1.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <utility>

#include "figures.hpp"

namespace steady::detail {

template <class Types>
class bulk_table : public table_figures<Types> {
 public:
  using base = table_figures<Types>;
  using storage = table_storage<Types>;
  using allocator_type = typename Types::allocator_type;
  using allocator_traits = typename Types::allocator_traits;
  using shape = typename Types::shape;
  using policy = typename Types::policy;
  using group = typename Types::group;
  using base::base;
  using typename base::bucket_address;
  using typename base::held_entry;
  using typename base::overflow_node;
  using typename base::overflow_slab;
  using typename base::place;
  using typename base::slot;
  using typename base::write_scope;

  constexpr bulk_table() noexcept(base::nothrow_default) = default;

  bulk_table(const bulk_table& other)
      : bulk_table(other, allocator_traits::select_on_container_copy_construction(other.allocator_)) {}
  bulk_table(const bulk_table& other, const allocator_type& allocator)
      : base(other.hash_, other.equal_, allocator) {
    copy_entries(other);
  }
  bulk_table(bulk_table&& other) noexcept : base(other.hash_, other.equal_, std::move(other.allocator_)) {
    take_storage(other);
  }
  bulk_table(bulk_table&& other, const allocator_type& allocator)
      : base(other.hash_, other.equal_, allocator) {
    if (this->allocator_ == other.allocator_) {
      take_storage(other);
    } else {
      move_entries(other);
    }
  }

  bulk_table& operator=(const bulk_table& other) {
    if (this == &other) return *this;
    constexpr bool propagate = allocator_traits::propagate_on_container_copy_assignment::value;
    bulk_table copy(other, propagate ? other.allocator_ : this->allocator_);
    assign_storage<propagate>(copy);
    this->hash_ = other.hash_;
    this->equal_ = other.equal_;
    return *this;
  }

  bulk_table& operator=(bulk_table&& other) noexcept(
      allocator_traits::is_always_equal::value ||
      allocator_traits::propagate_on_container_move_assignment::value) {
    if (this == &other) return *this;
    constexpr bool propagate = allocator_traits::propagate_on_container_move_assignment::value;
    if constexpr (propagate || allocator_traits::is_always_equal::value) {
      move_storage<propagate>(other);
    } else if (this->allocator_ == other.allocator_) {
      move_storage<false>(other);
    } else {
      bulk_table moved(this->hash_, this->equal_, this->allocator_);
      moved.hash_ = other.hash_;
      moved.equal_ = other.equal_;
      moved.move_entries(other);
      assign_storage<false>(moved);
      this->hash_ = moved.hash_;
      this->equal_ = moved.equal_;
    }
    return *this;
  }

  ~bulk_table() {
    if (this->looped()) this->end_cursors();
    if constexpr (Types::snapshots)
      if (this->has_snapshots()) this->snapshots_->inherit(*this);
    if (this->has_buckets()) {
      destroy_all();
      this->note(event_kind::ended);
    }
  }

  void swap(bulk_table& other) noexcept {
    if (this == &other) return;
    {
      write_scope mine(*this, activity::swap);
      write_scope theirs(other, activity::swap);
      mine.is_newer_than(other.stamp_);
      theirs.is_newer_than(this->stamp_);
      this->swap_storage(other);
      this->adopt_cursors();
      other.adopt_cursors();
      using std::swap;
      swap(this->hash_, other.hash_);
      swap(this->equal_, other.equal_);
      if constexpr (allocator_traits::propagate_on_container_swap::value)
        swap(this->allocator_, other.allocator_);
    }
  }

  // Empties the map and ends its loops. Memory goes back, but for what reserve() asked for. The seed is drawn anew.
  void clear() noexcept {
    // The entries leave the map first and are destroyed after the write has ended: their destructors may use the map.
    bulk_table gone(this->hash_, this->equal_, this->allocator_);
    clear_into(gone);
  }
  void clear_into(bulk_table& gone) noexcept {
    {
      write_scope scope(*this, activity::clear);
      this->end_cursors();
      this->swap_storage(gone);
      this->adopt_snapshots();
      gone.adopt_snapshots();
      keep_settings_of(gone);
      this->note(event_kind::clear);
    }
    gone.settle_state();
    const std::uint64_t floor = this->floor();
    if (floor == 0) return;
    write_scope scope(*this, activity::clear);
    (void)attempt([&] { make_room(floor); });
    if (this->has_buckets()) this->limits();
  }

  // ---- sizes ----

  [[nodiscard]] static constexpr std::uint64_t max_entries() noexcept {
    return base::capacity_of(shape::max_buckets / 2);
  }

  // Room for so many entries without a split; the map does not shrink below it. 0 drops the request.
  void reserve(std::uint64_t entries) {
    if (entries > max_entries())
      raise<std::length_error>("steady: reserve() of more entries than a map can have");
    write_scope scope(*this, activity::reserve);
    resize_scope resize(*this);
    if (entries > 0) make_room(entries);
    this->set_floor(entries);
    resize.done = true;
  }

  // At least so many slots, and not many more.
  void rehash(std::uint64_t wanted_slots) {
    const std::uint64_t wanted = wanted_slots / bucket_slots + (wanted_slots % bucket_slots != 0 ? 1 : 0);
    if (wanted > shape::max_buckets / 2)
      raise<std::length_error>("steady: rehash() to more slots than a map can have");
    write_scope scope(*this, activity::reserve);
    const std::uint64_t entries =
        wanted_slots <= shape::first_slots ? wanted_slots : base::capacity_of(wanted);
    resize_scope resize(*this);
    if (entries > 0) make_room(entries);
    this->set_floor(entries);
    shrink_to(std::max(base::buckets_for(this->floor()), base::buckets_for(this->size_)));
    resize.done = true;
  }

  void shrink_to_fit() {
    write_scope scope(*this, activity::maintain);
    resize_scope resize(*this);
    this->set_floor(0);
    shrink_to(base::buckets_for(this->size_));
    resize.done = true;
  }

  // Makes room for entries that are about to come, unless there is no memory for it now: they will find their own. No floor.
  void make_room_for(std::uint64_t entries) {
    write_scope scope(*this, activity::reserve);
    (void)attempt([&] { make_room(std::min(entries, max_entries())); });
    if (this->has_buckets()) this->limits();
  }
  // Gives back what is more than the entries and the floor need, and than so many buckets that were there before.
  void give_room_back(std::uint64_t buckets) {
    write_scope scope(*this, activity::maintain);
    (void)attempt([&] {
      resize_scope resize(*this);
      shrink_to(std::max(buckets, base::buckets_for(std::max(this->size_, this->floor()))));
      resize.done = true;
    });
  }

  // Does up to so many steps of the structural work that is due; the steps still due.
  std::uint64_t maintain(std::uint64_t steps) {
    write_scope scope(*this, activity::maintain);
    // What is spare depends on what is in use: it may have become too much since.
    this->set(storage::flag::trim_due, true);
    for (; steps > 0 && this->steps_due() > 0; --steps) {
      work work;
      this->settle(work, nullptr, 0, 1);
    }
    return this->steps_due();
  }

  void shrink_policy(steady::shrink wanted) noexcept {
    this->set(storage::flag::trim_due, true);
    this->set(storage::flag::shrinks, wanted == steady::shrink::automatic);
    if (this->has_buckets()) this->limits();
  }
  [[nodiscard]] steady::shrink shrink_policy() const noexcept {
    return this->is(storage::flag::shrinks) ? steady::shrink::automatic : steady::shrink::never;
  }

  // ---- seed ----
  [[nodiscard]] std::uint64_t seed() noexcept {
    this->draw_seed();
    return this->seed_;
  }
  [[nodiscard]] std::uint64_t seed() const noexcept { return this->seed_; }
  // Precondition: the map is empty. A fixed seed is kept by clear().
  void seed(std::uint64_t fixed) noexcept {
    this->seed_ = fixed == 0 ? 1 : fixed;
    this->set(storage::flag::seed_fixed, true);
    this->set(storage::flag::front_known, false);
    this->note(event_kind::reseed);
  }

 protected:
  friend snapshot_keeper<Types>;

  // Visits every entry's place, in the order of the buckets.
  template <class Visit>
  void each_place(Visit&& visit) const {
    for (std::uint64_t bucket = 0; bucket < this->buckets(); ++bucket) {
      const bucket_address at = this->bucket_at(bucket);
      for (std::uint32_t left = group::occupied(at.tags); left != 0; left &= left - 1)
        visit(base::in_bucket(at, bucket, lowest(left)));
      for (overflow_node* node = this->chain_of(at); node != nullptr; node = storage::next_of(node))
        for (std::uint32_t left = base::node_occupied(*node); left != 0; left &= left - 1)
          visit(base::in_node(node, bucket, lowest(left)));
    }
  }

  void destroy_entries() noexcept {
    if constexpr (!Types::entries_in_place || !std::is_trivially_destructible_v<typename Types::value_type>) {
      each_place([&](const place& at) {
        note_entry_given_back<Types>(at.entry);
        slot::destroy(this->allocator_, at.entry);
      });
    }
    this->size_ = 0;
  }

  // Destroys the entries and gives everything back.
  void destroy_all() noexcept {
    destroy_entries();
    work any{.bounded = false};
    if (!this->first_bucket_small()) {
      auto& t = this->trunk_of();
      for (auto* list : {&t.slabs, &t.spare_slabs}) {
        while (overflow_slab* const slab = base::slab_of(*list)) {
          *list = slab->previous;
          storage::release_bytes(this->units(), slab, base::slab_bytes(slab->capacity), any);
        }
      }
    }
    this->release_structure(this->units());
    this->release_next_home();
    std::byte* const first = this->home_block();
    storage::release_bytes(this->units(), first - this->first_front_bytes(), this->first_block_bytes(), any);
    this->buckets_ = 0;
    this->set_floor(0);
    this->set(storage::flag::front_known, false);
    this->slot_mask_ = 0;
    this->rest_ = activity::no_buckets;
    this->mask_ = 0;
  }

  void keep_settings_of(const bulk_table& other) noexcept {
    copy_flag(storage::flag::shrinks, other);
    copy_flag(storage::flag::seed_fixed, other);
    this->set_floor(other.floor());
    this->seed_ = other.is(storage::flag::seed_fixed) ? other.seed_ : 0;
  }
  void copy_flag(typename storage::flag one, const bulk_table& other) noexcept {
    this->set(one, other.is(one));
  }

  // This map, just made, becomes the other, which becomes empty; loops go along.
  void take_storage(bulk_table& other) noexcept {
    write_scope scope(other, activity::move);
    this->swap_storage(other);
    this->adopt_cursors();
    other.copy_flag(storage::flag::shrinks, *this);
    this->stamp_ = storage::stamp_with(other.stamp_ + storage::one_change, this->rest_);
  }

  template <bool WithAllocator>
  void move_storage(bulk_table& other) noexcept {
    bulk_table taken(std::move(other));
    assign_storage<WithAllocator>(taken);
    this->hash_ = taken.hash_;
    this->equal_ = taken.equal_;
  }

  // Puts the contents of `fresh` in place of this map's, which are destroyed after the write has ended; with its
  // allocator, if that goes along, so that the old entries leave with the one that made them.
  template <bool WithAllocator>
  void assign_storage(bulk_table& fresh) noexcept {
    {
      write_scope scope(*this, activity::assign);
      scope.is_newer_than(fresh.stamp_);
      this->end_cursors();
      const bool shrinks = this->is(storage::flag::shrinks);
      this->swap_storage(fresh);
      if constexpr (WithAllocator) std::swap(this->allocator_, fresh.allocator_);
      this->set(storage::flag::shrinks, shrinks && this->is(storage::flag::shrinks));
      this->adopt_cursors();
    }
    fresh.settle_state();
  }

  // Copies all entries into this empty map, bucket by bucket: the copy has the source's seed.
  void copy_entries(const bulk_table& other) {
    other.check_clone();
    this->seed_ = other.seed_;
    copy_flag(storage::flag::seed_fixed, other);
    copy_flag(storage::flag::shrinks, other);
    if (other.size_ == 0) return;
    undo_on_exception undo{*this};
    // Fewer entries than a map that shrinks as it should is left with, the steps that wait for others included.
    const bool sparse = other.buckets() > 1 && other.size_ + base::merges_wait(other.buckets()) <
                                                   other.buckets() * base::pacing.shrink_below_twice / 2;
    build_empty(sparse ? base::buckets_for(other.size_) : other.buckets(),
                sparse ? bucket_slots : storage::slots_of_mask(other.slot_mask_));
    other.each_place([&](const place& from) { add_copy(other, from, sparse); });
    this->limits();
    this->settle_state();
    undo.done = true;
  }

  struct undo_on_exception {
    bulk_table& map;
    bool done = false;
    ~undo_on_exception() {
      if (!done && map.has_buckets()) map.destroy_all();
    }
  };

  // A copy of another map's entry: in the same slot of the same bucket, or, where the bucket numbers differ or
  // the entry overflowed, where there is room.
  void add_copy(const bulk_table& other, const place& from, bool elsewhere) {
    const std::uint64_t bucket = elsewhere ? this->bucket_of(other.hash_entry(*from.entry)) : from.bucket;
    const bucket_address at = this->bucket_at(bucket);
    place to = base::in_bucket(at, bucket, from.index());
    if (elsewhere || from.node != nullptr) to = hole_in(at, bucket);
    const auto build = [&] {
      slot::construct(this->allocator_, to.entry, std::as_const(*from.entry->get()));
    };
    if (to.entry != nullptr) {
      build();
    } else {
      work any{.bounded = false};
      auto& t = this->trunk_of();
      overflow_node* const node = this->acquire_node(t, any);
      this->link_last(at, node);
      this->note(event_kind::overflow_made, bucket);
      at.tags[filter_byte] = static_cast<std::uint8_t>(at.tags[filter_byte] | filter_bit_of_tag(from.tag()));
      to = base::in_node(node, bucket, 0);
      build();
    }
    this->note_entry_taken(to.entry);
    to.tag() = from.tag();
    if (to.node != nullptr)
      at.tags[filter_byte] = static_cast<std::uint8_t>(at.tags[filter_byte] | filter_bit_of_tag(from.tag()));
    ++this->size_;
  }

  [[nodiscard]] place hole_in(bucket_address at, std::uint64_t bucket) const noexcept {
    if (const std::uint32_t holes = group::empty(at.tags) & this->slot_mask_; holes != 0)
      return base::in_bucket(at, bucket, lowest(holes));
    return this->overflow_hole(at, bucket);
  }

  // The structure of a map of so many buckets, without entries.
  void build_empty(std::uint64_t buckets, unsigned slots) {
    work any{.bounded = false};
    const std::uint64_t first = std::min(std::bit_ceil(buckets), std::uint64_t{shape::block_buckets});
    this->begin_table_of(first, buckets == 1 ? slots : bucket_slots, any);
    for (std::uint64_t bucket = 1; bucket < buckets; ++bucket) {
      if (bucket >> shape::block_shift >= this->blocks()) (void)this->append_block(this->units(), any);
      this->begin_bucket(bucket);
      ++this->buckets_;
      this->set_masks();  // the next block may find no memory
    }
    this->limits();
  }

  static constexpr bool can_move_entries = [] {
    if constexpr (policy::is_map) {
      return std::is_move_constructible_v<typename policy::key_type> &&
             std::is_move_constructible_v<typename policy::mapped_type>;
    } else {
      return std::is_move_constructible_v<typename policy::key_type>;
    }
  }();

  // Moves every entry of `other`, whose allocator differs, one by one; `other` is empty then.
  void move_entries(bulk_table& other) {
    // The standard asks for movable entries here; what is known only now that the allocators differ ends the program.
    if constexpr (!can_move_entries) {
      if (other.size_ != 0) std::abort();
    }
    undo_on_exception undo{*this};
    if (other.size_ != 0) {
      this->seed_ = other.seed_;
      copy_flag(storage::flag::seed_fixed, other);
      make_room(other.size_);
      this->settle_state();
      other.all_about_to_change();
      other.each_place([&](const place& from) {
        held_entry entry(this->allocator_);
        entry.build_by([&](slot* to) {
          if constexpr (can_move_entries) policy::move_into(this->allocator_, to, *from.entry->get());
        });
        [[maybe_unused]] const place to = this->insert_held(entry).first;
        this->note_entry_taken(to.entry);
      });
    }
    undo.done = true;
    other.clear();
  }

  // A change of the map's room, with another floor. It may end by an exception with some of the buckets split or merged: the
  // limits then follow from the buckets there are, the floor is the one that was there before, and what is too much
  // by that is given back as after an erase (contract G8).
  struct resize_scope {
    explicit resize_scope(bulk_table& resized) noexcept : map(resized), floor_before(resized.floor()) {
      map.set(storage::flag::trim_due, true);
    }
    resize_scope(const resize_scope&) = delete;
    resize_scope& operator=(const resize_scope&) = delete;
    ~resize_scope() {
      if (!done) {
        map.set_floor(floor_before);
        map.set(storage::flag::trim_due, true);
      }
      if (map.has_buckets()) map.limits();
    }

    bulk_table& map;
    std::uint64_t floor_before;
    bool done = false;
  };

  void make_room(std::uint64_t entries) {
    const std::uint64_t wanted = base::buckets_for(entries);
    const unsigned slots = wanted > 1 ? bucket_slots : base::slots_for(entries);
    if (!this->has_buckets()) {
      this->draw_seed();
      build_empty(wanted, slots);
      return;
    }
    if (this->first_bucket_small() && slots > storage::slots_of_mask(this->slot_mask_)) {
      work any{.bounded = false};
      (void)this->resize_first_bucket(slots, any, nullptr);
    }
    while (this->buckets() < wanted) {
      work any{.bounded = false};
      if (!split_empty() && !this->split_next(any, nullptr)) break;
    }
  }

  // A split of a bucket without entries in which nobody stands, into a block that is there: most of them, where a map of few
  // entries makes much room. False where it is another.
  [[nodiscard]] bool split_empty() noexcept {
    const std::uint64_t y = this->buckets();
    if (this->looped() || this->has_snapshots() || this->first_bucket_small() || this->first_block_moving() ||
        y >= shape::max_buckets)
      return false;
    if (const std::uint64_t blocks = this->trunk_of().blocks;
        y >> shape::block_shift >= blocks || (blocks == 1 && y >= this->home_buckets()))
      return false;
    const std::uint64_t x = y - this->base_buckets();
    const bucket_address from = this->bucket_at(x);
    if (group::occupied(from.tags) != 0 || from.tags[filter_byte] != 0) return false;
    this->begin_bucket(y);
    ++this->buckets_;
    if (is_power_of_two(this->buckets())) this->set(storage::flag::front_known, false);
    this->set_masks();
    this->note(event_kind::split, x, y);
    return true;
  }

  void shrink_to(std::uint64_t buckets) {
    if (!this->has_buckets()) return;
    if (this->size_ == 0 && this->floor() == 0) {
      this->all_about_to_change();
      this->end_cursors();
      destroy_all();
      this->near_ = {};  // as of an empty map; what was destroyed keeps it, which tells debuggers
      return;
    }
    work whole{.bounded = false};
    (void)this->finish_moving(whole, nullptr);
    while (this->buckets() > std::max<std::uint64_t>(buckets, 1)) {
      work any{.bounded = false};
      if (!this->merge_last(any, nullptr)) break;
      this->trim(any, nullptr);
    }
    const auto slots_needed = std::max(this->size_, this->floor());
    while (this->buckets() == 1 && storage::slots_of_mask(this->slot_mask_) > shape::first_slots &&
           base::fewer_slots(storage::slots_of_mask(this->slot_mask_)) >= slots_needed) {
      const auto before = this->slot_mask_;
      for (int step = 0; step < 4 && this->slot_mask_ == before; ++step) {
        work any{.bounded = false};
        this->trim(any, nullptr);
        // Without memory for a smaller one, the bucket stays; the next erase tries again.
        (void)attempt([&] { (void)this->shrink_first_bucket(any, nullptr); });
      }
      if (this->slot_mask_ == before) break;
    }
    for (int step = 0; step < 64 && this->trim_wanted(); ++step) {
      work any{.bounded = false};
      this->trim(any, nullptr);
    }
  }
};

}  // namespace steady::detail
