#include "tools/steady/lab/classic_specimen.hpp"

namespace steady::lab {

template class classic_specimen<std::equal_to<std::uint64_t>>;
template class classic_specimen<unknown_equal>;

bool ledger::holds(const void* address) const {
  const auto place = reinterpret_cast<std::uintptr_t>(address);
  const auto after = blocks.upper_bound(place);
  if (after == blocks.begin()) return false;
  const auto& [begin, bytes] = *std::prev(after);
  return place < begin + bytes;
}

bool load_law::exceeded(std::uint64_t count, unsigned B) const noexcept {
  const std::uint64_t buckets = times_B ? B : std::uint64_t{1} << B;
  return count > classic::slots_per_bucket && count > numerator * buckets / denominator;
}

std::unique_ptr<specimen> make_specimen(const setup& wanted) {
  if (wanted.planted != fault::none) return make_faulty(wanted);
  if (wanted.probed == probe::generic) return std::make_unique<generic_specimen>(wanted);
  return std::make_unique<sound_specimen>(wanted);
}

std::uint64_t digest(const view& of) {
  std::uint64_t sum = 0xcbf29ce484222325u;
  const auto add = [&](std::uint64_t word) { sum = detail::hash_word(word, sum); };
  for (const std::uint64_t word :
       {of.count, std::uint64_t{of.B}, std::uint64_t{of.noverflow}, std::uint64_t{of.hash0},
        std::uint64_t{of.nevacuate}, std::uint64_t{of.growing}})
    add(word);
  for (const auto* chains : {&of.buckets, &of.oldbuckets}) {
    for (const auto& chain : *chains) {
      for (const auto& bucket : chain.buckets) {
        for (unsigned slot = 0; slot < classic::slots_per_bucket; ++slot) {
          add(bucket.tophash[slot]);
          if (bucket.keys[slot] != nullptr) {
            add(*bucket.keys[slot]);
            add(*bucket.values[slot]);
          }
        }
      }
    }
  }
  return sum;
}

std::uint64_t key_at(std::uint64_t index) {
  // A bijection of 61 bits: odd factors and shifts.
  constexpr std::uint64_t mask = hot_bit - 1;
  std::uint64_t key = (index + 1) * 0x9e3779b97f4a7c15u & mask;
  key = (key ^ key >> 29) * 0xbf58476d1ce4e5b9u & mask;
  return key ^ key >> 31;
}

void fill(specimen& map, std::uint64_t from, std::uint64_t to) {
  for (std::uint64_t index = from; index < to; ++index) map.insert(key_at(index), index);
}

}  // namespace steady::lab
