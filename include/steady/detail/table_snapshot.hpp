// What a program has of a snapshot: the object itself and its iterator. <steady/snapshot.hpp> documents them.
//
// An iterator knows its bucket and how many entries of it are behind; that stays true whatever the map does. Where the entry lies it
// remembers as well, with the age of the map at which that was so; in a copy it stays so.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "container.hpp"
#include "snapshot_keeper.hpp"

namespace steady::detail {

template <class Types>
class snapshot_iterator {
  using keeper = snapshot_keeper<Types>;
  using moment = snapshot_moment<Types>;
  using kept = kept_bucket<Types>;
  using slot = typename Types::slot;

 public:
  using iterator_category = std::forward_iterator_tag;
  using difference_type = std::ptrdiff_t;
  using value_type = typename Types::value_type;
  using reference = const value_type&;
  using pointer = const value_type*;

  snapshot_iterator() noexcept = default;  // an end

  [[nodiscard]] reference operator*() const { return *entry(); }
  [[nodiscard]] pointer operator->() const { return entry(); }

  snapshot_iterator& operator++() {
    ++behind_;
    if (copy_ == nullptr && moment_->keeper->now() != age_) [[unlikely]] {
      settle();
    } else if (!step()) {
      ++bucket_;
      behind_ = 0;
      settle();
    }
    return *this;
  }
  snapshot_iterator operator++(int) {
    snapshot_iterator before = *this;
    ++*this;
    return before;
  }

  friend bool operator==(const snapshot_iterator& a, const snapshot_iterator& b) noexcept {
    return a.moment_ == b.moment_ && a.bucket_ == b.bucket_ && a.behind_ == b.behind_;
  }

 private:
  friend table_snapshot<Types>;

  // The beginning.
  explicit snapshot_iterator(const moment* of) : moment_(of) { settle(); }
  // At an entry that lies there now.
  snapshot_iterator(const moment* of, std::uint64_t bucket, const slot* entry)
      : moment_(of), bucket_(bucket) {
    for (settle(); slot_ != entry; ++behind_) (void)step();
  }

  [[nodiscard]] pointer entry() const {
    if (copy_ != nullptr || moment_->keeper->now() == age_) [[likely]]
      return slot_->get();
    snapshot_iterator found = *this;
    (void)found.stand();
    return found.slot_->get();
  }

  // To the entry it is at, or the first of a later bucket, or the end.
  void settle() {
    moment_->keeper->check_read();
    for (; bucket_ < moment_->buckets; ++bucket_, behind_ = 0)
      if (stand()) return;
    *this = snapshot_iterator();
  }

  // To the next entry of the bucket, where that has not changed; false after the last.
  [[nodiscard]] bool step() {
    if (copy_ != nullptr) {
      if (--left_ != 0) {
        ++slot_;
        return true;
      }
      return copy_->more != nullptr && enter(copy_->more, 0);
    }
    if (left_ &= left_ - 1; left_ != 0) {
      slot_ = slots_ + lowest(left_);
      return true;
    }
    return node_ != nullptr && enter(keeper::group_of(node_), 0);
  }

  // Finds the entry with `behind_` others before it in its bucket; false when there is none.
  [[nodiscard]] bool stand() {
    std::uint64_t before = behind_;
    copy_ = keeper::copy_for(*moment_, bucket_);
    if (copy_ != nullptr) {
      for (kept* block = copy_; block != nullptr; block = block->more) {
        if (before < block->count) return enter(block, before);
        before -= block->count;
      }
      return false;
    }
    age_ = moment_->keeper->now();
    for (auto at = moment_->keeper->first_group(bucket_);; at = keeper::group_of(at.next)) {
      const unsigned here = count_slots(at.occupied);
      if (before < here) return enter(at, before);
      before -= here;
      if (at.next == nullptr) return false;
    }
  }
  bool enter(kept* block, std::uint64_t before) noexcept {
    copy_ = block;
    slot_ = block->slots() + before;
    left_ = block->count - static_cast<std::uint32_t>(before);
    return true;
  }
  bool enter(typename keeper::bucket_group at, std::uint64_t before) noexcept {
    for (; before != 0; --before) at.occupied &= at.occupied - 1;
    slots_ = at.slots;
    left_ = at.occupied;
    node_ = at.next;
    slot_ = slots_ + lowest(left_);
    return true;
  }

  const moment* moment_ = nullptr;  // nullptr: an end
  std::uint64_t bucket_ = 0;
  std::uint64_t behind_ = 0;
  const slot* slot_ = nullptr;  // where it lies: in a copy, or, at this age, in the map
  kept* copy_ = nullptr;
  const slot* slots_ = nullptr;  // of its group in the map
  typename keeper::overflow_node* node_ = nullptr;  // the group after that
  std::uint32_t left_ =
      0;  // in the map: the occupied slots of the group from this one on; in a copy: how many
  typename keeper::age age_{};
};

template <class Types>
class table_snapshot {
  using keeper = snapshot_keeper<Types>;
  using moment = snapshot_moment<Types>;
  using kept = kept_bucket<Types>;
  using slot = typename Types::slot;
  using policy = typename Types::policy;

 public:
  using key_type = typename Types::key_type;
  using mapped_type = typename policy::mapped_type;
  using value_type = typename Types::value_type;
  using size_type = std::size_t;
  using difference_type = std::ptrdiff_t;
  using reference = const value_type&;
  using const_reference = const value_type&;
  using const_iterator = snapshot_iterator<Types>;
  using iterator = const_iterator;

  // An empty one, of no map.
  table_snapshot() noexcept = default;
  explicit table_snapshot(bulk_table<Types>& map) : moment_(keeper::begin(map)) {}
  table_snapshot(table_snapshot&& other) noexcept : moment_(std::exchange(other.moment_, nullptr)) {}
  table_snapshot& operator=(table_snapshot&& other) noexcept {
    table_snapshot taken(std::move(other));
    std::swap(moment_, taken.moment_);
    return *this;
  }
  ~table_snapshot() {
    if (moment_ != nullptr) moment_->keeper->end(moment_);
  }

  [[nodiscard]] size_type size() const noexcept {
    return moment_ == nullptr ? 0 : static_cast<size_type>(moment_->size);
  }
  [[nodiscard]] bool empty() const noexcept { return size() == 0; }

  [[nodiscard]] const_iterator begin() const { return empty() ? const_iterator() : const_iterator(moment_); }
  [[nodiscard]] const_iterator end() const noexcept { return {}; }
  [[nodiscard]] const_iterator cbegin() const { return begin(); }
  [[nodiscard]] const_iterator cend() const noexcept { return {}; }

  [[nodiscard]] const_iterator find(const key_type& key) const { return found(key); }
  template <lookup_key<Types> Key>
  [[nodiscard]] const_iterator find(const Key& key) const {
    return found(key);
  }
  [[nodiscard]] bool contains(const key_type& key) const { return is_there(key); }
  template <lookup_key<Types> Key>
  [[nodiscard]] bool contains(const Key& key) const {
    return is_there(key);
  }
  [[nodiscard]] size_type count(const key_type& key) const { return contains(key) ? 1 : 0; }
  template <lookup_key<Types> Key>
  [[nodiscard]] size_type count(const Key& key) const {
    return contains(key) ? 1 : 0;
  }
  // The value of a key, or nullptr.
  [[nodiscard]] const mapped_type* get(const key_type& key) const
    requires(policy::is_map)
  {
    return value_of(key);
  }
  template <lookup_key<Types> Key>
  [[nodiscard]] const mapped_type* get(const Key& key) const
    requires(policy::is_map)
  {
    return value_of(key);
  }
  // Throws std::out_of_range when the key was absent.
  [[nodiscard]] const auto& at(const key_type& key) const
    requires(policy::is_map)
  {
    return present(key);
  }
  template <lookup_key<Types> Key>
  [[nodiscard]] const auto& at(const Key& key) const
    requires(policy::is_map)
  {
    return present(key);
  }

  // Buckets that were copied for this snapshot and are its own now, and the bytes they take, entries with nodes of their own apart.
  [[nodiscard]] size_type copied_buckets() const noexcept {
    return moment_ == nullptr ? 0 : static_cast<size_type>(moment_->kept.count());
  }
  [[nodiscard]] size_type copied_bytes() const noexcept {
    return moment_ == nullptr ? 0 : moment_->kept.bytes();
  }

 private:
  friend saved_access<Types>;

  // The entry of a key, or nullptr, with its bucket.
  template <class Key>
  [[nodiscard]] const slot* entry_of(const Key& key, std::uint64_t& bucket) const {
    if (empty()) return nullptr;
    const keeper& from = *moment_->keeper;
    from.check_read();
    const std::uint64_t hash = from.hash_key(key, moment_->seed);
    const std::uint64_t mask = std::bit_ceil(moment_->buckets) - 1;
    const std::uint64_t high = hash & mask;
    bucket = high < moment_->buckets ? high : hash & (mask >> 1);
    kept* copy = keeper::copy_for(*moment_, bucket);
    return copy != nullptr ? from.find_in_copy(copy, key, hash) : from.find_in_map(bucket, key, hash);
  }
  template <class Key>
  [[nodiscard]] const_iterator found(const Key& key) const {
    std::uint64_t bucket = 0;
    const slot* const entry = entry_of(key, bucket);
    return entry == nullptr ? const_iterator() : const_iterator(moment_, bucket, entry);
  }
  template <class Key>
  [[nodiscard]] bool is_there(const Key& key) const {
    std::uint64_t bucket = 0;
    return entry_of(key, bucket) != nullptr;
  }
  template <class Key>
  [[nodiscard]] const auto* value_of(const Key& key) const {
    std::uint64_t bucket = 0;
    const slot* const entry = entry_of(key, bucket);
    return entry == nullptr ? nullptr : std::addressof(entry->get()->second);
  }
  template <class Key>
  [[nodiscard]] const auto& present(const Key& key) const {
    const auto* const value = value_of(key);
    if (value == nullptr) raise<std::out_of_range>("steady: at() of a snapshot: there was no such key");
    return *value;
  }

  moment* moment_ = nullptr;
};

}  // namespace steady::detail
