// The plain 64-bit group (group_word.hpp) keeps the group's contract: compared with a search byte by byte. It is asked
// for by its macro, because this machine would choose a faster one.

#define STEADY_PLAIN_GROUP

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <random>

#include <steady/detail/group.hpp>

namespace {

using namespace steady::detail;

TEST(GroupWord, FindsWhatASearchByteByByteFinds) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 20000; ++round) {
    alignas(16) std::array<std::uint8_t, tag_word_bytes> tags{};
    // Few different bytes, neighbours in value among them, so that a borrow or a carry would show.
    for (auto& tag : tags) tag = static_cast<std::uint8_t>(random() % 4 == 0 ? 0 : 126 + random() % 4);
    const tophash wanted = tophash_of((126 + random() % 4) << 56);
    std::uint32_t matching = 0;
    std::uint32_t empty = 0;
    for (unsigned index = 0; index < bucket_slots; ++index) {
      if (tags[index] == wanted.tag()) matching |= 1u << index;
      if (tags[index] == 0) empty |= 1u << index;
    }
    ASSERT_EQ(group::match(tags.data(), wanted), matching);
    ASSERT_EQ(group::empty(tags.data()), empty);
    ASSERT_EQ(group::occupied(tags.data()), empty ^ bucket_mask);
  }
}

}  // namespace
