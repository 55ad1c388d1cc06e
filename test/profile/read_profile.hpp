// Reads a profile back: profile.proto by protozero, its names demangled.
#pragma once

#include <gtest/gtest.h>

#include <cxxabi.h>
#include <zlib.h>

#include <cstdint>
#include <cstdlib>
#include <map>
#include <protozero/pbf_reader.hpp>
#include <string>
#include <vector>

namespace steady_test {

struct read_sample {
  std::vector<std::string> functions;  // innermost first; "" where there is no name
  std::vector<std::int64_t> values;
  std::map<std::string, std::string> labels;
};
struct read_profile {
  std::vector<std::string> types;
  std::int64_t period = 0;
  std::vector<read_sample> samples;

  // The sum of one type's values over the samples that have these labels, and that begin with this function.
  [[nodiscard]] std::int64_t sum(const std::string& type,
                                 const std::map<std::string, std::string>& labels = {},
                                 const std::string& leaf = {}) const {
    std::int64_t all = 0;
    for (std::size_t at = 0; at < types.size(); ++at) {
      if (types[at] != type) continue;
      for (const read_sample& each : samples) {
        bool fits =
            leaf.empty() || (!each.functions.empty() && each.functions[0].find(leaf) != std::string::npos);
        for (const auto& [key, said] : labels) {
          const auto label = each.labels.find(key);
          fits = fits && label != each.labels.end() && label->second == said;
        }
        if (fits) all += each.values.at(at);
      }
      return all;
    }
    ADD_FAILURE() << "no values " << type;
    return -1;
  }
};

inline std::string unpacked(const std::string& gzip) {
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(gzip.data()));
  stream.avail_in = static_cast<uInt>(gzip.size());
  std::string plain;
  char piece[4096];
  int result = Z_OK;
  while (result == Z_OK) {
    stream.next_out = reinterpret_cast<Bytef*>(piece);
    stream.avail_out = sizeof piece;
    result = inflate(&stream, Z_NO_FLUSH);
    plain.append(piece, sizeof piece - stream.avail_out);
  }
  EXPECT_EQ(result, Z_STREAM_END);
  EXPECT_EQ(stream.avail_in, 0u);
  inflateEnd(&stream);
  return plain;
}

inline std::string demangled(const std::string& mangled) {
  int status = 0;
  char* const text = abi::__cxa_demangle(mangled.c_str(), nullptr, nullptr, &status);
  std::string said = status == 0 ? text : mangled;
  std::free(text);
  return said;
}

// Everything it refers to must be there.
inline read_profile read_back(const std::string& gzip) {
  const std::string plain = unpacked(gzip);
  std::vector<std::string> texts;
  for (protozero::pbf_reader message(plain); message.next(6);) texts.push_back(message.get_string());
  EXPECT_FALSE(texts.empty());
  EXPECT_EQ(texts.at(0), "");
  std::map<std::uint64_t, std::string> functions;
  for (protozero::pbf_reader message(plain); message.next(5);) {
    std::uint64_t id = 0;
    for (auto function = message.get_message(); function.next();) {
      if (function.tag() == 1) {
        id = function.get_uint64();
      } else if (function.tag() == 2) {
        functions[id] = demangled(texts.at(static_cast<std::size_t>(function.get_int64())));
      } else {
        function.skip();
      }
    }
  }
  std::map<std::uint64_t, std::pair<std::uint64_t, std::uint64_t>> mappings;
  for (protozero::pbf_reader message(plain); message.next(3);) {
    std::uint64_t figures[8] = {};
    for (auto mapping = message.get_message(); mapping.next();) figures[mapping.tag()] = mapping.get_uint64();
    EXPECT_NE(texts.at(figures[5]), "");
    EXPECT_TRUE(mappings.emplace(figures[1], std::pair{figures[2], figures[3]}).second);
  }
  std::map<std::uint64_t, std::string> locations;
  for (protozero::pbf_reader message(plain); message.next(4);) {
    std::uint64_t id = 0, address = 0, mapping = 0;
    std::string name;
    for (auto location = message.get_message(); location.next();) {
      switch (location.tag()) {
      case 1:
        id = location.get_uint64();
        break;
      case 2:
        mapping = location.get_uint64();
        break;
      case 3:
        address = location.get_uint64();
        break;
      case 4:
        for (auto line = location.get_message(); line.next(1);) name = functions.at(line.get_uint64());
        break;
      default:
        location.skip();
      }
    }
    if (mapping != 0) {
      const auto [begin, end] = mappings.at(mapping);
      EXPECT_TRUE(begin <= address && address < end);
    }
    EXPECT_TRUE(locations.emplace(id, name).second);
  }
  read_profile all;
  for (protozero::pbf_reader message(plain); message.next();) {
    if (message.tag() == 1) {
      for (auto type = message.get_message(); type.next();) {
        const std::string& said = texts.at(static_cast<std::size_t>(type.get_int64()));
        if (type.tag() == 1) all.types.push_back(said);
      }
    } else if (message.tag() == 12) {
      all.period = message.get_int64();
    } else if (message.tag() == 2) {
      read_sample& to = all.samples.emplace_back();
      for (auto sample = message.get_message(); sample.next();) {
        if (sample.tag() == 1) {
          for (const std::uint64_t id : sample.get_packed_uint64()) to.functions.push_back(locations.at(id));
        } else if (sample.tag() == 2) {
          for (const std::int64_t value : sample.get_packed_int64()) to.values.push_back(value);
        } else {
          std::string words[2];
          for (auto label = sample.get_message(); label.next();)
            words[label.tag() - 1] = texts.at(static_cast<std::size_t>(label.get_int64()));
          to.labels[words[0]] = words[1];
        }
      }
    } else {
      message.skip();
    }
  }
  for (const read_sample& each : all.samples) EXPECT_EQ(each.values.size(), all.types.size());
  return all;
}

}  // namespace steady_test
