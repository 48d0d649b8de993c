// The words that the table of keys is written in: ranges, rules, marks. Pure.
#pragma once
#include "proxy/config/key.hpp"
#include "proxy/config/text_rules.hpp"

namespace pilotlight::config::table {

inline constexpr limit anything{};
inline constexpr limit not_empty{.not_empty = true};
inline constexpr limit from(double least, double most)
{
  return {.least = least, .most = most};
}
inline constexpr limit one_of(std::string_view names)
{
  return {.names = names};
}
inline constexpr limit power_of_two(double least, double most)
{
  return {.least = least, .most = most, .power_of_two = true};
}

// NOLINTBEGIN(readability-identifier-naming): as everybody writes them
inline constexpr double KiB = 1024;
inline constexpr double MiB = 1024 * KiB;
inline constexpr double GiB = 1024 * MiB;
// NOLINTEND(readability-identifier-naming)
inline constexpr double day = 86'400;
inline constexpr limit a_duration = from(0.001, day);
inline constexpr limit header_name{.rule = {&is_header_name, "a header's name such as \"X-Pilotlight-Key\""}};
inline constexpr limit zone_name{.rule = {&is_zone_name, "a name of 1 to 64 letters, digits, '-', '_' and '.'"}};
inline constexpr limit zone_names{.rule = {&is_zone_name, "names of 1 to 64 letters, digits, '-', '_' and '.'"}};
inline constexpr limit zone_name_or_empty{
    .rule = {&is_zone_name_or_empty, "empty, or a name of 1 to 64 letters, digits, '-', '_' and '.'"}};
inline constexpr limit networks{
    .rule = {&is_network, "networks such as \"10.0.0.0/8\" or \"fd00::/8\", no bit set beyond the prefix"}};
inline constexpr limit schedule{
    .rule = {&has_schedule_form,
             "days and hours such as \"Mon-Fri 08:00-18:00\", or cron's minute, hour, day, month and "
             "weekday such as \"0 8 * * 1-5\""}};
inline constexpr limit utc_offset{.rule = {&is_utc_offset, "an offset from \"-12:00\" to \"+14:00\""}};

using enum kind;
using enum serving;
using enum effect;
using s = settings;
using lim = model_limits;
inline constexpr auto proxy = reach::proxy;
inline constexpr auto model = reach::model;
inline constexpr auto repeated = reach::repeated;

} // namespace pilotlight::config::table
