// A trace of the real runtime, record by record (format: test/conformance/FORMAT.txt).
//
// The reader is strict: fields are separated by one space, every field is there and in range, keys are declared before
// use, and the trace ends with its E record. What breaks a rule is an error with its line. It knows nothing of maps.
// Plain and gzipped files are read alike, a line at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace steady::conform {

// The file is not a trace, or cannot be read: "line N: ..." in what(), without the file's name.
struct wrong_trace : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// The state line behind each record.
struct map_state {
  std::uint64_t count = 0;
  std::uint64_t flags = 0;
  std::uint64_t B = 0;
  std::uint64_t noverflow = 0;
  std::uint64_t hash0 = 0;
  std::uint64_t nevacuate = 0;
  bool growing = false;
  std::int64_t next_overflow = -1;
  std::int64_t total_buckets = -1;
  std::optional<std::uint64_t> digest;
};

enum class key_kind : std::uint8_t { u64, str, big, f64 };

// The T record: what the map's type is.
struct type_facts {
  key_kind kind = key_kind::u64;
  std::size_t bucket_bytes = 0;
  bool pointers = false;
};

struct record {
  char kind = 0;  // N S X G C I i E
  std::uint64_t line = 0;
  std::uint64_t key = 0;  // S X G, and what I and i yielded
  std::uint64_t hash = 0;
  std::uint64_t value = 0;
  std::uint64_t hint = 0;  // N
  bool found = false;  // G; I and i: an entry was yielded
  std::uint64_t iterator = 0;
  std::int64_t start_bucket = -1;  // I; -1: the map was empty
  std::uint64_t offset = 0;
  std::vector<std::uint64_t> nan_hashes;  // the H records before this one
  map_state state;
};

class trace_reader {
 public:
  explicit trace_reader(const std::string& path);
  ~trace_reader();
  trace_reader(const trace_reader&) = delete;
  trace_reader& operator=(const trace_reader&) = delete;

  [[nodiscard]] const type_facts& type() const noexcept { return type_; }
  // The text of a key id of a string map.
  [[nodiscard]] const std::string& text(std::uint64_t id) const { return texts_.at(id); }
  // The next record; false after E.
  bool next(record& into);

 private:
  class input;

  [[nodiscard]] bool read_line();
  [[nodiscard]] std::string_view required_line(const char* expected);
  void parse_type();
  void parse_text();
  void parse_record(record& into);

  std::unique_ptr<input> input_;
  std::string_view line_;
  std::uint64_t number_ = 0;
  std::uint64_t operations_ = 0;
  bool made_ = false;
  type_facts type_;
  std::unordered_map<std::uint64_t, std::string> texts_;
};

}  // namespace steady::conform
