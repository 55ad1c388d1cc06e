// Every map must do the same work and find the same; a map that does not must be caught.
#include "tools/steady/replay/workloads.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <random>
#include <string>
#include <unordered_map>
#include <vector>

#include "peers/peers.hpp"
#include "tools/steady/replay/error.hpp"
#include "tools/steady/replay/isolated.hpp"
#include "tools/steady/replay/ops_file.hpp"
#include "tools/steady/replay/probe.hpp"
#include "tools/steady/replay/run_map.hpp"
#include "tools/steady/replay/session.hpp"

using namespace steady::replay;

namespace {

// Few enough distinct keys that many come again.
text_keys some_keys(std::size_t count, unsigned seed) {
  std::mt19937 random{seed};
  text_keys keys;
  for (std::size_t i = 0; i < count; ++i) {
    const auto number = random() % count;
    keys.push_back(number == 0 ? std::string{}
                               : "a key of the workloads' test, number " + std::to_string(number));
  }
  return keys;
}

std::string random_trace(std::size_t count, unsigned seed) {
  std::mt19937 random{seed};
  std::string text;
  std::size_t depth = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string key = std::to_string(random() % 300);
    switch (random() % 16) {
    case 0:
      text += "sweep\n";
      break;
    case 1:
      if (depth < 3) {
        text += "sweep\tbegin\n";
        ++depth;
      }
      break;
    case 2:
      if (depth > 0) {
        text += "sweep\tend\n";
        --depth;
      }
      break;
    case 3:
      text += random() % 20 == 0 ? "clear\n" : "get\t" + key + "\n";
      break;
    case 4:
    case 5:
    case 6:
      text += "get\t" + key + "\n";
      break;
    case 7:
    case 8:
    case 9:
      text += "del\t" + key + "\n";
      break;
    default:
      text += "put\t" + key + "\t" + std::to_string(random() % 1'000) + "\n";
      break;
    }
  }
  while (depth-- > 0) text += "sweep\tend\n";
  return text;
}

input make_input(workload work, operation_data data) {
  input result;
  result.work = work;
  result.data = std::move(data);
  result.operations = std::visit(
      [&]<class Data>(const Data& list) {
        if constexpr (std::is_same_v<Data, text_keys> || std::is_same_v<Data, integer_keys>) {
          return count_operations(work, list.size());
        } else {
          return list.size();
        }
      },
      result.data);
  return result;
}

std::vector<measured_map> available_maps() {
  std::vector<measured_map> maps;
  for (const measured_map& map : all_maps()) {
    if (map.available()) maps.push_back(map);
  }
  return maps;
}

// The memory pass, which also sums up the content, in a process of its own as always.
run_figures run_once(const measured_map& map, const input& work) {
  const shared_array<memory_point> points{std::min<std::size_t>(work.operations, 100)};
  return isolated([&] { return map.run({pass::memory, work, {}, {}, points.elements()}); }, [] {});
}

void expect_agreement(const input& work) {
  const std::vector<measured_map> maps = available_maps();
  const run_figures first = run_once(maps.front(), work);
  for (const measured_map& map : maps) {
    const run_figures figures = run_once(map, work);
    EXPECT_EQ(figures.result, first.result) << map.name;
    EXPECT_EQ(figures.content, first.content) << map.name;
    EXPECT_EQ(figures.entries, first.entries) << map.name;
    EXPECT_GT(figures.allocation.peak, 0) << map.name;
  }
}

using oracle_map = std::map<std::string, std::uint64_t>;

template <class Map>
oracle_map sorted(const Map& map) {
  return {map.begin(), map.end()};
}

// A map that loses one insert in ten thousand. Nothing but the comparison of results can notice.
struct forgetful_peer : steady::peers::std_peer {
  static constexpr std::string_view name = "forgetful";

  template <class K, class V>
  struct map : std::unordered_map<K, V> {
    auto try_emplace(const K& key, V value) {
      auto result = std::unordered_map<K, V>::try_emplace(key, value);
      if (++inserts % 10'000 == 0) this->erase(key);
      return std::pair{this->end(), result.second};
    }
    std::size_t inserts = 0;
  };
};

struct crashing_peer : steady::peers::std_peer {
  static constexpr std::string_view name = "crashing";

  template <class K, class V>
  struct map : std::unordered_map<K, V> {
    auto try_emplace(const K& key, V) {
      if (this->size() == 0) std::abort();
      return std::pair{this->find(key), false};
    }
  };
};

// As a sanitizer ends a process: no signal, no exception.
struct leaving_peer : crashing_peer {
  static constexpr std::string_view name = "leaving";

  template <class K, class V>
  struct map : std::unordered_map<K, V> {
    auto try_emplace(const K& key, V) {
      if (this->size() == 0) std::_Exit(77);
      return std::pair{this->find(key), false};
    }
  };
};

}  // namespace

TEST(replay_workloads, all_maps_agree_on_text_keys) {
  for (const workload work : {workload::count, workload::index, workload::sessions, workload::growth}) {
    SCOPED_TRACE(name_of(work));
    expect_agreement(make_input(work, some_keys(20'000, 3)));
  }
}

TEST(replay_workloads, all_maps_agree_on_integer_keys) {
  for (const workload work : {workload::count, workload::index, workload::sessions, workload::growth}) {
    SCOPED_TRACE(name_of(work));
    expect_agreement(make_input(work, generate_keys(20'000)));
  }
}

TEST(replay_workloads, all_maps_agree_on_one_key) {
  for (const workload work : {workload::count, workload::index, workload::sessions, workload::growth}) {
    SCOPED_TRACE(name_of(work));
    expect_agreement(make_input(work, text_keys{""}));
  }
}

TEST(replay_workloads, all_maps_agree_on_traces) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    SCOPED_TRACE(seed);
    expect_agreement(make_input(workload::trace, parse_operations(random_trace(2'000, seed), "random")));
    const std::string integers =
        "#steady-ops\t1\tkeys=integer\tvalues=integer\n" + random_trace(2'000, seed + 100);
    expect_agreement(make_input(workload::trace, parse_operations(integers, "random")));
  }
}

TEST(replay_workloads, count_counts) {
  const text_keys keys = some_keys(5'000, 5);
  std::unordered_map<std::string, std::uint64_t> map;
  silent_probe probe;
  run_workload<steady::peers::std_peer, std::string>(map, workload::count, std::span{keys}, probe);
  oracle_map oracle;
  for (const std::string& key : keys) ++oracle[key];
  EXPECT_EQ(sorted(map), oracle);
}

TEST(replay_workloads, index_keeps_what_its_predicate_keeps) {
  const text_keys keys = some_keys(5'000, 6);
  std::unordered_map<std::string, std::uint64_t> map;
  silent_probe probe;
  run_workload<steady::peers::std_peer, std::string>(map, workload::index, std::span{keys}, probe);
  oracle_map oracle;
  for (std::size_t i = 0; i < keys.size(); ++i) oracle.try_emplace(keys[i], i);
  std::erase_if(oracle, [](const auto& entry) { return entry.second % 8 != 0; });
  EXPECT_EQ(sorted(map), oracle);
}

// The same rules in another form: over an ordered map, with copies instead of loops that change it.
TEST(replay_workloads, sessions_expire_and_renew) {
  const text_keys keys = some_keys(5'000, 7);
  std::unordered_map<std::string, std::uint64_t> map;
  silent_probe probe;
  run_workload<steady::peers::std_peer, std::string>(map, workload::sessions, std::span{keys}, probe);
  oracle_map oracle;
  std::size_t renewals = 0;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    oracle[keys[i]] = i * 2;
    if ((i + 1) % 125 != 0) continue;
    oracle_map next;
    for (const auto& [key, stamp] : oracle) {
      if (stamp / 2 + 500 > i) {
        next[key] = stamp;
      } else if (stamp % 16 == 0) {
        next[key + "\x1erenewed " + std::to_string(stamp)] = i * 2 + 1;
        ++renewals;
      }
    }
    oracle = next;
  }
  EXPECT_GT(renewals, 100u);
  EXPECT_EQ(sorted(map), oracle);
}

TEST(replay_workloads, latencies_have_their_place_and_kind) {
  const text_keys keys{"a", "b", "a"};
  std::vector<float> nanoseconds(7, -1);
  std::vector<kind> kinds(7, kind::clear);
  latency_probe probe{nanoseconds, kinds};
  std::unordered_map<std::string, std::uint64_t> map;
  run_workload<steady::peers::std_peer, std::string>(map, workload::index, std::span{keys}, probe);
  const std::vector<kind> expected{kind::insert, kind::insert, kind::update, kind::find,
                                   kind::find,   kind::find,   kind::sweep};
  EXPECT_EQ(kinds, expected);
  for (const float value : nanoseconds) EXPECT_GE(value, 0);
}

TEST(replay_workloads, a_map_that_loses_an_entry_is_caught) {
  const input work = make_input(workload::index, generate_keys(20'000));
  try {
    static_cast<void>(run_replay(work, {measured<steady::peers::std_peer>(), measured<forgetful_peer>()}, 1));
    FAIL() << "nobody noticed";
  } catch (const failed_check& failure) {
    EXPECT_NE(std::string{failure.what()}.find("forgetful"), std::string::npos) << failure.what();
  }
}

TEST(replay_workloads, a_map_that_ends_its_process_is_named) {
  const input work = make_input(workload::growth, generate_keys(10));
  const auto complaint = [&](const measured_map& map) -> std::string {
    try {
      static_cast<void>(run_replay(work, {map}, 1));
    } catch (const failed_check& failure) {
      return failure.what();
    }
    return "nobody noticed";
  };
  EXPECT_EQ(complaint(measured<crashing_peer>()), "crashing (memory): ended by signal: Aborted");
  EXPECT_EQ(complaint(measured<leaving_peer>()), "leaving (memory): ended with exit code 77");
}

TEST(replay_workloads, figures_of_a_whole_replay_are_there) {
  const input work = make_input(workload::sessions, some_keys(5'000, 8));
  const replay_result result = run_replay(work, available_maps(), 2);
  ASSERT_EQ(result.maps.size(), available_maps().size());
  for (const map_result& map : result.maps) {
    EXPECT_EQ(map.seconds.size(), 2u);
    EXPECT_GT(map.allocator_calls, 0u);
    EXPECT_GT(map.bytes_per_entry_at_end(), 48);
    ASSERT_EQ(map.kinds.size(), 3u);
    std::size_t operations = 0;
    for (const kind_figures& figures : map.kinds) {
      operations += figures.fastest.count;
      EXPECT_LE(figures.fastest.p50, figures.fastest.p99);
      EXPECT_LE(figures.fastest.p99, figures.fastest.max);
      EXPECT_LE(figures.fastest.max, figures.raw.max);
      EXPECT_EQ(figures.series.max.size(), chart_columns);
      EXPECT_EQ(static_cast<double>(figures.curve.nanoseconds.back()), figures.fastest.max);
    }
    EXPECT_EQ(operations, work.operations);
    std::int64_t highest = 0;
    for (const memory_point& point : map.points) highest = std::max(highest, point.peak_bytes);
    EXPECT_EQ(highest, map.memory.allocation.peak);
    EXPECT_EQ(map.points.back().entries, map.memory.entries);
  }
}
