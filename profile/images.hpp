// The files that this process is made of, the program and its libraries, and the names of their functions.
//
// Names come from the symbol table of a file, or, where that was stripped, from the one for dynamic linking; so functions
// of a program need not be exported to be named, and static ones are too. The files are mapped as long as this lives. A file that is
// gone, damaged or replaced by another gives no names, or those of the other: the build id in a profile tells pprof.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace steady::profiling {

// A file, mapped to be read.
class mapped_file {
 public:
  explicit mapped_file(const std::string& path) noexcept;
  mapped_file(const mapped_file&) = delete;
  mapped_file& operator=(const mapped_file&) = delete;
  ~mapped_file();

  // Empty, when it could not be read.
  [[nodiscard]] std::span<const std::byte> bytes() const noexcept { return bytes_; }

 private:
  std::span<const std::byte> bytes_;
};

// Code of one file in memory.
struct image {
  std::uintptr_t start = 0;
  std::uintptr_t limit = 0;
  std::uintptr_t offset = 0;  // in the file
  std::uintptr_t bias = 0;  // what was added to the file's addresses
  std::string path;
  std::string build_id;  // in hexadecimal; empty: it has none
};

class process_images {
 public:
  process_images();

  // Null, where no file's code is.
  [[nodiscard]] const image* find(std::uintptr_t address) const noexcept;
  // The mangled name of the function there; empty, if it is not known.
  [[nodiscard]] std::string_view function_at(const image& of, std::uintptr_t address);

 private:
  struct symbol {
    std::uintptr_t begin;
    std::uintptr_t end;
    std::string_view name;
  };
  struct symbol_table {
    explicit symbol_table(const std::string& path);
    mapped_file file;
    std::vector<symbol> symbols;  // by address
  };

  std::map<std::uintptr_t, image> images_;  // by their start
  std::map<std::string, symbol_table, std::less<>> tables_;  // by path, as far as they were needed
};

}  // namespace steady::profiling
