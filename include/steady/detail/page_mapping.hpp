// The system calls of page_resource, and the one place that knows which systems have them.
//
// Only Linux is served: what madvise does to a page, and when, differs on every other system, and a promise
// about resident memory that was never measured there would be no promise. Elsewhere `has_page_mapping` is
// false and nothing here is ever called.
#pragma once

#include <cstddef>
#include <cstdint>

#include "config.hpp"

#if defined(__linux__)
#include <sys/mman.h>
#include <unistd.h>
#endif
#if STEADY_ADDRESS_SANITIZER
#include <sanitizer/asan_interface.h>
#endif

namespace steady::detail {

#if defined(__linux__)

inline constexpr bool has_page_mapping = true;

[[nodiscard]] inline std::size_t system_page_bytes() noexcept {
  return static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

// False when the kernel refuses, as it may when a hole would make one mapping too many.
[[nodiscard]] inline bool unmap_pages(void* memory, std::size_t bytes) noexcept {
  return ::munmap(memory, bytes) == 0;
}

// Fresh pages at a multiple of their own size, a power of two; nullptr when there are none. Usually one call:
// the kernel places mappings one below the other, so that after one aligned region the next is aligned too.
// Otherwise twice as much is mapped and trimmed.
[[nodiscard]] inline void* map_aligned_pages(std::size_t bytes) noexcept {
  const auto map = [](std::size_t wanted) noexcept {
    return ::mmap(nullptr, wanted, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
                  0);
  };
  void* const first = map(bytes);
  if (first == MAP_FAILED) return nullptr;
  if (reinterpret_cast<std::uintptr_t>(first) % bytes == 0) return first;
  (void)unmap_pages(first, bytes);
  void* const twice = map(2 * bytes);
  if (twice == MAP_FAILED) return nullptr;
  std::byte* const begin = static_cast<std::byte*>(twice);
  const std::size_t before = bytes - reinterpret_cast<std::uintptr_t>(twice) % bytes;
  (void)unmap_pages(begin, before);
  if (before < bytes) (void)unmap_pages(begin + before + bytes, bytes - before);
  return begin + before;
}

// Keeps huge pages away: the kernel's background thread would fill them up again with the pages that were
// given back, and the first touch of one clears 2 MiB at once.
inline void refuse_huge_pages(void* memory, std::size_t bytes) noexcept {
  (void)::madvise(memory, bytes, MADV_NOHUGEPAGE);
}

// Asks for them. Where the kernel has none to give, the pages are ordinary ones.
inline void ask_for_huge_pages(void* memory, std::size_t bytes) noexcept {
  (void)::madvise(memory, bytes, MADV_HUGEPAGE);
}

inline void give_back_pages(void* memory, std::size_t bytes) noexcept {
  (void)::madvise(memory, bytes, MADV_DONTNEED);
}

#else

inline constexpr bool has_page_mapping = false;

[[nodiscard]] inline std::size_t system_page_bytes() noexcept { return 4096; }
[[nodiscard]] inline bool unmap_pages(void*, std::size_t) noexcept { return false; }
[[nodiscard]] inline void* map_aligned_pages(std::size_t) noexcept { return nullptr; }
inline void refuse_huge_pages(void*, std::size_t) noexcept {}
inline void ask_for_huge_pages(void*, std::size_t) noexcept {}
inline void give_back_pages(void*, std::size_t) noexcept {}

#endif

// Tells AddressSanitizer which bytes may be touched; nothing without it.
inline void forbid_bytes([[maybe_unused]] const void* memory, [[maybe_unused]] std::size_t bytes) noexcept {
#if STEADY_ADDRESS_SANITIZER
  __asan_poison_memory_region(memory, bytes);
#endif
}
inline void allow_bytes([[maybe_unused]] const void* memory, [[maybe_unused]] std::size_t bytes) noexcept {
#if STEADY_ADDRESS_SANITIZER
  __asan_unpoison_memory_region(memory, bytes);
#endif
}

}  // namespace steady::detail
