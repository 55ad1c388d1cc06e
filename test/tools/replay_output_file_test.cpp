// A report is whole or not there, and what was there before stays until the new one is whole.
#include "tools/steady/replay/output_file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "tools/steady/replay/error.hpp"
#include "tools/support/temporary_folder.hpp"

using steady::replay::output_file;
using steady::replay::wrong_input;

namespace {

std::string complaint(const std::string& path) {
  try {
    const output_file file{path};
  } catch (const wrong_input& error) {
    return error.what();
  }
  return "accepted";
}

}  // namespace

TEST(replay_output_file, appears_whole_at_commit) {
  const temporary_folder folder;
  output_file file{folder.file("report")};
  EXPECT_FALSE(std::filesystem::exists(folder.file("report")));
  file.commit("all of it");
  EXPECT_EQ(folder.read("report"), "all of it");
  EXPECT_EQ(folder.names(), std::vector<std::string>{"report"});
  struct stat status{};
  ASSERT_EQ(::stat(folder.file("report").c_str(), &status), 0);
  const mode_t mask = ::umask(0);
  ::umask(mask);
  EXPECT_EQ(status.st_mode & 0777, 0666 & ~mask)
      << "readable as any new file, not private as a temporary one";
}

TEST(replay_output_file, leaves_nothing_without_commit) {
  const temporary_folder folder;
  folder.write("report", "the old one");
  {
    const output_file file{folder.file("report")};
    EXPECT_EQ(folder.read("report"), "the old one");
    EXPECT_EQ(folder.names().size(), 2u) << "the temporary is beside it";
  }
  EXPECT_EQ(folder.read("report"), "the old one");
  EXPECT_EQ(folder.names(), std::vector<std::string>{"report"});
}

TEST(replay_output_file, follows_links) {
  const temporary_folder folder;
  folder.write("target", "old");
  std::filesystem::create_symlink(folder.file("target"), folder.file("link"));
  output_file file{folder.file("link")};
  file.commit("new");
  EXPECT_EQ(folder.read("target"), "new");
  EXPECT_TRUE(std::filesystem::is_symlink(folder.file("link")));
}

TEST(replay_output_file, says_why_it_cannot_be) {
  const temporary_folder folder;
  EXPECT_EQ(complaint(folder.file("no/such/folder")),
            folder.file("no/such/folder") + ": cannot be written: No such file or directory");
  EXPECT_EQ(complaint(folder.file("")), folder.file("") + ": cannot be written: it is a directory");
  EXPECT_EQ(complaint("/dev/null"), "/dev/null: cannot be written: it is not a regular file");
  EXPECT_EQ(complaint(""), ": cannot be written: the name is empty");
}
