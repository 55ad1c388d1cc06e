// libFuzzer: any bytes as a saved map. They are refused by a load_error, or are a map that is whole, and that comes back when
// it is saved and loaded again. The first byte chooses the map, the second whether the checksum is put right (without that,
// hardly anything gets past it) and which seed is taken; the rest is the file.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <steady/map.hpp>
#include <steady/save.hpp>
#include <steady/set.hpp>

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

// Full buckets and chains with few keys.
struct poor {
  std::uint64_t operator()(std::uint8_t key, std::uint64_t seed) const {
    return ((key ^ seed) & 3) | (key & 7ull) << 56;
  }
};

template <class Map>
void require_whole(const Map& map) {
  std::size_t met = 0;
  for (const auto& entry : map) {
    ++met;
    if constexpr (requires { typename Map::mapped_type; }) {
      require(map.contains(entry.first));
    } else {
      require(map.contains(entry));
    }
  }
  require(met == map.size());
}

template <class Map>
void try_bytes(std::span<const std::byte> file, steady::saved_seed seed) {
  Map map;
  try {
    map = steady::load<Map>(file, seed);
  } catch (const steady::load_error& error) {
    require(error.offset() <= file.size());
    for (const char* each = error.what(); *each != '\0'; ++each) require(*each >= ' ' && *each <= '~');
    return;
  }
  require_whole(map);
  require(map.size() <= file.size());
  require(map.memory_usage() <= 4096 + 1024 * file.size());
  const Map again = steady::load<Map>(steady::save(map));
  require(again == map &&
          again.seed() == std::as_const(map).seed());  // that of one which is not const would draw it
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const auto* const begin = reinterpret_cast<const std::byte*>(data);
  std::vector<std::byte> file(begin + 2, begin + size);
  if ((data[1] & 1) != 0 && file.size() >= 8) {
    steady::detail::saved_checksum checksum;
    checksum.add(std::span<const std::byte>{file}.first(file.size() - 8));
    steady::detail::put_number(file.data() + file.size() - 8, checksum.value());
  }
  const auto seed = (data[1] & 2) != 0 ? steady::saved_seed::draw : steady::saved_seed::keep;
  switch (data[0] % 4) {
  case 0:
    try_bytes<steady::map<std::uint64_t, std::uint64_t>>(file, seed);
    break;
  case 1:
    try_bytes<steady::map<std::string, std::string>>(file, seed);
    break;
  case 2:
    try_bytes<steady::map<std::uint8_t, bool, poor>>(file, seed);
    break;
  default:
    try_bytes<steady::node_set<std::string>>(file, seed);
    break;
  }
  return 0;
}
