// Eight tags searched at once (classic/tags.hpp) find what a search byte by byte finds; here with plain arithmetic, which
// its macro asks for. What this machine would choose is tested by everything else.

#define STEADY_PLAIN_GROUP

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <random>

#include <steady/classic/tags.hpp>

namespace {

using namespace steady::classic;

TEST(ClassicTags, FindWhatASearchByteByByteFinds) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 20000; ++round) {
    std::array<std::uint8_t, slots_per_bucket> tophash{};
    // Few different bytes, neighbours in value among them, so that a borrow or a carry would show.
    for (auto& tag : tophash)
      tag = static_cast<std::uint8_t>(random() % 3 == 0 ? random() % 4 : 126 + random() % 4);
    const auto wanted = static_cast<std::uint8_t>(126 + random() % 4);
    std::uint32_t matching = 0;
    std::uint32_t vacant = 0;
    for (unsigned index = 0; index < slots_per_bucket; ++index) {
      matching |= std::uint32_t{tophash[index] == wanted} << index;
      vacant |= std::uint32_t{is_empty(tophash[index])} << index;
    }
    ASSERT_EQ(tags::match(tophash.data(), wanted), matching);
    ASSERT_EQ(tags::vacant(tophash.data()), vacant);
  }
}

}  // namespace
