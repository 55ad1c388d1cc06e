#include "tools/steady/replay/interrupt.hpp"

#include <csignal>

#include "tools/steady/replay/error.hpp"

namespace steady::replay {
namespace {

volatile std::sig_atomic_t arrived = 0;

void remember(int signal) { arrived = signal; }

void handle_with(void (*handler)(int)) {
  struct sigaction action{};
  action.sa_handler = handler;
  ::sigemptyset(&action.sa_mask);
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
}

}  // namespace

void watch_for_interrupts() { handle_with(remember); }

void check_interrupted() {
  if (arrived != 0) throw interrupted{static_cast<int>(arrived)};
}

void die_on_interrupts() { handle_with(SIG_DFL); }

}  // namespace steady::replay
