// A terminal as programs that draw on it want it: keys come one by one and unseen, and the picture has a screen of its own, until
// the destructor.
#pragma once

#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace steady::view {

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

}  // namespace steady::view
