// A file that appears whole or not at all.
//
// It is written under a temporary name in the same folder, made when the command starts: a path that cannot
// be written is found before minutes of work, not after. commit() syncs it and renames it over the old one,
// which stays as it was until then; without commit() the destructor removes the temporary.
#pragma once

#include <string>
#include <string_view>

namespace steady::replay {

class output_file {
 public:
  // Throws wrong_input if the path cannot be written.
  explicit output_file(const std::string& path);
  output_file(const output_file&) = delete;
  output_file& operator=(const output_file&) = delete;
  ~output_file();

  void commit(std::string_view content);

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
  std::string target_;  // the path with symbolic links followed: a rename must not replace the link
  std::string temporary_;
  int descriptor_ = -1;
};

}  // namespace steady::replay
