// The register's rows, by what they are about.
#pragma once

#include <vector>

#include "tools/steady/lab/registry.hpp"

namespace steady::lab {

std::vector<claim> layout_rows();
std::vector<claim> growth_rows();
std::vector<claim> delete_rows();
std::vector<claim> loop_rows();
std::vector<claim> runtime_rows();
std::vector<claim> around_rows();

}  // namespace steady::lab
