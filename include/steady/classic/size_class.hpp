// How many bytes Go's allocator hands out for a request: an array takes what is left over as overflow buckets.
//
// Requests up to 32 KiB are rounded to one of 67 size classes, larger ones to pages of 8 KiB. Memory with pointers and
// over 512 bytes carries an 8-byte header that is taken from it (Go 1.22's change). Source: runtime/msize.go and
// sizeclasses.go; seen from outside in facts.log F3 (tools/gotrace).
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace steady::classic {

inline constexpr std::array<std::uint16_t, 67> size_classes = {
    8,     16,    24,    32,    48,    64,    80,    96,    112,   128,   144,  160,   176,   192,
    208,   224,   240,   256,   288,   320,   352,   384,   416,   448,   480,  512,   576,   640,
    704,   768,   896,   1024,  1152,  1280,  1408,  1536,  1792,  2048,  2304, 2688,  3072,  3200,
    3456,  4096,  4864,  5376,  6144,  6528,  6784,  6912,  8192,  9472,  9728, 10240, 10880, 12288,
    13568, 14336, 16384, 18432, 19072, 20480, 21760, 24576, 27264, 28672, 32768};

// How many pages of 8 KiB a span of each class has: enough that what is left over behind its last piece is at most an
// eighth (sizeclasses.go). steady::span_resource cuts its memory by them.
inline constexpr std::array<std::uint8_t, 67> size_class_pages = {
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,  1, 1, 1,
    2, 1, 2, 1, 2, 1, 3, 2, 3, 1, 3, 2, 3, 4, 5, 6, 1, 7, 6, 5, 4, 3, 5, 7, 2, 9, 7, 5, 8, 3, 10, 7, 4};
inline constexpr std::size_t size_class_page = 8192;

[[nodiscard]] constexpr std::size_t round_up_size(std::size_t bytes, bool pointers) noexcept {
  constexpr std::size_t largest_small = size_classes.back();
  constexpr std::size_t page = size_class_page;
  constexpr std::size_t header = 8;
  constexpr std::size_t largest_without_header = 512;
  if (bytes > largest_small - header) return (bytes + page - 1) / page * page;
  const std::size_t taken = pointers && bytes > largest_without_header ? header : 0;
  return *std::lower_bound(size_classes.begin(), size_classes.end(), bytes + taken) - taken;
}

}  // namespace steady::classic
