// The text of report.html, compiled in by the build (report_page.cpp.in).
#pragma once

#include <string_view>

namespace steady::replay {

extern const std::string_view report_page;

}  // namespace steady::replay
