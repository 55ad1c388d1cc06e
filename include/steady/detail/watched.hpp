// A table whose operations are watched: what an observed map has between its core and its interface.
//
// Structural events go out from the core itself. Here is what concerns whole operations: the figures of a named map are
// renewed after each write, inserts and erases are counted and, if the observer audits, told of, and an operation that begins
// inside a call of the map's own observer is refused. Reads pass by. A map without an observer has the core directly.
#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>

#include "../channel/call_site.hpp"
#include "bulk.hpp"
#include "observed.hpp"

namespace steady::detail {

// The bytes of a value that is a container of bytes or other things, with them; of any other, its own. What copies as its bytes holds
// nothing outside of itself, as an array, or does not own it, as a string_view.
template <class Value>
inline constexpr bool has_elements = !std::is_trivially_copyable_v<Value> && requires(const Value& value) {
  typename Value::value_type;
  { value.size() } -> std::convertible_to<std::size_t>;
};
template <class Value>
[[nodiscard]] std::size_t bytes_of_value(const Value& value) noexcept {
  if constexpr (has_elements<Value>) {
    return sizeof(Value) + value.size() * sizeof(typename Value::value_type);
  } else {
    return sizeof(Value);
  }
}

template <class Types>
class watched_table : public bulk_table<Types> {
 public:
  using base = bulk_table<Types>;
  using storage = table_storage<Types>;
  using observer = typename Types::observer;
  using policy = typename Types::policy;
  using group = typename Types::group;
  using key_type = typename Types::key_type;
  using allocator_type = typename Types::allocator_type;
  using shape = typename Types::shape;
  using base::base;
  using typename base::held_entry;
  using typename base::place;

  constexpr watched_table() noexcept(base::nothrow_default) = default;
  // A copy has no name. What is moved takes its name along, but into a map that is there already only the entries go.
  watched_table(const watched_table&) = default;
  watched_table(watched_table&& other) noexcept : base(std::move(static_cast<base&>(other))) {
    this->watch_.take_name(other.watch_);
    written();
  }
  watched_table(watched_table&& other, const allocator_type& allocator)
      : base(std::move(static_cast<base&>(other)), allocator) {
    this->watch_.take_name(other.watch_);
    written();
  }
  watched_table& operator=(const watched_table& other) {
    begin("assign");
    base::operator=(other);
    written();
    return *this;
  }
  watched_table& operator=(watched_table&& other) noexcept(std::is_nothrow_move_assignable_v<base>) {
    begin("assign");
    base::operator=(std::move(static_cast<base&>(other)));
    written();
    other.written();
    return *this;
  }
  ~watched_table() = default;

  // ---- the name ----
  void give_name(std::string name) {
    begin("name");
    this->watch_.forget_name();
    if (!name.empty()) {
      this->watch_.name(std::move(name), base::name(), sizeof(looked_at), false);
      publish();
    }
  }
  [[nodiscard]] std::string_view given_name() const noexcept { return this->watch_.name(); }
  void part_of(const whole_map& whole) noexcept { this->watch_.part_of(whole); }

  // ---- operations ----
  template <bool Quiet, class Key, class Build>
  std::pair<place, bool> insert_unique(const Key& key, Build&& build) {
    begin("insert");
    const auto result = base::template insert_unique<Quiet>(key, std::forward<Build>(build));
    inserted(result);
    return result;
  }
  template <bool Quiet, class Key, class Build>
  std::pair<place, bool> insert_unique(const Key& key, std::uint64_t hash, Build&& build) {
    begin("insert");
    const auto result = base::template insert_unique<Quiet>(key, hash, std::forward<Build>(build));
    inserted(result);
    return result;
  }
  std::pair<place, bool> insert_held(held_entry& entry) {
    begin("insert");
    const auto result = base::insert_held(entry);
    inserted(result);
    return result;
  }
  template <class Other>
  void take_from(Other& other, const auto& at) {
    begin("merge");
    const std::uint64_t before = this->size_;
    const std::string text = text_of(policy::key(*at.entry->get()));
    base::take_from(other, at);
    if (this->size_ == before) return;
    count(figure::inserts);
    written();
    if constexpr (Types::audited) audit(event_kind::insert, text, false);
  }
  // Another table may take the entry at a place: if it does, that is an erase here.
  template <class Take>
  void give(const place& at, Take&& take) {
    begin("merge");
    const std::uint64_t before = this->size_;
    const std::string text = text_of(policy::key(*at.entry->get()));
    take();
    if (this->size_ != before) erased(text, true);
  }
  template <class Key>
  std::size_t erase_key(const Key& key) {
    begin("erase");
    const std::string text = text_of(key);  // the key may lie in the entry
    const std::size_t erased = base::erase_key(key);
    this->erased(text, erased != 0);
    return erased;
  }
  void erase_at(const place at) noexcept(base::nothrow_change) {
    begin("erase");
    const std::string text = text_of(policy::key(*at.entry->get()));
    base::erase_at(at);
    this->erased(text, true);
  }
  void extract_at(const place at, held_entry& to) noexcept(base::nothrow_change) {
    begin("extract");
    const std::string text = text_of(policy::key(*at.entry->get()));
    base::extract_at(at, to);
    this->erased(text, true);
  }

  template <class Key>
  void nothing_to_extract(const Key& key) noexcept {
    begin("extract");
    erased(text_of(key), false);
  }

  void clear() noexcept {
    begin("clear");
    base::clear();
    written();
  }
  void clear_into(watched_table& gone) noexcept {
    begin("clear");
    base::clear_into(gone);
    written();
  }
  void swap(watched_table& other) noexcept {
    begin("swap");
    other.begin("swap");
    base::swap(other);
    written();
    other.written();
  }
  void reserve(std::uint64_t entries) {
    begin("reserve");
    base::reserve(entries);
    written();
  }
  void make_room_for(std::uint64_t entries) {
    begin("insert");
    base::make_room_for(entries);
    written();
  }
  void give_room_back(std::uint64_t buckets) {
    begin("insert");
    base::give_room_back(buckets);
    written();
  }
  void rehash(std::uint64_t slots) {
    begin("rehash");
    base::rehash(slots);
    written();
  }
  void shrink_to_fit() {
    begin("shrink_to_fit");
    base::shrink_to_fit();
    written();
  }
  using base::seed;
  void seed(std::uint64_t fixed) noexcept {
    begin("seed");
    base::seed(fixed);
  }
  using base::shrink_policy;
  void shrink_policy(steady::shrink wanted) noexcept {
    begin("shrink_policy");
    base::shrink_policy(wanted);
  }
  std::uint64_t maintain(std::uint64_t steps) {
    begin("maintain");
    const std::uint64_t due = base::maintain(steps);
    written();
    return due;
  }

  // ---- figures ----
  // After a write: a few stores, and now and then a look at one block.
  void written() noexcept {
    naming* const named = this->watch_.named();
    if (named == nullptr) return;
    map_record& record = *named->record;
    record.set(figure::size, this->size_);
    record.set(figure::buckets, this->buckets());
    record.set(figure::slots, this->slots());
    if (!named->due()) [[likely]]
      return;
    renew(record);
    if (!this->has_buckets()) return record.publish({});
    named->walk.step(this->blocks(), [&](std::uint64_t block) { return look_at(block, record); });
    record.publish(named->walk.figures());
  }

  // All of them, with a walk over the whole map.
  void publish() noexcept {
    begin("publish");
    written();
    naming* const named = this->watch_.named();
    if (named == nullptr) return;
    map_record& record = *named->record;
    renew(record);
    if constexpr (has_elements<looked_at>) record.set(figure::largest_value, 0);  // looked for anew
    if (!this->has_buckets()) return record.publish({});
    named->walk.round(this->blocks(), [&](std::uint64_t block) { return look_at(block, record); });
    record.publish(named->walk.figures());
  }

  // Where the next insert or erase was called from.
  void call_from(const call_site& where) noexcept { this->watch_.call_from(where); }

 private:
  using looked_at =
      typename std::conditional_t<policy::is_map, std::type_identity<typename policy::mapped_type>,
                                  std::type_identity<key_type>>::type;  // for its size

  void begin(std::string_view operation) const noexcept {
    this->watch_.refuse_reentry(this, base::name(), operation);
  }
  void count(figure which) noexcept { this->watch_.count_operation(which); }
  void inserted(const std::pair<place, bool>& result) noexcept {
    if (result.second) {
      count(figure::inserts);
      this->note_entry_taken(result.first.entry);
    }
    written();
    if constexpr (Types::audited)
      audit(event_kind::insert, text_of(policy::key(*result.first.entry->get())), !result.second);
  }
  void erased(const std::string& text, bool found) noexcept {
    count(found ? figure::erases : figure::absent_erases);
    written();
    if constexpr (Types::audited) audit(event_kind::erase, text, found);
  }
  void audit(event_kind what, const std::string& text, bool found) noexcept {
    this->watch_.audit({this, base::name(), this->size_, this->buckets()}, what, text, found);
  }
  template <class Key>
  [[nodiscard]] static std::string text_of(const Key& key) noexcept {
    return watch<observer>::text_of(key);
  }

  void renew(map_record& record) noexcept {
    record.count(figure::refreshes);
    map_stats bytes;
    this->add_bytes(bytes);
    record.set(figure::block_bytes, bytes.block_bytes);
    record.set(figure::overflow_bytes, bytes.overflow_bytes);
    record.set(figure::directory_bytes, bytes.directory_bytes);
    record.set(figure::entry_bytes, bytes.entry_bytes);
    record.set(figure::reserved, this->floor());
    record.set(figure::seed_fixed, this->is(storage::flag::seed_fixed) ? 1 : 0);
    const bool pooled = this->has_buckets() && !this->first_bucket_small();
    record.set(figure::overflow_nodes, pooled ? this->trunk_of().nodes : 0);
    record.set(figure::entries_moved, pooled ? this->trunk_of().moved : 0);
    if constexpr (!has_elements<looked_at>) record.set(figure::largest_value, sizeof(looked_at));
  }

  [[nodiscard]] bucket_figures look_at(std::uint64_t block, map_record& record) const noexcept {
    bucket_figures seen;
    const std::uint64_t first = block << shape::block_shift;
    const std::uint64_t last = std::min(first + shape::block_buckets, this->buckets());
    std::size_t largest = 0;
    for (std::uint64_t bucket = first; bucket < last; ++bucket) {
      const auto at = this->bucket_at(bucket);
      const std::uint32_t occupied = group::occupied(at.tags);
      auto entries = static_cast<std::uint32_t>(std::popcount(occupied));
      seen.slots += static_cast<std::uint32_t>(std::popcount(std::uint32_t{this->slot_mask_}));
      seen.in_buckets += entries;
      seen.probes[0] += entries;
      std::size_t length = 1;
      for (auto* node = this->chain_of(at); node != nullptr; node = base::next_of(node), ++length) {
        const auto here = static_cast<std::uint32_t>(std::popcount(base::node_occupied(*node)));
        seen.probes[std::min(length, seen.probes.size() - 1)] += here;
        seen.overflow_entries += here;
        entries += here;
        largest_in(node->slots(), base::node_occupied(*node), largest);
      }
      if (length > 1) ++seen.overflow_buckets;
      seen.longest_chain = std::max(seen.longest_chain, entries);
      seen.crowded_entries += entries - std::min<std::uint32_t>(entries, bucket_slots);
      largest_in(at.slots, occupied, largest);
    }
    if (largest > record.get(figure::largest_value)) record.set(figure::largest_value, largest);
    return seen;
  }
  // A value that has elements of its own is looked at, any other is as large as its type says.
  template <class Slot>
  static void largest_in([[maybe_unused]] Slot* slots, [[maybe_unused]] std::uint32_t occupied,
                         [[maybe_unused]] std::size_t& largest) noexcept {
    if constexpr (has_elements<looked_at>)
      for (; occupied != 0; occupied &= occupied - 1) {
        if constexpr (policy::is_map) {
          largest = std::max(largest, bytes_of_value(slots[lowest(occupied)].get()->second));
        } else {
          largest = std::max(largest, bytes_of_value(*slots[lowest(occupied)].get()));
        }
      }
  }
};

}  // namespace steady::detail
