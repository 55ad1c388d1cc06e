// hmap, the header of a map, as data: Go's fields, the arrays' ownership, and what begins and ends in cells.
//
// The header lies in a block of its own and is counted: the map refers to it and so does every loop, which therefore
// may outlive the map, and follows its entries when the map is moved or swapped. Invariants: `buckets` is null until the
// first write of a map made without a hint; `oldbuckets` is null unless the map is growing; 0 <= nevacuate < the number
// of old buckets while it is; `count` entries lie in the buckets of the main array and the old buckets not evacuated.
//
// Copies in evacuated slots: while a loop refers to an old array, its evacuated slots keep a copy of the key (and
// share the value's node, if the key type has NaNs). Otherwise an evacuated bucket keeps nothing, and says so by a link
// from its head to itself where there would be something to destroy.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <type_traits>
#include <utility>

#include "../detail/hash.hpp"
#include "../detail/seed.hpp"
#include "../misuse.hpp"
#include "bucket.hpp"
#include "loop_list.hpp"
#include "size_class.hpp"

namespace steady::classic {

// What randomness is asked for.
enum class draw : std::uint8_t { seed, loop_start, overflow_count, nan_hash };

// Where it comes from: null is the process's own source. The start of a loop and the hash of a key that differs from itself
// are drawn by any number of threads at once.
struct randomness {
  std::uint64_t (*source)(void* context, draw purpose) = nullptr;
  void* context = nullptr;

  [[nodiscard]] std::uint64_t operator()(draw purpose) const {
    return source == nullptr ? detail::random_seed() : source(context, purpose);
  }
};

// What Go does not count; stats() shows it.
struct counters {
  std::uint64_t doublings = 0;
  std::uint64_t same_size_growths = 0;
  std::uint64_t reseeds = 0;
  std::uint64_t slot_reuses = 0;  // inserts into a slot that held an entry before
  std::uint64_t inserts = 0;  // of new keys
  std::uint64_t erases = 0;
  std::uint64_t entries_evacuated = 0;
  std::uint64_t peak_overload = 0;  // most entries above the load factor's limit, while growing
  std::uint64_t tombstones = 0;  // slots marked empty_one now
};

template <class Config>
class header {
 public:
  using key_type = typename Config::key_type;
  using mapped_type = typename Config::mapped_type;
  using bucket = bmap<Config>;
  using owned = owned_bucket<bucket>;
  using array = bucket_array<bucket>;
  using place = classic::place<bucket>;
  using allocator_type = typename Config::allocator_type;
  using allocator_traits = std::allocator_traits<allocator_type>;

  // ---- Go's fields ----
  std::uint64_t count = 0;
  std::atomic<std::uint8_t> flags{0};
  std::uint8_t B = 0;
  std::uint16_t noverflow = 0;
  std::uint64_t seed = 0;  // its lower half is hash0
  array* buckets = nullptr;
  array* oldbuckets = nullptr;
  std::size_t nevacuate = 0;
  bucket* next_overflow = nullptr;  // mapextra.nextOverflow: the first free preallocated overflow bucket

  // ---- ours ----
  std::atomic<std::uint32_t> references{1};
  bool closed = false;  // the map is gone
  loop_list loops;
  std::uint32_t clears = 0;
  owned* spare = nullptr;  // overflow buckets that an evacuation allocated before it began
  counters counted;
  // What observed maps alone have (detail/watch.hpp).
  struct watched {
    const detail::watch<typename Config::observer>* watch = nullptr;  // of the map; none while it is gone
    std::uint64_t owned_overflow = 0;  // overflow buckets allocated one by one, now
  };
  struct unwatched {};
  [[no_unique_address]] std::conditional_t<Config::observed, watched, unwatched> observation;
  randomness random;
  [[no_unique_address]] typename Config::hasher hash_function;
  [[no_unique_address]] typename Config::key_equal equal;
  [[no_unique_address]] allocator_type allocator;
  std::uint64_t seed_set = 0;  // the last seed that the program set

  header(const typename Config::hasher& hasher, const typename Config::key_equal& key_equal,
         const allocator_type& entry_allocator)
      : hash_function(hasher), equal(key_equal), allocator(entry_allocator) {}
  header(const header&) = delete;
  header& operator=(const header&) = delete;

  [[nodiscard]] std::uint32_t hash0() const noexcept { return static_cast<std::uint32_t>(seed); }
  [[nodiscard]] STEADY_INLINE bool growing() const noexcept { return oldbuckets != nullptr; }
  [[nodiscard]] STEADY_INLINE bool has_flag(std::uint8_t flag) const noexcept {
    return (flags.load(std::memory_order_relaxed) & flag) != 0;
  }
  // Not for loops, which set theirs while others do.
  void store_flags(unsigned all) noexcept {
    flags.store(static_cast<std::uint8_t>(all), std::memory_order_relaxed);
  }
  void drop_flag(std::uint8_t flag) noexcept {
    store_flags(flags.load(std::memory_order_relaxed) & ~unsigned{flag});
  }
  [[nodiscard]] bool same_size() const noexcept { return has_flag(flag_same_size_grow); }
  [[nodiscard]] std::uint32_t live_loops() const noexcept {
    return references.load(std::memory_order_acquire) - (closed ? 0 : 1);
  }

  template <class Key>
  [[nodiscard]] STEADY_INLINE std::uint64_t hash_key(const Key& key) const {
    const std::uint64_t hash = detail::hash_with_seed(hash_function, key, seed);
    if constexpr (!Config::reflexive) {
      // A key that differs from itself has another hash each time, so that many of them do not share one chain.
      if (!equal(key, key)) [[unlikely]]
        return hash ^ random(draw::nan_hash);
    }
    return hash;
  }

  void draw_seed() { seed = random(draw::seed); }
  // Whether the program chose the seed: itself, or by the source of randomness.
  [[nodiscard]] bool seed_fixed() const noexcept {
    return random.source != nullptr || (seed == seed_set && seed_set != 0);
  }

  // ---- events ----
  // Tells the map's observer; nothing without one.
  template <class... Numbers>
  STEADY_INLINE void note([[maybe_unused]] event_kind what,
                          [[maybe_unused]] Numbers... numbers) const noexcept {
    if constexpr (Config::observed)
      if (observation.watch != nullptr) observation.watch->deliver(source(), what, std::uint64_t{numbers}...);
  }
  // Tells who watches the memory of maps: it was taken; it is about to be given back.
  STEADY_INLINE void note_taken([[maybe_unused]] memory_kind kind, [[maybe_unused]] const void* address,
                                [[maybe_unused]] std::size_t bytes, [[maybe_unused]] std::uint64_t objects,
                                [[maybe_unused]] std::size_t request) const noexcept {
    if constexpr (Config::observed)
      if (observation.watch != nullptr)
        observation.watch->tell_taken(detail::type_name<typename Config::container>(), kind, address, bytes,
                                      objects, request);
  }
  STEADY_INLINE static void note_given_back([[maybe_unused]] const void* address) noexcept {
    if constexpr (Config::observed) detail::watch<typename Config::observer>::tell_given_back(address);
  }
  // So many more overflow buckets are allocated one by one.
  STEADY_INLINE void note_owned([[maybe_unused]] int more) noexcept {
    if constexpr (Config::observed) {
      observation.owned_overflow += static_cast<std::uint64_t>(more);
      if (more < 0) note(event_kind::overflow_freed);
    }
  }
  // An array is two pieces of memory to who watches: its main buckets, and the overflow buckets that come with them.
  STEADY_INLINE void note_array([[maybe_unused]] const array& made) const noexcept {
    if constexpr (Config::observed) {
      const std::size_t overflow = (made.total - made.main) * sizeof(bucket);
      const std::size_t all = array_bytes(made);
      note_taken(memory_kind::buckets, &made, all - overflow, made.main, all);
      if (overflow != 0) {
        note_taken(memory_kind::overflow, made.at(made.main), overflow, made.total - made.main, all);
      }
    }
  }
  STEADY_INLINE static void note_array_given_back([[maybe_unused]] const array& held) noexcept {
    if constexpr (Config::observed) {
      note_given_back(&held);
      if (held.total != held.main) {
        note_given_back(held.at(held.main));
      }
    }
  }
  STEADY_INLINE void note_evacuated([[maybe_unused]] std::size_t number,
                                    [[maybe_unused]] std::size_t old_count) const noexcept {
    if constexpr (Config::observed) note(event_kind::split, number, number + (same_size() ? 0 : old_count));
  }
  // A loop is about to let go of the map: tells of those that have ended.
  STEADY_INLINE void note_loops() const noexcept {
    if constexpr (Config::observed)
      if (observation.watch != nullptr)
        while (observation.watch->loop_over(live_loops() - 1)) note(event_kind::loop_ended);
  }
  // A chain has one bucket more.
  STEADY_INLINE void note_chain([[maybe_unused]] std::size_t number) const noexcept {
    if constexpr (Config::observed) {
      constexpr std::uint64_t many = 8;
      note(event_kind::overflow_made, number);
      std::uint64_t chain = 0;
      for (const bucket* at = buckets->at(number); at != nullptr; at = at->overflow) ++chain;
      if (chain >= many) note(event_kind::long_probe, number, 0u, chain);
    }
  }
  [[nodiscard]] detail::event_source source() const noexcept {
    return {this, detail::type_name<typename Config::container>(), count,
            buckets == nullptr ? 0 : buckets->main};
  }

  // ---- cells ----
  template <class Cell, class... Arguments>
  STEADY_INLINE void begin_cell(Cell& cell, Arguments&&... arguments) {
    if constexpr (Cell::in_node) {
      using node_type = std::remove_pointer_t<decltype(cell.node)>;
      node_type* const node = std::construct_at(allocate_one<node_type>());
      struct undo {
        header& map;
        node_type* node;
        ~undo() {
          if (node != nullptr) map.release_one(node);
        }
      } unless_built{*this, node};
      allocator_traits::construct(allocator, std::addressof(node->value),
                                  std::forward<Arguments>(arguments)...);
      unless_built.node = nullptr;
      cell.node = node;
    } else {
      allocator_traits::construct(allocator, std::addressof(cell.value),
                                  std::forward<Arguments>(arguments)...);
    }
  }
  template <class Cell>
  STEADY_INLINE void end_cell(Cell& cell) noexcept {
    if constexpr (Cell::in_node) {
      let_go(cell.node);
    } else {
      allocator_traits::destroy(allocator, std::addressof(cell.value));
    }
  }
  // Moves to a cell where nothing lives; nothing lives in the first one afterwards.
  template <class Cell>
  STEADY_INLINE void relocate_cell(Cell& from, Cell& to) noexcept {
    if constexpr (Cell::in_node) {
      to.node = from.node;
    } else {
      allocator_traits::construct(allocator, std::addressof(to.value), std::move(from.value));
      allocator_traits::destroy(allocator, std::addressof(from.value));
    }
  }
  template <class Node>
  void let_go(Node* node) noexcept {
    if (node->references.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    if (node->alive) allocator_traits::destroy(allocator, std::addressof(node->value));
    release_one(node);
  }
  // The entry is erased: its value ends now, whoever else shares the node.
  void end_value(typename Config::value_cell& cell) noexcept {
    if constexpr (!Config::reflexive && !Config::go_clear) {
      cell.node->alive = false;
      allocator_traits::destroy(allocator, std::addressof(cell.node->value));
    }
    end_cell(cell);
  }
  STEADY_INLINE void end_entry(const place& at) noexcept {
    end_cell(at.bucket->keys[at.index]);
    end_value(at.bucket->values[at.index]);
  }
  // Which main bucket the entry's chain hangs from, for entries that cannot be looked up.
  STEADY_INLINE void note_bucket(const place& at, std::size_t number) noexcept {
    if constexpr (!Config::reflexive) at.bucket->values[at.index].node->bucket = number;
  }

  // A slot that becomes empty_rest looks like one never used. So an erased key's first byte is set, which is 0 in a new
  // array, and says at the next insert whether the slot is used again.
  static void note_erased(const place& at) noexcept {
    *reinterpret_cast<unsigned char*>(&at.bucket->keys[at.index]) = 1;
  }
  [[nodiscard]] STEADY_INLINE static bool was_erased(const place& at) noexcept {
    return at.bucket->tophash[at.index] == empty_one ||
           *reinterpret_cast<const unsigned char*>(&at.bucket->keys[at.index]) != 0;
  }

  // ---- memory ----
  template <class Type>
  [[nodiscard]] Type* allocate_one() {
    using rebound = typename allocator_traits::template rebind_alloc<Type>;
    rebound source(allocator);
    Type* const block = std::to_address(std::allocator_traits<rebound>::allocate(source, 1));
    constexpr memory_kind kind = std::is_same_v<Type, owned> ? memory_kind::overflow : memory_kind::entries;
    note_taken(kind, block, sizeof(Type), 1, sizeof(Type));
    return block;
  }
  template <class Type>
  void release_one(Type* block) noexcept {
    using rebound = typename allocator_traits::template rebind_alloc<Type>;
    using pointer = typename std::allocator_traits<rebound>::pointer;
    rebound source(allocator);
    note_given_back(block);
    std::allocator_traits<rebound>::deallocate(source, std::pointer_traits<pointer>::pointer_to(*block), 1);
  }

  // An array of 2^exponent empty buckets with its preallocated overflow buckets.
  [[nodiscard]] array* make_array(unsigned exponent) {
    const std::size_t main = bucket_shift(exponent);
    std::size_t total = main;
    if (exponent >= preallocating_B) {
      total += bucket_shift(exponent - preallocating_B);
      const std::size_t each = Config::policy::template bucket_bytes<bucket>();
      const std::size_t rounded =
          round_up_size(total * each, Config::policy::template has_pointers<key_type, mapped_type>());
      total = rounded / each;
    }
    unit_allocator source(allocator);
    const std::size_t units = units_of(total);
    array* const made = std::construct_at(reinterpret_cast<array*>(
        std::to_address(std::allocator_traits<unit_allocator>::allocate(source, units))));
    made->main = main;
    made->total = total;
    clear_buckets(made->at(0), total);
    note_array(*made);
    note(event_kind::block_allocated, 0u, 0u, array_bytes(*made));
    return made;
  }

  // The free list of a new or cleared array: its tail, the last bucket of which carries a link to mark the end.
  [[nodiscard]] static bucket* arm_overflow(const array& of) noexcept {
    if (of.total == of.main) return nullptr;
    of.at(of.total - 1)->overflow = of.at(0);
    return of.at(of.main);
  }

  [[nodiscard]] static array* share(array* held) noexcept {
    held->references.fetch_add(1, std::memory_order_relaxed);
    return held;
  }
  void let_go(array* held) noexcept {
    if (held->references.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    end_kept_copies(*held);
    release_overflow(held->overflow);
    note(event_kind::block_freed, 0u, 0u, array_bytes(*held));
    note_array_given_back(*held);
    const std::size_t units = units_of(held->total);
    std::destroy_at(held);
    unit_allocator source(allocator);
    using pointer = typename std::allocator_traits<unit_allocator>::pointer;
    std::allocator_traits<unit_allocator>::deallocate(
        source, std::pointer_traits<pointer>::pointer_to(*reinterpret_cast<unit*>(held)), units);
  }
  void release_overflow(owned*& list) noexcept {
    while (list != nullptr) {
      release_one(std::exchange(list, list->next));
      note_owned(-1);
    }
  }

  // Bytes of one array as they were asked for, without the overflow buckets allocated one by one.
  [[nodiscard]] static std::size_t array_bytes(const array& of) noexcept {
    return units_of(of.total) * sizeof(unit);
  }

  // ---- evacuated slots ----
  // Whether there is something to destroy in a slot that kept its copies.
  static constexpr bool copies_need_end =
      !std::is_trivially_destructible_v<key_type> || !Config::inline_key || !Config::reflexive;

  static void keep_nothing(bucket* head) noexcept {
    if constexpr (copies_need_end) head->overflow = head;
  }
  [[nodiscard]] static bool keeps_nothing(const bucket* head) noexcept { return head->overflow == head; }

  // Ends everything that lives in one chain, entries and kept copies, and marks it empty.
  void end_chain(bucket* head) noexcept {
    const bool evacuated = head->evacuated();
    const bool kept = !evacuated || !keeps_nothing(head);
    for (bucket* at = head; at != nullptr; at = kept ? at->overflow : nullptr) {
      for (unsigned index = 0; index < slots_per_bucket; ++index) {
        const std::uint8_t tag = at->tophash[index];
        if (tag >= min_top_hash) {
          end_entry({at, index});
        } else if (copies_need_end && kept && (tag == evacuated_x || tag == evacuated_y)) {
          end_copies(at, index);
        }
        at->tophash[index] = empty_rest;
      }
    }
    if (evacuated && !kept) head->overflow = nullptr;
  }

  // Ends all of an array's entries and copies.
  void end_array(array& of) noexcept {
    for (std::size_t number = 0; number < of.main; ++number) end_chain(of.at(number));
  }

 private:
  struct alignas(std::max(alignof(bucket), alignof(array))) unit {
    std::byte bytes[std::max(alignof(bucket), alignof(array))];
  };
  using unit_allocator = typename allocator_traits::template rebind_alloc<unit>;

  [[nodiscard]] static std::size_t units_of(std::size_t total) noexcept {
    return (array::head_bytes() + total * sizeof(bucket) + sizeof(unit) - 1) / sizeof(unit);
  }

  void end_copies(bucket* at, unsigned index) noexcept {
    end_cell(at->keys[index]);
    if constexpr (!Config::reflexive) end_cell(at->values[index]);
  }

  void end_kept_copies(array& of) noexcept {
    if constexpr (copies_need_end) {
      for (std::size_t number = 0; number < of.main; ++number)
        if (of.at(number)->evacuated()) end_chain(of.at(number));
    }
  }
};

}  // namespace steady::classic
