// The register's rows, by what they are about.
#pragma once

#include <string_view>
#include <vector>

#include "tools/steady/lab/registry.hpp"

namespace steady::lab {

// The test of what a map consists of, which more than one file's rows name.
inline constexpr std::string_view structure = "test/unit/classic_structure_test.cpp";

std::vector<claim> layout_rows();
std::vector<claim> growth_rows();
std::vector<claim> delete_rows();
std::vector<claim> loop_rows();
std::vector<claim> runtime_rows();
std::vector<claim> around_rows();

}  // namespace steady::lab
