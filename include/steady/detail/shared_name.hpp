// The name of a map that threads share, in the registry.
//
// Such a map is read where it is, by whoever asks the registry, under the map's own locks, and so costs those who use it
// nothing but that a lock is held by another now and then. A reader never waits for one: it tries, and what is locked is shown as it was
// seen last. So a visitor that runs for long, or one that asks the registry, or hangs, does not hang who looks.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "map_record.hpp"

namespace steady::detail {

class shared_name {
 public:
  shared_name(std::string name, std::string_view type, std::size_t value_bytes, bool told, const void* map,
              map_record::look_function look)
      : record_(std::make_shared<map_record>(type, value_bytes, told, map, look)),
        at_(record_list::all().enter(std::move(name), record_)), whole_{map, at_->first, record_.get()} {}
  shared_name(const shared_name&) = delete;
  shared_name& operator=(const shared_name&) = delete;
  ~shared_name() {
    record_list::all().leave(at_);
    map_ends();
  }

  [[nodiscard]] std::string_view name() const noexcept { return at_->first; }
  [[nodiscard]] const whole_map& whole() const noexcept { return whole_; }
  // Before the map goes: nobody looks at it any more. It may still tell events, of its end.
  void map_ends() noexcept { record_->map_ends(); }

 private:
  std::shared_ptr<map_record> record_;
  record_list::place at_;
  whole_map whole_;
};

// The same of one without a name; nothing if nobody observes it.
template <bool Observed>
struct unnamed_whole {
  explicit unnamed_whole(const void*) noexcept {}
};
template <>
struct unnamed_whole<true> : whole_map {
  explicit unnamed_whole(const void* of) noexcept : whole_map{of} {}
};

}  // namespace steady::detail
