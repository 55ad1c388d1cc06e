// Maps that are wrong in one thing. Each class is one wrong belief, built around the sound map by way of its header.
//
// They are specimens for the lab and nothing else: some break invariants that check() knows, and none would survive
// uses that its experiment does not make.
#include <algorithm>
#include <mutex>

#include "tools/steady/lab/classic_specimen.hpp"

namespace steady::lab {
namespace {

using classic::slots_per_bucket;

// A deleted slot is kept from use: it looks filled, with a key that nobody asks for.
class grave_keeper : public sound_specimen {
 public:
  using sound_specimen::sound_specimen;

  bool erase(std::uint64_t key) override {
    auto& h = head();
    if (h.count == 0) return false;
    if (growing()) h.grow_work(h.hash_key(key));
    const auto at = h.find(key);
    if (!at) return false;
    at.bucket->keys[at.index].get() = ~key;
    at.bucket->tophash[at.index] = grave_tag;
    --h.count;
    ++h.counted.erases;
    return true;
  }

 protected:
  static constexpr std::uint8_t grave_tag = 0xff;

  [[nodiscard]] static bool is_grave(const bucket& in, unsigned slot) {
    return in.tophash[slot] == grave_tag && (in.keys[slot].get() >> 63) != 0;
  }
  template <class Visit>
  void for_each_grave(Visit&& visit) {
    auto& h = head();
    for (auto* array : {h.oldbuckets, h.buckets}) {
      if (array == nullptr) continue;
      for (std::size_t number = 0; number < array->main; ++number) {
        if (array->at(number)->evacuated()) continue;
        for (bucket* at = array->at(number); at != nullptr; at = at->overflow)
          for (unsigned slot = 0; slot < slots_per_bucket; ++slot)
            if (is_grave(*at, slot)) visit(*at, slot);
      }
    }
  }
  void open_grave(bucket& in, unsigned slot) {
    in.tophash[slot] = classic::empty_one;
    ++head().counted.tombstones;
  }
};

class no_slot_reuse final : public grave_keeper {
 public:
  using grave_keeper::grave_keeper;

  bool insert(std::uint64_t key, std::uint64_t value) override {
    const std::uint64_t before = growths();
    const bool made = grave_keeper::insert(key, value);
    if (growths() != before) for_each_grave([&](bucket& in, unsigned slot) { open_grave(in, slot); });
    return made;
  }
};

class same_hash_reuse final : public grave_keeper {
 public:
  using grave_keeper::grave_keeper;

  bool insert(std::uint64_t key, std::uint64_t value) override {
    for_each_grave([&](bucket& in, unsigned slot) {
      if (in.keys[slot].get() == ~key) open_grave(in, slot);
    });
    return grave_keeper::insert(key, value);
  }
};

class early_same_size final : public sound_specimen {
 public:
  using sound_specimen::sound_specimen;

  bool insert(std::uint64_t key, std::uint64_t value) override {
    auto& h = head();
    if (h.buckets != nullptr && !h.growing() && !h.over_load_factor(h.count + 1) &&
        2u * h.noverflow >= (1u << std::min<unsigned>(h.B, 15)))
      h.hash_grow();
    return sound_specimen::insert(key, value);
  }
};

class stop_the_world final : public sound_specimen {
 public:
  using sound_specimen::sound_specimen;

  bool insert(std::uint64_t key, std::uint64_t value) override {
    const bool made = sound_specimen::insert(key, value);
    finish_growth();
    return made;
  }
};

class reads_evacuate final : public sound_specimen {
 public:
  using sound_specimen::sound_specimen;

  [[nodiscard]] const std::uint64_t* find(std::uint64_t key) override {
    // Readers are allowed to be many, even here.
    const std::lock_guard one_at_a_time(mutex_);
    if (auto& h = head(); h.growing()) h.grow_work(h.hash_key(key));
    return sound_specimen::find(key);
  }

 private:
  std::mutex mutex_;
};

class four_buckets_a_write final : public sound_specimen {
 public:
  using sound_specimen::sound_specimen;

  bool insert(std::uint64_t key, std::uint64_t value) override {
    map().finish_growth(2);
    return sound_specimen::insert(key, value);
  }
  bool erase(std::uint64_t key) override {
    map().finish_growth(2);
    return sound_specimen::erase(key);
  }
};

class erase_starts_growth final : public sound_specimen {
 public:
  using sound_specimen::sound_specimen;

  bool erase(std::uint64_t key) override {
    current_load::set(load());
    auto& h = head();
    if (h.count > 0 && h.must_grow()) h.hash_grow();
    return sound_specimen::erase(key);
  }
};

// What is in bucket i of the lower half belongs into bucket i of the upper one, and the other way round.
class halves_exchanged final : public sound_specimen {
 public:
  using sound_specimen::sound_specimen;

  bool insert(std::uint64_t key, std::uint64_t value) override {
    const std::uint64_t before = head().counted.doublings;
    const bool made = sound_specimen::insert(key, value);
    auto& h = head();
    if (h.counted.doublings == before) return made;
    finish_growth();
    const std::size_t half = h.buckets->main / 2;
    for (std::size_t number = 0; number < half; ++number) {
      bucket& x = *h.buckets->at(number);
      bucket& y = *h.buckets->at(number + half);
      std::swap(x.tophash, y.tophash);
      std::swap(x.overflow, y.overflow);
      for (unsigned slot = 0; slot < slots_per_bucket; ++slot) {
        std::swap(x.keys[slot].get(), y.keys[slot].get());
        std::swap(x.values[slot].get(), y.values[slot].get());
      }
    }
    return made;
  }
};

// Entries collected at a loop's start.
struct seen_entry {
  std::uint64_t key;
  std::uint64_t value;
  const void* address;
};

class list_cursor final : public cursor {
 public:
  explicit list_cursor(std::vector<seen_entry> entries) : entries_(std::move(entries)) {}
  [[nodiscard]] bool ended() const override { return at_ == entries_.size(); }
  [[nodiscard]] std::uint64_t key() const override { return entries_[at_].key; }
  [[nodiscard]] std::uint64_t value() const override { return entries_[at_].value; }
  [[nodiscard]] const void* address() const override { return entries_[at_].address; }
  [[nodiscard]] classic::loop_position position() const override { return {}; }
  void next() override { ++at_; }

 private:
  std::vector<seen_entry> entries_;
  std::size_t at_ = 0;
};

class snapshot_loops final : public sound_specimen {
 public:
  using sound_specimen::sound_specimen;

  [[nodiscard]] std::unique_ptr<cursor> loop() override {
    std::vector<seen_entry> entries;
    for (auto at = map().begin(); at != map().end(); ++at)
      entries.push_back({at->first, at->second, &at->first});
    return std::make_unique<list_cursor>(std::move(entries));
  }
};

// Walks the array that is the main one at each step, by number, and nothing else.
class skipping_loops final : public sound_specimen {
 public:
  using sound_specimen::sound_specimen;

  [[nodiscard]] std::unique_ptr<cursor> loop() override { return std::make_unique<place_cursor>(head()); }

 private:
  class place_cursor final : public cursor {
   public:
    explicit place_cursor(header_type& h) : h_(h) { settle(); }
    [[nodiscard]] bool ended() const override { return h_.buckets == nullptr || bucket_ >= h_.buckets->main; }
    [[nodiscard]] std::uint64_t key() const override { return place()->keys[slot_ % slots_per_bucket].get(); }
    [[nodiscard]] std::uint64_t value() const override {
      return place()->values[slot_ % slots_per_bucket].get();
    }
    [[nodiscard]] const void* address() const override {
      return &place()->keys[slot_ % slots_per_bucket].get();
    }
    [[nodiscard]] classic::loop_position position() const override { return {}; }
    void next() override {
      ++slot_;
      settle();
    }

   private:
    [[nodiscard]] bucket* place() const {
      bucket* at = h_.buckets->at(bucket_);
      for (unsigned passed = slot_ / slots_per_bucket; passed > 0 && at != nullptr; --passed)
        at = at->overflow;
      return at;
    }
    void settle() {
      while (!ended()) {
        const bucket* const at = place();
        if (at == nullptr) {
          ++bucket_;
          slot_ = 0;
        } else if (at->tophash[slot_ % slots_per_bucket] >= classic::min_top_hash) {
          return;
        } else {
          ++slot_;
        }
      }
    }
    header_type& h_;
    std::size_t bucket_ = 0;
    unsigned slot_ = 0;
  };
};

class fixed_start final : public sound_specimen {
 public:
  using sound_specimen::sound_specimen;

  [[nodiscard]] std::unique_ptr<cursor> loop() override {
    return std::make_unique<map_cursor>(map(), map().begin_at(0));
  }
};

class hint_ignored final : public sound_specimen {
 public:
  using sound_specimen::sound_specimen;

  void reserve(std::size_t) override {}
};

class overflow_uncounted final : public sound_specimen {
 public:
  using sound_specimen::sound_specimen;

  bool insert(std::uint64_t key, std::uint64_t value) override {
    const bool made = sound_specimen::insert(key, value);
    head().noverflow = 0;
    return made;
  }
};

class erase_takes_neighbour final : public sound_specimen {
 public:
  using sound_specimen::sound_specimen;

  bool erase(std::uint64_t key) override {
    if (sound_specimen::erase(key)) return true;
    const auto first = loop();
    if (!first->ended()) sound_specimen::erase(first->key());
    return false;
  }
};

class shrinking final : public sound_specimen {
 public:
  explicit shrinking(const setup& wanted) : sound_specimen(wanted) { map().shrink_policy(shrink::automatic); }
};

class tail_unused final : public sound_specimen {
 public:
  using sound_specimen::sound_specimen;

  bool insert(std::uint64_t key, std::uint64_t value) override {
    const bool made = sound_specimen::insert(key, value);
    head().next_overflow = nullptr;
    return made;
  }
  void reserve(std::size_t hint) override {
    sound_specimen::reserve(hint);
    head().next_overflow = nullptr;
  }
};

class collector final : public sound_specimen {
 public:
  using sound_specimen::sound_specimen;

  void idle() override { map().compact(); }
};

class overflow_unaccounted final : public sound_specimen {
 public:
  using sound_specimen::sound_specimen;

  [[nodiscard]] classic::map_stats stats() const override {
    classic::map_stats told = sound_specimen::stats();
    told.overflow_bytes = 0;
    return told;
  }
};

// A loop that never ends refers to each array.
class old_arrays_kept final : public sound_specimen {
 public:
  using sound_specimen::sound_specimen;

  bool insert(std::uint64_t key, std::uint64_t value) override {
    const std::uint64_t before = growths();
    const bool made = sound_specimen::insert(key, value);
    if (growths() != before || kept_.empty()) kept_.push_back(map().begin());
    return made;
  }

 private:
  std::vector<map_type::iterator> kept_;
};

class rebuilt_in_place final : public sound_specimen {
 public:
  using sound_specimen::sound_specimen;

  void rebuild() override { map().compact(); }
  void rebuild_without(std::uint64_t) override { rebuild(); }
};

}  // namespace

std::unique_ptr<specimen> make_faulty(const setup& wanted) {
  switch (wanted.planted) {
  case fault::none:
    break;
  case fault::no_slot_reuse:
    return std::make_unique<no_slot_reuse>(wanted);
  case fault::same_hash_reuse:
    return std::make_unique<same_hash_reuse>(wanted);
  case fault::graves_evacuated:
    return std::make_unique<grave_keeper>(wanted);
  case fault::early_same_size:
    return std::make_unique<early_same_size>(wanted);
  case fault::stop_the_world:
    return std::make_unique<stop_the_world>(wanted);
  case fault::reads_evacuate:
    return std::make_unique<reads_evacuate>(wanted);
  case fault::four_buckets_a_write:
    return std::make_unique<four_buckets_a_write>(wanted);
  case fault::erase_starts_growth:
    return std::make_unique<erase_starts_growth>(wanted);
  case fault::halves_exchanged:
    return std::make_unique<halves_exchanged>(wanted);
  case fault::skipping_loops:
    return std::make_unique<skipping_loops>(wanted);
  case fault::snapshot_loops:
    return std::make_unique<snapshot_loops>(wanted);
  case fault::fixed_start:
    return std::make_unique<fixed_start>(wanted);
  case fault::hint_ignored:
    return std::make_unique<hint_ignored>(wanted);
  case fault::overflow_uncounted:
    return std::make_unique<overflow_uncounted>(wanted);
  case fault::erase_takes_neighbour:
    return std::make_unique<erase_takes_neighbour>(wanted);
  case fault::shrinking:
    return std::make_unique<shrinking>(wanted);
  case fault::tail_unused:
    return std::make_unique<tail_unused>(wanted);
  case fault::collector:
    return std::make_unique<collector>(wanted);
  case fault::overflow_unaccounted:
    return std::make_unique<overflow_unaccounted>(wanted);
  case fault::old_arrays_kept:
    return std::make_unique<old_arrays_kept>(wanted);
  case fault::rebuilt_in_place:
    return std::make_unique<rebuilt_in_place>(wanted);
  }
  return std::make_unique<sound_specimen>(wanted);
}

}  // namespace steady::lab
