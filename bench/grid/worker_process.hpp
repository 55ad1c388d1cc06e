// A running worker, as the runner sees it: a name, and answers to requests.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

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

 private:
  std::string read_line();

  pid_t process_ = -1;
  int to_ = -1;
  int from_ = -1;
  std::string unread_;
  std::string name_, type_, version_;
};

}  // namespace steady::grid
