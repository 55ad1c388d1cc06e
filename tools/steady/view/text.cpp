// The old array on the left, the main one on the right, a bucket a row, its overflow buckets in the rows below it. A slot is
// three characters, the key or the slot's state, and the letter of a loop where one stands. Main bucket i stands beside old bucket i, from which it is filled; the upper half follows.
#include "tools/steady/view/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace steady::view {
namespace {

using classic::slot_state;

constexpr std::size_t cell_width = 4;
constexpr std::size_t name_width = 6;
constexpr std::size_t row_width = name_width + cell_width * classic::slots_per_bucket;

constexpr std::string_view ends_colour = "\x1b[0m";
// By slot state, in the colours that every terminal has: grey, yellow, blue, magenta, grey, green.
constexpr std::array<std::string_view, 6> state_colours = {"\x1b[90m", "\x1b[33m", "\x1b[34m",
                                                           "\x1b[35m", "\x1b[90m", "\x1b[32m"};
constexpr std::string_view loop_colour = "\x1b[1;7m";
constexpr std::string_view changed_colour = "\x1b[1m";
constexpr std::string_view mark_colour = "\x1b[1;31m";

constexpr std::array<std::string_view, 6> state_signs = {"  .", "  -", " >X", " >Y", "  >", ""};

std::string coloured(std::string text, std::string_view colour, const text_style& style) {
  if (!style.colour) return text;
  return std::string(colour) + std::move(text) + std::string(ends_colour);
}

// In so many columns, to the right; of what is longer its end, which differs more often than its beginning.
std::string fitted(const std::string& text, std::size_t width) {
  if (text.size() > width) return '~' + text.substr(text.size() - (width - 1));
  return std::string(width - text.size(), ' ') + text;
}

char letter_of(const classic::loop_position& loop) { return loop_name(loop.number).front(); }

struct side {
  const std::vector<std::size_t>& chains;
  bool old;
};

class drawing {
 public:
  drawing(const film& of, std::size_t number, const text_style& style)
      : film_(of), now_(of.pictures()[number]), before_(number == 0 ? nullptr : &of.pictures()[number - 1]),
        style_(style) {}

  std::vector<std::string> lines() {
    lines_.push_back(fmt::format("{}: {}{}", now_.number, now_.operation,
                                 now_.bucket ? fmt::format("   (bucket {})", *now_.bucket) : ""));
    lines_.push_back(fmt::format(
        "count {}  B {}  {:.2f} entries a bucket (doubles over 6.5)  hash0 {:08x}", now_.count, now_.B,
        now_.main_buckets == 0 ? 0.0
                               : static_cast<double>(now_.count) / static_cast<double>(now_.main_buckets),
        now_.hash0));
    lines_.push_back(fmt::format("noverflow {}  overflow: {}, {} own  flags {}", now_.noverflow,
                                 preallocated(), now_.overflow_allocations, flags()));
    lines_.push_back(growth());
    arrays();
    for (const auto& loop : now_.loops) lines_.push_back(told(loop));
    for (std::string& line : lines_) line.erase(line.find_last_not_of(' ') + 1);
    return std::move(lines_);
  }

 private:
  std::string preallocated() const {
    const std::size_t tail = now_.total_buckets - std::min(now_.total_buckets, now_.main_buckets);
    if (tail == 0) return "none preallocated";
    if (now_.next_overflow < 0) return fmt::format("all {} preallocated used", tail);
    return fmt::format("{} of {} preallocated used",
                       static_cast<std::size_t>(now_.next_overflow) - now_.main_buckets, tail);
  }
  std::string flags() const {
    std::string text;
    const auto add = [&](unsigned flag, std::string_view name) {
      if ((now_.flags & flag) == 0) return;
      if (!text.empty()) text += '+';
      text += name;
    };
    add(classic::flag_iterator, "iterator");
    add(classic::flag_old_iterator, "oldIterator");
    add(classic::flag_hash_writing, "hashWriting");
    add(classic::flag_same_size_grow, "sameSizeGrow");
    return text.empty() ? "none" : text;
  }
  std::string growth() const {
    if (now_.growth == growth_kind::none) return "not growing";
    return coloured(
        fmt::format("growing{}: {} old buckets, nevacuate {}",
                    now_.growth == growth_kind::same_size ? " to the same size" : " to twice the size",
                    now_.old_buckets, now_.nevacuate),
        mark_colour, style_);
  }

  void arrays() {
    const bool two = !now_.oldbuckets.empty();
    std::string title =
        fmt::format("{:<{}}", two ? fmt::format("old buckets ({})", now_.old_buckets) : "", row_width);
    if (two) title += " | ";
    lines_.push_back((two ? title : "") + fmt::format("buckets ({})", now_.main_buckets));
    for (std::size_t number = 0; number < now_.buckets.size(); ++number) {
      const auto left = number < now_.oldbuckets.size() ? rows({now_.oldbuckets, true}, number)
                                                        : std::vector<std::string>{};
      const auto right = rows({now_.buckets, false}, number);
      for (std::size_t row = 0; row < std::max(left.size(), right.size()); ++row) {
        std::string line;
        if (two) line = (row < left.size() ? left[row] : std::string(row_width, ' ')) + " | ";
        if (row < right.size()) line += right[row];
        lines_.push_back(std::move(line));
      }
    }
    if (now_.buckets.size() < now_.main_buckets)
      lines_.push_back(
          fmt::format("... {} more buckets (--buckets)", now_.main_buckets - now_.buckets.size()));
  }

  // Whether this operation, as far as the film shows, changed a chain.
  bool changed(const side& in, std::size_t number) const {
    if (before_ == nullptr) return false;
    const auto& earlier = in.old ? before_->oldbuckets : before_->buckets;
    const bool same_arrays = before_->old_buckets == now_.old_buckets && before_->B == now_.B;
    return same_arrays && number < earlier.size() && earlier[number] != in.chains[number];
  }

  std::vector<std::string> rows(const side& in, std::size_t number) const {
    const chain& shown = film_.chains()[in.chains[number]];
    const bool bright = changed(in, number);
    std::vector<std::string> drawn;
    for (std::size_t bucket = 0; bucket < shown.buckets.size(); ++bucket) {
      std::string name;
      if (bucket == 0) {
        const bool mark = in.old && number == now_.nevacuate;
        name = (mark ? coloured(">", mark_colour, style_) : " ") + fmt::format("{:>4} ", number);
      } else if (shown.buckets[bucket].position) {
        name = fmt::format("{:>5} ", fmt::format("+{}", *shown.buckets[bucket].position));
      } else {
        name = "   +* ";
      }
      std::string line = bright ? coloured(name, changed_colour, style_) : name;
      for (std::size_t slot = 0; slot < classic::slots_per_bucket; ++slot)
        line += cell(shown.buckets[bucket].slots[slot], sign(in.old, number, bucket, slot));
      drawn.push_back(std::move(line));
    }
    return drawn;
  }
  std::string cell(const slot_picture& slot, char sign) const {
    const auto state = static_cast<std::size_t>(classic::state_of(slot.tophash));
    std::string text(state_signs[state]);
    if (slot.tophash >= classic::min_top_hash)
      text = style_.tophashes ? fmt::format(" {:02x}", slot.tophash) : fitted(slot.key, cell_width - 1);
    return coloured(std::move(text), state_colours[state], style_) +
           (sign == ' ' ? " " : coloured(std::string(1, sign), loop_colour, style_));
  }
  // The letter of the loop that stands in a slot.
  char sign(bool old, std::size_t number, std::size_t bucket, std::size_t slot) const {
    for (const auto& loop : now_.loops) {
      const auto standing = old ? classic::loop_array::old : classic::loop_array::main;
      const std::size_t buckets = old ? now_.old_buckets : now_.main_buckets;
      if (!loop.over && loop.standing == standing && (loop.bucket & (buckets - 1)) == number &&
          loop.chain_bucket == bucket && loop.slot == slot)
        return letter_of(loop);
    }
    return ' ';
  }

  std::string told(const classic::loop_position& loop) const {
    std::string text = fmt::format("loop {}: began at bucket {}, slot {}, when B was {}; ",
                                   loop_name(loop.number), loop.start_bucket, loop.offset, loop.B);
    if (loop.over) return text + "the map was cleared: its next step ends it";
    text += fmt::format("at bucket {}", loop.bucket);
    if (loop.standing == classic::loop_array::old)
      text += loop.in_old_array ? " (in the old array)" : ", which is old now";
    if (loop.standing == classic::loop_array::former) text += " of an array that the map has left";
    if (loop.chain_bucket > 0) text += fmt::format(", {} down its chain", loop.chain_bucket);
    text += fmt::format(", slot {}", loop.slot);
    return text + (loop.wrapped ? "; wrapped" : "");
  }

  const film& film_;
  const picture& now_;
  const picture* before_;
  text_style style_;
  std::vector<std::string> lines_;
};

}  // namespace

std::vector<std::string> draw_text(const film& of, std::size_t number, const text_style& style) {
  return drawing(of, number, style).lines();
}

std::vector<std::string> text_legend(const text_style& style) {
  const auto sign = [&](slot_state state) {
    const auto index = static_cast<std::size_t>(state);
    std::string_view text = state_signs[index];
    text.remove_prefix(text.find_first_not_of(' '));
    return coloured(std::string(text), state_colours[index], style);
  };
  std::vector<std::string> lines;
  lines.push_back(fmt::format(
      "{} empty, and so is all after it   {} empty   {} {} moved to the same, the upper bucket",
      sign(slot_state::rest), sign(slot_state::one), sign(slot_state::moved_x), sign(slot_state::moved_y)));
  lines.push_back(fmt::format(
      "{} was empty when its bucket was moved   +12 overflow bucket 12 of the array, +* of its own",
      sign(slot_state::moved_empty)));
  lines.push_back(fmt::format(
      "{} before an old bucket: the next to be moved   a letter after a slot: that loop stands here",
      coloured(">", mark_colour, style)));
  return lines;
}

}  // namespace steady::view
