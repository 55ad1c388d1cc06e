// The random source of select: one for each thread, seedable, so that a test may demand the same choices again.
#pragma once

#include <cstddef>
#include <cstdint>

#include "../detail/seed.hpp"

namespace steady::detail::channel {

class choice_source {
 public:
  void seed(std::uint64_t value) noexcept {
    state_ = value;
    seeded_ = true;
  }

  // Uniform below `bound`, but for a bias of bound / 2^32.
  [[nodiscard]] std::size_t below(std::size_t bound) noexcept {
    if (!seeded_) [[unlikely]]
      seed(random_seed());
    state_ += 0x9e3779b97f4a7c15u;  // splitmix64
    return static_cast<std::size_t>((mixed(state_) >> 32) * static_cast<std::uint32_t>(bound) >> 32);
  }

 private:
  std::uint64_t state_ = 0;
  bool seeded_ = false;  // by the first choice, so that making one for each thread runs nothing
};

[[nodiscard]] inline choice_source& this_threads_choices() noexcept {
  static constinit thread_local choice_source source;
  return source;
}

}  // namespace steady::detail::channel
