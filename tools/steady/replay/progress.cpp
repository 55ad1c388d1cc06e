#include "tools/steady/replay/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>

namespace steady::replay {
namespace {

constexpr std::size_t bar_width = 30;
constexpr double seconds_between_drawings = 0.1;

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

progress_bar::progress_bar(std::size_t steps)
    : terminal_(::isatty(STDERR_FILENO) == 1), steps_(steps), begun_(now()) {}

progress_bar::~progress_bar() {
  if (terminal_) fmt::print(stderr, "\r\033[K");
}

double progress_bar::seconds() const { return now() - begun_; }

void progress_bar::begin_step(std::string what) {
  what_ = std::move(what);
  drawn_ = 0;
  tick();
}

void progress_bar::end_step() { ++done_; }

void progress_bar::tick() {
  if (!terminal_) return;
  const double passed = seconds();
  if (drawn_ != 0 && passed - drawn_ < seconds_between_drawings) return;
  drawn_ = passed;
  const std::size_t filled = steps_ == 0 ? 0 : done_ * bar_width / steps_;
  fmt::print(stderr, "\r\033[K[{:#<{}}{:.<{}}] {}/{}  {:.0f} s  {}", "", filled, "", bar_width - filled,
             done_, steps_, passed, what_);
  std::fflush(stderr);
}

}  // namespace steady::replay
