// How a page that is compiled in gets its figures: as one JSON text in its middle, which its scripts draw. All that
// differs between two pages is that text, so a page can be read, opened and mended as a file of its own.
#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

namespace steady::replay {

// The page with the data in place of its mark, {"format": "none"}.
[[nodiscard]] std::string page_with_data(std::string_view page, const nlohmann::ordered_json& data);

}  // namespace steady::replay
