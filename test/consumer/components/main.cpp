// A user's program that can be looked into, and gives its heap profile.
#include <steady/debug_server.hpp>
#include <steady/heap_profile.hpp>
#include <steady/observe.hpp>

#include <cstdio>
#include <string>

int main() {
  steady::heap_profile::start(1);
  steady::observed::map<int, int> squares;
  for (int number = 0; number < 1000; ++number) squares.try_emplace(number, number * number);
  steady::debug_server server(0);
  server.profile("heap", steady::heap_profile::pprof);
  const std::string profile = steady::heap_profile::pprof();
  const bool both = server.port() != 0 && profile.starts_with("\x1f\x8b");
  std::printf("steady::debug_server at a port of its own, steady::profile of %s: %s\n",
              profile.empty() ? "nothing" : "a map", both ? "yes" : "no");
  return both ? 0 : 1;
}
