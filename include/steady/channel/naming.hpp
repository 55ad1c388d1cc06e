// The names of channels, and what a channel with one counts.
//
// A name is a row in steady::registry, however many channels have it: programs make a channel for each request, and give all of
// them the name of what they are for. So counts must not fall when one of them goes: what it had counted is added to its name.
// A name outlives its last channel, so that the next one goes on counting. Names of single requests would then take memory
// without end, so of the names without a channel those are kept that have counted anything, and of them the 256 that went last.
//
// Only deliveries are counted, a value put into a receiver's place, since all else follows: what was received was delivered, and
// what was sent was delivered or lies in the buffer. They are counted by the channel's table of functions (element.hpp), of
// which a named channel has its own. Channels without a name refer to the table of their type, as ever.
//
// Order of locks: the names' before any channel's. A listed channel is not freed while the names are locked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "element.hpp"

namespace steady::detail::channel {

class core;
class naming;

// Of all channels of one name.
struct name_row {
  std::string_view name;
  std::string_view type;  // of the first one's elements
  std::size_t users = 0;
  naming* first = nullptr;  // of those that are listed
  std::uint64_t sends = 0;  // of those that are gone
  std::uint64_t receives = 0;
  name_row* older = nullptr;  // among the names without a channel, by when they lost it
  name_row* newer = nullptr;
};

// Never destroyed, so channels in static objects may leave it as late as they like.
struct channel_names {
  using rows = std::map<std::string, name_row, std::less<>>;
  static constexpr std::size_t most_gone = 256;

  std::mutex mutex;  // of the following
  rows by_name;
  name_row* oldest_gone = nullptr;
  name_row* newest_gone = nullptr;
  std::size_t gone = 0;

  [[nodiscard]] static channel_names& all() {
    static channel_names* const names = new channel_names;
    return *names;
  }

  // For one more channel of the name, and one less.
  [[nodiscard]] rows::iterator enter(std::string name, std::string_view type) {
    const auto at = by_name.try_emplace(std::move(name)).first;
    name_row& row = at->second;
    if (row.users++ == 0) {
      if (row.sends != 0) unlink(row);
      row.name = at->first;
      row.type = type;
    }
    return at;
  }
  void leave(rows::iterator at) noexcept {
    name_row& row = at->second;
    if (--row.users != 0) return;
    if (row.sends == 0) {
      by_name.erase(at);
      return;
    }
    row.older = newest_gone;
    row.newer = nullptr;
    (newest_gone != nullptr ? newest_gone->newer : oldest_gone) = &row;
    newest_gone = &row;
    if (++gone <= most_gone) return;
    const auto forgotten = by_name.find(oldest_gone->name);
    unlink(forgotten->second);
    by_name.erase(forgotten);
  }

 private:
  void unlink(const name_row& row) noexcept {
    (row.older != nullptr ? row.older->newer : oldest_gone) = row.newer;
    (row.newer != nullptr ? row.newer->older : newest_gone) = row.older;
    --gone;
  }
};

// A channel's name, and its table.
class naming {
 public:
  naming(std::string name, const element_operations& plain) : operations_(plain) {
    channel_names& all = channel_names::all();
    const std::lock_guard guard(all.mutex);
    at_ = all.enter(std::move(name), plain.type);
  }
  naming(const naming&) = delete;
  naming& operator=(const naming&) = delete;
  ~naming() {
    channel_names& all = channel_names::all();
    const std::lock_guard guard(all.mutex);
    all.leave(at_);
  }

  [[nodiscard]] std::string_view name() const noexcept { return at_->first; }
  [[nodiscard]] const element_operations& operations() const noexcept { return operations_; }

  // When the channel is there, and before it goes: it can be found in between.
  void list(core* of) noexcept {
    const std::lock_guard guard(channel_names::all().mutex);
    channel_ = of;
    next_ = at_->second.first;
    if (next_ != nullptr) next_->previous_ = this;
    at_->second.first = this;
  }
  void leave(std::uint64_t in_buffer) noexcept {
    const std::lock_guard guard(channel_names::all().mutex);
    (previous_ != nullptr ? previous_->next_ : at_->second.first) = next_;
    if (next_ != nullptr) next_->previous_ = previous_;
    at_->second.receives += delivered();
    at_->second.sends += delivered() + in_buffer;
  }

  // Under the names' lock.
  [[nodiscard]] const naming* next() const noexcept { return next_; }
  [[nodiscard]] core& channel() const noexcept { return *channel_; }
  // Under the channel's.
  [[nodiscard]] std::uint64_t delivered() const noexcept { return operations_.delivered; }

 private:
  struct counted_operations : element_operations {
    const element_operations& plain;
    mutable std::uint64_t delivered = 0;

    explicit counted_operations(const element_operations& of) noexcept : element_operations(of), plain(of) {
      deliver = &deliver_and_count;
    }
    static void deliver_and_count(void* to, void* from, const element_operations& by) noexcept {
      const auto& counting = static_cast<const counted_operations&>(by);
      ++counting.delivered;
      counting.plain.deliver(to, from, counting.plain);
    }
  };

  counted_operations operations_;
  channel_names::rows::iterator at_;
  core* channel_ = nullptr;
  naming* previous_ = nullptr;
  naming* next_ = nullptr;
};

}  // namespace steady::detail::channel
