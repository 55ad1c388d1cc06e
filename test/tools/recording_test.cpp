// What a program did to its map, written down and done again, ends in the same map.
#include <steady/recording.hpp>

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <sstream>
#include <string>
#include <string_view>
#include <unordered_map>

#include "peers/peers.hpp"
#include "tools/steady/replay/ops_file.hpp"
#include "tools/steady/replay/probe.hpp"
#include "tools/steady/replay/workloads.hpp"
#include "tools/support/temporary_folder.hpp"

namespace {

using text_map = std::unordered_map<std::string, std::string>;
using integer_map = std::unordered_map<int, std::uint16_t>;

constexpr std::string_view text_header = "#steady-ops\t1\tkeys=text\tvalues=text\n";

template <class Peer, class K, class V>
std::map<K, V> replayed(const std::string& text) {
  using trace_type = steady::replay::trace<K, V>;
  const auto data = steady::replay::parse_operations(text, "recorded");
  typename Peer::template map<K, V> map;
  steady::replay::silent_probe probe;
  steady::replay::trace_run<Peer, K, V, decltype(map), steady::replay::silent_probe>{
      map, std::get<trace_type>(data), probe}
      .run();
  std::map<K, V> sorted;
  for (const auto& entry : map) sorted.emplace(entry.first, entry.second);
  return sorted;
}

struct point {
  int x;
  int y;
  bool operator==(const point&) const = default;
};

struct point_hash {
  std::size_t operator()(const point& p) const { return static_cast<std::size_t>(p.x * 31 + p.y); }
};

struct opaque {
  double weight;
};

enum class colour : std::uint8_t { red = 1, blue = 7 };

}  // namespace

template <>
struct steady::recording_text<point> {
  static void write(std::string& out, const point& p) {
    out += std::to_string(p.x) + '\t' + std::to_string(p.y);
  }
};

TEST(recording, writes_what_each_call_means) {
  std::ostringstream file;
  {
    steady::recording<text_map> map{file};
    map["a"] = "1";
    map["a"] += "0";
    map.insert_or_assign("b", "2");
    EXPECT_TRUE(map.try_emplace("c", "3").second);
    EXPECT_FALSE(map.try_emplace("c", "4").second);
    EXPECT_TRUE(map.insert({"d", "5"}).second);
    EXPECT_FALSE(map.emplace("d", "6").second);
    EXPECT_TRUE(map.contains("a"));
    EXPECT_EQ(map.count("x"), 0u);
    EXPECT_EQ(map.at("a"), "10");
    EXPECT_EQ(map.find("b")->second, "2");
    EXPECT_EQ(map.erase("b"), 1u);
    EXPECT_EQ(map.size(), 3u);
    map.clear();
    EXPECT_TRUE(map.empty());
    EXPECT_TRUE(map.good());
  }
  EXPECT_EQ(file.str(),
            std::string{text_header} +
                "put\ta\t1\nput\ta\t10\nput\tb\t2\nput\tc\t3\nget\tc\nput\td\t5\nget\td\nget\ta\nget\tx\n"
                "get\ta\nget\tb\ndel\tb\nclear\n");
}

TEST(recording, escapes_what_would_break_a_line) {
  std::ostringstream file;
  const std::string key{"tab\t newline\n return\r backslash\\ nul\0 high\xff, and at the end\r", 60};
  {
    steady::recording<text_map> map{file};
    map[key] = key;
  }
  EXPECT_EQ(file.str().find('\0') != std::string::npos, true) << "other bytes are written as they are";
  const std::map<std::string, std::string> expected{{key, key}};
  EXPECT_EQ((replayed<steady::peers::std_peer, std::string, std::string>(file.str())), expected);
}

TEST(recording, a_loop_is_a_sweep_with_what_happens_inside) {
  std::ostringstream file;
  {
    steady::recording<text_map> map{file};
    map["a"] = "1";
    for (auto& entry : map) map.contains(entry.first);
    for (auto entry = map.begin(); entry != map.end();) entry = map.erase(entry);
    for (const auto& entry : map) FAIL() << entry.first;
    map.contains("after");
  }
  EXPECT_EQ(
      file.str(),
      std::string{text_header} +
          "put\ta\t1\nsweep\tbegin\nget\ta\nsweep\tend\nsweep\tbegin\ndel\ta\nsweep\tend\nsweep\tbegin\n"
          "sweep\tend\nget\tafter\n");
}

TEST(recording, a_loop_left_early_ends_and_loops_nest) {
  std::ostringstream file;
  {
    steady::recording<integer_map> map{file};
    map[1] = 1;
    map[2] = 2;
    for ([[maybe_unused]] const auto& outer : map) {
      for ([[maybe_unused]] const auto& inner : map) break;
      break;
    }
    map.erase(2);
  }
  EXPECT_EQ(file.str(), "#steady-ops\t1\tkeys=integer\tvalues="
                        "integer\nput\t1\t1\nput\t2\t2\nsweep\tbegin\nsweep\tbegin\nsweep\tend\n"
                        "sweep\tend\ndel\t2\n");
}

TEST(recording, numbers_enumerations_pointers_and_own_types) {
  std::ostringstream file;
  {
    steady::recording<std::unordered_map<point, opaque, point_hash>> points{file};
    points[point{1, -2}].weight = 3;
    points.insert_or_assign(point{3, 4}, opaque{5});
    EXPECT_TRUE(points.contains(point{1, -2}));
  }
  EXPECT_EQ(file.str(), std::string{text_header} + "put\t1\\t-2\nput\t3\\t4\nget\t1\\t-2\n");
  file.str({});
  {
    steady::recording<std::unordered_map<colour, double>> colours{file};
    colours[colour::blue] = 0.1;
  }
  EXPECT_EQ(file.str(), "#steady-ops\t1\tkeys=integer\tvalues=text\nput\t7\t0.1\n");
  file.str({});
  {
    const int target = 0;
    steady::recording<std::unordered_map<const int*, bool>> pointers{file};
    pointers[&target] = true;
    EXPECT_EQ(file.str(), "") << "lines are buffered";
    pointers.flush();
    EXPECT_EQ(file.str(), "#steady-ops\t1\tkeys=integer\tvalues=integer\nput\t" +
                              std::to_string(reinterpret_cast<std::uintptr_t>(&target)) + "\t1\n");
  }
}

TEST(recording, a_file_that_cannot_be_written_stops_nothing) {
  steady::recording<integer_map> map{std::string{"/nonexistent/folder/file.ops"}};
  EXPECT_FALSE(map.good());
  map[1] = 2;
  EXPECT_EQ(map.at(1), 2);
}

// A random program over a recorded map; its loops change the map only by erasing where the map itself is
// std's.
template <class Peer>
void record_and_replay(unsigned seed) {
  const temporary_folder folder;
  std::mt19937 random{seed};
  std::map<std::string, std::string> expected;
  {
    steady::recording<typename Peer::template map<std::string, std::string>> map{folder.file("recorded.ops")};
    for (int i = 0; i < 5'000; ++i) {
      const std::string key = "key\t" + std::to_string(random() % 500);
      const std::string value = "value\n" + std::to_string(random() % 1'000);
      switch (random() % 8) {
      case 0:
        map[key] = value;
        break;
      case 1:
        map[key] += 'x';
        break;
      case 2:
        map.try_emplace(key, value);
        break;
      case 3:
        map.insert_or_assign(key, value);
        break;
      case 4:
        map.erase(key);
        break;
      case 5:
        map.contains(key);
        break;
      case 6: {
        const auto found = map.find(key);
        if (found != map.end()) map.erase(found);
        break;
      }
      default:
        if (random() % 200 == 0) {
          map.clear();
        } else if (random() % 20 == 0) {
          for (auto entry = map.begin(); entry != map.end();) {
            if (random() % 4 == 0) {
              entry = map.erase(entry);
            } else {
              ++entry;
              if constexpr (Peer::insert_in_loop) map["inside " + std::to_string(random() % 500)] = value;
            }
          }
        }
      }
    }
    for (const auto& entry : map.map()) expected.emplace(entry.first, entry.second);
    ASSERT_FALSE(expected.empty());
  }
  const std::string text = folder.read("recorded.ops");
  steady::peers::for_each([&]<class Replayer>(std::type_identity<Replayer>) {
    if constexpr (Replayer::available) {
      EXPECT_EQ((replayed<Replayer, std::string, std::string>(text)), expected) << Replayer::name;
    }
  });
}

TEST(recording, any_map_recorded_and_any_map_replayed_end_alike) {
  for (unsigned seed = 0; seed < 3; ++seed) {
    SCOPED_TRACE(seed);
    steady::peers::for_each([&]<class Peer>(std::type_identity<Peer>) {
      if constexpr (Peer::available) record_and_replay<Peer>(seed);
    });
  }
}
