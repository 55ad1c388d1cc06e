// The cases of one select together: their waiters, and the one that happened. For a thread's select and for async_select.
// All of it lies in the select's own frame, so selecting allocates nothing.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <tuple>
#include <type_traits>
#include <utility>

#include "cases.hpp"
#include "late.hpp"
#include "selection.hpp"

namespace steady::detail::channel {

template <class... Cases>
class case_set {
 public:
  static constexpr std::size_t count = sizeof...(Cases);
  static constexpr bool may_begin_anew = (std::remove_cvref_t<Cases>::may_be_lost || ... || false);
  static_assert((std::size_t{std::remove_cvref_t<Cases>::is_otherwise} + ... + 0) <= 1,
                "one default case at most");

  explicit case_set(Cases&&... cases) : cases_(std::forward<Cases>(cases)...) {}
  case_set(const case_set&) = delete;
  case_set& operator=(const case_set&) = delete;

  // Fills the waiters in; before every attempt.
  [[nodiscard]] selection prepare(operation& waiting, bool biased) {
    selection of{{waiters_.begin().data(), count}, {order_.data(), count}};
    of.biased = biased;
    waiting.is_select = true;
    waiting.cases = count;
    each_case([&](auto& one, std::size_t index) {
      waiter& filled = waiters_.value[index] = {};
      filled.owner = &waiting;
      filled.index = index;
      one.prepare(filled, of);
      if (waiting.where.line == 0) waiting.where = one.where;
    });
    return of;
  }

  // Runs the handler of the case that happened.
  void finish(const chosen& happened) {
    each_case([&](auto& one, std::size_t index) {
      if (index == happened.index) one.finish(happened.how);
    });
  }

  [[nodiscard]] std::span<waiter> waiters() noexcept { return {waiters_.value.data(), count}; }
  template <std::size_t Index>
  [[nodiscard]] auto& at() noexcept {
    return std::get<Index>(cases_);
  }

 private:
  template <class Function>
  void each_case(Function&& function) {
    [&]<std::size_t... Index>(std::index_sequence<Index...>) {
      (function(std::get<Index>(cases_), Index), ...);
    }(std::make_index_sequence<count>());
  }

  std::tuple<Cases...> cases_;
  late<std::array<waiter, count == 0 ? 1 : count>> waiters_;
  std::array<waiter*, count == 0 ? 1 : count> order_;
};

}  // namespace steady::detail::channel
