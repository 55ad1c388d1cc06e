// What map, set, node_map and node_set have in common: the interface of std::unordered_map without the mapped values,
// and what steady adds to it. The public headers document it once more where a map or a set differs.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <initializer_list>
#include <iterator>
#include <limits>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "bulk.hpp"
#include "iterator.hpp"
#include "node_handle.hpp"
#include "range_insert.hpp"

namespace steady::detail {

template <class Function>
concept transparent = requires { typename Function::is_transparent; };

// A key of another type is looked up as it is, when both functions say they can.
template <class Key, class Types>
concept lookup_key = !std::same_as<std::remove_cvref_t<Key>, typename Types::key_type> &&
                     transparent<typename Types::hasher> && transparent<typename Types::key_equal>;
// Keys one after the other in memory. (By std::data and std::size: <ranges> would cost every user a seventh of the compilation.)
template <class Keys>
using element_of = std::remove_cvref_t<decltype(*std::data(std::declval<const Keys&>()))>;
template <class Keys, class Types>
concept many_keys = requires(const Keys& keys) {
  { std::data(keys) } -> std::convertible_to<const element_of<Keys>*>;
  std::size(keys);
} && (std::same_as<element_of<Keys>, typename Types::key_type> || lookup_key<element_of<Keys>, Types>);
template <class Key, class Types>
concept erasable_key = lookup_key<Key, Types> && !std::convertible_to<Key, table_iterator<Types, true>> &&
                       !std::convertible_to<Key, table_iterator<Types, false>>;

// What an observed map has between the core and this interface (watched.hpp, which observe.hpp brings).
template <class Types>
class watched_table;
template <class Types>
using core_of = typename std::conditional_t<Types::observed, std::type_identity<watched_table<Types>>,
                                            std::type_identity<bulk_table<Types>>>::type;

// A read-only view of a moment (table_snapshot.hpp, which snapshot.hpp brings).
template <class Types>
class table_snapshot;

// Writes a map to bytes and fills one from them (loading.hpp, which save.hpp brings).
template <class Types>
class saved_access;

template <class Types>
class container : protected core_of<Types> {
 protected:
  using core = core_of<Types>;
  using typename core::held_entry;
  using typename core::place;
  using typename core::slot;

 public:
  using key_type = typename Types::key_type;
  using value_type = typename Types::value_type;
  using hasher = typename Types::hasher;
  using key_equal = typename Types::key_equal;
  using allocator_type = typename Types::allocator_type;
  using size_type = std::size_t;
  using difference_type = std::ptrdiff_t;
  using reference = value_type&;
  using const_reference = const value_type&;
  using pointer = typename std::allocator_traits<allocator_type>::pointer;
  using const_pointer = typename std::allocator_traits<allocator_type>::const_pointer;
  using iterator = table_iterator<Types, !Types::policy::is_map>;
  using const_iterator = table_iterator<Types, true>;
  using node_type = node_handle<Types>;
  using insert_return_type = node_insert_result<iterator, node_type>;

  // ---- construction ----
  constexpr container() noexcept(core::nothrow_default) = default;
  explicit container(size_type entries, const hasher& hash = hasher(), const key_equal& equal = key_equal(),
                     const allocator_type& allocator = allocator_type())
      : core(hash, equal, allocator) {
    if (entries > 0) reserve(entries);
  }
  container(size_type entries, const allocator_type& allocator)
      : container(entries, hasher(), key_equal(), allocator) {}
  container(size_type entries, const hasher& hash, const allocator_type& allocator)
      : container(entries, hash, key_equal(), allocator) {}
  explicit container(const allocator_type& allocator) : core(hasher(), key_equal(), allocator) {}
  template <std::input_iterator Input>
  container(Input first, Input last, size_type entries = 0, const hasher& hash = hasher(),
            const key_equal& equal = key_equal(), const allocator_type& allocator = allocator_type())
      : container(entries, hash, equal, allocator) {
    insert(first, last);
  }
  template <std::input_iterator Input>
  container(Input first, Input last, size_type entries, const allocator_type& allocator)
      : container(first, last, entries, hasher(), key_equal(), allocator) {}
  template <std::input_iterator Input>
  container(Input first, Input last, size_type entries, const hasher& hash, const allocator_type& allocator)
      : container(first, last, entries, hash, key_equal(), allocator) {}
  container(std::initializer_list<value_type> entries, size_type room = 0, const hasher& hash = hasher(),
            const key_equal& equal = key_equal(), const allocator_type& allocator = allocator_type())
      : container(entries.begin(), entries.end(), room, hash, equal, allocator) {}
  container(std::initializer_list<value_type> entries, size_type room, const allocator_type& allocator)
      : container(entries, room, hasher(), key_equal(), allocator) {}
  container(std::initializer_list<value_type> entries, size_type room, const hasher& hash,
            const allocator_type& allocator)
      : container(entries, room, hash, key_equal(), allocator) {}
  container(const container& other) = default;
  container(container&& other) = default;
  container(const container& other, const allocator_type& allocator) : core(other, allocator) {}
  container(container&& other, const allocator_type& allocator) : core(std::move(other), allocator) {}
  container& operator=(const container& other) = default;
  container& operator=(container&& other) = default;

  [[nodiscard]] allocator_type get_allocator() const noexcept { return this->allocator_; }
  [[nodiscard]] hasher hash_function() const { return this->hash_; }
  [[nodiscard]] key_equal key_eq() const { return this->equal_; }

  // ---- loops ----
  // A registered iterator: any change of the map is allowed while it goes on (contract G4). Two atomic operations.
  [[nodiscard]] STEADY_INLINE iterator begin() noexcept { return iterator(*this, cursor_state::registered); }
  // Not registered, writes nothing; a step after a change of the map is reported as misuse.
  [[nodiscard]] STEADY_INLINE const_iterator begin() const noexcept { return cbegin(); }
  [[nodiscard]] STEADY_INLINE const_iterator cbegin() const noexcept {
    return const_iterator(const_cast<container&>(*this), cursor_state::observed);
  }
  [[nodiscard]] STEADY_INLINE iterator end() noexcept { return {}; }
  [[nodiscard]] STEADY_INLINE const_iterator end() const noexcept { return {}; }
  [[nodiscard]] STEADY_INLINE const_iterator cend() const noexcept { return {}; }

  // A range over the map whose loops start at a place drawn anew each time, as Go's do (claims M53).
  [[nodiscard]] auto shuffled() noexcept {
    struct range {
      container& map;
      [[nodiscard]] iterator begin() const { return iterator(map, cursor_state::registered, random_seed()); }
      [[nodiscard]] iterator end() const noexcept { return {}; }
    };
    return range{*this};
  }

  // ---- size ----
  [[nodiscard]] bool empty() const noexcept { return this->size_ == 0; }
  [[nodiscard]] STEADY_INLINE size_type size() const noexcept { return static_cast<size_type>(this->size_); }
  [[nodiscard]] static constexpr size_type max_size() noexcept {
    return static_cast<size_type>(std::min<std::uint64_t>(
        core::max_entries(), std::numeric_limits<difference_type>::max() / (sizeof(slot) * 2)));
  }
  [[nodiscard]] size_type bucket_count() const noexcept { return static_cast<size_type>(core::slots()); }
  [[nodiscard]] static constexpr size_type max_bucket_count() noexcept {
    return static_cast<size_type>(Types::shape::max_buckets / 2 * bucket_slots);
  }
  [[nodiscard]] float load_factor() const noexcept {
    return bucket_count() == 0 ? 0.0f : static_cast<float>(size()) / static_cast<float>(bucket_count());
  }
  // Above 1 because a lone bucket waits until an entry or two overflow.
  [[nodiscard]] static constexpr float max_load_factor() noexcept {
    return static_cast<float>(std::max<std::uint64_t>(core::lone_capacity, bucket_slots)) /
           float{bucket_slots};
  }
  void max_load_factor(float) noexcept {}  // ignored: growth is paced by Options

  void reserve(size_type entries) { core::reserve(entries); }
  void rehash(size_type slots) { core::rehash(slots); }
  void shrink_to_fit() { core::shrink_to_fit(); }
  using core::maintain;
  using core::shrink_policy;

  // ---- insert ----
  std::pair<iterator, bool> insert(const value_type& entry) {
    return placed(core::template insert_unique<builds_from<const value_type&>>(
        Types::policy::key(entry), [&](slot* to) { slot::construct(this->allocator_, to, entry); }));
  }
  std::pair<iterator, bool> insert(value_type&& entry) {
    return placed(
        core::template insert_unique<builds_from<value_type&&>>(Types::policy::key(entry), [&](slot* to) {
          slot::construct(this->allocator_, to, std::move(entry));
        }));
  }
  template <class Entry>
    requires(!std::same_as<std::remove_cvref_t<Entry>, value_type> &&
             std::constructible_from<value_type, Entry &&> && Types::policy::is_map)
  std::pair<iterator, bool> insert(Entry&& entry) {
    return emplace(std::forward<Entry>(entry));
  }
  iterator insert(const_iterator, const value_type& entry) { return insert(entry).first; }
  iterator insert(const_iterator, value_type&& entry) { return insert(std::move(entry)).first; }
  template <class Entry>
    requires(!std::same_as<std::remove_cvref_t<Entry>, value_type> &&
             std::constructible_from<value_type, Entry &&> && Types::policy::is_map)
  iterator insert(const_iterator, Entry&& entry) {
    return emplace(std::forward<Entry>(entry)).first;
  }
  // Into an empty map, a range of known length (iterators that can be subtracted) makes its buckets at once, without the floor
  // of reserve(), and gives back what equal keys leave unused.
  template <std::input_iterator Input>
  void insert(Input first, Input last) {
    range_insert<Types>::run(*this, std::move(first), last);
  }
  void insert(std::initializer_list<value_type> entries) { insert(entries.begin(), entries.end()); }
  insert_return_type insert(node_type&& node) {
    if (node.empty()) return {end(), false, {}};
    held_entry entry(this->allocator_);
    entry.take(node.at());
    const auto allocator = *node.allocator_;
    node.allocator_.reset();
    struct give_back {
      held_entry& entry;
      node_type& node;
      const allocator_type& allocator;
      ~give_back() {
        if (!entry.held()) return;
        entry.give(node.at());
        node.allocator_.emplace(allocator);
      }
    };
    std::pair<place, bool> result;
    {
      give_back unless_inserted{entry, node, allocator};
      result = core::insert_held(entry);
    }
    return {iterator(this, result.first, this->stamp_), result.second, std::move(node)};
  }
  iterator insert(const_iterator, node_type&& node) {
    auto result = insert(std::move(node));
    node = std::move(result.node);
    return result.position;
  }

  template <class... Arguments>
  std::pair<iterator, bool> emplace(Arguments&&... arguments) {
    held_entry entry(this->allocator_);
    entry.build(std::forward<Arguments>(arguments)...);
    return placed(core::insert_held(entry));
  }
  template <class... Arguments>
  iterator emplace_hint(const_iterator, Arguments&&... arguments) {
    return emplace(std::forward<Arguments>(arguments)...).first;
  }

  // ---- find ----
  [[nodiscard]] STEADY_INLINE iterator find(const key_type& key) {
    return at_place(this->to_change(core::find(key)));
  }
  [[nodiscard]] STEADY_INLINE const_iterator find(const key_type& key) const {
    return at_place(core::find(key));
  }
  template <lookup_key<Types> Key>
  [[nodiscard]] STEADY_INLINE iterator find(const Key& key) {
    return at_place(this->to_change(core::find(key)));
  }
  template <lookup_key<Types> Key>
  [[nodiscard]] STEADY_INLINE const_iterator find(const Key& key) const {
    return at_place(core::find(key));
  }
  [[nodiscard]] STEADY_INLINE bool contains(const key_type& key) const {
    return core::find(key).entry != nullptr;
  }
  template <lookup_key<Types> Key>
  [[nodiscard]] STEADY_INLINE bool contains(const Key& key) const {
    return core::find(key).entry != nullptr;
  }
  [[nodiscard]] size_type count(const key_type& key) const { return contains(key) ? 1 : 0; }
  template <lookup_key<Types> Key>
  [[nodiscard]] size_type count(const Key& key) const {
    return contains(key) ? 1 : 0;
  }
  [[nodiscard]] std::pair<iterator, iterator> equal_range(const key_type& key) {
    return range_at<iterator>(this->to_change(core::find(key)));
  }
  [[nodiscard]] std::pair<const_iterator, const_iterator> equal_range(const key_type& key) const {
    return range_at<const_iterator>(core::find(key));
  }
  template <lookup_key<Types> Key>
  [[nodiscard]] std::pair<iterator, iterator> equal_range(const Key& key) {
    return range_at<iterator>(this->to_change(core::find(key)));
  }
  template <lookup_key<Types> Key>
  [[nodiscard]] std::pair<const_iterator, const_iterator> equal_range(const Key& key) const {
    return range_at<const_iterator>(core::find(key));
  }

  // The hash of a key under this map's seed; pass it to find, contains, try_emplace and prefetch of this map.
  // It holds until the map is cleared, assigned to, swapped or moved. Draws the seed of a map that was never inserted to;
  // a const one cannot, and its hash is of no use once the seed is drawn.
  [[nodiscard]] std::uint64_t hash_of(const key_type& key) {
    this->draw_seed();
    return core::hash_key(key);
  }
  [[nodiscard]] std::uint64_t hash_of(const key_type& key) const { return core::hash_key(key); }
  template <lookup_key<Types> Key>
  [[nodiscard]] std::uint64_t hash_of(const Key& key) {
    this->draw_seed();
    return core::hash_key(key);
  }
  template <lookup_key<Types> Key>
  [[nodiscard]] std::uint64_t hash_of(const Key& key) const {
    return core::hash_key(key);
  }
  [[nodiscard]] STEADY_INLINE iterator find(const key_type& key, std::uint64_t hash) {
    return at_place(this->to_change(core::find(key, hash)));
  }
  [[nodiscard]] STEADY_INLINE const_iterator find(const key_type& key, std::uint64_t hash) const {
    return at_place(core::find(key, hash));
  }
  template <lookup_key<Types> Key>
  [[nodiscard]] STEADY_INLINE iterator find(const Key& key, std::uint64_t hash) {
    return at_place(this->to_change(core::find(key, hash)));
  }
  template <lookup_key<Types> Key>
  [[nodiscard]] STEADY_INLINE const_iterator find(const Key& key, std::uint64_t hash) const {
    return at_place(core::find(key, hash));
  }
  // Looks up many keys at once: found[i] becomes the address of the entry of keys[i], or nullptr; the number found. The loads of
  // 32 keys are under way at the same time, which is worth most in maps that are in no cache. As good as that of get():
  // until the next insert of a new key or erase. Throws std::length_error when `found` is shorter than `keys`.
  template <class Keys>
    requires many_keys<Keys, Types>
  size_type find_many(const Keys& keys, std::span<value_type*> found)
    requires Types::policy::is_map
  {
    if constexpr (Types::snapshots)
      if (this->has_snapshots()) all_to_change(keys);
    return find_all(keys, found);
  }
  template <class Keys>
    requires many_keys<Keys, Types>
  size_type find_many(const Keys& keys, std::span<const value_type*> found) const {
    return find_all(keys, found);
  }
  // Begins to load what a lookup of the key will need.
  STEADY_INLINE void prefetch(const key_type& key) const { core::prefetch(core::hash_key(key)); }
  STEADY_INLINE void prefetch_hash(std::uint64_t hash) const noexcept { core::prefetch(hash); }

  // ---- erase ----
  STEADY_INLINE size_type erase(const key_type& key) { return core::erase_key(key); }
  template <erasable_key<Types> Key>
  size_type erase(Key&& key) {
    return core::erase_key(key);
  }
  // Erases the entry an iterator stands at; the iterator to the one after it, in the same state.
  STEADY_INLINE iterator erase(const const_iterator& at) noexcept(core::nothrow_change) {
    return erase_and_next(at.cursor_);
  }
  STEADY_INLINE iterator erase(const iterator& at) noexcept(core::nothrow_change)
    requires Types::policy::is_map
  {
    return erase_and_next(at.cursor_);
  }
  iterator erase(const_iterator first, const_iterator last) {
    // Both ends are followed: entries move while the map shrinks, and with it the order of the walk changes.
    iterator next = followed(first);
    const iterator stop = followed(last);
    while (next != stop) next = erase(next);
    return next;
  }

  // For loops that are resumed (steady::sweep, sync_map). A registered iterator before the first entry, where its first
  // step goes; not to be dereferenced before.
  [[nodiscard]] iterator before_begin() noexcept {
    iterator at = begin();
    core::stand_before(at.cursor_);
    return at;
  }
  // The same for a registered iterator that has just come to the first entry of a unit.
  static void stand_before(iterator& at) noexcept { core::stand_before(at.cursor_); }
  // Names the unit of the walk in which a registered iterator stands; to be compared only.
  [[nodiscard]] static std::pair<std::uint64_t, unsigned> unit_of(const iterator& at) noexcept {
    return at.cursor_.unit();
  }
  // Erases the entry a registered iterator stands at, in the map that owns it by now. The iterator stays there for its
  // next step.
  static void erase_followed(const iterator& at) noexcept(core::nothrow_change) {
    static_cast<container&>(*at.cursor_.map()).erase_at(at.cursor_.place());
  }

  void clear() noexcept { core::clear(); }
  // The same, but the entries go to `gone`, an empty map of equal hash, equality and allocator, for the caller to destroy.
  void clear_into(container& gone) noexcept { core::clear_into(gone); }
  // Erases up to `most` entries, each under the bound of G1; the entries left.
  size_type clear_some(size_type most) {
    for (; most > 0 && this->size_ > 0; --most) {
      cursor<Types> first;
      core::begin_walk(first, cursor_state::plain);
      core::erase_at(first.place());
    }
    return size();
  }

  void swap(container& other) noexcept { core::swap(other); }

  [[nodiscard]] node_type extract(const const_iterator& at) noexcept(core::nothrow_change) {
    node_type node;
    held_entry entry(this->allocator_);
    core::extract_at(at.cursor_.place(), entry);
    node.allocator_.emplace(this->allocator_);
    entry.give(node.at());
    return node;
  }
  [[nodiscard]] node_type extract(const key_type& key) { return extract_at_key(key); }
  template <erasable_key<Types> Key>
  [[nodiscard]] node_type extract(Key&& key) {
    return extract_at_key(key);
  }

  // Moves the entries whose keys are not here out of another container of the same entries, one after the other: each is
  // in one of the two at any time, whatever throws. Entries in nodes keep their address if both containers have nodes.
  template <class Other>
    requires(std::same_as<typename std::remove_cvref_t<Other>::key_type, key_type> &&
             std::same_as<typename std::remove_cvref_t<Other>::value_type, value_type> &&
             std::same_as<typename std::remove_cvref_t<Other>::allocator_type, allocator_type>)
  void merge(Other&& other) {
    if (static_cast<const void*>(std::addressof(other)) == static_cast<const void*>(this)) return;
    other.give_all(table());
  }

  // ---- snapshots: for maps with steady::snapshots::on in their Options (snapshot.hpp) ----
  using snapshot_type = table_snapshot<Types>;
  // A read-only view of this moment. O(1): two allocations at most, no entry is copied. Throws what the allocator throws.
  [[nodiscard]] table_snapshot<Types> snapshot()
    requires(Types::snapshots)
  {
    return table_snapshot<Types>(table());
  }

  // ---- figures ----
  [[nodiscard]] map_stats stats() const { return core::stats(); }
  // The same without what takes a walk over the buckets: no probe lengths, no overflow but its bytes and nodes.
  [[nodiscard]] map_stats outline() const noexcept { return core::outline(); }
  // The bytes the map asked of its allocator.
  [[nodiscard]] size_type memory_usage() const noexcept { return core::structure_bytes(); }

  // ---- seeing inside: for maps with an observer in their Options (observe.hpp) ----
  // Lists the map in steady::registry under this name, with "#2" behind it if there is one of that name; an empty name
  // takes it off. Allocates, and walks the map once.
  void name(std::string text)
    requires(Types::observed)
  {
    core::give_name(std::move(text));
  }
  [[nodiscard]] std::string_view name() const noexcept
    requires(Types::observed)
  {
    return core::given_name();
  }
  // For a map that is a part of one that threads share: under whose name, and to whom, it tells its events.
  void part_of(const whole_map& whole) noexcept
    requires(Types::observed)
  {
    core::part_of(whole);
  }
  // Renews all published figures at once; a named map does it by and by. Walks the map.
  void publish() noexcept
    requires(Types::observed)
  {
    core::publish();
  }

  // ---- seed ----
  // The seed of the map; draws it if it was not drawn yet.
  [[nodiscard]] std::uint64_t seed() noexcept { return core::seed(); }
  [[nodiscard]] std::uint64_t seed() const noexcept { return core::seed(); }
  // Fixes the seed, for reproducible runs. Precondition: the map is empty.
  void seed(std::uint64_t fixed) noexcept { core::seed(fixed); }

  template <class Entries, class Predicate>
  friend typename container<Entries>::size_type erase_entries(container<Entries>& entries,
                                                              Predicate predicate);

 protected:
  ~container() = default;

  template <class Other>
  friend class container;
  friend class saved_access<Types>;
  friend class range_insert<Types>;

  template <class Key>
  [[nodiscard]] node_type extract_at_key(const Key& key) {
    const place at = core::find(key);
    if (at.entry != nullptr) return extract(const_iterator(this, at, this->stamp_));
    if constexpr (Types::observed) core::nothing_to_extract(key);
    return {};
  }

  // Lets another table take every entry that it has not.
  template <class Taker>
  void give_all(Taker& taker) {
    for (auto at = begin(); at != end();) {
      const auto visited = at;
      ++at;
      const auto take = [&] { taker.take_from(table(), visited.cursor_.place()); };
      if constexpr (Types::observed) {
        core::give(visited.cursor_.place(), take);
      } else {
        take();
      }
    }
  }

  template <class Keys, class Entry>
  size_type find_all(const Keys& keys, std::span<Entry*> found) const {
    const std::size_t count = std::size(keys);
    if (found.size() < count)
      raise<std::length_error>("steady: find_many() of more keys than it has room for");
    const element_of<Keys>* const first = std::data(keys);
    return core::find_many(first, count, found.data());
  }

  // As find() of each of them.
  template <class Keys>
  void all_to_change(const Keys& keys) {
    const element_of<Keys>* const first = std::data(keys);
    for (std::size_t each = 0; each < std::size(keys); ++each) (void)this->to_change(core::find(first[each]));
  }

  [[nodiscard]] core& table() noexcept { return *this; }
  [[nodiscard]] const core& table() const noexcept { return *this; }

  template <class Entry>
  static constexpr bool builds_from = [] {
    if constexpr (Types::policy::is_map) {
      return builds_quietly<key_type, const key_type&> &&
             builds_quietly<typename Types::policy::mapped_type, const typename Types::policy::mapped_type&>;
    } else {
      return builds_quietly<key_type, Entry>;
    }
  }();

  [[nodiscard]] STEADY_INLINE std::pair<iterator, bool> placed(
      const std::pair<place, bool>& result) noexcept {
    return {iterator(this, result.first, this->stamp_), result.second};
  }
  [[nodiscard]] STEADY_INLINE iterator at_place(const place& at) noexcept {
    return iterator(this, at, this->stamp_);
  }
  [[nodiscard]] STEADY_INLINE const_iterator at_place(const place& at) const noexcept {
    return const_iterator(this, at, this->stamp_);
  }
  template <class Iterator>
  [[nodiscard]] std::pair<Iterator, Iterator> range_at(const place& at) const {
    if (at.entry == nullptr) return {};
    Iterator next(this, at, this->stamp_);
    ++next;
    return {Iterator(this, at, this->stamp_), next};
  }

  STEADY_INLINE iterator erase_and_next(const cursor<Types>& at) noexcept(core::nothrow_change) {
    if constexpr (Types::snapshots && Types::policy::is_map) {
      if (at.state() != cursor_state::registered && this->has_snapshots()) {
        // A loop's iterator: it copies the bucket of the next entry only if that is asked for.
        iterator next(core::registered_copy(at));
        ++next;
        core::erase_at(at.place());
        return next;
      }
    }
    if (at.state() == cursor_state::registered) {
      iterator next(at);
      core::erase_at(at.place());
      core::advance_after_erase(next.cursor_);
      return next;
    }
    const place erased = at.place();
    if (!core::erases_quietly(erased)) [[unlikely]]
      return erase_and_follow(at);
    core::erase_at(erased);
    return iterator(this, core::after_erased(erased), this->stamp_);
  }

  // Other entries may move: a cursor registered for the moment knows where the next one went.
  STEADY_NOINLINE iterator erase_and_follow(const cursor<Types>& at) noexcept(core::nothrow_change) {
    cursor<Types> next = core::registered_copy(at);
    next.advance();  // before the erase: afterwards it might need a hash, which may throw
    core::erase_at(at.place());
    return iterator(this, next.place(), this->stamp_);
  }

  // A registered iterator at the same place; an end stays an end.
  [[nodiscard]] iterator followed(const const_iterator& at) {
    if (at.cursor_.entry() == nullptr || at.cursor_.state() == cursor_state::registered)
      return iterator(at.cursor_);
    return iterator(core::registered_copy(at.cursor_));
  }
};

// Erases every entry that satisfies the predicate; how many.
template <class Types, class Predicate>
typename container<Types>::size_type erase_entries(container<Types>& entries, Predicate predicate) {
  const auto before = entries.size();
  for (auto at = entries.begin(); at != entries.end();) {
    // The step comes before the erase: it may need a hash, which may throw.
    const auto visited = at;
    ++at;
    if (predicate(*visited)) entries.erase_at(visited.cursor_.place());
  }
  return before - entries.size();
}

// Equal when they hold the same entries, in whatever order.
template <class Types>
[[nodiscard]] bool same_entries(const container<Types>& a, const container<Types>& b) {
  if (a.size() != b.size()) return false;
  for (const auto& entry : a) {
    if constexpr (Types::policy::is_map) {
      const auto found = b.find(entry.first);
      if (found == b.end() || !(found->second == entry.second)) return false;
    } else {
      const auto found = b.find(entry);
      if (found == b.end() || !(*found == entry)) return false;
    }
  }
  return true;
}

}  // namespace steady::detail
