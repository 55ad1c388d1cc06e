// Asks a server of a running program. The only file of the command that has to do with HTTP.
#pragma once

#include <string>

namespace steady::inside {

struct http_answer {
  int status;
  std::string content_type;
  std::string body;
};

// What the program at `url` answers to a path with its parameters. The URL is a host with or without http:// and port, and what
// a browser shows behind them is left out, so that the page's own address will do. Throws replay::wrong_input when it is
// none, or nobody answers.
[[nodiscard]] http_answer http_get(const std::string& url, const std::string& path);

// A parameter's value as it may stand in a path.
[[nodiscard]] std::string percent_encoded(const std::string& bytes);

}  // namespace steady::inside
