// The table: find, insert and erase, as every container of the library uses them.
//
// The hot paths are here and are short: hash, bucket, tag word, slot. What is rare (a full bucket, a chain, a limit
// passed, misuse) is out of line. The order inside an insert is a contract (G7, G8, G9): what the caller's arguments
// construct is built first, and by code of the user's only while the map is not being written; then the entry takes its
// slot; structural work comes last and reports where the new entry went.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>

#include "evacuation.hpp"
#include "guard.hpp"
#include "held_entry.hpp"
#include "seed.hpp"

namespace steady::detail {

template <class Types>
class table : public table_evacuation<Types> {
 public:
  using base = table_evacuation<Types>;
  using storage = table_storage<Types>;
  using policy = typename Types::policy;
  using group = typename Types::group;
  using key_type = typename Types::key_type;
  using value_type = typename Types::value_type;
  using cursor_type = cursor<Types>;
  using shape = typename Types::shape;
  using base::base;
  using typename base::bucket_address;
  using typename base::overflow_node;
  using typename base::place;
  using typename base::slot;

  constexpr table() noexcept(base::nothrow_default) = default;

  static constexpr bool checked = Types::options::checked;

  using held_entry = detail::held_entry<Types>;
  using give_held = detail::give_held<Types>;

  // ---- finding ----

  template <class Key>
  [[nodiscard]] STEADY_INLINE place find(const Key& key) const {
    if (!ready()) [[unlikely]]
      return find_otherwise<Key>(key);
    return find_near(key, this->hash_key(key));
  }

  template <class Key>
  [[nodiscard]] STEADY_INLINE place find(const Key& key, std::uint64_t hash) const {
    if (!ready()) [[unlikely]]
      return find_otherwise<Key>(key, hash);
    return find_near(key, hash);
  }

  // Touches what a find of this hash will touch first.
  STEADY_INLINE void prefetch(std::uint64_t hash) const noexcept {
    if (this->buckets() == 0) return;
    const bucket_address at = address_of(hash);
    prefetch_line(at.tags);
    prefetch_line(at.slots);
  }

  // ---- inserting ----

  // Finds `key`, or inserts the entry that `build(slot*)` constructs. `Quiet` says that constructing it runs no code of
  // the user's, so that it may be done in the map's own slot, while the map is being written.
  template <bool Quiet, class Key, class Build>
  STEADY_INLINE std::pair<place, bool> insert_unique(const Key& key, Build&& build) {
    if (!ready()) [[unlikely]]
      prepare_insert();
    entry_scope scope(*this, activity::insert);
    return insert_at_hash<Quiet>(scope, key, this->hash_key(key), std::forward<Build>(build));
  }
  template <bool Quiet, class Key, class Build>
  STEADY_INLINE std::pair<place, bool> insert_unique(const Key& key, std::uint64_t hash, Build&& build) {
    if (!ready()) [[unlikely]]
      prepare_insert();
    entry_scope scope(*this, activity::insert);
    return insert_at_hash<Quiet>(scope, key, hash, std::forward<Build>(build));
  }

  // Inserts an entry that was built before; it stays with `entry` when its key is there already.
  std::pair<place, bool> insert_held(held_entry& entry) {
    return insert_unique<true>(policy::key(entry.value()), give_held{entry});
  }

  // Moves an entry of another map here, unless its key is here; it leaves the other only when it has its place.
  template <class Other>
  void take_from(table<Other>& other, const position<Other>& at) {
    other.about_to_change(at.bucket);
    const take_over<Types, Other> take{this->allocator_, at.entry};
    [[maybe_unused]] const auto [to, taken] = insert_unique<true>(policy::key(*at.entry->get()), take);
    if (!taken) return;
    this->note_entry_taken(to.entry);
    typename table<Other>::write_scope scope(other, activity::merge);
    other.vacate(at, at.index(), scope);
  }

  // ---- erasing ----

  template <class Key>
  STEADY_INLINE std::size_t erase_key(const Key& key) {
    if (!ready()) [[unlikely]]
      if (!has_entries(activity::erase)) return 0;
    held_entry grave(this->allocator_);
    entry_scope scope(*this, activity::erase);
    const std::uint64_t hash = this->hash_key(key);
    const bucket_address at = address_of(hash);
    prefetch_line(at.slots);
    for (std::uint32_t matches = group::match(at.tags, tophash_of(hash)); matches != 0;
         matches &= matches - 1) {
      const unsigned index = lowest(matches);
      if (equals(key, *slot_at(at.slots, index))) [[likely]] {
        this->about_to_change(at.bucket);
        remove({slot_at(at.slots, index), at.tags, at.slots, nullptr, at.bucket}, index, grave, scope);
        return 1;
      }
    }
    if ((at.tags[filter_byte] & filter_bit_of_hash(hash)) == 0) [[likely]]
      return 0;
    const place in_chain = find_in_chain<Key>(at.bucket, key, hash);
    if (in_chain.entry == nullptr) return 0;
    this->about_to_change(at.bucket);
    remove(in_chain, in_chain.index(), grave, scope);
    return 1;
  }

  // Erases the entry at a place. Destroys it after the write has ended.
  STEADY_INLINE void erase_at(const place at) noexcept(storage::nothrow_change) {
    if (!ready()) [[unlikely]]
      (void)has_entries(activity::erase);
    held_entry grave(this->allocator_);
    entry_scope scope(*this, activity::erase);
    if constexpr (Types::snapshots)
      this->about_to_change(at.bucket);  // gcc keeps even an empty call's argument
    remove(at, at.index(), grave, scope);
  }

  // Whether erasing at this place moves no other entry: then the next one is where it would have been.
  [[nodiscard]] STEADY_INLINE bool erases_quietly(const place& at) const noexcept {
    return at.node == nullptr && at.tags[filter_byte] == 0 && !shrunk_enough(this->size_ - 1);
  }

  // After a quiet erase: the next entry of the walk.
  [[nodiscard]] STEADY_INLINE place after_erased(const place& at) const noexcept {
    if (const std::uint32_t rest = group::occupied(at.tags) & (~std::uint32_t{0} << at.index()); rest != 0)
      return {at.slots + lowest(rest), at.tags, at.slots, nullptr, at.bucket};
    const std::uint64_t next = this->next_bucket(at.bucket);
    if (next == base::no_bucket) return nowhere();
    const bucket_address found = this->bucket_at(next);
    if (const std::uint32_t occupied = group::occupied(found.tags); occupied != 0)
      return base::in_bucket(found, next, lowest(occupied));
    overflow_node* const node = this->chain_of(found);
    return base::in_node(node, next, lowest(base::node_occupied(*node)));
  }

  // Takes the entry out of the map, alive.
  void extract_at(const place at, held_entry& to) noexcept(storage::nothrow_change) {
    write_scope scope(*this, activity::extract);
    this->about_to_change(at.bucket);
    to.take(at.entry);
    vacate(at, at.index(), scope);
  }

  // An entry is about to be given to the caller, who may change it.
  STEADY_INLINE place to_change(const place at) {
    if constexpr (Types::snapshots && policy::is_map) {
      if (this->has_snapshots() && at.entry != nullptr) [[unlikely]] {
        entry_scope scope(*this, activity::snapshot);
        this->about_to_change(at.bucket);
      }
    }
    return at;
  }

  // ---- what the map is doing ----

  // Nobody writes the map.
  [[nodiscard]] STEADY_INLINE bool idle() const noexcept {
    return this->activity_now() == static_cast<std::uint8_t>(this->rest_);
  }

  // The scope of an insert or erase of one entry: announces it, and at the end looks whether anyone else announced
  // something meanwhile. The caller has seen that nobody writes the map and that it has buckets.
  class entry_scope {
   public:
    STEADY_INLINE entry_scope(table& map, activity what) noexcept : frame_(&map), map_(map), what_(what) {
      begin();
    }
    entry_scope(const entry_scope&) = delete;
    entry_scope& operator=(const entry_scope&) = delete;
    STEADY_INLINE ~entry_scope() {
      if (!handed_over_) end();
    }

    STEADY_INLINE void begin() noexcept {
      next_ = map_.stamp_;
      if constexpr (checked) map_.set_activity(what_);
    }
    STEADY_INLINE void end() noexcept {
      if constexpr (checked) {
        if (map_.activity_now() != static_cast<std::uint8_t>(what_)) [[unlikely]]
          map_.report(misuse::concurrent_writes, what_, frame_.own());
      }
      map_.set_stamp(next_);
    }
    // The map has another entry, or one fewer.
    STEADY_INLINE void changed() noexcept { next_ += storage::one_change; }
    // Structural work may have changed how the map's buckets are found.
    STEADY_INLINE void settle() noexcept { next_ = storage::stamp_with(next_, map_.rest_); }
    // Between `end` and `begin` user code had the map.
    void begin_again() noexcept {
      if constexpr (checked)
        if (!map_.idle()) [[unlikely]]
          map_.report(misuse::concurrent_writes, what_, frame_.own());
      begin();
    }
    // A function that is rare and may throw ends the write itself when it does (ends_on_exception): if it could throw
    // through this scope, the common way would have to keep all of it in memory.
    [[nodiscard]] STEADY_INLINE std::uint64_t hand_over() noexcept {
      handed_over_ = true;
      return next_;
    }
    STEADY_INLINE void take_back() noexcept { handed_over_ = false; }
    // Loops that have seen this stamp, of another map, are about to come here.
    void is_newer_than(std::uint64_t stamp) noexcept {
      next_ = std::max(next_, storage::stamp_with(stamp, activity::none));
    }

   private:
    [[no_unique_address]] std::conditional_t<checked && !is_quiet_table<Types>, noted_frame, no_frame> frame_;
    table& map_;
    std::uint64_t next_;  // the stamp when the write has ended
    activity what_;
    bool handed_over_ = false;
  };

  // Ends a write that was handed over, unless it is taken back. Where hash, equality or allocator are the user's, the scope's frame
  // alone could tell re-entry from another thread, and the scope is not here: there the check is left out.
  struct ends_on_exception {
    table& map;
    std::uint64_t stamp;
    bool done = false;
    ~ends_on_exception() {
      if (done) return;
      if constexpr (checked && is_quiet_table<Types>)
        if (map.activity_now() != static_cast<std::uint8_t>(activity::insert)) [[unlikely]]
          map.report(misuse::concurrent_writes, activity::insert, nullptr);
      map.set_stamp(storage::stamp_with(stamp, map.rest_));
    }
  };

  // The scope of any other write, which may begin in every state.
  class write_scope : public entry_scope {
   public:
    write_scope(table& map, activity what) noexcept : entry_scope(seen_idle(map, what), what) {}
    ~write_scope() {
      this->changed();
      this->settle();
    }

   private:
    [[nodiscard]] static table& seen_idle(table& map, activity what) noexcept {
      if constexpr (checked)
        if (!map.idle()) [[unlikely]]
          map.report(misuse::concurrent_writes, what, nullptr);
      return map;
    }
  };

  // Reports that `operation` found the map being written.
  [[noreturn]] STEADY_COLD void report(misuse kind, activity operation, const writing_frame* own) const {
    report_named(kind, base::activity_name(operation), own);
  }
  [[noreturn]] STEADY_COLD void report_named(misuse kind, std::string_view operation,
                                             const writing_frame* own = nullptr) const {
    this->note(event_kind::misuse);
    const auto state = static_cast<activity>(this->activity_now() & 0x7f);
    report_misuse(is_writing(this, own) ? misuse::reentrant : kind, base::name(), operation,
                  base::activity_name(state));
  }

  // A copy is about to read all of this map.
  void check_clone() const {
    if constexpr (checked)
      if (!idle()) report_named(misuse::clone_and_write, "copy");
  }

 protected:
  template <class Other>
  friend class table;

  ~table() = default;

  [[nodiscard]] static constexpr place nowhere() noexcept { return {nullptr, nullptr, nullptr, nullptr, 0}; }

  STEADY_INLINE void settle_state() noexcept {
    this->stamp_ = storage::stamp_with(this->stamp_, this->rest_);
  }

  // One look at the state byte: no writer, and there are buckets, where near_ says. It is a plain byte that every write writes,
  // so the thread sanitizer reports unsynchronised use of different keys too, as Go's race detector does (claims M75).
  [[nodiscard]] STEADY_INLINE bool ready() const noexcept {
    return (this->stamp_ & 0xff & ~std::uint64_t{static_cast<std::uint8_t>(activity::partly_split)}) == 0;
  }
  // The same byte of a table that is ready: all buckets are split equally often.
  [[nodiscard]] STEADY_INLINE bool split_equally() const noexcept {
    return static_cast<std::uint8_t>(this->stamp_) == static_cast<std::uint8_t>(activity::none);
  }

  // Keys that fit a register go to what is out of line by value: their address need not exist then.
  template <class Key>
  using passed_key = std::conditional_t<std::is_trivially_copyable_v<Key> && !std::is_array_v<Key> &&
                                            sizeof(Key) <= sizeof(void*),
                                        Key, const Key&>;

  // A find in any other state: in an empty map, in a huge one, in one whose first block moves.
  template <class Key>
  [[nodiscard]] STEADY_NOINLINE place find_otherwise(passed_key<Key> key) const {
    if (!readable()) return nowhere();
    return find_hashed(key, this->hash_key(key));
  }
  template <class Key>
  [[nodiscard]] STEADY_NOINLINE place find_otherwise(passed_key<Key> key, std::uint64_t hash) const {
    if (!readable()) return nowhere();
    return find_hashed(key, hash);
  }
  [[nodiscard]] bool readable() const {
    if constexpr (checked)
      if (!idle()) report_named(misuse::read_and_write, "find");
    return this->has_buckets();
  }

  // The same for writes, which begin after it: nobody writes, and an insert finds buckets.
  STEADY_NOINLINE void prepare_insert() {
    if (this->has_buckets() && idle()) return;
    write_scope scope(*this, activity::insert);  // reports a writer
    if (!this->has_buckets()) begin_table();
  }
  [[nodiscard]] STEADY_NOINLINE bool has_entries(activity what) const {
    if constexpr (checked)
      if (!idle()) report_named(misuse::concurrent_writes, base::activity_name(what));
    return this->size_ != 0;
  }

  template <class Key>
  [[nodiscard]] STEADY_INLINE place find_near(const Key& key, std::uint64_t hash) const {
    const bucket_address at = this->bucket_of_hash_near(hash, split_equally());
    return find_in(at.bucket, at, key, hash);
  }
  template <class Key>
  [[nodiscard]] STEADY_INLINE place find_hashed(const Key& key, std::uint64_t hash) const {
    const bucket_address at = address_of(hash);
    return find_in(at.bucket, at, key, hash);
  }

  // Where the bucket of a hash is. Mostly all buckets are split equally often and near_ has them: that way is short.
  [[nodiscard]] STEADY_INLINE bucket_address address_of(std::uint64_t hash) const noexcept {
    if (this->rest_ == activity::none) [[likely]]
      return this->bucket_of_hash_near(hash, true);
    if (this->rest_ == activity::partly_split) return this->bucket_of_hash_near(hash, false);
    const otherwise_found found = bucket_otherwise(hash);
    return storage::within(found.block, found.bucket);
  }
  struct otherwise_found {  // two words: returned in registers
    std::byte* block;
    std::uint64_t bucket;
  };
  [[nodiscard]] STEADY_NOINLINE otherwise_found bucket_otherwise(std::uint64_t hash) const noexcept {
    const std::uint64_t bucket = this->bucket_of(hash);
    return {this->block_of(bucket), bucket};
  }

  template <class Key>
  [[nodiscard]] STEADY_INLINE place find_in(std::uint64_t bucket, bucket_address at, const Key& key,
                                            std::uint64_t hash) const {
    prefetch_line(at.slots);
    for (std::uint32_t matches = group::match(at.tags, tophash_of(hash)); matches != 0;
         matches &= matches - 1) {
      slot* const entry = slot_at(at.slots, lowest(matches));
      if (equals(key, *entry)) [[likely]]
        return {entry, at.tags, at.slots, nullptr, bucket};
    }
    if ((at.tags[filter_byte] & filter_bit_of_hash(hash)) == 0) [[likely]]
      return nowhere();
    return find_in_chain<Key>(bucket, key, hash);
  }

  template <class Key>
  [[nodiscard]] STEADY_INLINE place find_in_chain(std::uint64_t bucket, passed_key<Key> key,
                                                  std::uint64_t hash) const {
    const chain_hit hit = search_chain<Key>(bucket, key, tophash_of(hash).tag());
    if (hit.node == nullptr) return nowhere();
    return base::in_node(hit.node, bucket, static_cast<unsigned>(hit.index));
  }

  struct chain_hit {  // two words: returned in registers
    overflow_node* node;
    std::size_t index;
  };
  template <class Key>
  [[nodiscard]] STEADY_NOINLINE chain_hit search_chain(std::uint64_t bucket, passed_key<Key> key,
                                                       std::uint8_t tag) const {
    for (overflow_node* node = this->chain_of(this->bucket_at(bucket)); node != nullptr;
         node = storage::next_of(node))
      for (std::uint32_t matches = node_tags::match(node->tags, tag); matches != 0; matches &= matches - 1)
        if (equals(key, node->slots()[lowest(matches)])) return {node, lowest(matches)};
    return {nullptr, 0};
  }

  template <class Key>
  [[nodiscard]] STEADY_INLINE bool equals(const Key& key, const slot& entry) const {
    return this->equal_(policy::key(*entry.get()), key);
  }

  template <bool Quiet, class Key, class Build>
  STEADY_INLINE std::pair<place, bool> insert_at_hash(entry_scope& scope, const Key& key, std::uint64_t hash,
                                                      Build&& build) {
    const bucket_address at = address_of(hash);
    const std::uint64_t bucket = at.bucket;
    const place found = find_in(bucket, at, key, hash);
    if (found.entry != nullptr) return found_there(found);
    if constexpr (Quiet) {
      return {insert_new(scope, bucket, at, hash, build), true};
    } else {
      // Code of the user's builds the entry. It may use this map, so the write pauses; if it changed the map, the key is
      // looked for again.
      held_entry entry(this->allocator_);
      const std::uint64_t before = storage::stamp_with(this->stamp_, activity::none);
      build_paused(scope, entry, build);
      const give_held give{entry};
      if (storage::stamp_with(this->stamp_, activity::none) == before) [[likely]]
        return {insert_new(scope, bucket, at, hash, give), true};
      if (!this->has_buckets()) begin_table();
      scope.settle();
      // The seed may be another, and `key` may have been moved from: the entry has the key now.
      const key_type& built = policy::key(entry.value());
      const std::uint64_t fresh = this->hash_key(built);
      const place again = find_hashed(built, fresh);
      if (again.entry != nullptr) return found_there(again);
      const bucket_address now = address_of(fresh);
      return {insert_new(scope, now.bucket, now, fresh, give), true};
    }
  }

  // The key of an insert is there already, and the caller is given its entry.
  STEADY_INLINE std::pair<place, bool> found_there(const place& found) {
    if constexpr (policy::is_map) this->about_to_change(found.bucket);
    return {found, false};
  }

  template <class Build>
  static void build_paused(entry_scope& scope, held_entry& entry, Build&& build) {
    struct pause {
      entry_scope& scope;
      explicit pause(entry_scope& paused) noexcept : scope(paused) { scope.end(); }
      pause(const pause&) = delete;
      pause& operator=(const pause&) = delete;
      ~pause() { scope.begin_again(); }
    } paused(scope);
    entry.build_by(build);
  }

  // Puts a new entry into its bucket, then does the structural work that is due.
  template <class Build>
  STEADY_INLINE place insert_new(entry_scope& scope, std::uint64_t bucket, bucket_address at,
                                 std::uint64_t hash, Build&& build) {
    this->about_to_change(bucket);
    const std::uint32_t holes = group::empty(at.tags) & this->slot_mask_;
    if (holes == 0) [[unlikely]] {
      const place entry =
          insert_into_full<std::remove_cvref_t<Build>>(bucket, hash, build, scope.hand_over());
      scope.take_back();
      scope.changed();
      scope.settle();
      return entry;
    }
    place entry = put_into_hole(bucket, at, hash, lowest(holes), build);
    scope.changed();
    if (grown_enough()) [[unlikely]] {
      place followed = entry;  // a copy, so that `entry` itself may stay in registers
      grow(followed);
      entry = followed;
      scope.settle();
    }
    unsettle_references(no_excluded_bucket, &entry);
    return entry;
  }
  template <class Build>
  STEADY_INLINE place put_into_hole(std::uint64_t bucket, bucket_address at, std::uint64_t hash,
                                    unsigned index, Build&& build) {
    slot* const entry = slot_at(at.slots, index);
    build(entry);
    at.tags[index] = tophash_of(hash).tag();
    count_insert(bucket);
    return {entry, at.tags, at.slots, nullptr, bucket};
  }

  // Whether an insert, or an erase, has brought the map to its limit. A limit is never far from the size (near_size()), so the low
  // halves tell which side of it the size is on.
  [[nodiscard]] STEADY_INLINE bool grown_enough() const noexcept {
    return static_cast<std::int32_t>(static_cast<std::uint32_t>(this->size_) - this->grows_at_) >= 0;
  }
  [[nodiscard]] STEADY_INLINE bool shrunk_enough(std::uint64_t size) const noexcept {
    return static_cast<std::int32_t>(static_cast<std::uint32_t>(size) - this->shrinks_at_) <= 0;
  }

  STEADY_INLINE void count_insert(std::uint64_t bucket) noexcept {
    ++this->size_;
    if (this->is(storage::flag::front_known)) [[unlikely]]
      note_filled(bucket);
  }
  STEADY_COLD void note_filled(std::uint64_t bucket) noexcept {
    const std::uint64_t units = base::low_bits(this->table_bits());
    const std::uint64_t rank = ((bucket & units) - ((this->seed_ >> 7) & units)) & units;
    if (rank >= this->trunk_of().front_units_empty.get()) return;
    this->trunk_of().front_units_empty.set(static_cast<std::uint32_t>(rank));
    if (rank == 0) this->set(storage::flag::front_known, false);
  }

  // Steps of growth; `entry` says where the new entry is afterwards.
  STEADY_NOINLINE void grow(place& entry) noexcept {
    work work;
    this->settle(work, &entry);
  }

  // The bucket has no hole: a small first bucket gets more slots, any other an overflow node. Only here may an insert
  // run out of memory; nothing has changed then.
  // `build` comes by value: it is small, and the caller's own may stay in registers. `stamp` is the one to end with if it
  // throws.
  template <class Build>
  STEADY_NOINLINE place insert_into_full(std::uint64_t bucket, std::uint64_t hash, Build build,
                                         std::uint64_t stamp) {
    ends_on_exception ends{*this, stamp};
    const place entry = put_into_full(bucket, hash, build, ends.stamp);
    ends.done = true;
    return entry;
  }
  template <class Build>
  place put_into_full(std::uint64_t bucket, std::uint64_t hash, Build& build, std::uint64_t& stamp) {
    const bucket_address at = this->bucket_at(bucket);
    work work;
    if (this->first_bucket_small()) {
      if constexpr (only_moves<std::remove_cvref_t<Build>>) {
        // The entry stays with its owner until there is room.
        return insert_into_grown(bucket, hash, build, work, stamp);
      } else {
        held_entry entry(this->allocator_);
        entry.build_by(build);
        return insert_into_grown(bucket, hash, give_held{entry}, work, stamp);
      }
    }
    place entry = overflow_hole(at, bucket);
    auto& t = this->trunk_of();
    if (entry.entry == nullptr) {
      overflow_node* const node = this->acquire_node(t, work);
      entry = base::in_node(node, bucket, 0);
      struct unused_node {
        table& map;
        typename storage::trunk& pool;
        overflow_node* node;
        ~unused_node() {
          if (node != nullptr) {
            base::put_free(pool, node);
            map.compact_pool(pool, nullptr);
          }
        }
      } unused{*this, t, node};
      build(entry.entry);
      unused.node = nullptr;
      this->link_first(at, node, at.tags[filter_byte] != 0);
      note_chain(at);
    } else {
      build(entry.entry);
    }
    entry.tag() = tophash_of(hash).tag();
    at.tags[filter_byte] = static_cast<std::uint8_t>(at.tags[filter_byte] | filter_bit_of_hash(hash));
    count_insert(bucket);
    if (grown_enough()) this->settle(work, &entry);
    unsettle_references(no_excluded_bucket, &entry);
    return entry;
  }

  // A bucket's chain has one node more: tells the observer, also when it has become long.
  static constexpr std::uint64_t many_groups = 8;
  STEADY_INLINE void note_chain([[maybe_unused]] bucket_address at) const noexcept {
    if constexpr (Types::observed) {
      this->note(event_kind::overflow_made, at.bucket);
      std::uint64_t groups = 1;
      for (const overflow_node* node = this->chain_of(at); node != nullptr; node = storage::next_of(node))
        ++groups;
      if (groups >= many_groups) this->note(event_kind::long_probe, at.bucket, 0u, groups);
    }
  }

  // Gives the small first bucket more slots, and puts the entry there.
  template <class Build>
  place insert_into_grown(std::uint64_t bucket, std::uint64_t hash, Build&& build, work& work,
                          std::uint64_t& stamp) {
    (void)this->resize_first_bucket(base::more_slots(storage::slots_of_mask(this->slot_mask_)), work,
                                    nullptr);
    stamp += storage::one_change;  // the entries lie elsewhere, even if `build` throws
    this->limits();
    const bucket_address at = this->bucket_at(bucket);
    place entry = put_into_hole(bucket, at, hash, lowest(group::empty(at.tags) & this->slot_mask_), build);
    if (grown_enough()) this->settle(work, &entry);
    unsettle_references(no_excluded_bucket, &entry);
    return entry;
  }

  [[nodiscard]] place overflow_hole(bucket_address at, std::uint64_t bucket) const noexcept {
    for (overflow_node* node = this->chain_of(at); node != nullptr; node = storage::next_of(node))
      if (const std::uint32_t holes = node_tags::empty(node->tags); holes != 0)
        return base::in_node(node, bucket, lowest(holes));
    return nowhere();
  }

  // `index` is the place's: where it is known, it need not be worked out.
  STEADY_INLINE void remove(const place& at, unsigned index, held_entry& grave, entry_scope& scope) noexcept {
    if constexpr (Types::entries_in_place && std::is_trivially_destructible_v<value_type>) {
      slot::destroy(this->allocator_, at.entry);
    } else {
      grave.take(at.entry);
    }
    vacate(at, index, scope);
  }

  // The entry at `at` is gone: the slot is free at once, a chain is mended, and steps of shrinking are done if due.
  STEADY_INLINE void vacate(const place& at, unsigned index, entry_scope& scope) noexcept {
    at.tags[index] = 0;
    poison_slot(at.entry);
    --this->size_;
    std::uint64_t moved = 0;
    if (at.node != nullptr || at.tags[filter_byte] != 0) [[unlikely]]
      moved = this->mend_chain(at.bucket, at.node);
    scope.changed();
    if (shrunk_enough(this->size_)) [[unlikely]] {
      shrink_steps(moved);
      scope.settle();
    }
    unsettle_references(at.bucket, nullptr);
  }

  // Under the address sanitizer, each insert and erase moves the entries of one random bucket to other slots of it, so that
  // a reference or a plain iterator kept across it is found out in the first test. Not the bucket of an erased entry: the
  // iterator to the next one is worked out from there.
  static constexpr std::uint64_t no_excluded_bucket = ~std::uint64_t{0};
  STEADY_INLINE void unsettle_references([[maybe_unused]] std::uint64_t excluded,
                                         [[maybe_unused]] place* watched) noexcept {
#if STEADY_ADDRESS_SANITIZER
    // Drawn from the map's own past, so that a fixed seed still repeats a run.
    const std::uint64_t bucket = this->bucket_of(mixed(this->seed_ + this->stamp_ * 0x9e3779b97f4a7c15u));
    if (bucket == excluded || this->order_matters(bucket) ||
        (this->looped() && this->stands_in(bucket, this->bits_of_bucket(bucket))))
      return;
    const bucket_address at = this->bucket_at(bucket);
    std::uint32_t holes = group::empty(at.tags) & this->slot_mask_;
    for (std::uint32_t left = group::occupied(at.tags); left != 0 && holes != 0;
         left &= left - 1, holes &= holes - 1) {
      const place from = base::in_bucket(at, bucket, lowest(left));
      const place to = base::in_bucket(at, bucket, lowest(holes));
      this->relocate(from, to, watched);
      to.tag() = from.tag();
      from.tag() = 0;
    }
#endif
  }
  STEADY_NOINLINE void shrink_steps(std::uint64_t moved_already) noexcept {
    work work;
    this->settle(work, nullptr, moved_already);
  }

  // The first bucket, with the seed drawn.
  STEADY_COLD void begin_table() {
    draw_seed();
    work any{.bounded = false};
    begin_table_of(1, shape::first_slots, any);
  }
  void begin_table_of(std::uint64_t buckets, unsigned slots, work& work) {
    const std::uint64_t floor = this->floor();
    slots = std::max(slots, base::slots_for(floor));  // a clear() that found no memory has left one
    std::byte* const block = this->make_first_block(this->units(), buckets, slots, work);
    this->install_first_block(block, buckets, slots);
    this->buckets_ = 1;
    this->set_floor(floor);
    this->limits();
    this->note(event_kind::block_allocated, 0u, 0u, base::block_bytes_of(buckets, slots));
  }
  void draw_seed() noexcept {
    if (this->seed_ == 0) {
      this->seed_ = random_seed();
      this->note(event_kind::reseed);
    }
  }
};

}  // namespace steady::detail
