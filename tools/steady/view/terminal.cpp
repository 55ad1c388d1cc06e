#include "tools/steady/view/terminal.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include "tools/steady/replay/interrupt.hpp"
#include "tools/steady/view/text.hpp"

namespace steady::view {
namespace {

// Keys come one by one and unseen, and the picture has a screen of its own, until the destructor.
class raw_terminal {
 public:
  raw_terminal() {
    ::tcgetattr(STDIN_FILENO, &before_);
    termios raw = before_;
    raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    ::tcsetattr(STDIN_FILENO, TCSANOW, &raw);
    write("\x1b[?1049h\x1b[?25l");
  }
  raw_terminal(const raw_terminal&) = delete;
  raw_terminal& operator=(const raw_terminal&) = delete;
  ~raw_terminal() {
    write("\x1b[?25h\x1b[?1049l");
    ::tcsetattr(STDIN_FILENO, TCSANOW, &before_);
  }

  static void write(std::string_view text) {
    while (!text.empty()) {
      const ssize_t written = ::write(STDOUT_FILENO, text.data(), text.size());
      if (written <= 0) return;
      text.remove_prefix(static_cast<std::size_t>(written));
    }
  }
  // What was typed within so many milliseconds: nothing, a key, or an escape sequence.
  static std::string typed(int milliseconds) {
    pollfd input{STDIN_FILENO, POLLIN, 0};
    if (::poll(&input, 1, milliseconds) <= 0) return {};
    char bytes[16];
    const ssize_t count = ::read(STDIN_FILENO, bytes, sizeof bytes);
    return count <= 0 ? "q" : std::string(bytes, static_cast<std::size_t>(count));
  }
  static std::size_t rows() {
    winsize size{};
    constexpr std::size_t usual = 24;
    return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 ? size.ws_row : usual;
  }

 private:
  termios before_{};
};

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
