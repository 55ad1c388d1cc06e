// What is listed under a name, one thing a name: records of maps, heaps.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace steady::detail {

// Never destroyed, so that what stands in static objects may leave it as late as it likes.
template <class Listed>
class name_list {
 public:
  using names = std::map<std::string, Listed, std::less<>>;
  using place = typename names::const_iterator;

  [[nodiscard]] static name_list& all() {
    static name_list* const list = new name_list;
    return *list;
  }

  // The name it got: that one, or with "#2", "#3" ... behind it when there is one of this name.
  place enter(std::string name, const Listed& listed) {
    const std::lock_guard guard(mutex_);
    const std::size_t wanted = name.size();
    for (unsigned number = 2;; ++number) {
      const auto [at, entered] = listed_.try_emplace(name, listed);
      if (entered) return at;
      name.resize(wanted);
      name += '#';
      name += std::to_string(number);
    }
  }
  void leave(place at) noexcept {
    const std::lock_guard guard(mutex_);
    listed_.erase(at);
  }

  // Copies.
  [[nodiscard]] std::vector<std::pair<std::string, Listed>> list() const {
    const std::lock_guard guard(mutex_);
    return {listed_.begin(), listed_.end()};
  }
  [[nodiscard]] Listed find(std::string_view name) const {
    const std::lock_guard guard(mutex_);
    const auto at = listed_.find(name);
    return at == listed_.end() ? Listed{} : at->second;
  }
  // None of them leaves meanwhile.
  template <class Visit>
  void each(Visit&& visit) const {
    const std::lock_guard guard(mutex_);
    for (const auto& [name, listed] : listed_) visit(name, listed);
  }

 private:
  mutable std::mutex mutex_;
  names listed_;
};

}  // namespace steady::detail
