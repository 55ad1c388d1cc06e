#include "tools/steady/lab/finding.hpp"

#include <fmt/format.h>

#include <cmath>

namespace steady::lab {

std::string text_of(double number) {
  constexpr double shown_whole_from = 100;
  constexpr double largest_shown_whole = 1e15;
  const double size = std::abs(number);
  if ((number == std::floor(number) || size >= shown_whole_from) && size < largest_shown_whole) {
    std::string digits = fmt::format("{:.0f}", size);
    for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, 1, ',');
    return number < 0 ? '-' + digits : digits;
  }
  return fmt::format("{:.{}f}", number, size < 10 ? 2 : 1);
}

}  // namespace steady::lab
