// What is said of an index that is out of range: Go's words, with the numbers in them.
#pragma once

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>

#include "../detail/config.hpp"

namespace steady {

// Thrown where Go panics. Without exceptions the message is printed and the program ends, as in Go.
class bounds_error : public std::out_of_range {
 public:
  using std::out_of_range::out_of_range;
};

namespace detail::slices {

// Signed, because a huge index is nearly always a negative one that was converted.
[[nodiscard]] inline std::string number(std::size_t index) {
  return std::to_string(static_cast<std::ptrdiff_t>(index));
}

[[noreturn]] STEADY_COLD inline void report(const std::string& message) {
#if STEADY_EXCEPTIONS
  throw bounds_error(message);
#else
  std::fprintf(stderr, "%s\n", message.c_str());
  std::abort();
#endif
}

[[noreturn]] STEADY_COLD inline void report_index(std::size_t index, std::size_t length) {
  report("index out of range [" + number(index) + "] with length " + number(length));
}

// s(i, j)
[[noreturn]] STEADY_COLD inline void report_range(std::size_t i, std::size_t j, std::size_t capacity) {
  if (j > capacity)
    report("slice bounds out of range [:" + number(j) + "] with capacity " + number(capacity));
  report("slice bounds out of range [" + number(i) + ":" + number(j) + "]");
}

// s(i, j, k)
[[noreturn]] STEADY_COLD inline void report_range(std::size_t i, std::size_t j, std::size_t k,
                                                  std::size_t capacity) {
  if (k > capacity)
    report("slice bounds out of range [::" + number(k) + "] with capacity " + number(capacity));
  if (j > k) report("slice bounds out of range [:" + number(j) + ":" + number(k) + "]");
  report("slice bounds out of range [" + number(i) + ":" + number(j) + ":]");
}

// insert and erase, which look at the length and not at the capacity
[[noreturn]] STEADY_COLD inline void report_part(std::size_t i, std::size_t j, std::size_t length) {
  if (j > length) report("slice bounds out of range [:" + number(j) + "] with length " + number(length));
  report("slice bounds out of range [" + number(i) + ":" + number(j) + "]");
}

[[noreturn]] STEADY_COLD inline void report_array(std::size_t length, std::size_t wanted) {
  report("cannot convert slice with length " + number(length) + " to array with length " + number(wanted));
}

}  // namespace detail::slices
}  // namespace steady
