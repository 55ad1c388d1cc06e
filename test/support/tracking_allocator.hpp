// An allocator with an identity and chosen propagation traits.
//
// Two allocators are equal when their ids are. Memory remembers the id it came from, so a block handed back
// to an unequal allocator is seen (`foreign_releases`), which is what goes wrong when a container ignores the
// propagation rules.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <new>
#include <type_traits>

namespace steady_test {

struct tracking_counts {
  static std::map<void*, int>& owners() {
    static std::map<void*, int> map;
    return map;
  }
  inline static std::size_t foreign_releases = 0;
};

template <class T, bool OnCopy, bool OnMove, bool OnSwap>
class tracking_allocator {
 public:
  using value_type = T;
  using propagate_on_container_copy_assignment = std::bool_constant<OnCopy>;
  using propagate_on_container_move_assignment = std::bool_constant<OnMove>;
  using propagate_on_container_swap = std::bool_constant<OnSwap>;
  using is_always_equal = std::false_type;
  template <class U>
  struct rebind {
    using other = tracking_allocator<U, OnCopy, OnMove, OnSwap>;
  };

  tracking_allocator() noexcept : id_(0) {}
  explicit tracking_allocator(int id) noexcept : id_(id) {}
  template <class U>
  tracking_allocator(const tracking_allocator<U, OnCopy, OnMove, OnSwap>& other) noexcept : id_(other.id()) {}

  T* allocate(std::size_t n) {
    void* block = ::operator new(n * sizeof(T), std::align_val_t(alignof(T)));
    tracking_counts::owners()[block] = id_;
    return static_cast<T*>(block);
  }
  void deallocate(T* block, std::size_t) noexcept {
    const auto owner = tracking_counts::owners().find(block);
    if (owner == tracking_counts::owners().end() || owner->second != id_) ++tracking_counts::foreign_releases;
    if (owner != tracking_counts::owners().end()) tracking_counts::owners().erase(owner);
    ::operator delete(block, std::align_val_t(alignof(T)));
  }

  // Copies of a container get an allocator of their own, to tell the selection from a plain copy.
  tracking_allocator select_on_container_copy_construction() const noexcept {
    return tracking_allocator(id_ + 1000);
  }

  int id() const noexcept { return id_; }
  template <class U>
  friend bool operator==(const tracking_allocator& a,
                         const tracking_allocator<U, OnCopy, OnMove, OnSwap>& b) noexcept {
    return a.id() == b.id();
  }

 private:
  int id_;
};

}  // namespace steady_test
