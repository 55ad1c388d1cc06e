// A program to be looked at by debuggers: maps in every state, and the truth about them in a file, so that what a
// debugger says can be compared with what the containers know of themselves (scripts/check-debuggers).
//
//   program FILE      writes the truth to FILE, and calls stop_here() with everything alive
//
// Lines of the file, fields apart by tabs:
//   number NAME VALUE           what the headers say of a number that the extensions keep a copy of
//   table NAME VALUES...        see table_truth below
//   classic NAME VALUES...      see classic_truth below
//   entry NAME ADDRESS          one for each entry, in the order of the buckets; of a classic map, of key and value
//   text NAME TEXT              the same entries as text, where keys and values are integers
// Seeds are fixed, so every run has the same maps. Truth is taken through protected members, as a derived class may.
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <utility>

#include <steady/classic_map.hpp>
#include <steady/map.hpp>
#include <steady/set.hpp>

#include "test/support/fancy_pointer.hpp"

namespace {

std::FILE* truth;

template <class>
struct core_of;
template <class Types, bool Const>
struct core_of<steady::detail::table_iterator<Types, Const>> {
  using type = steady::detail::bulk_table<Types>;
};

template <class Map>
struct table_truth : Map {
  using core = typename core_of<typename Map::iterator>::type;
  using shape = typename table_truth::shape;

  static constexpr unsigned looped_bit = core::bit(steady::detail::table_flag::looped);

  static bool in_move(const Map& of) { return (of.*(&table_truth::first_block_moving))(); }

  static void tell(const char* name, const Map& of) {
    const auto has_trunk =
        (of.*(&table_truth::buckets))() != 0 && !(of.*(&table_truth::first_bucket_small))();
    const auto moving = (of.*(&table_truth::first_block_moving))();
    const auto nodes = has_trunk ? (of.*(&table_truth::trunk_of))().nodes : 0;
    const std::uint64_t moved = moving ? (of.*(&table_truth::trunk_of))().buckets_moved : 0;
    std::fprintf(truth, "table\t%s", name);
    for (const std::uint64_t value :
         {std::uint64_t{of.size()}, (of.*(&table_truth::buckets))(), std::uint64_t{of.bucket_count()}, nodes,
          std::uint64_t{moving}, moved, (of.*(&table_truth::blocks))(), std::uint64_t{shape::block_buckets},
          std::uint64_t{shape::levels}, std::uint64_t{shape::fan_bits}, std::uint64_t{shape::bootstrap_bytes},
          std::uint64_t{shape::trunk_bytes}, (of.*(&table_truth::live_loops))()})
      std::fprintf(truth, "\t%llu", static_cast<unsigned long long>(value));
    std::fprintf(truth, "\n");
    const auto visit = [name](const auto& place) {
      std::fprintf(truth, "entry\t%s\t%llu\n", name,
                   static_cast<unsigned long long>(reinterpret_cast<std::uintptr_t>(place.entry->get())));
      if constexpr (requires { place.entry->get()->first + place.entry->get()->second; })
        std::fprintf(truth, "text\t%s\t%d %d\n", name, place.entry->get()->first, place.entry->get()->second);
      if constexpr (requires { *place.entry->get() + 1; })
        std::fprintf(truth, "text\t%s\t%d\n", name, *place.entry->get());
    };
    // The type makes it one function; gcc does not take it from its template arguments.
    void (core::* const each_place)(decltype(visit)&) const = &table_truth::each_place;
    (of.*each_place)(visit);
  }
};

// A classic map tells its truth by inspect().
template <class Map>
void classic_truth(const char* name, const Map& of) {
  const auto seen = of.inspect();
  std::fprintf(truth, "classic\t%s\t%llu\t%u\t%llu\t%u\t%u\t%u\n", name,
               static_cast<unsigned long long>(seen.count), seen.B,
               static_cast<unsigned long long>(seen.nevacuate), unsigned{seen.growing},
               unsigned{seen.same_size_growth}, unsigned{seen.noverflow});
  for (const auto* chains : {&seen.oldbuckets, &seen.buckets}) {
    for (const auto& chain : *chains) {
      if (chain.evacuated) continue;
      for (const auto& bucket : chain.buckets) {
        for (std::size_t slot = 0; slot < bucket.keys.size(); ++slot) {
          if (bucket.keys[slot] == nullptr) continue;
          std::fprintf(
              truth, "entry\t%s\t%llu\t%llu\n", name,
              static_cast<unsigned long long>(reinterpret_cast<std::uintptr_t>(bucket.keys[slot])),
              static_cast<unsigned long long>(reinterpret_cast<std::uintptr_t>(bucket.values[slot])));
          if constexpr (requires { *bucket.keys[slot] + *bucket.values[slot]; })
            std::fprintf(truth, "text\t%s\t%d %d\n", name, *bucket.keys[slot], *bucket.values[slot]);
        }
      }
    }
  }
}

// A key that has internal linkage, and a hash of the program's own.
struct point {
  int x;
  int y;
  friend bool operator==(const point&, const point&) = default;
};
struct point_hash {
  std::size_t operator()(const point& at) const noexcept {
    return static_cast<std::size_t>(at.x * 31 + at.y);
  }
};

using numbers = steady::map<int, int>;
// Blocks of 1 KiB: a directory of several levels at some thousand entries.
using small_blocks = steady::set<int, steady::hash<int>, std::equal_to<int>, std::allocator<int>,
                                 steady::options<steady::block_limit{1024}>>;
using words = steady::map<std::string, numbers>;
using points = steady::node_map<point, std::string, point_hash>;
using classic_numbers = steady::classic_map<int, int>;
// Keys that may differ from themselves: values lie in nodes.
using classic_reals = steady::classic_map<double, std::string>;
using fancy = steady::map<int, int, steady::hash<int>, std::equal_to<int>,
                          steady_test::fancy_allocator<std::pair<const int, int>>>;

// Memory in which there is no map, or no longer.
template <class Map>
union raw {
  raw() { std::memset(static_cast<void*>(this), 0xa5, sizeof *this); }
  ~raw() {}
  Map map;
};

std::uint64_t fixed_word(void* context, steady::classic::draw) {
  auto& word = *static_cast<std::uint64_t*>(context);
  word = word * 6364136223846793005u + 1442695040888963407u;
  return word;
}

void fill(auto& map, int from, int to) {
  for (int key = from; key < to; ++key) (void)map.try_emplace(key, key * 10);
}

}  // namespace

numbers empty;
numbers few;
numbers one_block;
numbers several_blocks;
numbers growing;
numbers moving;
numbers looped;
numbers cleared;
small_blocks deep;
steady::node_set<int> unused;
words nested;
points nodes;
fancy unsupported;
classic_numbers classic_empty;
classic_numbers classic_few;
classic_numbers classic_growing;
classic_reals classic_nodes;

raw<numbers> uninitialised;
raw<numbers> zeroed;
raw<numbers> destroyed;
raw<classic_numbers> classic_uninitialised;

numbers::iterator at_end;
numbers::iterator found;
numbers::iterator loop;
numbers::iterator disturbed;
numbers::iterator over;
numbers::iterator stale;
numbers::const_iterator of_const;
classic_numbers::iterator classic_end;
classic_numbers::iterator classic_found;
classic_numbers::iterator classic_loop;
steady::map_stats table_stats;
steady::classic::map_stats classic_stats;

extern "C" [[gnu::noinline]] void stop_here() { asm volatile("" ::: "memory"); }

int main(int argc, char** argv) {
  using namespace std::string_literals;
  if (argc != 2 || (truth = std::fopen(argv[1], "w")) == nullptr) return 2;
  for (numbers* map : {&few, &one_block, &several_blocks, &growing, &moving, &looped, &cleared})
    map->seed(23);
  deep.seed(23);
  nested.seed(23);
  nodes.seed(23);

  fill(few, 1, 4);
  fill(one_block, 0, 300);
  fill(several_blocks, 0, 5000);
  fill(growing, 0, 3500);  // 256 buckets are split between 3,328 and 3,840 entries
  for (int key = 0; !table_truth<numbers>::in_move(moving); ++key) fill(moving, key, key + 1);
  for (int key = 0; key < 16000; ++key) (void)deep.insert(key);
  for (const std::string& name : {"ant"s, "bee"s, "a name that is too long to lie inside its string"s})
    fill(nested.try_emplace(name).first->second, 0, static_cast<int>(name.size()));
  for (int x = 0; x < 40; ++x) (void)nodes.try_emplace(point{x, x + 1}, std::to_string(x));

  fill(looped, 0, 100);
  disturbed = looped.begin();
  ++disturbed;
  fill(looped, 100, 1000);
  loop = looped.begin();
  found = few.find(2);
  stale = looped.find(7);
  fill(looped, 1000, 1001);
  of_const = std::as_const(few).begin();
  fill(cleared, 0, 10);
  over = cleared.begin();
  cleared.clear();
  // By hand: taking them costs a second of compilation, and a debugger only reads them.
  table_stats.size = 5000;
  table_stats.slots = 7680;
  table_stats.buckets = 512;
  table_stats.block_bytes = 75120;

  static std::uint64_t word = 1;
  for (classic_numbers* map : {&classic_few, &classic_growing}) map->use_randomness({fixed_word, &word});
  classic_nodes.use_randomness({fixed_word, &word});
  fill(classic_few, 1, 4);
  // Grows at 417 entries; loops and some old buckets are still there.
  fill(classic_growing, 0, 410);
  classic_loop = classic_growing.begin();
  for (int steps = 0; steps < 100; ++steps) ++classic_loop;
  fill(classic_growing, 410, 430);
  classic_found = classic_few.find(3);
  for (int key = 0; key < 27; ++key) (void)classic_nodes.try_emplace(key + 0.5, std::to_string(key));
  classic_stats.size = 430;
  classic_stats.slots = 1024;
  classic_stats.old_buckets = 64;
  classic_stats.nevacuate = 20;

  std::memset(static_cast<void*>(&zeroed), 0, sizeof zeroed);
  ::new (static_cast<void*>(&destroyed.map)) numbers;
  fill(destroyed.map, 0, 100);
  destroyed.map.~numbers();

  std::fprintf(truth, "number\tbucket_slots\t%u\n", steady::detail::bucket_slots);
  std::fprintf(truth, "number\ttag_word_bytes\t%u\n", steady::detail::tag_word_bytes);
  std::fprintf(truth, "number\tfilter_byte\t%u\n", steady::detail::filter_byte);
  std::fprintf(truth, "number\tlooped\t%u\n", table_truth<numbers>::looped_bit);
  std::fprintf(truth, "number\tempty_one\t%u\n", unsigned{steady::classic::empty_one});
  std::fprintf(truth, "number\tevacuated_x\t%u\n", unsigned{steady::classic::evacuated_x});
  std::fprintf(truth, "number\tevacuated_y\t%u\n", unsigned{steady::classic::evacuated_y});
  std::fprintf(truth, "number\tevacuated_empty\t%u\n", unsigned{steady::classic::evacuated_empty});
  std::fprintf(truth, "number\tmin_top_hash\t%u\n", unsigned{steady::classic::min_top_hash});
  std::fprintf(truth, "number\tflag_same_size_grow\t%u\n", unsigned{steady::classic::flag_same_size_grow});
  // `table` lines have block_buckets, which is what the largest block shift decides.
  std::fprintf(truth, "number\tlargest_block_shift\t7\n");

  table_truth<numbers>::tell("empty", empty);
  table_truth<numbers>::tell("few", few);
  table_truth<numbers>::tell("one_block", one_block);
  table_truth<numbers>::tell("several_blocks", several_blocks);
  table_truth<numbers>::tell("growing", growing);
  table_truth<numbers>::tell("moving", moving);
  table_truth<numbers>::tell("looped", looped);
  table_truth<small_blocks>::tell("deep", deep);
  table_truth<words>::tell("nested", nested);
  table_truth<points>::tell("nodes", nodes);
  classic_truth("classic_few", classic_few);
  classic_truth("classic_growing", classic_growing);
  classic_truth("classic_nodes", classic_nodes);
  std::fclose(truth);
  stop_here();
  return 0;
}
