// The replay alone, without the command's libraries: what each planted wrong belief is compiled with
// (scripts/conform-mutations). Prints the files that differ; exit code 1 if there is one.
#include <cstdio>

#include "tools/steady/conform/replay.hpp"
#include "tools/steady/conform/trace.hpp"

int main(int argc, char** argv) {
  int different = 0;
  for (int i = 1; i < argc; ++i) {
    steady::conform::trace_reader trace(argv[i]);
    const steady::conform::outcome result = steady::conform::replay(trace);
    if (!result.first) continue;
    ++different;
    std::printf("%s: step %llu: %s\n", argv[i], static_cast<unsigned long long>(result.first->step),
                result.first->what.c_str());
  }
  return different > 0 ? 1 : 0;
}
