// A user's program, small enough to read at once: each way of taking steady in builds and runs this file.
#include <steady/version.hpp>
#if __has_include(<steady/map.hpp>)
#include <steady/map.hpp>
#endif

#include <cstdio>
#include <string>

int main() {
#if __has_include(<steady/map.hpp>)
  steady::map<std::string, int> ages;
  ages["ada"] = 36;
  ages["bob"] = 20;
  for (auto& [name, age] : ages) {
    if (age < 30) ages.erase(name);
  }
  if (ages.size() != 1 || ages.at("ada") != 36) return 1;
#endif
  std::printf("steady %s\n", std::string(steady::version).c_str());
}
