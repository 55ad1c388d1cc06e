// libFuzzer: any bytes as a program of map operations, against std::map (map_program.hpp).
//
// The first byte chooses the map; an exception that escapes is a finding.
#include <cstddef>
#include <cstdint>
#include <string>

#include "../model/map_program.hpp"
#include "../model/program_source.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace steady_test;
  if (size == 0) return 0;
  byte_source source(data + 1, size - 1);
  switch (data[0] % 3) {
  case 0:
    map_program<steady::map<std::uint32_t, std::uint32_t>, byte_source>(source).run();
    break;
  case 1:
    map_program<steady::map<std::uint32_t, std::uint32_t, poor_hash<std::uint32_t>>, byte_source>(source)
        .run();
    break;
  default:
    map_program<steady::node_map<std::string, std::string>, byte_source>(source).run();
    break;
  }
  return 0;
}
