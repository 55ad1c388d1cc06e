// The page (report.html, compiled in as report_page) draws itself from one JSON text in its middle. All that
// differs between two reports is that text, so the page can be read, opened and mended as a file of its own.
#include "tools/steady/replay/report.hpp"

#include "tools/steady/replay/json.hpp"
#include "tools/steady/replay/report_page.hpp"

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

std::string make_report(const replay_result& result) {
  // A path may hold bytes that are no UTF-8: they are shown as replacement characters.
  const std::string data = to_json(result, detail_level::charts)
                               .dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  std::string page{report_page};
  page.replace(page.find(data_mark), data_mark.size(), safe_inside_script(data));
  return page;
}

}  // namespace steady::replay
