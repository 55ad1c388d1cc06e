#include "tools/steady/lab/outcome.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "measure/machine.hpp"
#include "tools/steady/lab/page.hpp"
#include "tools/steady/replay/page_data.hpp"

namespace steady::lab {
namespace {

using json = nlohmann::ordered_json;

constexpr std::size_t text_width = 100;

// Words in lines, under a label.
std::string paragraph(std::string_view label, std::string_view text) {
  std::string lines = fmt::format("  {:<9}", label);
  const std::size_t indent = lines.size();
  std::size_t used = indent;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (used > indent && used + 1 + word.size() > text_width) {
      lines += fmt::format("\n{:{}}", "", indent);
      used = indent;
    } else if (used > indent) {
      lines += ' ';
      ++used;
    }
    lines += word;
    used += word.size();
  }
  return lines + '\n';
}

std::string format_table(const table& of) {
  std::vector<std::size_t> widths;
  for (const std::string& column : of.columns) widths.push_back(column.size());
  for (const auto& row : of.rows)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  std::string text = fmt::format("    {}\n", of.title);
  const auto add = [&](const std::vector<std::string>& row) {
    text += "     ";
    for (std::size_t i = 0; i < row.size(); ++i)
      text += i == 0 ? fmt::format(" {:<{}}", row[i], widths[i]) : fmt::format("  {:>{}}", row[i], widths[i]);
    text += '\n';
  };
  add(of.columns);
  for (const auto& row : of.rows) add(row);
  return text;
}

std::string head_of(const claim& row) {
  return fmt::format("{}  {}\n", row.id,
                     row.seeds == "none" ? "in no seed" : fmt::format("seed {}", row.seeds)) +
         paragraph("claim", row.text) +
         paragraph("in Go", row.in_go ? fmt::format("{}. {}", name_of(*row.in_go), row.runtime)
                                      : std::string{row.runtime});
}

json statements(const std::vector<statement>& of) {
  json list = json::array();
  for (const statement& one : of) list.push_back({{"text", one.text}, {"true", one.found_true}});
  return list;
}

json plot_object(const plot& of) {
  constexpr std::string_view shapes[] = {"line", "dots", "bars"};
  json object{{"title", of.title},
              {"x", of.x_label},
              {"y", of.y_label},
              {"log_x", of.x == scale::logarithmic},
              {"log_y", of.y == scale::logarithmic},
              {"series", json::array()}};
  for (const series& line : of.lines) {
    json points = json::array();
    for (const auto& [x, y] : line.points) points.push_back({x, y});
    object["series"].push_back(
        {{"name", line.name}, {"shape", shapes[static_cast<std::size_t>(line.drawn)]}, {"points", points}});
  }
  return object;
}

}  // namespace

std::string format_claim(const claim& row) { return head_of(row) + paragraph("here", stands_for(row)); }

std::string format_outcome(const outcome& one) {
  std::string text = head_of(*one.of) + paragraph("measured", one.found.setting + '.');
  std::size_t widest = 0;
  for (const figure& each : one.found.figures) widest = std::max(widest, each.what.size());
  for (const figure& each : one.found.figures)
    text += fmt::format("    {:<{}}  {:>12}{}{}\n", each.what, widest, text_of(each.value),
                        each.unit.empty() ? "" : " ", each.unit);
  for (const table& each : one.found.tables)
    if (!each.rows.empty()) text += format_table(each);
  const auto state = [&](const std::vector<statement>& list, std::string_view whose) {
    for (const statement& each : list)
      text += paragraph(whose, fmt::format("[{}] {}", each.found_true ? "yes" : "no", each.text));
  };
  state(one.found.claimed, "claimed");
  state(one.found.rivals, "rival");
  text += fmt::format("  {:<9}{}\n", "verdict", name_of(one.found.conclusion()));
  if (!one.of->differs.empty()) text += paragraph("", one.of->differs);
  return text;
}

json to_json(std::span<const outcome> outcomes, bool full) {
  json object{{"format", "steady-lab"}, {"version", 1}, {"full", full}, {"experiments", json::array()}};
  for (const outcome& one : outcomes) {
    json experiment{{"id", one.of->id},
                    {"seeds", one.of->seeds},
                    {"claim", one.of->text},
                    {"runtime", one.of->runtime},
                    {"in_go", one.of->in_go ? json(name_of(*one.of->in_go)) : json()},
                    {"verdict", name_of(one.found.conclusion())},
                    {"differs", one.of->differs},
                    {"setting", one.found.setting},
                    {"seconds", one.seconds},
                    {"claimed", statements(one.found.claimed)},
                    {"rivals", statements(one.found.rivals)},
                    {"figures", json::array()},
                    {"tables", json::array()},
                    {"plots", json::array()}};
    for (const figure& each : one.found.figures)
      experiment["figures"].push_back({{"what", each.what}, {"value", each.value}, {"unit", each.unit}});
    for (const table& each : one.found.tables)
      if (!each.rows.empty())
        experiment["tables"].push_back(
            {{"title", each.title}, {"columns", each.columns}, {"rows", each.rows}});
    for (const plot& each : one.found.plots) experiment["plots"].push_back(plot_object(each));
    object["experiments"].push_back(experiment);
  }
  object["machine"] = json::object();
  for (const auto& [label, text] : measure::describe_machine().lines()) object["machine"][label] = text;
  return object;
}

std::string make_page(std::span<const outcome> outcomes, bool full) {
  return replay::page_with_data(page, to_json(outcomes, full));
}

}  // namespace steady::lab
