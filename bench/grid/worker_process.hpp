// A running worker, as the runner sees it: a name, and answers to requests.
#pragma once

#include <sys/types.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "bench/grid/plan.hpp"

namespace steady::grid {

class worker_process {
 public:
  // Throws std::runtime_error if the program does not start and introduce itself.
  explicit worker_process(const std::filesystem::path& program);
  worker_process(const worker_process&) = delete;
  worker_process& operator=(const worker_process&) = delete;
  ~worker_process();

  // Waits for the answer; throws std::runtime_error if the worker could not do it.
  nlohmann::json ask(const request& what);

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] const std::string& type() const noexcept { return type_; }
  [[nodiscard]] const std::string& version() const noexcept { return version_; }
  // What a worker introduced itself with is all that it does; one that names nothing does everything.
  [[nodiscard]] bool does(pass what) const {
    return names_or_all(passes_, pass_names[static_cast<std::size_t>(what)]);
  }
  [[nodiscard]] bool does(key_kind keys) const { return names_or_all(keys_, name_of(keys)); }

 private:
  std::string read_line();
  [[nodiscard]] static bool names_or_all(const std::vector<std::string>& names, std::string_view name) {
    return names.empty() || std::find(names.begin(), names.end(), name) != names.end();
  }

  pid_t process_ = -1;
  int to_ = -1;
  int from_ = -1;
  std::string unread_;
  std::string name_, type_, version_;
  std::vector<std::string> keys_, passes_;
};

}  // namespace steady::grid
