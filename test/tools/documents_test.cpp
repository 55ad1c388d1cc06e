// The documents hold what they say: each piece of advice of docs/guide.md has a verdict, and what it names for use here exists; links
// lead somewhere.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tools/steady/lab/registry.hpp"
#include "tools/support/header_names.hpp"
#include "tools/support/project_files.hpp"

namespace {

std::vector<std::string> split(std::string_view text, std::string_view at) {
  std::vector<std::string> parts;
  for (std::size_t end = text.find(at); end != std::string_view::npos; end = text.find(at)) {
    parts.emplace_back(text.substr(0, end));
    text.remove_prefix(end + at.size());
  }
  parts.emplace_back(text);
  return parts;
}

struct advice_row {
  std::string seeds, advice, verdict, claims, here;
};

// The rows of the guide's tables of advice; a row that has not five cells is a failure.
std::vector<advice_row> rows_of_the_guide() {
  std::vector<advice_row> rows;
  bool in_table = false;
  for (const std::string& line : split(text_of_file(project / "docs/guide.md"), "\n")) {
    if (line == "| seeds | the advice | verdict | claims | here |") {
      in_table = true;
    } else if (!line.starts_with("| ")) {
      in_table = in_table && line.starts_with("|---");
    } else if (in_table) {
      const std::vector<std::string> cells = split(std::string_view{line}.substr(2), " |");
      EXPECT_EQ(cells.size(), 6u) << line;  // what follows the last bar is the sixth
      if (cells.size() != 6) continue;
      const auto cell = [&](std::size_t number) { return cells[number].substr(number == 0 ? 0 : 1); };
      rows.push_back({cell(0), cell(1), cell(2), cell(3), cell(4)});
    }
  }
  return rows;
}

// Every second piece between backquotes.
std::vector<std::string> code_in(const std::string& text) {
  std::vector<std::string> code;
  const std::vector<std::string> pieces = split(text, "`");
  for (std::size_t number = 1; number < pieces.size(); number += 2) code.push_back(pieces[number]);
  return code;
}

const steady::lab::claim* claim_of(const std::string& id) {
  const auto all = steady::lab::all_claims();
  const auto found = std::ranges::find(all, id, &steady::lab::claim::id);
  return found == all.end() ? nullptr : &*found;
}

// The sources of the command, in which its subcommands and options are named.
std::string text_of_the_command() {
  std::string text;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(project / "tools/steady"))
    if (entry.path().extension() == ".cpp") text += text_of_file(entry.path());
  return text;
}

// `steady lab M20`, `steady replay --ops FILE`: the subcommand, options, and a claim that can be tried.
std::string missing_in_command(const std::string& command, const std::string& sources) {
  const auto named = [&](const std::string& word) {
    return sources.find('"' + word + '"') != std::string::npos;
  };
  const std::vector<std::string> words = split(command, " ");
  if (!named(words[1])) return "the subcommand " + words[1];
  for (std::size_t number = 2; number < words.size(); ++number) {
    const std::string& word = words[number];
    if (word.starts_with("--")) {
      if (!named(word)) return "the option " + word;
    } else if (words[1] == "lab") {
      const steady::lab::claim* row = claim_of(word);
      if (row == nullptr || !row->is_measured()) return "the experiment " + word;
    }
  }
  return {};
}

// How GitHub names the place of a heading.
std::string anchor_of(std::string_view heading) {
  std::string anchor;
  for (const char c : heading.substr(heading.find_first_not_of('#') + 1)) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == ' ') anchor += '-';
    if (std::isalnum(byte) != 0 || c == '-' || c == '_') anchor += static_cast<char>(std::tolower(byte));
  }
  return anchor;
}

// The lines of a document that are no code.
std::vector<std::string> prose_of(const std::filesystem::path& document) {
  std::vector<std::string> prose;
  bool in_code = false;
  for (std::string& line : split(text_of_file(document), "\n")) {
    if (line.starts_with("```")) {
      in_code = !in_code;
    } else if (!in_code && !line.starts_with("    ")) {
      prose.push_back(std::move(line));
    }
  }
  return prose;
}

bool has_place(const std::filesystem::path& document, const std::string& anchor) {
  return std::ranges::any_of(prose_of(document), [&](const std::string& line) {
    return line.starts_with('#') && anchor_of(line.substr(line.find_first_not_of('#'))) == anchor;
  });
}

// Where the links of a document lead to in the project, as they are written.
std::vector<std::string> links_of(const std::filesystem::path& document) {
  std::vector<std::string> links;
  for (const std::string& line : prose_of(document)) {
    std::string without_code;
    const std::vector<std::string> parts = split(line, "`");
    for (std::size_t number = 0; number < parts.size(); number += 2) without_code += parts[number];
    const std::vector<std::string> pieces = split(without_code, "](");
    for (std::size_t number = 1; number < pieces.size(); ++number) {
      std::string link = pieces[number].substr(0, pieces[number].find(')'));
      if (link.find("://") == std::string::npos) links.push_back(std::move(link));
    }
  }
  return links;
}

}  // namespace

TEST(Guide, EachPieceOfAdviceHasAVerdict) {
  const std::set<std::string> verdicts{"true", "true for Go only", "false", "invented"};
  std::set<std::string> seeds_seen;
  const std::vector<advice_row> rows = rows_of_the_guide();
  EXPECT_GT(rows.size(), 100u) << "the tables were not found";
  for (const advice_row& row : rows) {
    EXPECT_TRUE(verdicts.contains(row.verdict)) << row.advice << ": " << row.verdict;
    EXPECT_FALSE(row.here.empty()) << row.advice;
    for (const std::string& seed : split(row.seeds, ", ")) {
      EXPECT_TRUE(seed.size() == 3 && seed >= "000" && seed <= "004") << row.advice << ": " << seed;
      seeds_seen.insert(seed);
    }
    if (row.claims == "none") {
      EXPECT_EQ(row.verdict, "invented") << row.advice << ": no claim is about it";
      continue;
    }
    for (const std::string& id : split(row.claims, ", "))
      EXPECT_NE(claim_of(id), nullptr) << row.advice << ": " << id;
  }
  EXPECT_EQ(seeds_seen.size(), 5u);
}

TEST(Guide, WhatItNamesExists) {
  const header_names headers(project / "include");
  const std::string command = text_of_the_command();
  const std::string debuggers =
      text_of_file(project / "extra/gdb/steady.py") + text_of_file(project / "extra/lldb/steady.py");
  for (const advice_row& row : rows_of_the_guide()) {
    for (const std::string& code : code_in(row.here)) {
      std::string missing;
      if (code.starts_with("steady ")) {
        missing = missing_in_command(code, command);
      } else if (code.starts_with("steady-")) {
        if (debuggers.find(code) == std::string::npos) missing = code;
      } else if (code.starts_with("steady_map_")) {
        // Counters are written without what all of them end in.
        missing = headers.missing_in(code.substr(0, code.rfind("_total")));
      } else {
        missing = headers.missing_in(code);
      }
      EXPECT_EQ(missing, "") << row.advice << "\n  " << row.here;
    }
  }
}

TEST(HeaderNames, TellWhatThereIsNot) {
  const header_names headers(project / "include");
  EXPECT_EQ(headers.missing_in("steady::map, steady::mop"), "mop");
  EXPECT_EQ(headers.missing_in("classic_map::compact, std::pmr::no_such_thing"), "");
  EXPECT_EQ(headers.missing_in("map::try_emplace_with"), "")
      << "inherited, in a header that map.hpp includes";
  EXPECT_EQ(headers.missing_in("map::compact"), "map::compact") << "only classic_map has it";
  EXPECT_EQ(headers.missing_in("no_such_class::compact"), "no_such_class::compact");
  EXPECT_EQ(headers.missing_in("dump_waiterz"), "dump_waiterz");
  EXPECT_EQ(headers.missing_in("rehashed"), "rehashed") << "stands in comments only";
}

TEST(Documents, LinksLeadSomewhere) {
  std::vector<std::filesystem::path> documents{project / "README.md", project / "CONTRIBUTING.md"};
  for (const auto& entry : std::filesystem::directory_iterator(project / "docs"))
    if (entry.path().extension() == ".md") documents.push_back(entry.path());
  std::size_t links = 0;
  for (const std::filesystem::path& document : documents) {
    for (const std::string& link : links_of(document)) {
      ++links;
      const std::string file = link.substr(0, link.find('#'));
      const std::filesystem::path target = file.empty() ? document : document.parent_path() / file;
      EXPECT_TRUE(std::filesystem::exists(target)) << document << ": " << link;
      if (link.find('#') == std::string::npos) continue;
      EXPECT_TRUE(has_place(target, link.substr(link.find('#') + 1))) << document << ": " << link;
    }
  }
  EXPECT_GT(links, 50u);
}
