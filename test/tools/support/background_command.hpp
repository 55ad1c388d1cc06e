// A program that runs beside the test: its first line can be waited for, and it is ended with the object.
#pragma once

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>
#include <string>
#include <vector>

class background_command {
 public:
  explicit background_command(const std::vector<std::string>& words,
                              const std::string& errors = "/dev/null") {
    int ends[2];
    if (::pipe(ends) != 0) throw std::runtime_error("no pipe");
    std::vector<char*> arguments;
    for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    child_ = ::fork();
    if (child_ == 0) {
      ::dup2(ends[1], STDOUT_FILENO);
      const int nothing = ::open("/dev/null", O_RDONLY);
      const int complaints = ::open(errors.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
      ::dup2(nothing, STDIN_FILENO);
      ::dup2(complaints, STDERR_FILENO);
      ::close(ends[0]);
      ::close(ends[1]);
      ::execvp(arguments[0], arguments.data());
      ::_exit(127);
    }
    ::close(ends[1]);
    output_ = ends[0];
    if (child_ < 0) throw std::runtime_error("no process");
  }
  background_command(const background_command&) = delete;
  background_command& operator=(const background_command&) = delete;
  ~background_command() {
    if (child_ > 0) (void)end();
    ::close(output_);
  }

  // Up to the next line break, or the end of its output.
  std::string line() {
    std::string text;
    for (char each = 0; ::read(output_, &each, 1) == 1 && each != '\n';) text += each;
    return text;
  }

  // Asks it to end as Ctrl-C does; its exit code, or 128 + the signal that killed it.
  int end(int signal = SIGINT) {
    ::kill(child_, signal);
    int status = 0;
    ::waitpid(child_, &status, 0);
    child_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  pid_t child_ = 0;
  int output_ = -1;
};
