// Prints 64-bit keys whose steady::hash under one seed agrees in its low 20 bits: what an attacker who
// learned the seed of a map would send it. Made by trying keys one after another.
//
//   g++ -std=c++20 -O2 -I include test/data/make-colliding-keys.cpp -o /tmp/make && /tmp/make 24301 2000
//
// wrote colliding-keys-seed-24301.txt (24301 is 0x5eed). The test that reads the file fails if the hash
// changed; then make it anew.
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include <steady/hash.hpp>

int main(int count, char** arguments) {
  if (count != 3) return std::fprintf(stderr, "usage: %s SEED COUNT\n", arguments[0]), 2;
  const std::uint64_t seed = std::strtoull(arguments[1], nullptr, 10);
  const std::uint64_t wanted = std::strtoull(arguments[2], nullptr, 10);
  constexpr std::uint64_t low_20_bits = 0xF'FFFF;
  for (std::uint64_t found = 0, key = 0; found < wanted; ++key) {
    if ((steady::hash<std::uint64_t>{}(key, seed) & low_20_bits) != 0) continue;
    std::printf("%llu\n", static_cast<unsigned long long>(key));
    ++found;
  }
}
