// Runs a function in a child process and brings back what it returns.
//
// The child shares nothing it could spoil: its heap, page tables and crashes are its own. The parent waits in
// small sleeps, because it has a progress bar to draw and an interrupt to notice; it measures nothing
// meanwhile.
#pragma once

#include <functional>
#include <string>
#include <type_traits>

#include "tools/steady/replay/error.hpp"
#include "tools/steady/replay/shared_array.hpp"

namespace steady::replay {

// Empty if the child ended well, else what became of it. Calls while_waiting now and then.
[[nodiscard]] std::string run_in_child(const std::function<void()>& work,
                                       const std::function<void()>& while_waiting);

template <class Work>
auto isolated(Work&& work, const std::function<void()>& while_waiting) {
  using result_type = std::invoke_result_t<Work>;
  const shared_array<result_type> result{1};
  const std::string failure = run_in_child([&] { result.elements()[0] = work(); }, while_waiting);
  if (!failure.empty()) throw failed_check(failure);
  return result.elements()[0];
}

}  // namespace steady::replay
