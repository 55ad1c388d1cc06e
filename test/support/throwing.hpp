// Types whose every operation may throw, at a point counted down: the instrument of G8.
//
// A test arms the fuse with n; the n-th step of an armed kind throws. Running the same operation with n = 0,
// 1, 2 ... until it no longer throws meets every point where it can fail. Every object is counted, and holds its own address
// while it lives, so an entry destroyed twice, never, copied bytewise, or read after its end is seen without a sanitizer too.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <new>
#include <type_traits>

#include "random.hpp"

namespace steady_test {

struct injected_failure {};

enum class step_kind : unsigned {
  construct = 1,
  copy = 2,
  move = 4,
  hash = 8,
  equal = 16,
  allocate = 32,
  assign = 64,
  all = 127
};

constexpr unsigned operator|(step_kind a, step_kind b) noexcept {
  return static_cast<unsigned>(a) | static_cast<unsigned>(b);
}

class fuse {
 public:
  static void arm(std::size_t steps, unsigned kinds = static_cast<unsigned>(step_kind::all)) noexcept {
    armed_ = true;
    blown_ = false;
    left_ = steps;
    kinds_ = kinds;
  }
  static void disarm() noexcept { armed_ = false; }
  static bool blown() noexcept { return blown_; }

  // True when this step is the one to fail. The fuse blows once: what runs afterwards (undoing, later
  // maintenance) works.
  static bool fails(step_kind kind) noexcept {
    if (!armed_ || (kinds_ & static_cast<unsigned>(kind)) == 0) return false;
    if (left_-- != 0) return false;
    armed_ = false;
    blown_ = true;
    return true;
  }
  static void step(step_kind kind) {
    if (fails(kind)) throw injected_failure{};
  }

 private:
  inline static bool armed_ = false;
  inline static bool blown_ = false;
  inline static std::size_t left_ = 0;
  inline static unsigned kinds_ = 0;
};

// The throwing objects that live, and what was done to one that did not.
struct living {
  inline static std::size_t objects = 0;
  inline static std::size_t errors = 0;
};

// NothrowMove chooses, through G8's compile-time rule, whether the map keeps it inline or in a node.
template <bool NothrowMove>
class throwing_object {
 public:
  throwing_object() : throwing_object(0) {}
  throwing_object(std::uint64_t value) : value_(value) {
    fuse::step(step_kind::construct);
    ++living::objects;
  }
  throwing_object(const throwing_object& other) : value_(other.value()) {
    fuse::step(step_kind::copy);
    ++living::objects;
  }
  throwing_object(throwing_object&& other) noexcept(NothrowMove) : value_(other.value()) {
    if constexpr (!NothrowMove) fuse::step(step_kind::move);
    ++living::objects;
    other.value_ = moved_from;
  }
  throwing_object& operator=(const throwing_object& other) {
    fuse::step(step_kind::assign);
    value_ = other.value();
    return *this;
  }
  throwing_object& operator=(throwing_object&& other) noexcept(NothrowMove) {
    if constexpr (!NothrowMove) fuse::step(step_kind::assign);
    value_ = other.value();
    if (this != &other) other.value_ = moved_from;
    return *this;
  }
  ~throwing_object() {
    if (alive_at_ != this) ++living::errors;
    alive_at_ = nullptr;
    --living::objects;
  }

  static constexpr std::uint64_t moved_from = ~std::uint64_t{0};

  std::uint64_t value() const noexcept {
    if (alive_at_ != this) ++living::errors;
    return value_;
  }
  friend bool operator==(const throwing_object& a, const throwing_object& b) {
    return a.value() == b.value();
  }

 private:
  std::uint64_t value_;
  // Volatile: an optimiser knows that nobody may read what a destructor writes.
  const throwing_object* volatile alive_at_ = this;
};

struct throwing_hash {
  template <bool N>
  std::size_t operator()(const throwing_object<N>& key) const {
    fuse::step(step_kind::hash);
    return static_cast<std::size_t>(scramble(key.value()));
  }
};

// Sixteen keys a class: splits, chains and overflow all occur, with few entries.
struct throwing_clustered_hash {
  template <bool N>
  std::size_t operator()(const throwing_object<N>& key) const {
    fuse::step(step_kind::hash);
    return static_cast<std::size_t>(scramble(key.value() / 16));
  }
};

struct throwing_equal {
  template <bool N>
  bool operator()(const throwing_object<N>& a, const throwing_object<N>& b) const {
    fuse::step(step_kind::equal);
    return a.value() == b.value();
  }
};

struct throwing_allocator_counts {
  inline static std::int64_t live_bytes = 0;
};

template <class T>
struct throwing_allocator {
  using value_type = T;

  throwing_allocator() = default;
  template <class U>
  throwing_allocator(const throwing_allocator<U>&) noexcept {}

  T* allocate(std::size_t n) {
    if (fuse::fails(step_kind::allocate)) throw std::bad_alloc();
    void* block = ::operator new(n * sizeof(T), std::align_val_t(alignof(T)));
    throwing_allocator_counts::live_bytes += static_cast<std::int64_t>(n * sizeof(T));
    return static_cast<T*>(block);
  }
  void deallocate(T* block, std::size_t n) noexcept {
    throwing_allocator_counts::live_bytes -= static_cast<std::int64_t>(n * sizeof(T));
    ::operator delete(block, std::align_val_t(alignof(T)));
  }
  template <class U>
  friend bool operator==(const throwing_allocator&, const throwing_allocator<U>&) noexcept {
    return true;
  }
};

}  // namespace steady_test
