// The register of all claims: what the five seeds say, what the real runtime does, and what stands for it here.
//
// A row has one of three: an experiment; tests by name, which prove the fact; or, where a claim is about Go's own tools, versions and
// sources, what takes its place. docs/claims.md is written from these rows.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tools/steady/lab/experiment.hpp"

namespace steady::lab {

struct named_test {
  std::string_view file;  // from the project's folder
  std::string_view name;  // Suite.Test
};

struct claim {
  std::string_view id;
  std::string_view seeds;  // numbers of the documents, or "none"
  std::string_view text;
  std::string_view runtime;  // what the real runtime does, as read in its sources and measured
  std::optional<verdict> in_go = {};  // empty where there is nothing to be true or false
  experiment measured = {};
  std::vector<named_test> tests = {};
  std::string_view instead = {};  // of what is not applicable
  std::optional<verdict> here = {};  // where this map differs from Go on purpose, and why
  std::string_view differs = {};

  [[nodiscard]] bool is_measured() const { return measured.measure != nullptr; }
  // What an experiment on the sound specimen has to come to.
  [[nodiscard]] std::optional<verdict> expected() const { return here ? here : in_go; }
};

[[nodiscard]] std::span<const claim> all_claims();

// What stands for a claim, in one line.
[[nodiscard]] std::string stands_for(const claim& row);

// The text of docs/claims.md.
[[nodiscard]] std::string claims_page();

}  // namespace steady::lab
