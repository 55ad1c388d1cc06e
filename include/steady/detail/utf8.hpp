// Names of maps and channels may be any bytes; most formats want UTF-8.
//
// A byte that is no part of a character becomes U+FFFD and its number in hexadecimal, so that different names stay different. A
// U+FFFD that was there gets "--" behind it, else it would look like the beginning of such a byte.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace steady::detail {

// How many bytes of well-formed UTF-8 the text begins with that make one character; 0: none.
[[nodiscard]] constexpr std::size_t character_length(std::string_view text) noexcept {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
  for (std::size_t at = 1; at < length; ++at)
    if ((byte(at) & 0xc0) != 0x80) return 0;
  // Overlong forms, surrogates, beyond U+10FFFF.
  if ((first == 0xe0 && byte(1) < 0xa0) || (first == 0xed && byte(1) > 0x9f) ||
      (first == 0xf0 && byte(1) < 0x90) || (first == 0xf4 && byte(1) > 0x8f))
    return 0;
  return length;
}

// Appends the text as UTF-8; each character of one byte goes through append_plain(out, character), which escapes it as its format
// wants.
template <class AppendPlain>
void append_utf8(std::string& out, std::string_view text, AppendPlain&& append_plain) {
  while (!text.empty()) {
    const std::size_t length = character_length(text);
    if (length == 0) {
      constexpr std::string_view digits = "0123456789abcdef";
      const auto byte = static_cast<unsigned char>(text[0]);
      out += "\xef\xbf\xbd";
      out += digits[byte >> 4];
      out += digits[byte & 15];
    } else if (length == 1) {
      append_plain(out, text[0]);
    } else {
      out += text.substr(0, length);
      if (text.starts_with("\xef\xbf\xbd")) out += "--";
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
}

}  // namespace steady::detail
