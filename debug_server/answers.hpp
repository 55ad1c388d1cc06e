// What the server answers to a path and its parameters, whoever carries it: server.cpp does, by HTTP.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "figures.hpp"
#include "steady/debug_server.hpp"

namespace steady::detail::serving {

struct answer {
  int status = 200;
  std::string content_type;
  std::string body;
};

struct question {
  std::string path;
  std::multimap<std::string, std::string> parameters;
  bool takes_openmetrics = false;
};

class answers {
 public:
  // Throws nothing but what allocation does.
  [[nodiscard]] answer to(const question& asked);

  // Ends recordings and looks in progress, now and from now on.
  void end();

  void profile(std::string name, debug_server::profile_maker make);
  void trace(std::string name, debug_server::trace_begin begin);
  void contention(debug_server::contention_count count);

 private:
  [[nodiscard]] answer choose(const question& asked);
  [[nodiscard]] answer metrics(const question& asked) const;
  [[nodiscard]] answer maps(const question& asked);
  [[nodiscard]] answer profile_of(std::string_view name, const question& asked);
  [[nodiscard]] answer recorded(const question& asked);
  [[nodiscard]] answer in_use(const question& asked);

  // False when the server ends before the time is over.
  bool sleep(std::chrono::duration<double> time);

  registry_figures figures_;

  std::mutex mutex_;  // of all the following
  std::condition_variable ended_;
  bool ends_ = false;
  std::map<std::string, debug_server::profile_maker, std::less<>> profiles_;
  std::map<std::string, debug_server::trace_begin, std::less<>> traces_;
  debug_server::contention_count contention_;
  std::atomic<bool> recording_{false};
};

}  // namespace steady::detail::serving
