// Under the address sanitizer, a slot without an entry is poisoned: reading it through a stale reference is reported at
// once (contract G7). In other builds these functions are empty.
//
// A slot is poisoned when its entry is erased or moves away, and unpoisoned before an entry is made in it and before its
// memory goes back to the allocator. The sanitizer marks whole groups of eight bytes, so slots that are not made of those
// are left alone.
#pragma once

#include <cstddef>

#include "config.hpp"

#if STEADY_ADDRESS_SANITIZER
#include <sanitizer/asan_interface.h>
#endif

namespace steady::detail {

template <class Slot>
STEADY_INLINE void poison_slot([[maybe_unused]] Slot* slot) noexcept {
#if STEADY_ADDRESS_SANITIZER
  if constexpr (sizeof(Slot) % 8 == 0 && alignof(Slot) % 8 == 0)
    __asan_poison_memory_region(slot, sizeof(Slot));
#endif
}

STEADY_INLINE void unpoison([[maybe_unused]] void* memory, [[maybe_unused]] std::size_t bytes) noexcept {
#if STEADY_ADDRESS_SANITIZER
  __asan_unpoison_memory_region(memory, bytes);
#endif
}

}  // namespace steady::detail
