// The register's rows, by chapter of the survey they come from.
#pragma once

#include <vector>

#include "tools/steady/lab/registry.hpp"

namespace steady::lab {

std::vector<claim> growth_rows();  // M23 to M44
std::vector<claim> loop_rows();  // M39, M53 to M64

}  // namespace steady::lab
