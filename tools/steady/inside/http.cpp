#include "tools/steady/inside/http.hpp"

#include <fmt/format.h>
#include <httplib.h>

#include <charconv>
#include <csignal>
#include <string_view>

#include "tools/steady/replay/error.hpp"

namespace steady::inside {
namespace {

struct place {
  std::string host;
  int port;
};

place place_of(const std::string& url) {
  const auto wrong = [&](const char* why) {
    return replay::wrong_input(fmt::format("{}: {}; a URL looks like http://127.0.0.1:6060", url, why));
  };
  std::string_view rest = url;
  if (rest.starts_with("https://")) throw wrong("a steady::debug_server does not speak TLS");
  if (rest.starts_with("http://")) rest.remove_prefix(7);
  rest = rest.substr(0, rest.find_first_of("/?#"));
  constexpr int usual_port = 80;
  int port = usual_port;
  const std::size_t bracket = rest.find(']');
  if (const std::size_t colon = rest.find(':', bracket == std::string_view::npos ? 0 : bracket);
      colon != std::string_view::npos) {
    const std::string_view digits = rest.substr(colon + 1);
    constexpr int most = 65535;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (error != std::errc{} || end != digits.data() + digits.size() || port < 1 || port > most)
      throw wrong("its port is no number from 1 to 65535");
    rest = rest.substr(0, colon);
  }
  if (rest.starts_with('[') && rest.ends_with(']')) rest = rest.substr(1, rest.size() - 2);
  if (rest.empty()) throw wrong("it names no host");
  for (const char each : rest)
    if (static_cast<unsigned char>(each) <= ' ' || each == '@')
      throw wrong("its host is no name and no address");
  return {std::string{rest}, port};
}

}  // namespace

http_answer http_get(const std::string& url, const std::string& path) {
  constexpr int connecting = 5;  // seconds
  constexpr int answering = 30;
  const place at = place_of(url);
  // A server that ends while it is written to is an error like others.
  std::signal(SIGPIPE, SIG_IGN);
  httplib::Client client(at.host, at.port);
  client.set_connection_timeout(connecting);
  client.set_read_timeout(answering);
  const httplib::Result result = client.Get(path);
  if (!result)
    throw replay::wrong_input(fmt::format("{} does not answer ({}): is a program with a steady::debug_server "
                                          "running there?",
                                          url, httplib::to_string(result.error())));
  return {result->status, result->get_header_value("Content-Type"), result->body};
}

std::string percent_encoded(const std::string& bytes) {
  std::string encoded;
  for (const char each : bytes) {
    const auto byte = static_cast<unsigned char>(each);
    const bool letter =
        (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9');
    encoded += letter ? std::string(1, each) : fmt::format("%{:02X}", byte);
  }
  return encoded;
}

}  // namespace steady::inside
