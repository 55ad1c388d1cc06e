// Fires probes of every kind there is in maps, and of waits on channels; without STEADY_USDT it has none.
#include <steady/chan.hpp>
#include <steady/observe.hpp>
#include <steady/wait_events.hpp>

#include <thread>

int main() {
  steady::observed::map<int, int> map;
  map.name("probed");
  for (int key = 0; key < 1'000; ++key) map.try_emplace(key, key);
  for (const auto& entry : map) map.erase(entry.first);
  map.clear();

#if defined(STEADY_USDT)
  steady::usdt_waits probes;
  steady::observe_waits(&probes);
#endif
  const steady::chan<int> c{0, "probed"};
  std::thread sender([=] {
    for (int n = 0; n < 1'000; ++n) c.send(n);
    c.close();
  });
  int received = 0;
  for (const int n : c) received += n == received;
  sender.join();
  steady::observe_waits(nullptr);
  return received == 1'000 ? 0 : 1;
}
