// An entry outside any map: what extract() returns and insert(node_type&&) takes. It owns the entry and a copy of the
// map's allocator; a node_map's entry keeps its address on the way.
#pragma once

#include <optional>
#include <type_traits>
#include <utility>

#include "bulk.hpp"

namespace steady::detail {

template <class Types>
class node_handle {
 public:
  using key_type = typename Types::key_type;
  using mapped_type = typename Types::policy::mapped_type;  // void for sets
  using value_type = typename Types::value_type;
  using allocator_type = typename Types::allocator_type;

  constexpr node_handle() noexcept = default;
  node_handle(node_handle&& other) noexcept { take(other); }
  node_handle& operator=(node_handle&& other) noexcept {
    if (this != &other) {
      reset();
      take(other);
    }
    return *this;
  }
  ~node_handle() { reset(); }

  [[nodiscard]] bool empty() const noexcept { return !allocator_.has_value(); }
  explicit operator bool() const noexcept { return !empty(); }
  [[nodiscard]] allocator_type get_allocator() const { return *allocator_; }

  // Preconditions: not empty.
  [[nodiscard]] key_type& key() const
    requires Types::policy::is_map
  {
    return const_cast<key_type&>(at()->get()->first);
  }
  [[nodiscard]] auto& mapped() const
    requires Types::policy::is_map
  {
    return at()->get()->second;
  }
  [[nodiscard]] value_type& value() const
    requires(!Types::policy::is_map)
  {
    return *at()->get();
  }

  void swap(node_handle& other) noexcept {
    node_handle mine(std::move(*this));
    take_into_empty(other);
    other.take_into_empty(mine);
  }
  friend void swap(node_handle& a, node_handle& b) noexcept { a.swap(b); }

 private:
  friend container<Types>;
  using slot = typename Types::slot;

  [[nodiscard]] slot* at() const noexcept { return reinterpret_cast<slot*>(memory_); }
  void reset() noexcept {
    if (empty()) return;
    note_entry_given_back<Types>(at());
    slot::destroy(*allocator_, at());
    allocator_.reset();
  }
  void take(node_handle& other) noexcept { take_into_empty(other); }
  void take_into_empty(node_handle& other) noexcept {
    if (other.empty()) return;
    allocator_.emplace(*other.allocator_);
    slot::relocate(*allocator_, other.at(), at());
    other.allocator_.reset();
  }

  alignas(slot) mutable std::byte memory_[sizeof(slot)];
  mutable std::optional<allocator_type> allocator_;
};

// What insert(node_type&&) returns.
template <class Iterator, class Node>
struct node_insert_result {
  Iterator position;
  bool inserted = false;
  Node node;
};

}  // namespace steady::detail
