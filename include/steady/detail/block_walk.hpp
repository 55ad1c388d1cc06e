// The walk by which a named map looks at its own buckets, one block at a time, and what it has found.
//
// All blocks are dealt into at most 256 cells of a power of two of blocks each. A cell's figures are those of its blocks when
// each was looked at last; when a cell is done it takes the place of what it was a round ago. So one refresh looks at one
// block, adds up 256 cells at most, and what is published is of all blocks. No memory but this, however large the map.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

#include "map_record.hpp"

namespace steady::detail {

// What was found in some buckets.
struct bucket_figures {
  std::array<std::uint32_t, walk_figures::lengths> probes{};
  std::uint32_t slots = 0;
  std::uint32_t in_buckets = 0;  // entries in the slots of the buckets themselves
  std::uint32_t overflow_entries = 0;
  std::uint32_t overflow_buckets = 0;
  std::uint32_t longest_chain = 0;
  std::uint32_t crowded_entries = 0;

  void add(const bucket_figures& other) noexcept {
    for (std::size_t length = 0; length < probes.size(); ++length) probes[length] += other.probes[length];
    slots += other.slots;
    in_buckets += other.in_buckets;
    overflow_entries += other.overflow_entries;
    overflow_buckets += other.overflow_buckets;
    longest_chain = std::max(longest_chain, other.longest_chain);
    crowded_entries += other.crowded_entries;
  }
};

class block_walk {
 public:
  // One block; look(block) finds its figures. Precondition: there are `blocks` of them, at least one.
  template <class Look>
  void step(std::uint64_t blocks, Look&& look) {
    fit(blocks);
    if (next_ >= blocks) begin_round();
    current_.add(look(next_));
    seen_ = std::max(seen_, ++next_);
    if ((next_ & ((std::uint64_t{1} << log2_) - 1)) != 0 && next_ < blocks) return;
    cells_[(next_ - 1) >> log2_] = current_;
    current_ = {};
  }
  // All of them.
  template <class Look>
  void round(std::uint64_t blocks, Look&& look) {
    fit(blocks);
    begin_round();
    do step(blocks, look);
    while (next_ < blocks);
  }

  [[nodiscard]] walk_figures figures() const noexcept {
    walk_figures all;
    all.blocks = blocks_;
    all.blocks_seen = std::min(seen_, blocks_);
    all.blocks_per_cell = std::uint64_t{1} << log2_;
    all.cells = cells_for(all.blocks_seen);
    for (std::size_t at = 0; at < all.cells; ++at) {
      const bucket_figures& cell = cells_[at];
      for (std::size_t length = 0; length < all.probes.size(); ++length)
        all.probes[length] += cell.probes[length];
      all.overflow_entries += cell.overflow_entries;
      all.overflow_buckets += cell.overflow_buckets;
      all.longest_chain = std::max<std::uint64_t>(all.longest_chain, cell.longest_chain);
      all.crowded_entries += cell.crowded_entries;
      all.fill[at] = static_cast<std::uint16_t>(
          cell.slots == 0 ? 0 : std::uint64_t{cell.in_buckets} * 1000 / cell.slots);
    }
    return all;
  }

 private:
  [[nodiscard]] std::size_t cells_for(std::uint64_t blocks) const noexcept {
    return static_cast<std::size_t>((blocks + (std::uint64_t{1} << log2_) - 1) >> log2_);
  }
  void begin_round() noexcept {
    next_ = 0;
    current_ = {};
  }
  // Makes cells large enough for so many blocks, or begins anew where they have become far too large.
  void fit(std::uint64_t blocks) noexcept {
    if (blocks < blocks_) {
      seen_ = std::min(seen_, blocks);
      std::fill(cells_.begin() + static_cast<std::ptrdiff_t>(cells_for(blocks)), cells_.end(),
                bucket_figures{});
    }
    blocks_ = blocks;
    while (cells_for(blocks) > cells_.size()) {
      for (std::size_t cell = 0; cell < cells_.size() / 2; ++cell) {
        cells_[cell] = cells_[2 * cell];
        cells_[cell].add(cells_[2 * cell + 1]);
      }
      std::fill(cells_.begin() + walk_figures::most_cells / 2, cells_.end(), bucket_figures{});
      ++log2_;
      next_ = next_ >> log2_ << log2_;
      current_ = {};
    }
    if (log2_ == 0 || cells_for(blocks) >= cells_.size() / 4) return;
    cells_ = {};
    log2_ = 0;
    seen_ = 0;
    begin_round();
    fit(blocks);
  }

  std::array<bucket_figures, walk_figures::most_cells> cells_{};
  bucket_figures current_{};
  std::uint64_t blocks_ = 0;
  std::uint64_t next_ = 0;  // the block looked at next
  std::uint64_t seen_ = 0;  // so many blocks were looked at, since the cells were begun
  unsigned log2_ = 0;  // of blocks per cell
};

}  // namespace steady::detail
