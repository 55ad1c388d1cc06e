// The page draws itself from its data. Of each picture it gets the figures and the numbers of its chains; a chain's
// bucket is [position or -1, tophashes, keys, values], with keys and values of the filled slots alone.
#include "tools/steady/view/page.hpp"

#include <nlohmann/json.hpp>

#include "tools/steady/replay/page_data.hpp"

namespace steady::view {
namespace {

using json = nlohmann::ordered_json;

json to_json(const bucket_picture& bucket) {
  json tags = json::array();
  json keys = json::array();
  json values = json::array();
  for (const slot_picture& slot : bucket.slots) {
    tags.push_back(slot.tophash);
    if (slot.tophash < classic::min_top_hash) continue;
    keys.push_back(slot.key);
    values.push_back(slot.value);
  }
  const auto position = bucket.position ? static_cast<std::int64_t>(*bucket.position) : std::int64_t{-1};
  return json::array({position, std::move(tags), std::move(keys), std::move(values)});
}

json to_json(const chain& of) {
  json buckets = json::array();
  for (const bucket_picture& bucket : of.buckets) buckets.push_back(to_json(bucket));
  return buckets;
}

json to_json(const classic::loop_position& loop) {
  constexpr std::string_view arrays[] = {"main", "old", "former"};
  return {{"name", loop_name(loop.number)},
          {"number", loop.number},
          {"start", loop.start_bucket},
          {"offset", loop.offset},
          {"B", loop.B},
          {"wrapped", loop.wrapped},
          {"bucket", loop.bucket},
          {"down", loop.chain_bucket},
          {"slot", loop.slot},
          {"array", arrays[static_cast<std::size_t>(loop.standing)]},
          {"unmoved", loop.in_old_array},
          {"over", loop.over}};
}

json to_json(const picture& of) {
  json loops = json::array();
  for (const auto& loop : of.loops) loops.push_back(to_json(loop));
  return {{"at", of.number},
          {"operation", of.operation},
          {"bucket", of.bucket ? static_cast<std::int64_t>(*of.bucket) : std::int64_t{-1}},
          {"count", of.count},
          {"flags", of.flags},
          {"B", of.B},
          {"noverflow", of.noverflow},
          {"hash0", of.hash0},
          {"nevacuate", of.nevacuate},
          {"growth", static_cast<int>(of.growth)},
          {"next", of.next_overflow},
          {"total", of.total_buckets},
          {"own", of.overflow_allocations},
          {"mains", of.main_buckets},
          {"olds", of.old_buckets},
          {"main", of.buckets},
          {"old", of.oldbuckets},
          {"loops", std::move(loops)}};
}

}  // namespace

std::string make_page(const film& of) {
  json chains = json::array();
  for (const chain& each : of.chains()) chains.push_back(to_json(each));
  json pictures = json::array();
  for (const picture& each : of.pictures()) pictures.push_back(to_json(each));
  return replay::page_with_data(view_page, {{"format", "steady-view"},
                                            {"source", of.source()},
                                            {"extent", of.extent()},
                                            {"chains", std::move(chains)},
                                            {"pictures", std::move(pictures)}});
}

}  // namespace steady::view
