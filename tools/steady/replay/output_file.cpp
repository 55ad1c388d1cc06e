#include "tools/steady/replay/output_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "tools/steady/replay/error.hpp"

namespace steady::replay {
namespace {

[[noreturn]] void cannot_write(const std::string& path, const std::string& why) {
  throw wrong_input(path + ": cannot be written: " + why);
}

// mkstemp makes a private file; a report gets the rights any other new file would get.
mode_t rights_of_new_files() {
  const mode_t mask = ::umask(0);
  ::umask(mask);
  return 0666 & ~mask;
}

}  // namespace

output_file::output_file(const std::string& path) : path_(path) {
  std::error_code error;
  const std::filesystem::path target = std::filesystem::weakly_canonical(path, error);
  if (path.empty() || error) cannot_write(path, error ? error.message() : "the name is empty");
  const std::filesystem::file_status status = std::filesystem::status(target, error);
  if (std::filesystem::is_directory(status)) cannot_write(path, "it is a directory");
  if (std::filesystem::exists(status)) {
    if (!std::filesystem::is_regular_file(status)) cannot_write(path, "it is not a regular file");
    if (::access(target.c_str(), W_OK) != 0) cannot_write(path, std::strerror(errno));
  }
  target_ = target.string();
  temporary_ = target_ + ".XXXXXX";
  descriptor_ = ::mkostemp(temporary_.data(), O_CLOEXEC);
  if (descriptor_ < 0) cannot_write(path, std::strerror(errno));
}

output_file::~output_file() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  ::unlink(temporary_.c_str());
}

void output_file::commit(std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = ::write(descriptor_, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) cannot_write(path_, std::strerror(errno));
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::fchmod(descriptor_, rights_of_new_files()) != 0 || ::fsync(descriptor_) != 0 ||
      ::rename(temporary_.c_str(), target_.c_str()) != 0) {
    cannot_write(path_, std::strerror(errno));
  }
  ::close(descriptor_);
  descriptor_ = -1;
}

}  // namespace steady::replay
