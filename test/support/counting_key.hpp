// A key that counts what is done to it: the measuring instrument of G1.
//
// Moves are counted by the move constructor, so a map that relocates entries by memcpy would go unseen; the
// type is not trivially copyable, which forbids that. `payload` makes entries of any size.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "random.hpp"

namespace steady_test {

struct key_counts {
  std::uint64_t constructions = 0;  // from a number
  std::uint64_t copies = 0;
  std::uint64_t moves = 0;
  std::uint64_t destructions = 0;
  std::uint64_t hashes = 0;
  std::uint64_t equals = 0;

  std::int64_t live() const noexcept {
    return static_cast<std::int64_t>(constructions + copies + moves) -
           static_cast<std::int64_t>(destructions);
  }
};

inline key_counts& counted() noexcept {
  static key_counts counts;
  return counts;
}

class counting_key {
 public:
  counting_key() noexcept : counting_key(0) {}
  counting_key(std::uint64_t value) noexcept : value_(value) { ++counted().constructions; }
  counting_key(const counting_key& other) noexcept : value_(other.value_) { ++counted().copies; }
  counting_key(counting_key&& other) noexcept : value_(other.value_) { ++counted().moves; }
  counting_key& operator=(const counting_key& other) noexcept {
    value_ = other.value_;
    ++counted().copies;
    ++counted().destructions;  // keeps live() right: an assignment makes no new object
    return *this;
  }
  counting_key& operator=(counting_key&& other) noexcept {
    value_ = other.value_;
    ++counted().moves;
    ++counted().destructions;
    return *this;
  }
  ~counting_key() { ++counted().destructions; }

  std::uint64_t value() const noexcept { return value_; }

  friend bool operator==(const counting_key& a, const counting_key& b) noexcept {
    ++counted().equals;
    return a.value_ == b.value_;
  }

 private:
  std::uint64_t value_;
};

// The same with text inside, past the small-string room.
class counting_string {
 public:
  counting_string(std::uint64_t value) : text_("key number " + std::to_string(value)) {
    ++counted().constructions;
  }
  counting_string(const counting_string& other) : text_(other.text_) { ++counted().copies; }
  counting_string(counting_string&& other) noexcept : text_(std::move(other.text_)) { ++counted().moves; }
  counting_string& operator=(const counting_string&) = delete;
  ~counting_string() { ++counted().destructions; }

  const std::string& text() const noexcept { return text_; }

  friend bool operator==(const counting_string& a, const counting_string& b) noexcept {
    ++counted().equals;
    return a.text_ == b.text_;
  }

 private:
  std::string text_;
};

struct counting_string_hash {
  std::size_t operator()(const counting_string& key) const noexcept {
    ++counted().hashes;
    return std::hash<std::string>{}(key.text());
  }
};

// What many standard libraries do with integers: nothing.
struct counting_identity_hash {
  std::size_t operator()(const counting_key& key) const noexcept {
    ++counted().hashes;
    return static_cast<std::size_t>(key.value());
  }
};

// Scattered, in 64 bits.
struct counting_hash {
  std::size_t operator()(const counting_key& key) const noexcept {
    ++counted().hashes;
    return static_cast<std::size_t>(scramble(key.value()));
  }
};

// All keys collide, or the keys fall into `Classes` classes of equal hashes.
template <std::size_t Classes>
struct colliding_hash {
  std::size_t operator()(const counting_key& key) const noexcept {
    ++counted().hashes;
    return static_cast<std::size_t>(scramble(key.value() % Classes));
  }
};

template <std::size_t Bytes>
struct payload {
  std::byte bytes[Bytes] = {};
};

}  // namespace steady_test
