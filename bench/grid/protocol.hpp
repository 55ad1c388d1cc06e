// The lines of JSON between the runner and its workers.
#pragma once

#include <nlohmann/json.hpp>

#include "bench/grid/plan.hpp"

namespace steady::grid {

inline nlohmann::json to_json(const request& asked) {
  return {{"pass", static_cast<int>(asked.what)},   {"keys", static_cast<int>(asked.where.keys)},
          {"value_bytes", asked.where.value_bytes}, {"size", asked.where.size},
          {"works", asked.works.to_ulong()},        {"repeat", asked.repeat}};
}

inline request request_from(const nlohmann::json& line) {
  request asked;
  asked.what = static_cast<pass>(line.at("pass").get<int>());
  asked.where.keys = static_cast<key_kind>(line.at("keys").get<int>());
  asked.where.value_bytes = line.at("value_bytes").get<std::size_t>();
  asked.where.size = line.at("size").get<std::size_t>();
  asked.works = work_set{line.at("works").get<unsigned long>()};
  asked.repeat = line.at("repeat").get<unsigned>();
  return asked;
}

}  // namespace steady::grid
