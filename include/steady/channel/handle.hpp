// A counted reference to a channel's core, or to none: what chan, sender and receiver are made of.
#pragma once

#include <cstddef>
#include <string_view>
#include <utility>

#include "core.hpp"

namespace steady::detail::channel {

class handle {
 public:
  handle() noexcept = default;
  explicit handle(core* adopted) noexcept : core_(adopted) {}
  handle(const handle& other) noexcept : core_(other.core_) {
    if (core_ != nullptr) core_->retain();
  }
  handle(handle&& other) noexcept : core_(std::exchange(other.core_, nullptr)) {}
  handle& operator=(handle other) noexcept {
    std::swap(core_, other.core_);
    return *this;
  }
  ~handle() {
    if (core_ != nullptr) core_->release();
  }

  [[nodiscard]] core* get() const noexcept { return core_; }
  friend bool operator==(const handle& a, const handle& b) noexcept { return a.core_ == b.core_; }

  [[nodiscard]] std::size_t size() const noexcept {
    if (core_ == nullptr) return 0;
    const lock_guard guard(core_->mutex());
    return core_->qcount();
  }
  [[nodiscard]] std::size_t capacity() const noexcept { return core_ == nullptr ? 0 : core_->dataqsiz(); }
  [[nodiscard]] bool is_closed() const noexcept {
    if (core_ == nullptr) return false;
    const lock_guard guard(core_->mutex());
    return core_->closed();
  }
  [[nodiscard]] std::string_view name() const noexcept {
    return core_ == nullptr ? std::string_view() : core_->name();
  }

 private:
  core* core_ = nullptr;
};

// How select and the two ends get at what is inside a chan, a sender, a receiver or a ticker.
struct access {
  template <class End>
  [[nodiscard]] static const handle& of(const End& end) noexcept {
    return end.handle_;
  }
  template <class Ticker>
  [[nodiscard]] static auto& ticks(Ticker& ticker) noexcept {
    return ticker.ticks_;
  }
};

}  // namespace steady::detail::channel
