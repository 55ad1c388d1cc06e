// libFuzzer: any bytes as a program on a classic_map with loops alive, with check() after every operation
// (classic_program.hpp). The first byte chooses the map; a violation escapes as an exception and is a finding.
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>

#include "../model/classic_program.hpp"
#include "../model/program_source.hpp"

namespace {

using namespace steady_test;

struct poor {
  std::uint64_t operator()(std::uint64_t key, std::uint64_t) const { return (key & 3) | (key & 7) << 56; }
};

template <class Map, class MakeKey>
void run(byte_source& source, MakeKey make_key) {
  classic_program<Map, byte_source, MakeKey>(source, make_key, 1).run();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  byte_source source(data + 1, size - 1);
  switch (data[0] % 3) {
  case 0:
    run<steady::classic_map<std::uint64_t, std::uint64_t, poor>>(
        source, [](std::size_t n) { return std::uint64_t{n}; });
    break;
  case 1:
    run<steady::classic_map<std::string, std::uint64_t>>(
        source, [](std::size_t n) { return std::string(n % 40, 'k') + std::to_string(n); });
    break;
  default:
    run<steady::classic_map<double, std::uint64_t>>(source, [](std::size_t n) {
      return n % 5 == 0 ? std::numeric_limits<double>::quiet_NaN() : static_cast<double>(n) / 3;
    });
    break;
  }
  return 0;
}
