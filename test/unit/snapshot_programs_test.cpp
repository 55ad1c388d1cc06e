// snapshot() against a std::map copied at its moment (docs/design.md, "How does a snapshot stay what it was?").
//
// Two maps are changed in every way there is, also by each other: swapped, moved, assigned, merged, cleared, grown, shrunk. Meanwhile up to
// five snapshots live, are looked into and walked over a few steps at a time; a loop goes over a map and writes; in every other
// program copies and allocations fail. No operation copies more than two buckets. Then single operations, failing wherever they can.
#include <gtest/gtest.h>

#include <steady/snapshot.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "../support/scale.hpp"
#include "../support/snapshot_maps.hpp"

namespace steady_test {
namespace {

template <class Map>
class program {
  using snapshot_type = typename Map::snapshot_type;

  struct watched {
    snapshot_type snapshot;
    model then;
    typename snapshot_type::const_iterator walk;
    std::set<std::uint64_t> met;
  };
  struct world {
    Map map;
    model now;
  };

 public:
  program(std::uint64_t seed, bool failing) : random_(seed), failing_(failing) {
    for (world& each : worlds_) each.map.seed(random_.next());
  }

  void run(std::size_t steps) {
    for (std::size_t done = 0; done < steps; ++done) {
      if (random_.one_in(400)) wanted_ = std::array<std::size_t, 5>{0, 6, 40, 300, 3000}[random_.below(5)];
      step();
      if (::testing::Test::HasFailure()) {
        ADD_FAILURE() << "at step " << done;
        return;
      }
    }
    for (const watched& each : watched_) EXPECT_EQ(contents(each.snapshot), each.then);
  }

 private:
  std::uint64_t any_key() { return random_.below(std::max<std::size_t>(8, wanted_ * 2)); }
  std::uint64_t copied() const {
    std::uint64_t all = 0;
    for (const watched& each : watched_) all += each.snapshot.copied_buckets();
    return all;
  }

  // One operation of one entry: counted, and perhaps made to fail; `done` says it to the model.
  template <class Operation, class Done>
  void single(Operation&& operation, Done&& done) {
    const std::uint64_t before = copied();
    if (failing_ && random_.one_in(6)) copied_value::copies_until_failure = random_.below(20);
    if (failing_ && random_.one_in(12)) default_log().fail_after = random_.below(3);
    const bool failed = fails(operation);
    ASSERT_LE(copied() - before, 2u);
    if (!failed) done();
  }

  void change(world& w) {
    const std::uint64_t key = any_key();
    const std::uint64_t fresh = random_.next();
    const bool more = w.map.size() < wanted_;
    const auto assign = [&] { w.now[key] = fresh; };
    const auto write = [&](copied_value* found) {
      if (found != nullptr) found->number = fresh;
    };
    const auto written = [&] {
      if (const auto found = w.now.find(key); found != w.now.end()) found->second = fresh;
    };
    switch (random_.below(more ? 4 : 10)) {
    case 0:
    case 1:
      return single([&] { w.map.try_emplace(key, fresh); }, [&] { w.now.try_emplace(key, fresh); });
    case 2:
      return single([&] { w.map.insert_or_assign(key, fresh); }, assign);
    case 3:
      return single([&] { w.map[key].number = fresh; }, assign);
    case 4:
      return single([&] { write(w.map.get(key)); }, written);
    case 5: {
      // find() and erase(iterator) are two operations, but the second finds the bucket copied.
      std::optional<std::uint64_t> next;
      return single(
          [&] {
            const auto at = w.map.find(key);
            if (at == w.map.end()) return;
            const typename Map::const_iterator after = w.map.erase(at);  // which gives nothing to be changed
            if (after != w.map.cend()) next = after->first;
          },
          [&] {
            w.now.erase(key);
            EXPECT_TRUE(!next || w.now.contains(*next));
          });
    }
    case 6: {
      typename Map::node_type node;
      return single([&] { node = w.map.extract(key); }, [&] { w.now.erase(key); });
    }
    default:
      return single([&] { w.map.erase(key); }, [&] { w.now.erase(key); });
    }
  }

  void step_loop() {
    if (loop_ == typename Map::iterator()) {
      loop_owner_ = random_.below(2);
      loop_ = worlds_[loop_owner_].map.begin();
      return;
    }
    ++loop_;
    if (loop_ == typename Map::iterator()) return;
    const std::uint64_t fresh = random_.next();
    std::uint64_t key = 0;
    single(
        [&] {
          auto& [at, held] = *loop_;
          key = at;
          held.number = fresh;
        },
        [&] {
          ASSERT_TRUE(worlds_[loop_owner_].now.contains(key));
          worlds_[loop_owner_].now[key] = fresh;
        });
  }

  void step_walk() {
    if (watched_.empty()) return;
    watched& each = watched_[random_.below(watched_.size())];
    for (std::size_t steps = random_.below(40); steps > 0; --steps) {
      if (each.walk == each.snapshot.end()) {
        ASSERT_TRUE(each.met.empty() || each.met.size() == each.then.size());
        each.met.clear();
        each.walk = each.snapshot.begin();
        return;
      }
      const auto found = each.then.find(each.walk->first);
      ASSERT_TRUE(found != each.then.end());
      ASSERT_EQ(each.walk->second.number, found->second);
      ASSERT_TRUE(each.met.insert(found->first).second) << "a key came twice";
      ++each.walk;
    }
  }

  void look_up() {
    if (watched_.empty()) return;
    const watched& each = watched_[random_.below(watched_.size())];
    const std::uint64_t key = any_key();
    const copied_value* const held = each.snapshot.get(key);
    const auto found = each.then.find(key);
    ASSERT_EQ(held != nullptr, found != each.then.end());
    ASSERT_TRUE(held == nullptr || held->number == found->second);
  }

  void whole(world& w, world& other) {
    const std::size_t which = random_.below(9);
    switch (which) {
    case 0:
      w.map.clear();
      w.now.clear();
      return;
    case 1:
      return w.map.reserve(random_.below(2000));
    case 2:
      return w.map.rehash(0);
    case 3:
      return w.map.shrink_to_fit();
    case 4:
      w.map.swap(other.map);
      w.now.swap(other.now);
      loop_owner_ ^= 1;
      return;
    case 5: {
      Map away(std::move(w.map));
      w.map = std::move(away);
      return;
    }
    case 6:
      w.map = std::as_const(other.map);
      w.now = other.now;
      return;
    case 7:
      w.map = std::move(other.map);
      w.now = std::move(other.now);
      other.now.clear();
      other.map.clear();
      loop_owner_ = static_cast<std::size_t>(&w - worlds_.data());
      return;
    default:
      w.map.merge(other.map);
      for (auto at = other.now.begin(); at != other.now.end();)
        at = w.now.insert(*at).second ? other.now.erase(at) : std::next(at);
      loop_ = {};
      return;
    }
  }

  void step() {
    world& w = worlds_[random_.below(2)];
    const std::size_t dice = random_.below(1000);
    if (dice < 5) return whole(w, worlds_[&w == &worlds_[0] ? 1 : 0]);
    if (dice < 15 && watched_.size() < 5) {
      auto snapshot = w.map.snapshot();
      auto walk = snapshot.end();
      watched_.push_back({std::move(snapshot), w.now, walk, {}});
      return;
    }
    if (dice < 25 && !watched_.empty()) {
      const std::size_t which = random_.below(watched_.size());
      ASSERT_EQ(contents(watched_[which].snapshot), watched_[which].then);
      std::swap(watched_[which], watched_.back());
      watched_.pop_back();
      return;
    }
    if (dice < 28) {
      ASSERT_EQ(contents(std::as_const(w.map)), w.now);
      return;
    }
    if (dice < 80) return step_loop();
    if (dice < 150) return step_walk();
    if (dice < 250) return look_up();
    if (dice < 260) return single([&] { w.map.maintain(1); }, [] {});
    change(w);
  }

  random_source random_;
  bool failing_;
  std::size_t wanted_ = 40;
  std::array<world, 2> worlds_;
  std::vector<watched> watched_;
  typename Map::iterator loop_;
  std::size_t loop_owner_ = 0;
};

template <class Map>
class SnapshotProgramTest : public SnapshotTest {};
using program_maps = ::testing::Types<inline_map, nodes_map, crowded_map>;
TYPED_TEST_SUITE(SnapshotProgramTest, program_maps);

TYPED_TEST(SnapshotProgramTest, EveryMomentStaysWhatItWas) {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    SCOPED_TRACE(seed);
    program<TypeParam>(seed, seed % 2 == 0).run(scaled(1000000, 10000));
    if (::testing::Test::HasFailure()) return;
  }
}

// ---- copies that throw ----

// The operations whose copies are made to fail. One function, so that it is compiled once for each map.
constexpr unsigned operations = 8;
template <class Map>
void operate(Map& map, unsigned which, std::uint64_t size) {
  const std::uint64_t middle = size / 2;
  switch (which) {
  case 0:
    return void(map.try_emplace(size + 1000, 1u));
  case 1:
    return void(map.insert_or_assign(middle, 99999u));
  case 2:
    map.at(middle).number = 99999;
    return;
  case 3:
    return void(map.erase(middle));
  case 4:
    return void(map.erase(map.cbegin()));
  case 5:
    return void(map.erase(map.begin()));
  case 6:
    return void(map.extract(middle));
  default:
    map.begin()->second.number = 99999;
  }
}

// Every operation with its copies, then its allocations, failing at the first, the second ... until it goes through.
template <class Map>
void fail_everywhere() {
  for (const std::uint64_t size : {1u, 4u, 15u, 60u, 400u}) {
    for (unsigned which = 0; which < operations; ++which) {
      for (const bool copying : {true, false}) {
        bool failed = true;
        for (std::uint64_t point = 0; failed; ++point) {
          SCOPED_TRACE(which);
          Map map;
          fill(map, size);
          const auto before = contents(std::as_const(map));
          const auto snapshot = map.snapshot();
          (copying ? copied_value::copies_until_failure : default_log().fail_after) = point;
          failed = fails([&] { operate(map, which, size); });
          ASSERT_EQ(contents(snapshot), before);
          if (!failed) break;
          ASSERT_TRUE(!copying || snapshot.copied_buckets() == 0);  // an allocation may fail after the copy
          ASSERT_EQ(contents(std::as_const(map)), before) << "failure " << point;
          operate(map, which, size);
          ASSERT_EQ(contents(snapshot), before);
          ASSERT_LT(point, 1000u);
        }
      }
    }
  }
}
TEST_F(SnapshotTest, ACopyThatThrowsLeavesMapAndSnapshotAsTheyWereInNodes) { fail_everywhere<nodes_map>(); }
TEST_F(SnapshotTest, ACopyThatThrowsLeavesMapAndSnapshotAsTheyWereInChains) {
  fail_everywhere<crowded_map>();
}

}  // namespace
}  // namespace steady_test
