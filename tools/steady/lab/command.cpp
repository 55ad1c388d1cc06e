#include "tools/steady/lab/command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <vector>

#include "tools/steady/lab/cachegrind.hpp"
#include "tools/steady/lab/outcome.hpp"
#include "tools/steady/replay/error.hpp"
#include "tools/steady/replay/interrupt.hpp"
#include "tools/steady/replay/output_file.hpp"
#include "tools/steady/replay/progress.hpp"

namespace steady::lab {
namespace {

constexpr const char* examples = R"(Examples:
  steady lab                            the experiments
  steady lab M29 M43                    try two claims
  steady lab all --report lab.html      all of them, with plots

A verdict is computed from what is measured. Exit code: 0 done, 2 wrong input, 130 interrupted.
What an experiment is: docs/lab.md; every claim: docs/claims.md)";

struct options {
  std::vector<std::string> ids;
  bool full = false;
  std::string report_path;
  std::string json_path;
  std::string claims_path;
  std::string cache_work;
};

void list() {
  std::size_t measured = 0;
  for (const claim& row : all_claims()) {
    if (!row.is_measured()) continue;
    ++measured;
    fmt::print("{:<5} {}\n", row.id, row.text);
  }
  fmt::print(
      "\n{} experiments: steady lab ID... or all. All {} claims and what stands for each: docs/claims.md\n",
      measured, all_claims().size());
}

std::vector<const claim*> choose(const std::vector<std::string>& ids) {
  std::vector<const claim*> chosen;
  const auto add = [&](const claim& row) {
    if (std::ranges::find(chosen, &row) == chosen.end()) chosen.push_back(&row);
  };
  for (const std::string& id : ids) {
    if (id == "all") {
      for (const claim& row : all_claims())
        if (row.is_measured()) add(row);
      continue;
    }
    const auto found = std::ranges::find(all_claims(), id, &claim::id);
    if (found == all_claims().end())
      throw replay::wrong_input(fmt::format("unknown claim \"{}\"; known: {} to {}, or all", id,
                                            all_claims().front().id, all_claims().back().id));
    add(*found);
  }
  return chosen;
}

void try_claims(const options& chosen) {
  const std::vector<const claim*> rows = choose(chosen.ids);
  if (!chosen.report_path.empty() && chosen.report_path == chosen.json_path)
    throw replay::wrong_input(chosen.report_path + ": is named by both --report and --json");
  std::optional<replay::output_file> report;
  std::optional<replay::output_file> json;
  if (!chosen.report_path.empty()) report.emplace(chosen.report_path);
  if (!chosen.json_path.empty()) json.emplace(chosen.json_path);

  std::vector<outcome> outcomes;
  std::size_t as_in_go = 0;
  std::size_t known_of_go = 0;
  {
    replay::progress_bar progress(rows.size());
    const conditions given{.full = chosen.full, .cachegrind = true, .tick = [&] {
                             replay::check_interrupted();
                             progress.tick();
                           }};
    for (const claim* row : rows) {
      if (row->is_measured()) {
        progress.begin_step(std::string{row->id});
        const auto begin = std::chrono::steady_clock::now();
        finding found = run(row->measured, given);
        const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
        known_of_go += row->in_go.has_value();
        as_in_go += row->in_go == found.conclusion();
        outcomes.push_back({row, std::move(found), taken.count()});
      }
      progress.end_step();
      replay::check_interrupted();
    }
  }
  auto next = outcomes.begin();
  for (const claim* row : rows)
    fmt::print("{}\n", row->is_measured() ? format_outcome(*next++) : format_claim(*row));
  if (!outcomes.empty()) {
    fmt::print("{} {} tried; {} of the {} verdicts that can be had of the real runtime are the same here.\n",
               outcomes.size(), outcomes.size() == 1 ? "claim" : "claims", as_in_go, known_of_go);
  }
  if (report) {
    report->commit(make_page(outcomes, chosen.full));
    fmt::print("Report: {}\n", report->path());
  }
  if (json) json->commit(to_json(outcomes, chosen.full).dump(2) + '\n');
}

void work(const options& chosen) {
  if (!chosen.cache_work.empty()) {
    const auto found = std::ranges::find(cache_work_names, chosen.cache_work);
    if (found == std::end(cache_work_names)) throw replay::wrong_input("unknown work: " + chosen.cache_work);
    do_cache_work(static_cast<cache_work>(found - std::begin(cache_work_names)));
  } else if (!chosen.claims_path.empty()) {
    replay::output_file{chosen.claims_path}.commit(claims_page());
  } else if (!chosen.ids.empty()) {
    try_claims(chosen);
  } else if (!chosen.report_path.empty() || !chosen.json_path.empty()) {
    throw replay::wrong_input("--report and --json need claims to try: IDs, or all");
  } else {
    list();
  }
}

int run_command(const options& chosen) {
  constexpr int input_wrong = 2;
  replay::watch_for_interrupts();
  try {
    work(chosen);
    return 0;
  } catch (const replay::interrupted& stop) {
    fmt::print(stderr, "steady lab: interrupted; nothing was written\n");
    return 128 + stop.signal;
  } catch (const replay::wrong_input& error) {
    fmt::print(stderr, "steady lab: {}\n", error.what());
    return input_wrong;
  } catch (const std::bad_alloc&) {
    fmt::print(stderr, "steady lab: there is not enough memory for such sizes\n");
    return input_wrong;
  }
}

}  // namespace

void add_command(CLI::App& command_line, std::function<int()>& chosen) {
  auto values = std::make_shared<options>();
  CLI::App* const lab = command_line.add_subcommand(
      "lab", "Is it true? Tries what is claimed about Go's map, and computes a verdict for each claim.");
  lab->add_option("ids", values->ids, "Claims such as M29, or all; without any, the experiments are listed")
      ->option_text("ID...");
  lab->add_flag("--full", values->full, "The largest sizes; minutes instead of seconds");
  lab->add_option("--report", values->report_path,
                  "Write a page with plots that opens in any browser, offline")
      ->option_text("FILE.html");
  lab->add_option("--json", values->json_path, "Write the figures for programs")->option_text("FILE.json");
  lab->add_option("--write-claims", values->claims_path,
                  "Write the table of all claims, docs/claims.md, and nothing else")
      ->option_text("FILE.md");
  // How the command runs itself under cachegrind; not in the help.
  lab->add_option("--cache-work", values->cache_work)->group("");
  lab->footer(examples);
  lab->callback([values, &chosen] { chosen = [values] { return run_command(*values); }; });
}

}  // namespace steady::lab
