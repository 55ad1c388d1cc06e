// The map that operations are shown on: a classic_map whose randomness comes from one seed, so that a film can be taken again.
#pragma once

#include <steady/classic_map.hpp>

#include <cstdint>
#include <string>

#include "tools/steady/replay/keys.hpp"
#include "tools/steady/view/film.hpp"

namespace steady::view {

template <class Key, class Value>
class shown_map {
  struct open_map : classic_map<Key, Value> {
    using classic_map<Key, Value>::header;
  };

 public:
  using iterator = typename open_map::iterator;

  explicit shown_map(std::uint64_t seed) : state_(seed) {
    map.use_randomness(
        {[](void* state, classic::draw) { return replay::scatter(++*static_cast<std::uint64_t*>(state)); },
         &state_});
  }
  shown_map(const shown_map&) = delete;
  shown_map& operator=(const shown_map&) = delete;

  [[nodiscard]] told_operation told(std::string text) const { return {std::move(text)}; }
  [[nodiscard]] told_operation told(std::string text, const Key& key) {
    return {std::move(text), map.header().hash_key(key)};
  }
  // A step that a loop has just made; its first one is begin().
  [[nodiscard]] told_operation told_step(std::uint64_t loop, const iterator& at, bool first = false) {
    const std::string name = "loop " + loop_name(loop);
    if (at == map.end()) return told(name + " ends");
    return told(name + (first ? " begins at " : " comes to ") + film::label(at->first) + " = " +
                    film::label(at->second),
                at->first);
  }

  open_map map;

 private:
  std::uint64_t state_;
};

}  // namespace steady::view
