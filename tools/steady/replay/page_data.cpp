#include "tools/steady/replay/page_data.hpp"

namespace steady::replay {
namespace {

constexpr std::string_view data_mark = "{\"format\": \"none\"}";

// "</script>" in a file's name must not end the script, nor "<!--" begin a comment.
std::string safe_inside_script(const std::string& text) {
  std::string safe;
  safe.reserve(text.size());
  for (const char c : text) {
    if (c == '<') {
      safe += "\\u003c";
    } else {
      safe += c;
    }
  }
  return safe;
}

}  // namespace

std::string page_with_data(std::string_view page, const nlohmann::ordered_json& data) {
  // A path may hold bytes that are no UTF-8: they are shown as replacement characters.
  const std::string text = data.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  std::string filled{page};
  filled.replace(filled.find(data_mark), data_mark.size(), safe_inside_script(text));
  return filled;
}

}  // namespace steady::replay
