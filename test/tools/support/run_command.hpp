// Starts a program as a shell would, and brings back its exit code and what it printed.
#pragma once

#include <sys/wait.h>

#include <cstdlib>
#include <string>

#include "tools/support/temporary_folder.hpp"

struct command_outcome {
  int exit_code;  // 128 + signal if it was killed
  std::string out;
  std::string err;
};

// The words are taken by the shell as they are: tests use only plain names.
inline command_outcome run_command(const std::string& words) {
  const temporary_folder folder;
  const int status =
      std::system((words + " >" + folder.file("out") + " 2>" + folder.file("err") + " </dev/null").c_str());
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return {code, folder.read("out"), folder.read("err")};
}
