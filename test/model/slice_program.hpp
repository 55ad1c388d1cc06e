// Random programs of slices that share elements, against a model that knows which elements are the same.
//
// The model has arrays (as many cells as the block has capacity, and how many of them are constructed) and slices that name an
// array, an offset, a length and a capacity. It follows the rules of docs/slices.md by the letter: who may append in place,
// how much a new block holds, what is cleared. After every step each slice is compared: length, capacity, nil, every
// element, and whether any two of them are at the same place.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <vector>

#include <steady/slice.hpp>

namespace steady_test {

// ClaimsRanges: whether a range can be constructed in a claimed tail, which needs construction that cannot throw.
template <class Element, bool ClaimsRanges, class Source>
class slice_program {
 public:
  explicit slice_program(Source& source) : source_(source) {}

  void run() {
    while (source_.next_step()) {
      step();
      compare();
    }
  }

 private:
  using slice = steady::slice<Element>;
  static constexpr std::size_t slots = 5;
  static constexpr std::size_t nowhere = static_cast<std::size_t>(-1);
  static constexpr std::size_t longest = 600;

  struct array {
    std::vector<int> cells;
    std::size_t constructed = 0;
  };
  struct view {
    std::size_t array = nowhere;
    std::size_t offset = 0;
    std::size_t length = 0;
    std::size_t capacity = 0;
    bool nil = true;
  };

  static int value_of(const Element& element) {
    if constexpr (std::is_same_v<Element, int>) {
      return element;
    } else {
      return static_cast<int>(element.value());
    }
  }
  static Element element_of(int value) { return Element(static_cast<unsigned>(value)); }

  [[noreturn]] void fail(const std::string& what) const {
    throw std::logic_error("step " + std::to_string(steps_) + ", operation " + std::to_string(operation_) +
                           ": " + what);
  }

  // --- the model

  std::vector<int> values_of(const view& v) const {
    if (v.array == nowhere) return {};
    const auto from = arrays_[v.array].cells.begin() + static_cast<std::ptrdiff_t>(v.offset);
    return std::vector<int>(from, from + static_cast<std::ptrdiff_t>(v.length));
  }
  bool sole(const view& v) const {
    return v.array == nowhere || std::count_if(views_.begin(), views_.end(), [&](const view& other) {
                                   return other.array == v.array;
                                 }) == 1;
  }
  bool at_mark(const view& v) const {
    return v.array != nowhere && arrays_[v.array].constructed == v.offset + v.length;
  }
  void write(const view& v, std::size_t at, const std::vector<int>& values) {
    if (values.empty()) return;
    array& own = arrays_[v.array];
    std::copy(values.begin(), values.end(), own.cells.begin() + static_cast<std::ptrdiff_t>(v.offset + at));
    own.constructed = std::max(own.constructed, v.offset + at + values.size());
  }
  void renew(view& v, const std::vector<int>& values, std::size_t capacity) {
    v = view{nowhere, 0, values.size(), capacity, false};
    if (capacity == 0) return;
    v.array = arrays_.size();
    arrays_.push_back({std::vector<int>(capacity), 0});
    write(v, 0, values);
  }
  void regrow(view& v, const std::vector<int>& added, std::size_t room) {
    std::vector<int> values = values_of(v);
    const std::size_t capacity =
        steady::detail::slices::next_capacity(v.length + std::max(room, added.size()), v.capacity);
    values.insert(values.end(), added.begin(), added.end());
    renew(v, values, capacity);
  }
  void append(view& v, const std::vector<int>& added, bool may_claim, bool aliasing) {
    if (added.empty()) return;
    const bool room = v.capacity - v.length >= added.size();
    if (room && (aliasing || sole(v) || (at_mark(v) && may_claim))) {
      write(v, v.length, added);
      v.length += added.size();
    } else {
      regrow(v, added, 0);
    }
  }
  void drop_tail(view& v, std::size_t length) {
    array& own = arrays_[v.array];
    const bool last = at_mark(v);
    for (std::size_t n = v.offset + length; n != v.offset + v.length; ++n) own.cells[n] = 0;
    if (last) own.constructed = v.offset + length;
    v.length = length;
  }

  // --- a step of both

  std::vector<int> some_values(std::size_t most) {
    std::vector<int> values(source_.below(most));
    for (int& value : values) value = static_cast<int>(source_.below(3));
    return values;
  }
  static std::vector<Element> elements_of(const std::vector<int>& values) {
    std::vector<Element> elements;
    for (const int value : values) elements.push_back(element_of(value));
    return elements;
  }

  void step() {
    ++steps_;
    const std::size_t a = source_.below(slots);
    const std::size_t b = source_.below(slots);
    slice& s = slices_[a];
    view& v = views_[a];
    operation_ = source_.below(18);
    switch (operation_) {
    case 0: {
      const std::size_t capacity = source_.below(12);
      const std::size_t length = source_.below(capacity + 1);
      s = slice::make(length, capacity);
      renew(v, std::vector<int>(length), capacity);
      return;
    }
    case 1:
      s = slices_[b];
      v = views_[b];
      return;
    case 2:
      if (a == b) return;
      s = std::move(slices_[b]);
      v = views_[b];
      views_[b] = view();
      return;
    case 3:
    case 4: {
      const view from = views_[b];
      const std::size_t k = operation_ == 3 ? from.capacity : source_.below(from.capacity + 1);
      const std::size_t j = source_.below(k + 1);
      const std::size_t i = source_.below(j + 1);
      if (operation_ == 4) {
        s = slices_[b](i, j, k);
      } else if (a == b) {
        s = std::move(s)(i, j);
      } else {
        s = slices_[b](i, j);
      }
      v = view{from.array, from.offset + i, j - i, k - i, from.nil};
      if (v.array != nowhere) {
        array& own = arrays_[v.array];
        own.constructed = std::max(own.constructed, from.offset + j);
      }
      return;
    }
    case 5:
    case 6: {
      const int value = static_cast<int>(source_.below(3));
      if (operation_ == 5) {
        s.append(element_of(value));
      } else {
        s.append_aliasing(element_of(value));
      }
      append(v, {value}, true, operation_ == 6);
      return;
    }
    case 7:
    case 8: {
      const std::vector<int> values = some_values(12);
      if (v.length > longest) return;
      if (operation_ == 7) {
        s.append_range(elements_of(values));
      } else {
        s.append_range_aliasing(elements_of(values));
      }
      append(v, values, ClaimsRanges, operation_ == 8);
      return;
    }
    case 9:
    case 10: {  // a slice to a slice: perhaps to itself, perhaps overlapping
      if (v.length + views_[b].length > longest) return;
      const std::vector<int> values = values_of(views_[b]);
      if (operation_ == 9) {
        s.append_range(slices_[b]);
      } else {
        s.append_range_aliasing(slices_[b]);
      }
      append(v, values, ClaimsRanges, operation_ == 10);
      return;
    }
    case 11: {
      if (v.length == 0) return;
      const std::size_t i = source_.below(v.length);
      const int value = static_cast<int>(source_.below(250));
      s[i] = element_of(value);
      write(v, i, {value});
      return;
    }
    case 12: {
      const std::size_t count = std::min(v.length, views_[b].length);
      std::vector<int> values = values_of(views_[b]);
      values.resize(count);
      if (copy(s, slices_[b]) != count) fail("copy has another count");
      write(v, 0, values);
      return;
    }
    case 13: {
      const std::size_t i = source_.below(v.length + 1);
      const std::vector<int> values = some_values(5);
      if (v.length > longest) return;
      s.insert_range(i, elements_of(values));
      if (values.empty()) return;
      const std::size_t before = v.length;
      if (sole(v)) {
        append(v, values, false, false);
      } else {
        regrow(v, values, 0);
      }
      std::vector<int> all = values_of(v);
      std::rotate(all.begin() + static_cast<std::ptrdiff_t>(i),
                  all.begin() + static_cast<std::ptrdiff_t>(before), all.end());
      write(v, 0, all);
      return;
    }
    case 14: {
      const std::size_t j = source_.below(v.length + 1);
      const std::size_t i = source_.below(j + 1);
      s.erase(i, j);
      if (i == j) return;
      std::vector<int> left = values_of(v);
      left.erase(left.begin() + static_cast<std::ptrdiff_t>(i),
                 left.begin() + static_cast<std::ptrdiff_t>(j));
      shorten(v, left, left.size());
      return;
    }
    case 15: {
      s.compact();
      std::vector<int> left = values_of(v);
      left.erase(std::unique(left.begin(), left.end()), left.end());
      if (left.size() != v.length) shorten(v, left, v.length);
      return;
    }
    case 16: {
      s = source_.below(2) == 0 ? slices_[b].clone() : slice();
      if (s == nullptr) {
        v = view();
      } else {
        renew(v, values_of(views_[b]), views_[b].length);
      }
      return;
    }
    default: {
      const std::size_t count = source_.below(20);
      if (v.length > longest) return;
      s.grow(count);
      if (count > v.capacity - v.length || !(sole(v) || at_mark(v))) regrow(v, {}, count);
      return;
    }
    }
  }

  // erase and compact: in place for whoever is alone, else in a new array
  void shorten(view& v, const std::vector<int>& left, std::size_t capacity) {
    if (sole(v)) {
      write(v, 0, left);
      drop_tail(v, left.size());
    } else {
      renew(v, left, capacity);
    }
  }

  void compare() const {
    for (std::size_t a = 0; a != slots; ++a) {
      const slice& s = slices_[a];
      const view& v = views_[a];
      if (s.size() != v.length || s.capacity() != v.capacity)
        fail("slot " + std::to_string(a) + " has " + std::to_string(s.size()) + " of " +
             std::to_string(s.capacity()) + ", expected " + std::to_string(v.length) + " of " +
             std::to_string(v.capacity));
      if ((s == nullptr) != v.nil) fail("slot " + std::to_string(a) + ": nil");
      for (std::size_t n = 0; n != v.length; ++n) {
        if (value_of(s[n]) != arrays_[v.array].cells[v.offset + n])
          fail("slot " + std::to_string(a) + " differs at " + std::to_string(n));
      }
      for (std::size_t b = 0; b != a; ++b) {
        const view& w = views_[b];
        if (v.capacity == 0 || w.capacity == 0) continue;
        const bool same = v.array == w.array && v.offset == w.offset;
        if ((s.data() == slices_[b].data()) != same) fail("two slices that should or should not share");
      }
    }
  }

  Source& source_;
  std::array<slice, slots> slices_;
  std::array<view, slots> views_;
  std::vector<array> arrays_;
  std::size_t steps_ = 0;
  std::size_t operation_ = 0;
};

}  // namespace steady_test
