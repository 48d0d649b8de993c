#include "shared/plain_json.hpp"

#include <array>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <cmath>
#include <string_view>
#include <utility>

namespace pilotlight {
namespace {

namespace json = boost::json;

void append_number(std::string& to, double number)
{
  if (!std::isfinite(number)) {
    to += "null";
    return;
  }
  auto const size = std::abs(number);
  auto const readable = size == 0 || (size >= 1e-6 && size < 1e21);
  auto text = std::array<char, 64>();
  auto const end = std::to_chars(text.data(), text.data() + text.size(), number,
                                 readable ? std::chars_format::fixed : std::chars_format::scientific);
  to.append(text.data(), end.ptr);
}

void append_string(std::string& to, json::string_view text)
{
  to += json::serialize(text);
}

void append(std::string& to, json::value const& value)
{
  auto separator = std::string_view();
  if (auto const* object = value.if_object()) {
    to += '{';
    for (auto const& [name, member] : *object) {
      to += std::exchange(separator, ",");
      append_string(to, name);
      to += ':';
      append(to, member);
    }
    to += '}';
  } else if (auto const* array = value.if_array()) {
    to += '[';
    for (auto const& item : *array) {
      to += std::exchange(separator, ",");
      append(to, item);
    }
    to += ']';
  } else if (auto const* number = value.if_double()) {
    append_number(to, *number);
  } else {
    to += json::serialize(value);
  }
}

} // namespace

std::string plain_json(json::value const& value)
{
  auto text = std::string();
  append(text, value);
  return text;
}

} // namespace pilotlight
