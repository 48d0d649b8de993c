// When must how many instances be there, whatever the load? Windows of the calendar. Pure: evaluated at an instant.
#pragma once
#include "shared/failure.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace pilotlight::decide {

/// A window opens at each minute that its fields match and stays open for `length`. Calendar and hours are those of
/// UTC moved by the fixed `offset` (no daylight saving: an hour never comes twice).
struct schedule
{
  std::uint64_t minutes = 0; ///< bit per minute, 0 to 59
  std::uint32_t hours = 0;   ///< bit per hour, 0 to 23
  std::uint32_t days = 0;    ///< bit per day of the month, 1 to 31
  std::uint16_t months = 0;  ///< bit per month, 1 to 12
  std::uint8_t weekdays = 0; ///< bit per day of the week, Sunday 0
  bool either_day = false;   ///< cron's rule: where both kinds of day are restricted, one of them matching is enough
  std::chrono::minutes length{0};
  std::chrono::minutes offset{0};
  int instances = 1; ///< the floor while it is open
  std::string text;  ///< as configured, for reasons

  bool operator==(schedule const&) const = default;
};

/// A length is at most this.
inline constexpr std::chrono::minutes longest_schedule = std::chrono::hours(24 * 7);

/// `when`: five cron fields "minute hour day-of-month month day-of-week" ("0 8 * * 1-5": numbers, names of months and
/// days in English, lists, ranges, steps) with `length` minutes, or days and hours "Mon-Fri 08:00-18:00" (several days
/// with commas, "*" or "daily" for all; an end before the start is on the next day) where `length` must be zero. A
/// failure is a sentence that begins with `key` and names the field.
result<schedule> parse_schedule(std::string_view key, std::string_view when, std::chrono::minutes length,
                                std::chrono::minutes offset, int instances);

bool is_open(schedule const& schedule, std::chrono::sys_time<std::chrono::microseconds> now);

} // namespace pilotlight::decide
