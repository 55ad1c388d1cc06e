// Maps and sets to and from bytes.
//
//   std::ofstream file("sessions.steady", std::ios::binary);
//   steady::save(sessions, [&](std::span<const std::byte> piece) {
//     file.write(reinterpret_cast<const char*>(piece.data()), static_cast<std::streamsize>(piece.size()));
//   });
//   ...
//   auto sessions = steady::load<steady::map<std::string, std::uint64_t>>(bytes);  // or throws steady::load_error
//
// The entries are written in the order of their buckets, with the seed of the map and a name for its hash. A map of the same
// hash is then loaded bucket by bucket: each key is hashed once, to see that the entry is in its place, and nothing is searched,
// moved or grown. With another hash, another seed or another number of buckets the entries are inserted, into room made for
// them at once. docs/saving.md has the format, what it is worth in time, and what a seed in a file means.
//
// Bytes may be damaged or hostile: each file either loads as a map that is whole, or throws load_error, which says where, what
// was expected, and what to do. A checksum finds damage; beyond that every entry's place is verified, no key may come twice, and
// no memory is asked for that the bytes present do not account for. What it cannot find is a file that is right in itself
// and was made by someone else, with values of his choice.
//
// What can be saved: keys and values with a saved_form. There are forms of integers, bool, enumerations whose underlying type
// is named, float and double, and std::string. Others are given one:
//
//   template <> struct steady::saved_form<session> {
//     static constexpr std::string_view name = "session 1";       // of the form: another name is another form
//     static void write(steady::byte_writer& to, const session& s) { to.put(s.id), to.put(s.user); }
//     static session read(steady::byte_reader& from) {
//       const auto id = from.get<std::uint64_t>();
//       return {id, from.get<std::string>()};
//     }
//   };
//
// or, if their values are their bytes, saved_as_bytes (which says when). `bytes` in a form says that all values have so many,
// `least_bytes` that none has fewer; read() calls from.refuse(what) for bytes that are no value. A name has at most 255
// characters. A hash of the user's may have a name too, Hash::saved_name.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>

#include "detail/loading.hpp"

namespace steady {

// Which seed a loaded map has.
enum class saved_seed : bool {
  keep,  // that of the file: entries go straight to their places
  draw,  // a new one: for a file that others can read or write. Entries are inserted anew
};

namespace detail {

template <saved_source Source, class Sink>
std::uint64_t save_from(const Source& source, Sink& sink) {
  byte_writer to(sink);
  saved_header header = saved_access<typename Source::types>::header_of_map();
  header.count = source.size();
  header.buckets = source.buckets();
  header.seed = source.seed();
  bool begun = false;
  source.each_entry([&](const auto& entry) {
    using policy = typename Source::types::policy;
    if (!begun) {
      header.first_hash = source.hash(policy::key(entry));
      write_header(to, header);
      begun = true;
    }
    to.put(policy::key(entry));
    if constexpr (policy::is_map) to.put(entry.second);
    to.entry_ended();
  });
  if (!begun) write_header(to, header);
  return to.finish();
}

template <class Types>
void fill_from(container<Types>& filled, std::span<const std::byte> bytes, saved_seed seed) {
  saved_access<Types>::fill(filled, bytes, seed == saved_seed::keep);
}

}  // namespace detail

// Gives the bytes of a map or set to the sink, sink(std::span<const std::byte>), in pieces of at most 4 KiB; how many there
// were. O(n); one key is hashed. Throws what the sink and the forms throw. The sink must not change the map.
template <class Types, std::invocable<std::span<const std::byte>> Sink>
std::uint64_t save(const detail::container<Types>& map, Sink&& sink) {
  return detail::save_from(typename detail::saved_access<Types>::resting_map(map), sink);
}
// A snapshot in the same way (<steady/snapshot.hpp>): its map of that moment is written while the map works. The sink may change the
// map as it likes; it must not end the snapshot.
template <class Types, std::invocable<std::span<const std::byte>> Sink>
std::uint64_t save(const detail::table_snapshot<Types>& moment, Sink&& sink) {
  return detail::save_from(typename detail::saved_access<Types>::map_of_a_moment(moment), sink);
}
// Either into memory.
template <class Saved>
  requires requires(const Saved& saved, void (&sink)(std::span<const std::byte>)) {
    steady::save(saved, sink);
  }
[[nodiscard]] std::vector<std::byte> save(const Saved& saved) {
  std::vector<std::byte> bytes;
  save(saved,
       [&](std::span<const std::byte> piece) { bytes.insert(bytes.end(), piece.begin(), piece.end()); });
  return bytes;
}

// The map whose bytes these are; `Map` may differ from the one saved in its hash, equality, allocator and options. Each key is hashed
// once, the first twice. O(n), but among keys of one hash quadratic, as inserting them is. Throws load_error; what hash,
// equality, forms and allocation throw; there is no half a map then.
template <class Map>
[[nodiscard]] Map load(std::span<const std::byte> bytes, saved_seed seed = saved_seed::keep,
                       const typename Map::hasher& hash = typename Map::hasher(),
                       const typename Map::key_equal& equal = typename Map::key_equal(),
                       const typename Map::allocator_type& allocator = typename Map::allocator_type()) {
  Map map(0, hash, equal, allocator);
  detail::fill_from(map, bytes, seed);
  return map;
}

}  // namespace steady
