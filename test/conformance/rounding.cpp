// What no trace of 64-bit keys shows: memory with pointers has a header that rounding must allow for. Buckets of 128
// bytes at B = 4: the real runtime made 17 of them with pointers and 18 without (tools/gotrace/facts.log, F3).
#include <steady/classic/size_class.hpp>

#include <cstdio>

int main() {
  using steady::classic::round_up_size;
  constexpr std::size_t bucket = 128;
  const std::size_t with_pointers = round_up_size(17 * bucket, true) / bucket;
  const std::size_t without = round_up_size(17 * bucket, false) / bucket;
  if (with_pointers == 17 && without == 18) return 0;
  std::printf("rounding: %zu buckets with pointers, %zu without; the runtime has 17 and 18\n", with_pointers,
              without);
  return 1;
}
