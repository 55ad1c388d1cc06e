// A user's program that can be looked into.
#include <steady/debug_server.hpp>

#include <cstdio>

int main() {
  const steady::debug_server server(0);
  std::printf("steady::debug_server at a port of its own: %s\n", server.port() != 0 ? "yes" : "no");
  return server.port() != 0 ? 0 : 1;
}
