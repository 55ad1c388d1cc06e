#include "profile/pprof_writer.hpp"

#include <steady/detail/utf8.hpp>

#include <zlib.h>

#include <algorithm>
#include <chrono>
#include <new>
#include <protozero/pbf_writer.hpp>
#include <vector>

namespace steady::profiling {

// The numbers of the fields in profile.proto.
namespace field {
enum profile : protozero::pbf_tag_type {
  sample_type = 1,
  sample = 2,
  mapping = 3,
  location = 4,
  function = 5,
  string_table = 6,
  time_nanos = 9,
  period_type = 11,
  period = 12,
  default_sample_type = 14
};
namespace value {
enum : protozero::pbf_tag_type { type = 1, unit = 2 };
}
namespace sample_of {
enum : protozero::pbf_tag_type { location_id = 1, value = 2, label = 3 };
}
namespace label_of {
enum : protozero::pbf_tag_type { key = 1, str = 2 };
}
namespace mapping_of {
enum : protozero::pbf_tag_type {
  id = 1,
  memory_start = 2,
  memory_limit = 3,
  file_offset = 4,
  filename = 5,
  build_id = 6,
  has_functions = 7
};
}
namespace location_of {
enum : protozero::pbf_tag_type { id = 1, mapping_id = 2, address = 3, line = 4 };
}
namespace line_of {
enum : protozero::pbf_tag_type { function_id = 1 };
}
namespace function_of {
enum : protozero::pbf_tag_type { id = 1, name = 2, system_name = 3 };
}
}  // namespace field

bool is_own_function(std::string_view mangled) noexcept {
  if (!mangled.starts_with("_Z")) return false;
  mangled.remove_prefix(2);
  while (mangled.starts_with('Z')) mangled.remove_prefix(1);  // within another function
  if (!mangled.starts_with('N')) return false;
  mangled.remove_prefix(1);
  while (!mangled.empty() && std::string_view("rVKRO").find(mangled.front()) != std::string_view::npos)
    mangled.remove_prefix(1);
  if (mangled.starts_with("6steady")) return true;
  // What lies between a container and its memory_resource, where it is not inlined.
  if (!mangled.starts_with("St")) return false;
  mangled.remove_prefix(2);
  if (mangled.starts_with("3__1")) mangled.remove_prefix(4);  // libc++
  return mangled.starts_with("3pmr") || mangled.starts_with("16allocator_traits");
}

[[nodiscard]] std::string compressed(std::string_view plain) {
  z_stream stream{};
  constexpr int gzip = 15 + 16;
  if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, gzip, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::bad_alloc();
  std::string packed;
  std::vector<char> piece(65536);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
  std::size_t left = plain.size();
  int result = Z_OK;
  while (result == Z_OK) {
    // zlib counts in 32 bits.
    if (stream.avail_in == 0) {
      stream.avail_in = static_cast<uInt>(std::min<std::size_t>(left, 1u << 30));
      left -= stream.avail_in;
    }
    stream.next_out = reinterpret_cast<Bytef*>(piece.data());
    stream.avail_out = static_cast<uInt>(piece.size());
    result = deflate(&stream, left == 0 ? Z_FINISH : Z_NO_FLUSH);
    packed.append(piece.data(), piece.size() - stream.avail_out);
  }
  deflateEnd(&stream);
  return packed;
}

pprof_writer::pprof_writer(std::span<const value_type> values, value_type period_type, std::int64_t period,
                           std::string_view shown_first) {
  (void)text("");  // number 0 means none
  protozero::pbf_writer profile(message_);
  const auto write = [&](protozero::pbf_tag_type where, value_type what) {
    protozero::pbf_writer message(profile, where);
    message.add_int64(field::value::type, text(what.type));
    message.add_int64(field::value::unit, text(what.unit));
  };
  for (const value_type& each : values) write(field::sample_type, each);
  write(field::period_type, period_type);
  profile.add_int64(field::period, period);
  profile.add_int64(field::default_sample_type, text(shown_first));
  profile.add_int64(field::time_nanos,
                    std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count());
}

void pprof_writer::add(std::span<void* const> stack, std::span<const std::int64_t> values,
                       std::span<const label> labels) {
  // The call, not the instruction after it, which may be another function's.
  const auto call = [](void* returned_to) { return reinterpret_cast<std::uintptr_t>(returned_to) - 1; };
  while (stack.size() > 1 && is_own_function(name_at(call(stack.front())))) stack = stack.subspan(1);
  std::vector<std::uint64_t> locations;
  for (void* const each : stack) locations.push_back(location(call(each)));
  std::vector<std::pair<std::int64_t, std::int64_t>> texts;
  for (const label& each : labels) {
    if (each.text.empty()) continue;
    std::string said;
    detail::append_utf8(said, each.text, [](std::string& out, char plain) { out += plain; });
    texts.emplace_back(text(each.key), text(said));
  }

  protozero::pbf_writer profile(message_);
  protozero::pbf_writer sample(profile, field::sample);
  sample.add_packed_uint64(field::sample_of::location_id, locations.begin(), locations.end());
  sample.add_packed_int64(field::sample_of::value, values.begin(), values.end());
  for (const auto& [key, said] : texts) {
    protozero::pbf_writer message(sample, field::sample_of::label);
    message.add_int64(field::label_of::key, key);
    message.add_int64(field::label_of::str, said);
  }
}

std::string pprof_writer::finish() {
  protozero::pbf_writer profile(message_);
  for (const auto& [of, about] : mappings_) {
    protozero::pbf_writer message(profile, field::mapping);
    message.add_uint64(field::mapping_of::id, about.id);
    message.add_uint64(field::mapping_of::memory_start, of->start);
    message.add_uint64(field::mapping_of::memory_limit, of->limit);
    message.add_uint64(field::mapping_of::file_offset, of->offset);
    message.add_int64(field::mapping_of::filename, text(of->path));
    message.add_int64(field::mapping_of::build_id, text(of->build_id));
    message.add_bool(field::mapping_of::has_functions, about.all_named);
  }
  std::vector<std::string_view> in_order(texts_.size());
  for (const auto& [said, number] : texts_) in_order[static_cast<std::size_t>(number)] = said;
  for (const std::string_view each : in_order)
    profile.add_string(field::string_table, each.data(), each.size());
  return compressed(message_);
}

std::int64_t pprof_writer::text(std::string_view of) {
  const auto at = texts_.find(of);
  if (at != texts_.end()) return at->second;
  const auto number = static_cast<std::int64_t>(texts_.size());
  texts_.emplace(of, number);
  return number;
}

std::string_view pprof_writer::name_at(std::uintptr_t address) {
  const image* const in = images_.find(address);
  return in == nullptr ? std::string_view{} : images_.function_at(*in, address);
}

std::uint64_t pprof_writer::location(std::uintptr_t address) {
  const auto [at, fresh] = locations_.try_emplace(address, locations_.size() + 1);
  if (!fresh) return at->second;
  const image* const in = images_.find(address);
  const std::string_view name = in == nullptr ? std::string_view{} : images_.function_at(*in, address);
  const std::uint64_t named = name.empty() ? 0 : function(name);

  protozero::pbf_writer profile(message_);
  protozero::pbf_writer message(profile, field::location);
  message.add_uint64(field::location_of::id, at->second);
  message.add_uint64(field::location_of::address, address);
  if (in != nullptr) {
    mapping& of = mappings_.try_emplace(in, mapping{mappings_.size() + 1}).first->second;
    of.all_named = of.all_named && named != 0;
    message.add_uint64(field::location_of::mapping_id, of.id);
  }
  if (named != 0) {
    protozero::pbf_writer line(message, field::location_of::line);
    line.add_uint64(field::line_of::function_id, named);
  }
  return at->second;
}

std::uint64_t pprof_writer::function(std::string_view name) {
  const std::int64_t number = text(name);
  const auto [at, fresh] = functions_.try_emplace(number, functions_.size() + 1);
  if (fresh) {
    protozero::pbf_writer profile(message_);
    protozero::pbf_writer message(profile, field::function);
    message.add_uint64(field::function_of::id, at->second);
    message.add_int64(field::function_of::name, number);
    message.add_int64(field::function_of::system_name, number);
  }
  return at->second;
}

}  // namespace steady::profiling
