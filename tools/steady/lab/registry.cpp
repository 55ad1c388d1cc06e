#include "tools/steady/lab/registry.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "tools/steady/lab/rows.hpp"

namespace steady::lab {
namespace {

int number_of(const claim& row) { return std::stoi(std::string{row.id.substr(1)}); }

std::vector<claim> collect() {
  std::vector<claim> all;
  for (auto* rows : {layout_rows, growth_rows, delete_rows, loop_rows, runtime_rows, around_rows}) {
    std::vector<claim> some = rows();
    all.insert(all.end(), some.begin(), some.end());
  }
  std::ranges::sort(all, {}, number_of);
  return all;
}

// A cell of a Markdown table.
std::string cell(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    if (c == '|') safe += '\\';
    safe += c;
  }
  return safe;
}

}  // namespace

std::span<const claim> all_claims() {
  static const std::vector<claim> all = collect();
  return all;
}

std::string stands_for(const claim& row) {
  if (row.is_measured()) return fmt::format("measured: `steady lab {}`", row.id);
  if (!row.tests.empty()) {
    std::string names;
    for (const named_test& test : row.tests)
      names += fmt::format("{}`{}` ({})", names.empty() ? "" : ", ", test.name, test.file);
    return fmt::format("{}test {}", row.instead.empty() ? "" : fmt::format("{}; ", row.instead), names);
  }
  return fmt::format("not applicable: {}", row.instead);
}

std::string claims_page() {
  std::string page = R"(# What the seeds claim, and what stands for each claim here

Written by `steady lab --write-claims docs/claims.md` from the lab's register (tools/steady/lab/rows_*.cpp); do not edit.
The seeds are five documents about Go's runtime, 000 to 004. What is true of them was read in the sources of Go 1.23.5
and measured on it. The last column says what this project has for the claim: an experiment of `steady lab`, whose verdict is
computed when it runs; a test by name; or what takes the place of what only Go has.

| id | seeds | the claim | the real runtime | here |
|---|---|---|---|---|
)";
  for (const claim& row : all_claims())
    page +=
        fmt::format("| {} | {} | {} | {}{} | {}{} |\n", row.id, row.seeds, cell(row.text),
                    row.in_go ? fmt::format("**{}**: ", name_of(*row.in_go)) : "", cell(row.runtime),
                    cell(stands_for(row)), row.differs.empty() ? "" : fmt::format(". {}", cell(row.differs)));
  return page;
}

}  // namespace steady::lab
