// steady::selector: a select whose cases are known at run time only.
//
//   steady::selector inputs;
//   for (auto& each : channels) inputs.add(steady::recv(each, handler));
//   while (inputs.select() != quit) {}
//
// The cases are those of <steady/select.hpp>. The selector owns the value of a send case; once it is sent the case never happens again,
// until set() gives it another. An after() case has the instant of the moment it was made. disable() is Go's idiom of setting
// a channel to nil: the case keeps its index and never happens. An lvalue handler must live as long as the selector.
// Complexity: add allocates; select does not, and is linear in the cases, or n log n above sixteen.
#pragma once

#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "select.hpp"

namespace steady {

class selector {
 public:
  // The index of the case, as select() returns it.
  template <detail::channel::select_case Case>
  std::size_t add(Case&& one) {
    std::shared_ptr<any_case> added = kept(std::forward<Case>(one));
    waiters_.resize(cases_.size() + 1);
    order_.resize(cases_.size() + 1);
    cases_.push_back(std::move(added));
    return cases_.size() - 1;
  }

  // Puts another case in the place of one.
  template <detail::channel::select_case Case>
  void set(std::size_t index, Case&& one) {
    cases_[index] = kept(std::forward<Case>(one));
  }

  void disable(std::size_t index) noexcept { cases_[index].reset(); }
  [[nodiscard]] std::size_t size() const noexcept { return cases_.size(); }

  std::size_t select() { return run(nullptr, false); }
  std::size_t select(const detail::channel::stop_token& stop) { return run(&stop, false); }
  std::size_t select_biased() { return run(nullptr, true); }
  std::size_t select_biased(const detail::channel::stop_token& stop) { return run(&stop, true); }

 private:
  struct any_case {
    explicit any_case(bool has_value) noexcept : happens_once(has_value) {}
    any_case(const any_case&) = delete;
    any_case& operator=(const any_case&) = delete;
    virtual ~any_case() = default;
    virtual void prepare(detail::channel::waiter& filled, detail::channel::selection& of) = 0;
    virtual void finish(detail::channel::outcome how) = 0;
    [[nodiscard]] virtual call_site where() const noexcept = 0;

    const bool happens_once;
  };

  template <class Case>
  struct erased final : any_case {
    erased(Case&& moved, bool has_value) : any_case(has_value), one(std::move(moved)) {}

    void prepare(detail::channel::waiter& filled, detail::channel::selection& of) override {
      one.prepare(filled, of);
    }
    void finish(detail::channel::outcome how) override { one.finish(how); }
    [[nodiscard]] call_site where() const noexcept override { return one.where; }

    Case one;
  };

  template <class Case>
  [[nodiscard]] static std::shared_ptr<any_case> kept(Case&& one) {
    using kind = std::remove_cvref_t<Case>;
    kind own(std::forward<Case>(one));
    if constexpr (requires { std::move(own).owning(); }) {
      using owning = decltype(std::move(own).owning());
      return std::make_shared<erased<owning>>(std::move(own).owning(), true);
    } else if constexpr (requires { std::move(own).keeping(); }) {
      using keeping = decltype(std::move(own).keeping());
      return std::make_shared<erased<keeping>>(std::move(own).keeping(), false);
    } else {
      return std::make_shared<erased<kind>>(std::move(own), false);
    }
  }

  std::size_t run(const detail::channel::stop_token* stop, bool biased) {
    using namespace detail::channel;
    for (;;) {
      operation waiting;
      waiting.is_select = true;
      waiting.cases = cases_.size();
      selection of{waiters_, order_};
      of.biased = biased;
      for (std::size_t index = 0; index < cases_.size(); ++index) {
        waiters_[index] = {};
        waiters_[index].owner = &waiting;
        waiters_[index].index = index;
        if (cases_[index] == nullptr) continue;
        cases_[index]->prepare(waiters_[index], of);
        if (waiting.where.line == 0) waiting.where = cases_[index]->where();
      }
      const chosen happened = perform_selection(of, waiting, stop);
      if (happened.index == no_case) return stopped;
      if (!confirm(of, happened)) continue;
      // Its handler may set() or disable() it.
      const std::shared_ptr<any_case> one = cases_[happened.index];
      if (one->happens_once) cases_[happened.index].reset();
      one->finish(happened.how);
      return happened.index;
    }
  }

  std::vector<std::shared_ptr<any_case>> cases_;
  std::vector<detail::channel::waiter> waiters_;
  std::vector<detail::channel::waiter*> order_;
};

}  // namespace steady
