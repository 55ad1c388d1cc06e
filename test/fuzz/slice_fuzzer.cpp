// libFuzzer: any bytes as a program of slices that share elements, against the model of slice_program.hpp. The first byte
// chooses the element; a difference escapes as an exception and is a finding.
#include <cstddef>
#include <cstdint>
#include <stdexcept>

#include "../model/program_source.hpp"
#include "../model/slice_program.hpp"
#include "../support/throwing.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace steady_test;
  if (size == 0) return 0;
  byte_source source(data + 1, size - 1);
  if (data[0] % 2 == 0) {
    slice_program<int, true, byte_source>(source).run();
  } else {
    slice_program<throwing_object<true>, false, byte_source>(source).run();
    if (living::objects != 0 || living::errors != 0) throw std::logic_error("objects lost or doubled");
  }
  return 0;
}
