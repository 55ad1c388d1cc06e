// The sound specimen, for specimen.cpp and the faults that are built around it.
#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <functional>
#include <new>
#include <utility>

#include "tools/steady/lab/specimen.hpp"

namespace steady::lab {

template <class T>
struct ledger_allocator {
  using value_type = T;

  ledger* kept;

  explicit ledger_allocator(ledger* in) noexcept : kept(in) {}
  template <class Other>
  ledger_allocator(const ledger_allocator<Other>& other) noexcept : kept(other.kept) {}

  [[nodiscard]] T* allocate(std::size_t number) {
    T* const block = std::allocator<T>{}.allocate(number);
    kept->live_bytes += static_cast<std::int64_t>(number * sizeof(T));
    kept->peak_bytes = std::max(kept->peak_bytes, kept->live_bytes);
    ++kept->allocations;
    kept->blocks[reinterpret_cast<std::uintptr_t>(block)] = number * sizeof(T);
    return block;
  }
  void deallocate(T* block, std::size_t number) noexcept {
    kept->live_bytes -= static_cast<std::int64_t>(number * sizeof(T));
    ++kept->releases;
    kept->blocks.erase(reinterpret_cast<std::uintptr_t>(block));
    std::allocator<T>{}.deallocate(block, number);
  }
  friend bool operator==(const ledger_allocator&, const ledger_allocator&) = default;
};

struct chosen_hash {
  hashing kind = hashing::spread;

  [[nodiscard]] std::uint64_t operator()(std::uint64_t key, std::uint64_t seed) const noexcept {
    constexpr std::uint64_t below_top = ~std::uint64_t{0} >> 8;
    if (kind == hashing::identity) return key;
    if (kind == hashing::xored) return key ^ seed;
    const std::uint64_t spread = steady::hash<std::uint64_t>{}(key, seed);
    switch (kind) {
    case hashing::perturbed:
      return (spread & below_top) | ((spread ^ spread >> 8) & ~below_top);
    case hashing::rotated:
      return (spread & below_top) | ((spread ^ std::rotr(spread, 8)) & ~below_top);
    case hashing::poor:
      return spread & ~std::uint64_t{7};
    case hashing::clumped:
      return (key & hot_bit) != 0 ? spread & ~below_top : spread;
    default:
      return spread;
    }
  }
};

// The load factor as something that can be set: policies are types, so a specimen sets its law before each write.
struct current_load {
  static inline load_law law;
  static inline unsigned numerator = 13;
  static inline unsigned denominator = 2;

  static void set(const load_law& wanted) noexcept {
    law = wanted;
    numerator = wanted.numerator;
    denominator = wanted.denominator;
  }
  [[nodiscard]] bool exceeded(std::uint64_t count, unsigned B) const noexcept {
    return law.exceeded(count, B);
  }
  // Only shrinking asks for this, which keeps Go's own load.
  constexpr operator classic::load_factor() const noexcept { return {}; }
};
struct adjustable_policy : classic::policy {
  static constexpr current_load load{};
};

// An equality that the map does not know, so that it takes the generic probe.
struct unknown_equal {
  bool operator()(std::uint64_t a, std::uint64_t b) const noexcept { return a == b; }
};

template <class Equal>
class classic_specimen : public specimen {
 protected:
  using base_map =
      classic_map<std::uint64_t, std::uint64_t, chosen_hash, Equal,
                  ledger_allocator<std::pair<const std::uint64_t, std::uint64_t>>, adjustable_policy>;
  struct map_type : base_map {
    using base_map::base_map;
    using base_map::header;
  };
  using header_type = std::remove_reference_t<decltype(std::declval<map_type&>().header())>;
  using bucket = typename header_type::bucket;

  class map_cursor final : public cursor {
   public:
    map_cursor(map_type& map, typename map_type::iterator at) : map_(map), at_(std::move(at)) {}
    [[nodiscard]] bool ended() const override { return at_ == map_.end(); }
    [[nodiscard]] std::uint64_t key() const override { return at_->first; }
    [[nodiscard]] std::uint64_t value() const override { return at_->second; }
    [[nodiscard]] const void* address() const override { return &at_->first; }
    [[nodiscard]] classic::loop_position position() const override { return at_.position(); }
    void next() override { ++at_; }

   private:
    map_type& map_;
    typename map_type::iterator at_;
  };

 public:
  explicit classic_specimen(const setup& wanted)
      : load_(wanted.load), random_(wanted.random),
        map_(0, chosen_hash{wanted.hash}, Equal{},
             ledger_allocator<std::pair<const std::uint64_t, std::uint64_t>>(&ledger_)) {
    map_.use_randomness({draw, &random_});
  }
  classic_specimen(const classic_specimen&) = delete;
  classic_specimen& operator=(const classic_specimen&) = delete;

  bool insert(std::uint64_t key, std::uint64_t value) override {
    current_load::set(load_);
    return map_.insert_or_assign(key, value).second;
  }
  [[nodiscard]] const std::uint64_t* find(std::uint64_t key) override { return std::as_const(map_).get(key); }
  bool erase(std::uint64_t key) override { return map_.erase(key) == 1; }
  void clear() override { map_.clear(); }
  void reserve(std::size_t hint) override {
    current_load::set(load_);
    map_.reserve(hint);
  }
  [[nodiscard]] std::unique_ptr<cursor> loop() override {
    return std::make_unique<map_cursor>(map_, map_.begin());
  }
  std::uint64_t walk() override {
    std::uint64_t sum = 0;
    for (const auto [key, value] : map_) sum += value;
    return sum;
  }
  void finish_growth() override { map_.finish_growth(); }
  void rebuild() override {
    current_load::set(load_);
    map_.rebuild();
  }
  void rebuild_without(std::uint64_t value) override {
    current_load::set(load_);
    map_.rebuild([&](const auto& entry) { return entry.second != value; });
  }
  void idle() override {}

  [[nodiscard]] std::size_t size() const override { return map_.size(); }
  [[nodiscard]] unsigned B() const override { return head().B; }
  [[nodiscard]] bool growing() const override { return head().growing(); }
  [[nodiscard]] bool same_size_growth() const override { return head().growing() && head().same_size(); }
  [[nodiscard]] std::size_t nevacuate() const override { return head().nevacuate; }
  [[nodiscard]] std::size_t old_buckets() const override { return growing() ? head().old_bucket_count() : 0; }
  [[nodiscard]] std::size_t old_buckets_evacuated() const override {
    std::size_t number = 0;
    for (std::size_t at = 0; at < old_buckets(); ++at) number += head().oldbuckets->at(at)->evacuated();
    return number;
  }
  [[nodiscard]] std::size_t counted_overflow() const override { return head().noverflow; }
  [[nodiscard]] std::uint64_t growths() const override {
    return head().counted.doublings + head().counted.same_size_growths;
  }
  [[nodiscard]] std::uint64_t entries_moved() const override { return head().counted.entries_evacuated; }
  [[nodiscard]] classic::map_stats stats() const override { return map_.stats(); }
  [[nodiscard]] view inspect() const override { return map_.inspect(); }
  [[nodiscard]] std::uint64_t hash(std::uint64_t key) const override { return head().hash_key(key); }
  [[nodiscard]] ledger& memory() override { return ledger_; }

 protected:
  // The header is made at its first use, which changes nothing that can be seen.
  [[nodiscard]] header_type& head() const { return const_cast<map_type&>(map_).header(); }
  [[nodiscard]] map_type& map() { return map_; }
  [[nodiscard]] const load_law& load() const { return load_; }

 private:
  // Loops of several threads draw at once.
  static std::uint64_t draw(void* context, classic::draw) {
    return key_at(
               static_cast<std::atomic<std::uint64_t>*>(context)->fetch_add(1, std::memory_order_relaxed)) *
           0x9e3779b97f4a7c15u;
  }

  ledger ledger_;
  load_law load_;
  std::atomic<std::uint64_t> random_;
  map_type map_;
};

using sound_specimen = classic_specimen<std::equal_to<std::uint64_t>>;
using generic_specimen = classic_specimen<unknown_equal>;
extern template class classic_specimen<std::equal_to<std::uint64_t>>;
extern template class classic_specimen<unknown_equal>;

[[nodiscard]] std::unique_ptr<specimen> make_faulty(const setup& wanted);

}  // namespace steady::lab
