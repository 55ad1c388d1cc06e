#include "tools/steady/replay/report.hpp"

#include "tools/steady/replay/json.hpp"
#include "tools/steady/replay/page_data.hpp"
#include "tools/steady/replay/report_page.hpp"

namespace steady::replay {

std::string make_report(const replay_result& result) {
  return page_with_data(report_page, to_json(result, detail_level::charts));
}

}  // namespace steady::replay
