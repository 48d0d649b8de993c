#include "proxy/config/text_rules.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <string>
#include <vector>

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

std::vector<std::string_view> split(std::string_view text, char at)
{
  auto parts = std::vector<std::string_view>();
  for (;;) {
    auto const end = text.find(at);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

bool is_weekday(std::string_view text)
{
  constexpr std::string_view names[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
  return std::find(std::begin(names), std::end(names), text) != std::end(names);
}

/// "Mon-Fri", "Sat,Sun", "Mon".
bool is_weekdays(std::string_view text)
{
  for (auto const part : split(text, ',')) {
    auto const dash = part.find('-');
    if (!is_weekday(part.substr(0, dash))) return false;
    if (dash != std::string_view::npos && !is_weekday(part.substr(dash + 1))) return false;
  }
  return true;
}

bool is_hours(std::string_view text)
{
  auto const dash = text.find('-');
  if (dash == std::string_view::npos) return false;
  auto const from = time_of_day(text.substr(0, dash));
  auto const to = time_of_day(text.substr(dash + 1));
  return from && to && *from != *to;
}

/// "*", "*/15", "1-5", "0,30", "8-18/2", each number from `least` to `most`.
bool is_cron_field(std::string_view text, unsigned least, unsigned most)
{
  auto const number = [&](std::string_view digits) {
    auto const read = small_number(digits, 2, most);
    return read && *read >= least ? read : std::nullopt;
  };
  for (auto part : split(text, ',')) {
    auto const slash = part.find('/');
    if (slash != std::string_view::npos) {
      auto const step = small_number(part.substr(slash + 1), 2, most);
      if (!step || *step == 0) return false;
      part = part.substr(0, slash);
    }
    if (part == "*") continue;
    auto const dash = part.find('-');
    auto const first = number(part.substr(0, dash));
    if (!first) return false;
    if (dash == std::string_view::npos) continue;
    auto const last = number(part.substr(dash + 1));
    if (!last || *last < *first) return false;
  }
  return true;
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

bool is_network(std::string_view text)
{
  auto const slash = text.find('/');
  if (slash == std::string_view::npos) return false;
  auto const address = std::string(text.substr(0, slash));
  auto bytes = std::array<unsigned char, 16>();
  auto const is_v6 = address.find(':') != std::string::npos;
  if (::inet_pton(is_v6 ? AF_INET6 : AF_INET, address.c_str(), bytes.data()) != 1) return false;
  auto const bits = is_v6 ? 128U : 32U;
  auto const prefix = small_number(text.substr(slash + 1), 3, bits);
  if (!prefix || address.size() != slash || address.find('\0') != std::string::npos) return false;
  for (auto bit = *prefix; bit < bits; ++bit)
    if ((bytes[bit / 8] & (0x80U >> (bit % 8))) != 0) return false; // a slip: a host's address, or a prefix too short
  return true;
}

bool is_schedule(std::string_view text)
{
  auto const parts = split(text, ' ');
  if (parts.size() == 2) return is_weekdays(parts[0]) && is_hours(parts[1]);
  return parts.size() == 5 && is_cron_field(parts[0], 0, 59) && is_cron_field(parts[1], 0, 23) &&
         is_cron_field(parts[2], 1, 31) && is_cron_field(parts[3], 1, 12) && is_cron_field(parts[4], 0, 7);
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
