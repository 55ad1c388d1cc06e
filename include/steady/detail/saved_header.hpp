// The first bytes of a saved map: what is in it and where its entries lay. docs/saving.md has the format in a table.
//
// The checksum is looked at after the mark and the version, before anything else: what follows is then whole, and what is wrong
// all the same is another type of map, or made by hand.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "../hash.hpp"
#include "saved_forms.hpp"

namespace steady::detail {

inline constexpr std::string_view saved_mark =
    "\x89steady\n";  // text conversions spoil its first and last byte
inline constexpr std::uint32_t saved_version = 1;
// The order of buckets: of n of them, the bucket of a hash is its low bits, as many as n - 1 has, and one bit fewer where that
// is not below n. Whatever else the layout is made of, how the entries of the file follow each other depends on this alone.
inline constexpr std::uint32_t saved_layout = 1;
inline constexpr std::uint8_t machine_order = std::endian::native == std::endian::little ? 1 : 2;
inline constexpr std::size_t saved_head_bytes = 64;
inline constexpr std::size_t saved_checksum_bytes = 8;

// The name of a hash: two with different names are not asked whether they agree. A hash of the user's may have one,
//   static constexpr std::string_view saved_name = "case-blind 2";
template <class Hash>
inline constexpr std::string_view saved_hash_name = [] {
  if constexpr (requires { Hash::saved_name; }) {
    return std::string_view{Hash::saved_name};
  } else {
    return std::string_view{};
  }
}();
template <class T>
inline constexpr std::string_view saved_hash_name<hash<T>> = "steady::hash";

struct saved_header {
  std::uint32_t layout = saved_layout;
  std::uint64_t count = 0;
  std::uint64_t buckets = 0;
  std::uint64_t seed = 0;
  std::uint64_t first_hash = 0;  // of the first entry's key, under the seed
  std::uint32_t key_bytes = 0;
  std::uint32_t value_bytes = 0;
  std::uint8_t order =
      0;  // of the bytes of entries, where that is the machine's: 1 little-endian, 2 big-endian; else 0
  std::string_view hash;
  std::string_view key;
  std::string_view value;  // of a set none
};

// What the header of a map of these types says of them. Value is void for a set.
template <class Hash, class Key, class Value>
[[nodiscard]] constexpr saved_header header_of_types() {
  static_assert(has_saved_form<Key>, "steady::save: specialise steady::saved_form for this key");
  static_assert(std::string_view{saved_form<Key>::name}.size() <= 255 && saved_hash_name<Hash>.size() <= 255,
                "steady::save: a name has at most 255 characters");
  saved_header header;
  header.hash = saved_hash_name<Hash>;
  header.key = saved_form<Key>::name;
  header.key_bytes = saved_bytes<Key>();
  bool by_machine = saved_in_machine_order<Key>();
  if constexpr (!std::is_void_v<Value>) {
    static_assert(has_saved_form<Value>, "steady::save: specialise steady::saved_form for this value");
    constexpr std::size_t size = std::string_view{saved_form<Value>::name}.size();
    static_assert(size >= 1 && size <= 255,
                  "steady::saved_form: a name has at most 255 characters, and none at all is a set's");
    header.value = saved_form<Value>::name;
    header.value_bytes = saved_bytes<Value>();
    by_machine = by_machine || saved_in_machine_order<Value>();
  }
  header.order = by_machine ? machine_order : std::uint8_t{0};
  return header;
}

inline void write_header(byte_writer& to, const saved_header& header) {
  to.bytes(saved_mark.data(), saved_mark.size());
  to.number(saved_version);
  to.number(header.layout);
  to.number(header.count);
  to.number(header.buckets);
  to.number(header.seed);
  to.number(header.first_hash);
  to.number(header.key_bytes);
  to.number(header.value_bytes);
  to.number(header.order);
  for (const std::string_view name : {header.hash, header.key, header.value})
    to.number(static_cast<std::uint8_t>(name.size()));
  to.number(std::uint32_t{0});
  for (const std::string_view name : {header.hash, header.key, header.value})
    to.bytes(name.data(), name.size());
}

// A name out of a file, for a message: it may be anything.
[[nodiscard]] inline std::string printable(std::string_view name) {
  std::string text = "\"";
  for (const char each : name) text += each >= ' ' && each <= '~' && each != '"' ? each : '?';
  return text += '"';
}

[[nodiscard]] inline std::string described(std::string_view form, std::uint32_t bytes) {
  return printable(form) + (bytes == 0 ? " of any length" : " of " + std::to_string(bytes) + " bytes");
}

// The header of these bytes, if they are those of a saved map that nobody damaged; `from` is then at the first entry, and ends
// behind the last.
[[nodiscard]] inline saved_header read_header(std::span<const std::byte> file, byte_reader& from) {
  byte_reader all(file);
  if (file.size() < saved_mark.size() ||
      std::memcmp(all.take(saved_mark.size()), saved_mark.data(), saved_mark.size()) != 0)
    refuse_bytes(
        0, "expected the mark of a saved map; this is something else, or was changed on its way as text: "
           "write and read such files as binary");
  if (file.size() < saved_head_bytes + saved_checksum_bytes)
    refuse_bytes(file.size(), "the file is cut off in its header: save it again, or load another copy");
  if (const auto version = all.number<std::uint32_t>(); version != saved_version)
    refuse_bytes(8, "expected version 1 of the format, found " + std::to_string(version) +
                        ": load it with the steady that wrote it, or a later one");
  const std::size_t covered = file.size() - saved_checksum_bytes;
  saved_checksum checksum;
  checksum.add(file.first(covered));
  if (checksum.value() != number_at<std::uint64_t>(file.data() + covered))
    refuse_bytes(
        covered,
        "the checksum is another: bytes were changed or cut off, save it again, or load another copy");

  saved_header header;
  header.layout = all.number<std::uint32_t>();
  header.count = all.number<std::uint64_t>();
  header.buckets = all.number<std::uint64_t>();
  header.seed = all.number<std::uint64_t>();
  header.first_hash = all.number<std::uint64_t>();
  header.key_bytes = all.number<std::uint32_t>();
  header.value_bytes = all.number<std::uint32_t>();
  header.order = all.number<std::uint8_t>();
  std::uint8_t sizes[3];
  for (std::uint8_t& size : sizes) size = all.number<std::uint8_t>();
  if (all.number<std::uint32_t>() != 0)
    refuse_bytes(saved_head_bytes - 4, "expected four bytes of 0: the file was not written by save()");
  from = byte_reader(file.subspan(saved_head_bytes, covered - saved_head_bytes), saved_head_bytes);
  std::string_view* const names[3] = {&header.hash, &header.key, &header.value};
  for (std::size_t each = 0; each < 3; ++each) {
    if (from.left() < sizes[each])
      refuse_bytes(from.offset(), "expected three names: the file was not written by save()");
    *names[each] = {reinterpret_cast<const char*>(from.take(sizes[each])), sizes[each]};
  }
  return header;
}

// Refuses entries of other types than `own`, and more of them than there can be. `least` is the fewest bytes of an entry.
inline void check_entries(const saved_header& found, const saved_header& own, std::uint64_t least,
                          const byte_reader& from) {
  constexpr std::uint64_t at_types = 48, at_count = 16;
  if (found.value.empty() != own.value.empty())
    refuse_bytes(at_types, found.value.empty() ? "expected a map, found a set: load it as a set"
                                               : "expected a set, found a map: load it as a map");
  if (found.key != own.key || found.key_bytes != own.key_bytes)
    refuse_bytes(at_types, "expected keys saved as " + described(own.key, own.key_bytes) + ", found " +
                               described(found.key, found.key_bytes) +
                               ": load it with the key type it was saved with");
  if (found.value != own.value || found.value_bytes != own.value_bytes)
    refuse_bytes(at_types, "expected values saved as " + described(own.value, own.value_bytes) + ", found " +
                               described(found.value, found.value_bytes) +
                               ": load it with the value type it was saved with");
  if (found.order != own.order)
    refuse_bytes(at_types,
                 "the entries are bytes of a machine of another byte order: load it on such a machine, or "
                 "give the types a saved_form of numbers");
  const std::uint64_t left = from.left();
  // One key at most can be written as nothing.
  if (least == 0 ? found.count > left + 1 : found.count > left / least)
    refuse_bytes(at_count, std::to_string(found.count) + " entries do not fit the " + std::to_string(left) +
                               " bytes that are left: the file was not written by save()");
  constexpr std::uint64_t most_buckets = std::uint64_t{1} << 40;
  if (found.count != 0 && (found.buckets == 0 || found.buckets > most_buckets || found.seed == 0))
    refuse_bytes(at_count, "entries without a seed, or without buckets: the file was not written by save()");
}

}  // namespace steady::detail
