// How the snapshots of a map are kept right while it changes.
//
// All snapshots of a map have one keeper, which the map points at while it has any. A snapshot's moment is a number of buckets, a
// seed, and copies of those buckets that have changed since. Invariants:
//  - the map copies a bucket before it changes, for the newest moment alone, and only if that has no copy of it;
//  - so what a moment's bucket held is in the first copy met from that moment on towards the newest, and where there is none
//    the map still has the bucket, under the same number, with the same entries in the same order.
// Places may differ: the first block, overflow nodes and the directory may have moved. A split or a merge is a change of both buckets,
// and a bucket made anew has a number that is beyond the moment, or was copied when it went.
//
// When a moment ends, its copies that the one before it needs become that one's, and the others go. When the map's storage is
// about to be destroyed (by the map's own end, clear, assignment), the keeper takes it over whole, and has it until the last snapshot
// ends. With swap and move it goes where the storage goes, as loops do.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>

#include "bulk.hpp"
#include "kept_bucket.hpp"

namespace steady::detail {

template <class Types>
struct snapshot_moment {
  snapshot_keeper<Types>* keeper;
  std::uint64_t size;
  std::uint64_t buckets;
  std::uint64_t seed;
  snapshot_moment* older;
  snapshot_moment* newer = nullptr;
  kept_buckets<Types> kept{};

  snapshot_moment(snapshot_keeper<Types>* of, std::uint64_t entries, std::uint64_t bucket_count,
                  std::uint64_t drawn_seed, snapshot_moment* before) noexcept
      : keeper(of), size(entries), buckets(bucket_count), seed(drawn_seed), older(before) {}
};

template <class Types>
class snapshot_keeper {
  static_assert(std::is_copy_constructible_v<typename Types::value_type>,
                "steady::snapshots::on: the entries must be copyable");

 public:
  using map_type = bulk_table<Types>;
  using moment = snapshot_moment<Types>;
  using kept = kept_bucket<Types>;
  using storage = table_storage<Types>;
  using group = typename Types::group;
  using slot = typename Types::slot;
  using overflow_node = typename map_type::overflow_node;
  using allocator_type = typename Types::allocator_type;

  explicit snapshot_keeper(map_type& map)
      : heir_(map.hash_, map.equal_, map.allocator_), map_(std::addressof(map)) {}
  snapshot_keeper(const snapshot_keeper&) = delete;
  snapshot_keeper& operator=(const snapshot_keeper&) = delete;
  ~snapshot_keeper() = default;

  // ---- moments ----

  // The moment of now. Throws what the allocator throws, and the copying of hash, equality and allocator.
  [[nodiscard]] static moment* begin(map_type& map) {
    check_idle(map);
    struct unused {
      snapshot_keeper* keeper;
      ~unused() {
        if (keeper != nullptr && keeper->newest_ == nullptr) destroy(keeper);
      }
    } made{map.has_snapshots() ? map.snapshots_ : create<snapshot_keeper>(map.allocator_, map)};
    snapshot_keeper& keeper = *made.keeper;
    moment* const fresh =
        create<moment>(keeper.heir_.allocator_, &keeper, map.size_, map.buckets(), map.seed_, keeper.newest_);
    if (keeper.newest_ != nullptr) keeper.newest_->newer = fresh;
    keeper.newest_ = fresh;
    map.snapshots_ = &keeper;
    return fresh;
  }

  void end(moment* gone) noexcept {
    check_idle(*map_);
    moment* const older = gone->older;
    gone->kept.take_all([&](kept* copy) {
      if (older != nullptr && copy->bucket < older->buckets) {
        if (kept** const place = older->kept.place_of(copy->bucket); *place == nullptr)
          return older->kept.put(place, copy);
      }
      release(copy);
    });
    (gone->newer != nullptr ? gone->newer->older : newest_) = older;
    if (older != nullptr) older->newer = gone->newer;
    destroy_object(heir_.allocator_, gone);
    if (newest_ != nullptr) return;
    map_->snapshots_ = nullptr;
    destroy(this);
  }

  // ---- what the map tells ----

  // A bucket is about to change. Throws what copying its entries throws, and the allocator; nothing has changed then.
  STEADY_NOINLINE void keep(std::uint64_t bucket) {
    work any{.bounded = false};
    (void)keep(bucket, any);
  }
  // The same; false when it must wait for want of budget.
  STEADY_NOINLINE bool keep(std::uint64_t bucket, work& work) {
    if (bucket >= newest_->buckets) return true;
    kept** const place = newest_->kept.place_of(bucket);
    if (*place != nullptr) return true;
    if (!work.may_allocate()) return false;
    newest_->kept.put(place, copy_of(bucket, work));
    ++changes_;
    return true;
  }
  [[nodiscard]] bool shares(std::uint64_t bucket) const noexcept {
    return bucket < newest_->buckets && newest_->kept.find(bucket) == nullptr;
  }

  // The storage is another map's now.
  void lives_in(storage& owner) noexcept {
    map_ = static_cast<map_type*>(std::addressof(owner));
    ++changes_;  // the new owner's stamps are others
  }

  // The storage is about to be destroyed: here it lives on.
  void inherit(map_type& last) noexcept {
    heir_.swap_storage(last);
    heir_.snapshots_ = nullptr;  // nothing changes it any more, and it is this keeper's
    heir_.settle_state();
    lives_in(heir_);
  }

  // ---- what a snapshot reads ----

  [[nodiscard]] static kept* copy_for(const moment& from, std::uint64_t bucket) noexcept {
    for (const moment* each = &from; each != nullptr; each = each->newer)
      if (kept* const copy = each->kept.find(bucket)) return copy;
    return nullptr;
  }

  // The groups of a bucket that the map still has: its own slots, then the nodes of its chain.
  struct bucket_group {
    std::uint8_t* tags;
    slot* slots;
    std::uint32_t occupied;
    overflow_node* next;
  };
  [[nodiscard]] bucket_group first_group(std::uint64_t bucket) const noexcept {
    const auto at = map_->bucket_at(bucket);
    return {at.tags, at.slots, group::occupied(at.tags), map_->chain_of(at)};
  }
  [[nodiscard]] static bucket_group group_of(overflow_node* node) noexcept {
    return {node->tags, node->slots(), map_type::node_occupied(*node), storage::next_of(node)};
  }

  template <class Key>
  [[nodiscard]] std::uint64_t hash_key(const Key& key, std::uint64_t seed) const {
    return hash_with_seed(heir_.hash_, key, seed);
  }
  // The entry of a key with this hash, or nullptr: in a copy, and in a bucket that the map still has.
  template <class Key>
  [[nodiscard]] const slot* find_in_copy(kept* copy, const Key& key, std::uint64_t hash) const {
    const std::uint8_t tag = tophash_of(hash).tag();
    for (; copy != nullptr; copy = copy->more)
      for (std::uint32_t each = 0; each < copy->count; ++each)
        if (copy->tags()[each] == tag && heir_.equals(key, copy->slots()[each])) return copy->slots() + each;
    return nullptr;
  }
  template <class Key>
  [[nodiscard]] const slot* find_in_map(std::uint64_t bucket, const Key& key, std::uint64_t hash) const {
    return map_->find_in(bucket, map_->bucket_at(bucket), key, hash).entry;
  }

  // Unchanged as long as the entries of the buckets that the map still has are where they were.
  struct age {
    std::uint64_t stamp;
    std::uint64_t changes;
    friend bool operator==(const age&, const age&) = default;
  };
  [[nodiscard]] age now() const noexcept { return {map_->stamp(), changes_}; }

  // Reports a writer: reading a snapshot reads its map.
  void check_read() const {
    if constexpr (map_type::checked)
      if (!map_->idle()) map_->report_named(misuse::read_and_write, "read of a snapshot");
  }

 private:
  static void check_idle(const map_type& map) {
    if constexpr (map_type::checked)
      if (!map.idle()) map.report_named(misuse::concurrent_writes, "snapshot");
  }

  template <class Object, class... Arguments>
  [[nodiscard]] static Object* create(const allocator_type& allocator, Arguments&&... arguments) {
    using traits = typename Types::allocator_traits::template rebind_traits<Object>;
    typename traits::allocator_type objects(allocator);
    struct memory {
      typename traits::allocator_type& objects;
      typename traits::pointer at;
      bool keep = false;
      ~memory() {
        if (!keep) traits::deallocate(objects, at, 1);
      }
    } fresh{objects, traits::allocate(objects, 1)};
    Object* const made = std::construct_at(std::to_address(fresh.at), std::forward<Arguments>(arguments)...);
    fresh.keep = true;
    return made;
  }
  template <class Object>
  static void destroy_object(const allocator_type& allocator, Object* object) noexcept {
    using traits = typename Types::allocator_traits::template rebind_traits<Object>;
    typename traits::allocator_type objects(allocator);
    std::destroy_at(object);
    traits::deallocate(objects, std::pointer_traits<typename traits::pointer>::pointer_to(*object), 1);
  }
  static void destroy(snapshot_keeper* keeper) noexcept {
    const allocator_type allocator(keeper->heir_.allocator_);
    destroy_object(allocator, keeper);
  }

  // ---- copies ----

  [[nodiscard]] kept* copy_of(std::uint64_t bucket, work& work) {
    const bucket_group first = first_group(bucket);
    std::uint64_t left = count_slots(first.occupied);
    for (const overflow_node* node = first.next; node != nullptr; node = storage::next_of(node))
      left += count_slots(map_type::node_occupied(*node));
    struct unfinished {
      snapshot_keeper& keeper;
      kept* copy;
      ~unfinished() {
        if (copy != nullptr) keeper.release(copy);
      }
    } fresh{*this, make_block(bucket, left, work)};
    kept* block = fresh.copy;
    for (bucket_group from = first;; from = group_of(from.next)) {
      for (; from.occupied != 0; from.occupied &= from.occupied - 1, --left) {
        if (block->count == block->capacity) block = block->more = make_block(bucket, left, work);
        const unsigned index = lowest(from.occupied);
        slot::construct(heir_.allocator_, block->slots() + block->count,
                        std::as_const(*from.slots[index].get()));
        block->tags()[block->count++] = from.tags[index];
      }
      if (from.next == nullptr) return std::exchange(fresh.copy, nullptr);
    }
  }

  [[nodiscard]] kept* make_block(std::uint64_t bucket, std::uint64_t entries, work& work) {
    const std::uint64_t capacity = std::min(entries, kept::most());
    std::byte* const memory = map_type::allocate_bytes(heir_.units(), kept::bytes_for(capacity), work);
    return std::construct_at(reinterpret_cast<kept*>(memory), bucket, static_cast<std::uint32_t>(capacity));
  }

  void release(kept* copy) noexcept {
    work any{.bounded = false};
    while (copy != nullptr) {
      for (std::uint32_t each = 0; each < copy->count; ++each)
        slot::destroy(heir_.allocator_, copy->slots() + each);
      kept* const more = copy->more;
      map_type::release_bytes(heir_.units(), copy, copy->bytes(), any);
      copy = more;
    }
  }

  map_type heir_;  // empty, with the map's functions and allocator, until it inherits
  map_type* map_;  // whose storage the moments are of
  moment* newest_ = nullptr;
  std::uint64_t changes_ = 0;  // copies made, and owners of the storage
};

}  // namespace steady::detail
