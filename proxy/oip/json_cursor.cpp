#include "proxy/oip/json_cursor.hpp"

namespace pilotlight::oip {
namespace {

constexpr int deepest_ignored = 16;
constexpr std::size_t shown_bytes = 40; ///< of a wrong token, in a sentence

/// The start of what stands there, one byte more than is shown. Never more: where a list is not closed, the token lies
/// in the padding behind the text and simdjson's length of it wraps around to 4 GiB.
std::string_view token_start(ondemand::value value)
{
  static_assert(shown_bytes < simdjson::SIMDJSON_PADDING);
  auto const token = value.raw_json_token().substr(0, shown_bytes + 1);
  return token.substr(0, token.find_first_of(" \t\r\n"));
}

} // namespace

std::string place::text() const
{
  auto text = std::string(list);
  if (index >= 0) text.append("[").append(std::to_string(index)).append("]");
  for (auto const part : {member, inner}) {
    if (part.empty()) continue;
    if (!text.empty()) text += '.';
    text.append(part.substr(0, 64));
  }
  return text;
}

failure malformed(simdjson::error_code error)
{
  switch (error) {
  case simdjson::UTF8_ERROR: return refuse("the body is not valid JSON: it is not UTF-8");
  case simdjson::UNESCAPED_CHARS:
    return refuse("the body is not valid JSON: a string has a control character that is not escaped");
  case simdjson::UNCLOSED_STRING: return refuse("the body is not valid JSON: a string is not closed");
  case simdjson::STRING_ERROR: return refuse("the body is not valid JSON: a string has a wrong escape");
  case simdjson::EMPTY: return refuse("the body is empty: an inference request is a JSON object");
  case simdjson::INCOMPLETE_ARRAY_OR_OBJECT: return refuse("the body is not valid JSON: its brackets do not pair up");
  case simdjson::CAPACITY: return {fault::too_large, "the JSON part is larger than 4 GiB"};
  case simdjson::MEMALLOC: return {fault::unavailable, "out of memory for parsing the request"};
  default: return refuse("the body is not valid JSON: a value, comma, colon or bracket is missing or misplaced");
  }
}

std::string found(ondemand::value value)
{
  auto const token = token_start(value);
  if (token.empty()) return "nothing";
  switch (token[0]) {
  case '"': return "a string";
  case '{': return "an object";
  case '[': return "an array";
  case ']':
  case '}':
  case ',':
  case ':': return "nothing";
  default: break;
  }
  for (auto const name : {"NaN", "Infinity", "-Infinity", "nan", "inf", "-inf"})
    if (token == name) return std::string(name) + ", which is no JSON";
  auto text = std::string();
  for (auto const character : token.substr(0, shown_bytes))
    text += character > ' ' && character < 0x7f ? character : '?';
  if (token.size() > shown_bytes) text += "...";
  return text;
}

failure wrong_type(place const& where, std::string_view what, ondemand::value value)
{
  return refuse(where.text() + " must be " + std::string(what) + ", found " + found(value));
}

result<std::string_view> read_string(ondemand::value value, place const& where, std::size_t longest)
{
  auto text = std::string_view();
  auto const error = value.get_string().get(text);
  if (error == simdjson::INCORRECT_TYPE) return wrong_type(where, "a string", value);
  if (error) return malformed(error);
  if (text.size() > longest) return refuse(where.text() + " is longer than " + std::to_string(longest) + " bytes");
  return text;
}

result<bool> read_bool(ondemand::value value, place const& where)
{
  auto flag = false;
  if (value.get_bool().get(flag)) return wrong_type(where, "true or false", value);
  return flag;
}

result<std::uint64_t> read_unsigned(ondemand::value value, place const& where)
{
  auto number = std::uint64_t{0};
  if (value.get_uint64().get(number)) return wrong_type(where, "an integer from 0 to 18446744073709551615", value);
  return number;
}

result<ondemand::object> read_object(ondemand::value value, place const& where)
{
  auto object = ondemand::object();
  auto const error = value.get_object().get(object);
  if (error == simdjson::INCORRECT_TYPE) return wrong_type(where, "an object", value);
  if (error) return malformed(error);
  return object;
}

result<ondemand::array> read_array(ondemand::value value, place const& where)
{
  auto array = ondemand::array();
  auto const error = value.get_array().get(array);
  if (error == simdjson::INCORRECT_TYPE) return wrong_type(where, "an array", value);
  if (error) return malformed(error);
  return array;
}

result<void> read_over(ondemand::value value, place const& where, int depth)
{
  if (depth > deepest_ignored)
    return refuse(where.text() + " is nested deeper than " + std::to_string(deepest_ignored));
  auto kind = ondemand::json_type();
  if (auto const error = value.type().get(kind)) return malformed(error);
  switch (kind) {
  case ondemand::json_type::object: {
    auto const object = read_object(value, where);
    if (!object) return object.error();
    for (auto fields = *object; auto field : fields) {
      auto const inside = read_member(field);
      if (!inside) return inside.error();
      if (auto read = read_over(inside->value, where, depth + 1); !read) return read;
    }
    return {};
  }
  case ondemand::json_type::array: {
    auto const array = read_array(value, where);
    if (!array) return array.error();
    for (auto items = *array; auto item : items) {
      auto inside = ondemand::value();
      if (auto const error = item.get(inside)) return malformed(error);
      if (auto read = read_over(inside, where, depth + 1); !read) return read;
    }
    return {};
  }
  case ondemand::json_type::string: {
    auto const text = read_string(value, where, std::string_view::npos);
    return text ? result<void>() : text.error();
  }
  case ondemand::json_type::boolean: {
    auto const flag = read_bool(value, where);
    return flag ? result<void>() : flag.error();
  }
  case ondemand::json_type::number: {
    auto number = 0.0;
    if (value.get_double().get(number)) return wrong_type(where, "JSON", value);
    return {};
  }
  case ondemand::json_type::null: break;
  }
  auto null = false;
  if (value.is_null().get(null) || !null) return wrong_type(where, "JSON", value);
  return {};
}

result<member> read_member(simdjson::simdjson_result<ondemand::field> field)
{
  auto read = member();
  if (auto const error = field.unescaped_key().get(read.key)) return malformed(error);
  if (auto const error = field.value().get(read.value)) return malformed(error);
  return read;
}

result<std::size_t> known_member(std::span<std::string_view const> allowed, std::string_view key, unsigned& seen,
                                 place const& where)
{
  for (auto i = std::size_t{0}; i < allowed.size(); ++i) {
    if (allowed[i] != key) continue;
    if (seen & (1u << i)) {
      auto full = where;
      (where.member.empty() ? full.member : full.inner) = key;
      return refuse(full.text() + " is given twice");
    }
    seen |= 1u << i;
    return i;
  }
  auto const inside = where.text();
  auto sentence = "unknown member " + quoted(key) + (inside.empty() ? "" : " in " + inside) + ": allowed are ";
  for (auto i = std::size_t{0}; i < allowed.size(); ++i)
    sentence.append(i == 0 ? "" : i + 1 == allowed.size() ? " and " : ", ").append(allowed[i]);
  return refuse(std::move(sentence));
}

} // namespace pilotlight::oip
