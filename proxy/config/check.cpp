#include "proxy/config/check.hpp"

#include <bit>
#include <charconv>
#include <cmath>
#include <optional>

namespace pilotlight::config {
namespace {

std::optional<double> as_number(node const& content)
{
  if (auto const* integer = std::get_if<std::int64_t>(&content)) return static_cast<double>(*integer);
  if (auto const* number = std::get_if<double>(&content)) return *number;
  return std::nullopt;
}

bool within(limit const& range, double number)
{
  return number >= range.least && number <= range.most;
}

/// Shortest text of a number that is read back the same: 0.001, 86400.
std::string plain(double number)
{
  char text[64];
  auto const end = std::to_chars(text, text + sizeof text, number, std::chars_format::fixed).ptr;
  return std::string(text, end);
}

bool names_contain(std::string_view names, std::string_view name)
{
  while (!names.empty()) {
    auto const comma = std::min(names.find(", "), names.size());
    if (names.substr(0, comma) == name) return true;
    names.remove_prefix(std::min(comma + 2, names.size()));
  }
  return false;
}

bool is_device(std::string_view text)
{
  if (text == "cpu") return true;
  if (!text.starts_with("cuda:")) return false;
  text.remove_prefix(5);
  return !text.empty() && text.size() <= 3 && text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::optional<value> read_bytes(limit const& range, node const& content)
{
  auto bytes = std::optional<double>();
  if (auto const* text = std::get_if<std::string>(&content))
    bytes = parse_bytes(*text);
  else if (auto const* integer = std::get_if<std::int64_t>(&content))
    bytes = static_cast<double>(*integer);
  if (!bytes || !within(range, *bytes) || *bytes != std::floor(*bytes)) return std::nullopt;
  auto const whole = static_cast<std::int64_t>(*bytes);
  if (range.power_of_two && !std::has_single_bit(static_cast<std::uint64_t>(whole))) return std::nullopt;
  return whole;
}

bool follows(limit const& limits, std::string_view text)
{
  return !limits.rule.holds || limits.rule.holds(text);
}

std::optional<std::string> read_item_text(key const& one, scalar const& item)
{
  auto const* text = std::get_if<std::string>(&item);
  if (!text || text->find('\0') != std::string::npos || !follows(one.allowed, *text)) return std::nullopt;
  return *text;
}

std::optional<double> read_item_number(key const& one, scalar const& item)
{
  auto number = std::optional<double>();
  if (auto const* integer = std::get_if<std::int64_t>(&item)) number = static_cast<double>(*integer);
  if (auto const* real = std::get_if<double>(&item)) number = *real;
  return number && within(one.allowed, *number) ? number : std::nullopt;
}

/// "-1 as item 2": the first of a list that may not be in it; empty if none is, or it is no list.
std::string bad_item(key const& one, node const& content)
{
  auto const* items = std::get_if<list>(&content);
  if (!items || (one.type != kind::texts && one.type != kind::numbers)) return {};
  for (std::size_t i = 0; i < items->size(); ++i) {
    auto const& item = (*items)[i];
    auto const good =
        one.type == kind::texts ? read_item_text(one, item).has_value() : read_item_number(one, item).has_value();
    if (!good)
      return std::visit([](auto const& it) { return shown(node(it)); }, item) + " as item " + std::to_string(i + 1);
  }
  return {};
}

std::optional<value> read_texts(key const& one, node const& content)
{
  auto const* items = std::get_if<list>(&content);
  if (!items) return std::nullopt;
  auto texts = std::vector<std::string>();
  for (auto const& item : *items) {
    auto text = read_item_text(one, item);
    if (!text) return std::nullopt;
    texts.push_back(std::move(*text));
  }
  return texts;
}

std::optional<value> read_numbers(key const& one, node const& content)
{
  constexpr std::size_t most = 256;
  auto const* items = std::get_if<list>(&content);
  if (!items || items->size() > most) return std::nullopt;
  auto numbers = std::vector<double>();
  for (auto const& item : *items) {
    auto const number = read_item_number(one, item);
    if (!number) return std::nullopt;
    numbers.push_back(*number);
  }
  return numbers;
}

std::optional<value> read_text(key const& one, std::string const& text)
{
  switch (one.type) {
  case kind::text:
    if (text.find('\0') != std::string::npos || (one.allowed.not_empty && text.empty())) return std::nullopt;
    if (!follows(one.allowed, text)) return std::nullopt;
    return text;
  case kind::choice: return names_contain(one.allowed.names, text) ? std::optional<value>(text) : std::nullopt;
  case kind::device: return is_device(text) ? std::optional<value>(text) : std::nullopt;
  case kind::address:
    if (auto const parsed = parse_endpoint(text)) return *parsed;
    return std::nullopt;
  default: return std::nullopt;
  }
}

std::optional<value> read(key const& one, node const& content)
{
  switch (one.type) {
  case kind::boolean:
    if (auto const* flag = std::get_if<bool>(&content)) return *flag;
    return std::nullopt;
  case kind::integer:
    if (auto const* integer = std::get_if<std::int64_t>(&content);
        integer && within(one.allowed, static_cast<double>(*integer)))
      return *integer;
    return std::nullopt;
  case kind::number:
  case kind::seconds:
    if (auto const number = as_number(content); number && within(one.allowed, *number)) return *number;
    return std::nullopt;
  case kind::bytes: return read_bytes(one.allowed, content);
  case kind::texts: return read_texts(one, content);
  case kind::numbers: return read_numbers(one, content);
  case kind::text:
  case kind::choice:
  case kind::device:
  case kind::address:
    if (auto const* text = std::get_if<std::string>(&content)) return read_text(one, *text);
    return std::nullopt;
  case kind::section: return std::nullopt;
  }
  return std::nullopt;
}

std::string range(limit const& limits)
{
  return " from " + plain(limits.least) + " to " + plain(limits.most);
}

} // namespace

result<value> check(key const& one, node const& content)
{
  if (auto checked = read(one, content)) return *checked;
  auto const bad = bad_item(one, content);
  auto const what = bad.empty() ? "' is " + shown(content) : "' has " + bad;
  return failure{fault::bad_request, "'" + std::string(one.name) + what + "; allowed is " + allowed(one)};
}

std::string allowed(key const& one)
{
  switch (one.type) {
  case kind::boolean: return "true or false";
  case kind::integer: return "an integer" + range(one.allowed);
  case kind::number: return "a number" + range(one.allowed);
  case kind::seconds: return "a number of seconds" + range(one.allowed);
  case kind::bytes:
    return std::string(one.allowed.power_of_two ? "a power of two" : "a number") + " of bytes from " +
           shown_bytes(one.allowed.least) + " to " + shown_bytes(one.allowed.most) + ", as 1048576 or \"1 MiB\"";
  case kind::text:
    if (one.allowed.rule.holds) return std::string(one.allowed.rule.form);
    return one.allowed.not_empty ? "a string that is not empty" : "a string";
  case kind::texts:
    return "a list of " + std::string(one.allowed.rule.holds ? one.allowed.rule.form : std::string_view("strings"));
  case kind::numbers: return "a list of at most 256 numbers" + range(one.allowed);
  case kind::address: return "\"host:port\" such as \"127.0.0.1:8080\" or \"[::1]:8080\", port 0 to 65535";
  case kind::choice: return "one of " + std::string(one.allowed.names);
  case kind::device: return "\"cpu\" or \"cuda:N\"";
  case kind::section: return "a table";
  }
  return "nothing";
}

std::optional<endpoint> parse_endpoint(std::string_view text)
{
  auto const colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  auto host = text.substr(0, colon);
  auto const port = text.substr(colon + 1);
  if (host.starts_with('[') && host.ends_with(']') && host.size() > 2)
    host = host.substr(1, host.size() - 2);
  else if (host.find_first_of(":[]") != std::string_view::npos)
    return std::nullopt; // an IPv6 address without brackets: where its port begins is a guess
  for (unsigned char const c : host)
    if (c <= ' ' || c == 0x7f || c == '/' || c == '@') return std::nullopt;
  if (host.size() > 255 || port.empty() || port.size() > 5) return std::nullopt;
  auto parsed = endpoint{std::string(host), 0};
  auto const [end, error] = std::from_chars(port.data(), port.data() + port.size(), parsed.port);
  if (error != std::errc() || end != port.data() + port.size()) return std::nullopt;
  return parsed;
}

std::optional<double> parse_bytes(std::string_view text)
{
  double number = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (error != std::errc() || !std::isfinite(number)) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  while (text.starts_with(' '))
    text.remove_prefix(1);
  struct unit
  {
    std::string_view name;
    double bytes;
  };
  constexpr unit units[] = {{"", 1},        {"B", 1},       {"KiB", 1024.0}, {"MiB", 1048576.0}, {"GiB", 1073741824.0},
                            {"KB", 1000.0}, {"kB", 1000.0}, {"MB", 1e6},     {"GB", 1e9}};
  for (auto const& one : units)
    if (text == one.name) return number * one.bytes;
  return std::nullopt;
}

std::string shown_bytes(double bytes)
{
  for (auto const& [name, size] : {std::pair{" GiB", 1073741824.0}, {" MiB", 1048576.0}, {" KiB", 1024.0}})
    if (bytes >= size && std::fmod(bytes, size) == 0) return plain(bytes / size) + name;
  return plain(bytes) + " bytes";
}

} // namespace pilotlight::config
