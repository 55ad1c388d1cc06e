// What the headers need to know of the compiler, and nothing else.
//
// These are the only macros of the core. They exist because the language has no other word for them: whether
// exceptions are compiled in, whether a sanitizer watches, and where a function's body must or must not go.
// None of them changes a layout, so translation units compiled with different settings may be linked together.
#pragma once

#if defined(__cpp_exceptions)
#define STEADY_EXCEPTIONS 1
#else
#define STEADY_EXCEPTIONS 0
#endif

#if defined(__SANITIZE_ADDRESS__)
#define STEADY_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define STEADY_ADDRESS_SANITIZER 1
#endif
#endif
#ifndef STEADY_ADDRESS_SANITIZER
#define STEADY_ADDRESS_SANITIZER 0
#endif

// The hot paths (find, insert, erase, one step of a loop) are inlined whole; what they do rarely is kept out of line
// so that its registers and its size do not weigh on them. Without optimisation there is nothing to win: inlined
// there all the same, they made a debug build's code a quarter larger and its compilation half as long again.
#if defined(__OPTIMIZE__)
#define STEADY_INLINE [[gnu::always_inline]] inline
#else
#define STEADY_INLINE inline
#endif
#if defined(__GNUC__) || defined(__clang__)
#define STEADY_COLD [[gnu::noinline, gnu::cold]]
#define STEADY_NOINLINE [[gnu::noinline]]
#define STEADY_FLATTEN [[gnu::flatten]]  // what it calls is inlined into it, and into nothing else for that
#else
#define STEADY_COLD
#define STEADY_NOINLINE
#define STEADY_FLATTEN
#endif

namespace steady::detail {

// Asks for the cache line of an address that is about to be read.
STEADY_INLINE void prefetch_line([[maybe_unused]] const void* address) noexcept {
#if defined(__GNUC__) || defined(__clang__)
  __builtin_prefetch(address);
#endif
}

// Tells the optimiser what it cannot see. Sanitizers check it.
STEADY_INLINE void assume([[maybe_unused]] bool holds) noexcept {
#if defined(__GNUC__) || defined(__clang__)
  if (!holds) __builtin_unreachable();
#endif
}

}  // namespace steady::detail
