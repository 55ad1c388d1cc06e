// The bytes of a saved map on their way out and in: load_error, the checksum, byte_writer and byte_reader.
//
// Numbers are little-endian in the file, whatever the machine. What goes out is gathered in pieces of 4 KiB, each of which is
// added to the checksum and given to the sink; what comes in is read where it lies. A byte_reader trusts nothing: it hands
// out no byte that is not there, and whoever finds something else than there should be says so by refuse().
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "config.hpp"

namespace steady {

// The bytes are not what save() writes for such a map. what() says where, what was expected there, and what to do.
class load_error : public std::runtime_error {
 public:
  load_error(std::uint64_t offset, const std::string& message)
      : std::runtime_error("steady::load: at byte " + std::to_string(offset) + ": " + message),
        offset_(offset) {}

  // Of the byte, counted from the first of the file, where it was found.
  [[nodiscard]] std::uint64_t offset() const noexcept { return offset_; }

 private:
  std::uint64_t offset_;
};

// How values of a type are written and read: <steady/save.hpp> says what a user's own has, and which there are.
template <class T>
struct saved_form {};

namespace detail {

[[noreturn]] STEADY_COLD inline void refuse_bytes(std::uint64_t offset, const std::string& message) {
#if STEADY_EXCEPTIONS
  throw load_error(offset, message);
#else
  std::fprintf(stderr, "%s\n", load_error(offset, message).what());
  std::abort();
#endif
}

// Any number, to or from the order of bytes in the file. (One load or store on little-endian machines.)
template <class Unsigned>
[[nodiscard]] STEADY_INLINE Unsigned number_at(const std::byte* from) noexcept {
  if constexpr (std::endian::native == std::endian::little) {
    Unsigned number;
    std::memcpy(&number, from, sizeof number);
    return number;
  } else {
    std::uint64_t number = 0;
    for (std::size_t each = sizeof(Unsigned); each-- > 0;)
      number = number << 8 | std::to_integer<std::uint64_t>(from[each]);
    return static_cast<Unsigned>(number);
  }
}
template <class Unsigned>
STEADY_INLINE void put_number(std::byte* to, Unsigned number) noexcept {
  if constexpr (std::endian::native == std::endian::little) {
    std::memcpy(to, &number, sizeof number);
  } else {
    for (std::size_t each = 0; each < sizeof(Unsigned); ++each)
      to[each] = static_cast<std::byte>(std::uint64_t{number} >> (8 * each));
  }
}

// Finds damage, not malice: who can choose bytes can choose their checksum. Eight lanes, so that the processor multiplies eight
// words at once. A step is one-to-one in the lane and in the word, so one wrong word is always seen; the shift makes more than one
// bit of each wrong one, so that two cannot cancel. (Without it, or with two words a multiplication, two flips of the highest
// bit did.) docs/saving.md has it in words.
class saved_checksum {
 public:
  static constexpr std::size_t stretch = 64;

  // Of every part but the last the size is a multiple of a stretch.
  void add(std::span<const std::byte> part) noexcept {
    length_ += part.size();
    const std::byte* at = part.data();
    std::size_t left = part.size();
    lanes now = lanes_;
    for (; left >= stretch; at += stretch, left -= stretch) step(now, at);
    if (left != 0) {
      std::array<std::byte, stretch> last{};
      std::memcpy(last.data(), at, left);
      step(now, last.data());
    }
    lanes_ = now;
  }
  [[nodiscard]] std::uint64_t value() const noexcept {
    std::uint64_t all = length_;
    for (const std::uint64_t lane : lanes_) all = mixed_in(all, lane);
    return all;
  }

 private:
  using lanes = std::array<std::uint64_t, 8>;

  [[nodiscard]] STEADY_INLINE static std::uint64_t mixed_in(std::uint64_t lane, std::uint64_t word) noexcept {
    lane = (lane ^ word) * 0x9e37'79b9'7f4a'7c15u;  // the golden ratio's bits, an odd number
    return lane ^ lane >> 32;
  }
  STEADY_INLINE static void step(lanes& all, const std::byte* from) noexcept {
    for (std::size_t lane = 0; lane < all.size(); ++lane)
      all[lane] = mixed_in(all[lane], number_at<std::uint64_t>(from + 8 * lane));
  }

  lanes lanes_{1, 2, 3, 4, 5, 6, 7, 8};
  std::uint64_t length_ = 0;
};

}  // namespace detail

// Where a saved_form writes to. The sink is called between entries only, so that it may do what an entry that is being written would
// not survive; pieces that an entry fills meanwhile wait.
class byte_writer {
 public:
  template <std::invocable<std::span<const std::byte>> Sink>
  explicit byte_writer(Sink& sink) noexcept
      : send_([](void* to, std::span<const std::byte> piece) { (*static_cast<Sink*>(to))(piece); }),
        sink_(std::addressof(sink)) {}
  byte_writer(const byte_writer&) = delete;
  byte_writer& operator=(const byte_writer&) = delete;

  // A value of any type that has a form.
  template <class T>
  STEADY_INLINE void put(const T& value) {
    saved_form<T>::write(*this, value);
  }
  template <class Unsigned>
  STEADY_INLINE void number(Unsigned value) {
    if (buffer_.size() - used_ < sizeof value) [[unlikely]] {
      std::array<std::byte, sizeof value> in_pieces;
      detail::put_number(in_pieces.data(), value);
      return bytes(in_pieces.data(), in_pieces.size());
    }
    detail::put_number(buffer_.data() + used_, value);
    used_ += sizeof value;
  }
  void bytes(const void* from, std::size_t count) {
    while (count != 0) {
      if (used_ == buffer_.size()) flush();
      const std::size_t now = std::min(count, buffer_.size() - used_);
      std::memcpy(buffer_.data() + used_, from, now);
      used_ += now;
      from = static_cast<const std::byte*>(from) + now;
      count -= now;
    }
  }

  // An entry is written: the sink gets what is full. Throws what it throws.
  STEADY_INLINE void entry_ended() {
    if (!full_.empty()) [[unlikely]]
      send_full();
  }

  // Ends the file with its checksum; the bytes of all of it.
  std::uint64_t finish() {
    flush();
    send_full();
    std::array<std::byte, sizeof(std::uint64_t)> last;
    detail::put_number(last.data(), checksum_.value());
    send_(sink_, last);
    return sent_ + last.size();
  }

 private:
  STEADY_NOINLINE void flush() {
    if (used_ == 0) return;
    const std::span<const std::byte> piece{buffer_.data(), used_};
    checksum_.add(piece);
    full_.insert(full_.end(), piece.begin(), piece.end());
    sent_ += used_;
    used_ = 0;
  }
  STEADY_NOINLINE void send_full() {
    for (std::size_t at = 0; at < full_.size(); at += buffer_.size())
      send_(sink_, std::span(full_).subspan(at, std::min(buffer_.size(), full_.size() - at)));
    full_.clear();
  }

  void (*send_)(void*, std::span<const std::byte>);
  void* sink_;
  std::size_t used_ = 0;
  std::uint64_t sent_ = 0;
  detail::saved_checksum checksum_;
  std::array<std::byte, 4096> buffer_;  // a multiple of the checksum's stretch
  std::vector<std::byte> full_;  // whole buffers, until the sink may be called
};

// Where a saved_form reads from. It is small and may be copied: the copy reads on from the same byte.
class byte_reader {
 public:
  explicit byte_reader(std::span<const std::byte> bytes, std::uint64_t offset = 0) noexcept
      : at_(bytes.data()), end_(bytes.data() + bytes.size()), offset_of_end_(offset + bytes.size()) {}

  // A value of any type that has a form.
  template <class T>
  [[nodiscard]] STEADY_INLINE T get() {
    return saved_form<T>::read(*this);
  }
  template <class Unsigned>
  [[nodiscard]] STEADY_INLINE Unsigned number() {
    return detail::number_at<Unsigned>(take(sizeof(Unsigned)));
  }
  // The next so many bytes. Throws load_error when there are not so many: before that, nothing should be allocated by a
  // count that was read.
  [[nodiscard]] STEADY_INLINE const std::byte* take(std::uint64_t count) {
    if (left() < count) [[unlikely]]
      too_short(offset(), count, left());
    const std::byte* const taken = at_;
    at_ += count;
    return taken;
  }

  [[nodiscard]] STEADY_INLINE std::size_t left() const noexcept {
    return static_cast<std::size_t>(end_ - at_);
  }
  // Of the next byte, counted from the first of the file.
  [[nodiscard]] std::uint64_t offset() const noexcept { return offset_of_end_ - left(); }

  // Throws load_error: what was read just before this byte is no value of its type.
  [[noreturn]] STEADY_COLD void refuse(const std::string& expected) const {
    detail::refuse_bytes(offset(), expected);
  }

 private:
  [[noreturn]] STEADY_COLD static void too_short(std::uint64_t offset, std::uint64_t wanted,
                                                 std::uint64_t left) {
    detail::refuse_bytes(offset, "expected " + std::to_string(wanted) + " more bytes of an entry, " +
                                     std::to_string(left) +
                                     " are left; the entries were not written by these saved_forms: load "
                                     "them with those that wrote them");
  }

  const std::byte* at_;
  const std::byte* end_;
  std::uint64_t offset_of_end_;
};

}  // namespace steady
