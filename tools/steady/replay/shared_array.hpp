// An array that a child process fills and its parent reads: one anonymous shared mapping.
//
// Before it measures, the child touches every page (prepare), because a fork does not inherit the page table
// of a shared mapping, and a page fault between two timed operations would chill the caches for the second.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <new>
#include <span>
#include <type_traits>

namespace steady::replay {

template <class T>
  requires std::is_trivially_copyable_v<T>
class shared_array {
 public:
  explicit shared_array(std::size_t count) : count_(count) {
    void* const block = ::mmap(nullptr, bytes(), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (block == MAP_FAILED) throw std::bad_alloc{};
    data_ = static_cast<T*>(block);
  }
  shared_array(const shared_array&) = delete;
  shared_array& operator=(const shared_array&) = delete;
  ~shared_array() { ::munmap(data_, bytes()); }

  void prepare() const noexcept {
    constexpr std::size_t smallest_page = 4096;
    volatile char* const begin = reinterpret_cast<volatile char*>(data_);
    for (std::size_t offset = 0; offset < bytes(); offset += smallest_page) begin[offset] = begin[offset];
  }

  [[nodiscard]] std::span<T> elements() const noexcept { return {data_, count_}; }

 private:
  [[nodiscard]] std::size_t bytes() const noexcept { return (count_ == 0 ? 1 : count_) * sizeof(T); }

  std::size_t count_;
  T* data_;
};

}  // namespace steady::replay
