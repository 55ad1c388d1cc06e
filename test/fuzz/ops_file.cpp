// Any text: the parser of operations files either says what is wrong with which line, in one printable line,
// or yields a trace that is well formed and can be replayed.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>

#include "peers/std.hpp"
#include "tools/steady/replay/error.hpp"
#include "tools/steady/replay/ops_file.hpp"
#include "tools/steady/replay/probe.hpp"
#include "tools/steady/replay/workloads.hpp"

using namespace steady::replay;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

template <class K, class V>
void replay_trace(const trace<K, V>& operations) {
  for (std::size_t i = 0; i < operations.size(); ++i) {
    require(operations[i].end > i && operations[i].end <= operations.size());
    require(operations[i].end == i + 1 || operations[i].code == trace_code::sweep);
  }
  std::unordered_map<K, V> map;
  silent_probe probe;
  trace_run<steady::peers::std_peer, K, V, decltype(map), silent_probe>{map, operations, probe}.run();
  require(map.size() <= operations.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const operation_data parsed =
        parse_operations(std::string_view{reinterpret_cast<const char*>(data), size}, "fuzzed.ops");
    std::visit(
        [](const auto& operations) {
          if constexpr (requires { operations.front().end; }) replay_trace(operations);
        },
        parsed);
  } catch (const wrong_input& error) {
    for (const char c : std::string_view{error.what()}) require(c >= ' ' && c <= '~');
  }
  return 0;
}
