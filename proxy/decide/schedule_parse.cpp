#include "proxy/decide/schedule.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <optional>
#include <span>
#include <vector>

namespace pilotlight::decide {

namespace {

using std::chrono::minutes;

struct cron_field
{
  std::string_view name;
  int first, last;
  std::span<std::string_view const> names; ///< the first stands for `first`
};

constexpr std::array<std::string_view, 12> month_names{"jan", "feb", "mar", "apr", "may", "jun",
                                                       "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> day_names{"sun", "mon", "tue", "wed", "thu", "fri", "sat"};
constexpr std::array<cron_field, 5> cron_fields{{{"minute", 0, 59, {}},
                                                 {"hour", 0, 23, {}},
                                                 {"day of month", 1, 31, {}},
                                                 {"month", 1, 12, month_names},
                                                 {"day of week", 0, 7, day_names}}};

std::vector<std::string_view> split(std::string_view text, char by)
{
  std::vector<std::string_view> parts;
  for (std::size_t from = 0; from <= text.size();) {
    auto const to = std::min(text.find(by, from), text.size());
    if (by != ' ' || to > from) parts.push_back(text.substr(from, to - from));
    from = to + 1;
  }
  return parts;
}

std::string lower(std::string_view text)
{
  std::string low(text);
  std::ranges::transform(low, low.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return low;
}

std::optional<int> number(std::string_view text)
{
  int value = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<int> value_of(cron_field const& field, std::string_view text)
{
  auto const name = std::ranges::find(field.names, lower(text));
  if (name != field.names.end()) return field.first + static_cast<int>(name - field.names.begin());
  auto const value = text.starts_with('-') ? std::nullopt : number(text);
  return value && *value >= field.first && *value <= field.last ? value : std::nullopt;
}

/// "*", "3", "1-5", "*/15", "10-40/10", "mon-fri" of one list; the bits of the values.
std::optional<std::uint64_t> bits_of(cron_field const& field, std::string_view item)
{
  int step = 1;
  auto const slash = item.find('/');
  if (slash != std::string_view::npos) {
    auto const by = number(item.substr(slash + 1));
    if (!by || *by < 1 || *by > field.last) return std::nullopt;
    step = *by;
    item = item.substr(0, slash);
  }
  int from = field.first;
  int to = field.last;
  if (item != "*") {
    auto const dash = item.find('-');
    auto const first = value_of(field, item.substr(0, dash));
    if (!first) return std::nullopt;
    from = *first;
    if (dash != std::string_view::npos) {
      auto const last = value_of(field, item.substr(dash + 1));
      if (!last) return std::nullopt;
      to = *last;
    } else if (slash == std::string_view::npos) {
      to = from;
    }
  }
  bool const wraps = from > to && field.name == "day of week"; // "Sat-Mon"
  if (from > to && !wraps) return std::nullopt;
  std::uint64_t bits = 0;
  for (int at = from; at <= (wraps ? to + 7 : to); at += step)
    bits |= std::uint64_t{1} << (field.name == "day of week" ? at % 7 : at);
  return bits;
}

failure refusal(std::string_view key, std::string sentence)
{
  return {fault::bad_request, std::string(key) + ": " + std::move(sentence), {}};
}

std::string allowed(cron_field const& field)
{
  std::string text = std::to_string(field.first) + " to " + std::to_string(field.last);
  if (!field.names.empty())
    text += " or " + std::string(field.names.front()) + " to " + std::string(field.names.back());
  return text + ", as \"*\", single values, ranges a-b, steps /n and lists with commas";
}

result<std::uint64_t> parse_field(std::string_view key, cron_field const& field, std::string_view text)
{
  std::uint64_t bits = 0;
  for (auto const item : split(text, ',')) {
    auto const some = bits_of(field, item);
    if (!some)
      return refusal(key,
                     "the " + std::string(field.name) + " \"" + std::string(text) + "\" must be " + allowed(field));
    bits |= *some;
  }
  return bits;
}

/// One of the months has one of the days. In which week it falls does not matter: in the calendar's 400 years each day
/// of the year, 29 February too, falls on each day of the week.
bool comes_ever(schedule const& one)
{
  constexpr std::array<int, 12> longest{31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (one.either_day) return true; // each month has every day of the week
  auto const first = std::countr_zero(one.days);
  for (int month = 1; month <= 12; ++month)
    if ((one.months >> month & 1U) != 0 && first <= longest[static_cast<std::size_t>(month) - 1]) return true;
  return false;
}

result<schedule> parse_cron(std::string_view key, std::vector<std::string_view> const& fields, minutes length)
{
  if (length <= minutes::zero() || length > longest_schedule)
    return refusal(key, "a cron window needs a length of 1 minute to 7 days");
  std::array<std::uint64_t, 5> bits{};
  for (std::size_t i = 0; i < bits.size(); ++i) {
    auto parsed = parse_field(key, cron_fields[i], fields[i]);
    if (!parsed) return parsed.error();
    bits[i] = *parsed;
  }
  schedule found;
  found.minutes = bits[0];
  found.hours = static_cast<std::uint32_t>(bits[1]);
  found.days = static_cast<std::uint32_t>(bits[2]);
  found.months = static_cast<std::uint16_t>(bits[3]);
  found.weekdays = static_cast<std::uint8_t>(bits[4]);
  found.either_day = !fields[2].starts_with('*') && !fields[4].starts_with('*');
  found.length = length;
  if (!comes_ever(found))
    return refusal(key, "the day of month \"" + std::string(fields[2]) + "\" never comes in the month \"" +
                            std::string(fields[3]) + "\", so the window would never open");
  return found;
}

/// Minutes of the day of "08:00"; 24:00 is the end of the day.
std::optional<int> clock_of(std::string_view text)
{
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  for (std::size_t const i : {0, 1, 3, 4})
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
  int const hour = (text[0] - '0') * 10 + (text[1] - '0');
  int const minute = (text[3] - '0') * 10 + (text[4] - '0');
  if (minute > 59 || hour > 24 || (hour == 24 && minute > 0)) return std::nullopt;
  return hour * 60 + minute;
}

result<schedule> parse_hours(std::string_view key, std::string_view days, std::string_view hours, minutes length)
{
  if (length != minutes::zero())
    return refusal(key, "a window that names its hours takes no length: its end is the second hour");
  auto weekdays = parse_field(key, cron_fields[4], lower(days) == "daily" ? "*" : days);
  if (!weekdays) return weekdays.error();
  auto const dash = hours.find('-');
  auto const from = clock_of(hours.substr(0, dash));
  auto const to = dash == std::string_view::npos ? std::nullopt : clock_of(hours.substr(dash + 1));
  if (!from || !to || *from == 24 * 60 || *from == *to)
    return refusal(key, "the hours \"" + std::string(hours) +
                            "\" must be two different times of day \"HH:MM-HH:MM\", 00:00 to 24:00");
  schedule found;
  found.minutes = std::uint64_t{1} << (*from % 60);
  found.hours = std::uint32_t{1} << (*from / 60);
  found.days = ~std::uint32_t{1};
  found.months = 0x1ffe;
  found.weekdays = static_cast<std::uint8_t>(*weekdays);
  found.length = minutes(*to > *from ? *to - *from : *to + 24 * 60 - *from);
  return found;
}

} // namespace

result<schedule> parse_schedule(std::string_view key, std::string_view when, minutes length, minutes offset,
                                int instances)
{
  if (instances < 1) return refusal(key, "the floor of a window must be 1 instance or more");
  if (offset < minutes(-14 * 60) || offset > minutes(14 * 60))
    return refusal(key, "the offset from UTC must be within 14 hours");
  auto const fields = split(when, ' ');
  if (fields.size() != 5 && fields.size() != 2)
    return refusal(key, "\"" + std::string(when) +
                            "\" must be five cron fields such as \"0 8 * * 1-5\", or days and hours such as "
                            "\"Mon-Fri 08:00-18:00\"");
  auto found = fields.size() == 5 ? parse_cron(key, fields, length) : parse_hours(key, fields[0], fields[1], length);
  if (!found) return found.error();
  found->offset = offset;
  found->instances = instances;
  found->text = std::string(when);
  return found;
}

} // namespace pilotlight::decide
