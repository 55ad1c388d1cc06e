// Finds a request's Range header that is longer than anybody's.
//
// httplib matches its value with a regular expression, which recurses for each character, before anything of ours is asked; 8 KiB of it,
// which is what a line may have, are stack of a thread for nothing, since answers are always whole. So it is looked for in the bytes as
// they come, before httplib sees them.
#pragma once

#include <cstddef>
#include <string_view>

namespace steady::detail::serving {

class range_guard {
 public:
  static constexpr std::size_t most_characters = 200;  // of the whole line

  // How many of the bytes that come next may be read: all, or those before the one that is too many.
  [[nodiscard]] std::size_t fits(std::string_view bytes) noexcept {
    constexpr std::string_view name = "range:";
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      if (bytes[at] == '\n') {
        column_ = 0;
        is_range_ = true;
        continue;
      }
      if (column_ < name.size()) is_range_ = is_range_ && lower(bytes[at]) == name[column_];
      if (++column_ > most_characters && is_range_) return at;
    }
    return bytes.size();
  }

 private:
  [[nodiscard]] static char lower(char letter) noexcept {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
  }

  std::size_t column_ = 0;  // characters of the line so far
  bool is_range_ = true;  // as far as it has come
};

}  // namespace steady::detail::serving
