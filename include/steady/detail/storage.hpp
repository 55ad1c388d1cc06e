// A table's words, and how a bucket is found from them. (How its blocks come and go: directory.hpp.)
//
// A table of n buckets has blocks 0 .. ceil(n / block_buckets) - 1 (a few more for a while when it is about to grow or
// has just shrunk). They are found through a directory of a fixed number of levels (two, with 64 KiB blocks and 8-byte
// pointers: 10^10 entries), so a lookup has no loop and no branch on the map's size. No array of the directory is larger
// than a block.
//
// The map itself is what most operations read, and no more: 56 bytes where hash, equality and allocator have none. What is
// needed once in some hundred operations lies in the first block (trunk), or, until that has one, follows from there being
// one small bucket. So a map of one entry takes 120 bytes, malloc's rounding included.
//
// Pointers are stored as the allocator's pointer type and used as raw ones.
#pragma once

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <utility>

#include "../misuse.hpp"
#include "../options.hpp"
#include "exceptions.hpp"
#include "node_tags.hpp"
#include "types.hpp"

namespace steady::detail {

template <class Types>
class cursor;

// Who keeps a map's snapshots right (snapshot_keeper.hpp, which snapshot.hpp brings), and what a map without any has in its place.
template <class Types>
class snapshot_keeper;
struct no_snapshots {};

// What the map does at the moment; the low byte of its stamp, so that one byte tells "no writer, and there are buckets, a
// power of two of them, where near_ says". The last four are, like `none`, those of a map that nobody writes.
// `partly_split` says the same but for the power of two: it is a bit of its own, so that one test leaves it out.
enum class activity : std::uint8_t {
  none = 0,
  insert,
  erase,
  clear,
  swap,
  move,
  assign,
  reserve,
  maintain,
  merge,
  extract,
  destroy,
  snapshot,
  partly_split = 0x40,  // near_ finds every bucket, but some are split already and others not
  no_buckets = 0x80,
  indirect,  // the first block is moving: near_ does not find every bucket
  huge,  // near_ is the directory's top
};

// What else is known of a map, each a bit of one byte. Readers write the first three only, and the others of these holding the
// first; the rest is the writer's.
enum class table_flag : std::uint8_t {
  locked = 0x01,  // guards the chain of loops, and front_units_empty, among parallel loops
  looped = 0x02,  // there are loops in progress
  front_known = 0x04,  // front_units_empty is not 0
  shrinks = 0x08,
  seed_fixed = 0x10,  // set by the user: kept by clear()
  trim_due = 0x20,  // memory may be there to give back: a step must look
};

template <class Types>
class table_storage {
 public:
  using flag = table_flag;
  using slot = typename Types::slot;
  using shape = typename Types::shape;
  using unit = typename Types::unit;
  using unit_allocator = typename Types::unit_allocator;
  using unit_traits = typename Types::unit_traits;
  using unit_pointer = typename Types::unit_pointer;
  using link_pointer = typename Types::link_pointer;
  using allocator_type = typename Types::allocator_type;

  static constexpr std::uint64_t block_buckets = shape::block_buckets;

  struct bucket_address {
    std::uint8_t* tags;
    slot* slots;
    std::uint64_t bucket;  // its number
  };

  // An overflow node: four more slots for a bucket that is full. `owner` is the link that points here (a bucket's, or
  // another node's), so that the pool can move any node without knowing its bucket.
  struct overflow_node {
    unit_pointer next;
    link_pointer owner;
    std::uint8_t tags[node_slots];
    std::uint8_t moving;  // scratch of a split: bit i set when slot i goes to the Y bucket
    alignas(slot) std::byte memory[node_slots * sizeof(slot)];

    [[nodiscard]] slot* slots() noexcept { return reinterpret_cast<slot*>(memory); }
  };

  // Overflow nodes lie densely in slabs, a stack of them: only the top one has room. See overflow.hpp.
  struct alignas(unit) overflow_slab {
    unit_pointer previous;
    std::uint32_t capacity;
    std::uint32_t used;

    [[nodiscard]] overflow_node* node(std::uint32_t index) noexcept {
      return reinterpret_cast<overflow_node*>(reinterpret_cast<std::byte*>(this) + slab_header) + index;
    }
  };
  static constexpr std::size_t slab_header = round_up(sizeof(overflow_slab), alignof(overflow_node));

  // A number that readers of one map may write at the same time. Only the writer, who is alone, copies it.
  struct shared_number {
    std::atomic<std::uint32_t> value{0};

    shared_number() = default;
    shared_number(const shared_number& other) noexcept : value(other.get()) {}
    shared_number& operator=(const shared_number& other) noexcept {
      set(other.get());
      return *this;
    }
    ~shared_number() = default;
    [[nodiscard]] std::uint32_t get() const noexcept { return value.load(std::memory_order_relaxed); }
    void set(std::uint32_t number) noexcept { value.store(number, std::memory_order_relaxed); }
  };

  // What a map rarely needs, before the tag words of its first block. Its size is in layout.hpp.
  struct trunk {
    unit_pointer slabs{};  // the stack of slabs in use
    unit_pointer spare_slabs{};  // slabs without nodes, kept for the next or waiting for release
    unit_pointer free_nodes{};  // nodes below the top that are not in use, chained like any others
    unit_pointer next_home{};  // where the first block is moving to, if it is
    // The directory's arrays above the lowest, while they have one place. When the top one has more, where it is.
    unit_pointer bootstrap[shape::levels - 1] = {};
    cursor<Types>* loops = nullptr;  // see cursors()
    std::uint64_t nodes = 0;  // overflow nodes in use
    std::uint64_t moved = 0;  // entries moved by structural work so far
    std::uint64_t floor = 0;  // see floor()
    std::uint32_t free = 0;  // nodes in the free chain: an eighth of the others, when an operation ends
    std::uint32_t blocks = 1;
    shared_number front_units_empty;  // so many units from the start of the walk are known to be empty
    std::uint8_t next_home_log2 = 0;  // how many buckets the next home has
    std::uint8_t buckets_moved = 0;  // how many are there already
    std::uint8_t directory_log2[shape::levels] =
        {};  // room of the first array of each level; 0: the bootstrap one

    static constexpr unsigned top = shape::levels - 1;
    [[nodiscard]] unit_pointer* root() noexcept {
      return directory_log2[top] == 0 ? bootstrap + (top - 1) : array_of(bootstrap[top - 1]);
    }
  };
  static_assert(sizeof(trunk) == shape::trunk_bytes);

  constexpr table_storage() noexcept = default;
  table_storage(const table_storage&) = delete;
  table_storage& operator=(const table_storage&) = delete;

  // ---- addresses ----

  // The bits of a hash that choose its bucket.
  [[nodiscard]] std::uint64_t hash_mask() const noexcept { return mask_ / tag_word_bytes; }

  [[nodiscard]] STEADY_INLINE std::uint64_t buckets() const noexcept { return buckets_; }

  // Blocks there are: a few more than the buckets need, for a while.
  [[nodiscard]] std::uint64_t blocks() const noexcept {
    return first_bucket_small() ? std::uint64_t{has_buckets()} : trunk_of().blocks;
  }

  // The bucket of a hash: its low bits, and one bit fewer while that bucket is not yet split off.
  [[nodiscard]] STEADY_INLINE std::uint64_t bucket_of(std::uint64_t hash) const noexcept {
    const std::uint64_t mask = hash_mask();
    return chosen(hash & mask, hash & mask >> 1, buckets());
  }
  // Without a branch: while the table grows, which of the two it is cannot be predicted.
  [[nodiscard]] STEADY_INLINE static std::uint64_t chosen(std::uint64_t high, std::uint64_t low,
                                                          std::uint64_t limit) noexcept {
#if defined(__GNUC__) || defined(__clang__)
    // The empty statement makes both values be there, so that the compilers choose with a conditional move.
    asm("" : "+r"(low));
#endif
    return high < limit ? high : low;
  }

  [[nodiscard]] STEADY_INLINE bucket_address bucket_at(std::uint64_t bucket) const noexcept {
    if (found_near()) [[likely]]
      return bucket_near(bucket);
    return bucket_at_last(bucket);
  }
  // Precondition: near_ finds every bucket.
  [[nodiscard]] STEADY_INLINE bucket_address bucket_near(std::uint64_t bucket) const noexcept {
    return within(block_near(bucket), bucket);
  }
  [[nodiscard]] STEADY_INLINE std::byte* block_near(std::uint64_t bucket) const noexcept {
    return bytes_of(array_of(near_)[bucket >> shape::block_shift]);
  }
  // The same where the first array does not have it all: in a huge map, and while the first block moves.
  [[nodiscard]] STEADY_NOINLINE bucket_address bucket_at_last(std::uint64_t bucket) const noexcept {
    return within(block_at_last(bucket), bucket);
  }
  [[nodiscard]] std::byte* block_at_last(std::uint64_t bucket) const noexcept {
    if (rest_ == activity::huge) return block_of_directory(bucket >> shape::block_shift);
    return moved_already(bucket) ? bytes_of(trunk_of().next_home) : block_near(bucket);
  }
  [[nodiscard]] STEADY_INLINE std::byte* block_of(std::uint64_t bucket) const noexcept {
    return found_near() ? block_near(bucket) : block_at_last(bucket);
  }

  [[nodiscard]] STEADY_INLINE bool found_near() const noexcept { return rest_ <= activity::no_buckets; }

  [[nodiscard]] STEADY_INLINE std::byte* home_block() const noexcept {
    if (rest_ == activity::huge) [[unlikely]]
      return block_of_directory(0);
    return bytes_of(array_of(near_)[0]);
  }
  // Precondition: the map is huge.
  [[nodiscard]] STEADY_NOINLINE std::byte* block_of_directory(std::uint64_t index) const noexcept {
    const unit_pointer* array = array_of(near_);
    for (unsigned level = shape::levels - 1; level > 0; --level)
      array = array_of(array[(index >> (shape::fan_bits * level)) & (shape::fan - 1)]);
    return bytes_of(array[index & (shape::fan - 1)]);
  }

  // Whether the first block, the only one then, is on its way to another place (first_block.hpp).
  [[nodiscard]] bool first_block_moving() const noexcept { return rest_ == activity::indirect; }
  [[nodiscard]] bool moved_already(std::uint64_t bucket) const noexcept {
    return first_block_moving() && bucket < trunk_of().buckets_moved;
  }

  // A bucket in its block.
  [[nodiscard]] STEADY_INLINE static bucket_address within(std::byte* block, std::uint64_t bucket) noexcept {
    return at_distance(block, (bucket & (block_buckets - 1)) * tag_word_bytes, bucket);
  }
  // The same, so many bytes of tag words below the block's address.
  [[nodiscard]] STEADY_INLINE static bucket_address at_distance(std::byte* block, std::uint64_t below,
                                                                std::uint64_t bucket) noexcept {
    std::byte* const tags = block - below;
    // As far up from the tags as tags and slots of the buckets before it take together.
    constexpr std::uint64_t bytes = tag_word_bytes + shape::bucket_stride;
    std::byte* const slots =
        tags + tag_word_bytes +
        (bytes % tag_word_bytes == 0 ? below * (bytes / tag_word_bytes) : below / tag_word_bytes * bytes);
    return {reinterpret_cast<std::uint8_t*>(tags), reinterpret_cast<slot*>(slots), bucket};
  }
  // The bucket of a hash. Precondition: near_ finds every bucket. It is worked out in bytes, as the distance of its tag word from
  // that of bucket 0 if all were in one block, from which both the block and the place in it follow.
  [[nodiscard]] STEADY_INLINE bucket_address bucket_of_hash_near(std::uint64_t hash,
                                                                 bool split_equally) const noexcept {
    std::uint64_t distance = hash * tag_word_bytes & mask_;
    if (!split_equally) [[unlikely]]
      distance = chosen(distance, distance & mask_ >> 1, buckets() * tag_word_bytes);
    constexpr std::uint64_t block_bytes = block_buckets * tag_word_bytes;
    return at_distance(bytes_of(array_of(near_)[distance / block_bytes]), distance & (block_bytes - 1),
                       distance / tag_word_bytes);
  }

  // The link to a bucket's first overflow node; meaningful when the filter byte is not zero.
  [[nodiscard]] unit_pointer& link_of(const bucket_address& at) const noexcept {
    if (at.bucket >= block_buckets) return link_within(at, block_buckets);
    if (moved_already(at.bucket)) return link_within(at, std::uint64_t{1} << trunk_of().next_home_log2);
    return link_within(at, home_buckets());
  }
  // The same in a block of so many buckets.
  [[nodiscard]] static unit_pointer& link_within(const bucket_address& at, std::uint64_t buckets) noexcept {
    return *std::launder(link_memory(at, buckets));
  }
  [[nodiscard]] static unit_pointer* link_memory(const bucket_address& at, std::uint64_t buckets) noexcept {
    const std::uint64_t in_block = at.bucket & (block_buckets - 1);
    std::byte* const block = reinterpret_cast<std::byte*>(at.tags) + in_block * tag_word_bytes;
    return reinterpret_cast<unit_pointer*>(block + tag_word_bytes + shape::links_offset(buckets)) + in_block;
  }

  [[nodiscard]] STEADY_INLINE static overflow_node* node_of(const unit_pointer& pointer) noexcept {
    return reinterpret_cast<overflow_node*>(bytes_of(pointer));
  }
  [[nodiscard]] static overflow_node* next_of(const overflow_node* node) noexcept {
    return node->next ? node_of(node->next) : nullptr;
  }

  // B: the map has at least 2^B buckets and fewer than 2^(B+1).
  [[nodiscard]] unsigned table_bits() const noexcept {
    return static_cast<unsigned>(std::bit_width(buckets())) - 1;
  }

  // 2^B. The mask knows it: counting bits is slow on machines without an instruction for it.
  [[nodiscard]] STEADY_INLINE std::uint64_t base_buckets() const noexcept {
    return is_power_of_two(buckets_) ? buckets() : hash_mask() / 2 + 1;
  }

  [[nodiscard]] bool has_buckets() const noexcept { return buckets_ != 0; }
  [[nodiscard]] bool first_bucket_small() const noexcept { return slot_mask_ != bucket_mask; }
  [[nodiscard]] std::uint64_t first_block_buckets() const noexcept {
    return first_bucket_small() ? 1 : home_buckets();
  }
  // The same where the first bucket is not small.
  [[nodiscard]] STEADY_INLINE std::uint64_t home_buckets() const noexcept {
    return std::uint64_t{1} << (mask_ & below_mask);
  }

  // Entries asked for by reserve(): the map does not shrink below room for them. Without buckets there are no limits to keep,
  // and it is in their place; a lone bucket of few slots has it below the mask; all others in the trunk.
  [[nodiscard]] std::uint64_t floor() const noexcept {
    if (!has_buckets()) return std::uint64_t{shrinks_at_} << 32 | grows_at_;
    return first_bucket_small() ? mask_ & below_mask : trunk_of().floor;
  }
  // Precondition: a lone bucket of few slots has room for so many.
  void set_floor(std::uint64_t entries) noexcept {
    if (!has_buckets()) {
      grows_at_ = static_cast<std::uint32_t>(entries);
      shrinks_at_ = static_cast<std::uint32_t>(entries >> 32);
    } else if (first_bucket_small()) {
      set_below_mask(entries);
    } else {
      trunk_of().floor = entries;
    }
  }

  // Whether there are loops in progress, and all of them, youngest first.
  [[nodiscard]] STEADY_INLINE bool looped() const noexcept { return is(flag::looped); }
  [[nodiscard]] cursor<Types>* cursors() const noexcept { return looped() ? first_cursor() : nullptr; }

  // ---- snapshots: none of it without steady::snapshots::on ----

  // What a snapshot may have to copy can throw.
  static constexpr bool nothrow_change = !Types::snapshots;

  [[nodiscard]] STEADY_INLINE bool has_snapshots() const noexcept {
    if constexpr (Types::snapshots) {
      return snapshots_ != nullptr;
    } else {
      return false;
    }
  }
  // A bucket is about to change: it is copied first, if a snapshot has it from here. Throws what that throws; nothing has
  // changed then.
  STEADY_INLINE void about_to_change([[maybe_unused]] std::uint64_t bucket) {
    if constexpr (Types::snapshots)
      if (has_snapshots()) [[unlikely]]
        snapshots_->keep(bucket);
  }
  // The same for structural work, whose one allocation a copy is. False when it must wait.
  [[nodiscard]] STEADY_INLINE bool may_change([[maybe_unused]] std::uint64_t bucket,
                                              [[maybe_unused]] work& work) {
    if constexpr (Types::snapshots)
      if (has_snapshots()) [[unlikely]]
        return snapshots_->keep(bucket, work);
    return true;
  }
  // For work that is not bounded.
  void all_about_to_change() {
    if (has_snapshots())
      for (std::uint64_t bucket = 0; bucket < buckets(); ++bucket) about_to_change(bucket);
  }
  // Whether the entries of a bucket may be put in another order: snapshots that have it from here count them.
  [[nodiscard]] bool order_matters([[maybe_unused]] std::uint64_t bucket) const noexcept {
    if constexpr (Types::snapshots) {
      return has_snapshots() && snapshots_->shares(bucket);
    } else {
      return false;
    }
  }
  // After entries came from another map: their snapshots have come along.
  void adopt_snapshots() noexcept {
    if constexpr (Types::snapshots)
      if (has_snapshots()) snapshots_->lives_in(*this);
  }

 protected:
  ~table_storage() = default;

  static constexpr std::uint64_t no_limit = ~std::uint64_t{0};

  // ---- the words of a map ----
  std::uint64_t size_ = 0;
  // hash_mask() * tag_word_bytes, see bucket_of_hash_near(). The bits below, which no distance has, say how many buckets the first
  // block has (its logarithm), or, of a lone bucket of few slots, floor().
  std::uint64_t mask_ = 0;
  std::uint64_t seed_ = 0;  // 0 until drawn
  unit_pointer near_{};  // the directory's first array of blocks; of a huge map its top array
  // The activity in the low byte; above it the epoch, which counts the writes that changed something. One word, so that
  // an insert or erase ends both with one store.
  std::uint64_t stamp_ = static_cast<std::uint64_t>(activity::no_buckets);
  // An insert that brings the map to the one size or beyond splits buckets, an erase that brings it to the other merges some. The
  // low halves (table_evacuation::near_size). Without buckets: floor().
  std::uint32_t grows_at_ = 0;
  std::uint32_t shrinks_at_ = 0;
  std::uint32_t buckets_ = 0;
  std::uint16_t slot_mask_ = 0;  // slots a bucket has: all fifteen, but for a small first bucket
  activity rest_ = activity::no_buckets;  // the activity when nobody writes
  mutable std::atomic<std::uint8_t> flags_{Types::options::shrinking == shrink::automatic ? bit(flag::shrinks)
                                                                                          : std::uint8_t{0}};
  [[no_unique_address]] watch<typename Types::observer> watch_;  // see note()
  [[no_unique_address]] std::conditional_t<Types::snapshots, snapshot_keeper<Types>*, no_snapshots>
      snapshots_{};

  // Tells the map's observer; nothing without one (watch.hpp).
  template <class... Numbers>
  STEADY_INLINE void note([[maybe_unused]] event_kind what,
                          [[maybe_unused]] Numbers... numbers) const noexcept {
    if constexpr (Types::observed)
      watch_.tell({this, type_name<typename Types::container>(), size_, buckets()}, what,
                  std::uint64_t{numbers}...);
  }

  // Tells who watches the memory of maps: it was taken; it is about to be given back.
  STEADY_INLINE void note_taken([[maybe_unused]] memory_kind kind, [[maybe_unused]] const void* address,
                                [[maybe_unused]] std::size_t bytes,
                                [[maybe_unused]] std::uint64_t objects) const noexcept {
    if constexpr (Types::observed)
      watch_.tell_taken(type_name<typename Types::container>(), kind, address, bytes, objects, bytes);
  }
  // An entry, if it has a place of its own.
  STEADY_INLINE void note_entry_taken([[maybe_unused]] typename Types::slot* at) const noexcept {
    if constexpr (Types::observed && !Types::entries_in_place) {
      note_taken(memory_kind::entries, at->get(), sizeof(typename Types::value_type), 1);
    }
  }
  STEADY_INLINE static void note_given_back([[maybe_unused]] const void* address) noexcept {
    if constexpr (Types::observed) watch<typename Types::observer>::tell_given_back(address);
  }

  // Exchanges everything but hash, equality, allocator and stamps. Where loops come along, the caller sees to it that an
  // epoch they have seen does not come back with another storage.
  void swap_storage(table_storage& other) noexcept {
    const std::uint8_t flags = flags_.load(std::memory_order_relaxed);
    flags_.store(other.flags_.load(std::memory_order_relaxed), std::memory_order_relaxed);
    other.flags_.store(flags, std::memory_order_relaxed);
    std::swap(size_, other.size_);
    std::swap(mask_, other.mask_);
    std::swap(seed_, other.seed_);
    std::swap(near_, other.near_);
    std::swap(grows_at_, other.grows_at_);
    std::swap(shrinks_at_, other.shrinks_at_);
    std::swap(buckets_, other.buckets_);
    std::swap(slot_mask_, other.slot_mask_);
    std::swap(rest_, other.rest_);
    if constexpr (Types::snapshots) std::swap(snapshots_, other.snapshots_);
    if constexpr (Types::observed) watch_.swap_loops(other.watch_);
  }

  [[nodiscard]] static constexpr std::uint8_t bit(flag one) noexcept {
    return static_cast<std::uint8_t>(one);
  }
  [[nodiscard]] STEADY_INLINE bool is(flag one) const noexcept {
    return (flags_.load(std::memory_order_relaxed) & bit(one)) != 0;
  }
  // Precondition: the caller is alone.
  void set(flag one, bool on) noexcept {
    const std::uint8_t others = flags_.load(std::memory_order_relaxed) & static_cast<std::uint8_t>(~bit(one));
    flags_.store(static_cast<std::uint8_t>(others | (on ? bit(one) : 0)), std::memory_order_relaxed);
  }

  static constexpr std::uint64_t below_mask = tag_word_bytes - 1;
  void set_below_mask(std::uint64_t number) noexcept { mask_ = (mask_ & ~below_mask) | number; }

  static constexpr std::uint64_t one_change = 0x100;  // in a stamp
  [[nodiscard]] static constexpr std::uint64_t stamp_with(std::uint64_t stamp, activity what) noexcept {
    return (stamp & ~(one_change - 1)) | static_cast<std::uint8_t>(what);
  }
  // The activity's byte is plain: in a correct program nobody writes it while another reads. Writes are volatile so that
  // they are made at all, since nothing else in this thread reads them.
  STEADY_INLINE void set_activity(activity what) noexcept {
    constexpr std::size_t low_byte = std::endian::native == std::endian::little ? 0 : sizeof(stamp_) - 1;
    reinterpret_cast<volatile std::uint8_t*>(&stamp_)[low_byte] = static_cast<std::uint8_t>(what);
  }
  STEADY_INLINE void set_stamp(std::uint64_t stamp) noexcept {
    *const_cast<volatile std::uint64_t*>(&stamp_) = stamp;
  }
  [[nodiscard]] STEADY_INLINE std::uint8_t activity_now() const noexcept {
    constexpr std::size_t low_byte = std::endian::native == std::endian::little ? 0 : sizeof(stamp_) - 1;
    return reinterpret_cast<const volatile std::uint8_t*>(&stamp_)[low_byte];
  }
  // Whether near_ has every block, and every block is where it says.
  void found_directly(bool direct) noexcept {
    rest_ = !direct                     ? activity::indirect
            : is_power_of_two(buckets_) ? activity::none
                                        : activity::partly_split;
  }
  // What follows from the number of buckets.
  void set_masks() noexcept {
    mask_ = (std::bit_ceil(buckets()) - 1) * tag_word_bytes | (mask_ & below_mask);
    if (found_near()) found_directly(true);
  }
  // ---- conversions ----
  [[nodiscard]] STEADY_INLINE static std::byte* bytes_of(const unit_pointer& pointer) noexcept {
    return std::to_address(pointer);
  }
  [[nodiscard]] STEADY_INLINE static unit_pointer* array_of(const unit_pointer& pointer) noexcept {
    return reinterpret_cast<unit_pointer*>(std::to_address(pointer));
  }
  template <class Object>
  [[nodiscard]] static unit_pointer pointer_to(Object* object) noexcept {
    return std::pointer_traits<unit_pointer>::pointer_to(*reinterpret_cast<std::byte*>(object));
  }
  [[nodiscard]] static link_pointer link_to(unit_pointer& link) noexcept {
    return std::pointer_traits<link_pointer>::pointer_to(link);
  }

  // ---- memory ----
  [[nodiscard]] static std::byte* allocate_bytes(unit_allocator allocator, std::size_t bytes, work& work) {
    const auto pointer = unit_traits::allocate(allocator, bytes / sizeof(unit));
    work.allocated = true;
    return reinterpret_cast<std::byte*>(std::to_address(pointer));
  }
  static void release_bytes(unit_allocator allocator, void* memory, std::size_t bytes, work& work) noexcept {
    unpoison(memory, bytes);
    note_given_back(memory);
    using pointer = typename unit_traits::pointer;
    unit_traits::deallocate(allocator, std::pointer_traits<pointer>::pointer_to(*static_cast<unit*>(memory)),
                            bytes / sizeof(unit));
    work.released = true;
  }

  // ---- what lies in the first block ----
  [[nodiscard]] static unsigned slots_of_mask(std::uint16_t mask) noexcept {
    return static_cast<unsigned>(std::bit_width(mask));  // its bits are the lowest ones
  }

  // Where the loops of this map begin. Precondition: there are buckets.
  [[nodiscard]] cursor<Types>*& first_cursor() const noexcept {
    if (!first_bucket_small()) [[likely]]
      return trunk_of().loops;
    return *std::launder(small_loops(home_block(), slots_of_mask(slot_mask_)));
  }
  [[nodiscard]] static cursor<Types>** small_loops(std::byte* block, unsigned slots) noexcept {
    return reinterpret_cast<cursor<Types>**>(block + tag_word_bytes + shape::small_loops_offset(slots));
  }
  // Precondition: the first bucket is not small.
  [[nodiscard]] STEADY_INLINE trunk& trunk_of() const noexcept {
    return trunk_at(home_block(), mask_ & below_mask);
  }
  [[nodiscard]] STEADY_INLINE static trunk& trunk_at(std::byte* block, std::uint64_t buckets_log2) noexcept {
    // bootstrap_memory() in fewer steps: tag words go down from bucket 0's.
    constexpr std::size_t below = shape::bootstrap_bytes + shape::trunk_bytes - tag_word_bytes;
    return *std::launder(reinterpret_cast<trunk*>(block - (tag_word_bytes << buckets_log2) - below));
  }
};

}  // namespace steady::detail
