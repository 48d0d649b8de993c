#include "proxy/decide/schedule.hpp"

#include <doctest/doctest.h>

using namespace pilotlight::decide;
using namespace std::chrono_literals;
using std::chrono::minutes;
using std::chrono::sys_days;
using std::chrono::year;

namespace {

constexpr auto key = "schedules[0].when";

schedule cron(std::string_view when, minutes length, minutes offset = 0min)
{
  auto parsed = parse_schedule(key, when, length, offset, 2);
  REQUIRE_MESSAGE(parsed.has_value(), std::string(when));
  return *parsed;
}

std::chrono::sys_time<std::chrono::microseconds> at(int y, unsigned month, unsigned day, int hour, int minute)
{
  return sys_days(year(y) / std::chrono::month(month) / std::chrono::day(day)) + std::chrono::hours(hour) +
         minutes(minute);
}

} // namespace

TEST_CASE("schedule: open from its first minute to just before its end")
{
  struct one
  {
    std::string_view when;
    minutes length;
    int y;
    unsigned month, day;
    int hour, minute;
    bool open;
  };
  // 2026-11-23 is a Monday, 2028 a leap year, 2027 none.
  one const table[] = {
      {"0 8 * * 1-5", 600min, 2026, 11, 23, 7, 59, false},
      {"0 8 * * 1-5", 600min, 2026, 11, 23, 8, 0, true},
      {"0 8 * * 1-5", 600min, 2026, 11, 23, 17, 59, true},
      {"0 8 * * 1-5", 600min, 2026, 11, 23, 18, 0, false},
      {"0 8 * * 1-5", 600min, 2026, 11, 22, 12, 0, false}, // Sunday
      {"0 8 * * mon-FRI", 600min, 2026, 11, 27, 12, 0, true},
      {"0 22 * * 5", 600min, 2026, 11, 28, 7, 59, true}, // from Friday into Saturday
      {"0 22 * * 5", 600min, 2026, 11, 28, 8, 0, false},
      {"0 0 31 * *", 60min, 2026, 10, 31, 0, 30, true},
      {"0 0 31 * *", 60min, 2026, 11, 30, 0, 30, false}, // no 31st in November
      {"0 23 28 2 *", 120min, 2027, 3, 1, 0, 30, true},  // over a month's end
      {"0 23 28 2 *", 120min, 2028, 2, 29, 0, 30, true},
      {"0 0 29 2 *", 60min, 2028, 2, 29, 0, 0, true},
      {"0 0 31 2 1", 60min, 2028, 2, 7, 0, 0, true}, // there is no such day, but Mondays there are
      {"0 0 30,31 2,4 *", 60min, 2028, 4, 30, 0, 0, true},
      {"0 0 29 2 *", 60min, 2027, 3, 1, 0, 0, false},
      {"30 23 31 12 *", 60min, 2027, 1, 1, 0, 29, true}, // over a year's end
      {"30 23 31 12 *", 60min, 2027, 1, 1, 0, 30, false},
      {"*/15 * * * *", 5min, 2026, 11, 23, 10, 49, true},
      {"*/15 * * * *", 5min, 2026, 11, 23, 10, 50, false},
      {"10-40/10 9,17 * * *", 1min, 2026, 11, 23, 17, 30, true},
      {"10-40/10 9,17 * * *", 1min, 2026, 11, 23, 17, 31, false},
      {"10-40/10 9,17 * * *", 1min, 2026, 11, 23, 18, 30, false},
      {"0 0 1 * 1", 1min, 2026, 11, 23, 0, 0, true}, // cron: either kind of day
      {"0 0 1 * 1", 1min, 2026, 12, 1, 0, 0, true},
      {"0 0 1 * 1", 1min, 2026, 12, 2, 0, 0, false},
      {"0 0 * * 7", 1min, 2026, 11, 22, 0, 0, true}, // 7 is Sunday too
      {"0 0 * * sat-mon", 1min, 2026, 11, 22, 0, 0, true},
      {"0 0 * * sat-mon", 1min, 2026, 11, 24, 0, 0, false},
      {"0 12 * jan-mar *", 10080min, 2026, 4, 7, 11, 59, true}, // seven days from March 31
      {"0 12 * jan-mar *", 10080min, 2026, 4, 7, 12, 0, false},
      {"Mon-Fri 08:00-18:00", 0min, 2026, 11, 23, 8, 0, true},
      {"Mon-Fri 08:00-18:00", 0min, 2026, 11, 23, 18, 0, false},
      {"mon,wed 08:00-18:00", 0min, 2026, 11, 24, 9, 0, false},
      {"daily 22:00-06:00", 0min, 2026, 11, 24, 5, 59, true},
      {"daily 22:00-06:00", 0min, 2026, 11, 24, 6, 0, false},
      {"Sat 00:00-24:00", 0min, 2026, 11, 28, 23, 59, true},
      {"Sat 00:00-24:00", 0min, 2026, 11, 29, 0, 0, false},
  };
  for (auto const& row : table) {
    CAPTURE(std::string(row.when));
    CAPTURE(row.day);
    CAPTURE(row.hour);
    CAPTURE(row.minute);
    CHECK(is_open(cron(row.when, row.length), at(row.y, row.month, row.day, row.hour, row.minute)) == row.open);
  }
}

TEST_CASE("schedule: the offset moves hours and days")
{
  auto const east = cron("Mon 00:00-01:00", 0min, 60min);
  CHECK(is_open(east, at(2026, 11, 22, 23, 0))); // Sunday 23:00 UTC
  CHECK_FALSE(is_open(east, at(2026, 11, 23, 0, 0)));
  auto const west = cron("Mon 23:00-24:00", 0min, -300min);
  CHECK(is_open(west, at(2026, 11, 24, 4, 30)));
  CHECK_FALSE(is_open(west, at(2026, 11, 24, 5, 0)));
}

TEST_CASE("schedule: a window is open as many minutes a week as it says")
{
  for (auto const& [when, length, wanted] : {std::tuple("0 8 * * 1-5", 600min, 5 * 600),
                                             {"*/20 * * * *", 7min, 21 * 168},
                                             {"0 0 * * *", 1440min, 10080},
                                             {"30 6 * * 0", 10080min, 10080}}) {
    auto const window = cron(when, length);
    int open = 0;
    for (int minute = 0; minute < 10080; ++minute)
      open += is_open(window, at(2026, 11, 23, 0, 0) + minutes(minute)) ? 1 : 0;
    CAPTURE(std::string(when));
    CHECK(open == wanted);
  }
}

TEST_CASE("schedule: a bad one is refused in a sentence that names key and field")
{
  struct one
  {
    std::string_view when;
    minutes length;
    std::string_view names;
  };
  one const table[] = {
      {"60 8 * * *", 60min, "minute"},
      {"0 24 * * *", 60min, "hour"},
      {"0 8 0 * *", 60min, "day of month"},
      {"0 8 32 * *", 60min, "day of month"},
      {"0 8 * 13 *", 60min, "month"},
      {"0 8 * foo *", 60min, "month"},
      {"0 8 * * 8", 60min, "day of week"},
      {"5-1 8 * * *", 60min, "minute"},
      {"*/0 8 * * *", 60min, "minute"},
      {"1, 8 * * *", 60min, "minute"},
      {"-1 8 * * *", 60min, "minute"},
      {"0 8 * * *", 0min, "length"},
      {"0 8 * * *", 10081min, "length"},
      {"0 8 * *", 60min, "five cron fields"},
      {"", 60min, "five cron fields"},
      {"Mon-Fri 08:00-18:00", 60min, "no length"},
      {"Foo 08:00-18:00", 0min, "day of week"},
      {"Mon 08:00", 0min, "hours"},
      {"Mon 8:00-18:00", 0min, "hours"},
      {"Mon 08:00-25:00", 0min, "hours"},
      {"Mon 08:61-18:00", 0min, "hours"},
      {"Mon 08:00-08:00", 0min, "hours"},
      {"Mon 24:00-08:00", 0min, "hours"},
      {"0 0 31 2 *", 60min, "never comes in the month \"2\""},
      {"0 0 30-31 feb *", 60min, "never comes"},
      {"0 0 31 4,6,9,11 *", 60min, "never comes"},
      {"0 0 31 2 */2", 60min, "never comes"},
  };
  for (auto const& row : table) {
    auto const parsed = parse_schedule(key, row.when, row.length, 0min, 1);
    CAPTURE(std::string(row.when));
    REQUIRE_FALSE(parsed.has_value());
    CHECK(parsed.error().sentence.starts_with(std::string(key) + ": "));
    CHECK(parsed.error().sentence.find(row.names) != std::string::npos);
  }
  CHECK_FALSE(parse_schedule(key, "0 8 * * *", 60min, 0min, 0).has_value());
  CHECK_FALSE(parse_schedule(key, "0 8 * * *", 60min, 841min, 1).has_value());
}
