// The version of the headers that were included, for programs that print or check it. The numbers are those
// of project() in CMakeLists.txt; test/unit/version.cpp fails when the two differ.
#pragma once

#include <string_view>

namespace steady {

inline constexpr int version_major = 0;
inline constexpr int version_minor = 1;
inline constexpr int version_patch = 0;
inline constexpr std::string_view version = "0.1.0";

}  // namespace steady
