// The text of page.html, compiled in by the build (page.cpp.in).
#pragma once

#include <string_view>

namespace steady::detail::serving {

extern const std::string_view page;

}  // namespace steady::detail::serving
