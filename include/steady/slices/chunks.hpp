// s.chunk(n): a slice in parts of n elements, the last perhaps shorter. Each part is clipped, so that an append to one never
// reaches into the next (what Go's first Chunk functions did: samber/lo#438).
#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>

namespace steady::detail::slices {

template <class Slice>
class chunks {
 public:
  class iterator {
   public:
    using iterator_concept = std::forward_iterator_tag;
    using iterator_category = std::input_iterator_tag;
    using value_type = Slice;
    using difference_type = std::ptrdiff_t;
    using reference = Slice;
    using pointer = void;

    iterator() = default;
    [[nodiscard]] Slice operator*() const {
      const std::size_t end = at_ + step();
      return whole_->whole_(at_, end, end);
    }
    iterator& operator++() {
      at_ += step();
      return *this;
    }
    iterator operator++(int) {
      iterator before = *this;
      ++*this;
      return before;
    }
    friend bool operator==(const iterator&, const iterator&) = default;

   private:
    friend class chunks;
    iterator(const chunks* whole, std::size_t at) noexcept : whole_(whole), at_(at) {}
    [[nodiscard]] std::size_t step() const noexcept {
      return std::min(whole_->length_, whole_->whole_.size() - at_);
    }

    const chunks* whole_ = nullptr;
    std::size_t at_ = 0;
  };

  chunks(Slice whole, std::size_t length) noexcept : whole_(std::move(whole)), length_(length) {}

  [[nodiscard]] iterator begin() const noexcept { return iterator(this, 0); }
  [[nodiscard]] iterator end() const noexcept { return iterator(this, whole_.size()); }
  [[nodiscard]] std::size_t size() const noexcept { return (whole_.size() + length_ - 1) / length_; }

 private:
  Slice whole_;
  std::size_t length_;
};

}  // namespace steady::detail::slices
