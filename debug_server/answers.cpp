#include "answers.hpp"

#include <steady/prometheus.hpp>
#include <steady/wait_trace.hpp>
#include <steady/waiters.hpp>

#include <charconv>
#include <exception>
#include <initializer_list>
#include <memory>
#include <optional>
#include <sstream>
#include <utility>

#include "page.hpp"

namespace steady::detail::serving {
namespace {

constexpr std::string_view plain_text = "text/plain; charset=utf-8";
constexpr std::string_view json_text = "application/json";

// Something is wrong with what was asked; the sentence is the answer.
struct refusal {
  int status;
  std::string sentence;
};

[[nodiscard]] std::string join(std::initializer_list<std::string_view> parts) {
  std::string text;
  for (const std::string_view part : parts) text += part;
  return text;
}

// What people typed, shortened and without what a terminal would obey.
[[nodiscard]] std::string in_quotes(std::string_view text) {
  constexpr std::size_t most = 80;
  std::string shown = "\"";
  for (const char each : text.substr(0, most))
    shown += static_cast<unsigned char>(each) < ' ' || each == '\x7f' ? '?' : each;
  return shown += text.size() > most ? "...\"" : "\"";
}

void allow(const question& asked, std::initializer_list<std::string_view> names) {
  for (const auto& parameter : asked.parameters) {
    bool known = false;
    for (const std::string_view name : names) known |= parameter.first == name;
    if (!known) throw refusal{400, join({asked.path, " takes no parameter ", in_quotes(parameter.first)})};
    if (asked.parameters.count(parameter.first) > 1)
      throw refusal{400, join({"The parameter ", parameter.first, " was given twice"})};
  }
}

[[nodiscard]] std::optional<std::string> parameter(const question& asked, const std::string& name) {
  const auto at = asked.parameters.find(name);
  if (at == asked.parameters.end()) return std::nullopt;
  return at->second;
}

[[nodiscard]] std::chrono::duration<double> seconds(const question& asked, double usual, double most) {
  const auto given = parameter(asked, "seconds");
  if (!given) return std::chrono::duration<double>(usual);
  double number = 0;
  const auto [end, error] = std::from_chars(given->data(), given->data() + given->size(), number);
  if (error != std::errc{} || end != given->data() + given->size() || !(number > 0 && number <= most))
    throw refusal{400, join({"seconds is a number over 0 and up to ", std::to_string(static_cast<int>(most)),
                             ", not ", in_quotes(*given)})};
  return std::chrono::duration<double>(number);
}

// Those of channels. The program may have an observer of its own, which is left alone.
[[nodiscard]] debug_server::trace_end begin_waits() {
  if (channel::wait_post.taken())
    throw refusal{409, "The program watches the waits of its channels itself, and one at a time can"};
  auto trace = std::make_shared<wait_trace>();
  return [trace] {
    trace->stop();
    std::ostringstream text;
    trace->write_chrome(text);
    return std::move(text).str();
  };
}

}  // namespace

answer answers::to(const question& asked) {
  try {
    return choose(asked);
  } catch (const refusal& why) {
    return {why.status, std::string{plain_text}, why.sentence + ".\n"};
  } catch (const std::exception& failure) {
    return {500, std::string{plain_text}, join({"It failed: ", failure.what(), "\n"})};
  } catch (...) {
    return {500, std::string{plain_text}, "It failed, and did not say why.\n"};
  }
}

answer answers::choose(const question& asked) {
  const std::string_view path = asked.path;
  if (path == "/debug/maps") {
    allow(asked, {});
    return {200, "text/html; charset=utf-8", std::string{page}};
  }
  if (path == "/debug/maps.json") return maps(asked);
  if (path == "/metrics") return metrics(asked);
  if (path == "/debug/waiters") {
    allow(asked, {});
    std::string waiters = dump_waiters();
    return {200, std::string{plain_text}, waiters.empty() ? "nobody is blocked\n" : std::move(waiters)};
  }
  if (path == "/debug/trace") return recorded(asked);
  if (path == "/debug/in-use") return in_use(asked);
  constexpr std::string_view profiles = "/debug/pprof/";
  if (path.starts_with(profiles)) return profile_of(path.substr(profiles.size()), asked);
  throw refusal{404, join({"There is no ", in_quotes(path),
                           " here. There are /debug/maps, /debug/maps.json, /metrics, /debug/waiters, "
                           "/debug/trace?seconds=N, /debug/pprof/NAME and /debug/in-use?name=NAME"})};
}

answer answers::maps(const question& asked) {
  allow(asked, {"name"});
  const auto name = parameter(asked, "name");
  if (!name) return {200, std::string{json_text}, figures_.all()};
  if (auto text = figures_.of(*name)) return {200, std::string{json_text}, std::move(*text)};
  throw refusal{404, join({"There is no map named ", in_quotes(*name), "; it may have ended"})};
}

answer answers::metrics(const question& asked) const {
  allow(asked, {});
  const exposition format = asked.takes_openmetrics ? exposition::openmetrics : exposition::prometheus;
  return {200, std::string{content_type(format)}, metrics_text(format)};
}

answer answers::profile_of(std::string_view name, const question& asked) {
  // `seconds`, which Go's server takes, would be the difference of two profiles: `go tool pprof -base` makes it.
  allow(asked, {});
  debug_server::profile_maker make;
  {
    const std::lock_guard guard(mutex_);
    if (const auto at = profiles_.find(name); at != profiles_.end()) make = at->second;
  }
  if (!make)
    throw refusal{404,
                  join({"The program has no profile ", in_quotes(name),
                        " to show: it has to give one to its debug_server, by profile(\"NAME\", function)"})};
  return {200, "application/octet-stream", make()};
}

answer answers::recorded(const question& asked) {
  allow(asked, {"seconds", "of"});
  constexpr double usual = 1;
  constexpr double most = 60;
  const auto time = seconds(asked, usual, most);
  const std::string of = parameter(asked, "of").value_or("waits");
  debug_server::trace_begin begin = begin_waits;
  if (of != "waits") {
    const std::lock_guard guard(mutex_);
    const auto at = traces_.find(of);
    if (at == traces_.end())
      throw refusal{404, join({"The program has no trace ", in_quotes(of),
                               ": there is waits, of its channels, and what it gave to its debug_server"})};
    begin = at->second;
  }
  if (recording_.exchange(true)) throw refusal{409, "Somebody else is recording; one at a time can"};
  struct ended {
    std::atomic<bool>& recording;
    ~ended() { recording = false; }
  } const afterwards{recording_};
  const debug_server::trace_end end = begin();
  sleep(time);
  return {200, std::string{json_text}, end()};
}

answer answers::in_use(const question& asked) {
  allow(asked, {"name", "seconds"});
  constexpr double usual = 1;
  constexpr double most = 10;
  constexpr std::chrono::milliseconds between_looks{20};
  const auto time = seconds(asked, usual, most);
  const auto name = parameter(asked, "name");
  if (!name || name->empty()) throw refusal{400, "/debug/in-use asks about one name: ?name=NAME"};
  debug_server::contention_count count;
  {
    const std::lock_guard guard(mutex_);
    count = contention_;
  }
  std::optional<std::uint64_t> before;
  if (count) before = count(*name);
  use_of_name use(*name);
  use.look();
  using clock = std::chrono::steady_clock;
  for (const auto until = clock::now() + time; clock::now() < until; use.look())
    if (!sleep(between_looks)) throw refusal{503, "The server is ending"};
  std::optional<std::uint64_t> waits;
  if (before) {
    const std::uint64_t after = count(*name);  // fewer when something of that name ended meanwhile
    waits = after > *before ? after - *before : 0;
  }
  return {200, std::string{json_text}, use.json(time, waits)};
}

bool answers::sleep(std::chrono::duration<double> time) {
  std::unique_lock lock(mutex_);
  return !ended_.wait_for(lock, time, [&] { return ends_; });
}

void answers::end() {
  {
    const std::lock_guard guard(mutex_);
    ends_ = true;
  }
  ended_.notify_all();
}

void answers::profile(std::string name, debug_server::profile_maker make) {
  const std::lock_guard guard(mutex_);
  profiles_.insert_or_assign(std::move(name), std::move(make));
}
void answers::trace(std::string name, debug_server::trace_begin begin) {
  const std::lock_guard guard(mutex_);
  traces_.insert_or_assign(std::move(name), std::move(begin));
}
void answers::contention(debug_server::contention_count count) {
  const std::lock_guard guard(mutex_);
  contention_ = std::move(count);
}

}  // namespace steady::detail::serving
