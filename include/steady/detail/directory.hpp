// How a table's blocks come and go, and the directory that finds them.
//
// The directory has a fixed number of levels. No array of it is larger than a block. The first array of a level doubles as it
// fills, from a bootstrap array of one pointer in the first block; later arrays are made whole. So no allocation, copy or
// release grows with the map (contract G1). While all blocks fit the lowest level's first array, finds begin there; the finds of a
// huge map begin at the top.
//
// Every step that needs memory takes a `work` and returns false when it must wait for the next operation.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <type_traits>

#include "storage.hpp"

namespace steady::detail {

template <class Types>
class table_directory : public table_storage<Types> {
 public:
  using storage = table_storage<Types>;
  using storage::block_buckets;
  using typename storage::bucket_address;
  using typename storage::flag;
  using typename storage::trunk;
  using shape = typename Types::shape;
  using unit = typename Types::unit;
  using unit_allocator = typename Types::unit_allocator;
  using unit_pointer = typename Types::unit_pointer;

  constexpr table_directory() noexcept = default;

 protected:
  ~table_directory() = default;

  // ---- the first block ----

  // From the beginning of the first block to its address.
  [[nodiscard]] std::size_t first_front_bytes() const noexcept {
    return shape::front_bytes(this->first_block_buckets(), !this->first_bucket_small()) - tag_word_bytes;
  }
  [[nodiscard]] std::size_t first_block_bytes() const noexcept {
    return this->first_bucket_small() ? shape::small_block_bytes(storage::slots_of_mask(this->slot_mask_))
                                      : shape::block_bytes(this->first_block_buckets(), true);
  }

  // Of a first block with so many buckets of so many slots, from its address: the bootstrap array of the directory's lowest level.
  [[nodiscard]] static std::byte* bootstrap_memory(std::byte* block, std::uint64_t buckets,
                                                   unsigned slots) noexcept {
    if (slots < bucket_slots) return block + tag_word_bytes + shape::small_bootstrap_offset(slots);
    return block - (buckets - 1) * tag_word_bytes - shape::bootstrap_bytes;
  }
  [[nodiscard]] static unit_pointer* bootstrap_of(std::byte* block, std::uint64_t buckets,
                                                  unsigned slots) noexcept {
    return std::launder(reinterpret_cast<unit_pointer*>(bootstrap_memory(block, buckets, slots)));
  }

  // Makes a first block of `buckets` buckets of `slots` slots each, its tag words empty, its words and trunk begun.
  [[nodiscard]] std::byte* make_first_block(unit_allocator allocator, std::uint64_t buckets, unsigned slots,
                                            work& work) const {
    const bool small = slots < bucket_slots;
    const std::size_t front = shape::front_bytes(buckets, !small);
    const std::size_t bytes = small ? shape::small_block_bytes(slots) : shape::block_bytes(buckets, true);
    std::byte* const begin = storage::allocate_bytes(allocator, bytes, work);
    this->note_taken(memory_kind::buckets, begin, bytes, buckets);
    std::byte* const block = begin + front - tag_word_bytes;
    std::memset(block - (buckets - 1) * tag_word_bytes, 0, buckets * tag_word_bytes);
    std::byte* const bootstrap = bootstrap_memory(block, buckets, slots);
    std::construct_at(reinterpret_cast<unit_pointer*>(bootstrap));
    if (small) {
      std::construct_at(storage::small_loops(block, slots), nullptr);
    } else {
      for (std::uint64_t bucket = 0; bucket < buckets; ++bucket)
        std::construct_at(storage::link_memory(storage::within(block, bucket), buckets));
      std::construct_at(reinterpret_cast<trunk*>(bootstrap - shape::trunk_bytes));
    }
    return block;
  }

  // Makes `block`, from make_first_block, block 0 of the directory, whose bootstrap arrays are in it. Precondition: a map with
  // a trunk keeps it, and the block has what the one before it had there; a small first bucket has no directory but this.
  void install_first_block(std::byte* block, std::uint64_t buckets, unsigned slots) noexcept {
    unit_pointer* lowest = bootstrap_of(block, buckets, slots);
    if (slots == bucket_slots) {
      trunk& t = storage::trunk_at(block, static_cast<std::uint64_t>(std::countr_zero(buckets)));
      unit_pointer* array = t.root();
      for (unsigned level = trunk::top; level > 0; --level) {
        unit_pointer* const bootstrap = level == 1 ? lowest : t.bootstrap + (level - 2);
        if (t.directory_log2[level - 1] == 0) array[0] = storage::pointer_to(bootstrap);
        array = storage::array_of(array[0]);
      }
      lowest = array;
    }
    this->near_ = storage::pointer_to(lowest);
    lowest[0] = storage::pointer_to(block);
    this->slot_mask_ = static_cast<std::uint16_t>((1u << slots) - 1);
    this->set_below_mask(static_cast<std::uint64_t>(std::countr_zero(buckets)));
  }

  // ---- the directory ----

  [[nodiscard]] unit_pointer* root() const noexcept {
    return this->rest_ == activity::huge ? storage::array_of(this->near_) : this->trunk_of().root();
  }

  // Array number `index` of a level, or nullptr where there is none.
  [[nodiscard]] unit_pointer* directory_array(unsigned level, std::uint64_t index) const noexcept {
    unit_pointer* array = root();
    for (unsigned above = shape::levels - 1; above > level; --above) {
      const std::uint64_t place = index >> (shape::fan_bits * (above - level - 1));
      if ((place >> shape::fan_bits) == 0 && place >= first_array_capacity(above)) return nullptr;
      const unit_pointer& next = array[place & (shape::fan - 1)];
      if (!next) return nullptr;
      array = storage::array_of(next);
    }
    return array;
  }
  [[nodiscard]] std::uint64_t first_array_capacity(unsigned level) const noexcept {
    return std::uint64_t{1} << this->trunk_of().directory_log2[level];
  }
  [[nodiscard]] static std::size_t array_bytes(std::uint64_t capacity) noexcept {
    return round_up(capacity * sizeof(unit_pointer), sizeof(unit));
  }
  [[nodiscard]] unit_pointer* make_array(unit_allocator allocator, unsigned level, std::uint64_t capacity,
                                         work& work) const {
    auto* const array =
        reinterpret_cast<unit_pointer*>(storage::allocate_bytes(allocator, array_bytes(capacity), work));
    this->note_taken(memory_kind::directory, array, array_bytes(capacity), 1);
    // The arrays above look for null; those of blocks are never read beyond the last block, so their pages need not be
    // touched before they are used.
    if (level > 0 || !std::is_trivially_default_constructible_v<unit_pointer>)
      for (std::uint64_t index = 0; index < capacity; ++index) std::construct_at(array + index);
    return array;
  }

  // Makes the directory ready to hold block `block`; false when that must wait.
  [[nodiscard]] bool extend_directory(unit_allocator allocator, std::uint64_t block, work& work) {
    for (unsigned level = shape::levels; level-- > 0;) {
      const std::uint64_t place = block >> (shape::fan_bits * level);
      const std::uint64_t array = place >> shape::fan_bits;
      if (array == 0) {
        while (place >= first_array_capacity(level))
          if (!resize_first_array(allocator, level, grown_log2(this->trunk_of().directory_log2[level]), work))
            return false;
      } else if (directory_array(level, array) == nullptr) {
        if (!work.may_allocate()) return false;
        unit_pointer* const fresh = make_array(allocator, level, shape::fan, work);
        directory_array(level + 1, array >> shape::fan_bits)[array & (shape::fan - 1)] =
            storage::pointer_to(fresh);
      }
    }
    return true;
  }
  [[nodiscard]] static std::uint8_t grown_log2(std::uint8_t log2) noexcept {
    return static_cast<std::uint8_t>(std::min<unsigned>(log2 == 0 ? 2u : log2 + 1u, shape::fan_bits));
  }

  // Gives the first array of a level another capacity; log2 0 is the bootstrap array.
  [[nodiscard]] bool resize_first_array(unit_allocator allocator, unsigned level, std::uint8_t log2,
                                        work& work) {
    trunk& t = this->trunk_of();
    const bool release = t.directory_log2[level] != 0;
    if ((log2 != 0 && !work.may_allocate()) || (release && !work.may_release())) return false;
    const std::uint64_t before = first_array_capacity(level);
    const std::uint64_t after = std::uint64_t{1} << log2;
    unit_pointer* const old = directory_array(level, 0);
    std::byte* const first_block = this->home_block();
    unit_pointer* const fresh = log2 != 0 ? make_array(allocator, level, after, work)
                                : level == 0
                                    ? bootstrap_of(first_block, this->first_block_buckets(), bucket_slots)
                                    : t.bootstrap + (level - 1);
    const std::uint64_t kept = std::min({before, after, children_of(level)});
    for (std::uint64_t index = 0; index < kept; ++index) fresh[index] = old[index];
    if (level != trunk::top) {
      directory_array(level + 1, 0)[0] = storage::pointer_to(fresh);
    } else if (log2 != 0) {
      t.bootstrap[level - 1] = storage::pointer_to(fresh);
    }
    if (this->rest_ == activity::huge ? level == trunk::top : level == 0)
      this->near_ = storage::pointer_to(fresh);
    t.directory_log2[level] = log2;
    if (release) storage::release_bytes(allocator, old, array_bytes(before), work);
    return true;
  }

  // One more block at the end; false when that must wait. Its buckets are begun one by one, as they are made.
  [[nodiscard]] STEADY_NOINLINE bool append_block(unit_allocator allocator, work& work) {
    trunk& t = this->trunk_of();
    if (!extend_directory(allocator, t.blocks, work) || !work.may_allocate()) return false;
    constexpr std::size_t front = shape::front_bytes(block_buckets, false) - tag_word_bytes;
    std::byte* const begin =
        storage::allocate_bytes(allocator, shape::block_bytes(block_buckets, false), work);
    this->note_taken(memory_kind::buckets, begin, shape::block_bytes(block_buckets, false), block_buckets);
    std::byte* const block = begin + front;
    directory_array(0, t.blocks >> shape::fan_bits)[t.blocks & (shape::fan - 1)] = storage::pointer_to(block);
    ++t.blocks;
    found_from_top(t.blocks > shape::fan);
    this->note(event_kind::block_allocated, 0u, 0u, shape::block_bytes(block_buckets, false));
    return true;
  }

  // Begins a bucket in a block that is there: empty tags, no overflow. Precondition: the first block is not moving.
  void begin_bucket(std::uint64_t bucket) noexcept {
    const bucket_address at = this->bucket_at(bucket);
    std::memset(at.tags, 0, tag_word_bytes);
    std::construct_at(
        storage::link_memory(at, bucket < block_buckets ? this->home_buckets() : block_buckets));
  }

  STEADY_NOINLINE void release_last_block(unit_allocator allocator, work& work) noexcept {
    trunk& t = this->trunk_of();
    --t.blocks;
    found_from_top(t.blocks > shape::fan);
    this->set(flag::trim_due, true);
    unit_pointer& place = directory_array(0, t.blocks >> shape::fan_bits)[t.blocks & (shape::fan - 1)];
    std::byte* const block = storage::bytes_of(place);
    place = unit_pointer{};
    storage::release_bytes(allocator, block - (shape::front_bytes(block_buckets, false) - tag_word_bytes),
                           shape::block_bytes(block_buckets, false), work);
    this->note(event_kind::block_freed, 0u, 0u, shape::block_bytes(block_buckets, false));
  }

  // Gives back an array of the directory that no block needs any more, if there is one. True when there is, whether or
  // not it could be released now.
  [[nodiscard]] bool release_unused_array(unit_allocator allocator, work& work) noexcept {
    for (unsigned level = 0; level + 1 < shape::levels; ++level) {
      const std::uint64_t array =
          ((children_of(level) - 1) >> shape::fan_bits) + 1;  // the one after the last in use
      unit_pointer* const above = directory_array(level + 1, array >> shape::fan_bits);
      const bool within_above =
          above != nullptr && ((array >> shape::fan_bits) != 0 || array < first_array_capacity(level + 1));
      if (!within_above || !above[array & (shape::fan - 1)]) continue;
      if (work.may_release()) {
        unit_pointer& place = above[array & (shape::fan - 1)];
        unit_pointer* const unused = storage::array_of(place);
        place = unit_pointer{};
        storage::release_bytes(allocator, unused, array_bytes(shape::fan), work);
      }
      return true;
    }
    return false;
  }

  // What the arrays of a level point at: blocks at level 0, the arrays of the level below otherwise.
  [[nodiscard]] std::uint64_t children_of(unsigned level) const noexcept {
    return ((this->blocks() - 1) >> (shape::fan_bits * level)) + 1;
  }

  // Gives back what the directory no longer needs: an unused array, or half of a first array that is three quarters
  // empty. True when there was something to do, whether or not it could be done now.
  [[nodiscard]] bool trim_directory(unit_allocator allocator, work& work) {
    if (release_unused_array(allocator, work)) return true;
    for (unsigned level = 0; level < shape::levels; ++level) {
      const std::uint64_t children = children_of(level);
      const std::uint64_t capacity = first_array_capacity(level);
      const bool bootstrap = children == 1 && capacity > 1;
      if (!bootstrap && (capacity < 16 || children > capacity / 4)) continue;
      const std::uint8_t log2 =
          bootstrap ? std::uint8_t{0} : static_cast<std::uint8_t>(this->trunk_of().directory_log2[level] - 1);
      if (work.may_release() && (log2 == 0 || work.may_allocate()))
        return resize_first_array(allocator, level, log2, work);
      return true;
    }
    return false;
  }

  // Gives back every block but the first, and the directory, whatever they hold. Not bounded.
  void release_structure(unit_allocator allocator) noexcept {
    work unbounded{.bounded = false};
    if (this->first_bucket_small()) return;
    while (this->trunk_of().blocks > 1) {
      release_last_block(allocator, unbounded);
      while (release_unused_array(allocator, unbounded)) {
      }
    }
    for (unsigned level = 0; level < shape::levels; ++level)
      if (this->trunk_of().directory_log2[level] != 0)
        (void)resize_first_array(allocator, level, 0, unbounded);
  }

  // Finds that begin at the top of the directory need nothing but that: the trunk is far away in a huge map.
  void found_from_top(bool huge) noexcept {
    if (huge != (this->rest_ == activity::huge))
      this->near_ = storage::pointer_to(huge ? root() : directory_array(0, 0));
    if (huge) {
      this->rest_ = activity::huge;
    } else {
      this->found_directly(true);
    }
  }
};

}  // namespace steady::detail
