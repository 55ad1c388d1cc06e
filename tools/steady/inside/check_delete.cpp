#include "tools/steady/inside/check_delete.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "tools/steady/inside/http.hpp"
#include "tools/steady/inside/top.hpp"
#include "tools/steady/replay/error.hpp"

namespace steady::inside {
namespace {

constexpr std::size_t most_characters = 200;

}  // namespace

verdict check_delete(const std::string& url, const std::string& name) {
  if (name.empty()) throw replay::wrong_input("the name is empty; nothing can have it");
  const http_answer answer = http_get(url, "/debug/in-use?name=" + percent_encoded(name));
  if (answer.status != 200)
    throw replay::wrong_input(
        fmt::format("{} answers {}: {}", url, answer.status, printable(answer.body, most_characters)));
  verdict found;
  try {
    const auto data = nlohmann::json::parse(answer.body);
    if (data.at("format") != "steady-in-use") throw replay::wrong_input(url + " answers in another format");
    const auto registered = [&](const char* kind, const nlohmann::json& list) {
      std::string names;
      for (const auto& each : list)
        names += (names.empty() ? "" : ", ") + printable(each.get<std::string>(), most_characters);
      if (!names.empty()) found.reasons.push_back(fmt::format("a {} is registered: {}", kind, names));
    };
    registered("map", data.at("maps"));
    registered("heap", data.at("heaps"));
    const auto channels = data.at("channels").get<std::uint64_t>();
    if (channels > 0)
      found.reasons.push_back(channels == 1 ? "a channel has that name"
                                            : fmt::format("{} channels have that name", channels));
    for (const auto& waiter : data.at("waiters"))
      found.reasons.push_back("somebody waits on it: " +
                              printable(waiter.get<std::string>(), most_characters));
    const bool counted = !data.at("lock_waits").is_null();
    if (counted && data.at("lock_waits") > 0)
      found.reasons.push_back(fmt::format("its locks are not quiet: somebody had to wait for one {} times",
                                          data.at("lock_waits").get<std::uint64_t>()));
    found.watched =
        fmt::format("watched for {} s{}", data.at("watched_seconds").get<double>(),
                    counted ? "" : "; nothing has its locks, and the program counts no waits for them");
    // The server's word is the last one.
    if (data.at("in_use").get<bool>() != !found.reasons.empty())
      throw replay::wrong_input(url + " contradicts itself: is it another version?");
  } catch (const nlohmann::json::exception& error) {
    throw replay::wrong_input(
        fmt::format("{} answers, but not as a steady::debug_server does ({})", url, error.what()));
  }
  return found;
}

}  // namespace steady::inside
