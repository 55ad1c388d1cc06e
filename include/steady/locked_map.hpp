// steady::locked_map: a steady::map behind one readers-writer lock, with sync_map's names.
//
// The simple component, for maps that several threads use now and then: it takes as much memory as its map and a mutex,
// and its range sees one state of the map. Where threads use the map all the time, sync_map is the one to take: every write
// here holds up everybody.
//
// What differs from sync_map: range() and erase_if() run under the lock. Their function must not use the same map, not
// even to load (std::shared_mutex gives no second shared lock to a thread while a writer waits); that is reported as from a
// visitor. Errors, copies and linearisability are the same.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "detail/shared_name.hpp"
#include "map.hpp"
#include "sync/visiting.hpp"

namespace steady {

template <class Key, class Value, class Hash = hash<Key>, class KeyEqual = std::equal_to<Key>,
          class Allocator = std::allocator<std::pair<const Key, Value>>, class Options = options<>>
class locked_map {
  using map_type = map<Key, Value, Hash, KeyEqual, Allocator, Options>;
  static constexpr bool observed = detail::is_observing<typename detail::observer_of<Options>::type>;

 public:
  using key_type = Key;
  using mapped_type = Value;
  using size_type = std::size_t;

  locked_map() { tell_its_name(); }
  locked_map(const locked_map&) = delete;
  locked_map& operator=(const locked_map&) = delete;
  ~locked_map() {
    if (naming_ != nullptr) naming_->map_ends();
  }

  [[nodiscard]] std::optional<Value> load(const Key& key) const {
    const auto locked = reading("load");
    const Value* const value = map_.get(key);
    return value == nullptr ? std::nullopt : std::optional<Value>(*value);
  }
  [[nodiscard]] bool contains(const Key& key) const {
    const auto locked = reading("contains");
    return map_.contains(key);
  }
  template <class V = Value>
  void store(const Key& key, V&& value) {
    const auto locked = writing("store");
    map_.insert_or_assign(key, std::forward<V>(value));
  }
  template <class V = Value>
  void store(Key&& key, V&& value) {
    const auto locked = writing("store");
    map_.insert_or_assign(std::move(key), std::forward<V>(value));
  }
  template <class V = Value>
  std::pair<Value, bool> load_or_store(const Key& key, V&& value) {
    const auto locked = writing("load_or_store");
    return loaded_or_stored(map_.try_emplace(key, std::forward<V>(value)));
  }
  template <class V = Value>
  std::pair<Value, bool> load_or_store(Key&& key, V&& value) {
    const auto locked = writing("load_or_store");
    return loaded_or_stored(map_.try_emplace(std::move(key), std::forward<V>(value)));
  }
  std::optional<Value> load_and_delete(const Key& key) {
    const auto locked = writing("load_and_delete");
    const auto at = map_.find(key);
    if (at == map_.end()) return std::nullopt;
    std::optional<Value> before(std::move(at->second));
    (void)map_.erase(at);
    ++erased_;
    return before;
  }
  bool erase(const Key& key) {
    const auto locked = writing("erase");
    if (map_.erase(key) == 0) return false;
    ++erased_;
    return true;
  }
  template <class V = Value>
  std::optional<Value> swap(const Key& key, V&& value) {
    const auto locked = writing("swap");
    return swapped(map_.try_emplace(key, std::forward<V>(value)), std::forward<V>(value));
  }
  template <class V = Value>
  std::optional<Value> swap(Key&& key, V&& value) {
    const auto locked = writing("swap");
    return swapped(map_.try_emplace(std::move(key), std::forward<V>(value)), std::forward<V>(value));
  }
  template <class V = Value>
    requires std::equality_comparable<Value>
  bool compare_and_swap(const Key& key, const Value& expected, V&& fresh) {
    const auto locked = writing("compare_and_swap");
    Value* const value = map_.get(key);
    if (value == nullptr || !(*value == expected)) return false;
    *value = std::forward<V>(fresh);
    return true;
  }
  bool compare_and_delete(const Key& key, const Value& expected)
    requires std::equality_comparable<Value>
  {
    const auto locked = writing("compare_and_delete");
    const auto at = map_.find(key);
    if (at == map_.end() || !(at->second == expected)) return false;
    (void)map_.erase(at);
    ++erased_;
    return true;
  }
  // f(const Key&, const Value&) for every entry, until it returns false.
  template <class Visit>
  void range(Visit&& f) const {
    const auto locked = reading("range");
    const detail::visiting inside(this);
    for (const auto& [key, value] : map_) {
      if constexpr (std::is_void_v<std::invoke_result_t<Visit&, const Key&, const Value&>>) {
        std::invoke(f, key, value);
      } else {
        if (!std::invoke(f, key, value)) return;
      }
    }
  }
  // Erases what pred(const Key&, const Value&) says; how many.
  template <class Predicate>
  size_type erase_if(Predicate&& pred) {
    const auto locked = writing("erase_if");
    const detail::visiting inside(this);
    size_type erased = 0;
    for (auto at = map_.begin(); at != map_.end();) {
      const auto visited = at;
      ++at;
      if (!std::invoke(pred, visited->first, std::as_const(visited->second))) continue;
      (void)map_.erase(visited);
      ++erased_;
      ++erased;
    }
    return erased;
  }
  void clear() {
    map_type gone;  // destroyed when others may go on
    const auto locked = writing("clear");
    erased_ += map_.size();
    map_.clear_into(gone);
  }
  [[nodiscard]] size_type size() const {
    const auto locked = reading("size");
    return map_.size();
  }
  [[nodiscard]] bool empty() const { return size() == 0; }

  // As sync_map::name.
  void name(std::string text) {
    const auto locked = writing("name");
    auto before = std::move(naming_);
    tell_its_name();  // before the old name's record goes, and before the new one may find no memory
    before.reset();
    if (text.empty()) return;
    naming_ = std::make_unique<detail::shared_name>(std::move(text), detail::type_name<locked_map>(),
                                                    sizeof(Value), observed, this, &look);
    tell_its_name();
  }
  [[nodiscard]] std::string_view name() const noexcept {
    return naming_ == nullptr ? std::string_view{} : naming_->name();
  }

 private:
  [[nodiscard]] std::shared_lock<std::shared_mutex> reading(const char* operation) const {
    detail::refuse_inside_visitor(this, operation);
    return std::shared_lock(mutex_);
  }
  [[nodiscard]] std::unique_lock<std::shared_mutex> writing(const char* operation) const {
    detail::refuse_inside_visitor(this, operation);
    return std::unique_lock(mutex_);
  }

  void tell_its_name() noexcept {
    if constexpr (observed) map_.part_of(naming_ == nullptr ? unnamed_ : naming_->whole());
  }
  static void look(const void* map, std::vector<detail::shard_figures>& seen) {
    const auto& looked_at = *static_cast<const locked_map*>(map);
    seen.resize(1);
    // Not from its own visitor: a thread must not try a std::shared_mutex that it has.
    if (detail::is_writing(&looked_at, nullptr)) return;
    const std::shared_lock locked(looked_at.mutex_, std::try_to_lock);
    if (!locked) return;
    seen[0].stats = looked_at.map_.outline();
    seen[0].erased = looked_at.erased_;
  }

  [[nodiscard]] static std::pair<Value, bool> loaded_or_stored(const auto& emplaced) {
    return {std::as_const(emplaced.first->second), !emplaced.second};
  }
  template <class V>
  [[nodiscard]] static std::optional<Value> swapped(const auto& emplaced, V&& value) {
    if (emplaced.second) return std::nullopt;
    return std::optional<Value>(std::exchange(emplaced.first->second, std::forward<V>(value)));
  }

  mutable std::shared_mutex mutex_;
  [[no_unique_address]] detail::unnamed_whole<observed> unnamed_{this};
  std::unique_ptr<detail::shared_name> naming_;  // goes after the map, which tells of its end
  map_type map_;
  std::uint64_t erased_ = 0;  // entries so far, for the registry
};

}  // namespace steady
