// The place in an observed map from which events go out, and its name (see watch.hpp and observe.hpp).
//
// What an observer is called with is put together here, and here it is called, so that the rules are kept in one place: it
// never throws into the map, and when it comes back into the map that is told as re-entry. Figures that count events are
// counted here too, whether or not anyone is attached.
#pragma once

#include <atomic>
#include <bit>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "../channel/call_site.hpp"
#include "../misuse.hpp"
#include "block_walk.hpp"
#include "exceptions.hpp"
#include "listening_post.hpp"
#include "map_record.hpp"
#include "memory_listener.hpp"
#include "watch.hpp"
#include "writing_frame.hpp"

namespace steady {

struct event;

namespace detail {

// The maps of whose events this thread is telling an observer, innermost first.
struct delivery {
  noted_frame frame;  // whoever meets the map's write takes it for this thread's own
  const void* map;
  const delivery* outer;

  explicit delivery(const void* told) noexcept;
  delivery(const delivery&) = delete;
  delivery& operator=(const delivery&) = delete;
  ~delivery();

  [[nodiscard]] static bool in_progress(const void* map) noexcept;
};
inline thread_local const delivery* deliveries = nullptr;

inline delivery::delivery(const void* told) noexcept : frame(told), map(told), outer(deliveries) {
  deliveries = this;
}
inline delivery::~delivery() { deliveries = outer; }
inline bool delivery::in_progress(const void* map) noexcept {
  for (const delivery* at = deliveries; at != nullptr; at = at->outer)
    if (at->map == map) return true;
  return false;
}

// A map's name, its record, and what its writer needs to renew it.
struct naming {
  using clock = std::chrono::steady_clock;
  static constexpr auto between_refreshes = std::chrono::milliseconds{100};
  static constexpr std::uint32_t writes_between_looks = 32;  // at the clock, which costs as much as a write

  record_list::place at;
  std::shared_ptr<map_record> record;
  block_walk walk;
  clock::time_point refreshed{};
  std::uint32_t writes = 0;

  naming(std::string name, std::shared_ptr<map_record> fresh)
      : at(record_list::all().enter(std::move(name), fresh)), record(std::move(fresh)) {}
  naming(const naming&) = delete;
  naming& operator=(const naming&) = delete;
  ~naming() { record_list::all().leave(at); }

  // Whether it is time to renew the figures that take a look at buckets.
  [[nodiscard]] bool due() noexcept {
    if (++writes % writes_between_looks != 0) return false;
    const clock::time_point now = clock::now();
    if (now - refreshed < between_refreshes) return false;
    refreshed = now;
    return true;
  }
};

// Who is told of the events of all observed maps: a map_trace, while it records.
inline constinit listening_post<event_sink> all_events;

template <class Observer>
class watch {
 public:
  using figure = detail::figure;
  using figures = bucket_figures;

  constexpr watch() noexcept = default;
  watch(const watch&) = delete;
  watch& operator=(const watch&) = delete;

  // ---- the name ----
  [[nodiscard]] naming* named() const noexcept { return naming_.get(); }
  [[nodiscard]] std::string_view name() const noexcept {
    if (naming_ != nullptr) return naming_->at->first;
    return whole_ == nullptr ? std::string_view{} : whole_->name;
  }
  // A part of a map that threads share (sync_map): its events carry the whole's name, reach those who attached to the whole, and
  // an observer that comes back into the whole is found out there.
  void part_of(const whole_map& whole) noexcept { whole_ = &whole; }
  void name(std::string text, std::string_view type, std::size_t value_bytes, bool classic) {
    naming_.reset();
    auto record = std::make_shared<map_record>(type, value_bytes, classic);
    record->set(figure::seed_drawn_at, seed_drawn_at_);
    record->set(figure::live_loops, open_loops_.load(std::memory_order_relaxed));
    naming_ = std::make_unique<naming>(std::move(text), std::move(record));
  }
  void forget_name() noexcept { naming_.reset(); }
  // The loops that are left look at entries which are not this map's any more.
  void forget_loops() noexcept { open_loops_.store(0, std::memory_order_relaxed); }
  void take_name(watch& other) noexcept {
    naming_ = std::move(other.naming_);
    if (naming_ == nullptr) return;
    naming_->record->set(figure::live_loops, open_loops_.load(std::memory_order_relaxed));
    naming_->record->set(figure::seed_drawn_at, seed_drawn_at_);
  }

  // ---- events ----
  // Of steady::map and set: phases follow from the number of buckets.
  void tell(const event_source& from, event_kind what, std::uint64_t bucket = 0, std::uint64_t other = 0,
            std::uint64_t amount = 0) const noexcept {
    if (what == event_kind::split && bucket == 0) deliver(from, event_kind::growth_started);
    deliver(from, what, bucket, other, amount);
    if (what == event_kind::split && std::has_single_bit(from.buckets))
      deliver(from, event_kind::growth_finished);
    if (what == event_kind::merged && std::has_single_bit(from.buckets + 1))
      deliver(from, event_kind::shrink);
  }
  void deliver(const event_source& from, event_kind what, std::uint64_t bucket = 0, std::uint64_t other = 0,
               std::uint64_t amount = 0) const noexcept {
    count(what);
    send(from, {.kind = what, .bucket = bucket, .other = other, .amount = amount});
  }
  // ---- memory ----
  void tell_taken(std::string_view type, memory_kind kind, const void* address, std::size_t bytes,
                  std::uint64_t objects, std::size_t request) const noexcept {
    if (const memory_listener* const listener = memory_listening.load(std::memory_order_acquire)) [[unlikely]]
      listener->taken({kind, name(), type, address, bytes, objects, request});
  }
  static void tell_given_back(const void* address) noexcept {
    if (const memory_listener* const listener = memory_listening.load(std::memory_order_acquire)) [[unlikely]]
      listener->given_back(address);
  }

  // ---- the audit ----
  void call_from(const call_site& where) noexcept { where_ = where; }
  // The text of a key, for an observer that audits.
  template <class Key>
  [[nodiscard]] static std::string text_of(const Key& key) noexcept {
    std::string text;
    if constexpr (is_auditing<Observer>) (void)attempt([&] { Observer::write_key(text, key); });
    return text;
  }
  // An insert or erase that was asked for, or found nothing.
  void audit(const event_source& from, event_kind what, std::string_view key, bool found) noexcept {
    const call_site where = std::exchange(where_, {});
    send(from, {.kind = what, .key = key, .found = found, .where = where});
  }
  void count_operation(figure which) noexcept {
    if (naming_ != nullptr) naming_->record->count(which);
  }

  // An operation is about to begin: not while its map's observer is being called by this thread.
  void refuse_reentry(const void* map, std::string_view type, std::string_view operation) const {
    if (deliveries != nullptr && delivery::in_progress(map)) [[unlikely]]
      report_misuse(misuse::reentrant, type, operation, "a call of its observer");
  }

  // ---- loops ----
  // Whether a loop is over, now that so many iterators are registered.
  [[nodiscard]] bool loop_over(std::uint64_t registered) const noexcept {
    std::uint64_t open = open_loops_.load(std::memory_order_relaxed);
    while (open > registered)
      if (open_loops_.compare_exchange_weak(open, open - 1, std::memory_order_relaxed)) return true;
    return false;
  }
  // The loops go with the entries, when two maps exchange these.
  void swap_loops(watch& other) noexcept {
    open_loops_.store(
        other.open_loops_.exchange(open_loops_.load(std::memory_order_relaxed), std::memory_order_relaxed),
        std::memory_order_relaxed);
    std::swap(seed_drawn_at_, other.seed_drawn_at_);
    for (const watch* each : {this, &other})
      if (each->naming_ != nullptr) {
        each->naming_->record->set(figure::live_loops, each->open_loops_.load(std::memory_order_relaxed));
        each->naming_->record->set(figure::seed_drawn_at, each->seed_drawn_at_);
      }
  }

 private:
  // What send() makes an event of; the type `event` is complete only for those who include observe.hpp.
  struct told {
    event_kind kind;
    std::uint64_t bucket = 0;
    std::uint64_t other = 0;
    std::uint64_t amount = 0;
    std::string_view key{};
    bool found = false;
    call_site where{};
  };

  template <class Event = event>
  void send(const event_source& from, const told& what) const noexcept {
    if (delivery::in_progress(from.map)) [[unlikely]] {
      if (what.kind == event_kind::misuse) return;  // which is being reported, and is more exact
      report_misuse(misuse::reentrant, from.type, "a use that is an event itself", "a call of its observer");
    }
    const Event all{.kind = what.kind,
                    .map_name = name(),
                    .map_type = from.type,
                    .map = from.map,
                    .size = from.size,
                    .buckets = from.buckets,
                    .bucket = what.bucket,
                    .other = what.other,
                    .amount = what.amount,
                    .key = what.key,
                    .found = what.found,
                    .where = what.where};
    const delivery telling(from.map);
    const noted_frame of_whole(whole_ == nullptr ? nullptr : whole_->map);
    (void)attempt([&] { Observer::on_event(all); });
    if (all_events.taken()) [[unlikely]]
      all_events.tell([&](event_sink& sink) { (void)attempt([&] { sink.on_event(all); }); });
    map_record* const record = naming_ != nullptr  ? naming_->record.get()
                               : whole_ != nullptr ? whole_->record
                                                   : nullptr;
    if (record == nullptr) return;
    (void)attempt(
        [&] { record->each_sink([&](event_sink& sink) { (void)attempt([&] { sink.on_event(all); }); }); });
  }

  void count(event_kind what) const noexcept {
    if (what == event_kind::reseed)
      seed_drawn_at_ = static_cast<std::uint64_t>(
          std::chrono::nanoseconds(naming::clock::now().time_since_epoch()).count());
    if (what == event_kind::loop_started) open_loops_.fetch_add(1, std::memory_order_relaxed);
    if (naming_ == nullptr) return;
    map_record& record = *naming_->record;
    switch (what) {
    case event_kind::split:
      return record.count(figure::splits);
    case event_kind::merged:
      return record.count(figure::merges);
    case event_kind::growth_started:
      return record.count(figure::growths);
    case event_kind::same_size_growth:
      return record.count(figure::same_size_growths);
    case event_kind::shrink:
      return record.count(figure::shrinks);
    case event_kind::reseed:
      record.set(figure::seed_drawn_at, seed_drawn_at_);
      return record.count(figure::reseeds);
    case event_kind::clear:
      return record.count(figure::clears);
    case event_kind::long_probe:
      return record.count(figure::long_probes);
    case event_kind::loop_started:
      record.add(figure::loops);
      [[fallthrough]];
    case event_kind::loop_ended:
      return record.set(figure::live_loops, open_loops_.load(std::memory_order_relaxed));
    default:
      return;
    }
  }

  std::unique_ptr<naming> naming_;
  const whole_map* whole_ = nullptr;
  mutable std::atomic<std::uint64_t> open_loops_{0};
  mutable std::uint64_t seed_drawn_at_ = 0;
  call_site where_{};  // of the next insert or erase, where it is audited
};

}  // namespace detail
}  // namespace steady
