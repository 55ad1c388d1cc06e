#include "tools/steady/inside/command.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <sstream>
#include <steady/contention_profile.hpp>
#include <steady/debug_server.hpp>
#include <steady/heap_profile.hpp>
#include <steady/map_trace.hpp>
#include <steady/registry.hpp>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>

#include "tools/steady/inside/check_delete.hpp"
#include "tools/steady/inside/demo_program.hpp"
#include "tools/steady/inside/http.hpp"
#include "tools/steady/inside/top.hpp"
#include "tools/steady/replay/error.hpp"
#include "tools/steady/replay/interrupt.hpp"
#include "tools/steady/view/raw_terminal.hpp"

namespace steady::inside {
namespace {

constexpr int done = 0;
constexpr int check_failed = 1;
constexpr int input_wrong = 2;

struct options {
  std::string url;
  std::string name;
  std::uint16_t port = 6060;
  bool json = false;
};

// ---- demo-server ----

// What the server is given by the program it is in: profiles, the trace of its maps, and how often a map's locks were waited for.
void give_all(debug_server& server) {
  heap_profile::start();
  contention_profile::start();
  server.profile("heap", heap_profile::pprof);
  server.profile("mutex", contention_profile::pprof);
  server.trace("maps", []() -> debug_server::trace_end {
    return [trace = std::make_shared<map_trace>()] {
      trace->stop();
      std::ostringstream text;
      trace->write_chrome(text);
      return text.str();
    };
  });
  server.contention([](std::string_view name) {
    std::uint64_t waits = 0;
    for (const map_snapshot& each : registry::maps())
      if (each.name == name) waits += each.lock_waits();
    return waits;
  });
}

int serve(const options& chosen) {
  constexpr std::chrono::milliseconds between_looks{100};  // whether a signal came
  try {
    debug_server server(chosen.port);
    give_all(server);
    const demo_program program;
    fmt::print("{}/debug/maps\n", server.url());
    std::fflush(stdout);
    for (;;) {
      std::this_thread::sleep_for(between_looks);
      replay::check_interrupted();
    }
  } catch (const replay::interrupted&) {
    return done;  // there is no other way to end it
  } catch (const std::system_error& error) {
    throw replay::wrong_input(fmt::format("{}; --port N", error.what()));
  }
}

// ---- top ----

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::string ask_for_maps(const options& chosen) {
  const http_answer answer = http_get(chosen.url, "/debug/maps.json");
  constexpr std::size_t most = 200;
  if (answer.status != 200)
    throw replay::wrong_input(
        fmt::format("{} answers {}: {}", chosen.url, answer.status, printable(answer.body, most)));
  return answer.body;
}

look take_look(const options& chosen) {
  try {
    const std::string text = ask_for_maps(chosen);
    return read_look(text, seconds_now());
  } catch (const replay::wrong_input& error) {
    const std::string what = error.what();
    throw replay::wrong_input(what.starts_with(chosen.url) ? what : fmt::format("{}: {}", chosen.url, what));
  }
}

void draw(const options& chosen, const look& now, const look* before) {
  const auto lines = draw_top(now, before);
  const std::size_t room = view::raw_terminal::rows() - std::min<std::size_t>(view::raw_terminal::rows(), 2);
  std::string screen = "\x1b[H";
  for (std::size_t line = 0; line < std::min(lines.size(), room); ++line)
    screen += lines[line] + "\x1b[K\r\n";
  screen += fmt::format("\x1b[J{}, once a second; q: quit", printable(chosen.url, 60));
  view::raw_terminal::write(screen);
}

void refresh(const options& chosen) {
  look before = take_look(chosen);  // a wrong URL is told before the screen is taken
  const view::raw_terminal terminal;
  draw(chosen, before, nullptr);
  for (;;) {
    constexpr int second = 1000;  // ms
    constexpr int wait = 100;  // then whether a signal came
    for (int waited = 0; waited < second; waited += wait) {
      const std::string keys = view::raw_terminal::typed(wait);
      replay::check_interrupted();
      if (keys.find('q') != std::string::npos) return;
    }
    look now = take_look(chosen);
    draw(chosen, now, &before);
    before = std::move(now);
  }
}

int top(const options& chosen) {
  if (chosen.json) {
    const std::string text = ask_for_maps(chosen);
    (void)read_look(text, 0);
    fmt::print("{}\n", text);
  } else if (::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1) {
    refresh(chosen);
  } else {
    for (const std::string& line : draw_top(take_look(chosen), nullptr)) fmt::print("{}\n", line);
  }
  return done;
}

// ---- check-delete ----

int check(const options& chosen) {
  const verdict found = check_delete(chosen.url, chosen.name);
  const std::string name = printable(chosen.name, 60);
  for (const std::string& reason : found.reasons) fmt::print("{} is in use: {}\n", name, reason);
  if (!found.reasons.empty()) return check_failed;
  fmt::print("{} is not in use: no map, channel or heap has that name, nobody waits on it ({})\n", name,
             found.watched);
  return done;
}

int run(const char* command, int (*work)(const options&), const options& chosen) {
  replay::watch_for_interrupts();
  try {
    return work(chosen);
  } catch (const replay::interrupted& stop) {
    fmt::print(stderr, "steady {}: interrupted\n", command);
    return 128 + stop.signal;
  } catch (const replay::wrong_input& error) {
    fmt::print(stderr, "steady {}: {}\n", command, error.what());
  }
  return input_wrong;
}

}  // namespace

void add_commands(CLI::App& command_line, std::function<int()>& chosen) {
  auto values = std::make_shared<options>();
  const auto url = [values](CLI::App& app) {
    app.add_option("URL", values->url, "Where it listens: http://127.0.0.1:6060")->required();
  };

  CLI::App* const demo = command_line.add_subcommand(
      "demo-server", "A program to look into: busy maps and channels, and the page of them.");
  demo->add_option("--port", values->port, "Where to listen, on this machine alone; 0: any free port (6060)")
      ->option_text("N")
      ->check(CLI::Range(0, 65535));
  demo->footer("It prints the address of its page, and runs until it is interrupted. Exit code: 0 done, 2 "
               "the port is in use.");
  demo->callback([values, &chosen] { chosen = [values] { return run("demo-server", serve, *values); }; });

  CLI::App* const shown = command_line.add_subcommand(
      "top", "The named maps, channels and heaps of a running program, in this terminal.");
  url(*shown);
  shown->add_flag("--json", values->json, "The figures as the program gives them, once");
  shown->footer("In a terminal once a second, q quits; elsewhere once. Exit code: 0 done, 2 nobody answers. "
                "What the figures "
                "are: docs/see-inside.md");
  shown->callback([values, &chosen] { chosen = [values] { return run("top", top, *values); }; });

  CLI::App* const asked = command_line.add_subcommand(
      "check-delete", "Whether something of that name is still in use in a running program (claim M105).");
  url(*asked);
  asked->add_option("NAME", values->name, "Of a map, a channel or a heap")->required();
  asked->footer("Exit code: 0 it is not: no map, channel or heap has the name for a second, nobody waits "
                "on it, its locks are quiet; "
                "1 it is, and why; 2 wrong input, or nobody answers.");
  asked->callback([values, &chosen] { chosen = [values] { return run("check-delete", check, *values); }; });
}

}  // namespace steady::inside
