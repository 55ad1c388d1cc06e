// Claim M105 as a command: before something is deleted from a running program, look whether it is still used.
#pragma once

#include <string>
#include <vector>

namespace steady::inside {

// Why it is in use, a sentence each; none: it is not. `watched` tells how that was found out. Throws replay::wrong_input when the
// program cannot be asked.
struct verdict {
  std::vector<std::string> reasons;
  std::string watched;
};
[[nodiscard]] verdict check_delete(const std::string& url, const std::string& name);

}  // namespace steady::inside
