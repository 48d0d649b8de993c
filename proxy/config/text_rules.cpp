#include "proxy/config/text_rules.hpp"
#include "proxy/balance/cidr.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <charconv>

namespace pilotlight::config {
namespace {

bool is_digit(char c)
{
  return c >= '0' && c <= '9';
}

/// 1 to `most_digits` digits of a number of at most `most`.
std::optional<unsigned> small_number(std::string_view text, std::size_t most_digits, unsigned most)
{
  if (text.empty() || text.size() > most_digits || !std::all_of(text.begin(), text.end(), is_digit))
    return std::nullopt;
  unsigned number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number <= most ? std::optional(number) : std::nullopt;
}

/// "08:00" as minutes of the day, up to 24:00.
std::optional<unsigned> time_of_day(std::string_view text)
{
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  auto const hours = small_number(text.substr(0, 2), 2, 24);
  auto const minutes = small_number(text.substr(3), 2, 59);
  if (!hours || !minutes || *hours * 60 + *minutes > 24 * 60) return std::nullopt;
  return *hours * 60 + *minutes;
}

} // namespace

bool is_header_name(std::string_view text)
{
  constexpr std::string_view others = "!#$%&'*+-.^_`|~";
  auto const is_token = [&](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || others.find(c) != std::string_view::npos;
  };
  return !text.empty() && text.size() <= 100 && std::all_of(text.begin(), text.end(), is_token);
}

bool is_zone_name(std::string_view text)
{
  auto const may_have = [](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' || c == '.';
  };
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), may_have);
}

bool is_network(std::string_view text)
{
  return balance::cidr::read(text).has_value();
}

bool has_schedule_form(std::string_view text)
{
  if (text.starts_with(' ') || text.ends_with(' ') || text.find("  ") != std::string_view::npos) return false;
  auto const spaces = std::count(text.begin(), text.end(), ' ');
  return spaces == 1 || spaces == 4;
}

std::optional<std::chrono::minutes> parse_utc_offset(std::string_view text)
{
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  auto const ahead = text[0] == '+';
  auto const minutes = time_of_day(text.substr(1));
  if (!minutes || *minutes > (ahead ? 14U : 12U) * 60) return std::nullopt;
  return std::chrono::minutes(ahead ? static_cast<int>(*minutes) : -static_cast<int>(*minutes));
}

} // namespace pilotlight::config
