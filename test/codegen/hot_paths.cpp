// The operations whose machine code scripts/check-observer-cost compares: one function each, of maps nobody observes.
#include <steady/classic_map.hpp>
#include <steady/map.hpp>
#include <steady/set.hpp>

#include <cstdint>
#include <string>

using words = steady::map<std::uint64_t, std::uint64_t>;
using texts = steady::node_map<std::string, std::string>;
using numbers = steady::set<std::uint64_t>;
using classic = steady::classic_map<std::uint64_t, std::uint64_t>;

std::uint64_t* find_word(words& map, std::uint64_t key) { return map.get(key); }
bool insert_word(words& map, std::uint64_t key) { return map.try_emplace(key, key).second; }
std::size_t erase_word(words& map, std::uint64_t key) { return map.erase(key); }
words::iterator erase_word_at(words& map, const words::iterator& at) { return map.erase(at); }
std::uint64_t sum_words(words& map) {
  std::uint64_t sum = 0;
  for (const auto& [key, value] : map) sum += value;
  return sum;
}
void clear_words(words& map) { map.clear(); }

const std::string* find_text(const texts& map, const std::string& key) { return map.get(key); }
std::string& insert_text(texts& map, const std::string& key) { return map[key]; }
std::size_t erase_text(texts& map, const std::string& key) { return map.erase(key); }

bool find_number(const numbers& set, std::uint64_t key) { return set.contains(key); }
bool insert_number(numbers& set, std::uint64_t key) { return set.insert(key).second; }
std::size_t erase_number(numbers& set, std::uint64_t key) { return set.erase(key); }

std::uint64_t* find_classic(classic& map, std::uint64_t key) { return map.get(key); }
std::uint64_t& insert_classic(classic& map, std::uint64_t key) { return map[key]; }
std::size_t erase_classic(classic& map, std::uint64_t key) { return map.erase(key); }

// The sizes too: an unobserved map carries nothing.
extern const std::size_t sizes[];
const std::size_t sizes[] = {sizeof(words), sizeof(texts), sizeof(numbers), sizeof(classic)};
