// One experiment's outcome, and the outcomes as text, as JSON and as a page.
#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string>

#include "tools/steady/lab/registry.hpp"

namespace steady::lab {

struct outcome {
  const claim* of;
  finding found;
  double seconds = 0;
};

[[nodiscard]] std::string format_outcome(const outcome& one);
// A claim without an experiment.
[[nodiscard]] std::string format_claim(const claim& row);

[[nodiscard]] nlohmann::ordered_json to_json(std::span<const outcome> outcomes, bool full);
[[nodiscard]] std::string make_page(std::span<const outcome> outcomes, bool full);

}  // namespace steady::lab
