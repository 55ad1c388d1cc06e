// The stack of the calling thread, as a profile keeps it.
//
// From the C library's unwinder, which needs no frame pointers. Everything here has external linkage and lies in namespace
// steady, so that its own frames are known by their names when a profile is written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace steady::profiling {

class stack_here {
 public:
  static constexpr int most_frames = 64;  // the innermost ones; Go keeps 32, but has no templates

  // From whoever makes it outwards.
  [[gnu::noinline]] stack_here() noexcept;
  // Return addresses, innermost first.
  [[nodiscard]] std::span<void* const> frames() const noexcept {
    return {frames_ + first_, static_cast<std::size_t>(number_ - first_)};
  }
  // The same, as bytes to be compared.
  [[nodiscard]] std::string_view bytes() const noexcept {
    return {reinterpret_cast<const char*>(frames().data()), frames().size_bytes()};
  }

 private:
  void* frames_[most_frames];
  int number_;
  int first_ = 0;
};

// The unwinder allocates at its first use: not in the middle of a map's operation.
void prepare_stacks() noexcept;

}  // namespace steady::profiling
