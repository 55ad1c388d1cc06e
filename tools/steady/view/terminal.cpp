#include "tools/steady/view/terminal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include "tools/steady/replay/interrupt.hpp"
#include "tools/steady/view/raw_terminal.hpp"
#include "tools/steady/view/text.hpp"

namespace steady::view {
namespace {

class show {
 public:
  explicit show(const film& of) : film_(of), last_(of.pictures().size() - 1) {}

  void run() {
    for (bool quit = false; !quit;) {
      draw();
      constexpr int frame = 120;
      constexpr int wait = 500;  // then whether a signal came
      const std::string keys = raw_terminal::typed(running_ ? frame : wait);
      replay::check_interrupted();
      if (keys.empty() && running_) step(1);
      quit = !keys.empty() && !obey(keys);
    }
  }

 private:
  // False to quit.
  bool obey(std::string_view keys) {
    if (keys.starts_with("\x1b[")) {
      switch (keys.substr(2).front()) {
      case 'C':
      case 'B':
        return stop_and(1);
      case 'D':
      case 'A':
        return stop_and(-1);
      default:
        return true;
      }
    }
    for (const char key : keys) {
      switch (key) {
      case 'q':
        return false;
      case ' ':
      case 'n':
      case '\n':
        stop_and(1);
        break;
      case 'b':
      case 'p':
        stop_and(-1);
        break;
      case 'r':
        running_ = !running_;
        break;
      case 't':
        style_.tophashes = !style_.tophashes;
        break;
      case 'g':
        at_ = 0;
        break;
      case 'G':
        at_ = last_;
        break;
      default:
        break;
      }
    }
    return true;
  }
  bool stop_and(int by) {
    running_ = false;
    step(by);
    return true;
  }
  void step(int by) {
    if (by < 0) {
      at_ -= at_ > 0;
    } else {
      at_ += at_ < last_;
    }
    if (at_ == last_) running_ = false;
  }

  void draw() const {
    const auto picture = draw_text(film_, at_, style_);
    auto below = text_legend(style_);
    below.push_back(fmt::format("picture {} of {}; {}", at_ + 1, last_ + 1, film_.source()));
    below.emplace_back("space or right: step   left: back   r: run or stop   t: tophashes or keys   g, G: "
                       "first, last   q: quit");
    const std::size_t room = raw_terminal::rows() - std::min(raw_terminal::rows(), below.size() + 1);
    std::string screen = "\x1b[H";
    const std::size_t shown = std::min(picture.size(), room);
    for (std::size_t line = 0; line < shown; ++line) screen += picture[line] + "\x1b[K\r\n";
    if (shown < picture.size())
      screen += fmt::format("... {} more lines: the terminal is too low", picture.size() - shown);
    screen += "\x1b[K\r\n\x1b[J";
    for (std::size_t line = 0; line < below.size(); ++line) screen += (line > 0 ? "\r\n" : "") + below[line];
    raw_terminal::write(screen);
  }

  const film& film_;
  std::size_t last_;
  std::size_t at_ = 0;
  bool running_ = false;
  text_style style_{true, false};
};

}  // namespace

void show_on_terminal(const film& of) {
  const raw_terminal terminal;
  show(of).run();
}

}  // namespace steady::view
