#include "tools/steady/view/film.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace steady::view {

std::string loop_name(std::uint64_t number) {
  if (number == 0) return "over nothing";
  constexpr std::uint64_t letters = 26;
  std::string name(1, static_cast<char>('a' + (number - 1) % letters));
  if (number > letters) name += std::to_string((number - 1) / letters + 1);
  return name;
}

std::string film::label(double number) { return fmt::format("{}", number); }

std::string film::label(const std::string& text) {
  constexpr std::size_t longest = 60;
  std::string shown = text.substr(0, longest);
  std::ranges::replace_if(shown, [](char c) { return c < ' ' || c > '~'; }, '.');
  if (text.size() > longest) shown += "...";
  return shown.empty() ? "\"\"" : shown;
}

std::size_t film::number_of(chain drawn) {
  std::string all;
  all += drawn.evacuated ? 'e' : ' ';
  for (const bucket_picture& bucket : drawn.buckets) {
    all += bucket.position ? std::to_string(*bucket.position) : "own";
    for (const slot_picture& slot : bucket.slots) {
      all += '\n';
      all += static_cast<char>(slot.tophash);
      all += slot.key;
      all += '\n';
      all += slot.value;
    }
    all += '\n';
  }
  const auto [known, fresh] = numbers_.try_emplace(std::move(all), chains_.size());
  if (fresh) chains_.push_back(std::move(drawn));
  return known->second;
}

std::string film::extent() const {
  if (pictures_.empty()) return fmt::format("none of its {} operations are shown", operations_);
  const std::size_t first = pictures_.front().number;
  const std::size_t last = pictures_.back().number;
  std::string text =
      first == last ? fmt::format("operation {}", first) : fmt::format("operations {} to {}", first, last);
  if (bounds_.every > 1 && first != last) text += fmt::format(", one in {}", bounds_.every);
  if (more_) {
    text += "; there are more";
  } else {
    text += fmt::format(" of {}", operations_);
  }
  std::size_t most = 0;
  for (const picture& each : pictures_) most = std::max({most, each.main_buckets, each.old_buckets});
  if (most > bounds_.buckets)
    text += fmt::format("; of up to {} buckets of an array the first {}", most, bounds_.buckets);
  return text;
}

}  // namespace steady::view
