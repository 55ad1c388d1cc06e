// The lab's register: it has each claim once, what it names exists, docs/claims.md is what it says, and verdicts follow
// from statements. And `steady lab` from outside.
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "tools/steady/lab/registry.hpp"
#include "tools/support/project_files.hpp"
#include "tools/support/run_command.hpp"

namespace {

using namespace steady::lab;

const std::string lab = std::string{STEADY_COMMAND} + " lab";

// Whether the source has TEST(Suite, Name), TEST_F or TYPED_TEST of it.
bool has_test(const std::string& source, const std::string& name) {
  const std::size_t dot = name.find('.');
  return source.find('(' + name.substr(0, dot) + ", " + name.substr(dot + 1) + ')') != std::string::npos;
}

}  // namespace

TEST(LabRegister, HasEachOfThe129ClaimsOnce) {
  constexpr std::size_t claims = 129;
  ASSERT_EQ(all_claims().size(), claims);
  for (std::size_t number = 1; number <= claims; ++number)
    EXPECT_EQ(all_claims()[number - 1].id, 'M' + std::to_string(number));
}

TEST(LabRegister, EachClaimHasSomethingThatStandsForIt) {
  for (const claim& row : all_claims()) {
    EXPECT_FALSE(row.text.empty() || row.runtime.empty() || row.seeds.empty()) << row.id;
    const int kinds = row.is_measured() + !row.tests.empty() +
                      (!row.instead.empty() && row.tests.empty() && !row.is_measured());
    EXPECT_EQ(kinds, 1) << row.id << " has an experiment, tests, or what is in its place";
    EXPECT_EQ(row.here.has_value() && row.in_go.has_value(), !row.differs.empty())
        << row.id << ": where the verdict differs from Go's, the reason is said";
  }
}

TEST(LabRegister, MeasuresWhatWasAskedFor) {
  for (const char* id :
       {"M5",   "M7",   "M8",   "M14",  "M15",  "M16",  "M20",  "M21",  "M22",  "M23",  "M25",  "M26",
        "M27",  "M28",  "M29",  "M30",  "M32",  "M33",  "M34",  "M35",  "M39",  "M40",  "M41",  "M43",
        "M45",  "M46",  "M47",  "M52",  "M53",  "M55",  "M56",  "M57",  "M58",  "M60",  "M63",  "M64",
        "M66",  "M71",  "M72",  "M74",  "M76",  "M78",  "M79",  "M80",  "M85",  "M86",  "M87",  "M88",
        "M89",  "M90",  "M91",  "M92",  "M96",  "M97",  "M98",  "M100", "M102", "M103", "M104", "M108",
        "M109", "M110", "M111", "M112", "M113", "M114", "M115", "M116", "M117", "M118", "M119", "M120",
        "M121", "M122", "M123", "M124", "M125", "M126"}) {
    const auto found = std::ranges::find(all_claims(), id, &claim::id);
    ASSERT_NE(found, all_claims().end()) << id;
    EXPECT_TRUE(found->is_measured()) << id;
  }
}

TEST(LabRegister, TheTestsItNamesExist) {
  for (const claim& row : all_claims()) {
    for (const named_test& test : row.tests) {
      const std::string source = text_of_file(project / test.file);
      ASSERT_FALSE(source.empty()) << row.id << ": " << test.file;
      EXPECT_TRUE(has_test(source, std::string{test.name}))
          << row.id << ": " << test.name << " in " << test.file;
    }
  }
}

TEST(LabRegister, ThePageOfClaimsIsUpToDate) {
  EXPECT_EQ(text_of_file(project / "docs/claims.md"), claims_page())
      << "write it anew: steady lab --write-claims docs/claims.md";
}

TEST(LabVerdict, FollowsFromTheStatements) {
  const auto conclusion = [](std::vector<statement> claimed, std::vector<statement> rivals) {
    return finding{.setting = "", .claimed = std::move(claimed), .rivals = std::move(rivals)}.conclusion();
  };
  EXPECT_EQ(conclusion({{"a", true}, {"b", true}}, {{"c", true}}), verdict::holds);
  EXPECT_EQ(conclusion({{"a", true}, {"b", false}}, {{"c", true}}), verdict::holds_partly);
  EXPECT_EQ(conclusion({{"a", false}, {"b", false}}, {}), verdict::does_not_hold);
  EXPECT_EQ(conclusion({{"a", false}}, {{"c", false}}), verdict::does_not_hold);
  EXPECT_EQ(conclusion({{"a", false}}, {{"c", true}}), verdict::contradicts_another);
}

TEST(LabCommand, ListsItsExperiments) {
  const command_outcome outcome = run_command(lab);
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.err, "");
  EXPECT_NE(outcome.out.find("\nM29   Each get, as well as each put, moves old buckets.\n"),
            std::string::npos)
      << outcome.out;
  EXPECT_NE(outcome.out.find("All 129 claims"), std::string::npos);
}

TEST(LabCommand, TellsClaimRuntimeMeasurementAndVerdict) {
  const temporary_folder folder;
  const command_outcome outcome = run_command(lab + " M20 M3 M20 --json " + folder.file("lab.json"));
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.err, "");
  for (const char* line :
       {"M20  seed 001\n", "  claim    Deleted slots cannot be used again until a growth.\n",
        "  in Go    contradicts another. ", "  measured a full bucket,", "    slot of the new key",
        "  claimed  [no] the slot stays unused until a growth\n", "  rival    [yes] a new key takes",
        "  verdict  contradicts another\n", "  here     test `ClassicLayout.F1BucketsHaveGosSizes`",
        "1 claim tried; 1 of the 1 verdicts"}) {
    EXPECT_NE(outcome.out.find(line), std::string::npos) << line << "\nin\n" << outcome.out;
  }
  const nlohmann::json figures = nlohmann::json::parse(folder.read("lab.json"));
  EXPECT_EQ(figures.at("format"), "steady-lab");
  ASSERT_EQ(figures.at("experiments").size(), 1u) << "a claim that is named twice is tried once";
  EXPECT_EQ(figures.at("experiments").at(0).at("verdict"), "contradicts another");
}

TEST(LabCommand, WrongInputGetsOneLineAndExitCode2) {
  const temporary_folder folder;
  const auto one_line = [](const std::string& words) {
    const command_outcome outcome = run_command(words);
    EXPECT_EQ(outcome.exit_code, 2) << words;
    EXPECT_EQ(outcome.out, "") << words;
    EXPECT_EQ(std::ranges::count(outcome.err, '\n'), 1) << outcome.err;
    return outcome.err;
  };
  EXPECT_EQ(one_line(lab + " M20 M999"), "steady lab: unknown claim \"M999\"; known: M1 to M129, or all\n");
  EXPECT_EQ(one_line(lab + " M20 --report " + folder.file("same") + " --json " + folder.file("same")),
            "steady lab: " + folder.file("same") + ": is named by both --report and --json\n");
  one_line(lab + " M20 --report " + folder.file("no/such/folder.html"));
  one_line(lab + " --report " + folder.file("lab.html"));
  one_line(lab + " --fast");
  EXPECT_TRUE(folder.names().empty()) << "nothing was written";
}

TEST(LabCommand, AnInterruptLeavesNoFile) {
  const temporary_folder folder;
  const command_outcome outcome =
      run_command("timeout -s INT 0.3 " + lab + " all --full --report " + folder.file("lab.html"));
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(outcome.err, "steady lab: interrupted; nothing was written\n");
  EXPECT_TRUE(folder.names().empty());
}
