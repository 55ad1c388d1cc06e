// A pointer that is a class, and an allocator that hands it out.
//
// It offers what [allocator.requirements] lets a container rely on and nothing else: no conversion to T* but
// through std::to_address, void pointers converted back by static_cast only. A container that slips in a raw
// T* does not compile, and one that takes all pointers for as large as a raw one goes wrong.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <memory>
#include <new>
#include <type_traits>

namespace steady_test {

template <class T>
class fancy_pointer {
 public:
  using element_type = T;
  using value_type = std::remove_cv_t<T>;
  using difference_type = std::ptrdiff_t;
  using pointer = fancy_pointer;
  using reference = std::add_lvalue_reference_t<T>;
  using iterator_category = std::random_access_iterator_tag;
  template <class U>
  using rebind = fancy_pointer<U>;

  fancy_pointer() noexcept : raw_(nullptr) {}
  fancy_pointer(std::nullptr_t) noexcept : raw_(nullptr) {}
  // T -> const T, T -> void: implicit, as for raw pointers.
  template <class U>
    requires(!std::is_same_v<U, T> && std::is_convertible_v<U*, T*>)
  fancy_pointer(const fancy_pointer<U>& other) noexcept : raw_(other.raw()) {}
  // void -> T: by static_cast only.
  template <class U>
    requires(std::is_void_v<U> && !std::is_void_v<T>)
  explicit fancy_pointer(const fancy_pointer<U>& other) noexcept : raw_(static_cast<T*>(other.raw())) {}

  template <class U = T>
    requires(!std::is_void_v<U>)
  static fancy_pointer pointer_to(U& object) noexcept {
    return from_raw(std::addressof(object));
  }
  static fancy_pointer from_raw(T* raw) noexcept {
    fancy_pointer made;
    made.raw_ = raw;
    return made;
  }

  reference operator*() const noexcept
    requires(!std::is_void_v<T>)
  {
    return *raw_;
  }
  // As a debugging allocator's may, it refuses to be asked where there is nothing.
  T* operator->() const noexcept {
    if (raw_ == nullptr) std::abort();
    return raw_;
  }
  template <class U = T>
    requires(!std::is_void_v<U>)
  U& operator[](difference_type i) const noexcept {
    return raw_[i];
  }
  explicit operator bool() const noexcept { return raw_ != nullptr; }
  T* raw() const noexcept { return raw_; }

  fancy_pointer& operator++() noexcept { return ++raw_, *this; }
  fancy_pointer operator++(int) noexcept { return from_raw(raw_++); }
  fancy_pointer& operator--() noexcept { return --raw_, *this; }
  fancy_pointer operator--(int) noexcept { return from_raw(raw_--); }
  fancy_pointer& operator+=(difference_type n) noexcept { return raw_ += n, *this; }
  fancy_pointer& operator-=(difference_type n) noexcept { return raw_ -= n, *this; }
  friend fancy_pointer operator+(fancy_pointer p, difference_type n) noexcept { return p += n; }
  friend fancy_pointer operator+(difference_type n, fancy_pointer p) noexcept { return p += n; }
  friend fancy_pointer operator-(fancy_pointer p, difference_type n) noexcept { return p -= n; }
  friend difference_type operator-(const fancy_pointer& a, const fancy_pointer& b) noexcept {
    return a.raw_ - b.raw_;
  }
  friend bool operator==(const fancy_pointer& a, const fancy_pointer& b) noexcept { return a.raw_ == b.raw_; }
  friend auto operator<=>(const fancy_pointer& a, const fancy_pointer& b) noexcept {
    return a.raw_ <=> b.raw_;
  }

 private:
  T* raw_;
  std::uintptr_t seal_ = 0;
};

struct fancy_counts {
  inline static std::ptrdiff_t live_blocks = 0;
};

template <class T>
struct fancy_allocator {
  using value_type = T;
  using pointer = fancy_pointer<T>;
  using const_pointer = fancy_pointer<const T>;
  using void_pointer = fancy_pointer<void>;
  using const_void_pointer = fancy_pointer<const void>;
  using difference_type = std::ptrdiff_t;
  using size_type = std::size_t;

  fancy_allocator() = default;
  template <class U>
  fancy_allocator(const fancy_allocator<U>&) noexcept {}

  pointer allocate(std::size_t n) {
    void* block = ::operator new(n * sizeof(T), std::align_val_t(alignof(T)));
    ++fancy_counts::live_blocks;
    return pointer::from_raw(static_cast<T*>(block));
  }
  void deallocate(pointer block, std::size_t) noexcept {
    --fancy_counts::live_blocks;
    ::operator delete(block.raw(), std::align_val_t(alignof(T)));
  }
  template <class U>
  friend bool operator==(const fancy_allocator&, const fancy_allocator<U>&) noexcept {
    return true;
  }
};

}  // namespace steady_test
