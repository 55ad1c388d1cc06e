// What an experiment brings back, and how its verdict follows from it.
//
// A claim is taken apart into statements, each of which the measurement found true or not. All true: the claim holds; some:
// it holds partly; none: it does not hold, and where another seed says the opposite and that was found true, it contradicts
// that one. Nothing else enters: there is no place here for what the real runtime does, or for what is expected.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace steady::lab {

enum class verdict : std::uint8_t { holds, holds_partly, does_not_hold, contradicts_another };

[[nodiscard]] constexpr std::string_view name_of(verdict what) noexcept {
  constexpr std::string_view names[] = {"holds", "holds partly", "does not hold", "contradicts another"};
  return names[static_cast<std::size_t>(what)];
}

struct statement {
  std::string text;
  bool found_true;
};

struct figure {
  std::string what;
  double value;
  std::string unit = {};
};

struct table {
  std::string title;
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;
};

enum class shape : std::uint8_t { line, dots, bars };

struct series {
  std::string name;
  std::vector<std::pair<double, double>> points;
  shape drawn = shape::line;
};

enum class scale : bool { linear, logarithmic };

struct plot {
  std::string title;
  std::string x_label;
  std::string y_label;
  std::vector<series> lines;
  scale x = scale::linear;
  scale y = scale::linear;
};

struct finding {
  std::string setting;  // what was done, in one line
  std::vector<statement> claimed;
  std::vector<statement> rivals = {};  // what another seed says instead
  std::vector<figure> figures = {};
  std::vector<table> tables = {};
  std::vector<plot> plots = {};

  [[nodiscard]] verdict conclusion() const {
    const auto found = static_cast<std::size_t>(std::ranges::count_if(claimed, &statement::found_true));
    if (found == claimed.size()) return verdict::holds;
    if (found > 0) return verdict::holds_partly;
    return !rivals.empty() && std::ranges::all_of(rivals, &statement::found_true)
               ? verdict::contradicts_another
               : verdict::does_not_hold;
  }
};

[[nodiscard]] constexpr double real(std::uint64_t number) noexcept { return static_cast<double>(number); }

// 1,234,567 or 12.3: what a table or a line of text shows of a number.
[[nodiscard]] std::string text_of(double number);

}  // namespace steady::lab
