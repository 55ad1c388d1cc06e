// Hash and equality functors with the properties that containers get wrong: state, final, no default
// constructor, transparency, constant results, poor results.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "random.hpp"

namespace steady_test {

// State that travels with copies, moves and swaps. Equal ids mean equal behaviour.
struct stateful_hash {
  int id = 0;

  stateful_hash() = default;
  explicit stateful_hash(int the_id) noexcept : id(the_id) {}

  template <class K>
  std::size_t operator()(const K& key) const {
    return static_cast<std::size_t>(scramble(std::hash<K>{}(key) + static_cast<std::size_t>(id)));
  }
  friend bool operator==(const stateful_hash&, const stateful_hash&) = default;
};

struct stateful_equal {
  int id = 0;

  stateful_equal() = default;
  explicit stateful_equal(int the_id) noexcept : id(the_id) {}

  template <class K>
  bool operator()(const K& a, const K& b) const {
    return a == b;
  }
  friend bool operator==(const stateful_equal&, const stateful_equal&) = default;
};

// No default constructor, final, state in a member that a container must not squeeze away.
class final_hash final {
 public:
  explicit final_hash(std::size_t offset) noexcept : offset_(offset) {}
  template <class K>
  std::size_t operator()(const K& key) const {
    return std::hash<K>{}(key) + offset_;
  }
  std::size_t offset() const noexcept { return offset_; }

 private:
  std::size_t offset_;
};

class final_equal final {
 public:
  explicit final_equal(int id) noexcept : id_(id) {}
  template <class K>
  bool operator()(const K& a, const K& b) const {
    return a == b;
  }
  int id() const noexcept { return id_; }

 private:
  int id_;
};

struct constant_hash {
  template <class K>
  std::size_t operator()(const K&) const noexcept {
    return 7;
  }
};

struct identity_hash {
  template <class K>
  std::size_t operator()(const K& key) const noexcept {
    return static_cast<std::size_t>(key);
  }
};

struct transparent_string_hash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
};

struct transparent_string_equal {
  using is_transparent = void;
  bool operator()(std::string_view a, std::string_view b) const noexcept { return a == b; }
};

}  // namespace steady_test
