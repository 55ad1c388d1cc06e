// Files are read with plain system calls: they tell a directory, a missing file and a forbidden one apart,
// and read pipes as well as files.
#include "tools/steady/replay/keys.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "tools/steady/replay/error.hpp"
#include "tools/steady/replay/interrupt.hpp"

namespace steady::replay {
namespace {

[[noreturn]] void cannot_read(const std::string& path, int reason) {
  throw wrong_input(path + ": cannot be read: " + std::strerror(reason));
}

class open_file {
 public:
  explicit open_file(const std::string& path) : descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (descriptor_ < 0) cannot_read(path, errno);
  }
  open_file(const open_file&) = delete;
  open_file& operator=(const open_file&) = delete;
  ~open_file() { ::close(descriptor_); }

  [[nodiscard]] int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

}  // namespace

std::string read_file(const std::string& path) {
  const open_file file{path};
  constexpr std::size_t step = std::size_t{1} << 20;
  std::string text;
  std::size_t length = 0;
  for (;;) {
    check_interrupted();
    if (text.size() < length + step) text.resize(length + step + length / 2);
    const ssize_t count = ::read(file.descriptor(), text.data() + length, step);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) cannot_read(path, errno);
    if (count == 0) break;
    length += static_cast<std::size_t>(count);
  }
  text.resize(length);
  if (text.empty()) throw wrong_input(path + ": is empty");
  return text;
}

text_keys split_lines(std::string_view text) {
  text_keys keys;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    keys.emplace_back(line);
  }
  return keys;
}

integer_keys generate_keys(std::uint64_t count) {
  integer_keys keys(count);
  for (std::uint64_t i = 0; i < count; ++i) keys[i] = scatter(i);
  return keys;
}

}  // namespace steady::replay
