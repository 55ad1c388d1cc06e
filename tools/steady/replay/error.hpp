// The two ways in which a replay ends early by no fault of the maps.
#pragma once

#include <stdexcept>

namespace steady::replay {

// Something the user gave is wrong: one line, exit code 2.
struct wrong_input : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// The check failed, a map disagreed or died: one line, exit code 1.
struct failed_check : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// SIGINT or SIGTERM arrived: exit code 128 + signal, after every destructor ran.
struct interrupted {
  int signal;
};

}  // namespace steady::replay
