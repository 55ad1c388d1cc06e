// The project's own files, for tests that hold documents to what the project has.
#pragma once

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

inline const std::filesystem::path project = std::filesystem::path{STEADY_TRACES} / "../../..";

// Empty if there is no such file.
inline std::string text_of_file(const std::filesystem::path& path) {
  std::ostringstream whole;
  whole << std::ifstream(path, std::ios::binary).rdbuf();
  return whole.str();
}
