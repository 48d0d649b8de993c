#include "proxy/config/schedule_check.hpp"
#include "proxy/config/document.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

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

bool is_schedule(std::string_view text)
{
  auto const parts = split(text, ' ');
  if (parts.size() == 2) return is_weekdays(parts[0]) && is_hours(parts[1]);
  return parts.size() == 5 && is_cron_field(parts[0], 0, 59) && is_cron_field(parts[1], 0, 23) &&
         is_cron_field(parts[2], 1, 31) && is_cron_field(parts[3], 1, 12) && is_cron_field(parts[4], 0, 7);
}

} // namespace

std::string schedule_problem(schedule_settings const& one)
{
  if (is_schedule(one.when)) return {};
  return "'autoscaling.schedules.when' is " + quoted(one.when) +
         "; allowed is weekdays and two times of day, such as \"Mon-Fri 08:00-18:00\", or cron's five fields, such as "
         "\"0 8 * * 1-5\"";
}

} // namespace pilotlight::config
