// steady::recording<Map>: a map of a program, wrapped so that it writes down what the program does to it.
//
//   steady::recording<std::unordered_map<std::string, int>> sessions{"sessions.ops"};
//   ...the program runs as before...          then:  steady replay --ops sessions.ops --report sessions.html
//
// Map is any map with the interface of std::unordered_map. Each call is passed on to it and written as one
// line of text (format: docs/replay.md of the project). A recording never changes what the map does, and
// never ends the program: if the file cannot be opened or written, good() is false and the map works on.
//
// What is written is the work, not the answers:
//  - a lookup is a get; an insert that found its key there is a get too, because it changed nothing;
//  - operator[] is a put, written at the next call with the value that the reference then has: m[k] = v and
//    ++m[k] are recorded as they were meant. Later changes through references, pointers and iterators are not
//    seen;
//  - a range loop is a sweep from begin() until the last copy of its iterator is gone; calls meanwhile are
//    inside it.
//
// Cost: 25 ns a call for integers and 45 ns for keys of 40 bytes (Zen 5, gcc 12 -O2), a write of 64 KiB now
// and then, one allocation a loop; on disk, keys and values as text and 5 bytes a call. One thread at a time,
// for const calls too.
//
// Keys and values are written by recording_text<T>: integers, enumerations and pointers in decimal,
// floating-point numbers shortest, strings raw (the file escapes what it must). For other types specialise
// it:
//
//   template <> struct steady::recording_text<point> {
//     static void write(std::string& out, const point& p) { out += p.name; }
//   };
//
// Keys must have a text; values without one are left out, and are replayed as empty.
#pragma once

#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace steady {

template <class T>
struct recording_text {};

// Numbers in decimal. `integer` lets the replay use 64-bit integer keys, as the program does.
template <std::integral T>
  requires(sizeof(T) <= sizeof(std::uint64_t))
struct recording_text<T> {
  static constexpr bool integer = true;

  static void write(std::string& out, T number) {
    using wide = std::conditional_t<std::is_signed_v<T>, std::int64_t, std::uint64_t>;
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, static_cast<wide>(number)).ptr;
    out.append(digits, end);
  }
};

template <class T>
  requires std::is_enum_v<T>
struct recording_text<T> : recording_text<std::underlying_type_t<T>> {
  static void write(std::string& out, T value) {
    recording_text<std::underlying_type_t<T>>::write(out, static_cast<std::underlying_type_t<T>>(value));
  }
};

template <class T>
struct recording_text<T*> {
  static constexpr bool integer = true;

  static void write(std::string& out, const T* address) {
    recording_text<std::uintptr_t>::write(out, reinterpret_cast<std::uintptr_t>(address));
  }
};

template <std::floating_point T>
struct recording_text<T> {
  static void write(std::string& out, T number) {
    char digits[64];
    const auto end = std::to_chars(digits, digits + sizeof digits, static_cast<double>(number)).ptr;
    out.append(digits, end);
  }
};

template <class T>
  requires(std::convertible_to<const T&, std::string_view> && !std::is_pointer_v<T>)
struct recording_text<T> {
  static void write(std::string& out, const T& text) { out += std::string_view{text}; }
};

template <>
struct recording_text<const char*> {
  static void write(std::string& out, const char* text) { out += text; }
};

namespace detail {

template <class T>
concept has_recording_text =
    requires(std::string& out, const T& value) { recording_text<T>::write(out, value); };

template <class T>
constexpr bool recorded_as_integer() {
  if constexpr (requires { recording_text<T>::integer; }) {
    return recording_text<T>::integer;
  } else {
    return false;
  }
}

// What would break a line of fields, and the escape itself.
constexpr char escape_of(char c) {
  return c == '\t' ? 't' : c == '\n' ? 'n' : c == '\r' ? 'r' : c == '\\' ? '\\' : '\0';
}

// Everything else is written as it is. Most keys have nothing to escape, so the search is a plain loop over
// bytes: find_first_of made it a third of the whole cost.
inline void append_escaped(std::string& out, std::string_view text) {
  std::size_t written = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char escape = escape_of(text[i]);
    if (escape == '\0') continue;
    out += text.substr(written, i - written);
    out += '\\';
    out += escape;
    written = i + 1;
  }
  out += text.substr(written);
}

// The lines on their way to a stream.
class recording_lines {
 public:
  explicit recording_lines(std::ostream& stream) : stream_(&stream) {}
  explicit recording_lines(const std::string& path)
      : file_(std::make_unique<std::ofstream>(path, std::ios::binary)), stream_(file_.get()) {}

  [[nodiscard]] bool good() const { return stream_->good(); }

  void begin_line(std::string_view operation) { buffer_ += operation; }

  template <class T>
  void field(const T& value) {
    buffer_ += '\t';
    if constexpr (recorded_as_integer<T>()) {
      recording_text<T>::write(buffer_, value);
    } else {
      scratch_.clear();
      recording_text<T>::write(scratch_, value);
      append_escaped(buffer_, scratch_);
    }
  }

  void end_line() {
    buffer_ += '\n';
    if (buffer_.size() >= largest_buffer) flush();
  }

  void flush() {
    stream_->write(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
    stream_->flush();
    buffer_.clear();
  }

 private:
  static constexpr std::size_t largest_buffer = 65536;

  std::unique_ptr<std::ofstream> file_;
  std::ostream* stream_;
  std::string buffer_;
  std::string scratch_;
};

}  // namespace detail

template <class Map>
class recording {
 public:
  using key_type = typename Map::key_type;
  using mapped_type = typename Map::mapped_type;
  using value_type = typename Map::value_type;
  using size_type = typename Map::size_type;

  static_assert(detail::has_recording_text<key_type>,
                "steady::recording: specialise recording_text for this key");

 private:
  // Alive while any copy of a loop's iterator is.
  class loop {
   public:
    explicit loop(const recording& owner) : owner_(owner) { owner_.write_sweep("begin"); }
    loop(const loop&) = delete;
    loop& operator=(const loop&) = delete;
    ~loop() { owner_.write_sweep("end"); }

   private:
    const recording& owner_;
  };

  template <class Base>
  class basic_iterator {
   public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = recording::value_type;
    using difference_type = std::ptrdiff_t;
    using reference = decltype(*std::declval<const Base&>());
    using pointer = decltype(std::declval<const Base&>().operator->());

    basic_iterator() = default;

    reference operator*() const { return *base_; }
    pointer operator->() const { return base_.operator->(); }
    basic_iterator& operator++() {
      ++base_;
      return *this;
    }
    basic_iterator operator++(int) {
      basic_iterator before = *this;
      ++base_;
      return before;
    }
    friend bool operator==(const basic_iterator& a, const basic_iterator& b) { return a.base_ == b.base_; }

    // The map's own iterator.
    [[nodiscard]] const Base& base() const { return base_; }

   private:
    friend recording;
    basic_iterator(Base base, std::shared_ptr<loop> in) : base_(std::move(base)), loop_(std::move(in)) {}

    Base base_{};
    std::shared_ptr<loop> loop_;
  };

 public:
  using iterator = basic_iterator<typename Map::iterator>;
  using const_iterator = basic_iterator<typename Map::const_iterator>;

  // Records into a file; further arguments construct the map.
  template <class... Arguments>
    requires std::constructible_from<Map, Arguments...>
  explicit recording(const std::string& path, Arguments&&... arguments)
      : lines_(path), map_(std::forward<Arguments>(arguments)...) {
    write_header();
  }

  // Records into a stream that outlives the recording.
  template <class... Arguments>
    requires std::constructible_from<Map, Arguments...>
  explicit recording(std::ostream& stream, Arguments&&... arguments)
      : lines_(stream), map_(std::forward<Arguments>(arguments)...) {
    write_header();
  }

  recording(const recording&) = delete;
  recording& operator=(const recording&) = delete;
  ~recording() { flush(); }

  // False once something could not be written.
  [[nodiscard]] bool good() const { return lines_.good(); }

  // Writes out what is buffered.
  void flush() {
    settle();
    lines_.flush();
  }

  // The map itself, to look at; what is done with it is not recorded.
  [[nodiscard]] const Map& map() const { return map_; }

  [[nodiscard]] size_type size() const { return map_.size(); }
  [[nodiscard]] bool empty() const { return map_.empty(); }

  template <class Key = key_type>
  mapped_type& operator[](Key&& key) {
    settle();
    begin("put", key);
    mapped_type& value = map_[std::forward<Key>(key)];
    if constexpr (detail::has_recording_text<mapped_type>) {
      unsettled_ = std::addressof(value);
    } else {
      lines_.end_line();
    }
    return value;
  }

  template <class Key = key_type, class... Arguments>
  std::pair<iterator, bool> try_emplace(Key&& key, Arguments&&... arguments) {
    settle();
    return inserted(map_.try_emplace(std::forward<Key>(key), std::forward<Arguments>(arguments)...));
  }

  template <class... Arguments>
  std::pair<iterator, bool> emplace(Arguments&&... arguments) {
    settle();
    return inserted(map_.emplace(std::forward<Arguments>(arguments)...));
  }

  std::pair<iterator, bool> insert(const value_type& entry) {
    settle();
    return inserted(map_.insert(entry));
  }
  std::pair<iterator, bool> insert(value_type&& entry) {
    settle();
    return inserted(map_.insert(std::move(entry)));
  }

  template <class Key = key_type, class Value = mapped_type>
  std::pair<iterator, bool> insert_or_assign(Key&& key, Value&& value) {
    settle();
    auto [entry, fresh] = map_.insert_or_assign(std::forward<Key>(key), std::forward<Value>(value));
    write_put(entry->first, entry->second);
    return {iterator{entry, nullptr}, fresh};
  }

  template <class Key = key_type>
  iterator find(const Key& key) {
    write("get", key);
    return {map_.find(key), nullptr};
  }
  template <class Key = key_type>
  const_iterator find(const Key& key) const {
    write("get", key);
    return {map_.find(key), nullptr};
  }
  template <class Key = key_type>
  bool contains(const Key& key) const {
    write("get", key);
    return map_.find(key) != map_.end();
  }
  template <class Key = key_type>
  size_type count(const Key& key) const {
    write("get", key);
    return map_.count(key);
  }
  template <class Key = key_type>
  mapped_type& at(const Key& key) {
    write("get", key);
    return map_.at(key);
  }
  template <class Key = key_type>
  const mapped_type& at(const Key& key) const {
    write("get", key);
    return map_.at(key);
  }
  // Where the map has it: a pointer to the value, or null.
  template <class Key = key_type>
    requires requires(Map& map, const Key& key) { map.get(key); }
  auto get(const Key& key) {
    write("get", key);
    return map_.get(key);
  }

  template <class Key = key_type>
  size_type erase(const Key& key) {
    write("del", key);
    return map_.erase(key);
  }
  iterator erase(iterator entry) {
    write("del", entry->first);
    if constexpr (std::is_void_v<decltype(map_.erase(entry.base_))>) {
      map_.erase(entry.base_++);
    } else {
      entry.base_ = map_.erase(entry.base_);
    }
    return entry;
  }

  void clear() {
    settle();
    lines_.begin_line("clear");
    lines_.end_line();
    map_.clear();
  }

  iterator begin() {
    std::shared_ptr<loop> in = std::make_shared<loop>(*this);
    return {map_.begin(), std::move(in)};
  }
  iterator end() { return {map_.end(), nullptr}; }
  const_iterator begin() const {
    std::shared_ptr<loop> in = std::make_shared<loop>(*this);
    return {map_.begin(), std::move(in)};
  }
  const_iterator end() const { return {map_.end(), nullptr}; }

 private:
  void write_header() const {
    lines_.begin_line("#steady-ops\t1");
    lines_.begin_line(detail::recorded_as_integer<key_type>() ? "\tkeys=integer" : "\tkeys=text");
    lines_.begin_line(detail::recorded_as_integer<mapped_type>() ? "\tvalues=integer" : "\tvalues=text");
    lines_.end_line();
  }

  // Ends the line of the last operator[], with the value that its reference has by now.
  void settle() const {
    if (unsettled_ == nullptr) return;
    if constexpr (detail::has_recording_text<mapped_type>) lines_.field(*unsettled_);
    lines_.end_line();
    unsettled_ = nullptr;
  }

  template <class Key>
  void begin(std::string_view operation, const Key& key) const {
    lines_.begin_line(operation);
    if constexpr (detail::has_recording_text<Key> &&
                  detail::recorded_as_integer<Key>() == detail::recorded_as_integer<key_type>()) {
      lines_.field(key);
    } else {
      lines_.field(static_cast<const key_type&>(key_type(key)));
    }
  }

  template <class Key>
  void write(std::string_view operation, const Key& key) const {
    settle();
    begin(operation, key);
    lines_.end_line();
  }

  void write_put(const key_type& key, const mapped_type& value) const {
    begin("put", key);
    if constexpr (detail::has_recording_text<mapped_type>) lines_.field(value);
    lines_.end_line();
  }

  void write_sweep(std::string_view part) const {
    settle();
    lines_.begin_line("sweep");
    lines_.field(part);
    lines_.end_line();
  }

  std::pair<iterator, bool> inserted(std::pair<typename Map::iterator, bool> result) const {
    if (result.second) {
      write_put(result.first->first, result.first->second);
    } else {
      begin("get", result.first->first);
      lines_.end_line();
    }
    return {iterator{std::move(result.first), nullptr}, result.second};
  }

  mutable detail::recording_lines lines_;
  mutable const mapped_type* unsettled_ = nullptr;
  Map map_;
};

}  // namespace steady
