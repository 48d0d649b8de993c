#include "proxy/cli/json_members.hpp"

#include <array>
#include <boost/json/serialize.hpp>
#include <cstdio>

namespace pilotlight::cli {
namespace json = boost::json;

json::value member(json::object const& object, std::string_view name)
{
  auto const* found = object.if_contains(name);
  return found ? *found : json::value();
}

std::string text(json::object const& object, std::string_view name)
{
  auto const value = member(object, name);
  if (!value.is_string()) return value.is_null() ? "-" : json::serialize(value);
  auto shown = std::string(std::string_view(value.as_string()));
  for (auto& c : shown)
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) c = ' ';
  return shown.empty() ? "-" : shown;
}

std::optional<double> figure(json::object const& object, std::string_view name)
{
  auto const value = member(object, name);
  return value.is_number() ? std::optional(value.to_number<double>()) : std::nullopt;
}

json::array list(json::object const& object, std::string_view name)
{
  auto value = member(object, name);
  return value.is_array() ? std::move(value.as_array()) : json::array();
}

json::object part(json::object const& object, std::string_view name)
{
  auto value = member(object, name);
  return value.is_object() ? std::move(value.as_object()) : json::object();
}

bool is_true(json::object const& object, std::string_view name)
{
  auto const value = member(object, name);
  return value.is_bool() && value.as_bool();
}

std::string shown_decimal(double value, int decimals)
{
  auto text = std::array<char, 48>();
  std::snprintf(text.data(), text.size(), value < 1e15 ? "%.*f" : "%.*g", decimals, value);
  return text.data();
}

} // namespace pilotlight::cli
