// What the tests of snapshots share: a value whose copies are counted and can fail, maps of it, and their contents.
#pragma once

#include <gtest/gtest.h>

#include <steady/snapshot.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <new>
#include <utility>

#include "counting_allocator.hpp"
#include "random.hpp"

namespace steady_test {

struct copy_failed {};

// A value that counts its copies and its living objects, and whose next copy but n can be made to throw.
struct copied_value {
  std::uint64_t number = 0;

  copied_value() noexcept { ++living; }
  copied_value(std::uint64_t n) noexcept : number(n) { ++living; }
  copied_value(const copied_value& other) : number(other.number) {
    if (copies_until_failure == 0) throw copy_failed{};
    if (copies_until_failure != never) --copies_until_failure;
    ++copies;
    ++living;
  }
  copied_value(copied_value&& other) noexcept : number(std::exchange(other.number, ~std::uint64_t{0})) {
    ++living;
  }
  copied_value& operator=(const copied_value&) noexcept = default;
  copied_value& operator=(copied_value&&) noexcept = default;
  ~copied_value() { --living; }

  static constexpr std::uint64_t never = ~std::uint64_t{0};
  inline static std::uint64_t copies_until_failure = never;
  inline static std::uint64_t copies = 0;
  inline static std::int64_t living = 0;
};

// Forty keys share a hash: chains of overflow nodes, more entries in a bucket than a copy has room for in one block.
struct crowding_hash {
  std::size_t operator()(std::uint64_t key) const noexcept {
    return static_cast<std::size_t>(scramble(key / 40));
  }
};

using snapshot_allocator = counting_allocator<std::pair<const std::uint64_t, copied_value>>;
using on = steady::options<steady::snapshots::on>;
using on_small_blocks = steady::options<steady::snapshots::on, steady::block_limit{1024}>;
using keys = steady::hash<std::uint64_t>;
using equal = std::equal_to<std::uint64_t>;
using inline_map = steady::map<std::uint64_t, copied_value, keys, equal, snapshot_allocator, on>;
using nodes_map = steady::node_map<std::uint64_t, copied_value, keys, equal, snapshot_allocator, on>;
using crowded_map =
    steady::map<std::uint64_t, copied_value, crowding_hash, equal, snapshot_allocator, on_small_blocks>;

using model = std::map<std::uint64_t, std::uint64_t>;

template <class Entries>
model contents(const Entries& entries) {
  model all;
  std::size_t met = 0;
  for (const auto& [key, held] : entries) {
    all[key] = held.number;
    ++met;
  }
  EXPECT_EQ(met, all.size()) << "a key came twice";
  return all;
}

template <class Map>
void fill(Map& map, std::uint64_t count, std::uint64_t first = 0) {
  for (std::uint64_t key = first; key < first + count; ++key) map.try_emplace(key, key);
}

class SnapshotTest : public ::testing::Test {
 protected:
  void SetUp() override {
    default_log() = allocation_log{};
    copied_value::copies = 0;
    copied_value::living = 0;
    copied_value::copies_until_failure = copied_value::never;
  }
  void TearDown() override {
    EXPECT_EQ(copied_value::living, 0);
    EXPECT_EQ(default_log().live_blocks, 0u);
    EXPECT_EQ(default_log().mismatched, 0u);
  }
};

// Runs one operation; whether a copy or an allocation in it failed. Nothing fails any more afterwards.
template <class Operation>
[[nodiscard]] bool fails(Operation&& operation) {
  bool failed = false;
  try {
    operation();
  } catch (const copy_failed&) {
    failed = true;
  } catch (const std::bad_alloc&) {
    failed = true;
  }
  copied_value::copies_until_failure = copied_value::never;
  default_log().fail_after = allocation_log::never;
  return failed;
}

}  // namespace steady_test
