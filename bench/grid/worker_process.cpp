#include "bench/grid/worker_process.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <stdexcept>

#include "bench/grid/protocol.hpp"

namespace steady::grid {

// The pipes close on exec, so that no worker holds another's open and each sees the end when the runner is
// gone.
worker_process::worker_process(const std::filesystem::path& program) : name_(program.filename().string()) {
  int requests[2];
  int answers[2];
  if (::pipe2(requests, O_CLOEXEC) != 0) throw std::runtime_error("no pipe to a worker");
  if (::pipe2(answers, O_CLOEXEC) != 0) {
    ::close(requests[0]);
    ::close(requests[1]);
    throw std::runtime_error("no pipe from a worker");
  }
  process_ = ::fork();
  if (process_ == 0) {
    ::dup2(requests[0], STDIN_FILENO);
    ::dup2(answers[1], STDOUT_FILENO);
    ::execl(program.c_str(), program.c_str(), static_cast<char*>(nullptr));
    ::_exit(127);
  }
  ::close(requests[0]);
  ::close(answers[1]);
  to_ = requests[1];
  from_ = answers[0];
  const auto introduction = nlohmann::json::parse(read_line());
  type_ = introduction.at("type").get<std::string>();
  version_ = introduction.at("version").get<std::string>();
  keys_ = introduction.value("keys", keys_);
  passes_ = introduction.value("passes", passes_);
}

worker_process::~worker_process() {
  ::close(to_);
  ::close(from_);
  ::waitpid(process_, nullptr, 0);
}

nlohmann::json worker_process::ask(const request& what) {
  const std::string line = to_json(what).dump() + '\n';
  if (::write(to_, line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
    throw std::runtime_error("worker " + name_ + " takes no request");
  }
  auto answer = nlohmann::json::parse(read_line());
  if (answer.contains("error")) {
    throw std::runtime_error("worker " + name_ + ": " + answer["error"].get<std::string>());
  }
  return answer;
}

std::string worker_process::read_line() {
  for (;;) {
    if (const auto end = unread_.find('\n'); end != std::string::npos) {
      std::string line = unread_.substr(0, end);
      unread_.erase(0, end + 1);
      return line;
    }
    char buffer[65536];
    const ssize_t got = ::read(from_, buffer, sizeof buffer);
    if (got <= 0) throw std::runtime_error("worker " + name_ + " has ended");
    unread_.append(buffer, static_cast<std::size_t>(got));
  }
}

}  // namespace steady::grid
