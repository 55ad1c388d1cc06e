#include "tools/steady/replay/isolated.hpp"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>

#include "tools/steady/replay/interrupt.hpp"

namespace steady::replay {
namespace {

constexpr std::size_t longest_message = 512;

// Ends and reaps the child if the parent leaves early.
class child_process {
 public:
  explicit child_process(pid_t id) : id_(id) {}
  child_process(const child_process&) = delete;
  child_process& operator=(const child_process&) = delete;
  ~child_process() {
    if (ended_) return;
    ::kill(id_, SIGKILL);
    while (::waitpid(id_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }

  // Whether it has ended; its status then stays readable.
  bool ended() {
    const pid_t answer = ::waitpid(id_, &status_, WNOHANG);
    ended_ = answer == id_;
    return ended_;
  }

  [[nodiscard]] int status() const { return status_; }

 private:
  pid_t id_;
  int status_ = 0;
  bool ended_ = false;
};

[[noreturn]] void live_as_child(const std::function<void()>& work, char* message) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  die_on_interrupts();
  try {
    work();
    ::_exit(0);
  } catch (const std::exception& error) {
    std::snprintf(message, longest_message, "%s", error.what());
  } catch (...) {
    std::snprintf(message, longest_message, "an unknown exception");
  }
  ::_exit(1);
}

}  // namespace

std::string run_in_child(const std::function<void()>& work, const std::function<void()>& while_waiting) {
  const shared_array<char> message{longest_message};
  const pid_t id = ::fork();
  if (id < 0) return std::string{"no child process: "} + std::strerror(errno);
  if (id == 0) live_as_child(work, message.elements().data());

  child_process child{id};
  constexpr long shortest = 500'000;
  constexpr long longest = 20'000'000;
  for (long nanoseconds = shortest; !child.ended(); nanoseconds = std::min(nanoseconds * 2, longest)) {
    check_interrupted();
    while_waiting();
    const timespec pause{0, nanoseconds};
    ::nanosleep(&pause, nullptr);
  }
  // A signal from the terminal reaches the child too; then it is an interrupt, not a failure.
  check_interrupted();
  if (WIFSIGNALED(child.status()))
    return std::string{"ended by signal: "} + ::strsignal(WTERMSIG(child.status()));
  const int code = WEXITSTATUS(child.status());
  if (code == 0) return {};
  // A sanitizer, or a map that calls exit, leaves no message.
  const std::string said = message.elements().data();
  return said.empty() ? "ended with exit code " + std::to_string(code) : said;
}

}  // namespace steady::replay
