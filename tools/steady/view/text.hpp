// A picture as text: for terminals, in colour, and for everything else, plain.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "tools/steady/view/film.hpp"

namespace steady::view {

struct text_style {
  bool colour = false;
  bool tophashes = false;  // in the slots, in place of keys
};

// The lines of one picture, without their ends. At most about 80 columns wide.
[[nodiscard]] std::vector<std::string> draw_text(const film& of, std::size_t number, const text_style& style);

// What the signs mean.
[[nodiscard]] std::vector<std::string> text_legend(const text_style& style);

}  // namespace steady::view
