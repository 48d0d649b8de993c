#include "proxy/simulate/trace_time.hpp"

#include <charconv>
#include <cmath>

namespace pilotlight::simulate {
namespace {

/// Reads exactly `digits` digits and cuts them off.
std::optional<int> cut_digits(std::string_view& text, std::size_t digits)
{
  if (text.size() < digits) return std::nullopt;
  auto value = 0;
  for (auto const c : text.substr(0, digits)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool cut(std::string_view& text, std::string_view any_of)
{
  if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

/// ".289122" as microseconds; 0 where there is none.
std::optional<int> cut_fraction(std::string_view& text)
{
  if (!cut(text, ".")) return 0;
  auto value = 0;
  auto digits = 0;
  for (; !text.empty() && text.front() >= '0' && text.front() <= '9'; text.remove_prefix(1), ++digits)
    if (digits < 6) value = value * 10 + (text.front() - '0');
  if (digits == 0) return std::nullopt;
  for (; digits < 6; ++digits)
    value *= 10;
  return value;
}

std::optional<decide::instant> parse_calendar(std::string_view text)
{
  using namespace std::chrono;
  auto const y = cut_digits(text, 4);
  if (!y || !cut(text, "-")) return std::nullopt;
  auto const m = cut_digits(text, 2);
  if (!m || !cut(text, "-")) return std::nullopt;
  auto const d = cut_digits(text, 2);
  if (!d || !cut(text, " T")) return std::nullopt;
  auto const hour = cut_digits(text, 2);
  if (!hour || *hour > 23 || !cut(text, ":")) return std::nullopt;
  auto const minute = cut_digits(text, 2);
  if (!minute || *minute > 59 || !cut(text, ":")) return std::nullopt;
  auto const second = cut_digits(text, 2);
  if (!second || *second > 60) return std::nullopt; // 60: a leap second
  auto const fraction = cut_fraction(text);
  cut(text, "Z");
  auto const date = year_month_day(year(*y), month(static_cast<unsigned>(*m)), day(static_cast<unsigned>(*d)));
  if (!fraction || !text.empty() || !date.ok()) return std::nullopt;
  return sys_days(date) + hours(*hour) + minutes(*minute) + seconds(*second) + microseconds(*fraction);
}

} // namespace

std::optional<decide::instant> parse_time(std::string_view text)
{
  if (auto const found = parse_calendar(text)) return found;
  auto const seconds = parse_number(text);
  if (!seconds || std::abs(*seconds) > 1e11) return std::nullopt;
  return decide::instant(decide::duration(std::llround(*seconds * 1e6)));
}

std::optional<std::uint64_t> parse_count(std::string_view text)
{
  auto value = std::uint64_t{0};
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value > largest_count) return std::nullopt;
  return value;
}

std::optional<double> parse_number(std::string_view text)
{
  auto value = 0.0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

} // namespace pilotlight::simulate
