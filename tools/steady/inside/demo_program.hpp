// A program to look into: maps that grow, drain, churn, are born and die, one of them with a bad hash, and channels with work.
#pragma once

#include <memory>
#include <stop_token>
#include <thread>
#include <vector>

namespace steady::inside {

class demo_program {
 public:
  // It works from here to its destructor: seven threads that mostly sleep.
  demo_program();
  demo_program(const demo_program&) = delete;
  demo_program& operator=(const demo_program&) = delete;
  ~demo_program();

 private:
  std::stop_source ends_;
  std::vector<std::thread> threads_;
};

}  // namespace steady::inside
