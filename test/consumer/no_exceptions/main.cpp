// The headers without exceptions, without run-time type information, and without both: compiled and run by
// scripts/check-consumers, because no header may assume what many programs turn off.
#include <steady/version.hpp>
#if __has_include(<steady/map.hpp>)
#include <steady/map.hpp>
#include <steady/save.hpp>
#include <steady/set.hpp>
#endif

#if __has_include(<steady/chan.hpp>)
#include <steady/run_loop.hpp>
#include <steady/select.hpp>
#include <steady/selector.hpp>
#include <steady/waiters.hpp>
#endif

#if __has_include(<steady/slice.hpp>)
#include <steady/slice.hpp>
#endif

#include <cstdio>
#include <string>

#if __has_include(<steady/map.hpp>)
int check() {
  steady::map<int, std::string> names;
  for (int i = 0; i < 1000; ++i) names.try_emplace(i, std::to_string(i));
  int seen = 0;
  for (auto& [number, name] : names) {
    ++seen;
    if (number % 2 == 0) names.erase(number);
  }
  if (seen != 1000 || names.size() != 500 || names.at(7) != "7") return 1;

  steady::node_map<int, int> squares;
  for (int i = 0; i < 100; ++i) squares[i] = i * i;
  const int& nine = squares.at(3);
  for (int i = 100; i < 1000; ++i) squares[i] = i * i;
  if (nine != 9) return 2;

  steady::set<std::string> words{"a", "b", "a"};
  if (steady::load<steady::set<std::string>>(steady::save(words)) != words) return 3;
  return words.size() == 2 && words.contains("b") ? 0 : 3;
}
#else
int check() { return 0; }
#endif

#if __has_include(<steady/chan.hpp>)
int check_channels() {
  const steady::chan<int> c{1};
  c.send(1);
  int got = 0;
  steady::select(steady::recv(c, [&](std::optional<int> value) { got = *value; }));
  steady::run_loop loop;
  loop.spawn([](steady::chan<int> to) -> steady::task {
    co_await to.async_send(2);
    to.close();
  }(c));
  loop.run();
  for (const int value : c) got += value;
  return got == 3 && steady::dump_waiters().empty() ? 0 : 4;
}
#else
int check_channels() { return 0; }
#endif

#if __has_include(<steady/slice.hpp>)
int check_slices() {
  steady::slice<std::string> s{"a", "b"};
  s.append("c").insert(0, "d").erase(1, 2);
  return s == steady::slice<std::string>{"d", "b", "c"} && s(0, 1).clip().capacity() == 1 ? 0 : 8;
}
#else
int check_slices() { return 0; }
#endif

int main() {
  const int result = check() + check_channels() + check_slices();
  std::printf("steady %s without exceptions or rtti: %d\n", std::string(steady::version).c_str(), result);
  return result;
}
