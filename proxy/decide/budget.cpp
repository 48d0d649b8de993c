#include "proxy/decide/budget.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace pilotlight::decide {

namespace {

constexpr duration longest_gap = std::chrono::minutes(1);
constexpr double near_share = 0.8; ///< below this share of the budget no forecast takes a floor away

double hours(duration what)
{
  return std::chrono::duration<double, std::ratio<3'600>>(what).count();
}

std::chrono::year_month month_of(instant now)
{
  std::chrono::year_month_day const date(std::chrono::floor<std::chrono::days>(now));
  return date.year() / date.month();
}

std::int64_t number_of(std::chrono::year_month month)
{
  return std::int64_t{static_cast<int>(month.year())} * 12 + static_cast<unsigned>(month.month());
}

instant first_of(std::chrono::year_month month)
{
  return std::chrono::sys_days(month / 1);
}

} // namespace

std::string_view to_string(budget_state state)
{
  constexpr std::array<std::string_view, 3> names{"within", "near", "over"};
  return names[static_cast<std::size_t>(state)];
}

void worker_hours::turn_month(instant now)
{
  auto const month = month_of(now);
  if (number_of(month) == month_) return;
  if (month_ >= 0) used_ = 0;
  month_ = number_of(month);
  since_ = std::max(since_, first_of(month)); // hours before midnight were the old month's
}

void worker_hours::account(instant now, int instances)
{
  turn_month(now);
  if (now > since_) used_ += hours(std::min<duration>(now - since_, longest_gap)) * running_;
  since_ = std::max(since_, now);
  running_ = std::max(0, instances);
}

std::string worker_hours::save() const
{
  return std::to_string(month_) + " " + std::to_string(used_);
}

void worker_hours::restore(instant now, std::string_view saved)
{
  auto month = std::int64_t{0};
  auto hours = 0.0;
  auto const* const end = saved.data() + saved.size();
  auto const [space, bad_month] = std::from_chars(saved.data(), end, month);
  if (bad_month != std::errc() || space == end || month != number_of(month_of(now))) return;
  auto const [rest, bad_hours] = std::from_chars(space + 1, end, hours);
  if (bad_hours == std::errc() && rest == end) restore(now, used(now) + hours);
}

void worker_hours::restore(instant now, double hours)
{
  turn_month(now);
  used_ = std::max(0.0, hours);
}

double worker_hours::used(instant now) const
{
  return number_of(month_of(now)) == month_ ? used_ : 0;
}

double worker_hours::forecast(instant now) const
{
  auto const month = month_of(now);
  if (number_of(month) != month_) return 0;
  auto const passed = now - first_of(month);
  if (passed < std::chrono::days(1)) return used_;
  auto const whole = first_of(month + std::chrono::months(1)) - first_of(month);
  return used_ * (hours(whole) / hours(passed));
}

budget_state worker_hours::state(instant now, double budget) const
{
  if (budget <= 0 || number_of(month_of(now)) != month_) return budget_state::within;
  if (used_ >= budget) return budget_state::over;
  return used_ >= near_share * budget && forecast(now) > budget ? budget_state::near : budget_state::within;
}

} // namespace pilotlight::decide
