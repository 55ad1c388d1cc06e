// Experiments on the probes that are chosen by type, and on use by several threads.
#include <atomic>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <thread>

#include <unistd.h>

#include "tools/steady/lab/experiments.hpp"
#include "tools/steady/replay/isolated.hpp"
#include "tools/steady/replay/shared_array.hpp"

namespace steady::lab {
namespace {

// ---- M78 ----

struct hash_counter {
  static inline std::uint64_t hashed = 0;
};
template <class Key>
struct counting_hash : hash_counter {
  [[nodiscard]] std::uint64_t operator()(const Key& key, std::uint64_t seed) const {
    ++hashed;
    return steady::hash<Key>{}(key, seed);
  }
};
template <class Key>
struct own_equal {
  [[nodiscard]] bool operator()(const Key& a, const Key& b) const { return a == b; }
};

template <class Key>
Key numbered_key(std::uint64_t number) {
  if constexpr (std::is_same_v<Key, std::string>) {
    return "key " + std::to_string(number);
  } else {
    return static_cast<Key>(number);
  }
}

// Hashes computed by lookups in a map of one bucket, a lookup.
template <class Key, class Equal>
double hashes_a_lookup() {
  classic_map<Key, std::uint64_t, counting_hash<Key>, Equal> map;
  for (std::uint64_t number = 0; number < classic::slots_per_bucket; ++number)
    map[numbered_key<Key>(number)] = number;
  hash_counter::hashed = 0;
  constexpr std::uint64_t lookups = 16;
  for (std::uint64_t number = 0; number < lookups; ++number)
    static_cast<void>(std::as_const(map).contains(numbered_key<Key>(number)));
  return static_cast<double>(hash_counter::hashed) / lookups;
}

struct by_type {
  double u32, u64, text;
};
by_type chosen_probes() {
  return {hashes_a_lookup<std::uint32_t, std::equal_to<std::uint32_t>>(),
          hashes_a_lookup<std::uint64_t, std::equal_to<std::uint64_t>>(),
          hashes_a_lookup<std::string, std::equal_to<std::string>>()};
}
by_type generic_probes() {
  return {hashes_a_lookup<std::uint32_t, own_equal<std::uint32_t>>(),
          hashes_a_lookup<std::uint64_t, own_equal<std::uint64_t>>(),
          hashes_a_lookup<std::string, own_equal<std::string>>()};
}

// ---- M74 ----

// An equality that holds a writer inside its write.
std::atomic<bool> gate_is_up{false};
std::atomic<bool> someone_waits{false};
constexpr int gate_key = -7;

struct gated_equal {
  bool operator()(int a, int b) const {
    if (gate_is_up && !someone_waits && (a == gate_key || b == gate_key)) {
      someone_waits = true;
      for (;;) std::this_thread::yield();
    }
    return a == b;
  }
};
struct unchecked : classic::policy {
  static constexpr checks misuse_checks = checks::off;
};
template <class Policy>
using gated_map =
    classic_map<int, int, steady::hash<int>, gated_equal, std::allocator<std::pair<const int, int>>, Policy>;

enum class second_use : std::uint8_t { write, read, loop, copy };
constexpr std::size_t longest_message = 128;

// The child has a thread that never ends, for which an ordered end may wait (a sanitizer's, for a second).
[[noreturn]] void end_at_once() {
  ::kill(::getpid(), SIGKILL);
  std::abort();
}

std::span<char> message_place;
void note_message(const misuse_report& report) {
  const std::size_t length = std::min(report.message.size(), message_place.size() - 1);
  std::copy_n(report.message.begin(), length, message_place.begin());
  end_at_once();
}

// What a map says when it is used while another thread is in the middle of a write; in a child process, which ends.
template <class Policy>
std::string message_of(second_use what, const workbench& bench) {
  const replay::shared_array<char> message{longest_message};
  static_cast<void>(replay::run_in_child(
      [&] {
        message.prepare();
        message_place = message.elements();
        set_misuse_handler(note_message);
        gated_map<Policy> map{{1, 1}, {gate_key, 2}, {3, 3}};
        gate_is_up = true;
        std::thread([&] { map[gate_key] = 1; }).detach();
        while (!someone_waits) std::this_thread::yield();
        switch (what) {
        case second_use::write:
          map[1] = 2;
          break;
        case second_use::read:
          static_cast<void>(std::as_const(map).contains(1));
          break;
        case second_use::loop:
          static_cast<void>(map.begin());
          break;
        case second_use::copy:
          static_cast<void>(gated_map<Policy>(map));
          break;
        }
        end_at_once();
      },
      [&] { bench.tick(); }));
  return message.elements().data();
}

// ---- M79 ----

struct comparison {
  double made = 0;
  double different = 0;
};

comparison compare_structures(const workbench& bench, specimen& word, specimen& generic) {
  comparison seen;
  const std::uint64_t steps = bench.size(4'000, 400);
  for (std::uint64_t step = 0; step < steps; ++step) {
    for (specimen* map : {&word, &generic}) {
      map->insert(key_at(step), step);
      if (step % 3 == 0) map->erase(key_at(step / 2));
    }
    if (step % 16 != 0) continue;
    ++seen.made;
    seen.different += digest(word.inspect()) != digest(generic.inspect());
  }
  return seen;
}

}  // namespace

finding m74(const workbench& bench) {
  const auto ask = bench.choose(message_of<classic::policy>, message_of<unchecked>);
  const std::string write = ask(second_use::write, bench);
  const std::string read = ask(second_use::read, bench);
  const std::string loop = ask(second_use::loop, bench);
  const std::string copy = ask(second_use::copy, bench);
  finding found{
      .setting = "child processes in which a second thread uses a map in the middle of another one's write",
      .claimed = {{"a second write ends in \"concurrent map writes\"", write == "concurrent map writes"},
                  {"a read, a loop and a copy are noticed too, with words of their own",
                   read == "concurrent map read and map write" &&
                       loop == "concurrent map iteration and map write" &&
                       copy == "concurrent map clone and map write"}}};
  table words{"What the process said before it ended", {"second use", "message"}, {}};
  const auto said = [](const std::string& text) { return text.empty() ? std::string{"nothing"} : text; };
  words.rows = {{"write", said(write)}, {"read", said(read)}, {"loop", said(loop)}, {"copy", said(copy)}};
  found.tables.push_back(words);
  return found;
}

finding m76(const workbench& bench) {
  const auto map = bench.make();
  const std::uint64_t least = bench.size(3'000, 400);
  std::uint64_t entries = 0;
  for (bool began = false; entries < least || !began; ++entries) {
    const std::uint64_t before = map->growths();
    map->insert(key_at(entries), entries);
    began = map->growths() != before;
  }
  map->walk();
  const std::uint64_t before = digest(map->inspect());
  std::atomic<std::uint64_t> wrong{0};
  constexpr unsigned readers = 4;
  {
    std::vector<std::thread> threads;
    for (unsigned reader = 0; reader < readers; ++reader) {
      threads.emplace_back([&, reader] {
        for (std::uint64_t index = reader; index < entries; ++index) {
          const auto* const value = map->find(key_at(index));
          wrong += value == nullptr || *value != index;
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  const std::uint64_t sum = map->walk();
  const bool unchanged = digest(map->inspect()) == before;
  return {.setting = "four threads look all keys up in a map in the middle of a growth, without a lock",
          .claimed = {{"every lookup is right", wrong == 0 && sum == entries * (entries - 1) / 2},
                      {"reading writes nothing: header, slots and old array are as before", unchanged}},
          .figures = {{"lookups", readers * static_cast<double>(entries)},
                      {"wrong ones", static_cast<double>(wrong)}}};
}

finding m78(const workbench& bench) {
  const by_type seen = bench.choose(chosen_probes, generic_probes)();
  return {.setting = "lookups in a map of one bucket, by the type of its keys; how often they hash",
          .claimed = {{"keys of 4 and 8 bytes are found without a hash", seen.u32 == 0 && seen.u64 == 0},
                      {"short strings are found without a hash", seen.text == 0}},
          .figures = {{"hashes a lookup, 4-byte integers", seen.u32},
                      {"hashes a lookup, 8-byte integers", seen.u64},
                      {"hashes a lookup, short strings", seen.text}}};
}

finding m79(const workbench& bench) {
  const auto word = make_specimen({});
  const auto generic =
      make_specimen({.hash = bench.choose(hashing::spread, hashing::rotated), .probed = probe::generic});
  const comparison seen = compare_structures(bench, *word, *generic);
  return {.setting =
              "the same inserts and erases on a map with the 64-bit probe and one with the generic probe",
          .claimed = {{"the probes differ in structure", seen.different > 0}},
          .figures = {{"comparisons of all of both maps' slots", seen.made},
                      {"that found a difference", seen.different}}};
}

}  // namespace steady::lab
