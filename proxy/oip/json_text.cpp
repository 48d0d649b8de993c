#include "proxy/oip/json_text.hpp"

#include <algorithm>

namespace pilotlight::oip {
namespace {

/// Bytes of the UTF-8 character at the start of `text`; 0 when it is none.
std::size_t character_length(std::string_view text)
{
  auto const at = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  auto const continues = [&](std::size_t i, unsigned low = 0x80, unsigned high = 0xbf) {
    return at(i) >= low && at(i) <= high;
  };
  auto const first = at(0);
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return continues(1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    // No overlong forms (E0), no surrogates (ED).
    auto const second = continues(1, first == 0xe0 ? 0xa0 : 0x80, first == 0xed ? 0x9f : 0xbf);
    return second && continues(2) ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    auto const second = continues(1, first == 0xf0 ? 0x90 : 0x80, first == 0xf4 ? 0x8f : 0xbf);
    return second && continues(2) && continues(3) ? 4 : 0;
  }
  return 0;
}

void append_escaped(std::string& json, char character)
{
  constexpr auto digits = std::string_view("0123456789abcdef");
  switch (character) {
  case '"': json += "\\\""; break;
  case '\\': json += "\\\\"; break;
  case '\n': json += "\\n"; break;
  case '\r': json += "\\r"; break;
  case '\t': json += "\\t"; break;
  default:
    json += "\\u00";
    json += digits[static_cast<unsigned char>(character) >> 4];
    json += digits[static_cast<unsigned char>(character) & 15];
  }
}

bool plain(char character)
{
  return character >= ' ' && character < 0x7f && character != '"' && character != '\\';
}

} // namespace

void append_quoted(std::string& json, std::string_view text)
{
  json += '"';
  while (!text.empty()) {
    auto const run = static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), plain) - text.begin());
    json.append(text.substr(0, run));
    text.remove_prefix(run);
    if (text.empty()) break;
    auto const length = character_length(text);
    if (length == 1)
      append_escaped(json, text[0]);
    else if (length == 0)
      json += "\xef\xbf\xbd";
    else
      json.append(text.substr(0, length));
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  json += '"';
}

} // namespace pilotlight::oip
