#include "proxy/decide/schedule.hpp"

namespace pilotlight::decide {

namespace {

using std::chrono::days;
using std::chrono::minutes;

bool matches_day(schedule const& schedule, std::chrono::sys_days day)
{
  std::chrono::year_month_day const date(day);
  if ((schedule.months >> static_cast<unsigned>(date.month()) & 1U) == 0) return false;
  bool const of_month = (schedule.days >> static_cast<unsigned>(date.day()) & 1U) != 0;
  bool const of_week = (schedule.weekdays >> std::chrono::weekday(day).c_encoding() & 1U) != 0;
  return schedule.either_day ? of_month || of_week : of_month && of_week;
}

} // namespace

bool is_open(schedule const& schedule, std::chrono::sys_time<std::chrono::microseconds> now)
{
  auto const local = std::chrono::floor<minutes>(now + schedule.offset);
  // The latest opening that can still hold, looked for backwards from now.
  for (auto day = std::chrono::floor<days>(local); day + days(1) + schedule.length > local; day -= days(1)) {
    if (!matches_day(schedule, day)) continue;
    for (int hour = 23; hour >= 0; --hour) {
      auto const at = day + std::chrono::hours(hour);
      if ((schedule.hours >> hour & 1U) == 0 || at > local) continue;
      if (at + minutes(59) + schedule.length <= local) return false;
      for (int minute = 59; minute >= 0; --minute) {
        if ((schedule.minutes >> minute & 1U) == 0 || at + minutes(minute) > local) continue;
        return at + minutes(minute) + schedule.length > local;
      }
    }
  }
  return false;
}

} // namespace pilotlight::decide
