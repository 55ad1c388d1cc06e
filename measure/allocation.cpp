// The replaced global operator new and delete. Every form ends in one obtain() and one release(), so no form
// can escape the count. With the mode off they cost one predictable branch over malloc and free.
#include "measure/allocation.hpp"

#include <malloc.h>

#include <cstdlib>
#include <new>

#include "measure/timer.hpp"

namespace steady::measure {
namespace {

constexpr std::size_t chunk_header_bytes = 8;

constinit allocation_mode active_mode = allocation_mode::off;
constinit allocation_figures figures{};

void* request(std::size_t size, std::size_t alignment) noexcept {
  if (size == 0) size = 1;
  if (alignment <= __STDCPP_DEFAULT_NEW_ALIGNMENT__) return std::malloc(size);
  void* block = nullptr;
  return ::posix_memalign(&block, alignment, size) == 0 ? block : nullptr;
}

void* request_with_handler(std::size_t size, std::size_t alignment) {
  for (;;) {
    if (void* block = request(size, alignment)) return block;
    const std::new_handler handler = std::get_new_handler();
    if (handler == nullptr) return nullptr;
    handler();
  }
}

void count_obtained(void* block, std::size_t size) noexcept {
  figures.live += static_cast<std::int64_t>(allocated_bytes(block));
  if (figures.live > figures.peak) figures.peak = figures.live;
  if (figures.live > figures.window_peak) figures.window_peak = figures.live;
  if (size > figures.largest) figures.largest = size;
  ++figures.allocations;
}

void* obtain(std::size_t size, std::size_t alignment) {
  if (active_mode == allocation_mode::off) [[likely]]
    return request_with_handler(size, alignment);
  if (active_mode == allocation_mode::time) {
    const std::uint64_t begin = timer::start();
    void* const block = request_with_handler(size, alignment);
    figures.ticks += timer::stop() - begin;
    ++figures.allocations;
    return block;
  }
  void* const block = request_with_handler(size, alignment);
  if (block != nullptr) count_obtained(block, size);
  return block;
}

void* obtain_or_throw(std::size_t size, std::size_t alignment = 0) {
  void* const block = obtain(size, alignment);
  if (block == nullptr) throw std::bad_alloc{};
  return block;
}

// The nothrow forms promise null even when a new handler throws.
void* obtain_or_null(std::size_t size, std::size_t alignment = 0) noexcept {
  try {
    return obtain(size, alignment);
  } catch (...) {
    return nullptr;
  }
}

void release(void* block) noexcept {
  if (block == nullptr) return;
  if (active_mode == allocation_mode::off) [[likely]] {
    std::free(block);
  } else if (active_mode == allocation_mode::time) {
    const std::uint64_t begin = timer::start();
    std::free(block);
    figures.ticks += timer::stop() - begin;
    ++figures.releases;
  } else {
    figures.live -= static_cast<std::int64_t>(allocated_bytes(block));
    ++figures.releases;
    std::free(block);
  }
}

std::size_t number(std::align_val_t alignment) noexcept { return static_cast<std::size_t>(alignment); }

}  // namespace

void start_allocation_figures(allocation_mode mode) noexcept {
  figures = {};
  active_mode = mode;
}

allocation_figures stop_allocation_figures() noexcept {
  active_mode = allocation_mode::off;
  return figures;
}

const allocation_figures& current_allocation_figures() noexcept { return figures; }

std::int64_t take_window_peak() noexcept {
  const std::int64_t peak = figures.window_peak;
  figures.window_peak = figures.live;
  return peak;
}

std::size_t allocated_bytes(void* block) noexcept { return ::malloc_usable_size(block) + chunk_header_bytes; }

}  // namespace steady::measure

using steady::measure::number;
using steady::measure::obtain_or_null;
using steady::measure::obtain_or_throw;
using steady::measure::release;

void* operator new(std::size_t size) { return obtain_or_throw(size); }
void* operator new[](std::size_t size) { return obtain_or_throw(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return obtain_or_null(size); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return obtain_or_null(size); }
void* operator new(std::size_t size, std::align_val_t a) { return obtain_or_throw(size, number(a)); }
void* operator new[](std::size_t size, std::align_val_t a) { return obtain_or_throw(size, number(a)); }
void* operator new(std::size_t size, std::align_val_t a, const std::nothrow_t&) noexcept {
  return obtain_or_null(size, number(a));
}
void* operator new[](std::size_t size, std::align_val_t a, const std::nothrow_t&) noexcept {
  return obtain_or_null(size, number(a));
}

void operator delete(void* block) noexcept { release(block); }
void operator delete[](void* block) noexcept { release(block); }
void operator delete(void* block, std::size_t) noexcept { release(block); }
void operator delete[](void* block, std::size_t) noexcept { release(block); }
void operator delete(void* block, const std::nothrow_t&) noexcept { release(block); }
void operator delete[](void* block, const std::nothrow_t&) noexcept { release(block); }
void operator delete(void* block, std::align_val_t) noexcept { release(block); }
void operator delete[](void* block, std::align_val_t) noexcept { release(block); }
void operator delete(void* block, std::size_t, std::align_val_t) noexcept { release(block); }
void operator delete[](void* block, std::size_t, std::align_val_t) noexcept { release(block); }
void operator delete(void* block, std::align_val_t, const std::nothrow_t&) noexcept { release(block); }
void operator delete[](void* block, std::align_val_t, const std::nothrow_t&) noexcept { release(block); }
