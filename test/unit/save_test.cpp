// Maps to bytes and back: what comes back is what was saved, in its place where the hash and seed are the same; and whatever the bytes
// are, the outcome is a map that is whole or a load_error. Damage is tried at every byte, with the checksum left wrong and put right.
#include <gtest/gtest.h>

#include <steady/map.hpp>
#include <steady/save.hpp>
#include <steady/set.hpp>
#include <steady/snapshot.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory_resource>
#include <new>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../support/random.hpp"
#include "../support/scale.hpp"

namespace steady_test {

struct point {
  std::uint32_t x = 0, y = 0;
  friend bool operator==(const point&, const point&) = default;
};
enum class colour : std::uint16_t { red = 7, green = 300 };
// Written as one byte, and no other value than these.
struct digit {
  int value = 0;
  friend bool operator==(const digit&, const digit&) = default;
};

}  // namespace steady_test

template <>
struct steady::saved_form<steady_test::point> : steady::saved_as_bytes<steady_test::point> {};
template <>
struct steady::saved_form<steady_test::digit> {
  static constexpr std::string_view name = "digit";
  static void write(byte_writer& to, const steady_test::digit& d) {
    to.put(static_cast<char>('0' + d.value));
  }
  static steady_test::digit read(byte_reader& from) {
    const char read = from.get<char>();
    if (read < '0' || read > '9') from.refuse("expected a digit before this byte");
    return {read - '0'};
  }
};

namespace steady_test {
namespace {

using bytes = std::vector<std::byte>;
using word = std::uint64_t;
using words = steady::map<word, word>;
using texts = steady::map<std::string, std::string>;

// Where the header has what (docs/saving.md).
constexpr std::size_t at_layout = 12, at_count = 16, at_buckets = 24, at_seed = 32, at_order = 56;

// Puts the checksum of changed bytes right.
void seal(bytes& file) {
  steady::detail::saved_checksum checksum;
  const std::size_t covered = file.size() - 8;
  checksum.add(std::span<const std::byte>{file}.first(covered));
  steady::detail::put_number(file.data() + covered, checksum.value());
}
template <class Number>
void set_number(bytes& file, std::size_t at, Number number) {
  steady::detail::put_number(file.data() + at, number);
  seal(file);
}

template <class Map>
std::string error_of(const bytes& file, steady::saved_seed seed = steady::saved_seed::keep) {
  try {
    (void)steady::load<Map>(file, seed);
  } catch (const steady::load_error& error) {
    EXPECT_LE(error.offset(), file.size());
    EXPECT_NE(std::string{error.what()}.find("byte " + std::to_string(error.offset())), std::string::npos);
    return error.what();
  }
  return "loaded";
}
#define EXPECT_SAYS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

words random_words(std::size_t count, word seed = 1) {
  words map;
  map.seed(seed);
  for (word state = seed; map.size() < count;) map.try_emplace(scramble(++state), state);
  return map;
}

template <class Map>
auto key_of(const Map&, const typename Map::value_type& entry) {
  if constexpr (requires { typename Map::mapped_type; }) {
    return entry.first;
  } else {
    return entry;
  }
}

// Every entry is found, and a loop meets as many as there are.
template <class Map>
void expect_whole(const Map& map) {
  std::size_t met = 0;
  for (const auto& entry : map) {
    ++met;
    EXPECT_TRUE(map.contains(key_of(map, entry)));
  }
  EXPECT_EQ(met, map.size());
  EXPECT_EQ(map.stats().size, met);
}

// Loads what the map is saved as, and looks that it is the same in its entries, in their order, and in its memory.
template <class Map>
void expect_kept(const Map& map) {
  const Map loaded = steady::load<Map>(steady::save(map));
  EXPECT_EQ(loaded, map);
  EXPECT_EQ(loaded.seed(), map.seed());
  expect_whole(loaded);
  EXPECT_EQ(loaded.stats().buckets, map.stats().buckets);
  EXPECT_EQ(loaded.stats().overflow_entries, map.stats().overflow_entries);
  std::vector<typename Map::value_type> was, is;
  for (const auto& entry : map) was.push_back(entry);
  for (const auto& entry : loaded) is.push_back(entry);
  if (map.stats().overflow_nodes == 0) {
    EXPECT_EQ(was, is);
  }
}

TEST(Save, WordsOfEverySizeComeBackInTheirPlaces) {
  for (const std::size_t size :
       {0u, 1u, 3u, 4u, 5u, 8u, 9u, 13u, 14u, 15u, 16u, 27u, 40u, 105u, 333u, 1000u, 1700u, 4097u}) {
    SCOPED_TRACE(size);
    expect_kept(random_words(size, size + 1));
  }
  expect_kept(random_words(scaled(100'000, 20'000), 5));
}

TEST(Save, MapsThatGrowShrinkOrWereReservedComeBack) {
  words growing = random_words(20);
  for (word key = 1; key < 3000; ++key) {
    growing.try_emplace(key, key);
    if (key % 37 == 0) {
      EXPECT_EQ(steady::load<words>(steady::save(growing)), growing);
    }
  }
  for (word key = 1; growing.size() > 5; ++key) {
    growing.erase(key);
    if (key >= 3000) growing.erase(growing.begin());
    if (key % 37 == 0) {
      words loaded = steady::load<words>(steady::save(growing));
      EXPECT_EQ(loaded, growing);
      EXPECT_LE(loaded.memory_usage(), growing.memory_usage() * 2 + 1000);
    }
  }
  words roomy = random_words(100);
  roomy.reserve(100'000);
  words loaded = steady::load<words>(steady::save(roomy));
  EXPECT_EQ(loaded, roomy);
  EXPECT_LT(loaded.memory_usage(), 10'000u);  // the floor is not saved, as it is not copied
  // What was loaded is a map like any other.
  for (word key = 0; key < 2000; ++key) loaded.try_emplace(key, key);
  for (word key = 0; key < 2000; ++key) EXPECT_EQ(loaded.erase(key), 1u);
  EXPECT_EQ(loaded, roomy);
}

using pmr_texts = steady::pmr::map<std::pmr::string, std::pmr::string>;
using points =
    steady::map<point, digit, decltype([](const point& p, word seed) { return scramble(p.x ^ seed) + p.y; })>;
using flags = steady::map<word, bool>;

TEST(Save, TextsSetsNodesAndFormsComeBack) {
  texts map;
  steady::set<std::string> set;
  steady::node_map<colour, float> nodes{{colour::red, 0.5f}, {colour::green, -1.0f}};
  flags odd;
  points of_bytes;
  pmr_texts pmr;
  for (int i = 0; i < 500; ++i) {
    map.try_emplace(std::string(static_cast<std::size_t>(i) % 70, 'k') + std::to_string(i),
                    std::to_string(-i));
    set.insert(std::to_string(i));
    nodes.try_emplace(static_cast<colour>(i * 100), static_cast<float>(i));
    odd.try_emplace(static_cast<word>(i), i % 2 == 1);
    of_bytes.try_emplace(point{static_cast<std::uint32_t>(i), 7}, digit{i % 10});
    pmr.try_emplace(std::pmr::string(40, static_cast<char>(i % 60 + 40)),
                    "a text too long to lie in the string itself");
  }
  expect_kept(map);
  expect_kept(set);
  expect_kept(nodes);
  expect_kept(odd);
  expect_kept(of_bytes);
  std::pmr::monotonic_buffer_resource memory;
  const auto loaded = steady::load<pmr_texts>(steady::save(pmr), steady::saved_seed::keep, {}, {}, &memory);
  EXPECT_EQ(loaded, pmr);
  EXPECT_EQ(loaded.begin()->second.get_allocator().resource(), &memory);
}

struct constant_hash {
  std::size_t operator()(double, word) const { return 42; }
};
using colliding = steady::map<double, word, constant_hash>;
TEST(Save, KeysOfOneHashAndKeysThatEqualNothingComeBack) {
  colliding map;
  for (int i = 0; i < 150; ++i) map.try_emplace(i, 0u);
  expect_kept(map);
  for (word i = 0; i < 3; ++i) map.try_emplace(std::numeric_limits<double>::quiet_NaN(), i);
  const auto loaded = steady::load<colliding>(steady::save(map));
  EXPECT_EQ(loaded.size(), 153u);
}

// ---- a mismatch re-inserts ----

struct own_hash {
  static inline std::size_t calls = 0;
  word operator()(word key, word seed) const {
    ++calls;
    return scramble(key * 3 ^ seed);
  }
};
struct named_hash : own_hash {
  static constexpr std::string_view saved_name = "named 1";
};
template <class Hash>
using hashed_words = steady::map<word, word, Hash>;

TEST(Save, AnotherSeedHashLayoutOrPaceInserts) {
  const words map = random_words(3000);
  const bytes file = steady::save(map);

  const words drawn = steady::load<words>(file, steady::saved_seed::draw);
  EXPECT_EQ(drawn, map);
  EXPECT_NE(drawn.seed(), map.seed());

  const auto same_entries = [&](const auto& other) {
    expect_whole(other);
    EXPECT_EQ(other.size(), map.size());
    for (const auto& [key, value] : map) EXPECT_EQ(other.at(key), value);
  };
  same_entries(steady::load<hashed_words<own_hash>>(file));
  same_entries(steady::load<hashed_words<named_hash>>(file));
  const bytes named = steady::save(steady::load<hashed_words<named_hash>>(file));
  same_entries(steady::load<hashed_words<own_hash>>(named));
  same_entries(steady::load<words>(named));

  using slow_words = steady::map<word, word, steady::hash<word>, std::equal_to<word>,
                                 std::allocator<std::pair<const word, word>>,
                                 steady::options<steady::pace{4, 5, 4}, steady::block_limit{1024}>>;
  same_entries(steady::load<slow_words>(file));
  same_entries(steady::load<words>(steady::save(steady::load<slow_words>(file))));

  bytes relaid = file;
  set_number(relaid, at_layout, std::uint32_t{2});
  EXPECT_EQ(steady::load<words>(relaid), map);
  bytes reseeded = file;  // the hash of the first key tells
  set_number(reseeded, at_seed, word{77});
  EXPECT_EQ(steady::load<words>(reseeded), map);
}

TEST(Save, EachKeyIsHashedOnceAndTheFirstTwice) {
  hashed_words<own_hash> map;
  for (word key = 0; key < 5000; ++key) map.try_emplace(key, key);
  const auto hashed_by = [](const auto& work) {
    own_hash::calls = 0;
    work();
    return own_hash::calls;
  };
  bytes file;
  EXPECT_EQ(hashed_by([&] { file = steady::save(map); }), 1u);
  EXPECT_EQ(hashed_by([&] { (void)steady::load<decltype(map)>(file); }), 5001u);
  EXPECT_EQ(hashed_by([&] { (void)steady::load<decltype(map)>(file, steady::saved_seed::draw); }), 5000u);
  // Where name or layout differ, the first key is not asked.
  EXPECT_EQ(hashed_by([&] { (void)steady::load<hashed_words<named_hash>>(file); }), 5000u);
  set_number(file, at_layout, std::uint32_t{2});
  EXPECT_EQ(hashed_by([&] { (void)steady::load<decltype(map)>(file); }), 5000u);
}

// ---- damage and malice ----

// The file with each byte changed, and each of its beginnings.
template <class Visit>
void each_damage(const bytes& file, Visit visit) {
  for (std::size_t at = 0; at < file.size(); ++at)
    for (const unsigned flip : {0x01u, 0x80u, 0xffu, 0x10u}) {
      bytes damaged = file;
      damaged[at] ^= static_cast<std::byte>(flip);
      visit(damaged);
    }
  for (std::size_t size = 0; size < file.size(); ++size)
    visit(bytes(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(size)));
}

template <class Map>
void expect_damage_is_refused(const Map& map) {
  const bytes file = steady::save(map);
  each_damage(file, [](const bytes& damaged) { EXPECT_NE(error_of<Map>(damaged), "loaded"); });
  bytes longer = file;
  longer.insert(longer.end(), 8, std::byte{0});
  EXPECT_NE(error_of<Map>(longer), "loaded");
  // With the right checksum it is another file: a map that is whole, or refused.
  std::size_t refused = 0;
  for (const auto seed : {steady::saved_seed::keep, steady::saved_seed::draw})
    each_damage(file, [&](bytes damaged) {
      if (damaged.size() < 16) return;
      seal(damaged);
      try {
        expect_whole(steady::load<Map>(damaged, seed));
      } catch (const steady::load_error&) {
        ++refused;
      }
    });
  EXPECT_GT(refused, file.size());
}
TEST(Save, EveryByteOfDamageIsRefused) {
  expect_damage_is_refused(random_words(21));
  texts map;
  for (int i = 0; i < 17; ++i)
    map.try_emplace("key " + std::to_string(i), std::string(static_cast<std::size_t>(i), 'v'));
  expect_damage_is_refused(map);
  expect_damage_is_refused(flags{{1, true}, {2, false}});
}

// Two files of the same bytes but two, anywhere: the checksum is another.
TEST(Save, TwoChangedBytesAreSeen) {
  const bytes file = steady::save(random_words(16));
  for (std::size_t first = 64; first < file.size() - 8; ++first)
    for (std::size_t second = first + 1; second < file.size() - 8; ++second) {
      bytes damaged = file;
      damaged[first] ^= std::byte{0x80};
      damaged[second] ^= std::byte{0x80};
      steady::detail::saved_checksum was, is;
      was.add(std::span<const std::byte>{file});
      is.add(std::span<const std::byte>{damaged});
      ASSERT_NE(was.value(), is.value()) << first << ' ' << second;
    }
}

constexpr std::size_t entry_bytes = 16;
std::size_t first_entry(const bytes& file, std::size_t count) {
  return file.size() - 8 - count * entry_bytes;
}
void swap_entries(bytes& file, std::size_t a, std::size_t b, std::size_t count) {
  std::byte* const begin = file.data() + first_entry(file, count);
  std::swap_ranges(begin + a * entry_bytes, begin + (a + 1) * entry_bytes, begin + b * entry_bytes);
  seal(file);
}

TEST(Save, EntriesOutOfPlaceAreRefused) {
  constexpr std::size_t count = 500;
  const words map = random_words(count);
  const bytes file = steady::save(map);
  for (std::size_t entry = 1; entry + 100 < count;
       entry += 7) {  // the first one's hash says whose the file is
    bytes swapped = file;
    swap_entries(swapped, entry, entry + 100, count);
    EXPECT_SAYS(error_of<words>(swapped), "bucket that its hash says");
    EXPECT_EQ(steady::load<words>(swapped, steady::saved_seed::draw), map);
  }
  // The number of buckets is believed only as far as the entries bear it out.
  for (const word buckets : {word{1}, word{2}, word{37}, word{500}, word{1000}, word{1} << 39}) {
    bytes other = file;
    set_number(other, at_buckets, buckets);
    const std::string error = error_of<words>(other);
    if (buckets == 1) {
      EXPECT_EQ(error, "loaded");  // any order is that of one bucket
      EXPECT_EQ(steady::load<words>(other), map);
    } else {
      EXPECT_SAYS(error, "bucket that its hash says");
    }
  }
}

TEST(Save, DoubleKeysAreRefused) {
  constexpr std::size_t count = 500;
  const bytes file = steady::save(random_words(count));
  for (std::size_t entry = 1; entry + 1 < count; ++entry) {
    bytes doubled = file;
    std::byte* const at = doubled.data() + first_entry(doubled, count) + entry * entry_bytes;
    std::copy_n(at, entry_bytes, at + entry_bytes);
    seal(doubled);
    EXPECT_SAYS(error_of<words>(doubled), "came before");
    EXPECT_SAYS(error_of<words>(doubled, steady::saved_seed::draw), "came before");
  }
  // And where the second lies in the overflow of its bucket.
  colliding chained;
  for (int i = 0; i < 40; ++i) chained.try_emplace(i, 0u);
  for (std::size_t entry = 1; entry + 1 < 40; ++entry) {
    bytes doubled = steady::save(chained);
    std::byte* const begin = doubled.data() + first_entry(doubled, 40);
    std::copy_n(begin, entry_bytes, begin + entry * entry_bytes);
    seal(doubled);
    EXPECT_SAYS(error_of<colliding>(doubled), "came before");
  }
}

// Memory that counts what it gives, and has no more than it is told.
class limited_memory : public std::pmr::memory_resource {
 public:
  std::size_t given = 0, live = 0, largest = 0;
  std::size_t allocations_left = std::numeric_limits<std::size_t>::max();

 private:
  void* do_allocate(std::size_t size, std::size_t alignment) override {
    if (allocations_left == 0) throw std::bad_alloc();
    --allocations_left;
    void* const memory = std::pmr::new_delete_resource()->allocate(size, alignment);
    given += size;
    live += size;
    largest = std::max(largest, size);
    return memory;
  }
  void do_deallocate(void* memory, std::size_t size, std::size_t alignment) override {
    live -= size;
    std::pmr::new_delete_resource()->deallocate(memory, size, alignment);
  }
  [[nodiscard]] bool do_is_equal(const memory_resource& other) const noexcept override {
    return this == &other;
  }
};

TEST(Save, CountsThatTheBytesDoNotBearOutAllocateNothing) {
  using pmr_words = steady::pmr::map<word, word>;
  const bytes file = steady::save(random_words(20));
  for (const word count : {word{21}, word{1} << 20, word{1} << 40, ~word{0}, ~word{0} / 16 + 1}) {
    bytes hostile = file;
    set_number(hostile, at_count, count);
    limited_memory memory;
    EXPECT_THROW((void)steady::load<pmr_words>(hostile, steady::saved_seed::keep, {}, {}, &memory),
                 steady::load_error);
    EXPECT_EQ(memory.given, 0u);
  }
  const bytes text = steady::save(texts{{"a", "b"}});
  for (const word length : {word{1000}, word{1} << 40, ~word{0}}) {
    bytes hostile = text;
    set_number(hostile, text.size() - 8 - 18, length);
    EXPECT_SAYS(error_of<texts>(hostile), "more bytes");
    limited_memory memory;
    EXPECT_THROW((void)steady::load<pmr_texts>(hostile, steady::saved_seed::keep, {}, {}, &memory),
                 steady::load_error);
    EXPECT_LT(memory.given, 1000u);
  }
}

TEST(Save, LoadingThatFailsLeavesNothing) {
  pmr_texts map;
  for (int i = 0; i < 200; ++i)
    map.try_emplace(std::pmr::string(50, static_cast<char>(i + 20)), std::to_string(i));
  const bytes file = steady::save(map);
  for (const auto seed : {steady::saved_seed::keep, steady::saved_seed::draw})
    for (std::size_t allocations = 0;; ++allocations) {
      limited_memory memory;
      memory.allocations_left = allocations;
      bool loaded = false;
      try {
        loaded = steady::load<pmr_texts>(file, seed, {}, {}, &memory) == map;
      } catch (const std::bad_alloc&) {
      }
      EXPECT_EQ(memory.live, 0u);
      if (loaded) break;
    }
  // A value that is refused, half way.
  points digits;
  for (std::uint32_t x = 0; x < 100; ++x) digits.try_emplace(point{x, 0}, digit{3});
  bytes hostile = steady::save(digits);
  hostile[hostile.size() - 9 - std::size_t{9} * 50] = std::byte{'x'};
  seal(hostile);
  EXPECT_SAYS(error_of<points>(hostile), "expected a digit");
  // And a text, in the last entry.
  pmr_texts strings;
  for (int i = 0; i < 100; ++i)
    strings.try_emplace(std::pmr::string(60, static_cast<char>(i + 20)), "eleven long");
  bytes long_text = steady::save(strings);
  set_number(long_text, long_text.size() - 8 - 11 - 8, word{12});
  limited_memory memory;
  EXPECT_THROW((void)steady::load<pmr_texts>(long_text, steady::saved_seed::keep, {}, {}, &memory),
               steady::load_error);
  EXPECT_GT(memory.given, 100u * 60u);
  EXPECT_EQ(memory.live, 0u);
}

TEST(Save, ErrorsSayWhatWasExpected) {
  const bytes file = steady::save(random_words(20));
  EXPECT_SAYS(error_of<texts>(file),
              "byte 48: expected keys saved as \"text\" of any length, found \"u64\" of 8 bytes");
  EXPECT_SAYS(error_of<flags>(file),
              "expected values saved as \"bool\" of 1 bytes, found \"u64\" of 8 bytes");
  EXPECT_SAYS(error_of<steady::set<std::string>>(file), "expected a set, found a map");
  EXPECT_SAYS(error_of<texts>(steady::save(steady::set<std::string>{"a"})), "expected a map, found a set");
  EXPECT_SAYS(error_of<words>({}), "byte 0: expected the mark");
  bytes converted = file;
  converted[7] = std::byte{'\r'};
  EXPECT_SAYS(error_of<words>(converted), "as text");
  bytes later = file;
  set_number(later, 8, std::uint32_t{2});
  EXPECT_SAYS(error_of<words>(later), "expected version 1 of the format, found 2");
  bytes damaged = file;
  damaged[100] ^= std::byte{1};
  EXPECT_SAYS(error_of<words>(damaged), "checksum");
  bytes seedless = file;
  set_number(seedless, at_seed, word{0});
  EXPECT_SAYS(error_of<words>(seedless), "without a seed");
  bytes foreign = steady::save(points{{point{1, 2}, digit{3}}});
  set_number(foreign, at_order, static_cast<std::uint8_t>(3 - steady::detail::machine_order));
  EXPECT_SAYS(error_of<points>(foreign), "another byte order");
  bytes maybe = steady::save(flags{{1, true}});
  maybe[maybe.size() - 9] = std::byte{2};
  seal(maybe);
  EXPECT_SAYS(error_of<flags>(maybe), "expected a bool");
  bytes rest = file;
  rest.insert(rest.end() - 8, 16, std::byte{9});
  seal(rest);
  EXPECT_SAYS(error_of<words>(rest), "16 bytes are left behind the last entry");
}

TEST(Save, GoesOutInPiecesAndWhatTheSinkThrowsComesThrough) {
  const words map = random_words(2000);
  bytes gathered;
  std::size_t pieces = 0;
  const word total = steady::save(map, [&](std::span<const std::byte> piece) {
    EXPECT_LE(piece.size(), 4096u);
    ++pieces;
    gathered.insert(gathered.end(), piece.begin(), piece.end());
  });
  EXPECT_EQ(total, gathered.size());
  EXPECT_EQ(gathered, steady::save(map));
  EXPECT_GT(pieces, 8u);
  texts long_texts{{std::string(10'000, 'a'), std::string(4096, 'b')}};
  expect_kept(long_texts);
  EXPECT_THROW(steady::save(map, [](std::span<const std::byte>) { throw std::runtime_error("full"); }),
               std::runtime_error);
  expect_whole(map);
}

// A snapshot is written as its map was, whatever the sink does to the map meanwhile, also in the middle of what it writes.
TEST(Save, ASnapshotGoesOutWhileItsMapWorks) {
  using texts_kept = steady::snapshot_map<std::string, std::string>;
  texts_kept map;
  for (word n = 0; n < 300; ++n)
    map.emplace("key " + std::to_string(n),
                std::string(n % 50 == 0 ? 10'000 : 40, static_cast<char>('a' + n % 26)));
  const bytes before = steady::save(map);
  const auto then = map.snapshot();
  EXPECT_EQ(steady::save(then), before);
  bytes gathered;
  word turn = 0;
  const word total = steady::save(then, [&](std::span<const std::byte> piece) {
    EXPECT_LE(piece.size(), 4096u);
    gathered.insert(gathered.end(), piece.begin(), piece.end());
    for (word n = 0; n < 25; ++n, ++turn) {
      map.erase("key " + std::to_string(turn % 300));
      map.insert_or_assign("new " + std::to_string(turn), std::string(100, 'n'));
      if (turn == 200) map.clear();
    }
  });
  EXPECT_GT(turn, 400u);
  EXPECT_EQ(total, gathered.size());
  EXPECT_EQ(gathered, before);
  const auto loaded = steady::load<texts_kept>(gathered);
  EXPECT_EQ(loaded.size(), 300u);
  EXPECT_EQ(loaded.seed(), steady::load<texts_kept>(before).seed());
  EXPECT_TRUE(steady::load<texts_kept>(steady::save(decltype(map.snapshot())())).empty());
}

// The format does not change: these bytes were written by its first version, on a little-endian machine.
TEST(Save, TheFirstFormatStaysReadable) {
  hashed_words<named_hash> map;
  map.seed(5);
  map.try_emplace(1, 0x0102030405060708u);
  const bytes file = steady::save(map);
  const std::string_view expected(
      "\x89steady\n\x01\0\0\0\x01\0\0\0\x01\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\x05\0\0\0\0\0\0\0", 40);
  ASSERT_EQ(file.size(), 64u + 7 + 3 + 3 + 16 + 8);
  const std::string_view text(reinterpret_cast<const char*>(file.data()), file.size());
  EXPECT_EQ(text.substr(0, 40), expected);
  EXPECT_EQ(text.substr(48, 16), std::string_view("\x08\0\0\0\x08\0\0\0\0\x07\x03\x03\0\0\0\0", 16));
  EXPECT_EQ(text.substr(64, 29),
            std::string_view("named 1u64u64\x01\0\0\0\0\0\0\0\x08\x07\x06\x05\x04\x03\x02\x01", 29));
}

}  // namespace
}  // namespace steady_test
