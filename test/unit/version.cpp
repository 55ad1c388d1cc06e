// The headers, the CMake package and pkg-config must name one version.
#include <steady/version.hpp>

#include <gtest/gtest.h>

#include <string>

TEST(version, is_that_of_the_project) { EXPECT_EQ(steady::version, STEADY_PROJECT_VERSION); }

TEST(version, text_and_numbers_agree) {
  EXPECT_EQ(steady::version, std::to_string(steady::version_major) + "." +
                                 std::to_string(steady::version_minor) + "." +
                                 std::to_string(steady::version_patch));
}
