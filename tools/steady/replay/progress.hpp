// A progress bar on stderr, drawn only if that is a terminal, and wiped away when its owner ends.
#pragma once

#include <cstddef>
#include <string>

namespace steady::replay {

class progress_bar {
 public:
  explicit progress_bar(std::size_t steps);
  progress_bar(const progress_bar&) = delete;
  progress_bar& operator=(const progress_bar&) = delete;
  ~progress_bar();

  void begin_step(std::string what);
  void end_step();
  // Redraws: the seconds of the running step go on.
  void tick();

 private:
  [[nodiscard]] double seconds() const;

  bool terminal_;
  std::size_t steps_;
  std::size_t done_ = 0;
  std::string what_;
  double begun_;
  double drawn_ = 0;
};

}  // namespace steady::replay
